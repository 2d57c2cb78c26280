"""A group-sequential design and what was seen: as a document, as rows, and as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tissueclock.evidence.monitoring.design import Design, Power
from tissueclock.evidence.monitoring.inference import Analysis, LookFound
from tissueclock.evidence.monitoring.rates import RatesFound
from tissueclock.evidence.samplesize.size import whole
from tissueclock.report.evidence.monitoring.rows import (
    csv_bytes,
    finite,
    finite_list,
    p_shown,
    percent,
    row,
    shown,
    span,
)

_METHOD = "recursive numerical integration (Armitage, McPherson, Rowe 1969)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequential:
    """What is shown: a design, what was seen where something was, and the size of a fixed design."""

    design: Design
    analysis: Analysis | None = None
    rates: RatesFound | None = None
    fixed_n: int | None = None


def sequential_document(found: Sequential) -> dict[str, Any]:
    """Return the design for JSON: `bounds_z`, `alpha_spent` and the rest, one number a look."""
    design, plan = found.design, found.design.plan
    parameter = plan.rule.rule.parameter
    return {
        "method": _METHOD,
        "spending": plan.rule.rule.name,
        "spending_title": plan.rule.words,
        "parameter": None if parameter is None else plan.rule.value,
        "sides": plan.sides,
        "alpha": plan.alpha,
        "symmetric": plan.symmetric,
        "information": list(plan.information),
        "bounds_z": finite_list(design.upper),
        "alpha_spent": list(design.alpha_spent),
        "alpha_spent_a_side": [spent / plan.sides for spent in design.alpha_spent],
        "nominal_p": list(design.nominal_p),
        "attained_alpha": design.attained_alpha,
        "futility": _futility_document(design),
        "power": _power_document(design.power, found.fixed_n),
        "observed": _observed_document(found),
    }


def sequential_lines(found: Sequential) -> Iterator[str]:
    """Yield one row a look, then the design's size, then what was seen."""
    design, plan = found.design, found.design.plan
    yield row("look", "information", "bound z", "nominal p", "alpha spent", "futility z", "power so far")
    for at, fraction in enumerate(plan.information):
        yield row(
            at + 1,
            shown(fraction, 3),
            ("±" if plan.sides == 2 and design.futility is None else "") + shown(design.upper[at]),
            p_shown(design.nominal_p[at]),
            p_shown(design.alpha_spent[at]),
            shown(design.lower[at] if design.futility is not None else None),
            "-" if design.power is None else percent(design.power.rejected[at]),
        )
    sides = "two sides, half of it on each" if plan.sides == 2 else "one side"
    yield row("rule", plan.rule.words, f"alpha {plan.alpha:g} on {sides}")
    if design.futility is not None:
        how = "binding" if design.binding else "not binding"
        yield row("futility", how, f"alpha attained if obeyed {p_shown(design.attained_alpha)}")
    if design.power is not None:
        yield from _power_lines(design.power, found.fixed_n)
    yield from _observed_lines(found)


def sequential_csv(found: Sequential) -> bytes:
    """Return one row a look, unrounded."""
    design = found.design
    futility = (*(design.futility or (None,) * (design.plan.looks - 1)), None)
    spent = design.beta_spent or (None,) * design.plan.looks
    power = design.power.rejected if design.power else (None,) * design.plan.looks
    seen = _seen(found)
    header = "look,information,bound_z,nominal_p,alpha_spent,futility_z,beta_spent,power,observed_z"
    rows = zip(
        range(1, design.plan.looks + 1),
        design.plan.information,
        design.upper,
        design.nominal_p,
        design.alpha_spent,
        futility,
        spent,
        power,
        seen,
        strict=True,
    )
    return csv_bytes(header.split(","), rows)


def expected_patients(power: Power, fixed_n: int) -> tuple[int, float, float]:
    """Return the largest total, rounded up, and the expected ones without and with the planned effect."""
    return whole(power.inflation * fixed_n), power.expected_none * fixed_n, power.expected_full * fixed_n


def _futility_document(design: Design) -> dict[str, Any] | None:
    if design.futility is None:
        return None
    return {
        "bounds_z": finite_list(design.futility),
        "binding": design.binding,
        "beta_spent": None if design.beta_spent is None else list(design.beta_spent),
    }


def _power_document(power: Power | None, fixed_n: int | None) -> dict[str, Any] | None:
    if power is None:
        return None
    largest, none, full = expected_patients(power, fixed_n) if fixed_n else (None, None, None)
    return {
        "power": power.power,
        "drift": power.drift,
        "inflation": power.inflation,
        "expected_information_null": power.expected_none,
        "expected_information_half": power.expected_half,
        "expected_information_effect": power.expected_full,
        "rejected": list(power.rejected),
        "left_below": list(power.given_up),
        "left_below_null": list(power.given_up_null),
        "fixed_n": fixed_n,
        "largest_n": largest,
        "expected_n_null": none,
        "expected_n_effect": full,
    }


def _power_lines(power: Power, fixed_n: int | None) -> Iterator[str]:
    yield row("power", percent(power.power), f"drift {shown(power.drift)}")
    yield row("inflation", shown(power.inflation), "largest sample over that of a fixed design")
    for name, value in (
        ("no effect", power.expected_none),
        ("half the effect", power.expected_half),
        ("planned effect", power.expected_full),
    ):
        yield row("expected", name, shown(value), "of a fixed design's sample")
    if fixed_n:
        largest, none, full = expected_patients(power, fixed_n)
        yield row(
            "patients", f"largest {largest}", f"expected {shown(none, 1)} without effect, {shown(full, 1)}"
        )


def _seen(found: Sequential) -> tuple[float | None, ...]:
    looks = found.analysis.looks if found.analysis else ()
    return (*(look.z for look in looks), *(None,) * (found.design.plan.looks - len(looks)))


def _observed_document(found: Sequential) -> dict[str, Any] | None:
    if found.analysis is None:
        return None
    final, rates = found.analysis.final, found.rates
    return {
        "looks": [_look_document(look, rates) for look in found.analysis.looks],
        "final": None
        if final is None
        else {
            "method": "stagewise ordering",
            "look": final.look,
            "p": final.p,
            "drift": final.median_unbiased,
            "drift_ci": list(final.interval),
            "risk_difference": None if rates is None else rates.estimate,
            "risk_difference_ci": None if rates is None or rates.interval is None else list(rates.interval),
        },
    }


def _look_document(look: LookFound, rates: RatesFound | None) -> dict[str, Any]:
    at = look.look - 1
    return {
        "look": look.look,
        "z": look.z,
        "verdict": look.verdict,
        "repeated_p": look.repeated_p,
        "drift_repeated_ci": finite_list(look.drift_interval),
        "risk_difference": None if rates is None else rates.differences[at],
        "risk_difference_repeated_ci": None if rates is None else finite_list(rates.repeated[at]),
    }


def _observed_lines(found: Sequential) -> Iterator[str]:
    if found.analysis is None:
        return
    for look in found.analysis.looks:
        cells = [f"z {shown(look.z)}", look.verdict, f"repeated p {p_shown(finite(look.repeated_p))}"]
        if found.rates is not None:
            at = look.look - 1
            difference, interval = shown(found.rates.differences[at]), span(found.rates.repeated[at])
            cells.append(f"risk difference {difference}, repeated interval {interval}")
        yield row(f"seen/{look.look}", *cells)
    final, rates = found.analysis.final, found.rates
    if final is None:
        return
    cells = [f"look {final.look}", f"p {p_shown(final.p)} by stagewise ordering"]
    cells.append(f"drift {shown(final.median_unbiased)} ({span(final.interval)})")
    if rates is not None:
        cells.append(f"risk difference {shown(rates.estimate)} ({span(rates.interval)})")
    yield row("final", *cells)
