"""What was read from a registration, as frozen values, before anything is guessed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tissueclock.protocol.model import CriterionKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One free-text criterion.

    `text` is the registrant's own, `line` its line in the file (in a JSON record: of the criteria's text),
    `number` its place among those of its kind. `doubt` says what around it makes it ambiguous.
    """

    kind: CriterionKind
    number: int
    text: str
    line: int
    doubt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A registration. What it does not state is empty, and never a default.

    Ages are as printed ("18 Years"); `sex` is ALL, FEMALE, MALE or empty. `where` names the lines of
    statements: the file, or the file and the key that holds the criteria.
    """

    number: str
    title: str
    where: str
    as_of: date | None
    statements: tuple[Statement, ...]
    minimum_age: str = ""
    maximum_age: str = ""
    sex: str = ""
    acronym: str = ""
    arms: tuple[str, ...] = ()
    interventions: tuple[str, ...] = ()
    primary: tuple[str, ...] = ()
    secondary: tuple[str, ...] = ()
    allocation: str = ""
    masking: str = ""
    dates: tuple[str, ...] = ()
    status: str = ""
    enrolment: str = ""
