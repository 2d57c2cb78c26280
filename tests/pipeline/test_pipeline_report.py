"""What the report shows of a scan's making: motion, sampling, baseline and ladders, from real runs."""

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from digital_scans import RECIPES, analyze, small_series

from tissueclock.image.series import Modality
from tissueclock.lesion.settings import LesionSettings
from tissueclock.perfusion.concentration import find_baseline
from tissueclock.perfusion.motion import Motion
from tissueclock.pipeline import report_parts
from tissueclock.pipeline.preset import preset_for
from tissueclock.report.model import CurvePlot, Location

CT_PRESET = preset_for(Modality.CT, None)


@pytest.fixture(scope="module")
def series():
    return small_series(RECIPES["shuttle"])


def test_every_frame_has_its_motion(case):
    motion = case("left").run.document["motion"]
    frames = case("left").run.document["input"]["frames"]
    assert {len(motion[name]) for name in ("times_s", "displacement_mm", "rotation_deg")} == {frames}
    assert (motion["interpolated"], motion["excluded"]) == ([], [])
    assert motion["fail_mm"] == CT_PRESET.quality.motion_fail_mm
    assert all(later > earlier for earlier, later in pairwise(motion["times_s"]))


def test_a_frame_that_was_interpolated_is_named(case):
    assert case("twitch").run.document["motion"]["interpolated"] == [30]


def test_realigned_frames_are_named(case):
    motion = case("turned").run.document["motion"]
    moved = [frame for frame, done in enumerate(motion["realigned"]) if done]
    assert set(range(18, 40)) <= set(moved)
    assert motion["displacement_mm"][30] > 4
    assert motion["rotation_deg"][30] == pytest.approx(3.0, abs=0.5)


def test_slices_that_are_sampled_together_share_a_timing(case):
    document = case("left").run.document
    (timing,) = document["sampling"]["timings"]
    assert timing["slices"] == list(range(document["input"]["slices"]))
    assert set(timing["offsets_s"]) == {0.0}
    assert document["sampling"]["interval_s"] == document["input"]["interval_s"]


def test_slices_of_their_own_times_have_offsets(case):
    document = case("shuttle").run.document
    (timing,) = document["sampling"]["timings"]
    assert timing["offsets_s"] == [0.0, 2.25] * 4
    assert document["sampling"]["longest_gap_s"] == document["input"]["longest_gap_s"]


def test_two_rhythms_are_two_timings(series):
    times = np.array(series.times_s)
    times[10:, 4:] += 0.5
    found = report_parts.sampling(replace(series, times_s=times))
    assert [timing.slices for timing in found.timings] == [(0, 1, 2, 3), (4, 5, 6, 7)]
    for timing in found.timings:
        for index, offset in zip(timing.slices, timing.offsets_s, strict=True):
            np.testing.assert_allclose(np.add(timing.times_s, offset), times[:, index], atol=2e-3)


def test_offsets_count_from_the_earliest_slice(series):
    times = np.array(series.times_s)[:, ::-1]
    (timing,) = report_parts.sampling(replace(series, times_s=times)).timings
    assert min(timing.offsets_s) == 0.0
    assert timing.times_s[0] == times[0].min()


def test_the_baseline_ends_with_its_last_frame(case):
    document = case("left").run.document
    curves, motion = document["curves"], document["motion"]
    assert curves["baseline_end_s"] == motion["times_s"][curves["baseline_frames"] - 1]
    assert curves["baseline_end_s"] < curves["times_s"][int(np.argmax(curves["aif"]))]


def test_the_baseline_is_that_which_was_found(series):
    baseline = find_baseline(series, CT_PRESET.perfusion.baseline_rise)
    place = Location((0, 0, 0), (0.0, 0.0, 0.0))
    plain = CurvePlot(times_s=(0, 1), unit="HU", aif=(0, 1), aif_location=place)
    curves = report_parts.with_baseline(plain, series, baseline)
    assert curves.baseline_frames == baseline.frames
    assert curves.baseline_end_s == pytest.approx(series.times_s[baseline.frames - 1].mean(), abs=1e-3)


def test_what_was_done_with_each_frame_is_told_in_frames_of_the_scan(series):
    """Frames 1 and 8 of the scan were left out: what is measured of the others keeps its place."""
    kept = np.delete(np.arange(series.frames), [0, 7])
    count = len(kept)
    motion = Motion(
        displacement_mm=kept / 10.0,
        through_slices=np.zeros(count),
        turn_deg=kept / 20.0,
        residual_mm=np.full(count, 0.25),
        realigned=kept == 5,
        interpolated=kept == 9,
        transforms=(None,) * count,
    )
    scan = SimpleNamespace(series=series, repairs=("Frame 4 was interpolated: it was broken.", "Else."))
    left = series.without_frames(frozenset({0, 7}))
    trace = report_parts.motion_trace(scan, left, motion, CT_PRESET.quality)
    assert (trace.excluded, trace.interpolated) == ((0, 7), (3, 9))
    assert [frame for frame, moved in enumerate(trace.realigned) if moved] == [5]
    assert (trace.shift_mm[20], trace.rotation_deg[20], trace.residual_mm[20]) == (2.0, 1.0, 0.25)
    assert [frame for frame, value in enumerate(trace.shift_mm) if np.isnan(value)] == [0, 7]
    assert len(trace.times_s) == series.frames


def test_frames_that_the_user_left_out_are_marked(case, tmp_path):
    scan = case("left").scan
    found = analyze(scan, "--exclude-frames", "40", out=tmp_path).document
    assert found["motion"]["excluded"] == [39]
    assert found["motion"]["displacement_mm"][39] is None
    assert {len(timing["times_s"]) for timing in found["sampling"]["timings"]} == {39}
    assert "Excluded: frame 40." in (tmp_path / "report.html").read_text(encoding="utf-8")


class Masks:
    """The two mappings that a ladder is made from."""

    def __init__(self, delays, shares):
        self.ladder = {limit: np.zeros((2, 2, 2), dtype=bool) for limit in delays}
        self.cores = {percent: np.zeros((2, 2, 2), dtype=bool) for percent in shares}


def test_ladders_start_with_the_widest_limit():
    tmax, cbf = report_parts.ladders(Masks((10.0, 2.0, 6.0), (20.0, 38.0, 30.0)), CT_PRESET.lesion)
    assert (tmax.limits, tmax.rule) == ((2.0, 6.0, 10.0), 6.0)
    assert tmax.facts == ("tmax2_ml", "tmax6_ml", "tmax10_ml")
    assert (cbf.limits, cbf.rule) == ((38.0, 30.0, 20.0), 30.0)
    assert cbf.facts == ("core_cbf38_ml", "core_cbf_ml", "core_cbf20_ml")


def test_without_a_core_there_is_no_ladder_of_flow():
    assert [ladder.name for ladder in report_parts.ladders(Masks((6.0,), ()), CT_PRESET.lesion)] == ["tmax"]
    assert report_parts.ladders(Masks((), ()), CT_PRESET.lesion) == ()


def test_a_rule_that_is_no_step_is_not_marked():
    settings: LesionSettings = replace(CT_PRESET.lesion, delay_s=5.0, core_cbf_percent=25.0)
    tmax, cbf = report_parts.ladders(Masks((4.0, 6.0), (20.0, 30.0)), settings)
    assert (tmax.rule, cbf.rule) == (None, None)


UNITS = ("s", "HU", "SD", "mm", "cm", "mL", "%", "frames", "degrees")


@pytest.mark.parametrize("name", ["left", "mr", "shuttle"])
def test_every_check_of_a_run_has_a_unit(case, name):
    flags = case(name).run.document["quality"]["flags"]
    page = (case(name).run.out / "report.html").read_text(encoding="utf-8")
    assert flags
    for flag in flags:
        if flag["value"] is not None:
            cell = page.split(f'<th scope="row">{flag["id"].replace("-", " ")}</th>')[1]
            value = cell.split('data-label="Value">')[1].split("<")[0]
            assert value.split(" ")[-1] in UNITS, (flag["id"], value)


def test_the_report_shows_the_volumes_of_the_ladders(case):
    document = case("left").run.document
    page = (case("left").run.out / "report.html").read_text(encoding="utf-8")
    for name in ("tmax2_ml", "tmax10_ml", "core_cbf38_ml", "core_cbf_ml"):
        value = document["facts"][name]["value"]
        assert f'data-fact="{name}" data-decimals="1">{value:.1f} mL<' in page
