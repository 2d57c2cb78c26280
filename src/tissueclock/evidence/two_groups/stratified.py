"""The effect over strata by one method, with its test, the tests of homogeneity, and the risk difference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

from tissueclock.core.errors import UsageError
from tissueclock.evidence.two_groups.conditional import is_feasible
from tissueclock.evidence.two_groups.effect import Effect
from tissueclock.evidence.two_groups.measure import Measure
from tissueclock.evidence.two_groups.nnt import Needed, number_needed
from tissueclock.evidence.two_groups.score_strata import score_over_strata
from tissueclock.evidence.two_groups.significance import Significance
from tissueclock.evidence.two_groups.strata import (
    Strata,
    cochran_mantel_haenszel,
    exact_over_strata,
    exact_test_over_strata,
    homogeneity,
    mantel_haenszel,
)

Pool = Callable[[Strata, Measure, float], Effect]
DEFAULT = "mantel-haenszel"


def _conditional(strata: Strata, _: Measure, level: float, *, mid: bool) -> Effect:
    return exact_over_strata(strata, level, mid=mid)


_EVERY: Mapping[str, Pool] = MappingProxyType({DEFAULT: mantel_haenszel, "mn": score_over_strata})
_ODDS_ONLY: Mapping[str, Pool] = MappingProxyType(
    {"exact": partial(_conditional, mid=False), "midp": partial(_conditional, mid=True)}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StratifiedEffect:
    """An effect over strata, the tests of no effect, of one effect in all strata, and the risk difference."""

    effect: Effect
    tests: tuple[Significance, ...]
    homogeneity: tuple[Significance, ...]
    difference: Effect

    def needed(self, *, event_is_good: bool) -> Needed:
        """Return the number needed to treat from the risk difference over strata."""
        difference = self.difference
        return number_needed(
            difference.estimate or 0.0,
            (difference.ci_low, difference.ci_high),
            method=difference.method,
            event_is_good=event_is_good,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the effect's keys with the uncorrected Cochran-Mantel-Haenszel p, and every test."""
        first = self.tests[0]
        return {
            **self.effect.to_json(),
            "p": first.p,
            "p_method": first.title if not first.reason else f"{first.title}: none, {first.reason}",
            "tests": [asdict(test) for test in self.tests],
            "homogeneity": [asdict(test) for test in self.homogeneity],
        }


def methods_over_strata(measure: Measure) -> Mapping[str, Pool]:
    """Return name -> method over strata of one measure."""
    return {**_EVERY, **_ODDS_ONLY} if measure is Measure.OR else _EVERY


def stratified_effect(
    strata: Strata, measure: Measure, name: str | None = None, *, level: float = 0.95
) -> StratifiedEffect:
    """Return the effect over strata by the method of that name, None for Mantel-Haenszel.

    Raises UsageError with the names that this measure knows over strata.
    """
    known = methods_over_strata(measure)
    wanted = {"mh": DEFAULT, "miettinen-nurminen": "mn"}.get(name or DEFAULT, name or DEFAULT)
    if wanted not in known:
        raise UsageError(
            f"there is no method '{name}' of the {measure.words} over strata.",
            remedy=f"Known: {', '.join(known)}.",
        )
    return StratifiedEffect(
        effect=known[wanted](strata, measure, level),
        tests=(
            cochran_mantel_haenszel(strata),
            cochran_mantel_haenszel(strata, corrected=True),
            exact_test_over_strata(strata),
        ),
        homogeneity=tuple(homogeneity(strata, measure)),
        difference=mantel_haenszel(strata, Measure.RD, level),
    )


def every_stratified(strata: Strata, *, level: float = 0.95) -> Iterator[Effect]:
    """Yield the effect over strata by every method of every measure; exact ones unless too large."""
    for measure in Measure:
        for name, pool in methods_over_strata(measure).items():
            if name not in _ODDS_ONLY or is_feasible(strata.tables):
                yield pool(strata, measure, level)
