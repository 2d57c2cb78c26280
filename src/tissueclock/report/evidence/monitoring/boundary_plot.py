"""The bounds of a group-sequential design over the information, and the z that were seen."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tissueclock.evidence.monitoring.design import Design
from tissueclock.report.evidence.drawing import add_axes, new_figure
from tissueclock.report.evidence.monitoring.sequential import Sequential

EFFICACY, FUTILITY, SEEN = "#1b5e8c", "#b5651d", "black"
_ROOM = 1.25
_TALLEST_Z = 6.0
"""Bounds beyond it are drawn as leaving the picture, so that the others can be read."""


def draw_boundaries(found: Sequential) -> Figure:
    """Return the picture: efficacy bounds, futility bounds where there are any, and the path of z."""
    design = found.design
    figure = new_figure(6.6, 4.4)
    axes = add_axes(figure, 0.1, 0.16, 0.62, 0.74)
    _regions(axes, design)
    if found.analysis is not None:
        _path(axes, design, [look.z for look in found.analysis.looks])
    axes.set_xlim(0, 1.03)
    axes.set_ylim(*_ends(design, found))
    axes.set_xlabel("fraction of the information")
    axes.set_ylabel("z (above 0: the first group does better)")
    axes.axhline(0, color="0.6", linewidth=0.7, zorder=0)
    axes.set_xticks(design.plan.information, [f"{fraction:.3g}" for fraction in design.plan.information])
    axes.set_title(_title(design), loc="left", fontsize=9.5)
    axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), frameon=False, fontsize=8)
    return figure


def _title(design: Design) -> str:
    sides = "two sides" if design.plan.sides == 2 else "one side"
    return f"{design.plan.rule.words}, alpha {design.plan.alpha:g} on {sides}"


def _ends(design: Design, found: Sequential) -> tuple[float, float]:
    looks = found.analysis.looks if found.analysis else ()
    seen = [look.z for look in looks]
    highs = [*_finite(design.upper), *seen, 2.0]
    lows = [*_finite(design.lower), *seen, 0.0 if design.plan.sides == 1 else -2.0]
    top = max(min(max(highs), _TALLEST_Z), max(seen, default=0.0))
    bottom = min(max(min(lows), -_TALLEST_Z), min(seen, default=0.0))
    return _ROOM * bottom - 0.3, _ROOM * top


def _finite(bounds: Sequence[float]) -> list[float]:
    return [bound for bound in bounds if math.isfinite(bound)]


def _regions(axes: Axes, design: Design) -> None:
    _bound(axes, design, design.upper, EFFICACY, "stop for efficacy", 1)
    if design.futility is not None:
        how = "binding" if design.binding else "may be overruled"
        bounds = (*design.futility, design.upper[-1])
        _bound(axes, design, bounds, FUTILITY, f"stop for futility\n({how})", -1)
    elif design.plan.sides == 2:
        _bound(axes, design, design.lower, FUTILITY, "stop for harm", -1)


def _bound(
    axes: Axes, design: Design, bounds: Sequence[float], colour: str, name: str, direction: int
) -> None:
    points = [(t, z) for t, z in zip(design.plan.information, bounds, strict=True) if math.isfinite(z)]
    times, values = [t for t, _ in points], [z for _, z in points]
    far = [direction * 100.0] * len(points)
    axes.fill_between(times, values, far, color=colour, alpha=0.12, linewidth=0)
    axes.plot(times, values, "o-", color=colour, markersize=4.5, linewidth=1.4, label=name)
    meets = direction < 0 and points[-1][1] == design.upper[-1]  # its number stands there already
    for t, z in points[: len(points) - meets]:
        if abs(z) <= _TALLEST_Z and len(points) <= 8:
            place = (0, 5 if direction > 0 else -5)
            axes.annotate(
                f"{z:.2f}".replace("-", "−"),
                (t, z),
                xytext=place,
                textcoords="offset points",
                ha="center",
                va="bottom" if direction > 0 else "top",
                fontsize=7.5,
                color=colour,
            )


def _path(axes: Axes, design: Design, seen: Sequence[float]) -> None:
    times = design.plan.information[: len(seen)]
    axes.plot(
        (0.0, *times),
        (0.0, *seen),
        color=SEEN,
        linewidth=1.0,
        linestyle=(0, (4, 2)),
        marker="D",
        markersize=5,
        markevery=slice(1, None),
        label="seen",
        zorder=5,
    )
