"""The digital patient: volumes achieved, sides, truth maps, and requests that cannot be met."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from tissueclock.core.errors import UsageError
from tissueclock.core.notice import DISCLAIMER
from tissueclock.image.grid import Grid
from tissueclock.image.volume import Volume
from tissueclock.phantom.acquisition import Acquisition, Bolus
from tissueclock.phantom.head import Head, head_grid
from tissueclock.phantom.kinetics import STEP_S, tissue_curve
from tissueclock.phantom.lesion_site import SITES, sickness_distance
from tissueclock.phantom.patient import DEMO_STROKE, DigitalPatient, Stroke, digital_patient
from tissueclock.phantom.physiology import CORE, NORMAL, PENUMBRA
from tissueclock.phantom.rule_truth import RuleMethod
from tissueclock.phantom.sick_head import Contrast, SickHead
from tissueclock.phantom.tissues import FIRST_ARTERY, Tissue


def centre_mm(mask: Volume) -> np.ndarray:
    return mask.grid.positions_mm(np.argwhere(mask.array)).mean(axis=0)


def dice(one: np.ndarray, other: np.ndarray) -> float:
    return float(2 * (one & other).sum() / (one.sum() + other.sum()))


def near(volume_ml: float | None, target_ml: float, grid: Grid) -> bool:
    assert volume_ml is not None
    return abs(volume_ml - target_ml) <= max(0.01 * target_ml, grid.voxel_ml)


@pytest.mark.parametrize("place", sorted(SITES))
@pytest.mark.parametrize(("side", "core_ml", "hypoperfused_ml"), [("left", 0.0, 20.0), ("right", 12.0, 45.0)])
def test_every_place_achieves_the_volumes_asked_for(
    head: Head, place: str, side: str, core_ml: float, hypoperfused_ml: float
) -> None:
    stroke = Stroke(side=side, place=place, core_ml=core_ml, hypoperfused_ml=hypoperfused_ml)
    sick = SickHead.of(head, stroke)
    assert near(sick.tissue_ml(sick.zone >= 1), hypoperfused_ml, head.grid)
    assert near(sick.tissue_ml(sick.zone == 2), core_ml, head.grid)
    lesion_x = head.positions_mm[sick.zone >= 1, 0]
    assert (lesion_x > 0).all() if side == "right" else (lesion_x < 0).all()
    assert (head.tissue[sick.zone >= 1] > 0).all()


def test_the_truth_states_the_achieved_volumes(sharp: DigitalPatient) -> None:
    physics = sharp.truth.physics
    assert near(physics.core_ml, 22.0, sharp.series.grid)
    assert near(physics.hypoperfused_ml, 98.0, sharp.series.grid)
    assert physics.core is not None
    assert physics.hypoperfused is not None
    assert not (physics.core.array & ~physics.hypoperfused.array).any()
    assert physics.hypoperfused.array.any()


def test_the_rule_method_reads_a_sharp_patient_as_it_was_made(sharp: DigitalPatient) -> None:
    rule, physics = sharp.truth.rule, sharp.truth.physics
    assert rule.lesion_side == "left"
    for volume_ml in (rule.tissue.tmax4_ml, rule.tissue.tmax6_ml, rule.tissue.tmax8_ml):
        assert volume_ml == pytest.approx(physics.hypoperfused_ml)
    assert rule.tissue.tmax10_ml == pytest.approx(physics.core_ml)
    assert rule.tissue.core_ml == pytest.approx(physics.core_ml)
    assert physics.hypoperfused is not None
    assert rule.voxels.tmax6_ml == pytest.approx(physics.hypoperfused.volume_ml())


def test_the_other_side_is_the_reference(sharp: DigitalPatient) -> None:
    truth = sharp.truth
    right = truth.brain.grid.positions_mm(np.argwhere(truth.brain.array))[:, 0] > 0
    tissue = (truth.grey.array + truth.white.array)[truth.brain.array]
    flow = truth.rule.cbf.array[truth.brain.array]
    # The truth also weighs voxels that are less than half brain, the maps do not show them.
    assert truth.rule.reference_cbf == pytest.approx(np.average(flow[right], weights=tissue[right]), rel=0.02)
    assert truth.rule.reference_ml == pytest.approx(tissue[right].sum() * truth.brain.grid.voxel_ml, rel=0.1)


def test_the_truth_maps_hold_the_zones(sharp: DigitalPatient) -> None:
    physics, truth = sharp.truth.physics, sharp.truth
    assert physics.core is not None
    brain, core = truth.brain.array, physics.core.array
    for volume in (physics.cbf, physics.cbv, physics.mtt, physics.delay, truth.rule.tmax, truth.rule.cbf):
        np.testing.assert_array_equal(np.isfinite(volume.array), brain)
    assert set(np.unique(physics.delay.array[brain])) == {
        np.float32(zone.delay_s) for zone in (NORMAL, PENUMBRA, CORE)
    }
    assert (physics.delay.array[core] == np.float32(CORE.delay_s)).all()
    mtt = 60 * physics.cbv.array[brain] / physics.cbf.array[brain]
    np.testing.assert_allclose(physics.mtt.array[brain], mtt, rtol=1e-5)
    pure = brain & (truth.white.array > 0.999) & (physics.delay.array == 0.5)
    np.testing.assert_allclose(physics.cbf.array[pure], NORMAL.white.cbf, rtol=1e-3)


def test_a_mixed_voxel_is_deconvolved_as_its_mixed_curve(
    head: Head, sharp: DigitalPatient, quiet: Acquisition
) -> None:
    """The truth mixes residues; deconvolving the mixed curve itself must give the same."""
    share = head.fractions[:, Tissue.GREY] / np.maximum(head.tissue, 1e-6)
    voxel = int(np.flatnonzero((head.tissue > 0.9) & (share > 0.4) & (share < 0.6))[0])
    sick = SickHead.of(head, DEMO_STROKE)
    contrast = Contrast.of(sick, quiet.bolus, 60.0, "exponential")
    zone = sick.zones[sick.zone[voxel]]
    times = quiet.kept_times_s
    curve = sum(
        part * tissue_curve(contrast.artery, flow.cbf, flow.cbv, zone.delay_s).at(times)
        for part, flow in ((share[voxel], zone.grey), (1 - share[voxel], zone.white))
    )
    method = RuleMethod.of(times, contrast.artery.at(times))
    tmax_s, flow = method.peaks(method.residues(times, curve[:, None]))
    assert sharp.truth.rule.tmax.array.ravel()[head.index[voxel]] == pytest.approx(tmax_s[0], rel=1e-5)
    assert sharp.truth.rule.cbf.array.ravel()[head.index[voxel]] == pytest.approx(flow[0], rel=1e-5)


def test_changing_the_side_mirrors_the_truth(sharp: DigitalPatient, quiet: Acquisition, coarse: Grid) -> None:
    other = digital_patient(replace(DEMO_STROKE, side="right"), quiet, coarse)
    assert sharp.truth.physics.hypoperfused is not None
    assert other.truth.physics.hypoperfused is not None
    left, right = sharp.truth.physics.hypoperfused, other.truth.physics.hypoperfused
    assert centre_mm(left)[0] < -20
    assert centre_mm(right)[0] > 20
    assert dice(left.array[::-1], right.array) > 0.9
    assert other.truth.rule.lesion_side == "right"
    assert other.truth.rule.tissue.core_ml == pytest.approx(sharp.truth.rule.tissue.core_ml, abs=0.6)


def test_a_healthy_head_has_no_lesion(quiet: Acquisition, coarse: Grid) -> None:
    truth = digital_patient(Stroke(side="none"), quiet, coarse).truth
    assert (truth.side, truth.rule.lesion_side) == ("none", "none")
    assert truth.rule.tissue.tmax4_ml == truth.rule.tissue.core_ml == 0.0
    assert truth.physics.hypoperfused_ml == truth.physics.core_ml == 0.0
    assert truth.rule.reference_ml > 800  # the whole brain serves
    assert truth.to_json()["place"] is None


def test_a_bolus_too_wide_for_the_limits_leaves_no_reference(coarse: Grid) -> None:
    """Undelayed tissue then reads more than 4 s, and a core has nothing to compare with."""
    run = Acquisition(noise_sd_hu=0.0, bolus=Bolus(width_s=28.0), frames=60)
    truth = digital_patient(DEMO_STROKE, run, coarse).truth
    assert truth.rule.reference_cbf is truth.rule.tissue.core_ml is truth.rule.voxels.core_ml is None
    assert truth.rule.tissue.tmax4_ml > 800
    assert truth.to_json()["zones"][0]["rule_cbf_relative"] is None
    assert truth.physics.core_ml == pytest.approx(22.0, rel=0.01)


@pytest.mark.parametrize(
    ("place", "behind"), [("aca", "a2"), ("pca", "pca"), ("mca-anterior", "m2-superior")]
)
def test_each_place_delays_its_own_artery_only(head: Head, place: str, behind: str) -> None:
    stroke = Stroke(side="right", place=place, hypoperfused_ml=20.0)
    contrast = Contrast.of(SickHead.of(head, stroke), Bolus(), 60.0, "exponential")
    peaks_s = {
        (vessel.name, vessel.side): curve.values.argmax() * STEP_S
        for vessel, curve in zip(head.arteries, contrast.arteries, strict=True)
        if curve is not None
    }
    assert len(peaks_s) == len(head.arteries)
    first = min(peaks_s.values())
    assert [key for key, peak_s in peaks_s.items() if peak_s > first + 3] == [(behind, "right")]


@pytest.mark.parametrize(
    ("place", "expected_mm"),
    [("mca", (40, -6, 16)), ("mca-anterior", (42, 20, 20)), ("aca", (9, 34, 34)), ("pca", (16, -72, 4))],
)
def test_lesions_lie_about_their_place(
    head: Head, place: str, expected_mm: tuple[float, float, float]
) -> None:
    sick = SickHead.of(head, Stroke(side="right", place=place, hypoperfused_ml=30.0))
    centre = np.average(head.positions_mm, axis=0, weights=head.tissue * (sick.zone == 1))
    assert np.linalg.norm(centre - expected_mm) < 12


def test_a_larger_lesion_contains_a_smaller_one(head: Head) -> None:
    small, large = (
        SickHead.of(head, Stroke(side="left", hypoperfused_ml=volume_ml)).zone for volume_ml in (40.0, 90.0)
    )
    assert not ((small == 1) & (large == 0)).any()


def test_a_lesion_may_be_all_core(head: Head) -> None:
    sick = SickHead.of(head, Stroke(side="left", core_ml=50.0, hypoperfused_ml=50.0))
    assert set(np.unique(sick.zone)) == {0, 2}


def test_territories_do_not_overlap(head: Head) -> None:
    """Strokes that fill different territories share no voxel."""
    reach = [
        np.isfinite(sickness_distance(head, Stroke(side="left", place=place, hypoperfused_ml=1.0)))
        for place in ("mca", "aca", "pca")
    ]
    assert (np.sum(reach, axis=0) <= 1).all()
    assert all(np.any(mask) for mask in reach)


def test_a_graded_lesion_fades_from_its_centre(graded: DigitalPatient) -> None:
    physics, rule = graded.truth.physics, graded.truth.rule
    assert physics.core_ml is physics.hypoperfused_ml is physics.core is physics.hypoperfused is None
    delays = physics.delay.array[graded.truth.brain.array]
    assert delays.min() == pytest.approx(0.5, abs=0.01)
    assert delays.max() > 9.0
    assert np.unique(delays).size > 100
    ladder = (rule.tissue.tmax4_ml, rule.tissue.tmax6_ml, rule.tissue.tmax8_ml, rule.tissue.tmax10_ml)
    assert all(more > less > 0 for more, less in pairwise(ladder))
    assert rule.tissue.tmax6_ml == pytest.approx(120.0, rel=0.25)
    assert rule.tissue.core_ml == pytest.approx(40.0, rel=0.35)
    assert rule.lesion_side == "right"
    assert graded.truth.zones == ()
    document = json.loads(json.dumps(graded.truth.to_json(), allow_nan=False))
    assert document["physics"] == {"core_ml": None, "hypoperfused_ml": None}


def test_an_oblique_grid_keeps_the_volumes(quiet: Acquisition) -> None:
    def truth(rotation_deg: tuple[float, float, float]) -> tuple[float, ...]:
        grid = head_grid(44, 5.0, 12, 8.0, rotation_deg)
        found = digital_patient(DEMO_STROKE, quiet, grid).truth
        assert found.physics.core_ml is not None
        return found.physics.core_ml, found.rule.tissue.tmax6_ml, found.rule.reference_cbf

    np.testing.assert_allclose(truth((12.0, 0.0, 5.0)), truth((0.0, 0.0, 0.0)), rtol=0.02)


def test_arteries_behind_the_clot_fill_late_and_the_clot_not_at_all(head: Head) -> None:
    sick = SickHead.of(head, DEMO_STROKE)
    contrast = Contrast.of(sick, Acquisition().bolus, 60.0, "exponential")
    curves = {
        (vessel.name, vessel.side): curve
        for vessel, curve in zip(head.arteries, contrast.arteries, strict=True)
    }
    assert curves["m1-distal", "left"] is None
    late, early, carotid = (
        curves[key] for key in (("m2-superior", "left"), ("m2-superior", "right"), ("ica", "left"))
    )
    assert late is not None
    assert early is not None
    assert carotid is not None
    assert late.values.argmax() * 0.05 - early.values.argmax() * 0.05 > 5
    assert late.values.max() < 0.7 * early.values.max()
    np.testing.assert_array_equal(carotid.values, contrast.artery.values)
    vein = contrast.vein
    assert 4 < (vein.values.argmax() - contrast.artery.values.argmax()) * 0.05 < 7
    assert vein.values.max() < 0.9 * contrast.artery.values.max()


def test_the_scan_shows_the_bolus_in_the_carotid(head: Head, sharp: DigitalPatient) -> None:
    early = [number for number, one in enumerate(head.arteries, FIRST_ARTERY) if one.arrival_s == 0]
    shares = head.fraction(*early)
    best = int(shares.argmax())
    share = shares[best]
    assert share > 0.25
    curve = sharp.series.stored.reshape(sharp.series.frames, -1)[:, head.index[best]].astype(float)
    assert np.ptp(curve) == pytest.approx(share * np.ptp(sharp.aif.values), rel=0.1)
    assert curve.argmax() == sharp.aif.values.argmax()


@pytest.mark.parametrize("residue", ["triangular", "box"])
def test_other_residues_change_the_curves_but_not_what_was_put_in(
    residue: str, sharp: DigitalPatient, quiet: Acquisition, coarse: Grid
) -> None:
    other = digital_patient(DEMO_STROKE, quiet, coarse, residue)
    np.testing.assert_array_equal(other.truth.physics.cbf.array, sharp.truth.physics.cbf.array)
    assert not np.array_equal(other.series.stored, sharp.series.stored)
    assert other.truth.rule.reference_cbf != sharp.truth.rule.reference_cbf
    assert other.truth.residue == residue


def test_the_truth_as_json(sharp: DigitalPatient) -> None:
    document = json.loads(json.dumps(sharp.truth.to_json(), allow_nan=False))
    assert document["disclaimer"] == DISCLAIMER
    assert document["physics"]["core_ml"] == sharp.truth.physics.core_ml
    assert document["rule"]["tissue_weighted"]["tmax6_ml"] == sharp.truth.rule.tissue.tmax6_ml
    assert len(document["zones"]) == 6
    assert len(document["aif"]["values"]) == 40
    assert document["aif"]["unit"] == "HU"


def test_the_demonstration_has_a_target_mismatch() -> None:
    assert (DEMO_STROKE.core_ml, DEMO_STROKE.hypoperfused_ml) == (22.0, 98.0)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"side": "both"}, "there is no side 'both'. Known: left, right, none"),
        ({"side": "left", "place": "ica"}, "there is no place 'ica'"),
        (
            {"side": "left", "core_ml": 50.0, "hypoperfused_ml": 40.0},
            "a core of 50 mL in 40 mL .* the hypoperfused tissue",
        ),
        ({"side": "left", "core_ml": -1.0, "hypoperfused_ml": 40.0}, "a core of -1 mL"),
        ({"side": "left", "hypoperfused_ml": float("nan")}, "a core of 0 mL in nan mL"),
        ({"side": "none", "hypoperfused_ml": 40.0}, "side 'none' with 40 mL"),
        ({"side": "left"}, "side 'left' with 0 mL"),
    ],
)
def test_a_stroke_that_contradicts_itself_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Stroke(**values)


def test_a_lesion_larger_than_its_territory_is_refused(head: Head) -> None:
    with pytest.raises(UsageError, match=r"900 mL of tissue do not fit into the territory 'mca' \(\d+ mL"):
        SickHead.of(head, Stroke(side="left", hypoperfused_ml=900.0))


def test_a_slab_without_the_territory_is_refused(quiet: Acquisition) -> None:
    below_the_head = head_grid(20, 10.0, 2, 5.0)
    affine = below_the_head.affine.copy()
    affine[2, 3] = -200.0
    with pytest.raises(UsageError, match=r"do not fit into the territory 'mca' \(0 mL here\)"):
        digital_patient(DEMO_STROKE, quiet, Grid(below_the_head.shape, affine))
