"""Cohen's kappa of two raters, plain or weighted, with its standard error; exact until the last step.

Cohen J, Educ Psychol Meas 1960;20:37-46 and, weighted, Psychol Bull 1968;70:213-220. The standard error is
for large samples and a kappa that need not be zero: Fleiss JL, Cohen J, Everitt BS, Psychol Bull
1969;72:323-327.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from statistics import NormalDist
from typing import Any

Counts = Sequence[Sequence[int]]
"""A square table: first rater's categories by second rater's, in the same order."""


class Weights(Enum):
    """What a disagreement still counts for: nothing, or the more the fewer steps it is."""

    NONE = "none"
    LINEAR = "linear"
    QUADRATIC = "quadratic"

    def of(self, steps: int, most: int) -> Fraction:
        """Return the credit, 0 to 1, of two answers `steps` categories apart where `most` are possible."""
        if self is Weights.NONE or steps == 0:
            return Fraction(steps == 0)
        apart = Fraction(steps, most)
        return 1 - (apart if self is Weights.LINEAR else apart**2)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementTable:
    """The shares of a square table of `n` cases, its margins, and what each cell counts as agreement."""

    n: int
    shares: tuple[tuple[Fraction, ...], ...]
    weights: tuple[tuple[Fraction, ...], ...]
    rows: tuple[Fraction, ...]
    columns: tuple[Fraction, ...]

    @classmethod
    def of(cls, counts: Counts, weights: Weights = Weights.NONE) -> AgreementTable:
        """Return the table of counts; raises ValueError if it is not square, or holds no case."""
        size, n = len(counts), sum(map(sum, counts))
        if any(len(row) != size for row in counts):
            raise ValueError("a table of agreement must be square")
        if n == 0:
            raise ValueError("a table of agreement needs a case")
        shares = tuple(tuple(Fraction(count, n) for count in row) for row in counts)
        return cls(
            n=n,
            shares=shares,
            weights=tuple(tuple(weights.of(abs(i - j), size - 1) for j in range(size)) for i in range(size)),
            rows=tuple(sum(row, Fraction(0)) for row in shares),
            columns=tuple(sum(column, Fraction(0)) for column in zip(*shares, strict=True)),
        )

    def cells(self) -> Iterator[tuple[int, int, Fraction, Fraction]]:
        """Yield row, column, share and weight of every cell."""
        for i, row in enumerate(self.shares):
            for j, share in enumerate(row):
                yield i, j, share, self.weights[i][j]

    @property
    def observed(self) -> Fraction:
        """The share of agreement."""
        return sum((weight * share for _, _, share, weight in self.cells()), Fraction(0))

    @property
    def expected(self) -> Fraction:
        """The share of agreement that the margins alone give."""
        return sum((w * self.rows[i] * self.columns[j] for i, j, _, w in self.cells()), Fraction(0))

    def chance_credit(self) -> tuple[tuple[Fraction, ...], ...]:
        """Return, for every cell, the mean weight of its row plus that of its column."""
        size = range(len(self.rows))
        rows = [sum((self.weights[i][j] * self.columns[j] for j in size), Fraction(0)) for i in size]
        columns = [sum((self.weights[i][j] * self.rows[i] for i in size), Fraction(0)) for j in size]
        return tuple(tuple(row + column for column in columns) for row in rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kappa:
    """Agreement beyond chance of two raters on `n` cases.

    `observed` and `expected` are shares of agreement; `standard_error` and `interval` (95 % unless asked
    otherwise, normal, cut at -1 and 1) belong to `kappa`. Where kappa is undefined it is None, with a
    `reason`. Where one rater gives every case the same answer, kappa is 0 whatever the other says: it has no
    error, and the `reason` says so.
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


def cohen_kappa(counts: Counts, weights: Weights = Weights.NONE, level: float = 0.95) -> Kappa:
    """Return the kappa of a square table of counts; raises ValueError if it is not square."""
    if any(len(row) != len(counts) for row in counts):
        raise ValueError("a table of agreement must be square")
    if sum(map(sum, counts)) == 0:
        return Kappa(n=0, reason="no case")
    table = AgreementTable.of(counts, weights)
    n, observed, expected = table.n, table.observed, table.expected
    if expected == 1:
        return Kappa(n=n, observed=1.0, expected=1.0, reason="both give every case one and the same answer")
    kappa = (observed - expected) / (1 - expected)
    if 1 in table.rows or 1 in table.columns:
        return Kappa(
            n=n,
            observed=float(observed),
            expected=float(expected),
            kappa=0.0,
            reason="one gives every case the same answer",
        )
    error = math.sqrt(_variance(table) / n)
    reach = NormalDist().inv_cdf((1 + level) / 2) * error
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


def _variance(table: AgreementTable) -> Fraction:
    """Return n times the variance of kappa (Fleiss, Cohen and Everitt 1969, equation 8)."""
    observed, expected, credit = table.observed, table.expected, table.chance_credit()
    rest = 1 - expected
    total = -((observed * expected - 2 * expected + observed) ** 2)
    for i, j, share, weight in table.cells():
        total += share * (weight * rest - credit[i][j] * (1 - observed)) ** 2
    return total / rest**4
