"""The core on diffusion against digital patients: known volumes, and everything that only looks like one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from diffusion_lab import CORE, GRID, NONE, core_of, dice, measured, stroke, study, weighted

from tissueclock.anatomy.midline import Midline
from tissueclock.core.provenance import Step
from tissueclock.diffusion.result import ADC_UNIT, DiffusionMaps
from tissueclock.image.grid import Grid
from tissueclock.image.volume import Volume
from tissueclock.lesion.adc_core import adc_core
from tissueclock.phantom.conditions import Conditions
from tissueclock.phantom.mr_study import LIMITS, MrIllness


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize(
    ("core_ml", "side", "place", "directions"),
    [(1.5, "left", "mca", 0), (8.0, "right", "pca", 3), (22.0, "left", "mca", 3), (80.0, "right", "mca", 0)],
)
def test_the_core_is_within_5_percent_or_1_ml(core_ml, side, place, directions, limit):
    made = study(stroke(core_ml, side, place), directions=directions)
    core, true_ml = core_of(made, limit), made.truth.rule_ml[limit]
    assert abs(core.volume_ml - true_ml) <= max(0.05 * true_ml, 1.0)
    wrong_side = core.mask & (core.right if side == "left" else ~core.right)
    assert core.ml(wrong_side) == 0
    assert dice(core.mask, made.truth.rule.array) > (0.9 if core_ml > 2 else 0.75)


def test_a_lesion_outside_the_delay_is_found_too():
    made = study(stroke(10.0), MrIllness(reperfused_ml=9.0))
    true_ml = made.truth.rule_ml[620.0]
    assert true_ml > 11.0
    assert core_of(made).volume_ml == pytest.approx(true_ml, abs=1.0)


NOT_ACUTE = {
    "healthy": {},
    "shine-through": {"illness": MrIllness(shine_through_ml=12.0)},
    "old infarct": {"conditions": Conditions(old_infarct_ml=30.0, old_infarct_side="left")},
    "leukoaraiosis": {"conditions": Conditions(leukoaraiosis=0.6)},
    "artefact": {"artefact": True},
    "all": {
        "illness": MrIllness(shine_through_ml=12.0),
        "conditions": Conditions(leukoaraiosis=0.5, old_infarct_ml=20.0),
        "artefact": True,
    },
}


def test_at_least_95_percent_of_patients_without_an_acute_lesion_have_no_core():
    """Twenty-four patients, of whom one may: at a usual and at a poor signal-to-noise ratio."""
    cores = {
        (name, snr, seed): core_of(study(NONE, snr=snr, seed=seed, **how)).volume_ml
        for name, how in NOT_ACUTE.items()
        for snr in (60.0, 30.0)
        for seed in range(2)
    }
    false = {case: ml for case, ml in cores.items() if ml > 0}
    assert len(cores) == 24
    assert len(false) <= 1, false


def test_an_artefact_beside_a_core_is_taken_away_and_the_core_is_not():
    made = study(stroke(22.0), artefact=True)
    core = core_of(made)
    assert core.volume_ml == pytest.approx(made.truth.rule_ml[620.0], rel=0.05)
    assert core.removed_ml["susceptibility"] > 3.0


def test_what_was_removed_adds_up_to_the_volume_before():
    core = core_of(study(stroke(22.0), artefact=True, snr=30.0))
    assert list(core.removed_ml) == ["not bright on DWI", "edge", "susceptibility", "small clusters"]
    assert core.before_ml - sum(core.removed_ml.values()) == pytest.approx(core.volume_ml)
    assert core.step.parameters["before_ml"] == pytest.approx(core.before_ml, abs=1e-3)
    assert core.step.parameters["after_ml"] == pytest.approx(core.volume_ml, abs=1e-3)


def test_the_interval_covers_repetitions_of_the_scan():
    """Other noise alone: the volumes of four of five scans lie within the interval of the first."""
    for core_ml in (1.5, 20.0):
        first, *others = [core_of(study(stroke(core_ml), seed=seed)) for seed in range(6)]
        low, high = first.interval_ml
        assert 0 <= low < first.volume_ml < high
        assert sum(low <= other.volume_ml <= high for other in others) >= 4
        assert high - low < max(0.2 * first.volume_ml, 1.0)


def test_the_interval_of_a_small_lesion_is_wide_for_its_size():
    small, large = (core_of(study(stroke(core_ml))) for core_ml in (1.0, 40.0))
    spread = [(core.interval_ml[1] - core.interval_ml[0]) / core.volume_ml for core in (small, large)]
    assert spread[0] > 3 * spread[1]


def test_without_a_core_there_is_no_interval_and_the_same_scan_gives_the_same_answer():
    assert core_of(study(NONE)).interval_ml is None
    one, two = (core_of(study(stroke(8.0))) for _ in range(2))
    assert one.interval_ml == two.interval_ml
    assert np.array_equal(one.mask, two.mask)


# By hand: one voxel is 1 mL, the midline lies between the two middle columns.
SHAPE = (24, 12, 6)
CUBE = Grid(SHAPE, np.diag([-10.0, -10.0, 10.0, 1.0]))
MIDLINE = Midline(np.array([1.0, 0.0, 0.0]), -115.0, Step(name="midline", sentence="By hand."))
BY_HAND = replace(CORE, rim_mm=0.0, artefact_reach_mm=10.0, repeats=4.0)


def by_hand(adc, dwi, low=None):
    def volume(values, name, unit=""):
        return Volume(np.asarray(values, dtype=np.float32), CUBE, name, unit)

    return DiffusionMaps(
        adc=volume(adc, "ADC", ADC_UNIT),
        trace=volume(dwi, "DWI"),
        low=None if low is None else volume(low, "b0"),
        noise_adc=10.0,
        tissue_adc=800.0,
        missing_ml=0.0,
        origin="made by hand",
        step=Step(name="adc", sentence="By hand."),
    )


def head_by_hand():
    inside = np.zeros(SHAPE, dtype=bool)
    inside[1:-1, 1:-1, :] = True
    return inside, np.full(SHAPE, 800.0), np.full(SHAPE, 100.0), np.full(SHAPE, 300.0)


def test_at_the_limit_is_no_core():
    inside, adc, dwi, low = head_by_hand()
    adc[4, 4, 2], adc[4, 5, 2], adc[4, 6, 2] = 620.0, 619.9, 300.0
    dwi[4, 4:7, 2] = 160.0
    core = adc_core(by_hand(adc, dwi, low), inside, MIDLINE, BY_HAND)
    assert core.volume_ml == pytest.approx(2.0)
    assert core.mask[4, 5:7, 2].all()


def test_a_low_adc_where_diffusion_is_dark_is_no_core():
    inside, adc, dwi, low = head_by_hand()
    adc[4, 4:8, 2] = 400.0
    core = adc_core(by_hand(adc, dwi, low), inside, MIDLINE, BY_HAND)
    assert (core.before_ml, core.volume_ml) == pytest.approx((4.0, 0.0))
    assert core.removed_ml["not bright on DWI"] == pytest.approx(4.0)


def test_brighter_than_the_mirrored_side_is_bright_but_not_alone_where_both_are_dark():
    inside, adc, dwi, low = head_by_hand()
    adc[4, 4:8, 2] = 400.0
    dwi[4, 4:8, 2] = 115.0
    assert adc_core(by_hand(adc, dwi, low), inside, MIDLINE, BY_HAND).volume_ml == pytest.approx(4.0)
    dwi[4, 4:8, 2], dwi[-5, 1:-1, :] = 60.0, 30.0
    assert adc_core(by_hand(adc, dwi, low), inside, MIDLINE, BY_HAND).volume_ml == pytest.approx(0.0)


def test_a_core_on_both_sides_inside_the_brain_is_kept():
    """Alike on both sides is an artefact at the edge only."""
    inside, adc, dwi, low = head_by_hand()
    for x in (6, -7):
        adc[x, 5:7, 2], dwi[x, 5:7, 2] = 400.0, 170.0
    assert adc_core(by_hand(adc, dwi, low), inside, MIDLINE, BY_HAND).volume_ml == pytest.approx(4.0)


def test_alike_on_both_sides_at_the_edge_is_an_artefact():
    inside, adc, dwi, low = head_by_hand()
    for x in (2, -3):
        adc[x, 2:4, 0], dwi[x, 2:4, 0] = 400.0, 170.0
    core = adc_core(by_hand(adc, dwi, low), inside, MIDLINE, replace(BY_HAND, rim_mm=10.0))
    assert (core.volume_ml, core.removed_ml["susceptibility"]) == pytest.approx((0.0, 4.0))


def test_low_adc_beside_lost_signal_is_an_artefact():
    inside, adc, dwi, low = head_by_hand()
    adc[4, 4:8, 2], dwi[4, 4:8, 2] = 400.0, 170.0
    low[5, 4:8, 2] = 100.0
    assert adc_core(by_hand(adc, dwi, low), inside, MIDLINE, BY_HAND).volume_ml == 0.0


def test_piled_up_signal_is_alike_on_both_sides_and_an_infarct_is_not():
    """An infarct of some hours may be as bright without diffusion."""
    inside, adc, dwi, low = head_by_hand()
    adc[4, 4:8, 2], dwi[4, 4:8, 2], low[4, 4:8, 2] = 400.0, 170.0, 700.0
    assert adc_core(by_hand(adc, dwi, low), inside, MIDLINE, BY_HAND).volume_ml == pytest.approx(4.0)
    low[-5, 4:8, 2] = 700.0
    assert adc_core(by_hand(adc, dwi, low), inside, MIDLINE, BY_HAND).volume_ml == 0.0


def test_what_lies_on_the_midline_is_not_its_own_twin():
    """A core of the anterior artery at the edge, and fluid between the hemispheres that is bright on both."""
    inside, adc, dwi, low = head_by_hand()
    through = replace(MIDLINE, offset_mm=-110.0)  # the middle of column 11 is its own mirror image
    adc[11, 2:6, 2], dwi[11, 2:6, 2] = 400.0, 170.0
    assert adc_core(by_hand(adc, dwi, low), inside, through, BY_HAND).volume_ml == pytest.approx(4.0)
    low[11, 7, 2] = 700.0
    assert adc_core(by_hand(adc, dwi, low), inside, through, BY_HAND).volume_ml == pytest.approx(4.0)
    adc[12, 2:6, 2], dwi[12, 2:6, 2], low[9:14:2, 4, 2] = 800.0, 100.0, 100.0
    assert adc_core(by_hand(adc, dwi, low), inside, through, BY_HAND).volume_ml < 4.0


def test_what_is_large_is_no_artefact():
    inside, adc, dwi, low = head_by_hand()
    for x in (4, -5):
        for part, value in ((adc, 400.0), (dwi, 170.0), (low, 700.0)):
            part[x, 4:7, 2:4] = value
    assert adc_core(by_hand(adc, dwi, low), inside, MIDLINE, BY_HAND).volume_ml == pytest.approx(12.0)


def test_without_an_image_without_diffusion_nothing_is_called_lost():
    inside, adc, dwi, _ = head_by_hand()
    adc[4, 4:8, 2], dwi[4, 4:8, 2] = 400.0, 170.0
    assert adc_core(by_hand(adc, dwi), inside, MIDLINE, BY_HAND).volume_ml == pytest.approx(4.0)


def test_small_clusters_are_dropped_at_0_3_ml():
    fine = Grid(SHAPE, CUBE.affine @ np.diag([0.5, 0.5, 0.4, 1.0]))  # 0.1 mL a voxel
    inside, adc, dwi, _ = head_by_hand()
    adc[3, 4:6, 2], adc[8, 4:7, 2] = 400.0, 400.0
    dwi[adc < 500] = 170.0
    made = by_hand(adc, dwi)
    maps = replace(
        made,
        adc=Volume(made.adc.array, fine, "ADC", ADC_UNIT),
        trace=Volume(made.trace.array, fine, "DWI", ""),
    )
    midline = replace(MIDLINE, offset_mm=-57.5)
    core = adc_core(maps, inside, midline, BY_HAND)
    assert core.volume_ml == pytest.approx(0.3)
    assert core.removed_ml["small clusters"] == pytest.approx(0.2)


def test_an_empty_head_has_no_core():
    inside, adc, dwi, low = head_by_hand()
    core = adc_core(by_hand(adc, dwi, low), np.zeros_like(inside), MIDLINE, BY_HAND)
    assert (core.before_ml, core.volume_ml, core.interval_ml) == (0.0, 0.0, None)


def test_masks_lie_on_the_grid_and_cleaning_only_takes_away():
    core = core_of(study(stroke(8.0)))
    with pytest.raises(ValueError, match="no mask on the grid"):
        replace(core, mask=core.mask[:-1])
    with pytest.raises(ValueError, match="only takes away"):
        replace(core, mask=~core.before)
    assert core.grid is GRID or core.grid.is_same(GRID)


def test_a_scanners_map_and_our_own_give_one_core():
    made = study(stroke(22.0))
    _, own = measured(weighted(made))
    _, theirs = measured(weighted(made)[1:], made.vendor_adc)
    assert theirs.volume_ml == pytest.approx(own.volume_ml, rel=0.05)


def test_the_volume_at_another_limit_is_what_that_limit_finds():
    """Slow and obvious: a run of its own for every rung; a wider limit finds no less."""
    made = study(stroke(22.0), artefact=True)
    ladder = measured(weighted(made), ladder=True)[1].ladder_ml
    assert dict(ladder) == {limit: core_of(made, limit).volume_ml for limit in CORE.ladder_adc}
    assert list(ladder.values()) == sorted(ladder.values())
    assert ladder[600.0] < ladder[700.0]
