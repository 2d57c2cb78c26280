"""Whether a trial's file is a draft or confirmed, and what a draft still leaves to a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum

from tissueclock.core.errors import InputError


class State(Enum):
    """A DRAFT was made by a program from a registration and judges nobody; a person CONFIRMED the rest."""

    DRAFT = "draft"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The state of a trial's file, and who confirmed it and when where a draft came before it.

    Raises InputError where a confirmation lacks its name or its day, or a draft has one.
    """

    state: State = State.CONFIRMED
    confirmed_by: str = ""
    confirmed_on: date | None = None

    def __post_init__(self) -> None:
        if bool(self.confirmed_by) != (self.confirmed_on is not None):
            raise InputError(
                "a confirmation needs both 'confirmed_by' and 'confirmed_on'.",
                remedy="Run: tissueclock protocol confirm",
            )
        if self.state is State.DRAFT and self.confirmed_by:
            raise InputError(
                "a draft cannot be confirmed at the same time.",
                remedy="Take 'confirmed_by' and 'confirmed_on' out.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What an imported criterion was made from.

    `verbatim` is the registrant's own statement; `guess` says that a program wrote the rule; `doubt` is a
    question to a person and `answer` what the person found.
    """

    verbatim: str = ""
    guess: bool = False
    doubt: str = ""
    answer: str = ""

    def __post_init__(self) -> None:
        if self.answer and not self.doubt:
            raise InputError("there is an 'answer' without a 'doubt'.", remedy="Take it out.")

    @property
    def is_open(self) -> bool:
        """Whether a person has to look at it before anybody is judged by it."""
        return self.guess or self.has_doubt

    @property
    def has_doubt(self) -> bool:
        """Whether there is a doubt that nobody answered."""
        return bool(self.doubt) and not self.answer


AUTHORED = Origin()
"""The origin of a criterion that a person wrote."""

REGISTERED = Standing()
"""The standing of a file that never was a draft."""
