"""The staircase of a safety rule, and its chance of stopping over the true rate."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tissueclock.evidence.safety.monitor import SafetyRule
from tissueclock.evidence.safety.operating import operating
from tissueclock.report.evidence.drawing import add_axes, new_figure
from tissueclock.report.evidence.monitoring.rows import percent, rate_shown
from tissueclock.report.evidence.monitoring.safety import Safety, how_words

HARM, SAFE, SEEN = "#a33b2a", "#1b5e8c", "black"
_RATES = 31
_RATE_REACH = 4.0
"""The second picture goes on to so many times the acceptable rate."""


def draw_safety(found: Safety) -> Figure:
    """Return both pictures side by side."""
    figure = new_figure(8.4, 4.0)
    stairs = add_axes(figure, 0.07, 0.17, 0.49, 0.66)
    _stairs(stairs, found)
    chances = add_axes(figure, 0.66, 0.17, 0.31, 0.66)
    _chances(chances, found.rule)
    figure.text(0.07, 0.94, f"Rule {found.rule.plan.rule}: {how_words(found.rule)}", fontsize=9.5)
    return figure


def _stairs(axes: Axes, found: Safety) -> None:
    steps = found.rule.steps
    tops = [step.stop for step in steps if step.stop is not None]
    events = [found.seen.events] if found.seen else []
    top = max([*tops, *events, 1]) + 1.5
    harm = [(step.n, step.stop) for step in steps if step.stop is not None]
    safe = [(step.n, step.accept) for step in steps if step.accept is not None]
    few = len(steps) <= 30
    _flight(axes, harm, top, HARM, "stop for harm", few)
    _flight(axes, safe, 0.0, SAFE, "acceptable: stop", few)
    last = steps[-1].n
    axes.plot(
        [0, last],
        [0, last * found.rule.plan.rate],
        color="0.5",
        linewidth=0.9,
        linestyle=":",
        label=f"expected at {rate_shown(found.rule.plan.rate)}",
    )
    if found.seen is not None:
        axes.plot([found.seen.n], [found.seen.events], "D", color=SEEN, markersize=6, label="seen", zorder=5)
    axes.set_xlim(0, last * 1.02)
    axes.set_ylim(-0.3, top)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("patients")
    axes.set_ylabel("events")
    axes.legend(
        loc="lower left", bbox_to_anchor=(-0.02, 0.99), ncols=4, frameon=False, fontsize=8, columnspacing=1.2
    )


def _flight(axes: Axes, points: list[tuple[int, int]], far: float, colour: str, name: str, few: bool) -> None:
    if not points:
        return
    times, values = [n for n, _ in points], [x for _, x in points]
    axes.fill_between(times, values, far, step="post", color=colour, alpha=0.13, linewidth=0)
    axes.step(times, values, where="post", color=colour, linewidth=1.4, label=name)
    if few:
        axes.plot(times, values, "o", color=colour, markersize=4)


def _chances(axes: Axes, rule: SafetyRule) -> None:
    most = min(1.0, _RATE_REACH * rule.plan.rate)
    rates = [most * at / (_RATES - 1) for at in range(_RATES)]
    found = [operating(rule.steps, rate) for rate in rates]
    axes.plot([100 * rate for rate in rates], [item.stop for item in found], color=HARM, linewidth=1.8)
    axes.axvline(100 * rule.plan.rate, color="0.5", linewidth=0.9, linestyle=":")
    at_null = operating(rule.steps, rule.plan.rate).stop
    axes.plot([100 * rule.plan.rate], [at_null], "o", color=HARM, markersize=5)
    axes.annotate(
        f"{percent(at_null)} at\n{rate_shown(rule.plan.rate)}",
        (100 * rule.plan.rate, at_null),
        xytext=(-5, 7),
        textcoords="offset points",
        ha="right",
        fontsize=7.5,
        color=HARM,
    )
    axes.set_xlim(0, 100 * most)
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    axes.set_xlabel("true rate, %")
    axes.set_ylabel("chance of stopping for harm")
