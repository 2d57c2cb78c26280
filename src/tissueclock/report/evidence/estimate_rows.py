"""Estimates as rows: rounded as tab-separated text, unrounded as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tissueclock.report.format import rounded

Interval = tuple[float, float]
_LEAST_P = 0.0001


@dataclass(frozen=True, slots=True)
class EstimateRow:
    """One estimate: its id, what it is, its value with interval and p where it has these, and a remark.

    `digits` is how many decimals are printed; without a value the remark says why.
    """

    id: str
    what: str
    value: float | None
    interval: tuple[float | None, float | None] | None = None
    p: float | None = None
    remark: str = ""
    digits: int = 3

    def line(self, level: float) -> str:
        """Return the row as text, its parts separated by tabs."""
        parts = [self.id, self.what, self._value_words(level)]
        parts += [p_words(self.p)] if self.p is not None else []
        parts += [self.remark] if self.remark else []
        return "\t".join(parts)

    def _value_words(self, level: float) -> str:
        if self.value is None:
            return "undefined"
        shown = fixed(self.value, self.digits)
        if self.interval is None:
            return shown
        low, high = (fixed(end, self.digits) for end in self.interval)
        return f"{shown} ({level_words(level)} {low} to {high})"


def estimate_lines(rows: Iterable[EstimateRow], level: float) -> Iterator[str]:
    """Yield the rows as text."""
    for row in rows:
        yield row.line(level)


def estimate_csv(rows: Iterable[EstimateRow]) -> bytes:
    """Return the rows as CSV, unrounded; what is unknown is an empty cell."""
    lines: list[Sequence[object]] = [("id", "what", "value", "ci_low", "ci_high", "p", "remark")]
    for row in rows:
        low, high = row.interval or (None, None)
        lines.append((row.id, row.what, row.value, low, high, row.p, row.remark))
    return csv_bytes(lines)


def csv_bytes(lines: Iterable[Sequence[object]]) -> bytes:
    """Return lines of cells as CSV in UTF-8; None is an empty cell."""
    target = io.StringIO(newline="")
    csv.writer(target, lineterminator="\n").writerows(lines)
    return target.getvalue().encode("utf-8")


def fixed(number: float | None, digits: int) -> str:
    """Return a number with so many decimals; None, an end that does not exist, as `none`."""
    return "none" if number is None else rounded(float(number), digits)


def p_words(p: float) -> str:
    """Return a p-value as printed: two digits of it, never 0."""
    if p < _LEAST_P:
        return f"p < {_LEAST_P}"
    return f"p {p:.2g}" if p < 0.01 else f"p {p:.3f}" if p < 0.1 else f"p {p:.2f}"


def level_words(level: float) -> str:
    """Return a level as `95 %`."""
    return f"{100 * level:g} %"
