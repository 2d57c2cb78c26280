"""Figures of agreement and survival: what they say in words and numbers, and the same bytes each time."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from tissueclock.core.notice import DISCLAIMER
from tissueclock.evidence.agreement.analysis import Asked as AskedAgreement
from tissueclock.evidence.agreement.analysis import Ratings, analyse, categories_of
from tissueclock.evidence.agreement.blinding import ArmGuesses, blinding_indices
from tissueclock.evidence.survival.analysis import Asked, SurvivalAnalysis
from tissueclock.evidence.survival.analysis import analyse as analyse_survival
from tissueclock.evidence.survival.data import follow_up
from tissueclock.image.overlap import surface_distances
from tissueclock.report.evidence.agreement_plot import (
    agreement_pictures,
    decimals_for,
    draw_blinding,
    draw_distances,
)
from tissueclock.report.evidence.drawing import svg_of
from tissueclock.report.evidence.survival_plot import draw_incidence, draw_survival, survival_pictures


def texts(svg: bytes) -> list[str]:
    tree = ElementTree.fromstring(svg)
    return ["".join(node.itertext()).strip() for node in tree.iter("{http://www.w3.org/2000/svg}text")]


def rated(*columns: list[float]) -> Ratings:
    answers = tuple(tuple(str(one) for one in row) for row in zip(*columns, strict=True))
    numbers = tuple(zip(*columns, strict=True))
    names = tuple("abc"[: len(columns)])
    return Ratings(
        raters=names, answers=answers, numbers=numbers, categories=categories_of(answers), ordered=True
    )


def survived(*, groups: int = 2, causes: int = 1) -> SurvivalAnalysis:
    draw = np.random.default_rng(3)
    group = [f"group {at % groups}" for at in range(40)]
    times = np.ceil(draw.exponential(10, 40))
    return analyse_survival(follow_up(times, draw.integers(0, causes + 1, 40), group), Asked())


def test_ratings_have_their_pictures_and_each_says_its_number() -> None:
    ratings = rated([1, 2, 3, 3, 1, 2], [1, 2, 3, 2, 1, 1])
    found = analyse(ratings, AskedAgreement())
    files = agreement_pictures(ratings, found)
    assert {name.split(".")[0] for name in files} == {
        "agreement-matrix", "agreement-icc", "agreement-bland-altman", "agreement-scatter",
    }  # fmt: skip
    matrix = texts(files["agreement-matrix.svg"])
    assert [word for word in matrix if word.isdecimal()][-9:] == ["2", "0", "0", "1", "1", "0", "0", "1", "1"]
    assert any(word.startswith("Kappa: 0.50") for word in matrix)
    assert "+1.96 SD" in texts(files["agreement-bland-altman.svg"])
    assert any("Concordance" in word for word in texts(files["agreement-scatter.svg"]))
    assert files == agreement_pictures(ratings, found)
    assert all(DISCLAIMER in texts(svg) for name, svg in files.items() if name.endswith("svg"))


def test_odd_ratings_can_be_drawn_too() -> None:
    for columns in (
        ([1, 1, 2], [1, 1, 2]),
        ([5, 5], [5, 5]),
        ([0, 0, 1], [9, -9, 2]),
        ([1, 2], [3, 1], [2, 2]),
    ):
        ratings = rated(*columns)
        assert agreement_pictures(ratings, analyse(ratings, AskedAgreement())) is not None


@pytest.mark.parametrize(("span", "digits"), [(0, 0), (250, 0), (78.1, 1), (4.2, 2), (0.03, 4), (1e-9, 6)])
def test_three_digits_of_a_span_are_shown(span: float, digits: int) -> None:
    assert decimals_for(span) == digits


def test_guesses_are_drawn_with_their_indices() -> None:
    arms = (
        ArmGuesses(arm="new", treatment=28, control=10, unknown=12),
        ArmGuesses(arm="old", treatment=14, control=20, unknown=16),
    )
    words = texts(svg_of(draw_blinding(arms, blinding_indices(*arms), 0.95)))
    assert {"28", "12", "10", "new (n 50)", "Bang, old", "0.36 (0.14 to 0.58)"} <= set(words)
    silent = tuple(ArmGuesses(arm=name, treatment=0, control=0, unknown=4) for name in ("new", "old"))
    assert "nobody guessed" in texts(svg_of(draw_blinding(silent, blinding_indices(*silent), 0.95)))


def test_distances_are_drawn_with_the_names_of_the_masks() -> None:
    first, second = np.zeros((2, 6, 6), dtype=bool)
    first[1:4, 1:4], second[1:5, 1:4] = True, True
    words = texts(svg_of(draw_distances(surface_distances(first, second, (1, 1)), ("ours", "theirs"))))
    assert "HD95 1.0 mm" in words
    assert any(word.startswith("from ours (n 8)") for word in words)
    same = surface_distances(first, first, (1, 1))
    assert "HD95 0.0 mm" in texts(svg_of(draw_distances(same, ("ours", "theirs"))))


def test_survival_has_the_numbers_at_risk_below_each_tick() -> None:
    found = survived()
    figure = draw_survival(found, "days")
    axes = figure.axes[0]
    table = {text.get_text(): text for text in figure.texts if text.get_text().startswith("group")}
    for curve in found.curves:
        y = table[curve.group].get_position()[1]
        printed = [text.get_text() for text in figure.texts if text.get_position()[1] == y][1:]
        expected = [
            int((curve.curve.at_risk[curve.curve.times >= tick]).max(initial=0)) for tick in axes.get_xticks()
        ]
        assert [int(count) for count in printed] == expected
    words = texts(svg_of(figure))
    assert "Time, days" in words
    assert any(word.startswith("Log-rank test: p ") for word in words)
    assert any(word.startswith("Hazard ratio, group 1 v group 0: ") for word in words)
    assert "Bands are 95 % intervals." in words


def test_the_curve_that_is_drawn_is_the_curve() -> None:
    found = survived(groups=1)
    line, marks = draw_survival(found, "").axes[0].get_lines()
    curve = found.curves[0].curve
    assert list(line.get_xdata()) == [0, *curve.times]
    assert list(line.get_ydata()) == [1, *curve.survival]
    assert list(marks.get_xdata()) == list(curve.times[curve.censored > 0])
    assert list(marks.get_ydata()) == list(curve.survival[curve.censored > 0])


def test_competing_causes_are_drawn_apart_and_named() -> None:
    found = survived(causes=2)
    words = texts(svg_of(draw_incidence(found, "")))
    assert {"group 0, cause 1", "group 1, cause 2", "Bands are 95 % intervals, of cause 1 only."} <= set(
        words
    )
    assert set(survival_pictures(found, "")) == {
        "survival.svg", "survival.png", "survival-incidence.svg", "survival-incidence.png",
    }  # fmt: skip
    assert survival_pictures(found, "") == survival_pictures(found, "")


def test_many_groups_and_long_names_stay_inside_the_picture() -> None:
    draw = np.random.default_rng(5)
    names = [f"a group with a rather long name, number {at % 6}" for at in range(60)]
    found = analyse_survival(follow_up(draw.exponential(10, 60), np.ones(60, dtype=int), names), Asked())
    figure = draw_survival(found, "weeks")
    assert not any("Bands" in text.get_text() for text in figure.texts)
    assert sum("Hazard ratio" in text.get_text() for text in figure.texts) == 5
    renderer = FigureCanvasAgg(figure).get_renderer()
    width, height = figure.get_size_inches() * figure.dpi
    legend = figure.axes[0].get_legend()
    for item in [*figure.texts, *figure.axes[0].get_yticklabels(), legend]:
        box = item.get_window_extent(renderer)
        assert box.x0 >= 0
        assert box.x1 <= width + 1
        assert 0 <= box.y0 < box.y1 <= height + 1
