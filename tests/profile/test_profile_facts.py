"""From masks to measures to facts: exact volumes, ratios with their edges, and what a failed gate hides."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "lesion"))

from hand_maps import EVERYWHERE, INTERVALS, LEFT_BOX, QUALITY, SETTINGS, SHAPE, filled, maps, midline

from tissueclock.core.quality import Level
from tissueclock.facts.derive import complete
from tissueclock.facts.vocabulary import definition_of
from tissueclock.image.series import Modality
from tissueclock.lesion.segment import segment
from tissueclock.profile.measure import measure
from tissueclock.profile.to_facts import to_facts

FOSSA = np.broadcast_to(np.arange(SHAPE[2]) < 2, SHAPE)
"""The two lowest slices."""


def measured(made, settings=SETTINGS, modality=Modality.CT, fossa=FOSSA):
    masks = segment(made, EVERYWHERE, midline(), modality, settings)
    return measure(made, masks, midline(), fossa, modality, settings, QUALITY)


def facts(made, gates=(), modality=Modality.CT, fossa=FOSSA):
    return to_facts(measured(made, modality=modality, fossa=fossa), SETTINGS, INTERVALS, gates)


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
    parts = ("core_left_ml", "core_right_ml", "core_posterior_fossa_ml")
    for name in ("core_ml", "mismatch_ml", "mismatch_ratio", *parts):
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


# --- sides and the posterior fossa -------------------------------------------------------------------------


def test_the_parts_of_core_and_delay_by_hand():
    """The lesion fills slices 1 to 3, its core slice 2; the posterior fossa is slices 0 and 1."""
    case = facts(TYPICAL)
    assert (case["core_left_ml"].value, case["core_right_ml"].value) == pytest.approx((6.0, 0.0))
    assert case["core_posterior_fossa_ml"].value == 0.0
    assert case["tmax6_posterior_fossa_ml"].value == pytest.approx(20.0)
    assert "estimated" in case["tmax6_posterior_fossa_ml"].source


@given(st.integers(0, 2**32 - 1))
def test_the_sides_add_up_and_the_posterior_fossa_is_a_part_of_them(seed):
    random = np.random.default_rng(seed)
    tmax = np.kron(random.choice([1.0, 5.0, 7.0, 12.0], size=(10, 6, 3)), np.ones((2, 2, 2)))
    fossa = random.random(SHAPE) < random.random()
    made = maps(tmax, random.uniform(1, 60, SHAPE))
    case, rest = facts(made, fossa=fossa), facts(made, fossa=~fossa)
    for name in ("core", "tmax6"):
        whole = case[f"{name}_ml"].value
        if whole is None:  # no reference
            assert case[f"{name}_left_ml"].value is None
            continue
        assert case[f"{name}_left_ml"].value + case[f"{name}_right_ml"].value == pytest.approx(whole)
        inside, outside = (each[f"{name}_posterior_fossa_ml"].value for each in (case, rest))
        assert inside + outside == pytest.approx(whole)


def test_where_the_tentorium_is_not_known_the_sides_still_are():
    case = facts(TYPICAL, fossa=None)
    assert case["tmax6_left_ml"].value == pytest.approx(60.0)
    for name in ("core_posterior_fossa_ml", "tmax6_posterior_fossa_ml"):
        assert case[name].value is None
        assert "too little of the skull" in case[name].reason


def test_a_failed_gate_withholds_the_parts():
    case = facts(TYPICAL, gates=("coverage",))
    for name in ("core_left_ml", "core_posterior_fossa_ml", "tmax6_posterior_fossa_ml"):
        assert case[name].known is None
        assert case[name].withheld_by == ("coverage",)


@pytest.mark.parametrize(
    ("fossa_ml", "level"), [(0, Level.PASS), (29, Level.PASS), (30, Level.WARN), (60, Level.WARN)]
)
def test_a_lesion_of_the_posterior_fossa_is_flagged_from_half_on(fossa_ml, level):
    """The lesion has 60 voxels of 1 mL; so many of them lie in the posterior fossa."""
    lesion = np.argwhere(filled(1.0, LEFT_BOX, base=0.0) > 0)
    fossa = np.zeros(SHAPE, dtype=bool)
    fossa[tuple(lesion[:fossa_ml].T)] = True
    fossa[0] = True  # and some of what is not delayed
    flag = {flag.id: flag for flag in measured(TYPICAL, fossa=fossa).flags}["posterior-fossa"]
    assert flag.level is level
    assert (flag.value, flag.limit) == pytest.approx((fossa_ml / 60, 0.5))
    assert ("not validated there" in flag.text) == (level is Level.WARN)


@pytest.mark.parametrize(("made", "level"), [(TYPICAL, Level.WARN), (maps(), Level.PASS)])
def test_an_unknown_posterior_fossa_matters_only_to_a_lesion(made, level):
    flag = {flag.id: flag for flag in measured(made, fossa=None).flags}["posterior-fossa"]
    assert flag.level is level
    assert (flag.value is None) == (level is Level.WARN)
