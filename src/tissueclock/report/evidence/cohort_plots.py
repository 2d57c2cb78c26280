"""Figures of a cohort: balance before and after weighting and matching, and growth by exposure."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from tissueclock.evidence.cohort.growth import Growth
from tissueclock.evidence.cohort.propensity import Propensity
from tissueclock.evidence.cohort.rows import Cohort
from tissueclock.report.evidence.drawing import add_axes, new_figure
from tissueclock.report.format import rounded

_INK, _MUTED, _ACCENT, _OTHER = "#1b2733", "0.42", "#1f5f8b", "#c2571a"
_BALANCED = 0.1
"""Below this a standardised difference is usually called balanced (Austin 2009)."""
_MARKS = (
    ("before", "o", "white", _OTHER),
    ("weighted", "s", _ACCENT, _ACCENT),
    ("matched", "^", "#7a8b99", "#4c5a66"),
)


def draw_balance(found: Propensity, title: str) -> Figure:
    """Return the absolute standardised difference of every covariate: before, weighted, matched."""
    rows = sorted(found.balance, key=lambda item: -abs(item.before))
    height = 1.62 + 0.27 * len(rows)
    figure = new_figure(6.6, height)
    figure.text(0.02, 1 - 0.18 / height, title, fontsize=11, fontweight="bold", va="center", color=_INK)
    axes = add_axes(figure, 0.32, 0.78 / height, 0.64, 0.27 * len(rows) / height)
    for at, item in enumerate(rows):
        axes.axhline(at, color="0.9", linewidth=0.8, zorder=0)
        for name, mark, fill, edge in _MARKS:
            value = getattr(item, name)
            if value is not None and np.isfinite(value):
                axes.plot(abs(value), at, mark, markersize=6, markerfacecolor=fill, markeredgecolor=edge)
    axes.axvline(_BALANCED, color="0.55", linewidth=0.9, linestyle=(0, (4, 3)))
    axes.axvline(0, color="0.6", linewidth=0.8)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks(range(len(rows)), labels=[item.covariate for item in rows])
    axes.tick_params(labelsize=8.5, colors=_INK, left=False)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("absolute standardised difference (dashed: 0.1)", fontsize=8.5, color=_INK)
    _legend(figure, height)
    return figure


def _legend(figure: Figure, height: float) -> None:
    axes = add_axes(figure, 0.32, 1 - 0.66 / height, 0.64, 0.24 / height)
    axes.set_axis_off()
    axes.set_xlim(0, 3)
    axes.set_ylim(-1, 1)
    for at, (name, mark, fill, edge) in enumerate(_MARKS):
        axes.plot(at + 0.06, 0, mark, markersize=6, markerfacecolor=fill, markeredgecolor=edge, clip_on=False)
        axes.text(at + 0.16, 0, name, va="center", fontsize=8.5, color=_INK)


def draw_growth(cohort: Cohort, found: Growth, title: str) -> Figure:
    """Return every patient's growth, mL, as a dot beside others of its group, with median and interval."""
    figure = new_figure(6.6, 2.9)
    figure.text(0.02, 0.94, title, fontsize=11, fontweight="bold", va="center", color=_INK)
    axes = add_axes(figure, 0.2, 0.23, 0.76, 0.58)
    values = np.asarray(cohort.growth, dtype=np.float64)
    word = "reperfused" if "reperf" in cohort.exposure_name else "exposed"
    groups = ((word, 1.0), (f"not {word}", 0.0))
    for at, ((_, exposure), median) in enumerate(zip(groups, (found.exposed, found.unexposed), strict=True)):
        own = np.sort(values[(cohort.exposure == exposure) & ~np.isnan(values)])
        colour = _ACCENT if exposure else _OTHER
        axes.plot(own, at + _beside(own), "o", markersize=3, color=colour, alpha=0.45, markeredgewidth=0)
        axes.plot([median.median_ml] * 2, [at - 0.34, at + 0.34], color=_INK, linewidth=2)
        if median.ci_ml is not None:
            axes.plot(median.ci_ml, [at + 0.34] * 2, color=_INK, linewidth=1.2)
        axes.text(
            median.median_ml, at - 0.42, rounded(median.median_ml, 1), ha="center", fontsize=8, color=_INK
        )
    axes.set_ylim(1.6, -0.65)
    labels = [
        f"{name}\nn = {m.n}" for (name, _), m in zip(groups, (found.exposed, found.unexposed), strict=True)
    ]
    axes.set_yticks([0, 1], labels=labels)
    axes.tick_params(labelsize=8.5, colors=_INK, left=False)
    axes.spines["left"].set_visible(False)
    axes.axvline(0, color="0.8", linewidth=0.8, zorder=0)
    axes.set_xlabel("infarct growth, mL (bar: median; line below: its interval)", fontsize=8.5, color=_INK)
    return figure


def _beside(ordered: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far each dot of sorted values lies from the middle, so that none covers another."""
    if ordered.size < 2:
        return np.zeros(ordered.size)
    width = (ordered[-1] - ordered[0]) / 60 or 1.0
    bins = np.floor((ordered - ordered[0]) / width)
    within = np.arange(ordered.size) - np.searchsorted(bins, bins)
    largest = max(1, int(within.max()))
    side = np.where(within % 2 == 0, 1, -1) * np.ceil(within / 2)
    return np.asarray(side * min(0.05, 0.56 / largest))
