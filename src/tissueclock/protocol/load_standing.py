"""TOML tables -> the standing of a trial's file, and the origin of its criteria."""

from __future__ import annotations

from tissueclock.core.errors import InputError
from tissueclock.protocol.standing import Origin, Standing, State
from tissueclock.protocol.table import Table

KEYS = ("state", "confirmed_by", "confirmed_on")
"""The keys of a trial's file that this module reads."""

ORIGIN_KEYS = ("verbatim", "guess", "doubt", "answer")
"""The keys of a criterion that this module reads."""


def parse_standing(table: Table) -> Standing:
    """Build the standing from the keys of a file; without any it is confirmed.

    Raises InputError for an unknown state, or a state `confirmed` that does not say by whom and when.
    """
    found = Standing(
        state=table.word("state", State, State.CONFIRMED),
        confirmed_by=table.text("confirmed_by", ""),
        confirmed_on=table.day("confirmed_on") if table.has("confirmed_on") else None,
    )
    if table.has("state") and found.state is State.CONFIRMED and not found.confirmed_by:
        raise InputError(
            "the state is 'confirmed', and nobody is named.",
            remedy="Run 'tissueclock protocol confirm' on the draft, or take 'state' out.",
        )
    return found


def parse_origin(table: Table) -> Origin:
    """Build the origin of a criterion from its table."""
    return Origin(
        verbatim=table.text("verbatim", ""),
        guess=table.get("guess", bool, "true or false") if table.has("guess") else False,
        doubt=table.text("doubt", ""),
        answer=table.text("answer", ""),
    )
