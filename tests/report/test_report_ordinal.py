"""The stacked bars, the odds ratios by cut, rows of text and CSV of an analysis of the mRS."""

from __future__ import annotations

import csv
import io
import itertools
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.patches import Rectangle

from tissueclock.core.notice import DISCLAIMER
from tissueclock.evidence.ordinal.analysis import Proportionality, Settings, analyse_rows, analyse_table
from tissueclock.evidence.ordinal.rows import OrdinalRows, Term
from tissueclock.evidence.ordinal.table import MrsTable
from tissueclock.report.evidence.cut_odds import cut_odds, rows_of
from tissueclock.report.evidence.drawing import pictures
from tissueclock.report.evidence.grotta import (
    Labels,
    contrast,
    grade_colours,
    grotta_bar,
    ink_on,
    level_colour,
    luminance,
    moved_apart,
)
from tissueclock.report.evidence.ordinal_lines import ordinal_csv, ordinal_lines, p_words, shift_words

LIMIT = MrsTable(
    arms=("thrombectomy and medical therapy", "medical therapy"),
    counts=((2, 3, 9, 17, 33, 18, 18), (0, 3, 5, 5, 25, 40, 24)),
)
TENSION = MrsTable(
    arms=("EVT", "medical"),
    counts=((10, 11, 18, 24, 15, 46), (2, 1, 13, 16, 24, 66)),
    levels=("0-1", "2", "3", "4", "5", "6"),
)
SEPARATED = MrsTable(arms=("a", "b"), counts=((4, 1, 0, 0, 0, 0, 0), (0, 0, 2, 0, 0, 0, 3)))


def with_age():
    random = np.random.default_rng(2)
    age, first = random.normal(70, 9, 90), random.random(90) < 0.5
    level_of = np.clip(np.rint((age - 45) / 8 - first + random.normal(size=90)), 0, 6).astype(int)
    term = Term(name="age", labels=("age",), columns=(tuple(age),))
    return OrdinalRows(
        arms=("a", "b"),
        level_of=tuple(map(int, level_of)),
        first=tuple(map(bool, first)),
        terms=(term,),
        strata=tuple("xy"[n % 2] for n in range(90)),
    )


def texts(figure):
    svg = ElementTree.fromstring(pictures("x", figure)["x.svg"])
    nodes = svg.iter("{http://www.w3.org/2000/svg}text")
    return ["".join(node.itertext()).strip() for node in nodes]


def bars(figure):
    """Return the segments of the bars: left, width and height, the first arm's first."""
    axes = next(axes for axes in figure.axes if axes.get_xlabel() == "Patients (%)")
    found = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    return [(patch.get_x(), patch.get_width(), patch.get_y(), patch.get_facecolor()) for patch in found]


def test_the_segments_are_the_shares_of_each_arm():
    segments = bars(grotta_bar(LIMIT, title="LIMIT"))
    assert len(segments) == 14
    widths = [width for _, width, _, _ in segments]
    assert widths[:7] == pytest.approx([2, 3, 9, 17, 33, 18, 18])
    assert widths[7:] == pytest.approx([100 * n / 102 for n in LIMIT.counts[1]])
    for arm in (segments[:7], segments[7:]):
        ends = [left + width for left, width, _, _ in arm]
        assert [left for left, _, _, _ in arm] == pytest.approx([0, *ends[:-1]])
        assert ends[-1] == pytest.approx(100)
    assert segments[0][2] > segments[7][2]  # the treatment is above


def test_lines_join_the_limits_of_the_levels():
    figure = grotta_bar(LIMIT, title="LIMIT")
    axes = next(axes for axes in figure.axes if axes.get_xlabel())
    joined = [line.get_xdata() for line in axes.lines if len(set(line.get_ydata())) == 2]
    limits = [np.cumsum(counts)[:-1] * 100 / sum(counts) for counts in LIMIT.counts]
    expected = list(zip(*limits, strict=True))
    found = [tuple(ends) for ends in joined if any(np.allclose(ends, pair) for pair in expected)]
    assert len(found) >= 6


def test_the_words_say_arms_sizes_title_and_the_notice():
    found = texts(grotta_bar(LIMIT, title="RESCUE-Japan LIMIT", caption=shift_words(analyse_table(LIMIT))))
    assert {"RESCUE-Japan LIMIT", "(n = 100)", "(n = 102)", "Patients (%)", "Death", DISCLAIMER} <= set(found)
    assert "Common odds ratio for a better outcome 2.42 (95 % CI 1.45 to 4.02), P 0.0007" in found


@pytest.mark.parametrize(
    ("labels", "inside", "below"), [(Labels.PERCENT, "39", "40"), (Labels.COUNTS, "40", "39.2")]
)
def test_the_segments_hold_percent_or_counts_and_the_table_the_other(labels, inside, below):
    found = texts(grotta_bar(LIMIT, title="x", labels=labels))
    assert inside in found
    assert below in found


def test_a_level_without_patients_has_no_label_and_merged_levels_their_words():
    found = texts(grotta_bar(TENSION, title="x"))
    assert {"0–1", "No significant", "disability", "0.8"} <= set(found)
    assert "No symptoms" not in found
    assert "Severe disability" in texts(grotta_bar(LIMIT.merged_5_6(), title="x"))


def test_the_pictures_are_the_same_each_time():
    one, two = (pictures("x", grotta_bar(LIMIT, title="x")) for _ in range(2))
    assert one == two


def test_grey_and_colour_blind_readers_can_tell_the_grades_apart():
    """Lightness falls from grade to grade, by steps that stay in grey and under any loss of hue."""
    light = [116 * luminance(colour) ** (1 / 3) - 16 for colour in grade_colours()]
    grey = [0.299 * red + 0.587 * green + 0.114 * blue for red, green, blue in grade_colours()]
    for values, least in ((light, 12), (grey, 28)):
        assert min(before - after for before, after in itertools.pairwise(values)) > least


def test_every_label_can_be_read_on_its_ground():
    for colour in grade_colours():
        ink = (0, 0, 0) if ink_on(colour) == "black" else (255, 255, 255)
        assert contrast(colour, ink) >= 4.5


def test_contrast_is_that_of_the_standard():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)
    assert level_colour("5-6") == grade_colours()[6]


@given(st.lists(st.floats(0, 100), max_size=12), st.floats(0.5, 8))
def test_labels_are_moved_apart_and_stay_inside(middles, width):
    middles = sorted(middles)
    places = moved_apart(middles, [width] * len(middles), 100.0)
    assert all(after - before >= width - 1e-9 for before, after in itertools.pairwise(places))
    assert all(width / 2 - 1e-9 <= place <= 100 - width / 2 + 1e-9 for place in places)


def test_labels_that_have_room_stay_where_they_are():
    assert moved_apart([10, 30, 60], [4, 4, 4], 100.0) == [10, 30, 60]
    assert moved_apart([1, 2], [4, 4], 100.0) == [2, 6]
    assert moved_apart([99, 99.5], [4, 4], 100.0) == [94, 98]


def test_long_names_of_arms_are_folded_and_cut():
    table = MrsTable(
        arms=("x" * 60, "best medical treatment with a great many words in its name"), counts=LIMIT.counts
    )
    found = texts(grotta_bar(table, title="x"))
    assert max(len(text) for text in found if text.startswith("x")) <= 22
    assert any(text.endswith("…") for text in found)


def test_a_dollar_sign_in_a_name_is_no_formula():
    table = MrsTable(arms=(r"$\frac", "a$b$c_d^e"), counts=SEPARATED.counts)
    found = texts(grotta_bar(table, title="for $5 or $6", caption=shift_words(analyse_table(table))))
    assert {r"$\frac", "a$b$c_d^e", "for $5 or $6"} <= set(found)
    assert "$5" in " ".join(texts(cut_odds(analyse_table(table), title="for $5 or $6")))


def test_the_odds_ratios_by_cut_stand_over_the_common_one():
    analysis = analyse_table(LIMIT)
    figure = cut_odds(analysis, title="LIMIT")
    found = texts(figure)
    assert [name for name, _ in rows_of(analysis)] == ["mRS 0", *(f"mRS 0–{n}" for n in range(1, 6))]
    assert "3.08 (1.50 to 6.32)" in found
    assert "2.42 (1.45 to 4.02)" in found
    assert "5.20 (0.25 to 109.75) *" in found
    assert "* an empty cell: 1/2 was added to all four" in found
    assert "Test of proportional odds: likelihood ratio, 9.55 on 5 df, P 0.0891" in found


def test_with_covariates_the_odds_ratios_by_cut_are_adjusted():
    analysis = analyse_rows(with_age())
    assert [effect for _, effect in rows_of(analysis)] == [effect for _, effect in analysis.adjusted.at_cuts]
    assert any("age" in line for line in ordinal_lines(analysis))
    assert any(line.startswith("van_elteren\t") for line in ordinal_lines(analysis))
    assert "Adjusted common odds ratio" in shift_words(analysis)
    assert len(texts(cut_odds(analysis, title="x"))) > 10


def test_without_an_estimate_figures_and_rows_say_why():
    analysis = analyse_table(SEPARATED)
    lines = list(ordinal_lines(analysis))
    (common,) = [line for line in lines if line.startswith("common_or\t")]
    assert common.startswith(
        "common_or\tnone\tnobody in 'a' is worse than anybody in 'b': it is infinite\tprofile "
    )
    assert "to infinity" in common
    assert "none (nobody in 'a'" in shift_words(analysis)
    assert "none (nobody in 'a' is worse than anybody in 'b': it is infinite)" in texts(
        cut_odds(analysis, title="x")
    )


def test_the_rows_are_id_first_and_hold_no_empty_cell():
    lines = list(ordinal_lines(analyse_table(LIMIT, Settings(proportionality=Proportionality.BRANT))))
    assert all(cell.strip() for line in lines for cell in line.split("\t"))
    ids = [line.split("\t")[0] for line in lines]
    assert ids[:6] == ["arms", "mrs", "mrs", "common_or", "proportional_odds_test", "  or by"]
    assert "proportional_odds_test\tBrant\tnone\tan arm has nobody on one side of a cut" in lines
    assert "nnt_net\tNNTB 3.7 (2.4 to 8.5)\tone better level, pairs won minus lost" in lines
    assert "nnt_worst\tNNTB 3.7 (better 26.7 %, worse 0.0 %)\tjoint outcome table of least movement" in lines


def test_the_csv_holds_every_number_unrounded_and_no_nan():
    rows = list(csv.DictReader(io.StringIO(ordinal_csv(analyse_table(SEPARATED)).decode("utf-8"))))
    common = next(row for row in rows if row["name"] == "common_or")
    assert (common["estimate"], common["ci_low"]) == ("", "")
    assert "infinite" in common["reason"]
    whole = list(csv.DictReader(io.StringIO(ordinal_csv(analyse_rows(with_age())).decode("utf-8"))))
    assert {"common_or_unadjusted", "covariate age", "arm at 0-2", "van_elteren"} <= {
        row["name"] for row in whole
    }
    assert not any(value in ("nan", "inf", "None") for row in (*rows, *whole) for value in row.values())
    limit = list(csv.DictReader(io.StringIO(ordinal_csv(analyse_table(LIMIT)).decode("utf-8"))))
    assert float(limit[0]["estimate"]) == analyse_table(LIMIT).common_or.estimate.estimate


@pytest.mark.parametrize(
    ("p", "words"),
    [(None, "P none"), (0.00002, "P <0.0001"), (0.0001, "P 0.0001"), (0.08915, "P 0.0892"), (1, "P 1.0000")],
)
def test_small_p_values_are_not_zero(p, words):
    assert p_words(p) == words
