"""How often intervals hold the truth, in all and by size, noise and bolus, and how wide they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from types import MappingProxyType
from typing import Any

from tissueclock.bench.validation.agreement import digits
from tissueclock.bench.validation.rows import PatientRow
from tissueclock.bench.validation.tally import Record
from tissueclock.facts.case import INFINITE, CaseFacts
from tissueclock.profile.intervals import RATIO_WITHOUT_END

STATED: Mapping[str, str] = MappingProxyType(
    {
        "core_ml": "core",
        "tmax6_ml": "Tmax > 6 s",
        "mismatch_ml": "mismatch",
        "mismatch_ratio": "ratio",
    }
)
"""The facts that carry an interval, and their words."""
_LEAST_ML, _SHARE = 4.0, 0.2
FEWEST = 20
"""A stratum of fewer cases says nothing of 80 % (our choice)."""
_CORES_ML, _NOISES_HU, _WIDTHS_S = (0.0, 15.0, 50.0), (2.7, 3.3), (5.0, 7.0)


@dataclass(frozen=True, slots=True)
class Coverage:
    """`inside` of `cases` intervals hold the truth; `width` is their median half width over what is allowed.

    Allowed are 4 mL or 20 % of the true volume, whichever is more; a ratio has no such limit.
    """

    cases: int
    inside: int
    width: float | None

    @property
    def percent(self) -> float | None:
        """The share that holds the truth."""
        return 100 * self.inside / self.cases if self.cases else None

    @classmethod
    def of(cls, name: str, records: Sequence[Record]) -> Coverage:
        """Count one fact's intervals over records that state one."""
        stated = [record["intervals"][name] for record in records if name in record["intervals"]]
        widths = [item["half_width"] for item in stated if item["half_width"] is not None]
        return cls(len(stated), sum(item["inside"] for item in stated), median(widths) if widths else None)


def stated_intervals(true: CaseFacts, measured: CaseFacts) -> dict[str, Any]:
    """Return each interval that is stated: its ends, whether it holds the truth, its half width."""
    found = {}
    for name in STATED:
        fact, truth = measured.get(name), true[name].known
        if fact is not None and fact.interval is not None and truth is not None:
            value = RATIO_WITHOUT_END if truth is INFINITE else float(truth)  # type: ignore[arg-type]
            low, high = fact.interval
            found[name] = {
                "ends": [digits(low), digits(high)],
                "inside": low <= min(value, RATIO_WITHOUT_END if name == "mismatch_ratio" else value) <= high,
                "half_width": None
                if name == "mismatch_ratio"
                else digits((high - low) / 2 / max(_LEAST_ML, _SHARE * abs(value)), 4),
            }
    return found


def strata_of(row: PatientRow, core_ml: float | None) -> dict[str, str]:
    """Return the stratum of a patient by true core, noise and width of the bolus, in words."""
    scan = row.acquisition
    size = "unknown" if core_ml is None else _between(core_ml, _CORES_ML, "core", "mL")
    return {
        "size": "core 0 mL" if core_ml == 0 else size,
        "noise": _between(scan.noise_sd_hu, _NOISES_HU, "noise", "HU"),
        "bolus": _between(scan.bolus.width_s, _WIDTHS_S, "bolus", "s"),
    }


def _between(value: float, edges: Sequence[float], what: str, unit: str) -> str:
    """Return the class of a value between rising edges."""
    above = [edge for edge in edges if value > edge]
    below = [edge for edge in edges if value <= edge]
    ends = (f"over {above[-1]:g}" if above else "", f"up to {below[0]:g}" if below else "")
    return f"{what} {' '.join(filter(None, ends))} {unit}"


def by_stratum(records: Sequence[Record]) -> Iterator[tuple[str, str, list[Record]]]:
    """Yield (kind, stratum, records) of every stratum that occurs, in order."""
    for kind in ("size", "noise", "bolus"):
        names = sorted({record["strata"][kind] for record in records}, key=_order)
        for name in names:
            yield kind, name, [record for record in records if record["strata"][kind] == name]


def _order(name: str) -> tuple[float, str]:
    numbers = [float(word) for word in name.split() if word.replace(".", "", 1).isdigit()]
    return (numbers[0] if "over" in name or numbers == [0.0] else 0.0, name)
