"""The table's contract: names, levels and seeds; and every row can be simulated."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from tissueclock.bench.validation.draws import cohort, negatives
from tissueclock.bench.validation.rows import KUDO_SHAPES, TINY, KudoRow, Level, PatientRow
from tissueclock.bench.validation.table import FIRST_SEED, cases, on, rows
from tissueclock.image.series import Modality
from tissueclock.phantom.head import Head, build_head
from tissueclock.phantom.kinetics import SHAPES
from tissueclock.phantom.kudo import kudo_phantom
from tissueclock.phantom.sick_head import SickHead

EVERY = rows(Level.FULL)
PATIENTS = [row for row in EVERY if isinstance(row, PatientRow)]
KUDOS = [row for row in EVERY if isinstance(row, KudoRow) and row.group != "kudo product"]


@cache
def tiny_head(large_vessels: bool) -> Head:
    return build_head(TINY.grid(), large_vessels)


def test_a_larger_level_holds_the_smaller_ones():
    quick, default, full = ({case.id for case in cases(level)} for level in Level)
    assert quick < default < full
    assert len(full) == len(cases(Level.FULL))
    assert len(quick) <= 15


def test_seeds_lie_above_those_of_the_tests_and_held_out_ones_apart():
    held_out = {case.seed for case in cases(Level.FULL) if case.row.held_out}
    others = {case.seed for case in cases(Level.FULL) if not case.row.held_out}
    assert min(others) >= FIRST_SEED > 100
    assert held_out
    assert not held_out & others


def test_a_drawn_patient_is_the_same_in_a_longer_cohort_and_has_noise_of_his_own():
    assert list(cohort(5)) == list(cohort(9))[:5]
    assert list(negatives(5)) == list(negatives(9))[:5]
    seeds = [row.own_seed for row in (*cohort(400), *negatives(60))]
    assert len(set(seeds)) == 460


def test_a_third_of_those_without_a_stroke_is_plain_a_third_is_rarefied_and_a_third_narrow():
    found = list(negatives(60))
    kinds = [row.name.split("-")[-1] for row in found]
    assert {kind: kinds.count(kind) for kind in kinds} == {"plain": 20, "leukoaraiosis": 20, "carotid": 20}
    assert all(row.stroke.side == "none" for row in found)


def test_in_most_rows_one_thing_differs_from_the_plain_patient():
    plain = next(row for row in PATIENTS if row.name == "plain")
    for row in PATIENTS:
        if row.group in ("size", "place", "graded", "noise", "residue", "bolus", "sampling", "truncation"):
            parts = ("stroke", "acquisition", "residue", "conditions")
            changed = [part for part in parts if getattr(row, part) != getattr(plain, part)]
            assert len(changed) == 1, row.name


def test_everything_that_the_issue_lists_has_a_row():
    runs = [row.acquisition for row in EVERY]
    assert {run.noise_sd_hu for run in runs if run.modality is Modality.CT} >= {1.0, 2.0, 3.0, 5.0}
    assert {run.snr for run in runs if run.modality is Modality.MR} >= {20.0, 50.0, 100.0}
    assert {row.residue for row in KUDOS} == {KUDO_SHAPES, *SHAPES}
    assert {round(run.kept_times_s[-1]) for run in runs} >= {30, 40, 50, 60}
    assert {row.stroke.core_ml for row in PATIENTS} >= {0.0, 2.0, 10.0, 22.0, 70.0, 120.0}
    assert {row.stroke.side for row in PATIENTS} == {"left", "right", "none"}
    names = {row.name for row in EVERY}
    assert names >= {"pca", "drift", "nods", "shuttle", "irregular", "missing-frame", "output-60-percent"}
    assert names >= {"carotid-both-5-s", "leukoaraiosis", "old-infarct", "large-vessels", "no-stroke"}


@pytest.mark.parametrize("group", sorted({row.group for row in PATIENTS}))
def test_every_patient_fits_into_the_head_and_every_run_into_its_slices(group: str):
    of_group = [row for row in PATIENTS if row.group == group]
    step = 16 if group in ("cohort", "negative") else 1  # four hundred are drawn alike
    for row in (on(TINY, row) for row in of_group[::step]):
        head = tiny_head(row.conditions.large_vessels)
        scarred, scar = row.conditions.scarred(head)
        sick = row.conditions.apply(SickHead.of(scarred, row.stroke), scar)
        assert row.acquisition.offsets_s(TINY.slices).size == TINY.slices
        found_ml = sick.tissue_ml(sick.stage >= 1)
        if not row.stroke.graded:
            assert found_ml == pytest.approx(row.stroke.hypoperfused_ml, abs=1.0), row.name


@pytest.mark.parametrize("row", KUDOS, ids=lambda row: row.name)
def test_every_kudo_row_can_be_simulated(row: KudoRow):
    small = replace(row, tile_voxels=1)
    phantom = kudo_phantom(small.acquisition, 1, small.sections, small.slice_mm)
    tiles = phantom.tiles.array.astype(bool)
    assert np.isfinite(phantom.rule_tmax.array[tiles]).all()
    assert phantom.series.frames == row.acquisition.kept_times_s.size


def test_the_product_covers_every_combination_once():
    names = [row.name for row in EVERY if row.group == "kudo product"]
    assert len(set(names)) == len(names) == 7 * 5 * 5 * 9
