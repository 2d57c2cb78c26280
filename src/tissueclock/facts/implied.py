"""What a yes or a no says of another fact by definition: warfarin is an anticoagulant."""

from __future__ import annotations

from collections.abc import Iterator

from tissueclock.core.errors import InputError
from tissueclock.facts.case import CaseFacts, Fact
from tissueclock.facts.dependency import IMPLICATIONS, Implication, source_of


def with_implied(case: CaseFacts) -> CaseFacts:
    """Return the case with the answers that others imply; raises InputError where two contradict each other.

    A fact that a quality gate withheld implies nothing.
    """
    for item in IMPLICATIONS:
        if case.known(item.special) is True and case.known(item.general) is False:
            raise InputError(
                f"'{item.special}' is true, but '{item.general}', which includes it, is false.",
                remedy="Correct one of them.",
            )
    return case.with_facts(*(fact for item in IMPLICATIONS for fact in _implied(item, case)))


def _implied(item: Implication, case: CaseFacts) -> Iterator[Fact]:
    if case.known(item.special) is True and case.known(item.general) is None:
        yield Fact(name=item.general, value=True, source=source_of(item.general, item.special))
    if case.known(item.general) is False and case.known(item.special) is None:
        yield Fact(name=item.special, value=False, source=source_of(item.special, item.general))
