"""The power over the number of patients, with what was asked for."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tissueclock.evidence.samplesize.answer import Answer
from tissueclock.report.evidence.drawing import add_axes, new_figure
from tissueclock.report.evidence.monitoring.rows import percent, shown
from tissueclock.report.evidence.monitoring.samplesize import curve_of

_LINE, _MARK = "#1b5e8c", "#b5651d"
_TITLES = (
    ("proportions", "Two proportions"),
    ("noninferiority", "Non-inferiority of two proportions"),
    ("ordinal", "Shift on an ordinal scale"),
)


def draw_power(answer: Answer) -> Figure:
    """Return the curve up to twice the patients, marked where the answer is."""
    figure = new_figure(6.0, 4.2)
    axes = add_axes(figure, 0.14, 0.16, 0.81, 0.70)
    curve = curve_of(answer)
    axes.plot([n for n, _ in curve], [power for _, power in curve], color=_LINE, linewidth=1.8)
    _mark(axes, sum(answer.analysed), answer.attained)
    axes.set_xlim(0, curve[-1][0])
    axes.set_ylim(0, 1.02)
    axes.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0])
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    axes.grid(axis="y", color="0.9", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.set_xlabel("patients analysed, both groups")
    axes.set_ylabel("power")
    axes.set_title(_title(answer), loc="left", fontsize=9.5)
    return figure


def _mark(axes: Axes, patients: float, power: float) -> None:
    axes.plot([patients, patients, 0], [0, power, power], color=_MARK, linewidth=1.0, linestyle=(0, (4, 2)))
    axes.plot([patients], [power], "o", color=_MARK, markersize=6)
    text = f"{shown(patients, 0)} patients, {percent(power)}"
    axes.annotate(text, (patients, power), xytext=(8, -12), textcoords="offset points", color=_MARK)


def _title(answer: Answer) -> str:
    endpoint, supposed = answer.endpoint, answer.endpoint.supposed
    sides = "two sides" if endpoint.test.sides == 2 else "one side"
    parts = [dict(_TITLES)[endpoint.name], f"method {endpoint.method}"]
    parts.append(f"alpha {endpoint.test.alpha:g} on {sides}, {endpoint.ratio:.3g} to 1")
    shown_values = [
        f"{name.replace('_', ' ')} {value:.4g}"
        for name, value in supposed.items()
        if isinstance(value, float)
    ]
    return ", ".join(parts) + "\n" + ", ".join(shown_values)
