"""How a Bayesian rule behaves: document, rows, CSV, and its chance of success over the true rate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from tissueclock.evidence.bayes.behaviour import Behaviour, Look, behaviour
from tissueclock.evidence.bayes.predictive import Rule
from tissueclock.report.evidence.drawing import add_axes, new_figure
from tissueclock.report.evidence.monitoring.rows import csv_bytes, percent, rate_shown, row, shown

SUCCESS, GIVEN_UP = "#1b5e8c", "#b5651d"
_CURVE_POINTS = 31
_REACH = 0.3
"""The picture goes on to so much above and below the second group's rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BehaviourFound:
    """A rule with its looks, and how it behaves at each true rate of the first group."""

    rule: Rule
    looks: tuple[Look, ...]
    give_up: float | None
    behaviours: tuple[Behaviour, ...]


def behaviour_document(found: BehaviourFound) -> dict[str, Any]:
    """Return the rule and its behaviour for JSON."""
    rule = found.rule
    return {
        "kind": "behaviour",
        "looks": [{"n_1": look.n_1, "n_2": look.n_2} for look in found.looks],
        "prior_1": [rule.prior_1.a, rule.prior_1.b],
        "prior_2": [rule.prior_2.a, rule.prior_2.b],
        "better": "fewer events" if rule.fewer_is_better else "more events",
        "margin": rule.margin,
        "limit": rule.limit,
        "give_up": found.give_up,
        "behaviour": [
            {
                "rate_1": item.rate_1,
                "rate_2": item.rate_2,
                "success": list(item.success),
                "given_up": list(item.given_up),
                "expected_n": item.expected_n,
            }
            for item in found.behaviours
        ],
    }


def behaviour_lines(found: BehaviourFound) -> Iterator[str]:
    """Yield the rule, then one row a true rate: success by look, given up, and expected patients."""
    sizes = ", ".join(str(look.n_2) for look in found.looks)
    end = "never given up" if found.give_up is None else f"given up at {found.give_up:g} or less"
    yield row("rule", f"success above {found.rule.limit:g}", end, f"looks at {sizes} patients a group")
    yield row("true rates", "success by look", "given up", "expected patients")
    for item in found.behaviours:
        success = ", ".join(percent(chance, 2) for chance in item.success)
        name = f"{rate_shown(item.rate_1)} v {rate_shown(item.rate_2)}"
        yield row(name, success, percent(item.given_up[-1], 2), shown(item.expected_n, 1))


def behaviour_csv(found: BehaviourFound) -> bytes:
    """Return one row a true rate and look, unrounded."""
    header = ("rate_1", "rate_2", "look", "n_1", "n_2", "success", "given_up")
    rows = (
        (item.rate_1, item.rate_2, at + 1, look.n_1, look.n_2, item.success[at], item.given_up[at])
        for item in found.behaviours
        for at, look in enumerate(found.looks)
    )
    return csv_bytes(header, rows)


def draw_behaviour(found: BehaviourFound) -> Figure:
    """Return the chances of success and of being given up over the first group's true rate."""
    rate_2 = found.behaviours[0].rate_2
    low, high = max(0.0, rate_2 - _REACH), min(1.0, rate_2 + _REACH)
    rates = [low + (high - low) * at / (_CURVE_POINTS - 1) for at in range(_CURVE_POINTS)]
    items = [behaviour(found.looks, rate, rate_2) for rate in rates]
    figure = new_figure(6.0, 4.0)
    axes = add_axes(figure, 0.14, 0.17, 0.81, 0.72)
    axes.plot(
        [100 * rate for rate in rates], [item.success[-1] for item in items], color=SUCCESS, label="success"
    )
    if found.give_up is not None:
        given_up = [item.given_up[-1] for item in items]
        axes.plot([100 * rate for rate in rates], given_up, color=GIVEN_UP, label="given up")
    axes.axvline(100 * rate_2, color="0.5", linewidth=0.9, linestyle=":", label="rate of group 2")
    for item in found.behaviours:
        axes.plot([100 * item.rate_1], [item.success[-1]], "o", color=SUCCESS, markersize=5)
    axes.set_xlim(100 * low, 100 * high)
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    axes.set_xlabel("true rate of group 1, %")
    axes.set_ylabel("chance")
    axes.set_title(
        f"Success above a chance of {found.rule.limit:g}, {len(found.looks)} looks", loc="left", fontsize=9.5
    )
    axes.legend(frameon=False, fontsize=8)
    return figure
