"""Figures of agreement: differences over means, answers against answers, correlations, guesses, distances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tissueclock.evidence.agreement.analysis import RaterAgreement, Ratings
from tissueclock.evidence.agreement.blinding import ArmGuesses, Index
from tissueclock.evidence.agreement.icc import IntraclassCorrelation
from tissueclock.evidence.agreement.pairs import BlandAltman, Concordance
from tissueclock.evidence.agreement.two_raters import TwoRaters
from tissueclock.image.overlap import SurfaceDistances
from tissueclock.report.evidence.drawing import add_axes, new_figure, pictures
from tissueclock.report.evidence.estimate_rows import fixed, level_words

_BLUE, _BAND, _GREY, _ORANGE, _PALE = "#1f5a94", "#dce7f2", "0.45", "#c2571a", "#cfcfcf"
_TITLE_PT, _SMALL_PT = 11.0, 8.0
_BOLD: Mapping[str, Any] = MappingProxyType({"fontsize": 10.0, "weight": "bold"})
_MOST_DECIMALS = 6


def agreement_pictures(ratings: Ratings | None, found: RaterAgreement) -> dict[str, bytes]:
    """Return every figure of an analysis of ratings as `NAME.svg` and `NAME.png`."""
    files: dict[str, bytes] = {}
    if found.kappa:
        files |= pictures("agreement-matrix", draw_matrix(found.kappa, found.raters, found.level))
    if found.icc and found.icc.forms:
        files |= pictures("agreement-icc", draw_icc(found.icc, found.level))
    if found.bland_altman and found.concordance and ratings:
        pairs = [(row[0], row[1]) for row in ratings.complete_numbers]
        limits, identity = found.bland_altman, found.concordance
        files |= pictures("agreement-bland-altman", draw_bland_altman(pairs, limits, found))
        files |= pictures("agreement-scatter", draw_scatter(pairs, identity, found))
    return files


def decimals_for(span: float) -> int:
    """Return how many decimals show a span in three digits."""
    return int(np.clip(2 - np.floor(np.log10(span)), 0, _MOST_DECIMALS)) if span > 0 else 0


def draw_bland_altman(
    pairs: Sequence[tuple[float, float]], found: BlandAltman, whole: RaterAgreement
) -> Figure:
    """Return differences over means, with bias and limits, and a band for the interval of each."""
    figure = new_figure(6.4, 4.3)
    axes = add_axes(figure, 0.115, 0.16, 0.655, 0.72)
    first, second = (np.array(series) for series in zip(*pairs, strict=True))
    axes.plot((first + second) / 2, first - second, "o", ms=4.5, mfc="white", mec=_BLUE, mew=1.1, zorder=3)
    axes.axhline(0, color=_GREY, lw=0.7)
    digits = decimals_for(max(abs(found.lower or 0), abs(found.upper or 0), abs(found.bias)))
    marks = (
        ("+1.96 SD", found.upper, found.upper_interval, "--"),
        ("bias", found.bias, found.bias_interval, "-"),
        ("−1.96 SD", found.lower, found.lower_interval, "--"),
    )
    for name, value, interval, style in marks:
        if value is None:
            continue
        if interval is not None:
            axes.axhspan(*interval, color=_BAND, lw=0, zorder=0)
        axes.axhline(value, color=_BLUE, lw=1.2, ls=style)
        words = f"{name}\n{minus(fixed(value, digits))}"
        axes.text(1.02, value, words, transform=axes.get_yaxis_transform(), va="center", fontsize=_SMALL_PT)
    _title(axes, "Differences over means")
    note = f"bands: {level_words(whole.level)} intervals; n {found.n}"
    axes.text(1, 1.015, note, transform=axes.transAxes, ha="right", va="bottom", fontsize=7, color=_GREY)
    axes.set_xlabel(f"mean of {whole.raters[0]} and {whole.raters[1]}")
    axes.set_ylabel(f"{whole.raters[0]} minus {whole.raters[1]}")
    return figure


def draw_scatter(pairs: Sequence[tuple[float, float]], found: Concordance, whole: RaterAgreement) -> Figure:
    """Return one rater over the other on equal axes, with the line of identity."""
    figure = new_figure(4.6, 4.6)
    axes = add_axes(figure, 0.15, 0.14, 0.79, 0.76)
    first, second = (np.array(series) for series in zip(*pairs, strict=True))
    low, high = min(first.min(), second.min()), max(first.max(), second.max())
    margin = (high - low) * 0.05 or 1.0
    ends = (low - margin, high + margin)
    axes.plot(ends, ends, color=_GREY, lw=0.9)
    axes.plot(second, first, "o", ms=4.5, mfc="white", mec=_BLUE, mew=1.1)
    axes.set(xlim=ends, ylim=ends, xlabel=whole.raters[1], ylabel=whole.raters[0])
    axes.set_aspect("equal")
    _title(axes, _concordance_words(found, whole.level))
    return figure


def _concordance_words(found: Concordance, level: float) -> str:
    if found.rho_c is None:
        return "Concordance undefined"
    if found.interval is None:
        return f"Concordance {found.rho_c:.3f}"
    low, high = found.interval
    return f"Concordance {found.rho_c:.3f} ({level_words(level)} {low:.3f} to {high:.3f})"


def draw_matrix(found: TwoRaters, raters: Sequence[str], level: float) -> Figure:
    """Return the table of answers, shaded by how much of the first rater's answer each cell holds."""
    size = len(found.categories)
    side = max(2.4, 0.46 * size)
    figure = new_figure(side + 1.5, side + 1.5)
    axes = add_axes(figure, 1.0 / (side + 1.5), 0.45 / (side + 1.5), side / (side + 1.5), side / (side + 1.5))
    counts = np.array(found.counts, dtype=float)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1.25, aspect="equal")
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if shares[row, column] > 0.6 else "0.15" if count else "0.7"
        weight = "bold" if row == column else "normal"
        axes.text(
            column, row, f"{count:.0f}", ha="center", va="center", color=colour, fontsize=9, weight=weight
        )
    axes.set_xticks(range(size), found.categories)
    axes.set_yticks(range(size), found.categories)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.tick_params(length=0)
    for place in ("left", "bottom"):
        axes.spines[place].set_visible(False)
    axes.set_xlabel(raters[1])
    axes.set_ylabel(raters[0])
    figure.text(0.02, 0.985, _kappa_words(found, level), va="top", fontsize=9, weight="bold")
    return figure


def _kappa_words(found: TwoRaters, level: float) -> str:
    name = "Kappa" if found.weights.value == "none" else f"Kappa, {found.weights.value} weights"
    kappa = found.kappa
    if kappa.kappa is None or kappa.interval is None:
        return f"{name}: {kappa.reason}"
    low, high = kappa.interval
    return f"{name}: {kappa.kappa:.3f}\n({level_words(level)} {low:.3f} to {high:.3f})"


def draw_icc(found: IntraclassCorrelation, level: float) -> Figure:
    """Return the six forms with their intervals, what each means beside it."""
    figure = new_figure(8.6, 3.1)
    axes = add_axes(figure, 0.44, 0.22, 0.36, 0.64)
    lows = [-1.0 if one.interval[0] is None else one.interval[0] for one in found.forms]
    least = -0.5 if min(lows) < 0 else 0.0
    for at, (one, low) in enumerate(zip(found.forms, lows, strict=True)):
        if one.icc is None or one.interval[1] is None:
            axes.text(1.035, -at, "undefined", transform=axes.get_yaxis_transform(), fontsize=_SMALL_PT)
        else:
            _estimate(axes, -at, one.icc, (low, one.interval[1]), _BLUE, ends=(least, 1.0))
    axes.set_yticks([-at for at in range(len(found.forms))], [f"{f.meaning}  {f.form}" for f in found.forms])
    axes.tick_params(axis="y", length=0, labelsize=7.5)
    axes.tick_params(axis="x", labelsize=_SMALL_PT)
    axes.set(xlim=(least, 1), ylim=(-5.5, 0.5))
    axes.set_xlabel(f"intraclass correlation, {level_words(level)} interval", fontsize=_SMALL_PT)
    axes.spines["left"].set_visible(False)
    figure.text(
        0.012, 0.965, f"Intraclass correlation: {found.n} cases, {found.raters} raters", va="top", **_BOLD
    )
    return figure


def _estimate(
    axes: Axes,
    y: float,
    value: float,
    interval: tuple[float, float],
    colour: str,
    *,
    ends: tuple[float, float],
) -> None:
    """Draw a value with its interval, an arrow where this leaves the axis, and both in words on the right."""
    low, high = interval
    shown = (max(low, ends[0]), min(high, ends[1]))
    axes.plot(shown, [y, y], color="0.2", lw=1.3)
    if low < ends[0]:
        axes.plot(ends[0], y, marker="<", color="0.2", ms=5, clip_on=False)
    axes.plot(min(max(value, ends[0]), ends[1]), y, "s", color=colour, ms=6, clip_on=False)
    words = f"{value:.2f} ({low:.2f} to {high:.2f})"
    place = axes.get_yaxis_transform()
    axes.text(1.035, y, minus(words), transform=place, va="center", fontsize=_SMALL_PT)


def draw_blinding(arms: Sequence[ArmGuesses], indices: Sequence[Index], level: float) -> Figure:
    """Return what each arm guessed as bars, and the indices with their intervals below."""
    left_in = 0.5 + 0.075 * max(len(arm.arm) + 8 for arm in arms)
    width_in = left_in + 5.6
    figure = new_figure(width_in, 3.9)
    left, width = left_in / width_in, 4.1 / width_in
    _guesses(add_axes(figure, left, 0.58, width, 0.25), arms)
    _indices(add_axes(figure, left, 0.19, width, 0.30), indices, level)
    figure.text(0.02, 0.965, "What each arm guessed, and the blinding indices", va="top", **_BOLD)
    return figure


def _guesses(axes: Axes, arms: Sequence[ArmGuesses]) -> None:
    for at, arm in enumerate(arms):
        left = 0.0
        for count, colour, ink in (
            (arm.treatment, _BLUE, "white"),
            (arm.unknown, _PALE, "0.15"),
            (arm.control, _ORANGE, "white"),
        ):
            share = count / arm.n
            axes.barh(-at, share, left=left, color=colour, height=0.62, edgecolor="white", lw=0.8)
            if share > 0.04:
                axes.text(left + share / 2, -at, str(count), ha="center", va="center", color=ink, fontsize=9)
            left += share
    axes.set_yticks([0, -1], [f"{arm.arm} (n {arm.n})" for arm in arms])
    axes.set(xlim=(0, 1), ylim=(-1.5, 0.5), xticks=[])
    axes.tick_params(length=0, labelsize=_SMALL_PT)
    for place in ("left", "bottom"):
        axes.spines[place].set_visible(False)
    for x, align, words, colour in (
        (0.0, "left", "guessed treatment", _BLUE),
        (0.5, "center", "do not know", _GREY),
        (1.0, "right", "guessed control", _ORANGE),
    ):
        axes.text(x, 0.55, words, ha=align, va="bottom", color=colour, fontsize=_SMALL_PT, weight="bold")


def _indices(axes: Axes, indices: Sequence[Index], level: float) -> None:
    for at, index in enumerate(indices):
        if index.estimate is None or index.interval is None:
            axes.text(0, -at, index.reason, ha="center", va="center", fontsize=_SMALL_PT)
        else:
            colour = _BLUE if at else "0.2"
            _estimate(axes, -at, index.estimate, index.interval, colour, ends=(-1.0, 1.0))
    names = ["James, trial", *(f"Bang, {index.name.removeprefix('bang ')}" for index in indices[1:])]
    axes.set_yticks([-at for at in range(len(names))], names)
    axes.axvline(0, color=_GREY, lw=0.7)
    axes.set(xlim=(-1, 1), ylim=(-len(indices) + 0.4, 0.6), xticks=(-1, -0.5, 0, 0.5, 1))
    scales = "Bang: −1 all wrong, 0 chance, 1 all right. James: 0 all know, 1 nobody knows"
    axes.set_xlabel(f"{scales}\n({level_words(level)} intervals)", fontsize=7)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(labelsize=_SMALL_PT)
    axes.spines["left"].set_visible(False)


def draw_distances(found: SurfaceDistances, names: Sequence[str]) -> Figure:
    """Return what share of each mask's points lies within a distance of the other mask."""
    figure = new_figure(5.6, 3.9)
    axes = add_axes(figure, 0.13, 0.17, 0.82, 0.70)
    parts = (found.from_first_mm, _BLUE, names[0], "-"), (found.from_second_mm, _ORANGE, names[1], "--")
    for distances, colour, name, style in parts:
        steps = np.concatenate([[0.0], np.sort(distances)])
        shares = np.arange(len(steps)) / len(distances)
        axes.step(
            steps,
            shares,
            where="post",
            color=colour,
            lw=1.5,
            ls=style,
            label=f"from {name} (n {len(distances)})",
        )
    axes.axhline(0.95, color=_GREY, lw=0.7)
    axes.text(1, 0.945, "95 %", transform=axes.get_yaxis_transform(), ha="right", va="top", fontsize=7)
    axes.axvline(found.hd95_mm, color=_GREY, lw=0.9, ls=":")
    left_of = found.hd95_mm > 0.3 * found.hausdorff_mm
    words, align = f" HD95 {fixed(found.hd95_mm, 1)} mm ", "right" if left_of else "left"
    axes.text(found.hd95_mm, 0.02, words, ha=align, fontsize=_SMALL_PT, color="0.25")
    axes.set(ylim=(0, 1.02), xlim=(0, found.hausdorff_mm * 1.06 or 1.0))
    axes.set_xlabel("distance to the other mask, mm")
    axes.set_ylabel("share of points within")
    axes.legend(frameon=False, fontsize=_SMALL_PT, loc="center", framealpha=1)
    _title(axes, f"Distances between the masks' {found.points.value} voxels")
    return figure


def minus(text: str) -> str:
    """Return a number with the minus sign that figures print."""
    return text.replace("-", "−")


def _title(axes: Axes, words: str) -> None:
    axes.set_title(words, loc="left", fontsize=_TITLE_PT, weight="bold", pad=14)
