"""Two-sided p-values of two groups with events, each by its name."""

from __future__ import annotations

import math
from collections.abc import Iterator

from tissueclock.evidence.check.known.conditional import fisher_p
from tissueclock.evidence.check.known.restricted import Contrast
from tissueclock.evidence.check.known.table import TwoByTwo
from tissueclock.evidence.check.known.two_by_two import estimate, log_or_se, log_rr_se, rd_se
from tissueclock.evidence.check.region import two_sided_p

PEARSON = "Pearson's chi-square, uncorrected"
YATES = "chi-square with Yates' correction"
FISHER = "Fisher's exact test"


def known_p_values(table: TwoByTwo) -> Iterator[tuple[str, float]]:
    """Yield name and p of the tests in use; those that are undefined are left out."""
    square = _pearson(table)
    if square is not None:
        yield PEARSON, _chi_square_p(square)
        yield YATES, _chi_square_p(_yates(table))
    by_chance, mid_p, doubled = fisher_p(table)
    yield FISHER, by_chance
    yield from _wald_tests(table)
    if square is not None:
        yield "N-1 chi-square", _chi_square_p(square * (table.n - 1) / table.n)
        yield "likelihood ratio", _chi_square_p(_likelihood_ratio(table))
    yield "Fisher's exact test with mid-p", mid_p
    yield "Fisher's exact test, tail doubled", doubled


def _wald_tests(table: TwoByTwo) -> Iterator[tuple[str, float]]:
    for name, contrast, se in (
        ("Wald test of log RR", Contrast.RR, log_rr_se(table)),
        ("Wald test of log OR", Contrast.OR, log_or_se(table)),
    ):
        if se:
            yield name, two_sided_p(math.log(estimate(contrast, table)) / se)
    spread = rd_se(table)
    if spread:
        yield "unpooled z test", two_sided_p((table.first - table.second) / spread)


def _pearson(table: TwoByTwo) -> float | None:
    sides = table.n1 * table.n2 * (table.a + table.c) * (table.b + table.d)
    return None if not sides else table.n * (table.a * table.d - table.b * table.c) ** 2 / sides


def _yates(table: TwoByTwo) -> float:
    sides = table.n1 * table.n2 * (table.a + table.c) * (table.b + table.d)
    lack = max(abs(table.a * table.d - table.b * table.c) - table.n / 2, 0.0)
    return table.n * lack**2 / sides


def _likelihood_ratio(table: TwoByTwo) -> float:
    events, rest = table.a + table.c, table.b + table.d
    cells = (
        (table.a, table.n1 * events),
        (table.b, table.n1 * rest),
        (table.c, table.n2 * events),
        (table.d, table.n2 * rest),
    )
    return 2 * math.fsum(seen * math.log(seen * table.n / margin) for seen, margin in cells if seen)


def _chi_square_p(square: float) -> float:
    return two_sided_p(math.sqrt(max(square, 0.0)))
