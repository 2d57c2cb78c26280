"""The funnel: points where their numbers are, limits by their formula, and what trim and fill adds."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from forest_lab import LARGE_CORE, SHARES, analysed, texts
from matplotlib.colors import to_rgba

from tissueclock.evidence.meta.studies import TwoArm
from tissueclock.evidence.meta.synthesis import Extras
from tissueclock.report.evidence.drawing import pictures, svg_of
from tissueclock.report.evidence.forest.funnel import draw_funnel
from tissueclock.report.evidence.forest.words import ForestWords

WORDS = ForestWords(title="Large core", recalled=(False, True, False, False))
SMALL_AND_LARGE = (
    *LARGE_CORE,
    TwoArm(study="small", ai=9, n1i=15, ci=1, n2i=15),
    TwoArm(study="smaller", ai=8, n1i=11, ci=1, n2i=10),
)


def points(figure):
    """Return (x, y, marker, is open) of every study."""
    return [
        (line.get_xdata()[0], line.get_ydata()[0], line.get_marker(), line.get_markerfacecolor() == "white")
        for line in figure.axes[0].lines
        if line.get_marker() in ("o", "s")
    ]


def test_every_study_stands_at_its_effect_and_its_error():
    found = analysed()
    shown = points(draw_funnel(found, WORDS))
    expected = [(row.effect.yi, math.sqrt(row.effect.vi)) for row in found.rows]
    assert [(x, y) for x, y, _, _ in shown] == expected
    assert [(marker, is_open) for *_, marker, is_open in shown] == [
        ("o", False),
        ("s", True),
        ("o", False),
        ("o", False),
    ]


def test_the_dashed_lines_are_196_errors_from_the_pooled_effect():
    found = analysed()
    (limits,) = [line for line in draw_funnel(found, WORDS).axes[0].lines if len(line.get_xdata()) == 3]
    (left, middle, right), (deep, top, _) = limits.get_xdata(), limits.get_ydata()
    assert (middle, top) == (found.pooled.beta, 0)
    assert right - middle == pytest.approx(1.959963984540054 * deep)
    assert middle - left == pytest.approx(right - middle)


def test_the_shades_begin_where_p_is_010_005_and_001():
    patches = draw_funnel(analysed(), WORDS).axes[0].patches
    slopes = sorted({round(abs(patch.get_xy()[1][0] / patch.get_xy()[1][1]), 6) for patch in patches})
    assert slopes == pytest.approx([1.644854, 1.959964, 2.575829], abs=1e-6)
    greys = [to_rgba(patch.get_facecolor())[0] for patch in patches]
    assert sorted(set(greys), reverse=True) == pytest.approx([0.95, 0.89, 0.83])


def test_precise_studies_are_above():
    low, high = draw_funnel(analysed(), WORDS).axes[0].get_ylim()
    assert (high, low > 0) == (0, True)


def test_trim_and_fill_adds_open_circles_and_says_what_it_does():
    found = analysed(SMALL_AND_LARGE, extras=Extras(bias=True))
    filled = next(one for one in found.bias.filled if one.estimator == "L0")
    assert filled.found.missing > 0
    figure = draw_funnel(found, ForestWords(title="x"))
    added = [point for point in points(figure) if point[3]]
    assert [x for x, *_ in added] == [one.yi for one in filled.found.filled]
    words = " ".join(texts(svg_of(figure)))
    assert f"mirrors in {filled.found.missing}" in words
    assert f"{filled.pooled.estimate:.2f} ({filled.pooled.ci[0]:.2f}–{filled.pooled.ci[1]:.2f})" in words


def test_trim_and_fill_that_finds_nothing_says_so():
    found = analysed(extras=Extras(bias=True))
    shown = " ".join(texts(svg_of(draw_funnel(found, WORDS))))
    none = next(one for one in found.bias.filled if one.estimator == "L0").found.missing == 0
    assert ("mirrors in no study" in shown) == none


def test_without_bias_nothing_is_filled_in():
    figure = draw_funnel(analysed(SMALL_AND_LARGE), ForestWords(title="x"))
    assert len(points(figure)) == len(SMALL_AND_LARGE)
    assert "Trim" not in " ".join(texts(svg_of(figure)))


def test_the_axis_is_labelled_with_ratios_on_a_log_scale():
    shown = texts(svg_of(draw_funnel(analysed(), WORDS)))
    assert ("Odds ratio (log scale)" in shown, "Standard error of its logarithm" in shown) == (True, True)
    assert "1" in shown


def test_a_proportion_keeps_its_analysis_scale_and_has_no_shades():
    figure = draw_funnel(analysed(SHARES, "PLO"), ForestWords(title="x"))
    assert list(figure.axes[0].patches) == []
    shown = texts(svg_of(figure))
    assert any("(analysis scale)" in text for text in shown)
    assert not any("Shades" in text for text in shown)


def test_recalled_studies_are_explained():
    assert "Open squares: recalled, read in no source." in texts(svg_of(draw_funnel(analysed(), WORDS)))
    plain = texts(svg_of(draw_funnel(analysed(), replace(WORDS, recalled=()))))
    assert not any("recalled" in text for text in plain)


def test_the_same_funnel_gives_the_same_bytes():
    assert pictures("f", draw_funnel(analysed(), WORDS)) == pictures("f", draw_funnel(analysed(), WORDS))
