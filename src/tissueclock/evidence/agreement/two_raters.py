"""Two raters who put the same cases into categories: kappa with its test, and its rivals.

Kappa falls where a category is rare, however well two raters agree; beside it stand three measures that take
chance otherwise. Kappa itself, and its standard error, are those of the cohort's tables.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tissueclock.eligibility.cohort.kappa import AgreementTable, Counts, Kappa, Weights, cohen_kappa


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoRaters:
    """The agreement of two raters over `categories`; `counts` has the first rater's in rows.

    `null_error`, `z` and `p` (two-sided) test that kappa is zero. `ac1`, `pabak` and `pi` never use weights.
    What is undefined is None.
    """

    categories: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    weights: Weights
    kappa: Kappa
    null_error: float | None = None
    z: float | None = None
    p: float | None = None
    ac1: float | None = None
    pabak: float | None = None
    pi: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return every number by its name."""
        return {
            "weights": self.weights.value,
            **self.kappa.to_json(),
            "null_standard_error": self.null_error,
            "z": self.z,
            "p": self.p,
            "ac1": self.ac1,
            "pabak": self.pabak,
            "scott_pi": self.pi,
            "categories": list(self.categories),
            "counts": [list(row) for row in self.counts],
        }


def two_raters(
    categories: Sequence[str], counts: Counts, weights: Weights = Weights.NONE, level: float = 0.95
) -> TwoRaters:
    """Return the agreement in a square table of counts, categories in order.

    AC1: Gwet KL, Br J Math Stat Psychol 2008;61:29-48. PABAK, the kappa of evenly used categories: Byrt T, J
    Clin Epidemiol 1993;46:423-429. pi, chance by the mean of both margins: Scott WA, Public Opin Q
    1955;19:321-325. Raises ValueError if the table is not square, names other categories or holds no case.
    """
    if len(categories) != len(counts):
        raise ValueError(f"{len(categories)} categories for a table of {len(counts)} rows")
    kappa = cohen_kappa(counts, weights, level)
    plain = AgreementTable.of(counts)
    error = None if kappa.interval is None else _null_error(AgreementTable.of(counts, weights))
    z = kappa.kappa / error if error and kappa.kappa is not None else None
    size = len(counts)
    shares = [(row + column) / 2 for row, column in zip(plain.rows, plain.columns, strict=True)]
    spread = sum((share * (1 - share) for share in shares), Fraction(0))
    return TwoRaters(
        categories=tuple(categories),
        counts=tuple(tuple(row) for row in counts),
        weights=weights,
        kappa=kappa,
        null_error=error,
        z=z,
        p=None if z is None else math.erfc(abs(z) / math.sqrt(2)),
        ac1=_beyond(plain.observed, spread / (size - 1)) if size > 1 else None,
        pabak=_beyond(plain.observed, Fraction(1, size)),
        pi=_beyond(plain.observed, 1 - spread),
    )


def _beyond(observed: Fraction, expected: Fraction) -> float | None:
    """Return the share of the agreement that chance leaves, which is reached."""
    return None if expected == 1 else float((observed - expected) / (1 - expected))


def _null_error(table: AgreementTable) -> float:
    """Return the standard error of a kappa that is zero (Fleiss, Cohen and Everitt 1969, equation 9)."""
    credit, expected = table.chance_credit(), table.expected
    total = -(expected**2)
    for i, j, _, weight in table.cells():
        total += table.rows[i] * table.columns[j] * (weight - credit[i][j]) ** 2
    return math.sqrt(total / table.n) / float(1 - expected)


def tabulate(pairs: Sequence[tuple[str, str]], categories: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """Return how often each pair of answers was given; ValueError for one that is no category."""
    place = {name: at for at, name in enumerate(categories)}
    counts = [[0] * len(categories) for _ in categories]
    for pair in pairs:
        for answer in pair:
            if answer not in place:
                raise ValueError(f"'{answer}' is no category")
        counts[place[pair[0]]][place[pair[1]]] += 1
    return tuple(tuple(row) for row in counts)
