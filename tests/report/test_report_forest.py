"""Forest plots: every number that a reader needs is there as text, and says what the analysis says."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from forest_lab import EFFECTS, LARGE_CORE, MEANS, SHARES, a_forest, a_line, analysed, texts

from tissueclock.core.notice import DISCLAIMER
from tissueclock.evidence.meta.studies import Given, TwoArm
from tissueclock.evidence.meta.synthesis import Extras
from tissueclock.report.evidence.drawing import pictures, svg_of
from tissueclock.report.evidence.forest.draw import draw_forest
from tissueclock.report.evidence.forest.figures import MOST_STUDIES, drawn, meta_figures
from tissueclock.report.evidence.forest.funnel import draw_funnel
from tissueclock.report.evidence.forest.of_synthesis import cumulative_of, forest_of, leave_one_out_of
from tissueclock.report.evidence.forest.parts import DAGGER, MOST_LINES, Forest, Line, Mark
from tissueclock.report.evidence.forest.words import ForestWords

WORDS = ForestWords(
    title="Large core", subtitle="Who is helped?", arms=("Thrombectomy", "Medical care"),
    favours=("favours medical care", "favours thrombectomy"), recalled=(False, True, False, False),
    notes=("A note of ours.",),
)  # fmt: skip


@pytest.fixture(scope="module")
def shown() -> list[str]:
    return texts(svg_of(draw_forest(forest_of(analysed(), WORDS))))


def test_the_heads_and_words_stand_there(shown):
    for words in (
        *("Large core", "Who is helped?", "Study", "Thrombectomy", "Medical care", "Odds ratio", "Weight"),
        *("OR (95% CI)", "← favours medical care", "favours thrombectomy →", "A note of ours.", DISCLAIMER),
    ):
        assert words in shown
    assert shown.count("n/N") == 2


def test_a_study_has_its_counts_its_effect_and_its_weight(shown):
    found = analysed()
    for row in found.rows:
        study = row.study
        assert f"{study.ai}/{study.n1i}" in shown
        assert f"{study.ci}/{study.n2i}" in shown
        assert f"{row.estimate:.2f} ({row.ci[0]:.2f}–{row.ci[1]:.2f})" in shown
        assert f"{row.weight_percent:.1f}%" in shown
    assert ("RESCUE-Japan LIMIT" in shown, f"ANGEL-ASPECT {DAGGER}" in shown) == (True, True)


def test_the_total_has_sums_an_effect_and_a_prediction_interval(shown):
    pooled = analysed().pooled
    assert ("Total (4 studies)" in shown, "245/631" in shown, "136/620" in shown) == (True, True, True)
    assert f"{pooled.estimate:.2f} ({pooled.ci[0]:.2f}–{pooled.ci[1]:.2f})" in shown
    assert f"({pooled.pi[0]:.2f}–{pooled.pi[1]:.2f})" in shown
    assert "100.0%" in shown


def test_heterogeneity_test_and_method_are_named(shown):
    found = analysed().pooled.heterogeneity
    (line,) = [text for text in shown if text.startswith("Heterogeneity")]
    assert line.startswith(f"Heterogeneity: Q = {found.q:.2f}, df = 3, p = ")
    assert f"I² = {found.i2:.0f}%; τ² = {found.tau2:.3g}" in line
    assert any(re.fullmatch(r"Test of the effect: z = \d\.\d\d, p < 0\.0001", text) for text in shown)
    whole = " ".join(shown)
    assert (
        "Random effects by inverse variance, τ² by REML. 95% intervals. Bar: 95% prediction interval."
        in whole
    )
    assert "Convention: metafor (R), I² from τ²." in whole
    assert f"{DAGGER} and an open square: recalled, read in no source." in whole


@pytest.mark.parametrize(
    ("method", "convention", "named"),
    [
        ("DL", "revman", "Convention: RevMan 5 (Mantel-Haenszel and DerSimonian-Laird), I² from Q."),
        ("MH", "metafor", "Fixed effect by Mantel and Haenszel."),
        ("FE", "metafor", "Fixed effect by inverse variance."),
        ("GLMM", "metafor", "Binomial-normal model UM.FS."),
    ],
)
def test_every_kind_of_method_is_named_in_words(method, convention, named):
    found = analysed(method=method, convention=convention)
    assert named in " ".join(forest_of(found, WORDS).footer)


def test_a_fixed_effect_has_no_prediction_interval_and_no_bar():
    forest = forest_of(analysed(method="FE"), WORDS)
    assert all(line.mark is not Mark.BAR for line in forest.lines)
    assert "Bar" not in " ".join(forest.footer)


def test_a_model_without_weights_draws_dots_and_no_percentage():
    forest = forest_of(analysed(method="GLMM"), WORDS)
    marks = [line.mark for line in forest.lines[:4]]
    assert marks == [Mark.POINT] * 4
    assert all(line.weight == "" for line in forest.lines)


def test_subgroups_have_subtotals_and_a_test_of_their_differences():
    found = analysed(extras=Extras(subgroup="site"))
    forest = forest_of(found, WORDS)
    names = [line.name for line in forest.lines]
    assert [name for name in names if name in ("east", "west")] == ["east", "west"]
    subtotals = [line for line in forest.lines if line.name == "Subtotal (2 studies)"]
    assert [line.estimate for line in subtotals] == [one.estimate for one in found.subgroups.effects]
    assert (all(line.sub for line in subtotals), "All (4 studies)" in names) == (True, True)
    assert [line.cells for line in subtotals] == [("139/330", "88/327"), ("106/301", "48/293")]
    assert names[-1].startswith(f"Subgroup differences: χ² = {found.subgroups.statistic:.2f}, df = 1, p = ")
    assert names[-1].endswith("(a τ² for each)")


def test_one_tau2_for_all_is_said():
    found = analysed(extras=Extras(subgroup="site", common_tau2=True))
    assert forest_of(found, WORDS).lines[-1].name.endswith("(one τ² for all)")


def test_leave_one_out_shows_every_study_and_the_whole():
    found = analysed(extras=Extras(leave_one_out=True))
    forest = leave_one_out_of(found, WORDS)
    assert [line.estimate for line in forest.lines] == [
        *(one.estimate for one in found.without),
        found.pooled.estimate,
    ]
    assert [line.name for line in forest.lines] == [*(study.study for study in LARGE_CORE), "None"]
    assert forest.lines[-1].mark is Mark.DIAMOND
    assert forest.heads[:5] == ("Left out", "k", "I²", "τ²", "p")
    assert forest.lines[0].cells[0] == "3"


def test_cumulative_goes_by_its_column_and_ends_with_everything():
    found = analysed(extras=Extras(cumulative="year"))
    forest = cumulative_of(found, WORDS)
    assert [line.cells[0] for line in forest.lines] == ["1", "2", "3", "4"]
    assert forest.lines[0].name == "RESCUE-Japan LIMIT (2022)"
    assert forest.lines[-1].estimate == found.pooled.estimate
    assert forest.lines[0].cells[1] == "–"


KINDS = [
    (SHARES, "PLO", ("Events/\npatients",), "Proportion (95% CI)", ("2/40",)),
    (EFFECTS, "OR", ("log OR\n(SE)",), "OR (95% CI)", ("−0.500 (0.141)",)),
    (EFFECTS, "GEN", ("Effect\n(SE)",), "Effect (95% CI)", ("−0.500 (0.141)",)),
    (
        MEANS,
        "MD",
        ("Treatment\nmean (SD), N", "Control\nmean (SD), N"),
        "MD (95% CI)",
        ("−2 (5), 20", "1 (5), 22"),
    ),
]


@pytest.mark.parametrize(
    ("studies", "measure", "heads", "effect", "cells"), KINDS, ids=[kind[1] for kind in KINDS]
)
def test_every_kind_of_study_has_columns_of_its_own(studies, measure, heads, effect, cells):
    forest = forest_of(analysed(studies, measure), ForestWords(title="x"))
    assert (forest.heads[1:-2], forest.heads[-2]) == (heads, effect)
    assert forest.lines[1].cells == cells
    assert svg_of(draw_forest(forest)).startswith(b"<?xml")


def test_a_proportion_has_no_sides_and_no_test_of_nothing():
    forest = forest_of(analysed(SHARES, "PLO"), ForestWords(title="x"))
    assert (forest.favours, forest.null, forest.axis) == (("", ""), None, "Proportion")
    assert "Pooled as a proportion, logit." in forest.footer
    assert not any(line.name.startswith("Test of") for line in forest.lines)


def test_without_words_the_sides_say_only_which_group_has_more():
    assert forest_of(analysed(), ForestWords(title="x")).favours == (
        "less with treatment",
        "more with treatment",
    )


def test_the_same_figure_gives_the_same_bytes_and_another_one_others():
    one, again, other = (
        pictures("x", draw_forest(forest_of(analysed(method=method), WORDS))) for method in ("DL", "DL", "PM")
    )
    assert one == again
    assert one["x.svg"] != other["x.svg"]
    assert one["x.png"] != other["x.png"]


def test_nothing_is_written_that_changes_from_day_to_day(shown):
    assert not any(re.search(r"20\d\d-\d\d-\d\d", text) for text in shown)


def test_a_recalled_study_is_an_open_square():
    lines = forest_of(analysed(), WORDS).lines
    assert [line.recalled for line in lines[:4]] == [False, True, False, False]
    drawn_open = svg_of(draw_forest(a_forest(replace(a_line(2, 1, 4), recalled=True))))
    drawn_full = svg_of(draw_forest(a_forest(a_line(2, 1, 4))))
    assert drawn_open.count(b"fill: #ffffff") == drawn_full.count(b"fill: #ffffff") + 1


def test_the_area_of_a_square_is_the_weight():
    figure = draw_forest(a_forest(a_line(2, 1, 4, share=80.0), a_line(2, 1, 4, share=20.0)))
    sizes = [line.get_markersize() for line in figure.axes[0].lines if line.get_marker() == "s"]
    assert sizes[0] / sizes[1] == pytest.approx(2)


def test_an_interval_that_leaves_the_axis_has_an_arrow_at_its_end():
    figure = draw_forest(a_forest(a_line(2, 1, 4), a_line(3, 0.0001, 9e6)))
    arrows = [line for line in figure.axes[0].lines if line.get_marker() in ("<", ">")]
    assert [line.get_marker() for line in arrows] == ["<", ">"]
    low, high = figure.axes[0].get_xlim()
    assert [line.get_xdata()[0] for line in arrows] == [low, high]


def test_an_interval_from_0_is_drawn_to_the_end_of_the_axis():
    figure = draw_forest(a_forest(a_line(2, 0.0, 4), a_line(1.5, 1, 2)))
    assert [line.get_marker() for line in figure.axes[0].lines].count("<") == 1


def test_a_long_name_is_cut():
    studies = tuple(replace(study, study="x" * 90) if study.ai == 31 else study for study in LARGE_CORE)
    name = forest_of(analysed(studies), ForestWords(title="x")).lines[0].name
    assert (len(name), name[-1]) == (48, "…")


def test_strange_names_are_shown_as_they_are_on_one_line():
    names = ("cost $5 and $x_1$", "two\nlines\x00", "脳卒中 <&>", "plain")
    studies = tuple(replace(study, study=name) for study, name in zip(LARGE_CORE, names, strict=True))
    forest = forest_of(analysed(studies), ForestWords(title="A $title$"))
    shown = texts(pictures("x", draw_forest(forest))["x.svg"])
    for name in ("cost $5 and $x_1$", "two lines", "脳卒中 <&>", "plain", "A $title$"):
        assert name in shown


def test_an_effect_beyond_all_numbers_is_drawn():
    studies = tuple(Given(study="a", yi=yi, vi=vi) for yi, vi in ((800, 1e4), (1.0, 0.1), (0.5, 0.2)))
    found = analysed(studies, "OR", "FE")
    forest = forest_of(found, ForestWords(title="x"))
    assert forest.lines[0].effect.startswith("1.0e+304")
    axes = draw_forest(forest).axes[0]
    assert axes.get_xlim()[1] < 1e3
    assert [line.get_marker() for line in axes.lines if line.get_marker() in ("<", ">")] == [">"]
    shown = texts(svg_of(draw_funnel(found, ForestWords(title="x"))))
    assert "Beyond the axis, and not shown: 1 of 3 studies." in shown


def test_cells_that_do_not_match_the_heads_are_refused():
    with pytest.raises(ValueError, match="under every head"):
        a_forest(replace(a_line(2, 1, 4), cells=("1", "2")))


def test_a_plot_of_too_many_lines_is_refused():
    with pytest.raises(ValueError, match="too many for a picture"):
        a_forest(*[a_line(2, 1, 4)] * (MOST_LINES + 1))


def test_many_studies_have_no_figures():
    studies = tuple(TwoArm(study=f"s{i}", ai=3, n1i=20, ci=2, n2i=20) for i in range(MOST_STUDIES + 1))
    assert meta_figures(analysed(studies, method="FE"), ForestWords(title="x")) == {}


def test_two_studies_have_no_funnel_and_three_have():
    for count, parts in ((2, {"forest"}), (3, {"forest", "funnel"})):
        assert set(meta_figures(analysed(LARGE_CORE[:count]), ForestWords(title="x"))) == parts


def test_all_that_was_asked_is_drawn_as_svg_and_png():
    found = analysed(extras=Extras(leave_one_out=True, cumulative="year", bias=True))
    files = drawn(meta_figures(found, WORDS), "meta")
    parts = ("cumulative", "forest", "funnel", "leave-one-out")
    assert sorted(files) == sorted(f"meta-{part}.{kind}" for part in parts for kind in ("svg", "png"))
    assert all(DISCLAIMER in texts(content) for name, content in files.items() if name.endswith("svg"))


def test_an_empty_line_has_nothing():
    assert Line(mark=Mark.NONE, name="").shown_name == ""
    assert isinstance(a_forest(), Forest)
