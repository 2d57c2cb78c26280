"""A sample size, a power or a least effect: as a document, as rows, and as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tissueclock.evidence.samplesize.answer import Answer, Curve, Value, power_curve
from tissueclock.report.evidence.monitoring.rows import csv_bytes, percent, row, shown
from tissueclock.report.format import words

_CURVE_REACH = 2.0
"""The curve of the power goes on to so many times the patients."""


def samplesize_document(answer: Answer) -> dict[str, Any]:
    """Return the answer for JSON; `n_*` are analysed patients, `enrolled_*` those to be enrolled."""
    endpoint, size = answer.endpoint, answer.size
    return {
        "endpoint": endpoint.name,
        "method": endpoint.method,
        "alpha": endpoint.test.alpha,
        "sides": endpoint.test.sides,
        "ratio": endpoint.ratio,
        **{name: _json_value(value) for name, value in endpoint.supposed.items()},
        "power": answer.power,
        "power_attained": answer.attained,
        "n_1": answer.analysed[0],
        "n_2": answer.analysed[1],
        "n_total": sum(answer.analysed),
        "n_1_exact": None if size is None else size.exact_1,
        "n_2_exact": None if size is None else size.exact_2,
        "enrolled_1": answer.enrolled[0],
        "enrolled_2": answer.enrolled[1],
        "enrolled_total": sum(answer.enrolled),
        "dropout": answer.dropout,
        "inflation": answer.inflation,
        "detected": dict(answer.detected) or None,
    }


def samplesize_lines(answer: Answer) -> Iterator[str]:
    """Yield what was supposed, and then the answer."""
    endpoint, test = answer.endpoint, answer.endpoint.test
    sides = "two sides" if test.sides == 2 else "one side"
    yield row("endpoint", endpoint.name, f"method {endpoint.method}", f"alpha {test.alpha:g} on {sides}")
    if answer.detected:
        for name, value in answer.detected.items():
            yield row("detected", words(name), shown(value), f"with a power of {percent(answer.power)}")
    else:
        for name, supposed in endpoint.supposed.items():
            yield row("supposed", words(name), _value_words(supposed))
    if answer.size is not None:
        exact = f"{shown(answer.size.exact_1, 2)} and {shown(answer.size.exact_2, 2)}"
        yield row("size", *_groups(answer.analysed), f"by the formula {exact}")
    else:
        yield row("size", *_groups(answer.analysed), "analysed")
    if answer.dropout or answer.inflation != 1:
        lost = f"drop-out {percent(answer.dropout)}, inflation {answer.inflation:g}"
        yield row("enrolled", *_groups(answer.enrolled), lost)
    yield row("power", percent(answer.attained, 2), *(["with these whole numbers"] if answer.size else []))


def samplesize_csv(answer: Answer) -> bytes:
    """Return the curve of the power, unrounded."""
    return csv_bytes(("patients", "power"), curve_of(answer))


def curve_of(answer: Answer) -> Curve:
    """Return patients in all and power, up to twice the patients of the answer."""
    return power_curve(answer.endpoint, _CURVE_REACH * answer.analysed[1])


def _groups(sizes: tuple[float, float]) -> tuple[str, str, str]:
    first, second, both = (_patients(value) for value in (*sizes, sum(sizes)))
    return f"group 1 {first}", f"group 2 {second}", f"total {both}"


def _patients(number: float) -> str:
    return shown(number, 0 if float(number).is_integer() else 1)


def _json_value(value: Value) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _value_words(value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return ", ".join(percent(share) for share in value)
    return shown(value)
