"""A registration as a trial directory prints it, saved as text -> Registration."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tissueclock.core.errors import InputError
from tissueclock.protocol.registration.criteria_text import heading_kind, statements
from tissueclock.protocol.registration.dates import day_of
from tissueclock.protocol.registration.record import Registration

_MINIMUM = ("minimum eligible age", "minimum age")
_MAXIMUM = ("maximum eligible age", "maximum age")
_AGES = ("ages eligible for study",)
_SEX = ("eligible sex", "sexes eligible for study", "sex")
_ENDS = (
    *_MINIMUM,
    *_MAXIMUM,
    *_AGES,
    *_SEX,
    "accepts healthy volunteers",
    "sampling method",
    "study population",
    "study plan",
    "sponsors",
    "contacts and locations",
    "locations",
    "outcome measures",
    "primary outcome measures",
    "secondary outcome measures",
    "study groups",
    "interventions",
    "more information",
)
"""Headings at which the criteria end."""

_ARMS = ("study groups", "arms", "groups and cohorts")
_PRIMARY = ("primary outcome measures", "primary outcomes", "primary outcome")
_HEADINGS = frozenset(
    (
        *_ENDS,
        *_ARMS,
        *_PRIMARY,
        "nct id",
        "last updated",
        "recruitment status",
        "clinical phase",
        "total enrollment",
        "study classification",
        "study start date",
        "study completion date",
        "allocation method",
        "blinding strategy",
        "eligibility criteria",
    )
)
_NUMBER = re.compile(r"\bNCT[0-9]{8}\b")
_ENDPOINT = re.compile(r"\bprimary (?:endpoint|outcome) (?:is|was)\b(?:[^.\n]|\.(?=[0-9]))*", re.IGNORECASE)
_SPAN = re.compile(
    r"(?P<low>[0-9]+ [A-Za-z]+)(?: (?:to|-) (?P<high>[0-9]+ [A-Za-z]+)| and older)?(?: \(.*\))?",
    re.IGNORECASE,
)
_GROUP = "group type "
_LONGEST_NAME = 100


def registration_of_text(text: str, file: str) -> Registration:
    """Read the text export of one registration.

    Raises InputError where it has no criteria under a heading "Inclusion Criteria" or "Exclusion Criteria".
    """
    lines = text.split("\n")
    found = statements(_criteria(lines))
    if not found:
        raise InputError(
            "there are no criteria under a heading 'Inclusion Criteria' or 'Exclusion Criteria'.",
            where=f"{file}:{max(len(lines), 1)}",
            remedy="Give the text of one registration, with its headings on lines of their own.",
        )
    number = _NUMBER.search(text)
    low, high = _ages(lines)
    return Registration(
        number=number[0] if number else "",
        title=next(line.strip() for line in lines if line.strip()),
        where=file,
        as_of=day_of(_value(lines, "last updated")),
        statements=found,
        minimum_age=low,
        maximum_age=high,
        sex=_value(lines, *_SEX),
        arms=_arms(lines),
        interventions=(),
        primary=_primary(lines, text),
        allocation=_value(lines, "allocation method"),
        masking=_value(lines, "blinding strategy"),
        dates=_dates(lines),
        status=_value(lines, "recruitment status"),
        enrolment=_value(lines, "total enrollment"),
    )


def _heading(line: str) -> str:
    return line.strip().strip("#*: ").lower()


def _criteria(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yield the numbered lines of criteria: from the first heading of a kind to the next section."""
    is_open = False
    for number, line in enumerate(lines, start=1):
        if heading_kind(line) is not None:
            is_open = True
        elif _heading(line) in _ENDS:
            is_open = False
        if is_open:
            yield number, line


def _value(lines: list[str], *headings: str) -> str:
    """Return what stands behind a heading's colon, or on the next line that is not empty."""
    for index, line in enumerate(lines):
        name, colon, rest = line.partition(":")
        if colon and rest.strip() and _heading(name) in headings:
            return rest.strip()
        if _heading(line) in headings:
            following = next((item.strip() for item in lines[index + 1 :] if item.strip()), "")
            return "" if _heading(following) in _HEADINGS else following
    return ""


def _ages(lines: list[str]) -> tuple[str, str]:
    span = _SPAN.fullmatch(_value(lines, *_AGES))
    low, high = (span["low"], span["high"] or "") if span else ("", "")
    return _value(lines, *_MINIMUM) or low, _value(lines, *_MAXIMUM) or high


def _arms(lines: list[str]) -> tuple[str, ...]:
    """Return the names before each "Group Type": the nearest line above it that is a name, no sentence."""
    start = next((index for index, line in enumerate(lines) if _heading(line) in _ARMS), len(lines))
    section = [line.strip() for line in lines[start + 1 :] if line.strip()]
    found: list[str] = []
    for index, line in enumerate(section):
        if line.lower().startswith(_GROUP):
            above = (item for item in reversed(section[:index]) if _is_name(item))
            found += [name for name in (next(above, ""),) if name and name not in found]
    return tuple(found)


def _is_name(line: str) -> bool:
    return (
        len(line) <= _LONGEST_NAME
        and not line.endswith(".")
        and not line.lower().startswith("intervention type ")
    )


def _primary(lines: list[str], text: str) -> tuple[str, ...]:
    named = _value(lines, *_PRIMARY)
    if named:
        return (named,)
    found = _ENDPOINT.search(text)
    if found is None:
        return ()
    start = max(text.rfind(end, 0, found.start()) for end in ".\n") + 1
    return (text[start : found.end()].strip(),)


def _dates(lines: list[str]) -> tuple[str, ...]:
    found = (
        (label, _value(lines, heading))
        for label, heading in (("Start", "study start date"), ("Completion", "study completion date"))
    )
    return tuple(f"{label}: {value}" for label, value in found if value)
