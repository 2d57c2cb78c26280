"""Diffusion and FLAIR of a digital patient: what is put in can be read off the noise-free images."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest

from tissueclock.core.errors import UsageError
from tissueclock.image.grid import Grid
from tissueclock.phantom.conditions import NO_CONDITIONS, Conditions
from tissueclock.phantom.head import Head
from tissueclock.phantom.lesion_site import Stroke
from tissueclock.phantom.mr_study import NO_ILLNESS, MrIllness, MrScanning, MrStudy, Pose, mr_study
from tissueclock.phantom.relaxation import FLAIR_TI_MS, MATTER, Change, Matter
from tissueclock.phantom.tissues import Tissue

NONE = Stroke(side="none")
STROKE = Stroke(side="left", core_ml=20.0, hypoperfused_ml=80.0)


@pytest.fixture(scope="module")
def make(coarse: Grid, head: Head):
    """A noise-free study on the coarse grid."""

    @cache
    def made(
        stroke: Stroke = NONE,
        illness: MrIllness = NO_ILLNESS,
        conditions: Conditions = NO_CONDITIONS,
        **how: object,
    ) -> MrStudy:
        scanning = MrScanning(grid=coarse, flair_grid=coarse, **{"snr": math.inf, **how})
        return mr_study(stroke, scanning, illness, conditions, {"diffusion": head, "flair": head})

    return made


def pure(head: Head, tissue: Tissue) -> np.ndarray:
    return head.on_grid((head.fraction(tissue) > 0.999).astype(np.float32), 0.0) > 0


def test_pure_tissue_has_its_own_adc(make, head):
    adc = make().truth.adc.array
    for tissue, value in ((Tissue.GREY, 800.0), (Tissue.WHITE, 740.0)):
        here = pure(head, tissue)
        assert here.sum() > 10
        assert adc[here] == pytest.approx(value, abs=0.5)


def test_a_core_has_a_lower_adc_and_is_brighter(make, head):
    ill, healthy = make(STROKE), make()
    white = pure(head, Tissue.WHITE) & ill.truth.acute.array
    assert white.sum() > 5
    assert ill.truth.adc.array[white] == pytest.approx(0.55 * 740.0, abs=0.5)
    assert (ill.high[0].array[white] > 1.3 * healthy.high[0].array[white]).all()
    assert ill.truth.acute_ml == pytest.approx(20.0, abs=0.4)
    assert 0 < ill.truth.rule_ml[600.0] <= ill.truth.rule_ml[620.0] <= ill.truth.acute.volume_ml()


def test_flair_of_acute_tissue_is_brighter_by_the_ratio_asked_for(make, head):
    ill, healthy = make(STROKE, MrIllness(flair_ratio=1.3)), make()
    acute = ill.truth.acute.array
    for tissue in (Tissue.GREY, Tissue.WHITE):
        here = pure(head, tissue) & acute
        assert ill.flair.array[here] / healthy.flair.array[here] == pytest.approx(1.3, abs=1e-3)
    assert (ill.truth.flair_ratio, healthy.truth.flair_ratio) == (1.3, None)


def test_in_an_old_brain_water_moves_faster_and_the_core_is_as_it_was(make, head):
    old, young = (make(STROKE, MrIllness(brain_adc_factor=factor)).truth for factor in (1.2, 1.0))
    white = pure(head, Tissue.WHITE) & ~young.acute.array
    assert old.adc.array[white] == pytest.approx(1.2 * 740.0, abs=0.5)
    core = young.acute.array & (head.on_grid(head.tissue, 0.0) > 0.999)
    assert np.array_equal(old.adc.array[core], young.adc.array[core])


def test_fluid_is_dark_on_flair_and_bright_without_diffusion(make, head):
    made, fluid, white = make(), pure(head, Tissue.CSF), pure(head, Tissue.WHITE)
    assert made.flair.array[fluid].max() < 0.3 * made.flair.array[white].min()
    assert made.low.array[fluid].min() > 2 * made.low.array[white].max()
    assert MATTER[Tissue.CSF].t1_ms * math.log(2) > FLAIR_TI_MS  # nulled later still: dark, not black


@pytest.mark.parametrize(
    ("illness", "conditions"),
    [
        (MrIllness(shine_through_ml=15.0), NO_CONDITIONS),
        (NO_ILLNESS, Conditions(old_infarct_ml=20.0)),
        (NO_ILLNESS, Conditions(leukoaraiosis=0.5)),
    ],
    ids=["shine-through", "old infarct", "leukoaraiosis"],
)
def test_what_is_not_acute_has_a_higher_adc_a_brighter_flair_and_no_true_core(make, illness, conditions):
    ill, healthy = make(NONE, illness, conditions), make()
    changed = np.nan_to_num(ill.truth.adc.array - healthy.truth.adc.array, nan=0.0)
    assert (changed > 50).sum() > 10
    assert changed[healthy.truth.adc.array < 1000.0].min() >= -25.0  # a longer echo weighs tissue more
    tissue = (changed > 50) & healthy.truth.brain.array & ill.truth.brain.array
    assert np.median(ill.flair.array[tissue] / healthy.flair.array[tissue]) > 1.15
    assert ill.truth.acute_ml == 0
    assert set(ill.truth.rule_ml.values()) == {0.0}


def test_shine_through_is_bright_on_diffusion(make, head):
    ill, healthy = make(NONE, MrIllness(shine_through_ml=15.0)), make()
    white = pure(head, Tissue.WHITE)
    assert (ill.high[0].array[white] / healthy.high[0].array[white]).max() > 1.15


def test_a_reperfused_core_lies_outside_the_delay(make):
    made = make(STROKE, MrIllness(reperfused_ml=8.0))
    assert made.truth.reperfused_ml == pytest.approx(8.0, abs=0.4)
    assert made.truth.acute_ml == pytest.approx(28.0, abs=0.6)


def test_an_artefact_changes_the_skull_base_of_diffusion_only(make, coarse):
    bad, good = make(artefact=True), make()
    assert np.array_equal(bad.flair.array, good.flair.array)
    changed = np.argwhere(np.abs(bad.low.array - good.low.array) > 20.0)
    assert len(changed) > 5
    assert coarse.positions_mm(changed)[:, 2].max() < 10.0
    assert np.array_equal(bad.truth.adc.array, good.truth.adc.array, equal_nan=True) is False
    assert bad.truth.rule_ml[620.0] == 0.0


def test_directions_of_white_matter_differ_and_their_mean_is_the_trace(make, head):
    made, trace = make(directions=3), make()
    white = pure(head, Tissue.WHITE)
    along, across, up = (image.array[white] for image in made.high)
    assert (along < 0.7 * across).all()
    assert across == pytest.approx(up, rel=1e-5)
    assert (along * across * up) ** (1 / 3) == pytest.approx(trace.high[0].array[white], rel=1e-4)


def test_the_scanners_map_is_the_adc_of_the_images(make, head):
    made = make()
    white = pure(head, Tissue.WHITE)
    assert made.vendor_adc.array[white] == pytest.approx(740.0, abs=0.5)
    assert made.vendor_adc.array[0, 0, 0] == 0.0


def test_a_displaced_head_lies_where_its_pose_says(coarse, head):
    """A shift by whole voxels moves the image by whole voxels, and no more."""
    shift = (2 * coarse.spacing_mm[0], -coarse.spacing_mm[1], 0.0)
    how = MrScanning(grid=coarse, flair_grid=coarse, snr=math.inf, diffusion_pose=Pose(shift_mm=shift))
    still = MrScanning(grid=coarse, flair_grid=coarse, snr=math.inf)
    moved = mr_study(NONE, how, heads={"flair": head})
    rest = mr_study(NONE, still, heads={"diffusion": head, "flair": head})
    back = np.roll(moved.low.array, (2, -1), axis=(0, 1))  # the grid's axes run to the left and the back
    assert np.abs(back - rest.low.array).mean() < 0.01 * rest.low.array.max()
    assert np.array_equal(moved.flair.array, rest.flair.array)
    assert moved.truth.diffusion_pose[:3, 3] == pytest.approx(shift)
    assert moved.low.grid is coarse


def test_a_pose_turns_about_the_slabs_centre():
    matrix = Pose(turn_deg=(0.0, 0.0, 90.0)).matrix
    centre, aside = np.array([0.0, -12.0, 28.0, 1.0]), np.array([10.0, -12.0, 28.0, 1.0])
    assert matrix @ centre == pytest.approx(centre)
    assert (matrix @ aside)[:3] == pytest.approx([0.0, -2.0, 28.0])


def test_noise_depends_on_the_seed_alone(make):
    one, again, other = (make(snr=40.0, seed=seed) if n != 1 else make.__wrapped__(snr=40.0, seed=seed)
                         for n, seed in enumerate((1, 1, 2)))  # fmt: skip
    assert np.array_equal(one.low.array, again.low.array)
    assert not np.array_equal(one.low.array, other.low.array)
    air = one.low.array[0]
    assert air.mean() == pytest.approx(MATTER[Tissue.GREY].diffusion_signal(0.0) / 40.0 * 1.2533, rel=0.1)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: MrScanning(b=20.0), "b-value is 20"),
        (lambda: MrScanning(directions=6), "6 directions"),
        (lambda: MrScanning(snr=0.0), "signal-to-noise"),
        (lambda: Pose(shift_mm=(math.nan, 0.0, 0.0)), "not finite"),
        (
            lambda: mr_study(Stroke(side="left", core_ml=5, hypoperfused_ml=50, graded=True)),
            "graded stroke has no border",
        ),
    ],
)
def test_what_cannot_be_made_is_refused(made, words):
    with pytest.raises(UsageError, match=words):
        made()


def test_no_matter_and_no_illness_is_impossible():
    with pytest.raises(ValueError, match="no matter"):
        Matter(1.0, 1000.0, -5.0, 800.0)
    with pytest.raises(ValueError, match="no illness"):
        Change(9.0, 1.0)
