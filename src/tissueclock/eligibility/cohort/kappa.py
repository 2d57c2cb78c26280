"""Cohen's kappa of two raters, with its large-sample standard error; exact until the last step.

Cohen J, Educ Psychol Meas 1960;20:37-46. The standard error is that of a kappa that need not be zero: Fleiss
JL, Cohen J, Everitt BS, Psychol Bull 1969;72:323-327.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist
from typing import Any

_Z_95 = NormalDist().inv_cdf(0.975)

Counts = Sequence[Sequence[int]]
"""A square table: first rater's categories by second rater's, in the same order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kappa:
    """Agreement beyond chance of two raters on `n` cases.

    `observed` and `expected` are shares of agreement; `standard_error` and `interval` (95 %, normal, cut at
    -1 and 1) belong to `kappa`. Where kappa is undefined it is None, with a `reason`. Where one rater gives
    every case the same answer, kappa is 0 whatever the other says: it has no error, and the `reason` says so.
    """

    n: int
    observed: float | None = None
    expected: float | None = None
    kappa: float | None = None
    standard_error: float | None = None
    interval: tuple[float, float] | None = None
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the agreement as JSON values."""
        document: dict[str, Any] = {
            "n": self.n,
            "observed": self.observed,
            "expected": self.expected,
            "kappa": self.kappa,
            "standard_error": self.standard_error,
            "interval": list(self.interval) if self.interval else None,
        }
        return document | ({"reason": self.reason} if self.reason else {})


def cohen_kappa(counts: Counts) -> Kappa:
    """Return the kappa of a square table of counts; raises ValueError if it is not square."""
    if any(len(row) != len(counts) for row in counts):
        raise ValueError("a table of agreement must be square")
    n = sum(map(sum, counts))
    if n == 0:
        return Kappa(n=0, reason="no case")
    shares = [[Fraction(count, n) for count in row] for row in counts]
    rows, columns = [sum(row) for row in shares], [sum(column) for column in zip(*shares, strict=True)]
    observed = sum((shares[at][at] for at in range(len(shares))), Fraction(0))
    expected = sum((row * column for row, column in zip(rows, columns, strict=True)), Fraction(0))
    if expected == 1:
        return Kappa(n=n, observed=1.0, expected=1.0, reason="both give every case one and the same answer")
    kappa = (observed - expected) / (1 - expected)
    if 1 in rows or 1 in columns:
        return Kappa(
            n=n,
            observed=float(observed),
            expected=float(expected),
            kappa=0.0,
            reason="one gives every case the same answer",
        )
    error = math.sqrt(_variance(shares, rows, columns, kappa) / n)
    reach = _Z_95 * error
    return Kappa(
        n=n,
        observed=float(observed),
        expected=float(expected),
        kappa=float(kappa),
        standard_error=error,
        interval=(max(float(kappa) - reach, -1.0), min(float(kappa) + reach, 1.0)),
    )


def kappa_words(kappa: Kappa) -> str:
    """Return a kappa with its interval and number of cases, or why there is none."""
    if kappa.interval is None:
        value = "undefined" if kappa.kappa is None else "0"
        return f"kappa {value}: {kappa.reason} (n {kappa.n})"
    low, high = kappa.interval
    return f"kappa {kappa.kappa:.3f} (95 % {low:.3f} to {high:.3f}, n {kappa.n})"


def _variance(
    shares: Sequence[Sequence[Fraction]],
    rows: Sequence[Fraction | int],
    columns: Sequence[Fraction | int],
    kappa: Fraction,
) -> Fraction:
    """Return n times the variance of kappa (Fleiss, Cohen and Everitt 1969, equation 13)."""
    expected = sum((row * column for row, column in zip(rows, columns, strict=True)), Fraction(0))
    rest = 1 - kappa
    total = -((kappa - expected * rest) ** 2)
    for i, row in enumerate(shares):
        for j, share in enumerate(row):
            if i == j:
                total += share * (1 - (rows[i] + columns[i]) * rest) ** 2
            else:
                total += share * rest**2 * (columns[i] + rows[j]) ** 2
    return total / (1 - expected) ** 2
