"""Registration -> draft: criteria with guessed rules, judgements and doubts, and what to warn of."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from tissueclock.core.errors import InputError
from tissueclock.facts.vocabulary import judgement_parts
from tissueclock.protocol.model import CriterionKind
from tissueclock.protocol.registration.guess import Reading, read_statement
from tissueclock.protocol.registration.record import Registration, Statement
from tissueclock.protocol.rule import Is, OneOf, Within

_WHOLE_YEARS = re.compile(r"(?P<number>[0-9]{1,3}) years?", re.IGNORECASE)
_NO_LIMIT = ("", "n/a", "none", "no limit")
_BAD_COPY = "other lines of this copy lost their comparison signs: compare this one with the registry as well"
_TWO_AGES = "the registration's field of the {0} age says {1}, and another place another number"


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftCriterion:
    """One criterion of a draft; `where` is the line that it was made from."""

    id: str
    kind: CriterionKind
    text: str
    rule: Within | OneOf | Is
    place: str
    where: str
    verbatim: str
    doubt: str = ""

    @property
    def guess(self) -> bool:
        """Whether a program wrote the rule; a judgement leaves it to a person."""
        return not isinstance(self.rule, Is)

    def to_json(self) -> dict[str, Any]:
        """Return the criterion as JSON values."""
        return {
            "id": self.id,
            "kind": self.kind.value,
            "text": self.text,
            "verbatim": self.verbatim,
            "where": self.where,
            "guess": self.guess,
            "fact": self.rule.fact,
            "doubt": self.doubt or None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A trial as a program read it; `warnings` name the lines that a person has to look at."""

    id: str
    as_of: date
    registration: Registration
    criteria: tuple[DraftCriterion, ...]
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the draft as JSON values."""
        read = self.registration
        return {
            "id": self.id,
            "title": read.acronym or read.title,
            "registration": read.number or None,
            "as_of": self.as_of.isoformat(),
            "arms": list(read.arms),
            "primary_endpoints": list(read.primary),
            "dates": list(read.dates),
            "guesses": sum(item.guess for item in self.criteria),
            "doubts": sum(bool(item.doubt) for item in self.criteria),
            "criteria": [item.to_json() for item in self.criteria],
        }


def drafted(registration: Registration, id: str | None = None, as_of: date | None = None) -> Draft:
    """Return the draft; `id` and `as_of` overrule or complete what the registration states.

    Raises InputError where there is no criterion, or neither states an id or a day.
    """
    name = id or _slug(registration.acronym) or registration.number.lower()
    day = as_of or registration.as_of
    if not name or judgement_parts(f"judgement.{name}.x") is None:
        raise InputError(
            "there is no id for the trial, or it is not made of lower-case words with hyphens.",
            where=registration.where,
            remedy="Pass one with --id, for example --id my-trial.",
        )
    if day is None:
        raise InputError(
            "it does not say on which day it was last updated.",
            where=registration.where,
            remedy="Pass the day with --as-of, for example --as-of 2025-09-12.",
        )
    if not registration.statements:
        raise InputError("it has no criteria.", where=registration.where, remedy="Give the whole record.")
    ages = frozenset(age for age in map(_years, (registration.minimum_age, registration.maximum_age)) if age)
    readings = [(item, read_statement(item, ages)) for item in registration.statements]
    criteria = [made for item, reading in readings for made in _criteria(registration, name, item, reading)]
    criteria = _with_fields(registration, name, criteria)
    if any(reading.lost_sign for _, reading in readings):
        criteria = [_doubted(item) if item.guess else item for item in criteria]
    return Draft(
        id=name,
        as_of=day,
        registration=registration,
        criteria=tuple(criteria),
        warnings=(*_gaps(registration), *_doubts(criteria)),
    )


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _criteria(
    registration: Registration, trial: str, statement: Statement, reading: Reading
) -> list[DraftCriterion]:
    """Return a criterion for each guess, and one for the whole line where a person has to judge a rest."""
    base = f"{statement.kind.value}-{statement.number}"
    alone = len(reading.guesses) == 1 and not reading.rest
    judged = DraftCriterion(
        id=base,
        kind=statement.kind,
        text=reading.rest or statement.text,
        rule=Is(fact=f"judgement.{trial}.{base}", answer=True),
        place=f"{statement.kind.value} {statement.number}",
        where=f"{registration.where}:{statement.line}",
        verbatim=statement.text,
        doubt=reading.doubt,
    )
    guessed = [
        replace(judged, id=base if alone else f"{base}-{number}", text=guess.text, rule=guess.rule, doubt="")
        for number, guess in enumerate(reading.guesses, start=1)
    ]
    return [judged, *guessed] if reading.rest else guessed


def _with_fields(
    registration: Registration, trial: str, criteria: list[DraftCriterion]
) -> list[DraftCriterion]:
    """Put the limits of age and sex, which the registry keeps in fields, before the lines.

    A limit that a line states too is one criterion; where line and field differ both are in doubt.
    """
    made = []
    for word, printed in (("minimum", registration.minimum_age), ("maximum", registration.maximum_age)):
        field = _age_field(registration, trial, word, printed)
        same = [item for item in criteria if _is_age(item, word)]
        if field is None or any(item.rule == field.rule for item in same):
            continue
        doubt = _TWO_AGES.format(word, printed) if same and field.guess else field.doubt
        made.append(replace(field, doubt=doubt))
        criteria = [replace(item, doubt=doubt) if item in same else item for item in criteria]
    sex = registration.sex.strip().lower()
    if sex in ("female", "male"):
        rule = OneOf(fact="sex", words=frozenset([sex]))
        made.append(_field(registration, "sex", f"Sex: {registration.sex}", rule, ""))
    return [*made, *criteria]


def _is_age(item: DraftCriterion, word: str) -> bool:
    if (
        item.kind is not CriterionKind.INCLUSION
        or not isinstance(item.rule, Within)
        or item.rule.fact != "age"
    ):
        return False
    return (item.rule.low if word == "minimum" else item.rule.high) is not None


def _age_field(registration: Registration, trial: str, word: str, printed: str) -> DraftCriterion | None:
    if printed.strip().lower() in _NO_LIMIT:
        return None
    text, age = f"{word.capitalize()} age: {printed}", _years(printed)
    if age is None or age > 120:
        rule = Is(fact=f"judgement.{trial}.{word}-age", answer=True)
        return _field(registration, f"{word}-age", text, rule, "an age that is not in whole years")
    limit = Within(fact="age", low=age) if word == "minimum" else Within(fact="age", high=age)
    return _field(registration, f"{word}-age", text, limit, "")


def _years(printed: str) -> int | None:
    match = _WHOLE_YEARS.fullmatch(printed.strip())
    return int(match["number"]) if match else None


def _field(
    registration: Registration, id: str, text: str, rule: Within | OneOf | Is, doubt: str
) -> DraftCriterion:
    return DraftCriterion(
        id=id,
        kind=CriterionKind.INCLUSION,
        text=text,
        rule=rule,
        place=f"field: {id.replace('-', ' ')}",
        where=registration.where,
        verbatim=text,
        doubt=doubt,
    )


def _doubted(item: DraftCriterion) -> DraftCriterion:
    """A copy that lost some signs may have lost the bar of another one: >= may be printed as >."""
    return replace(item, doubt=item.doubt or _BAD_COPY) if item.place.startswith(item.kind.value) else item


def _gaps(registration: Registration) -> list[str]:
    named = (
        ("the number of the registration", registration.number),
        ("arms", registration.arms),
        ("a primary endpoint", registration.primary),
        ("a minimum age", registration.minimum_age),
    )
    return [f"{registration.where}: {what} was not found." for what, found in named if not found]


def _doubts(criteria: list[DraftCriterion]) -> list[str]:
    return [f"{item.where}: {item.id}: {item.doubt}" for item in criteria if item.doubt]
