"""The FLAIR ratio against noise-free images and against the factor that was put in, and its verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tissueclock.bench.diffusion.draws import PLACES, for_flair
from tissueclock.bench.diffusion.goals import (
    ALL,
    Goal,
    Record,
    Table,
    between,
    equal,
    none_goal,
    of,
    percent,
    range_goal,
    reported,
    share_goal,
    strata,
)
from tissueclock.bench.diffusion.scene import beside, imaged, mr_preset
from tissueclock.bench.markdown import number
from tissueclock.bench.validation.agreement import digits
from tissueclock.bench.validation.tally import percentile
from tissueclock.pipeline.diffusion import measure_diffusion

_MOST, _FAR = 0.03, 0.05
"""The issue's 0.03. A factor further than 0.05 from the limit has a verdict that is right or wrong."""
_INTERVALS = (90.0, 100.0)
_LIMIT = 1.15
_TRUTHS = (("rule", "noise-free images"), ("factor", "the factor that was put in"))


def measure(seed: int) -> dict[str, Any]:
    """Simulate and measure a patient with a core, without perfusion, whose FLAIR was taken elsewhere."""
    drawn, preset = for_flair(seed), mr_preset("rapid-modern")
    made = imaged(drawn, flair=True)
    measured = measure_diffusion(beside(made), None, preset)
    if measured is None or measured.measures.flair is None or measured.flair_registration is None:
        raise ValueError("diffusion and FLAIR were there")
    found = measured.measures.flair
    return {
        "drawn": drawn.traits(),
        "true_core_ml": digits(made.truth.rule_ml[620.0]),
        "lesion_ml": digits(found.lesion_ml),
        "compared_ml": digits(found.compared_ml),
        "factor": digits(made.truth.flair_ratio),
        "rule": digits(made.truth.flair_rule),
        "ratio": digits(found.ratio),
        "interval": None if found.interval is None else [digits(end) for end in found.interval],
        "verdict": found.verdict.value,
        "because": found.because,
        "residual_mm": digits(measured.flair_registration.residual_mm, 4),
    }


def goals(records: Sequence[Record]) -> Iterator[Goal]:
    """Yield what was wanted of the ratio, its interval and its verdict."""
    given = [record["ratio"] is not None for record in records]
    yield reported("flair-given", "FLAIR ratio: given", percent(given), "%", len(given))
    for key, words in _TRUTHS:
        close = [_error(record, key) <= _MOST for record in records if _has(record, "ratio", key)]
        yield share_goal(f"flair-{key}", f"FLAIR ratio: within 0.03 of {words}", close, ALL)
        held = [_holds(record, key) for record in records if _has(record, "interval", key)]
        what = f"FLAIR ratio: 95 % interval that holds {words}"
        yield range_goal(f"flair-{key}-interval", what, held, *_INTERVALS)
    far = [record for record in records if abs(record["factor"] - _LIMIT) > _FAR]
    right = [record["verdict"] == right_verdict(record["factor"]) for record in far]
    yield share_goal("flair-verdict", "FLAIR verdict, factor further than 0.05 from 1.15: right", right, ALL)
    opposite = [it["verdict"] not in ("indeterminate", right_verdict(it["factor"])) for it in far]
    yield none_goal("flair-opposite", "the same: the opposite verdict", opposite)


def right_verdict(factor: float) -> str:
    """Return the verdict that a factor ought to have."""
    return "mismatch" if factor < _LIMIT else "match"


def tables(records: Sequence[Record]) -> Iterator[Table]:
    """Yield the errors by place and size, and every ratio that is not close."""
    places = ((f"place {place}", equal(place, lambda it: it["drawn"]["place"])) for place in PLACES)
    sizes = (
        (f"true core {low} to {high} mL", between(low, high, lambda it: float(it["true_core_ml"])))
        for low, high in ((0, 5), (5, 15), (15, 100))
    )
    heads = ["patients", "n"]
    for _, words in _TRUTHS:
        heads += [f"within 0.03 of {words}", "median error", "90th percentile", "worst", "interval holds it"]
    heads += ["verdict right", "indeterminate", "opposite"]
    rows = [_row(name, some) for name, some in strata(records, (*places, *sizes))]
    yield Table(title="By place and size", heads=heads, rows=rows)
    yield _exceptions(records)


def _row(name: str, records: Sequence[Record]) -> tuple[str, ...]:
    cells = [name, str(len(records))]
    for key, _ in _TRUTHS:
        errors = [_error(record, key) for record in records if _has(record, "ratio", key)]
        cells.append(of(error <= _MOST for error in errors))
        cells += [number(percentile(errors, at), 3) if errors else "-" for at in (50, 90, 100)]
        cells.append(of(_holds(record, key) for record in records if _has(record, "interval", key)))
    far = [record for record in records if abs(record["factor"] - _LIMIT) > _FAR]
    verdicts = [(record["verdict"], right_verdict(record["factor"])) for record in far]
    cells.append(of(found == right for found, right in verdicts))
    cells.append(str(sum(found == "indeterminate" for found, _ in verdicts)))
    cells.append(str(sum(found not in ("indeterminate", right) for found, right in verdicts)))
    return tuple(cells)


def _exceptions(records: Sequence[Record]) -> Table:
    heads = (
        "patient",
        "place",
        "true core",
        "compared",
        "factor",
        "noise-free",
        "found",
        "interval",
        "verdict",
    )
    rows = [
        (
            record["id"],
            f"{record['drawn']['side']} {record['drawn']['place']}",
            f"{record['true_core_ml']:.1f} mL",
            f"{record['compared_ml']:.1f} mL",
            *(number(record[key], 3) for key in ("factor", "rule", "ratio")),
            "-" if record["interval"] is None else " to ".join(f"{end:.3f}" for end in record["interval"]),
            f"{record['verdict']}: {record['because']}",
        )
        for record in records
        if _is_wrong(record) or any(not _is_close(record, key) for key, _ in _TRUTHS)
    ]
    title = "Every ratio that is not within 0.03 of both, and every verdict that is not right"
    return Table(title=title, heads=heads, rows=rows)


def _has(record: Record, *keys: str) -> bool:
    return all(record[key] is not None for key in keys)


def _is_close(record: Record, key: str) -> bool:
    return _has(record, "ratio", key) and _error(record, key) <= _MOST


def _error(record: Record, key: str) -> float:
    return abs(float(record["ratio"]) - float(record[key]))


def _holds(record: Record, key: str) -> bool:
    low, high = record["interval"]
    return bool(low <= record[key] <= high)


def _is_wrong(record: Record) -> bool:
    far = abs(record["factor"] - _LIMIT) > _FAR
    return bool(far and record["verdict"] != right_verdict(record["factor"]))
