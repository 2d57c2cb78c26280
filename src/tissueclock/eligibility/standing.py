"""What a draft may not do: enrol anybody, or answer anything but "undetermined".

Every rule of a draft was written by a program that read a registration. A wrong rule can admit and can turn
away, so neither answer is given: the criteria are shown with their outcomes, the decision stays open.
"""

from __future__ import annotations

from dataclasses import replace

from tissueclock.core.errors import InputError
from tissueclock.eligibility.outcome import Decision
from tissueclock.protocol.model import Protocol
from tissueclock.protocol.standing import AUTHORED, REGISTERED


def require_confirmed(protocol: Protocol) -> None:
    """Raise InputError for a draft: nobody is enrolled under rules that no person confirmed."""
    if protocol.draft:
        raise InputError(
            f"'{protocol.id}' is a draft, and nobody is enrolled under a draft.",
            remedy="Settle every guess and doubt, then run: tissueclock protocol confirm",
        )


def capped(protocol: Protocol, decision: Decision) -> Decision:
    """Return the decision, of a draft always UNDETERMINED."""
    return Decision.UNDETERMINED if protocol.draft else decision


def draft_words(protocol: Protocol) -> list[str]:
    """Return what an assessment of a draft says about that; nothing for a confirmed trial."""
    if not protocol.draft:
        return []
    names = [criterion.id for criterion in protocol.criteria if criterion.origin.is_open]
    still = f"; guessed or in doubt: {', '.join(names)}" if names else ""
    return [f"'{protocol.id}' is a draft that nobody confirmed, so nothing is decided{still}"]


def as_written(protocol: Protocol) -> Protocol:
    """Return a trial as if it had been confirmed, for its worked cases only: they test the rules as typed."""
    if not protocol.draft:
        return protocol
    criteria = tuple(replace(criterion, origin=AUTHORED) for criterion in protocol.criteria)
    return replace(protocol, criteria=criteria, standing=REGISTERED)
