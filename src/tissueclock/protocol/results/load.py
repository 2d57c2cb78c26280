"""TOML tables -> PublishedResults. A key that is not known is an error, always."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tissueclock.core.errors import InputError
from tissueclock.protocol.load import check_schema, read_sources
from tissueclock.protocol.load_conduct import source_of
from tissueclock.protocol.model import Confidence
from tissueclock.protocol.results.model import PublishedResults
from tissueclock.protocol.results.mrs import SEVEN_LEVELS, MrsTable
from tissueclock.protocol.results.parts import (
    Arm,
    Check,
    CopyWarning,
    Design,
    Discrepancy,
    Enrolment,
    Interaction,
    Outcome,
    SichDefinition,
    Stratum,
    Studied,
)
from tissueclock.protocol.results.values import (
    ArmResult,
    Counts,
    Effect,
    Kind,
    Measure,
    Origin,
    Printed,
    PValue,
    Role,
)
from tissueclock.protocol.table import Table, each, errors_at

KEYS = (
    *("schema", "trial", "citation", "design", "studied", "notes", "sources", "enrolment", "arm", "stratum"),
    *("outcome", "interaction", "discrepancy", "warning"),
)
ORIGIN_KEYS = ("confidence", "source", "place")
EFFECT_KEYS = ("measure", "estimate", "ci", "credible", "adjusted", "p")
OUTCOME_KEYS = (
    *("id", "kind", "definition", "after_h", "after_d", "stratum", "treatment", "control", "statistic"),
    *("derived", "sich_definition", "note", "less_certain", *EFFECT_KEYS, *ORIGIN_KEYS),
)
MEMORY = "memory"
"""The name of the source that is nobody's text; what rests on it is never `found`."""

_HOURS_A_DAY = 24
_P_VALUE = re.compile(r"(<|>)\s*(\d+(?:\.\d+)?)")


def parse_results(values: Mapping[str, Any], file: str, digest: str) -> PublishedResults:
    """Build a trial's results from their TOML document (decimals as Decimal); `file` is named in errors.

    Raises InputError for an unknown or missing key, a wrong type, a number that cannot be, or numbers that
    do not agree and no reason stated.
    """
    table = Table(values, file).only(*KEYS)
    check_schema(table)
    sources = read_sources(table.table("sources"))
    with errors_at(file):
        return PublishedResults(
            trial=table.text("trial"),
            citation=table.text("citation"),
            design=table.word("design", Design),
            studied=table.word("studied", Studied) if table.has("studied") else None,
            arms=each(table.tables("arm"), lambda item: _arm(item, sources)),
            digest=digest,
            sources=sources,
            enrolment=_enrolment(table.table("enrolment"), sources),
            strata=each(table.tables("stratum"), lambda item: _stratum(item, sources)),
            outcomes=each(table.tables("outcome"), lambda item: _outcome(item, sources)),
            interactions=each(table.tables("interaction"), lambda item: _interaction(item, sources)),
            discrepancies=each(table.tables("discrepancy"), _discrepancy),
            warnings=each(table.tables("warning"), _warning),
            notes=table.texts("notes"),
        )


def _arm(table: Table, sources: Mapping[str, str]) -> Arm:
    table.only("role", "name", "n", "mrs", *ORIGIN_KEYS)
    mrs = table.table("mrs")
    with errors_at(mrs.place):
        scale = _mrs(mrs, sources) if mrs.values else None
    return Arm(
        role=table.word("role", Role),
        name=table.text("name"),
        n=_whole(table, "n") if table.has("n") else None,
        mrs=scale,
        origin=origin_of(table, sources),
    )


def _mrs(table: Table, sources: Mapping[str, str]) -> MrsTable:
    table.only("n", "counts", "levels", "percent", "status", "doubt", *ORIGIN_KEYS)
    return MrsTable(
        n=_whole(table, "n"),
        counts=tuple(_whole_numbers(table, "counts")),
        levels=table.texts("levels") or SEVEN_LEVELS,
        percents=tuple(_numbers(table, "percent")),
        status=table.text("status"),
        doubt=table.text("doubt", ""),
        origin=origin_of(table, sources),
    )


def _enrolment(table: Table, sources: Mapping[str, str]) -> Enrolment | None:
    if not table.values:
        return None
    table.only("n", "text", *ORIGIN_KEYS)
    with errors_at(table.place):
        return Enrolment(n=_whole(table, "n"), text=table.text("text"), origin=origin_of(table, sources))


def _stratum(table: Table, sources: Mapping[str, str]) -> Stratum:
    roles = {role: role.value for role in Role}
    table.only("name", "by", "text", *roles.values(), "total", "percent", *ORIGIN_KEYS)
    return Stratum(
        name=table.text("name"),
        by=table.text("by"),
        text=table.text("text"),
        sizes={role: _whole(table, key) for role, key in roles.items() if table.has(key)},
        total=_whole(table, "total") if table.has("total") else None,
        percent=_optional(table, "percent"),
        origin=origin_of(table, sources),
    )


def _outcome(table: Table, sources: Mapping[str, str]) -> Outcome:
    table.only(*OUTCOME_KEYS)
    results = {role: table.table(role.value) for role in Role if table.has(role.value)}
    return Outcome(
        id=table.text("id"),
        kind=table.word("kind", Kind),
        definition=table.text("definition"),
        after_h=_after_h(table),
        stratum=table.text("stratum", ""),
        results={role: _arm_result(item) for role, item in results.items()},
        statistic=table.text("statistic", ""),
        effect=effect_of(table),
        p=p_value_of(table) if table.has("p") else None,
        derived=table.has("derived") and table.get("derived", bool, "true or false"),
        sich_definition=table.word("sich_definition", SichDefinition)
        if table.has("sich_definition")
        else None,
        note=table.text("note", ""),
        origin=origin_of(table, sources),
    )


def _arm_result(table: Table) -> ArmResult:
    table.only("events", "n", "percent", "value")
    with errors_at(table.place):
        if table.has("events") != table.has("n"):
            raise InputError("'events' and 'n' go together.", remedy="Give both, or the percentage alone.")
        counts = Counts(_whole(table, "events"), _whole(table, "n")) if table.has("n") else None
        return ArmResult(counts=counts, percent=_optional(table, "percent"), value=_optional(table, "value"))


def effect_of(table: Table) -> Effect | None:
    """Return the effect of a table with the keys of an outcome; None where it has no measure."""
    if not table.has("measure"):
        for key in ("estimate", "ci", "credible", "adjusted"):
            if table.has(key):
                raise InputError(f"'{key}' without a measure.", remedy="Add 'measure'.")
        return None
    limits = tuple(_numbers(table, "ci"))
    if table.has("ci") and len(limits) != 2:
        raise InputError("'ci' must be two numbers.", remedy="The lower limit, then the upper one.")
    return Effect(
        measure=table.word("measure", Measure),
        estimate=_optional(table, "estimate"),
        interval=(limits[0], limits[1]) if limits else None,
        adjusted=table.get("adjusted", bool, "true or false") if table.has("adjusted") else None,
        credible=table.has("credible") and table.get("credible", bool, "true or false"),
    )


def _interaction(table: Table, sources: Mapping[str, str]) -> Interaction:
    table.only("kind", "strata", "note", *EFFECT_KEYS, *ORIGIN_KEYS)
    return Interaction(
        kind=table.word("kind", Kind),
        strata=table.texts("strata"),
        p=p_value_of(table),
        effect=effect_of(table),
        note=table.text("note", ""),
        origin=origin_of(table, sources),
    )


def _discrepancy(table: Table) -> Discrepancy:
    table.only("outcome", "check", "arms", "reason")
    known = {role.value: role for role in Role}
    for name in table.texts("arms"):
        if name not in known:
            raise InputError(f"there is no arm '{name}'.", remedy=f"Known: {', '.join(known)}.")
    return Discrepancy(
        outcome=table.text("outcome"),
        check=table.word("check", Check),
        arms=tuple(known[name] for name in table.texts("arms")),
        reason=table.text("reason"),
    )


def _warning(table: Table) -> CopyWarning:
    table.only("where", "problem", "check")
    return CopyWarning(where=table.text("where"), problem=table.text("problem"), check=table.text("check"))


def origin_of(table: Table, sources: Mapping[str, str]) -> Origin:
    """Return where the numbers of a table were read, and how surely."""
    confidence = table.word("confidence", Confidence)
    if confidence is Confidence.FOUND and table.text("source") == MEMORY:
        raise InputError("what rests on memory is not 'found'.", remedy="Name what was read, or 'recalled'.")
    parts = table.table("less_certain")
    return Origin(
        confidence=confidence,
        source=source_of(table, sources),
        place=table.text("place", ""),
        less_certain={part: parts.word(part, Confidence) for part in parts.values},
    )


def p_value_of(table: Table) -> PValue:
    """Return the p-value of a table, a number or `"<0.001"`."""
    given = table.values.get("p")
    if not isinstance(given, str):
        return PValue("=", _number(table, "p"))
    match = _P_VALUE.fullmatch(given.strip())
    if match is None:
        raise InputError(f"the p-value '{given}'.", remedy="Write 0.04, or '<0.001'.")
    return PValue(match[1], Decimal(match[2]))


def _after_h(table: Table) -> Printed | None:
    if table.has("after_h") and table.has("after_d"):
        raise InputError("'after_h' and 'after_d' are both given.", remedy="Keep one of them.")
    if table.has("after_d"):
        return _number(table, "after_d") * _HOURS_A_DAY
    return _optional(table, "after_h")


def _optional(table: Table, key: str) -> Printed | None:
    return _number(table, key) if table.has(key) else None


def _number(table: Table, key: str) -> Printed:
    return _printed(table.values.get(key), key)


def _numbers(table: Table, key: str) -> list[Printed]:
    given = table.get(key, list, "a list of numbers") if table.has(key) else []
    return [_printed(number, key) for number in given]


def _printed(value: object, key: str) -> Printed:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise InputError(f"'{key}' must be a number.", remedy="Write it as printed, without quotes.")
    return value


def _whole(table: Table, key: str) -> int:
    return table.get(key, int, "a whole number")


def _whole_numbers(table: Table, key: str) -> list[int]:
    numbers = _numbers(table, key)
    whole = [number for number in numbers if isinstance(number, int)]
    if len(whole) != len(numbers):
        raise InputError(f"'{key}' must be whole numbers.", remedy="Percentages belong in 'percent'.")
    return whole
