"""A safety rule: as a document, as rows, and as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from tissueclock.evidence.safety.monitor import SafetyRule, Seen
from tissueclock.evidence.safety.operating import Operating, Step
from tissueclock.report.evidence.monitoring.rows import (
    csv_bytes,
    p_shown,
    percent,
    rate_shown,
    row,
    shown,
)


@dataclass(frozen=True, slots=True)
class Safety:
    """A rule, and what it says of what was seen, where something was."""

    rule: SafetyRule
    seen: Seen | None = None


def safety_document(found: Safety) -> dict[str, Any]:
    """Return the rule for JSON: `looks` with their numbers of events, `operating` a true rate."""
    plan = found.rule.plan
    bayes, sprt = plan.rule == "bayes", plan.rule == "sprt"
    return {
        "rule": plan.rule,
        "rate": plan.rate,
        "alpha": None if bayes else plan.alpha,
        "nominal_level": found.rule.nominal,
        "limit": plan.limit if bayes else None,
        "prior": [plan.prior.a, plan.prior.b],
        "spending": None if plan.spending is None else plan.spending.words,
        "high_rate": plan.high_rate if sprt else None,
        "beta": plan.beta if sprt else None,
        "looks": [asdict(step) for step in found.rule.steps],
        "operating": [{**asdict(item), "stopped": list(item.stopped)} for item in found.rule.operating],
        "seen": None if found.seen is None else {**asdict(found.seen), "interval": list(found.seen.interval)},
    }


def safety_lines(found: Safety) -> Iterator[str]:
    """Yield the staircase with equal looks as one, how the rule behaves, and what was seen."""
    plan = found.rule.plan
    yield row("rule", plan.rule, f"acceptable rate {rate_shown(plan.rate)}", how_words(found.rule))
    yield row("patients", "stop for harm from", "acceptable up to")
    for first, last, step in staircase(found.rule.steps):
        yield row(first if first == last else f"{first}-{last}", _events(step.stop), _events(step.accept))
    yield row("true rate", "stops for harm", "stops as acceptable", "expected patients", "expected events")
    for item in found.rule.operating:
        yield row(f"rate/{rate_shown(item.rate)}", *_behaviour(item))
    if found.seen is not None:
        yield from _seen_lines(found.seen, plan.rate)


def safety_csv(found: Safety) -> bytes:
    """Return one row a look: patients, events, and the chance of having stopped at each true rate."""
    rates = found.rule.operating
    header = ("patients", "stop", "accept", *(f"stopped_at_{item.rate:g}" for item in rates))
    rows = (
        (step.n, step.stop, step.accept, *(item.stopped[at] for item in rates))
        for at, step in enumerate(found.rule.steps)
    )
    return csv_bytes(header, rows)


def how_words(rule: SafetyRule) -> str:
    """Return what the rule looks at, in words."""
    plan = rule.plan
    if plan.rule == "bayes":
        prior = f"prior Beta({plan.prior.a:g}, {plan.prior.b:g})"
        return f"stop if the chance of a higher rate exceeds {plan.limit:g}, {prior}"
    if plan.rule == "sprt":
        return f"Wald's test against {rate_shown(plan.high_rate)}, alpha {plan.alpha:g}, beta {plan.beta:g}"
    if plan.rule == "spending" and plan.spending is not None:
        return f"{plan.spending.words}, alpha {plan.alpha:g} in all"
    if plan.rule == "pocock":
        return f"level {p_shown(rule.nominal)} at each look, alpha {plan.alpha:g} in all"
    return f"level {plan.alpha:g} at each look, as if it were the only one"


def staircase(steps: tuple[Step, ...]) -> Iterator[tuple[int, int, Step]]:
    """Yield the first and the last look, in patients, of each run with equal numbers of events."""
    start = 0
    for at, step in enumerate(steps):
        ends = at + 1 == len(steps) or _levels(steps[at + 1]) != _levels(step)
        if ends:
            yield steps[start].n, step.n, step
            start = at + 1


def _levels(step: Step) -> tuple[int | None, int | None]:
    return step.stop, step.accept


def _events(number: int | None) -> str:
    return "none" if number is None else str(number)


def _behaviour(item: Operating) -> tuple[str, str, str, str]:
    return (
        percent(item.stop, 2),
        percent(item.accept, 2),
        shown(item.expected_n, 1),
        shown(item.expected_events, 2),
    )


def _seen_lines(seen: Seen, rate: float) -> Iterator[str]:
    low, high = seen.interval
    yield row("seen", f"{seen.events} of {seen.n}", seen.verdict or "no look after so many patients")
    yield row(
        "interval", f"{percent(seen.events / seen.n)} ({percent(low)} to {percent(high)})", "Clopper-Pearson"
    )
    yield row("tail", f"P(so many or more) {p_shown(seen.at_least_p)}", f"if the rate is {rate_shown(rate)}")
    yield row("tail", f"P(so many or fewer) {p_shown(seen.at_most_p)}", f"if the rate is {rate_shown(rate)}")
    yield row("posterior", f"P(rate above {rate_shown(rate)}) {p_shown(seen.chance_above)}")
