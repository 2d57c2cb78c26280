"""What a yes or a no says of another fact by definition: warfarin is an anticoagulant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tissueclock.core.errors import InputError
from tissueclock.facts.case import CaseFacts, Fact


@dataclass(frozen=True, slots=True)
class _Implication:
    """Where `special` holds, `general` holds; so where `general` does not, neither does `special`."""

    special: str
    general: str


_IMPLICATIONS = (
    _Implication("warfarin", "anticoagulant"),
    _Implication("direct_anticoagulant", "anticoagulant"),
)


def with_implied(case: CaseFacts) -> CaseFacts:
    """Return the case with the answers that others imply; raises InputError where two contradict each other.

    A fact that a quality gate withheld implies nothing.
    """
    for item in _IMPLICATIONS:
        if case.known(item.special) is True and case.known(item.general) is False:
            raise InputError(
                f"'{item.special}' is true, but '{item.general}', which includes it, is false.",
                remedy="Correct one of them.",
            )
    return case.with_facts(*(fact for item in _IMPLICATIONS for fact in _implied(item, case)))


def _implied(item: _Implication, case: CaseFacts) -> Iterator[Fact]:
    if case.known(item.special) is True and case.known(item.general) is None:
        yield Fact(name=item.general, value=True, source=f"follows from {item.special}")
    if case.known(item.general) is False and case.known(item.special) is None:
        yield Fact(name=item.special, value=False, source=f"follows from {item.general}")
