"""Pictures of an interim look: conditional power over the supposed effect, and posteriors."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.special import betaln, xlog1py, xlogy

from tissueclock.evidence.bayes.beta import Beta
from tissueclock.evidence.bayes.utility import Utility
from tissueclock.report.evidence.drawing import add_axes, new_figure
from tissueclock.report.evidence.monitoring.interim import (
    PowerFound,
    ProportionsFound,
    UtilityFound,
    conditional_curve,
)
from tissueclock.report.evidence.monitoring.rows import p_shown, percent

FIRST, SECOND, MARK = "#1b5e8c", "#b5651d", "black"
_DENSITY_POINTS = 301
_SDS = 4.5
Array = NDArray[np.float64]


def draw_conditional(found: PowerFound) -> Figure:
    """Return conditional power over the drift, with the supposed drifts and the predictive power."""
    figure, axes = _picture()
    curve = conditional_curve(found)
    axes.plot([x for x, _ in curve], [power for _, power in curve], color=FIRST, linewidth=1.8)
    low, high = curve[0][0], curve[-1][0]
    axes.axhline(found.predictive, color=SECOND, linewidth=1.0, linestyle=(0, (4, 2)))
    _note(axes, f"predictive {percent(found.predictive)}", (low, found.predictive), (4, 4), "left", SECOND)
    for (name, drift), power in zip(found.drifts, found.conditional.values(), strict=True):
        if drift is not None and power is not None:
            axes.plot([drift], [power], "o", color=MARK, markersize=5)
            offset, side = ((-7, 5), "right") if name == "trend" else ((7, -9), "left")
            _note(axes, f"{name} {percent(power)}", (drift, power), offset, side, MARK)
    axes.set_xlim(low, high)
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    axes.set_xlabel("supposed drift: expected z at full information")
    axes.set_ylabel("conditional power")
    axes.set_title(
        f"Interim z {found.interim.z:.3g} at information {found.interim.fraction:.3g}",
        loc="left",
        fontsize=9.5,
    )
    return figure


def draw_proportions(found: ProportionsFound) -> Figure:
    """Return the posterior densities of both rates."""
    rates, rule = found.rates, found.rule
    first, second = (
        rule.prior_1.after(rates.events_1, rates.n_1),
        rule.prior_2.after(rates.events_2, rates.n_2),
    )
    ends = [beta.interval(0.9995) for beta in (first, second)]
    xs = np.linspace(min(low for low, _ in ends), max(high for _, high in ends), _DENSITY_POINTS)[1:-1]
    figure, axes = _picture()
    for name, beta, colour in (("group 1", first, FIRST), ("group 2", second, SECOND)):
        _hill(axes, 100 * xs, _beta_density(beta, xs), name, colour)
    axes.set_xlabel("true rate, %")
    better = "fewer" if rule.fewer_is_better else "more"
    _finish(axes, f"Chance that group 1 has {better} events: {p_shown(found.chance)}")
    return figure


def draw_utility(found: UtilityFound) -> Figure:
    """Return the posterior densities of both mean utilities."""
    both = (found.first, found.second)
    low = min(_end(utility, -_SDS) for utility in both)
    high = max(_end(utility, _SDS) for utility in both)
    xs = np.linspace(low, high, _DENSITY_POINTS)
    figure, axes = _picture()
    for name, utility, colour in (("group 1", found.first, FIRST), ("group 2", found.second, SECOND)):
        _hill(axes, xs, utility.density(xs), name, colour)
    axes.set_xlabel("mean utility of the mRS")
    _finish(axes, f"Chance that group 1 is better: {p_shown(found.chance)}")
    return figure


def _picture() -> tuple[Figure, Axes]:
    figure = new_figure(6.0, 4.0)
    return figure, add_axes(figure, 0.14, 0.17, 0.81, 0.72)


def _note(
    axes: Axes, text: str, place: tuple[float, float], offset: tuple[int, int], side: str, colour: str
) -> None:
    axes.annotate(text, place, xytext=offset, textcoords="offset points", ha=side, fontsize=8, color=colour)


def _hill(axes: Axes, xs: Array, density: Array, name: str, colour: str) -> None:
    axes.plot(xs, density, color=colour, linewidth=1.6, label=name)
    axes.fill_between(xs, density, 0.0, color=colour, alpha=0.15, linewidth=0)


def _finish(axes: Axes, title: str) -> None:
    axes.set_ylim(bottom=0)
    axes.set_yticks([])
    axes.set_ylabel("posterior density")
    axes.legend(frameon=False)
    axes.set_title(title, loc="left", fontsize=9.5)


def _end(utility: Utility, sds: float) -> float:
    return min(max(utility.mean + sds * utility.sd, min(utility.weights)), max(utility.weights))


def _beta_density(beta: Beta, xs: Array) -> Array:
    logs = xlogy(beta.a - 1, xs) + xlog1py(beta.b - 1, -xs) - betaln(beta.a, beta.b)
    return np.asarray(np.exp(logs))
