"""Does the p-value follow from the interval, or from the counts by a test in use?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from tissueclock.evidence.check.finding import Check, Level, Spot
from tissueclock.evidence.check.known.tests import FISHER, PEARSON, YATES, known_p_values
from tissueclock.evidence.check.model import PrintedP, PrintedResult, Relation
from tissueclock.evidence.check.number import shown
from tissueclock.evidence.check.region import Range, two_sided_p, z_of_p
from tissueclock.evidence.check.reproduce import has_exact_counts, tables
from tissueclock.evidence.check.trio import trio_of

_TINY_THRESHOLD = 0.01
"""Nobody prints that p is above so little (our choice)."""
_FAR = 0.6
"""Further apart than this, in z beyond rounding, is an error and no warning (our choice)."""
_STRATIFIED = 0.04
"""What stratification may change z of a test of printed counts by (our choice)."""
_OTHER_TEST = 0.1
_OTHER_TEST_SHARE = 0.1
"""What another test, or adjustment, may change z by: so much, and this share of it; half of that where the
interval and p contradict each other at 5 % (our choice)."""
_INTERVAL = "from the interval"
_USUAL_TESTS = (PEARSON, YATES, FISHER)
_TEST_WORDS = ("fisher", "pearson", "yates", "chi-square", "likelihood", "wald", "mid-p")
Source = tuple[str, Range]


def p_from_the_rest(result: PrintedResult) -> Iterator[Spot]:
    """Yield a spot where neither the interval nor a test of the counts gives the printed p."""
    if result.p is None or not _is_p(result.p):
        return
    sources = tuple(_sources(result))
    if not sources:
        return
    wanted = z_range(result.p)
    name, nearest = min(sources, key=lambda source: wanted.gap(source[1]))
    gap = wanted.gap(nearest)
    if gap <= _allowed(result, sources):
        return
    basis = "the interval" if name == _INTERVAL else f"{name} of the counts"
    yield Spot(
        level=Level.ERROR if gap > _FAR else Level.WARNING,
        printed=f"p {result.p}",
        recomputed="; ".join(f"p {_p_words(z)} ({source})" for source, z in sources[:4]),
        why=f"By {basis} z = {_z_words(nearest)}, so p {_p_words(nearest)}; the printed p {result.p} needs "
        f"z {_needs_words(wanted)}, {gap:.2f} away beyond rounding.",
    )


def p_is_possible(result: PrintedResult) -> Iterator[Spot]:
    """Yield a spot where p is no probability, or is said to be above what is next to nothing."""
    p = result.p
    if p is None:
        return
    if not _is_p(p):
        yield Spot(
            level=Level.ERROR,
            printed=f"p {p}",
            recomputed="0 to 1",
            why=f"A p-value is from 0 to 1, and {p.value} is not.",
        )
    elif p.relation is Relation.ABOVE and p.value.number < _TINY_THRESHOLD:
        yield Spot(
            level=Level.ERROR,
            printed=f"p {p}",
            recomputed=_recomputed(result),
            why=f"'p > {p.value}' says next to nothing; the sign may be turned round.",
            suggestion=f"p < {p.value}.",
        )


def words_and_p(result: PrintedResult) -> Iterator[Spot]:
    """Yield a spot where the words claim or deny significance against p or the interval, at 5 %."""
    if result.significant is None:
        return
    seen = _significant(result)
    if seen is None or seen is result.significant:
        return
    claimed = "significant" if result.significant else "not significant"
    basis = f"p {result.p}" if result.p is not None else f"the interval {result.interval}"
    yield Spot(
        level=Level.WARNING,
        printed=f"{claimed}, {basis}",
        recomputed="significant at 5 %" if seen else "not significant at 5 %",
        why=f"The words say {claimed}; {basis} says otherwise at 5 %.",
    )


def only_one_test(result: PrintedResult) -> Iterator[Spot]:
    """Yield what is worth knowing: of the usual tests only one gives the printed p."""
    p = result.p
    if p is None or p.relation is not Relation.EQUAL or not has_exact_counts(result) or result.pooled:
        return
    found = [(name, value) for name, value in known_p_values(tables(result)[0]) if name in _USUAL_TESTS]
    giving = [name for name, value in found if p.value.holds(value * p.sides / 2)]
    if len(giving) == 1:
        others = ", ".join(f"{name} {shown(value)}" for name, value in found if name not in giving)
        yield Spot(
            level=Level.INFO,
            printed=f"p {p}",
            recomputed=f"{giving[0]} only",
            why=f"Of the usual tests only {giving[0]} gives p {p} from the counts ({others}).",
        )


def z_range(p: PrintedP) -> Range:
    """Return the z, without sign, that a printed p allows; one-sided ones are doubled."""
    low, high = max(p.value.low, 0.0), p.value.high
    if p.relation is Relation.BELOW:
        low, high = 0.0, p.value.number
    elif p.relation is Relation.ABOVE:
        low, high = p.value.number, 1.0
    double = 3 - p.sides
    return Range(z_of_p(min(high * double, 1.0)), z_of_p(low * double))


def _is_p(p: PrintedP) -> bool:
    return 0 <= p.value.number <= 1


def _sources(result: PrintedResult) -> Iterator[Source]:
    """Yield what z may be by the interval, then by each test of each possible table."""
    by_interval = _by_interval(result)
    if by_interval is not None:
        yield _INTERVAL, by_interval
    other_model = by_interval is not None and result.measure.contrast is None
    if result.adjusted or result.pooled or other_model:
        return
    for table in tables(result):
        for name, p in known_p_values(table):
            if _is_of_test(name, "" if result.p is None else result.p.test.lower()):
                yield name, Range(z_of_p(p), z_of_p(p))


def _is_of_test(name: str, said: str) -> bool:
    """Tell whether a known test may be the one that the source names; one that we do not know is none."""
    named = [word for word in _TEST_WORDS if word in said]
    return not said or any(word in name.lower() for word in named)


def _by_interval(result: PrintedResult) -> Range | None:
    """Return the z of the interval; where the estimate is off its middle, those of either half."""
    trio = trio_of(result)
    if trio is None or not trio.ordered:
        return None
    exact = trio.deviate()
    if exact is not None:
        return exact
    middle, low, high = trio.ranges()
    halves = [
        abs(here.low + here.high) / 2 / max(reach / trio.z, 1e-9)
        for here in (middle, Range((low.low + high.low) / 2, (low.high + high.high) / 2))
        for reach in (middle.high - low.low, high.high - middle.low, (high.high - low.low) / 2)
        if math.isfinite(reach) and reach > 0
    ]
    return Range(min(halves), max(halves)) if halves else None


def _allowed(result: PrintedResult, sources: Sequence[Source]) -> float:
    """Return how far z may be from the nearest source: little where the counts are printed."""
    if has_exact_counts(result) and not result.adjusted and not result.maybe_adjusted:
        return _STRATIFIED
    largest = max(min(z.high, 50.0) for _, z in sources)
    allowed = _OTHER_TEST + _OTHER_TEST_SHARE * largest
    wanted = None if result.p is None else _beyond(z_range(result.p))
    seen = _beyond_null(result)
    return allowed / 2 if None not in (wanted, seen) and wanted is not seen else allowed


def _needs_words(wanted: Range) -> str:
    if wanted.high == math.inf:
        return f"of {wanted.low:.2f} or more"
    return f"of {wanted.high:.2f} or less" if wanted.low == 0 else f"of {_z_words(wanted)}"


def _z_words(z: Range) -> str:
    if f"{z.low:.2f}" == f"{z.high:.2f}":
        return f"{z.low:.2f}"
    return f"{z.low:.2f} to {z.high:.2f}"


def _p_words(z: Range) -> str:
    low, high = shown(two_sided_p(z.high)), shown(two_sided_p(z.low))
    return f"= {low}" if low == high else f"{low} to {high}"


def _recomputed(result: PrintedResult) -> str:
    found = _by_interval(result)
    return "-" if found is None else f"p {_p_words(found)} (from the interval)"


def _significant(result: PrintedResult) -> bool | None:
    """Return whether p, or else the interval, is beyond 5 %; None where rounding leaves it open."""
    return _beyond_null(result) if result.p is None else _beyond(z_range(result.p))


def _beyond_null(result: PrintedResult) -> bool | None:
    """Return whether a 95 % interval leaves out no effect; None where rounding leaves it open."""
    trio = trio_of(result)
    if trio is None or trio.interval.level_percent != 95:
        return None
    _, low, high = trio.ranges()
    if low.low > 0 or high.high < 0:
        return True
    return False if low.high < 0 < high.low else None


def _beyond(z: Range) -> bool | None:
    limit = z_of_p(0.05)
    if z.low >= limit - 1e-9:
        return True
    return False if z.high < limit else None


CHECKS = (
    Check(
        id="p-impossible",
        sentence="A p-value is from 0 to 1 and has a sign that says something.",
        run=p_is_possible,
    ),
    Check(id="p-value", sentence="A p-value follows from the interval or the counts.", run=p_from_the_rest),
    Check(id="significance", sentence="Words on significance fit p and interval.", run=words_and_p),
    Check(id="p-only-by", sentence="A p-value follows by more tests than one.", run=only_one_test),
)
