"""What else a patient has: each condition changes what it says and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tissueclock.core.errors import UsageError
from tissueclock.image.grid import Grid
from tissueclock.phantom.acquisition import Acquisition
from tissueclock.phantom.conditions import NO_CONDITIONS, Conditions
from tissueclock.phantom.head import Head, build_head
from tissueclock.phantom.patient import DEMO_STROKE, DigitalPatient, Stroke, digital_patient
from tissueclock.phantom.physiology import NORMAL
from tissueclock.phantom.tissues import FIRST_ARTERY, Tissue

NONE = Stroke(side="none")


@pytest.fixture(scope="module")
def patient(head: Head, quiet: Acquisition):
    """Make a patient without a stroke, or with one, who has something else."""

    def make(conditions: Conditions, stroke: Stroke = NONE) -> DigitalPatient:
        return digital_patient(stroke, quiet, conditions=conditions, head=head)

    return make


@pytest.fixture(scope="module")
def healthy(patient) -> DigitalPatient:
    return patient(NO_CONDITIONS)


def changed(one: DigitalPatient, other: DigitalPatient, name: str) -> np.ndarray:
    a, b = (getattr(item.truth.physics, name).array for item in (one, other))
    return np.nan_to_num(a) != np.nan_to_num(b)


def side_of_changes(mask: np.ndarray, grid: Grid) -> set[str]:
    x = grid.positions_mm(np.argwhere(mask))[:, 0]
    return {side for side, here in (("right", x > 0), ("left", x < 0)) if here.any()}


def test_leukoaraiosis_slows_white_matter_around_the_ventricles_on_both_sides(patient, healthy) -> None:
    ill = patient(Conditions(leukoaraiosis=0.5))
    slow = changed(ill, healthy, "cbf")
    white = healthy.truth.white.array
    assert 5 < slow.sum() * healthy.series.grid.voxel_ml < 150
    assert white[slow].mean() > 1.2 * white[healthy.truth.brain.array].mean()
    assert side_of_changes(slow, healthy.series.grid) == {"left", "right"}
    physics, usual = ill.truth.physics, healthy.truth.physics
    assert (physics.cbf.array[slow] < usual.cbf.array[slow]).all()
    assert (physics.mtt.array[slow] > usual.mtt.array[slow]).all()
    assert physics.delay.array[slow] == pytest.approx(NORMAL.delay_s + 0.5)
    assert ill.truth.rule.tissue.core_ml == 0
    assert ill.truth.rule.tissue.tmax6_ml == 0


@pytest.mark.parametrize(("delay_s", "longest_ml"), [(2.0, 1.0), (5.0, np.inf)])
def test_a_narrow_carotid_delays_its_side_but_kills_nothing(patient, healthy, delay_s, longest_ml) -> None:
    ill = patient(Conditions(right_carotid_delay_s=delay_s))
    late = changed(ill, healthy, "delay")
    assert side_of_changes(late, healthy.series.grid) == {"right"}
    assert ill.truth.physics.delay.array[late] == pytest.approx(NORMAL.delay_s + delay_s)
    assert ill.truth.rule.tissue.tmax6_ml <= longest_ml
    assert ill.truth.rule.tissue.core_ml == 0
    assert ill.truth.rule.lesion_side == ("none" if delay_s < 3 else "right")


def test_two_narrow_carotids_are_bilateral_and_spare_the_back(patient, healthy) -> None:
    ill = patient(Conditions(right_carotid_delay_s=5.0, left_carotid_delay_s=5.0))
    assert ill.truth.rule.lesion_side == "bilateral"
    spared = ~changed(ill, healthy, "delay") & healthy.truth.brain.array
    y = healthy.series.grid.positions_mm(np.argwhere(spared))[:, 1]
    assert (y < -40).sum() > 50


def test_arteries_of_the_carotid_are_late_and_those_of_the_basilar_are_not(head: Head) -> None:
    conditions = Conditions(left_carotid_delay_s=3.0)
    late = {(artery.name, artery.side) for artery in head.arteries if conditions.late_s(artery)}
    assert {("ica", "left"), ("m1", "left"), ("a2", "left")} <= late
    assert {side for _, side in late} == {"left"}
    assert not {name for name, _ in late} & {"pca", "p1", "basilar"}


def test_an_old_infarct_is_a_cavity_with_a_scar_around_it(patient, healthy) -> None:
    ill = patient(Conditions(old_infarct_ml=20.0, old_infarct_side="left"))
    grid = healthy.series.grid
    fluid = ill.truth.csf.array & ~healthy.truth.csf.array
    lost_ml = (healthy.truth.grey.array + healthy.truth.white.array).sum() * grid.voxel_ml
    lost_ml -= (ill.truth.grey.array + ill.truth.white.array).sum() * grid.voxel_ml
    assert lost_ml == pytest.approx(10.0, abs=1.0)
    assert side_of_changes(fluid, grid) == {"left"}
    scar = ill.truth.physics.cbf.array < 0.6 * healthy.truth.physics.cbf.array
    assert scar.sum() * grid.voxel_ml == pytest.approx(10.0, abs=4.0)
    assert ill.truth.rule.tissue.tmax6_ml == 0
    assert ill.truth.rule.tissue.core_ml == 0


def test_a_stroke_keeps_its_zones_whatever_else_the_patient_has(patient, sharp: DigitalPatient) -> None:
    ill = patient(Conditions(leukoaraiosis=0.4, right_carotid_delay_s=1.0), DEMO_STROKE)
    for name in ("core", "hypoperfused"):
        ours, plain = (getattr(item.truth.physics, name).array for item in (ill, sharp))
        np.testing.assert_array_equal(ours, plain)
    assert ill.truth.physics.core_ml == sharp.truth.physics.core_ml


def test_nothing_else_is_the_patient_as_before(patient, sharp: DigitalPatient) -> None:
    np.testing.assert_array_equal(patient(NO_CONDITIONS, DEMO_STROKE).series.stored, sharp.series.stored)


def test_large_vessels_lie_on_the_cortex_and_take_the_place_of_what_was_there(coarse: Grid, head) -> None:
    large = build_head(coarse, large_vessels=True)
    added = np.zeros(coarse.size)
    added[large.index] += large.vessel
    added[head.index] -= head.vessel
    assert 5 < added.sum() * coarse.voxel_ml < 40
    assert added.min() >= 0
    assert large.fractions.shape[1] == FIRST_ARTERY + len(large.arteries)
    assert large.fractions.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    bone = [item.fraction(Tissue.BONE, Tissue.DIPLOE).sum() for item in (large, head)]
    assert bone[0] == bone[1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"leukoaraiosis": 0.9}, "share of 0.9"),
        ({"left_carotid_delay_s": -1.0}, "delays by -1"),
        ({"right_carotid_delay_s": 9.0}, "delays by 9"),
        ({"old_infarct_ml": float("nan")}, "infarct has nan"),
        ({"old_infarct_side": "none"}, "infarct lies none"),
    ],
)
def test_what_no_patient_has_is_refused(change, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        replace(NO_CONDITIONS, **change)
