"""The targets that the project set itself before the suite was run (issue 5), and how far each was met."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from tissueclock.bench.validation.coverage import FEWEST, STATED, Coverage, by_stratum
from tissueclock.bench.validation.tally import Errors, Flips, Record, mean_of, percentile

_SHARP_GROUPS = ("plain", "size", "place", "cohort")
_GRADED_GROUPS = ("graded", "cohort")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What was wanted and what was found, in words and as numbers; `met` is None where nothing was run."""

    what: str
    wanted: str
    found: float | None
    unit: str
    met: bool | None
    cases: int

    def to_json(self) -> dict[str, Any]:
        """Return the target as JSON values."""
        found = None if self.found is None else float(f"{self.found:.4g}")
        return {**asdict(self), "found": found}


def targets(records: Sequence[Record]) -> tuple[Target, ...]:
    """Return every target with what these records say of it."""
    measured = [record for record in records if "refused" not in record]
    patients = [r for r in measured if r["kind"] == "patient" and r["modality"] == "CT"]
    kudo = {r["row"]: [x for x in measured if x["row"] == r["row"]] for r in measured if r["kind"] == "kudo"}
    return (
        *_kudo(kudo),
        *_sharp([r for r in patients if r["group"] in _SHARP_GROUPS and not _is_graded(r)]),
        *_graded([r for r in patients if r["group"] in _GRADED_GROUPS and _is_graded(r)]),
        *_negative([r for r in patients if r["group"] == "negative"]),
        *_flips([r for r in patients if r["group"] == "cohort"]),
        *_intervals([r for r in patients if r["group"] == "cohort"]),
    )


def _is_graded(record: Record) -> bool:
    return record["truth"]["physics_core_ml"] is None


def _kudo(rows: dict[str, list[Record]]) -> Iterator[Target]:
    whole = rows.get("kudo-ct-3-hu-kudo", [])
    for name, least in (("cbf", 0.92), ("cbv", 0.97), ("mtt", 0.91)):
        r = mean_of(record["maps"][f"{name} against {name}"]["r"] for record in whole)
        what = f"Kudo phantom, CT 3 HU: r of {name.upper()} over tiles of all three shapes"
        yield _target(what, f">= {least:g}", r, "", _least(least), len(whole))
    rmse = mean_of(record["maps"]["mtt against mtt"]["rmse"] for record in whole)
    yield _target("the same: RMSE of MTT", "reported", rmse, "s", None, len(whole))
    share = mean_of(record["core_class_accuracy"] for record in whole)
    what = "the same: balanced accuracy of 'flow < 30 % of normal' against the rule"
    yield _target(what, ">= 95 %", _percent(share), "%", lambda x: x >= 95, len(whole))
    for shape in ("exponential", "gamma"):
        some = rows.get(f"kudo-ct-3-hu-{shape}", [])
        slope = mean_of(record["tmax_slope"] for record in some)
        change = mean_of(record["cbf_percent_per_s"] for record in some)
        what = f"Kudo phantom, CT 3 HU, {shape}"
        yield _target(
            f"{what}: slope of Tmax over the delay", "0.95 to 1.05", slope, "", _about_one, len(some)
        )
        yield _target(f"{what}: flow per second of delay", "under 3 %", change, "%", _small, len(some))


def _about_one(slope: float) -> bool:
    return abs(slope - 1) <= 0.05


def _small(percent: float) -> bool:
    return abs(percent) < 3


def _sharp(records: Sequence[Record]) -> Iterator[Target]:
    core, delay = _errors(records, "core"), _errors(records, "tmax6")
    count = len(records)
    what = "Sharp patients"
    yield _target(
        f"{what}: median error of the core", "<= 3 mL", _of(core, "median_ml"), "mL", _most(3), count
    )
    yield _target(
        f"{what}: worst error of the core", "<= 10 mL", _of(core, "worst_ml"), "mL", _most(10), count
    )
    found = _of(delay, "median_ml")
    yield _target(f"{what}: median error of Tmax > 6 s", "<= 6 mL", found, "mL", _most(6), count)
    right = sum(record["side"] == record["truth"]["side"] for record in records)
    share = 100 * right / count if count else None
    yield _target(f"{what}: side", "always right", share, "%", lambda x: x == 100, count)


def _graded(records: Sequence[Record]) -> Iterator[Target]:
    core, count = _errors(records, "core"), len(records)
    shares = [
        100 * abs(record["tmax6_ml"] - record["truth"]["tmax6_ml"]) / record["truth"]["tmax6_ml"]
        for record in records
        if record["truth"]["tmax6_ml"]
    ]
    what = "Graded patients, against the rule"
    yield _target(
        f"{what}: median error of the core", "<= 3 mL", _of(core, "median_ml"), "mL", _most(3), count
    )
    found = _of(core, "p90_ml")
    yield _target(f"{what}: 90th percentile of it", "<= 8 mL", found, "mL", _most(8), count)
    middle, high = (median(shares), percentile(shares, 90)) if shares else (None, None)
    yield _target(f"{what}: median error of Tmax > 6 s", "<= 8 %", middle, "%", _most(8), len(shares))
    yield _target(f"{what}: 90th percentile of it", "<= 20 %", high, "%", _most(20), len(shares))


def _negative(records: Sequence[Record]) -> Iterator[Target]:
    count = len(records)
    none = _percent(sum(record["core_ml"] == 0 for record in records) / count) if count else None
    yield _target("No stroke: core of exactly 0 mL", ">= 95 %", none, "%", lambda x: x >= 95, count)
    eligible = sum("yes" in (r["verdicts"]["DEFUSE 3"][1], r["verdicts"]["EXTEND"][1]) for r in records)
    found = float(eligible) if count else None
    yield _target("No stroke: eligible by DEFUSE 3 or EXTEND", "none", found, "", lambda x: x == 0, count)


def _flips(records: Sequence[Record]) -> Iterator[Target]:
    flips = Flips.of("DEFUSE 3", records)
    share = 100 * flips.far_flips / flips.far if flips.far else None
    what = "Cohort: DEFUSE 3 flips, further than 5 mL and 0.2 of ratio from every limit"
    yield _target(what, "< 3 %", share, "%", lambda x: x < 3, flips.far)


def _intervals(records: Sequence[Record]) -> Iterator[Target]:
    for name, title in STATED.items():
        whole = Coverage.of(name, records)
        what = f"Cohort: 90 % intervals of {title}"
        yield _target(
            f"{what} that hold the rule's", "85 to 95 %", whole.percent, "%", _about_90, whole.cases
        )
        parts = [Coverage.of(name, some) for _, _, some in by_stratum(records)]
        least = min((part.percent or 0.0 for part in parts if part.cases >= FEWEST), default=None)
        what = f"{what}: the same in the worst stratum of {FEWEST} or more"
        yield _target(what, ">= 80 %", least, "%", _least(80), whole.cases)
        if whole.width is not None:
            what = f"Cohort: median half width of {title}, over 4 mL or 20 %"
            yield _target(what, "<= 1", whole.width, "", _most(1), whole.cases)


def _about_90(percent: float) -> bool:
    return 85 <= percent <= 95


def _errors(records: Sequence[Record], name: str) -> Errors | None:
    return Errors.of((record[f"{name}_ml"], record["truth"][f"{name}_ml"]) for record in records)


def _of(errors: Errors | None, name: str) -> float | None:
    return None if errors is None else float(getattr(errors, name))


def _most(limit: float) -> Callable[[float], bool]:
    return lambda value: abs(value) <= limit


def _least(limit: float) -> Callable[[float], bool]:
    return lambda value: value >= limit


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _target(
    what: str,
    wanted: str,
    found: float | None,
    unit: str,
    holds: Callable[[float], bool] | None,
    cases: int,
) -> Target:
    met = None if found is None or holds is None else holds(found)
    return Target(what=what, wanted=wanted, found=found, unit=unit, met=met, cases=cases)
