"""Numbers of designs in print, in JSON and as CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence

from tissueclock.report.format import rounded

NONE = "none"
Cell = str | float | int | None


def shown(number: float | None, decimals: int = 4) -> str:
    """Return a number in print; "none" where there is none, or where it is infinite."""
    return NONE if number is None or not math.isfinite(number) else rounded(number, decimals)


def p_shown(p: float | None) -> str:
    """Return a p value or an alpha in print: four decimals, small ones as powers."""
    if p is None:
        return NONE
    return f"{p:.2g}" if 0 < p < 0.0005 else rounded(p, 4)


def percent(share: float | None, decimals: int = 1) -> str:
    """Return a share as a percentage."""
    return NONE if share is None else f"{rounded(100 * share, decimals)} %"


def rate_shown(rate: float | None) -> str:
    """Return a rate that was given, as a percentage with the digits that it has (up to four)."""
    return NONE if rate is None else f"{100 * rate:.4g} %"


def span(interval: Sequence[float] | None, decimals: int = 4) -> str:
    """Return an interval in print; an open end is "none"."""
    return NONE if interval is None else f"{shown(interval[0], decimals)} to {shown(interval[1], decimals)}"


def finite(number: float | None) -> float | None:
    """Return a number for JSON, which has no infinity: None for it."""
    return None if number is None or not math.isfinite(number) else float(number)


def finite_list(numbers: Iterable[float | None]) -> list[float | None]:
    """Return numbers for JSON."""
    return [finite(number) for number in numbers]


def row(*cells: object) -> str:
    """Return one row, tab-separated."""
    return "\t".join(map(str, cells))


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a table as CSV with unrounded numbers; an empty cell where there is none."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(header)
    for cells in rows:
        writer.writerow(["" if _absent(cell) else cell for cell in cells])
    return target.getvalue().encode("utf-8")


def _absent(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, float) and not math.isfinite(cell))
