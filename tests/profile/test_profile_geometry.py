"""Measures on sheared and turned grids, the edges of the slab, and what MR and failed gates leave known."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "lesion"))

from hand_maps import EVERYWHERE, INTERVALS, LEFT_BOX, QUALITY, SETTINGS, SHAPE, filled, grid, maps, midline

from tissueclock.core.quality import Level
from tissueclock.facts.derive import complete
from tissueclock.facts.vocabulary import definition_of
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality
from tissueclock.image.volume import Volume
from tissueclock.lesion.segment import segment
from tissueclock.profile.measure import measure
from tissueclock.profile.to_facts import to_facts

MAPS = ("cbf", "cbv", "mtt", "tmax", "ttp", "delay", "flow", "transit", "cnr")


def measured(made, plane=None, modality=Modality.CT):
    plane = midline() if plane is None else plane
    masks = segment(made, EVERYWHERE, plane, modality, SETTINGS)
    return measure(made, masks, plane, None, modality, SETTINGS, QUALITY)


def on_grid(made, affine):
    place = Grid(SHAPE, affine)
    volumes = {name: getattr(made, name) for name in MAPS}
    return replace(made, **{name: Volume(v.array, place, v.quantity, v.unit) for name, v in volumes.items()})


def test_a_sheared_grid_measures_by_its_determinant():
    """A tilted gantry: slices shift along y. Each axis is longer than its share of the volume."""
    affine = grid().affine.copy()
    affine[1, 2] = 6.0
    sheared = on_grid(maps(filled(9.0, LEFT_BOX)), affine)
    assert np.prod(sheared.tmax.grid.spacing_mm) / 1000 > 1.1
    assert measured(sheared).hypoperfused_ml == pytest.approx(60.0)
    assert measured(sheared).brain_ml == pytest.approx(EVERYWHERE.sum())


def test_half_as_large_voxels_give_half_the_volume():
    affine = grid().affine.copy()
    affine[2, 2] = 5.0
    measures = measured(on_grid(maps(filled(9.0, LEFT_BOX)), affine))
    assert measures.hypoperfused_ml == pytest.approx(30.0)
    assert measures.slab_coverage_cm == pytest.approx(3.0)


@pytest.mark.parametrize("box", [((12, 16), (2, 7), (0, 3)), ((12, 16), (2, 7), (3, 6))])
def test_both_ends_of_the_slab_cut_a_lesion(box):
    flag = {flag.id: flag for flag in measured(maps(filled(9.0, box))).flags}["slab-edge"]
    assert flag.level is Level.WARN
    assert flag.value == pytest.approx(20.0)


def test_the_edge_of_the_slab_is_that_of_the_axial_axis():
    """The first voxel axis runs to the head here: a lesion at the end of another axis is not cut."""
    affine = np.zeros((4, 4))
    affine[2, 0], affine[0, 1], affine[1, 2], affine[3, 3] = 10.0, -10.0, -10.0, 1.0
    plane = replace(midline(), offset_mm=-10.0 * (SHAPE[1] - 1) / 2)
    at_side = on_grid(maps(filled(9.0, ((8, 12), (7, 12), (0, 3)))), affine)
    at_end = on_grid(maps(filled(9.0, ((0, 4), (7, 12), (1, 4)))), affine)
    levels = [
        {flag.id: flag for flag in measured(made, plane).flags}["slab-edge"].level
        for made in (at_side, at_end)
    ]
    assert levels == [Level.PASS, Level.WARN]


def test_a_mirror_image_with_too_little_normal_tissue_gives_no_index():
    tmax = filled(9.0, LEFT_BOX)
    tmax[4:8, 2:7, 1:4] = 5.0  # slow, but not delayed
    case = to_facts(measured(maps(tmax)), SETTINGS, INTERVALS, ())
    assert case["lesion_side"].value == "left"
    assert case["cbv_index"].value is None
    assert "too little normal tissue" in case["cbv_index"].reason


def test_the_index_uses_only_the_normal_part_of_the_mirror_image():
    tmax, volume = filled(9.0, LEFT_BOX), filled(3.0, LEFT_BOX, base=6.0)
    tmax[4:6, 2:7, 1:4], volume[4:6, 2:7, 1:4] = 5.0, 100.0
    assert measured(maps(tmax, cbv=volume)).cbv_index == pytest.approx(0.5)


def test_voxelwise_mismatch_is_delay_outside_the_core():
    made = maps(filled(9.0, LEFT_BOX), filled(5.0, ((13, 15), (3, 6), (2, 3)), base=50.0))
    assert measured(made).mismatch_voxelwise_ml == pytest.approx(54.0)
    assert measured(made, modality=Modality.MR).mismatch_voxelwise_ml is None


@pytest.mark.parametrize("modality", list(Modality), ids=lambda modality: modality.value)
@pytest.mark.parametrize("tmax", [2.0, 9.0, filled(9.0, LEFT_BOX)], ids=["none", "all", "left"])
def test_every_fact_is_in_the_vocabulary_and_says_why_it_is_unknown(modality, tmax):
    for name, fact in to_facts(measured(maps(tmax), modality=modality), SETTINGS, INTERVALS, ()).items():
        assert definition_of(name).name == name
        assert fact.source if fact.value is not None or fact.infinite else fact.reason


@pytest.mark.parametrize("modality", list(Modality), ids=lambda modality: modality.value)
def test_failed_gates_leave_known_only_what_the_scan_itself_says(modality):
    gates = ("coverage", "normal-tissue")
    case = complete(
        to_facts(measured(maps(filled(9.0, LEFT_BOX)), modality=modality), SETTINGS, INTERVALS, gates)
    )
    known = {name for name in case if case.known(name) is not None}
    assert known == {"perfusion_modality", "slab_coverage_cm", "brain_ml"}
    assert all(set(gates) <= set(case[name].withheld_by) for name in set(case) - known)
    assert case["tmax6_ml"].value == pytest.approx(60.0)


def test_measures_cannot_be_changed():
    measures = measured(maps(filled(9.0, LEFT_BOX)))
    for volumes in (measures.tmax_ml, measures.core_ml):
        with pytest.raises(TypeError):
            volumes[6.0] = 0.0
