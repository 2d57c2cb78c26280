"""The effect in every stratum with its interval, and the test of the interaction below."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tissueclock.evidence.cohort.interaction import Interaction, Scale
from tissueclock.report.evidence.drawing import add_axes, new_figure
from tissueclock.report.evidence.effect_words import level_words
from tissueclock.report.evidence.interaction_words import interaction_words, number_words

_INK, _MUTED, _ACCENT = "#1b2733", "0.42", "#1f5f8b"
_WIDTH_IN, _ROW_IN = 7.2, 0.34
_LEFT, _RIGHT = 0.33, 0.71
_WIDEST = 200.0
_NAMES = ("OR", "odds ratio"), ("RR", "risk ratio"), ("HR", "hazard ratio"), ("RD", "risk difference")


def draw_interaction(found: Interaction, title: str) -> Figure:
    """Return one row a stratum: its effect on an axis, the numbers beside it."""
    rows = len(found.strata)
    height = 1.52 + _ROW_IN * rows
    figure = new_figure(_WIDTH_IN, height)
    figure.text(0.02, 1 - 0.18 / height, title, fontsize=11, fontweight="bold", va="center", color=_INK)
    words = dict(_NAMES).get(found.measure, "mean difference")
    head = f"{words} ({level_words(found.level)} interval)"
    figure.text(_RIGHT + 0.012, 1 - 0.54 / height, head, fontsize=8.5, va="center", color=_MUTED)
    bottom, tall = 0.84 / height, (_ROW_IN * rows) / height
    axes = add_axes(figure, _LEFT, bottom, _RIGHT - _LEFT, tall)
    _rows(axes, found)
    text = f"Interaction: {interaction_words(found)}".replace("-", "−")
    figure.text(0.02, 0.30 / height, text, fontsize=8.8, va="center", color=_INK)
    return figure


def _rows(axes: Axes, found: Interaction) -> None:
    ends = [found.natural(stratum) for stratum in found.strata]
    low, high = _window(found, ends)
    if found.scale is Scale.RATIO:
        axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(len(ends) - 0.4, -0.6)
    axes.axvline(0.0 if found.scale is Scale.DIFFERENCE else 1.0, color="0.6", linewidth=0.8, zorder=1)
    place = axes.get_yaxis_transform()
    for at, (stratum, (middle, bottom, top)) in enumerate(zip(found.strata, ends, strict=True)):
        axes.plot([max(bottom, low), min(top, high)], [at, at], color=_ACCENT, linewidth=1.8)
        for end, cut, arrow in ((low, bottom < low, "<"), (high, top > high, ">")):
            if cut:
                axes.plot([end], [at], arrow, color=_ACCENT, markersize=5, clip_on=False)
        if low <= middle <= high:
            axes.plot([middle], [at], "s", color=_ACCENT, markersize=6)
        axes.text(-0.03, at, stratum.name, transform=place, ha="right", va="center", fontsize=9, color=_INK)
        axes.text(
            1.03,
            at,
            _numbers(found, (middle, bottom, top)),
            transform=place,
            va="center",
            fontsize=9,
            color=_INK,
        )
    _ticks(axes, found, (low, high))


def _numbers(found: Interaction, ends: tuple[float, float, float]) -> str:
    middle, low, high = (number_words(found, end).replace("-", "−") for end in ends)
    return f"{middle} ({low} to {high})"


def _window(found: Interaction, ends: list[tuple[float, float, float]]) -> tuple[float, float]:
    if found.scale is Scale.DIFFERENCE:
        values = [0.0, *(value for row in ends for value in row)]
        margin = 0.06 * (max(values) - min(values))
        return min(values) - margin, max(values) + margin
    middles = [row[0] for row in ends]
    reach = (min(middles) / _WIDEST, max(middles) * _WIDEST)
    values = [1.0, *(value for row in ends for value in row if reach[0] <= value <= reach[1])]
    return min(values) / 1.2, max(values) * 1.2


def _ticks(axes: Axes, found: Interaction, window: tuple[float, float]) -> None:
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="x", labelsize=8, colors=_INK)
    if found.scale is Scale.DIFFERENCE:
        axes.locator_params(axis="x", nbins=6)
        return
    steps = (1.0, 2.0, 5.0) if window[1] / window[0] < 60 else (1.0,)
    ticks = [step * 10.0**power for power in range(-9, 10) for step in steps]
    shown = [tick for tick in ticks if window[0] <= tick <= window[1]]
    axes.set_xticks(shown, labels=[f"{tick:g}" for tick in shown])
    axes.minorticks_off()
