"""From masks to measures to facts: exact volumes, ratios with their edges, and what a failed gate hides."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "lesion"))

from hand_maps import EVERYWHERE, LEFT_BOX, SETTINGS, filled, maps, midline

from tissueclock.core.quality import Level
from tissueclock.facts.derive import complete
from tissueclock.facts.vocabulary import definition_of
from tissueclock.image.series import Modality
from tissueclock.lesion.segment import segment
from tissueclock.profile.measure import measure
from tissueclock.profile.to_facts import to_facts


def measured(made, settings=SETTINGS, modality=Modality.CT):
    masks = segment(made, EVERYWHERE, midline(), modality, settings)
    return measure(made, masks, midline(), modality, settings)


def facts(made, gates=(), modality=Modality.CT):
    return to_facts(measured(made, modality=modality), SETTINGS, gates)


CORE_BOX = ((13, 15), (3, 6), (2, 3))
TYPICAL = maps(filled(9.0, LEFT_BOX), filled(5.0, CORE_BOX, base=50.0), filled(2.0, CORE_BOX, base=4.0))


def test_volumes_are_voxels_times_their_volume():
    case = facts(TYPICAL)
    assert case["tmax6_ml"].value == pytest.approx(60.0)
    assert case["core_ml"].value == case["core_cbf_ml"].value == pytest.approx(6.0)
    assert case["tmax8_ml"].value == pytest.approx(60.0)
    assert case["tmax10_ml"].value == 0.0
    assert case["tmax6_left_ml"].value == pytest.approx(60.0)
    assert case["tmax6_right_ml"].value == 0.0
    assert case["lesion_side"].value == "left"
    assert case["slab_coverage_cm"].value == pytest.approx(6.0)
    derived = complete(case)
    assert float(derived["mismatch_ml"].value) == pytest.approx(54.0)
    assert float(derived["mismatch_ratio"].value) == pytest.approx(10.0)


def test_every_fact_is_in_the_vocabulary_with_a_source():
    for name, fact in facts(TYPICAL).items():
        assert definition_of(name).name == name
        assert fact.source or fact.reason


def test_no_core_and_no_delay():
    infinite = complete(facts(maps(filled(9.0, LEFT_BOX))))
    assert infinite["core_ml"].value == 0.0
    assert infinite["mismatch_ratio"].infinite
    nothing = complete(facts(maps()))
    assert nothing["mismatch_ratio"].value is None
    assert "both 0" in nothing["mismatch_ratio"].reason
    assert nothing["hypoperfusion_intensity_ratio"].value is None
    assert "no tissue with Tmax > 6 s" in nothing["hypoperfusion_intensity_ratio"].reason
    assert nothing["cbv_index"].value is None
    assert nothing["lesion_side"].value == "none"


def test_intensity_ratio_is_severe_over_all_delay():
    severe = ((13, 15), (3, 6), (1, 4))
    tmax = filled(9.0, LEFT_BOX)
    tmax[tuple(slice(*side) for side in severe)] = 11.0
    assert facts(maps(tmax))["hypoperfusion_intensity_ratio"].value == pytest.approx(18 / 60)


def test_cbv_index_compares_with_the_mirror_image():
    volume = filled(3.0, LEFT_BOX, base=5.0)
    volume[4:8, 2:7, 1:4] = 6.0  # the mirror image of the lesion
    assert facts(maps(filled(9.0, LEFT_BOX), cbv=volume))["cbv_index"].value == pytest.approx(0.5)


def test_bilateral_delay_has_no_cbv_index():
    both = maps(filled(9.0, LEFT_BOX, ((2, 6), (2, 7), (1, 4))))
    assert facts(both)["cbv_index"].value is None
    assert facts(both)["lesion_side"].value == "bilateral"


def test_mr_leaves_the_core_unknown_with_the_reason():
    case = complete(facts(maps(filled(9.0, LEFT_BOX), 1.0), modality=Modality.MR))
    for name in ("core_ml", "mismatch_ml", "mismatch_ratio"):
        assert case[name].value is None
        assert "diffusion" in case[name].reason
    assert case["tmax6_ml"].value == pytest.approx(60.0)
    assert case["perfusion_modality"].value == "MR"


def test_a_failed_gate_withholds_what_it_touches_and_keeps_the_values():
    case = complete(facts(TYPICAL, gates=("coverage",)))
    for name in ("core_ml", "tmax6_ml", "lesion_side", "mismatch_ratio", "reference_cbf"):
        assert case[name].value is not None
        assert case[name].known is None
        assert case[name].withheld_by == ("coverage",)
    for name in ("perfusion_modality", "slab_coverage_cm", "brain_ml"):
        assert case[name].known is not None


def test_slow_normal_tissue_fails_the_gate():
    flags = {flag.id: flag for flag in measured(maps(9.0, 5.0)).flags}
    assert flags["normal-tissue"].level is Level.FAIL
    assert "too slow" in flags["normal-tissue"].text
    case = facts(maps(9.0, 5.0), gates=("normal-tissue",))
    assert case["core_ml"].value is None
    assert "no normal tissue" in case["core_ml"].reason


@pytest.mark.parametrize(("min_ml", "level"), [(720.0, Level.PASS), (720.1, Level.FAIL)])
def test_the_gate_of_the_reference_at_its_edge(min_ml, level):
    made = maps(filled(9.0, LEFT_BOX))
    flags = {flag.id: flag for flag in measured(made, replace(SETTINGS, min_reference_ml=min_ml)).flags}
    assert flags["normal-tissue"].level is level
    assert flags["normal-tissue"].value == pytest.approx(720.0)


def test_a_lesion_at_the_edge_of_the_slab_is_a_lower_bound():
    inside = {flag.id: flag for flag in measured(TYPICAL).flags}["slab-edge"]
    assert inside.level is Level.PASS
    cut = {flag.id: flag for flag in measured(maps(filled(9.0, ((12, 16), (2, 7), (0, 3))))).flags}[
        "slab-edge"
    ]
    assert cut.level is Level.WARN
    assert cut.value == pytest.approx(20.0)
    assert "lower bounds" in cut.text


def test_faint_tissue_is_counted_and_flagged():
    made = maps(cnr=filled(1.0, ((0, 4), (0, 12), (0, 6)), base=20.0))
    assert facts(made)["unknown_perfusion_ml"].value == pytest.approx(288.0)
    flags = {flag.id: flag for flag in measured(made).flags}
    assert flags["faint-tissue"].level is Level.WARN
    assert flags["faint-tissue"].value == pytest.approx(288 / 1440)


def test_the_reference_is_printed_with_volume_and_mean():
    case = facts(TYPICAL)
    assert case["reference_ml"].value == pytest.approx(720.0)
    assert case["reference_cbf"].value == pytest.approx(50.0)
    assert case["normal_tmax_s"].value == pytest.approx(2.0)
    assert "contralateral" in case["core_ml"].source
    assert np.isclose(case["core_reference_high_ml"].value, 6.0)
