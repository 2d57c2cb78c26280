"""Effects, p-values and intervals of two groups in words: the numbers that rows and figures print."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from tissueclock.evidence.two_groups.effect import Effect, StudyEffect
from tissueclock.evidence.two_groups.measure import Measure
from tissueclock.evidence.two_groups.proportion import Proportion
from tissueclock.evidence.two_groups.significance import Significance
from tissueclock.report.format import rounded


def value_words(value: float | None, *, difference: bool = False) -> str:
    """Return an effect in print: two decimals (three for a difference), three digits where it is small."""
    if value is None:
        return "undefined"
    if math.isinf(value):
        return "infinity" if value > 0 else "-infinity"
    if difference:
        return rounded(value, 3)
    if value >= 1000:
        return f"{value:.3g}" if value >= 1e6 else rounded(value, 0)
    return rounded(value, 2) if value >= 0.1 or value == 0 else f"{value:.2g}"


def p_words(p: float | None) -> str:
    """Return a p in print: "<0.0001", two digits below 0.1, else two decimals."""
    if p is None:
        return "none"
    if p < 0.0001:
        return "<0.0001"
    if p >= 0.995:
        return "1.00"
    return rounded(p, 2) if p >= 0.1 else rounded(p, 1 - math.floor(math.log10(p)))


def level_words(level: float) -> str:
    """Return a level in percent: "95 %"."""
    return f"{100 * level:.4g} %"


def effect_words(found: Effect) -> str:
    """Return estimate and interval: "2.43 (95 % 1.35 to 4.37)"."""
    difference = found.measure is Measure.RD
    low, high = (value_words(end, difference=difference) for end in (found.ci_low, found.ci_high))
    estimate = value_words(found.estimate, difference=difference)
    return f"{estimate} ({level_words(found.level)} {low} to {high})"


def effect_rows(found: Sequence[Effect]) -> Iterator[str]:
    """Yield one row an effect: measure/method, numbers, title, and its notes."""
    for item in found:
        notes = " ".join(item.notes)
        yield "\t".join(
            (
                f"{item.measure.value}/{item.method}",
                effect_words(item),
                item.title,
                *([notes] if notes else []),
            )
        )


def test_rows(tests: Sequence[Significance]) -> Iterator[str]:
    """Yield one row a test: test/name, statistic and df if it has them, p, title."""
    for test in tests:
        yield "\t".join((f"test/{test.name}", significance_words(test), test.title))


def significance_words(test: Significance) -> str:
    """Return "chi2 9.88, df 1, p 0.0017", or why there is no p."""
    if test.p is None:
        return f"no p: {test.reason}"
    statistic = "" if test.statistic is None else f"chi2 {rounded(test.statistic, 2)}, df {test.df}, "
    return f"{statistic}p {p_words(test.p)}"


def proportion_words(found: Proportion) -> str:
    """Return "31/100, 31.0 % (95 % 22.8 to 40.6, wilson)"."""
    share, low, high = (rounded(100 * x, 1) for x in (found.estimate, found.ci_low, found.ci_high))
    return f"{found.events}/{found.n}, {share} % ({level_words(found.level)} {low} to {high}, {found.method})"


def study_rows(found: StudyEffect) -> Iterator[str]:
    """Yield the effect, the p that goes with it, and the number needed to treat."""
    yield from effect_rows([found.effect])
    test = found.test
    yield f"p\t{p_words(test.p)}\t{test.title}" + (f": {test.reason}" if test.reason else "")
    event = "favourable" if found.needed.event_is_good else "unfavourable"
    yield f"nnt\t{found.needed.words()}\t1/RD, {found.needed.method} interval; the event is {event}"
