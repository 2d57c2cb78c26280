"""Drawn patients of the diffusion suite: reproducible, in their ranges, where they are said to lie."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tissueclock.bench.diffusion.cases import EXTENTS, FIRST_SEED, LAST_SEED, Part, cases
from tissueclock.bench.diffusion.draws import (
    NOT_ACUTE,
    PLACES,
    displaced,
    for_flair,
    with_core,
    without_core,
)

SEEDS = range(61_500, 61_530)


def test_equal_seeds_draw_equal_patients_and_others_others():
    for draw in (
        with_core,
        for_flair,
        lambda seed: without_core(seed)[1],
        lambda seed: displaced(seed).drawn,
    ):
        assert draw(61_500).traits() == draw(61_500).traits()
        assert draw(61_500).traits() != draw(61_506).traits()


def test_cores_stay_in_their_ranges():
    for drawn in map(with_core, SEEDS):
        assert 1 <= drawn.stroke.core_ml <= 110
        assert 30 <= drawn.scanning.snr <= 80
        assert drawn.scanning.directions in (0, 3)
        spacing = drawn.scanning.grid.spacing_mm
        assert 2 <= spacing[0] <= 3.4
        assert 4 <= spacing[2] <= 7
        assert drawn.stroke.place == "mca" or drawn.stroke.core_ml < 40
        assert drawn.illness.reperfused_place != drawn.stroke.place


def test_each_block_has_every_kind_once_and_one_head():
    first = EXTENTS[Part.NEGATIVE].first_seed + 600
    block = [without_core(first + number) for number in range(len(NOT_ACUTE))]
    assert [kind for kind, _ in block] == list(NOT_ACUTE)
    assert len({id(drawn.scanning.grid) for _, drawn in block}) == 1
    by_kind = dict(block)
    assert (by_kind["healthy"].conditions.old_infarct_ml, by_kind["healthy"].scanning.artefact) == (0, False)
    assert by_kind["all"].scanning.artefact
    assert min(by_kind["all"].illness.shine_through_ml, by_kind["all"].conditions.old_infarct_ml) > 0


def test_the_seeds_begin_with_a_whole_block():
    assert EXTENTS[Part.NEGATIVE].first_seed % len(NOT_ACUTE) == 0
    assert EXTENTS[Part.FLAIR].first_seed % len(PLACES) == 0
    places = [for_flair(61_500 + number).stroke.place for number in range(len(PLACES))]
    assert places == list(PLACES)


@pytest.mark.parametrize("seed", SEEDS[:6])
def test_heads_move_by_no_more_than_10_mm_and_8_degrees_each_time(seed):
    asked = displaced(seed)
    centre = np.array([0.0, -12.0, 28.0])
    diffusion, flair = asked.drawn.scanning.diffusion_pose.matrix, asked.drawn.scanning.flair_pose.matrix
    assert asked.to_perfusion @ diffusion == pytest.approx(np.eye(4), abs=1e-9)
    assert asked.to_flair @ diffusion == pytest.approx(flair, abs=1e-9)
    for matrix in (diffusion, asked.to_flair):
        assert np.degrees(Rotation.from_matrix(matrix[:3, :3]).magnitude()) <= 8
        assert np.linalg.norm(matrix[:3, :3] @ centre + matrix[:3, 3] - centre) <= 10


def test_the_levels_hold_the_counts_of_the_issue_on_reserved_seeds_that_nobody_shares():
    whole, quick = cases(quick=False), cases(quick=True)
    counts = {part: sum(case.part is part for case in whole) for part in Part}
    assert counts == {"core": 60, "negative": 60, "registration": 40, "flair": 40, "classes": 10}
    assert [case.part for case in quick] == list(Part)
    assert set(quick) <= set(whole)
    seeds = [case.seed for case in whole]
    assert len(set(seeds)) == len(seeds)
    assert min(seeds) >= FIRST_SEED
    assert max(seeds) <= LAST_SEED
