"""How long proportional odds take on many drawn mRS tables at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from tissueclock.evidence.ordinal.bulk import fit_tables
from tissueclock.evidence.ordinal.proportionality import brant_tests, ratio_tests, score_tests
from tissueclock.evidence.ordinal.ranks import wilcoxon_z
from tissueclock.evidence.ordinal.simulate import draw_tables, shifted

_CONTROL = (0.03, 0.05, 0.09, 0.15, 0.28, 0.20, 0.20)
_ODDS_RATIO = 1.6


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkSpeed:
    """Microseconds of processor a table, the best of several rounds; each is from counts to p.

    Processor time is what a quiet machine takes, whatever else runs on this one; one thread is used.

    `fit` is the common odds ratio with its standard error, Wald and likelihood ratio tests; `ratio`, `score`
    and `brant` are the fit and that test of proportional odds; `wilcoxon` needs no fit.
    """

    tables: int
    fit_us: float
    ratio_us: float
    score_us: float
    brant_us: float
    wilcoxon_us: float

    def lines(self) -> list[str]:
        """Return one row a measurement, tab-separated."""
        parts = (name for name in self.__slots__ if name != "tables")
        return [f"{name.removesuffix('_us')}\t{getattr(self, name):.1f} us a table" for name in parts]


def bulk_speed(tables: int = 10_000, n: int = 100, rounds: int = 5, seed: int = 1) -> BulkSpeed:
    """Draw so many trials of `n` patients an arm with an odds ratio of 1.6, and measure."""
    counts = draw_tables(shifted(_CONTROL, _ODDS_RATIO), _CONTROL, (n, n), tables, seed)

    def us(work: Callable[[], object]) -> float:
        return 1e6 * min(_seconds(work) for _ in range(rounds)) / tables

    return BulkSpeed(
        tables=tables,
        fit_us=us(lambda: fit_tables(counts).wald_p()),
        ratio_us=us(lambda: ratio_tests(fit_tables(counts))),
        score_us=us(lambda: score_tests(counts, fit_tables(counts))),
        brant_us=us(lambda: brant_tests(counts, fit_tables(counts))),
        wilcoxon_us=us(lambda: wilcoxon_z(counts)),
    )


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    for line in bulk_speed().lines():
        print(line)  # noqa: T201 - a script line of the docs
