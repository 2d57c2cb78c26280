"""Checks of a file's standing: what is still a draft, and that nothing confirmed is still a guess."""

from __future__ import annotations

from collections.abc import Iterator

from tissueclock.core.errors import InputError
from tissueclock.protocol.lint.draft import Draft
from tissueclock.protocol.lint.finding import Check, Level, Spot, name_in, spot_of
from tissueclock.protocol.load_standing import parse_origin, parse_standing
from tissueclock.protocol.standing import State
from tissueclock.protocol.table import Table


def draft_states(draft: Draft) -> Iterator[Spot]:
    """Yield that the file is a draft, and every guess and doubt that a person still has to settle."""
    if not _is_draft(draft):
        return
    yield Spot(
        path="state",
        found="the file is a draft and judges nobody.",
        remedy="Settle every guess and doubt, then run: tissueclock protocol confirm",
        word="state",
    )
    yield from open_items(draft)


def open_guesses(draft: Draft) -> Iterator[Spot]:
    """Yield every guess and doubt that is open in a file that is no draft."""
    if not _is_draft(draft):
        yield from open_items(draft)


def wrong_standing(draft: Draft) -> Iterator[Spot]:
    """Yield a wrong state, confirmation, guess, doubt or answer."""
    if not draft.is_profile:
        try:
            parse_standing(draft.table)
        except InputError as error:
            yield spot_of(InputError(error.found, remedy=error.remedy), "state")
    for table in draft.tables("criterion"):
        try:
            parse_origin(table)
        except InputError as error:
            place = f"{table.path}.{name_in(error.found)}"
            yield spot_of(InputError(error.found, remedy=error.remedy), place)


def open_items(draft: Draft) -> Iterator[Spot]:
    """Yield every guess, and every doubt without an answer, at its key."""
    for table in draft.tables("criterion"):
        if table.values.get("guess") is True:
            yield Spot(
                path=f"{table.path}.guess",
                found="a program guessed the rule.",
                remedy="Compare it with 'verbatim', correct it, then take 'guess' out.",
            )
        if _says(table, "doubt") and not _says(table, "answer"):
            yield Spot(
                path=f"{table.path}.doubt",
                found=f"in doubt: {table.values['doubt']}",
                remedy="Take 'doubt' out, or write what you found as 'answer'.",
            )


def _is_draft(draft: Draft) -> bool:
    return draft.table.values.get("state") == State.DRAFT.value


def _says(table: Table, key: str) -> bool:
    found = table.values.get(key)
    return isinstance(found, str) and bool(found.strip())


CHECKS: tuple[Check[Draft], ...] = (
    Check(
        id="draft",
        level=Level.WARNING,
        sentence="The file is no draft: a person settled every guess and doubt and confirmed it.",
        run=draft_states,
    ),
    Check(
        id="open-guess",
        level=Level.ERROR,
        sentence="A file that is no draft holds no guess and no doubt without an answer.",
        run=open_guesses,
    ),
    Check(
        id="wrong-standing",
        level=Level.ERROR,
        sentence="State, confirmation, guess, doubt and answer are rightly filled and fit together.",
        run=wrong_standing,
    ),
)
