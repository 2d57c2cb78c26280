"""Numbers, axis and columns of a forest plot: laws that hold whatever is drawn."""

from __future__ import annotations

import math

import pytest
from forest_lab import a_forest, a_line
from hypothesis import given, settings
from hypothesis import strategies as st

from tissueclock.evidence.meta.pooled import Heterogeneity
from tissueclock.report.evidence.drawing import text_width_in
from tissueclock.report.evidence.forest import numbers
from tissueclock.report.evidence.forest.axis import ticks_between, window_of
from tissueclock.report.evidence.forest.layout import TEXT_PT, lay_out, wrapped
from tissueclock.report.evidence.forest.parts import Line, Mark

LOGS = st.floats(-6, 6).map(lambda x: round(x, 3))
REACH = st.floats(0.01, 5).map(lambda x: round(x, 3))
PAIRS = st.lists(st.tuples(LOGS, REACH), min_size=1, max_size=8)


def lines_of(pairs, *, ratio):
    there = math.exp if ratio else float
    return [a_line(there(y), there(y - reach), there(y + reach)) for y, reach in pairs]


@given(PAIRS, st.booleans())
@settings(max_examples=60, deadline=None)
def test_the_axis_holds_every_estimate_and_no_effect(pairs, ratio):
    window = window_of(a_forest(*lines_of(pairs, ratio=ratio), ratio=ratio, null=1.0 if ratio else 0.0), 2.1)
    assert all(window.holds(line.estimate) for line in lines_of(pairs, ratio=ratio))
    assert window.holds(1.0 if ratio else 0.0)
    assert all(window.low <= tick <= window.high for tick in window.ticks)
    assert len(window.ticks) == len(window.labels) >= 1


@given(PAIRS)
@settings(max_examples=60, deadline=None)
def test_a_diamond_is_never_cut(pairs):
    lines = lines_of(pairs, ratio=True)
    pooled = Line(mark=Mark.DIAMOND, name="Total", estimate=1.0, ci=(0.01, 90.0))
    window = window_of(a_forest(*lines, pooled), 2.1)
    assert window.clipped((0.01, 90.0)) == (0.01, 90.0)


@given(LOGS, st.floats(0.05, 8))
@settings(max_examples=80, deadline=None)
def test_labels_of_ratios_do_not_touch(low, span):
    ends = math.exp(low), math.exp(low + span)
    ticks, labels = ticks_between(*ends, 2.1, ratio=True)
    places = [2.1 * math.log(tick / ends[0]) / span for tick in ticks]
    for left, right, first, second in zip(places, places[1:], labels, labels[1:], strict=False):
        assert right - left >= (text_width_in(first, 7.5) + text_width_in(second, 7.5)) / 2


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0.8, 1.3, ("0.8", "0.9", "1", "1.1", "1.2", "1.3")),
        (0.4, 3.9, ("0.5", "0.75", "1", "1.5", "2", "3")),
        (0.07, 7.0, ("0.1", "0.2", "0.5", "1", "2", "5")),
        (0.003, 400.0, ("0.01", "0.1", "1", "10", "100")),
    ],
)
def test_ticks_of_ratios_are_round(low, high, labels):
    assert ticks_between(low, high, 2.1, ratio=True)[1] == labels


def test_ticks_of_differences_have_the_same_decimals_and_a_true_minus():
    assert ticks_between(-0.16, 0.06, 2.1, ratio=False)[1] == ("−0.15", "−0.10", "−0.05", "0.00", "0.05")


def test_an_interval_beside_the_axis_shrinks_to_its_end():
    window = window_of(a_forest(a_line(1, 0.9, 1.1)), 2.1)
    assert window.clipped((50, 60)) == (window.high, window.high)


@given(PAIRS, st.text("abc xyz", min_size=1, max_size=60))
@settings(max_examples=40, deadline=None)
def test_columns_stand_beside_each_other(pairs, name):
    lines = lines_of(pairs, ratio=True)
    forest = a_forest(
        *lines, Line(mark=Mark.SQUARE, name=name, cells=("123/4567",), effect="1 (2–3)", weight="9%")
    )
    layout = lay_out(forest)
    name_end = 0.12 + text_width_in(name, TEXT_PT)
    assert name_end <= layout.cells[0] - text_width_in("123/4567", TEXT_PT)
    assert (
        layout.cells[-1] < layout.plot_left < layout.plot_right < layout.effect < layout.weight < layout.width
    )
    assert layout.plot_right - layout.plot_left >= 2.1 - 1e-9
    assert layout.effect - text_width_in("1 (2–3)", TEXT_PT) > layout.plot_right


@given(st.text("ab cde ", max_size=120), st.floats(0.5, 4))
@settings(max_examples=60, deadline=None)
def test_wrapped_text_keeps_its_words_and_its_width(text, width):
    lines = wrapped(text, 8.0, width)
    assert " ".join(lines).split() == text.split()
    assert all(text_width_in(line, 8.0) <= width for line in lines if " " in line)


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [
        (2.345, 2, "2.35"),
        (-0.0451, 3, "−0.045"),
        (0.0042, 2, "0.004"),
        (0.00042, 2, "4.2e-04"),
        (345.6, 2, "346"),
        (9.99e7, 2, "1.0e+08"),
        (0.0, 2, "0.00"),
    ],
)
def test_numbers_are_printed_for_readers(value, decimals, shown):
    assert numbers.number(value, decimals) == shown


def test_intervals_below_0_have_a_word_between():
    assert numbers.interval((-0.1, 0.2), 1) == "−0.1 to 0.2"
    assert numbers.effect(2, (1, 3), 2) == "2.00 (1.00–3.00)"


@pytest.mark.parametrize(("largest", "decimals"), [(0.5, 3), (5, 2), (50, 1), (500, 0)])
def test_decimals_follow_the_size(largest, decimals):
    assert numbers.decimals_for([largest, -largest / 2], ratio=False) == decimals
    assert numbers.decimals_for([largest], ratio=True) == 2


@pytest.mark.parametrize(
    ("p", "shown"),
    [
        (0.00001, "p < 0.0001"),
        (0.0042, "p = 0.0042"),
        (0.0423, "p = 0.042"),
        (0.42, "p = 0.42"),
        (1.0, "p = 1.00"),
    ],
)
def test_p_is_printed_as_finely_as_it_matters(p, shown):
    assert numbers.p_words(p) == shown


def test_what_a_model_does_not_give_is_left_out_of_the_line():
    found = Heterogeneity(tau2=0.0, i2=None, h2=None, q=None, q_df=3, q_p=None)
    assert numbers.heterogeneity(found) == "τ² = 0"
