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
    given = [record for record in records if record["ratio"] is not None]
    yield share_goal("flair-given", "FLAIR ratio: given", [it["ratio"] is not None for it in records], ALL)
    known = [record for record in given if record["rule"] is not None]
    close = [_error(record, "rule") <= _MOST for record in known]
    yield share_goal("flair-rule", "FLAIR ratio: within 0.03 of noise-free images", close, ALL)
    held = [_holds(record, "rule") for record in known]
    what = "FLAIR ratio: 95 % interval that holds noise-free images"
    yield range_goal("flair-rule-interval", what, held, *_INTERVALS)
    close = [_error(record, "factor") <= _MOST for record in given]
    what = "FLAIR ratio: within 0.03 of the factor that was put in"
    yield reported("flair-factor", what, percent(close), "%", len(close))
    held = [_holds(record, "factor") for record in given]
    what = "FLAIR ratio: 95 % interval that holds that factor"
    yield reported("flair-factor-interval", what, percent(held), "%", len(held))
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
        known = [record for record in records if None not in (record["ratio"], record[key])]
        errors = [_error(record, key) for record in known]
        cells.append(of(error <= _MOST for error in errors))
        cells += [number(percentile(errors, at), 3) if errors else "-" for at in (50, 90, 100)]
        cells.append(of(_holds(record, key) for record in known))
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
            record["verdict"],
        )
        for record in records
        if None in (record["ratio"], record["rule"]) or _error(record, "rule") > _MOST or _is_wrong(record)
    ]
    title = "Every ratio that is not within 0.03 of noise-free images, and every verdict that is not right"
    return Table(title=title, heads=heads, rows=rows)


def _error(record: Record, key: str) -> float:
    return abs(float(record["ratio"]) - float(record[key]))


def _holds(record: Record, key: str) -> bool:
    interval = record["interval"]
    return bool(interval is not None and interval[0] <= record[key] <= interval[1])


def _is_wrong(record: Record) -> bool:
    far = abs(record["factor"] - _LIMIT) > _FAR
    return bool(far and record["verdict"] != right_verdict(record["factor"]))
