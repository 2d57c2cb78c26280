"""TOML tables -> Protocol and ProfileDefinition. A key that is not known is an error, always."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from tissueclock.core.errors import InputError
from tissueclock.facts.entries import flattened
from tissueclock.facts.vocabulary import canonical_name, definition_of
from tissueclock.protocol.load_conduct import KEYS as CONDUCT_KEYS
from tissueclock.protocol.load_conduct import (
    parse_predicate,
    parse_randomisation,
    parse_reading,
    parse_version,
    parse_visit,
    source_of,
)
from tissueclock.protocol.load_standing import KEYS as STANDING_KEYS
from tissueclock.protocol.load_standing import ORIGIN_KEYS, parse_origin, parse_standing
from tissueclock.protocol.model import (
    Confidence,
    Criterion,
    CriterionKind,
    ProfileClass,
    ProfileDefinition,
    ProfileNote,
    Protocol,
    Role,
    WorkedCase,
)
from tissueclock.protocol.rule import AllOf, AnyOf, Is, Limit, OneOf, Rule, Within
from tissueclock.protocol.table import Table, each, errors_at

SCHEMA = 1
SETTINGS: Mapping[str, tuple[str, ...]] = MappingProxyType({"aspects_from": ("ct", "dwi")})
"""The settings that a trial may have, with their values; a rule reads one as `aspects_{aspects_from}`."""

TRIAL_KEYS = (
    *("schema", "id", "title", "registration", "citation", "as_of", "intervention", "arms"),
    *(
        "primary_endpoint",
        "imaging_note",
        "notes",
        "unread",
        "bottom_line",
        "criticisms",
        "settings",
        "sources",
        "criterion",
        "case",
        "limit",
    ),
    *CONDUCT_KEYS,
    *STANDING_KEYS,
)
PROFILE_KEYS = (
    *("schema", "id", "title", "citation", "source", "requires", "class", "otherwise", "note"),
    *("case", "limit"),
)
CRITERION_KEYS = (
    *("id", "kind", "text", "rule", "applies_when", "role", "confidence", "source", "place"),
    *ORIGIN_KEYS,
)
CLASS_KEYS = ("label", "text", "rule")
OTHERWISE_KEYS = ("label", "text")
NOTE_KEYS = ("text", "unless_known")
CASE_KEYS = ("name", "extends", "facts", "without", "expect", "fails", "missing")
LIMIT_KEYS = ("fact", "extends", "facts", "at")
LEAF_KEYS = ("fact", "op", "value")
OPERATORS = (">=", ">", "<=", "<", "between", "in", "is")


def parse_protocol(values: Mapping[str, Any], file: str, digest: str) -> Protocol:
    """Build a trial from its TOML document (decimals as Decimal); `file` is named in errors.

    Raises InputError for an unknown or missing key, a wrong type, a rule that the vocabulary does not know
    or that is implausible, or an id given twice.
    """
    table = Table(values, file).only(*TRIAL_KEYS)
    check_schema(table)
    settings = read_settings(table.table("settings"))
    sources = read_sources(table.table("sources"))
    with errors_at(file):
        return Protocol(
            id=table.text("id"),
            title=table.text("title"),
            registration=table.text("registration"),
            citation=table.text("citation"),
            as_of=table.day("as_of"),
            intervention=table.text("intervention"),
            arms=table.texts("arms"),
            primary_endpoint=table.text("primary_endpoint"),
            imaging_note=table.text("imaging_note"),
            notes=table.texts("notes"),
            unread=table.text("unread", ""),
            bottom_line=table.text("bottom_line", ""),
            criticisms=table.texts("criticisms"),
            settings=settings,
            criteria=each(table.tables("criterion"), lambda item: _criterion(item, sources, settings)),
            cases=parse_cases(table),
            digest=digest,
            randomisation=parse_randomisation(table.table("randomisation"), sources),
            visits=each(table.tables("visit"), parse_visit),
            versions=each(table.tables("version"), parse_version),
            readings=each(table.tables("reading"), parse_reading),
            predicates=each(table.tables("predicate"), parse_predicate),
            standing=parse_standing(table),
        )


def parse_profile(values: Mapping[str, Any], file: str, digest: str) -> ProfileDefinition:
    """Build a profile from its TOML document; as `parse_protocol`."""
    table = Table(values, file).only(*PROFILE_KEYS)
    check_schema(table)
    otherwise = table.table("otherwise").only(*OTHERWISE_KEYS)
    with errors_at(file):
        return ProfileDefinition(
            id=table.text("id"),
            title=table.text("title"),
            citation=table.text("citation"),
            source=table.text("source"),
            requires=table.texts("requires"),
            classes=each(table.tables("class"), _profile_class),
            otherwise=otherwise.text("label"),
            otherwise_text=otherwise.text("text"),
            notes=each(table.tables("note"), _profile_note),
            cases=parse_cases(table),
            digest=digest,
        )


def parse_rule(table: Table, settings: Mapping[str, str] = MappingProxyType({})) -> Rule:
    """Build a rule from `{fact, op, value}`, `{all = [...]}` or `{any = [...]}`."""
    for key, combine in (("all", AllOf), ("any", AnyOf)):
        if table.has(key):
            branches = table.only(key).tables(key)
            return combine(each(branches, lambda branch: parse_rule(branch, settings)))
    table.only(*LEAF_KEYS)
    name, operator = filled(table.text("fact"), settings), table.text("op")
    with errors_at(table.place):
        definition_of(name)
        return _leaf(table, name, operator)


def _leaf(table: Table, name: str, operator: str) -> Rule:
    if operator == "between":
        low, high = _pair(table)
        return Within(fact=name, low=low, high=high)
    if operator in (">=", ">"):
        return Within(fact=name, low=_limit(table), includes_low=operator == ">=")
    if operator in ("<=", "<"):
        return Within(fact=name, high=_limit(table), includes_high=operator == "<=")
    if operator == "in":
        return OneOf(fact=name, words=frozenset(table.texts("value")))
    if operator == "is":
        answer = table.values.get("value")
        if isinstance(answer, bool):
            return Is(fact=name, answer=answer)
        return OneOf(fact=name, words=frozenset([table.text("value")]))
    raise InputError(f"unknown operator '{operator}'.", remedy=f"Known: {', '.join(OPERATORS)}.")


def _limit(table: Table) -> Limit:
    return _number(table.values.get("value"))


def _number(value: object) -> Limit:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise InputError("'value' must be a number.")
    return value


def _pair(table: Table) -> tuple[Limit, Limit]:
    ends = table.get("value", list, "two numbers")
    if len(ends) != 2:
        raise InputError("'value' must be two numbers.")
    return _number(ends[0]), _number(ends[1])


def filled(name: str, settings: Mapping[str, str]) -> str:
    """Return the name of a fact with the settings that it holds filled in: `aspects_{aspects_from}`."""
    for setting, value in settings.items():
        name = name.replace(f"{{{setting}}}", value)
    return name


def _criterion(table: Table, sources: Mapping[str, str], settings: Mapping[str, str]) -> Criterion:
    table.only(*CRITERION_KEYS)
    applies_when = table.table("applies_when")
    return Criterion(
        id=table.text("id"),
        kind=table.word("kind", CriterionKind),
        text=table.text("text"),
        rule=parse_rule(table.table("rule"), settings),
        applies_when=parse_rule(applies_when, settings) if applies_when.values else None,
        role=table.word("role", Role, Role.GATE),
        confidence=table.word("confidence", Confidence),
        source=source_of(table, sources),
        place=table.text("place"),
        origin=parse_origin(table),
    )


def _profile_class(table: Table) -> ProfileClass:
    table.only(*CLASS_KEYS)
    return ProfileClass(
        label=table.text("label"), text=table.text("text"), rule=parse_rule(table.table("rule"))
    )


def _profile_note(table: Table) -> ProfileNote:
    table.only(*NOTE_KEYS)
    return ProfileNote(text=table.text("text"), unless_known=table.text("unless_known"))


def check_schema(table: Table) -> None:
    """Raise InputError unless the document is of the schema that this version reads."""
    if table.get("schema", int, "a whole number") != SCHEMA:
        raise InputError("unknown schema.", where=table.place, remedy=f"This version reads schema {SCHEMA}.")


def read_settings(table: Table) -> dict[str, str]:
    """Return the settings of a trial; raises InputError for an unknown one or an unknown value."""
    table.only(*SETTINGS)
    found = {name: table.text(name) for name in table.values}
    for name, value in found.items():
        if value not in SETTINGS[name]:
            raise InputError(
                f"'{name}' is '{value}'.", where=table.place, remedy=f"Known: {', '.join(SETTINGS[name])}."
            )
    return found


def read_sources(table: Table) -> dict[str, str]:
    """Return the sources by name; raises InputError where one is no text or empty."""
    return {name: table.text(name) for name in table.values}


def parse_cases(table: Table) -> tuple[WorkedCase, ...]:
    """Return a document's worked cases: each `[[case]]`, then what each `[[limit]]` expands to."""
    entries: dict[str, dict[str, Any]] = {}
    cases = each(table.tables("case"), lambda item: _case(item, entries))
    limits = each(table.tables("limit"), lambda item: _limit_cases(item, entries))
    return cases + tuple(case for group in limits for case in group)


def _case(table: Table, earlier: dict[str, dict[str, Any]]) -> WorkedCase:
    """Build one worked case, and add its entries to the `earlier` ones that later cases may extend."""
    table.only(*CASE_KEYS)
    name = table.text("name")
    entries = _extended(table, earlier) | _entries(table.table("facts"))
    for fact in table.texts("without"):
        if entries.pop(fact, None) is None:
            raise InputError(f"there is no '{fact}' to leave out.")
    earlier[name] = entries
    return WorkedCase(
        name=name,
        entries=entries,
        expect=table.text("expect"),
        fails=table.texts("fails") if table.has("fails") else None,
        missing=table.texts("missing") if table.has("missing") else None,
    )


def _limit_cases(table: Table, earlier: Mapping[str, dict[str, Any]]) -> tuple[WorkedCase, ...]:
    """Build a worked case for each step of `at`: the case that it extends, with that value of the fact.

    A step is `[value, expected]` or `[value, expected, [ids that fail]]`.
    """
    table.only(*LIMIT_KEYS)
    fact = canonical_name(table.text("fact"))
    entries = _extended(table, earlier) | _entries(table.table("facts"))
    steps = table.get("at", list, "a list of [value, expected]")
    if not all(_is_step(step) for step in steps):
        raise InputError("'at' must be a list of [value, expected] or [value, expected, [fails]].")
    return tuple(
        WorkedCase(
            name=f"{table.text('extends')}, {fact} = {step[0]}",
            entries=entries | {fact: step[0]},
            expect=step[1],
            fails=tuple(step[2]) if len(step) > 2 else None,
        )
        for step in steps
    )


def _is_step(step: object) -> bool:
    if not isinstance(step, list) or len(step) not in (2, 3) or not isinstance(step[1], str):
        return False
    fails = step[2] if len(step) > 2 else []
    return isinstance(fails, list) and all(isinstance(name, str) for name in fails)


def _extended(table: Table, earlier: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    if not table.has("extends"):
        return {}
    name = table.text("extends")
    if name not in earlier:
        raise InputError(f"there is no earlier case '{name}' to extend.")
    return dict(earlier[name])


def _entries(table: Table) -> dict[str, Any]:
    return {canonical_name(name): entry for name, entry in flattened(table.values)}
