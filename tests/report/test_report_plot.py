"""Plots: round ticks, true positions, and the same content in words."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_report import dsc_curves, head_grid, sample_curves, sample_model

from tissueclock.report.plot import Axis, curves_plot, nice_ticks, offset_plot


def points(line):
    return [tuple(map(float, point.split(","))) for point in line.points.split()]


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 60, (0, 10, 20, 30, 40, 50, 60)),
        (0, 431.9, (0, 100, 200, 300, 400, 500)),
        (0, 1, (0, 0.2, 0.4, 0.6, 0.8, 1)),
        (-3, 9, (-4, -2, 0, 2, 4, 6, 8, 10)),
    ],
)
def test_ticks_are_round_numbers(low, high, ticks):
    assert nice_ticks(low, high) == ticks


@given(st.floats(-1e4, 1e4), st.floats(1e-3, 1e4))
def test_ticks_cover_the_range_with_an_even_step(low, span):
    ticks = nice_ticks(low, low + span)
    step = ticks[1] - ticks[0]
    assert ticks[0] <= low + 1e-6 * step
    assert ticks[-1] >= low + span - 1e-6 * step
    assert 3 <= len(ticks) <= 9
    assert all(b - a == pytest.approx(step) for a, b in pairwise(ticks))


def test_no_range_still_has_ticks():
    ticks = nice_ticks(7, 7)
    assert ticks[0] < 7 < ticks[-1]


def test_an_axis_is_linear_and_keeps_its_ticks_inside():
    axis = Axis(0, 58.5, 58, 544)
    assert (axis.at(0), axis.at(58.5), axis.at(29.25)) == (58, 544, 301)
    assert [tick.text for tick in axis.ticks()] == ["0", "10", "20", "30", "40", "50"]


def test_curves_are_drawn_where_they_are():
    plot = curves_plot(sample_curves(head_grid()))
    assert [(line.name, line.style) for line in plot.lines] == [("AIF", "aif"), ("VOF", "vof")]
    aif, vof = map(points, plot.lines)
    assert aif[0] == (plot.left, plot.bottom)
    assert aif[-1][0] == vof[-1][0] == plot.right
    top_of = {name: min(y for _, y in line) for name, line in (("aif", aif), ("vof", vof))}
    assert plot.top < top_of["vof"] < top_of["aif"] < plot.bottom
    assert (plot.x_label, plot.y_label) == ("time, s", "enhancement, HU")


def test_the_arrival_is_marked_where_it_was_measured():
    plot = curves_plot(sample_curves(head_grid()))
    (mark,) = plot.marks
    assert mark.text == "arrival 9.2 s"
    assert mark.x == pytest.approx(plot.left + 9.2 / 58.5 * (plot.right - plot.left), abs=0.1)
    assert curves_plot(replace(sample_curves(head_grid()), arrival_s=None)).marks == ()


def test_without_a_venous_curve_there_is_one_line():
    plot = curves_plot(dsc_curves())
    assert [line.name for line in plot.lines] == ["AIF"]
    assert plot.y_label == "enhancement, ΔR2* 1/s"


def test_the_offset_curve_with_the_limit_and_normal_tissue():
    plot = offset_plot(sample_model().offset)
    assert [mark.text for mark in plot.marks] == ["limit 6 s", "normal tissue, median 1.9 s"]
    limit, median = (mark.y for mark in plot.marks)
    assert plot.top < limit < median < plot.bottom
    assert (
        plot.description
        == "Without any delay, Tmax reads 1.5 s at an MTT of 2 s and 5.0 s at an MTT of 24 s."
    )


@pytest.mark.parametrize(
    ("limit_s", "normal_median_s", "texts"),
    [
        (9.5, None, ["limit 9.5 s"]),
        (None, 2.04, ["normal tissue, median 2.0 s"]),
        (None, None, []),
    ],
)
def test_the_limit_is_the_presets_own_and_nothing_unknown_is_drawn(limit_s, normal_median_s, texts):
    offset = replace(sample_model().offset, limit_s=limit_s, normal_median_s=normal_median_s)
    assert [mark.text for mark in offset_plot(offset).marks] == texts


@pytest.mark.parametrize(("median_s", "below"), [(1.9, True), (6.5, False), (-1.9, False)])
def test_the_text_of_normal_tissue_keeps_clear_of_the_curve_and_the_axis(median_s, below):
    offset = replace(sample_model().offset, normal_median_s=median_s)
    plot = offset_plot(offset)
    mark = plot.marks[-1]
    assert mark.below is below
    assert mark.y + (16 if mark.below else -6) <= plot.bottom
