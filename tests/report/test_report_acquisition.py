"""Motion and sampling as plots: every frame where it is, what happened to it by shape, gaps and baseline."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from sample_report import (
    dsc_curves,
    head_grid,
    sample_curves,
    sample_model,
    sample_motion,
    sample_sampling,
)

from tissueclock.report.acquisition_plots import STRIP_LIMIT, motion_plots, motion_words, sampling_plot
from tissueclock.report.model import MotionTrace, Sampling, SliceTiming
from tissueclock.report.plot import Line, Plot, curves_plot, offset_plot
from tissueclock.report.raster import STROKES, key_picture, plot_picture


def still(frames=10, **changes):
    fields = {
        "times_s": np.arange(frames) * 2.0,
        "shift_mm": np.zeros(frames),
        "rotation_deg": np.zeros(frames),
        "realigned": [False] * frames,
    }
    return MotionTrace(**(fields | changes))


def together(times=(0.0, 1.0, 2.0, 3.0), slices=4):
    return Sampling((SliceTiming(times, tuple(range(slices)), (0.0,) * slices),))


def plots():
    model = sample_model()
    return (
        curves_plot(model.curves),
        offset_plot(model.offset),
        *motion_plots(model.motion),
        sampling_plot(model.sampling, model.curves),
    )


def test_every_frame_is_a_dot_whose_shape_says_what_happened_to_it():
    shift, rotation = motion_plots(sample_motion())
    for plot in (shift, rotation):
        styles = [dot.style for dot in plot.dots]
        assert styles[:24] == ["frame"] * 24
        assert styles[24] == "interpolated"
        assert styles[25:39] == ["realigned"] * 14
        assert styles[39] == "excluded"
        assert [style for style, _ in plot.dot_names] == ["frame", "realigned", "interpolated", "excluded"]
        assert plot.dots[39].y == plot.bottom
        assert all(len(line.pixels) == 39 for line in plot.lines)
    assert shift.dots[24].y < shift.dots[0].y


def test_the_legend_names_only_what_is_there():
    plot, _ = motion_plots(still())
    assert plot.dot_names == (("frame", "frame"),)


def test_the_limits_are_drawn_where_they_are():
    shift, rotation = motion_plots(sample_motion())
    assert [mark.text for mark in shift.marks] == ["warning above 0.7 mm", "withheld above 3.5 mm"]
    warn, fail = (mark.y for mark in shift.marks)
    jump, first = shift.dots[24].y, shift.dots[0].y
    assert jump < fail < warn < first
    assert rotation.marks == ()
    assert motion_plots(still())[0].marks == ()


def test_a_limit_far_above_the_motion_does_not_flatten_the_trace():
    shift, _ = motion_plots(still(warn_mm=0.7, fail_mm=25.0))
    assert [mark.text for mark in shift.marks] == ["warning above 0.7 mm"]
    near, _ = motion_plots(still(shift_mm=np.full(10, 12.0), warn_mm=0.7, fail_mm=25.0))
    assert [mark.text for mark in near.marks] == ["warning above 0.7 mm", "withheld above 25 mm"]


def test_noise_does_not_look_like_motion():
    shift, rotation = motion_plots(still(shift_mm=np.full(10, 0.02), rotation_deg=np.full(10, 0.02)))
    for plot in (shift, rotation):
        assert plot.dots[0].y > plot.bottom - 0.05 * (plot.bottom - plot.top)


def test_an_excluded_frame_has_no_numbers():
    trace = still(shift_mm=[*np.zeros(9), 5.0], excluded=(9,))
    assert np.isnan(trace.shift_mm[9])
    assert np.isnan(trace.rotation_deg[9])
    assert trace.kept == tuple(range(9))
    assert motion_words(trace).startswith("The head moved by at most 0.0 mm")
    with pytest.raises(ValueError, match="shift_mm must hold 10 finite numbers"):
        still(shift_mm=[np.nan, *np.zeros(9)], excluded=(9,))


def test_what_was_left_after_realignment_is_a_line_of_its_own():
    assert [line.style for line in motion_plots(sample_motion())[0].lines] == ["shift", "residual"]
    assert [line.style for line in motion_plots(still())[0].lines] == ["shift"]


def test_motion_in_words_counts_frames_from_1():
    assert motion_words(sample_motion()) == (
        "The head moved by at most 4.0 mm and turned by at most 1.3°. Realignment leaves at most 0.1 mm. "
        "14 of 40 frames were realigned. Interpolated: frame 25. Excluded: frame 40."
    )
    assert motion_words(still()).endswith("0 of 10 frames were realigned.")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"shift_mm": np.zeros(9)}, "shift_mm must hold 10 finite numbers"),
        ({"rotation_deg": np.full(10, np.nan)}, "rotation_deg must hold 10 finite numbers"),
        ({"residual_mm": [0.0]}, "residual_mm must hold 10"),
        ({"realigned": [True]}, "for each of 10 frames"),
        ({"interpolated": (10,)}, "interpolated names frames between 0 and 9"),
        ({"excluded": (-1,)}, "excluded names frames between 0 and 9"),
    ],
)
def test_a_broken_trace_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        still(**changes)


@pytest.mark.parametrize(
    ("times", "slices", "offsets"),
    [((0.0, 1.0), (0, 1), (0.0,)), ((0.0,), (0,), (0.0,)), ((0.0, 1.0), (), ()), ((0, np.inf), (0,), (0,))],
)
def test_a_broken_timing_is_refused(times, slices, offsets):
    with pytest.raises(ValueError, match=r"finite numbers|at least two times"):
        SliceTiming(times, slices, offsets)


def test_a_sampling_without_timings_is_refused():
    with pytest.raises(ValueError, match="at least one timing"):
        Sampling(())


def test_one_strip_where_all_slices_share_their_times():
    plot = sampling_plot(together(), dsc_curves())
    assert [tick.text for tick in plot.y_ticks] == ["all slices"]
    assert len(plot.dots) == 4
    assert plot.spans == ()
    assert plot.description.endswith("All slices were sampled together.")


def test_every_distinct_timing_has_a_strip_with_a_stroke_a_frame():
    plot = sampling_plot(sample_sampling(), sample_curves(head_grid()))
    assert [tick.text for tick in plot.y_ticks] == ["1 to 6", "7, 8", "9, 10", "11, 12"]
    assert len(plot.dots) == 4 * 40
    assert {dot.style for dot in plot.dots} == {"stroke"}
    assert "Slices have times of their own, up to 1.3 s apart" in plot.description


def test_slices_that_alternate_are_named_as_such():
    offsets = (0.0, 0.7) * 4
    plot = sampling_plot(Sampling((SliceTiming((0.0, 2.0), tuple(range(8)), offsets),)), dsc_curves())
    assert [tick.text for tick in plot.y_ticks] == ["1, 3 … 7", "2, 4 … 8"]


def test_long_gaps_and_the_baseline_are_shaded_where_they_are():
    plot = sampling_plot(sample_sampling(), sample_curves(head_grid()))
    baseline, gap = plot.spans
    assert (baseline.style, gap.style, gap.text) == ("baseline", "gap", "gap 6.0 s")
    strokes = sorted({dot.x for dot in plot.dots if dot.y == plot.dots[0].y})
    assert (gap.start, gap.end) == (strokes[19], strokes[20])
    assert baseline.end == strokes[5]


def test_texts_of_neighbouring_gaps_do_not_collide():
    times = np.cumsum([0.0] + [1.0] * 20 + [4.0, 1.0, 4.0, 1.0, 4.0] + [1.0] * 20)
    plot = sampling_plot(together(tuple(times)), dsc_curves())
    assert [bool(span.text) for span in plot.spans] == [True, False, True]


def test_many_timings_are_thinned_out_and_it_is_said():
    offsets = tuple(0.01 * index for index in range(64))
    sampling = Sampling((SliceTiming((0.0, 1.0, 2.0), tuple(range(64)), offsets),))
    plot = sampling_plot(sampling, dsc_curves())
    assert len(plot.y_ticks) == STRIP_LIMIT
    assert plot.description.endswith("16 of 64 timings are drawn.")
    assert plot.height < 400


def test_the_baseline_is_shaded_up_to_its_last_frame():
    curves = sample_curves(head_grid())
    (span,) = curves_plot(curves).spans
    plot = curves_plot(curves)
    assert span.start == plot.left
    assert span.end == pytest.approx(plot.left + 7.5 / 58.5 * (plot.right - plot.left), abs=0.1)
    assert curves_plot(dsc_curves()).spans == ()
    (thin,) = curves_plot(replace(curves, baseline_frames=1, baseline_end_s=0.0)).spans
    assert thin.end - thin.start == 2


def test_half_a_baseline_is_refused():
    with pytest.raises(ValueError, match="the baseline's frames and its end"):
        replace(sample_curves(head_grid()), baseline_end_s=None)


@pytest.mark.parametrize("plot", plots(), ids=lambda plot: plot.title)
def test_pictures_of_plots_have_their_size_and_their_ink(plot):
    picture = plot_picture(plot, 552)
    assert picture.size == (552, round(plot.height * 552 / plot.width))
    pixels = np.asarray(picture)
    assert (pixels < 120).any()
    assert (pixels[:, -2:] == 255).all()


def test_a_line_is_drawn_where_its_points_are():
    plot = Plot(
        title="t",
        description="",
        x_label="",
        y_label="",
        x_ticks=(),
        y_ticks=(),
        lines=curves_plot(sample_curves(head_grid())).lines[:1],
    )
    pixels = np.asarray(plot_picture(plot, plot.width)).astype(int)
    for x, y in plot.lines[0].pixels[8:20]:
        around = pixels[round(y) - 2 : round(y) + 3, round(x) - 2 : round(x) + 3]
        assert np.abs(around - STROKES["aif"].rgb).sum(axis=2).min() < 60


def test_a_dashed_line_is_drawn_in_dashes_along_its_whole_length():
    bare = Plot(title="t", description="", x_label="", y_label="", x_ticks=(), y_ticks=(), lines=())
    line = Line("100,60 250,60 250,160", "vof", "VOF")
    plot = replace(bare, lines=(line,))
    ink = np.asarray(plot_picture(plot, plot.width).convert("L")) < 160
    empty = np.asarray(plot_picture(bare, plot.width).convert("L")) < 160
    across, down = ink[60, 100:250], ink[60:160, 250]
    for part in (across, down):
        assert part.mean() == pytest.approx(7 / 11, abs=0.12)
        assert part[-12:].any()
    beside = (ink & ~empty).copy()
    beside[57:64, 97:254] = beside[57:164, 246:255] = False
    assert not beside.any()


def test_the_keys_of_a_legend_differ_without_colour():
    styles = ["frame", "realigned", "interpolated", "excluded"]
    grey = [np.asarray(key_picture(style, dot=True).convert("L")) < 160 for style in styles]
    grey += [np.asarray(key_picture(style).convert("L")) < 160 for style in ("aif", "vof")]
    for number, one in enumerate(grey):
        assert one.any()
        assert all((one != other).any() for other in grey[:number])
    assert isinstance(key_picture("aif"), Image.Image)
