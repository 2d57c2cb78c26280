"""TOML tables -> Pool. A key that is not known is an error, always."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tissueclock.core.errors import InputError
from tissueclock.facts.case import CaseFacts, Fact
from tissueclock.protocol.load import check_schema, read_sources
from tissueclock.protocol.pooling.model import (
    OUTCOMES,
    Group,
    LeftOut,
    ListedStudy,
    Pool,
    PrintedPool,
    Recipe,
    Rule,
)
from tissueclock.protocol.results.load import EFFECT_KEYS, ORIGIN_KEYS, effect_of, origin_of, p_value_of
from tissueclock.protocol.results.parts import Design, Studied
from tissueclock.protocol.results.values import Counts, Kind, Measure, Printed, Role
from tissueclock.protocol.table import Table, each, errors_at

KEYS = (
    *("schema", "id", "title", "question", "treatment", "control", "outcomes", "measure", "cautions"),
    *("incomplete", "sources", "members", "group", "study", "left_out", "printed"),
)
STUDY_KEYS = ("id", "title", "year", "citation", "group", "design", "derived", "note", "counts", *ORIGIN_KEYS)
PRINTED_KEYS = ("name", "outcome", "percent", "method", "convention", "trials", "why")


def parse_pool(values: Mapping[str, Any], file: str, digest: str) -> Pool:
    """Build a pool from its TOML document (decimals as Decimal); `file` is named in errors.

    Raises InputError for an unknown or missing key, a wrong type, or a value that cannot be.
    """
    table = Table(values, file).only(*KEYS)
    check_schema(table)
    sources = read_sources(table.table("sources"))
    with errors_at(file):
        members = table.table("members").only("text", "trials", "studied", "takes", "refuses")
        return Pool(
            id=table.text("id"),
            title=table.text("title"),
            question=table.text("question"),
            arms=(table.text("treatment"), table.text("control")),
            outcomes=tuple(map(_outcome, table.texts("outcomes"))),
            measure=table.word("measure", Measure),
            members=members.text("text"),
            digest=digest,
            trials=members.texts("trials"),
            rule=_rule(members),
            groups=each(table.tables("group"), _group),
            studies=each(table.tables("study"), lambda item: _study(item, sources)),
            left_out=each(table.tables("left_out"), lambda item: _left_out(item, sources)),
            printed=each(table.tables("printed"), lambda item: _printed(item, sources)),
            cautions=table.texts("cautions"),
            incomplete=table.text("incomplete", ""),
            sources=sources,
        )


def _outcome(word: str) -> Kind:
    if word not in OUTCOMES:
        raise InputError(f"there is no outcome '{word}'.", remedy=f"Known: {', '.join(OUTCOMES)}.")
    return OUTCOMES[word]


def _rule(members: Table) -> Rule | None:
    if not any(members.has(key) for key in ("studied", "takes", "refuses")):
        return None
    with errors_at(members.place):
        return Rule(
            studied=members.word("studied", Studied),
            takes=_case(members.table("takes")),
            refuses=_case(members.table("refuses")),
        )


def _case(table: Table) -> CaseFacts:
    return CaseFacts.of(
        Fact(name=name, value=value, source="the rule of a pool") for name, value in table.values.items()
    )


def _group(table: Table) -> Group:
    table.only("name", "trials")
    return Group(name=table.text("name"), trials=table.texts("trials"))


def _study(table: Table, sources: Mapping[str, str]) -> ListedStudy:
    table.only(*STUDY_KEYS)
    counts = table.table("counts")
    return ListedStudy(
        id=table.text("id"),
        title=table.text("title"),
        year=table.get("year", int, "a year"),
        citation=table.text("citation"),
        group=table.text("group"),
        randomised=table.word("design", Design) is Design.RANDOMISED,
        counts={_outcome(word): _arms(counts.table(word)) for word in counts.values},
        origin=origin_of(table, sources),
        derived=table.has("derived") and table.get("derived", bool, "true or false"),
        note=table.text("note", ""),
    )


def _arms(table: Table) -> dict[Role, Counts]:
    table.only(*(role.value for role in Role))
    found = {}
    for role in Role:
        arm = table.table(role.value).only("events", "n")
        found[role] = Counts(arm.get("events", int, "a whole number"), arm.get("n", int, "a whole number"))
    return found


def _left_out(table: Table, sources: Mapping[str, str]) -> LeftOut:
    table.only("title", "reason", *ORIGIN_KEYS)
    return LeftOut(title=table.text("title"), reason=table.text("reason"), origin=origin_of(table, sources))


def _printed(table: Table, sources: Mapping[str, str]) -> PrintedPool:
    table.only(*PRINTED_KEYS, *EFFECT_KEYS, *ORIGIN_KEYS)
    return PrintedPool(
        name=table.text("name"),
        kind=_outcome(table.text("outcome")),
        origin=origin_of(table, sources),
        effect=effect_of(table),
        p=p_value_of(table) if table.has("p") else None,
        percents=_percents(table),
        recipe=_recipe(table),
        why=table.text("why", ""),
    )


def _percents(table: Table) -> tuple[Printed, ...]:
    given = table.get("percent", list, "a list of percentages") if table.has("percent") else []
    if any(isinstance(number, bool) or not isinstance(number, (int, Decimal)) for number in given):
        raise InputError("'percent' must be numbers.", remedy="Write them as printed, without quotes.")
    return tuple(given)


def _recipe(table: Table) -> Recipe | None:
    if not table.has("method"):
        return None
    return Recipe(
        method=table.text("method"), convention=table.text("convention"), trials=table.texts("trials")
    )
