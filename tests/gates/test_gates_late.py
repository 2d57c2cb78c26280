"""Late tissue on maps made by hand, and the checks that only such maps bring to their edges."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "lesion"))

from hand_maps import EVERYWHERE, LEFT_BOX, QUALITY, RIGHT, SETTINGS, SHAPE, filled, maps, midline

from tissueclock.core.quality import Level
from tissueclock.image.series import Modality
from tissueclock.image.volume import Volume
from tissueclock.lesion.late import late_tissue
from tissueclock.lesion.segment import segment
from tissueclock.profile.blood import largest_dense_ml
from tissueclock.profile.measure import measure

RIGHT_BOX = ((4, 8), (2, 7), (1, 4))
ONE_SIDE = ((12, 14), (2, 7), (1, 4))


def late(ttp, cnr=20.0, tissue=EVERYWHERE):
    certain = tissue & (np.broadcast_to(cnr, SHAPE) >= SETTINGS.min_cnr)
    return late_tissue(maps(ttp=ttp), tissue, certain, RIGHT, SETTINGS)


def flags(made, quality=QUALITY):
    masks = segment(made, EVERYWHERE, midline(), Modality.CT, SETTINGS)
    found = measure(made, masks, midline(), None, Modality.CT, SETTINGS, quality)
    return {flag.id: flag for flag in found.flags}


@pytest.mark.parametrize(("ttp_s", "ml"), [(14.5, 0), (14.51, 60), (25.0, 60)])
def test_late_is_beyond_four_and_a_half_seconds_after_the_normal_median(ttp_s, ml):
    found = late(filled(ttp_s, LEFT_BOX, base=10.0))
    assert found.mask.sum() == ml
    assert found.normal_ttp_s == 10.0


@given(st.floats(-50, 50))
@settings(max_examples=20)
def test_when_the_scan_began_does_not_matter(shift):
    ttp = filled(16.0, LEFT_BOX, base=10.0)
    assert (late(ttp + np.float32(shift)).mask == late(ttp).mask).all()


def test_the_side_that_peaks_earlier_is_normal():
    """A whole late hemisphere is late, whichever it is: the median of the whole head would hide it."""
    for side in (RIGHT, ~RIGHT):
        assert (late(np.where(side, 16.0, 10.0)).mask == side).all()


def test_a_head_that_is_late_throughout_shows_nothing():
    assert not late(16.0).mask.any()


def test_clusters_under_the_limit_of_tmax_are_dropped_and_faint_gaps_filled():
    small = filled(16.0, ((12, 13), (2, 4), (1, 2)), base=10.0)
    assert not late(small).mask.any()
    gap = np.full(SHAPE, 20.0)
    gap[14, 4, 2] = 1.0
    ttp = filled(16.0, LEFT_BOX, base=10.0)
    ttp[14, 4, 2] = 0.0
    assert late(ttp, gap).mask.sum() == 60


def test_without_any_tissue_to_judge_nothing_is_late():
    found = late(16.0, cnr=0.0)
    assert not found.mask.any()
    assert found.normal_ttp_s is None


@pytest.mark.parametrize(
    ("tmax", "ttp", "level", "dice"),
    [
        (LEFT_BOX, LEFT_BOX, Level.PASS, 1.0),
        (LEFT_BOX, RIGHT_BOX, Level.WARN, 0.0),
        (LEFT_BOX, ONE_SIDE, Level.PASS, 2 / 3),
        (LEFT_BOX, None, Level.WARN, 0.0),
        (None, LEFT_BOX, Level.WARN, 0.0),
        (None, None, Level.PASS, 1.0),
    ],
)
def test_tmax_is_held_against_the_late_peak(tmax, ttp, level, dice):
    made = maps(filled(9.0, *([tmax] if tmax else [])), ttp=filled(16.0, *([ttp] if ttp else []), base=10.0))
    flag = flags(made)["late-overlap"]
    assert flag.level is level
    assert flag.value == pytest.approx(dice)


def test_small_volumes_may_differ():
    """Apart by 60 mL, and by a limit of 60 mL: as much as the limit is allowed."""
    made = maps(filled(9.0, LEFT_BOX), ttp=10.0)
    for apart_ml, level in ((60.001, Level.PASS), (59.999, Level.WARN)):
        assert flags(made, replace(QUALITY, late_apart_ml=apart_ml))["late-overlap"].level is level


def test_a_thin_sheet_without_flow_is_no_old_infarct():
    """The falx: one voxel wide, through the whole head."""
    sheet, blob = (filled(1.0, box, base=50.0) for box in (((9, 10), (0, 12), (0, 6)), LEFT_BOX))
    assert sheet[9].size == 72
    assert flags(maps(cbf=sheet))["low-flow-outside"].level is Level.PASS
    assert flags(maps(cbf=blob))["low-flow-outside"].level is Level.WARN


def test_without_normal_tissue_the_gate_of_its_tmax_fails_too():
    assert flags(maps(9.0))["normal-tmax"].level is Level.FAIL
    assert "artery-late" not in flags(maps(9.0))


# --- blood -------------------------------------------------------------------------------------------

HEAD = np.zeros(SHAPE, dtype=bool)
HEAD[1:-1, 1:-1] = True


def dense_ml(hu, box=((7, 11), (5, 7), (1, 5)), vessels=None, inside=HEAD, **limits):
    made = maps()
    before = Volume(filled(hu, box, base=35.0), made.tmax.grid, "before", "HU")
    vessels = np.zeros(SHAPE, dtype=bool) if vessels is None else vessels
    return largest_dense_ml(before, inside, vessels, replace(QUALITY, **limits))


@pytest.mark.parametrize(("hu", "ml"), [(51.9, 0), (52.0, 32), (70.0, 32), (95.0, 32), (95.1, 0)])
def test_blood_is_as_dense_as_the_limits_say(hu, ml):
    assert dense_ml(hu) == pytest.approx(ml)


def test_near_bone_and_in_vessels_nothing_counts():
    assert dense_ml(70.0, ((1, 2), (1, 11), (0, 6))) == 0
    assert dense_ml(70.0, vessels=EVERYWHERE) == 0
    assert dense_ml(70.0, blood_rim_mm=49.0) == pytest.approx(32)
    assert dense_ml(70.0, blood_rim_mm=51.0) == 0


def test_the_slice_beside_counts_as_bone_too():
    """The vault: what lies under a slice that is bone mixes with it."""
    inside = HEAD.copy()
    inside[:, :, 3] = False
    assert dense_ml(70.0, inside=inside) == pytest.approx(8)  # slice 1 alone; 2 and 4 touch the bone


def test_the_largest_cluster_counts_not_their_sum():
    made = maps()
    apart = Volume(
        filled(70.0, ((4, 6), (5, 7), (1, 5)), ((12, 16), (5, 7), (1, 5)), base=35.0),
        made.tmax.grid,
        "before",
        "HU",
    )
    assert largest_dense_ml(apart, HEAD, np.zeros(SHAPE, dtype=bool), QUALITY) == pytest.approx(32)
