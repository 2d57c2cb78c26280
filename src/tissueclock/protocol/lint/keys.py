"""Checks of keys and plain values: known, given, of the right type, not empty."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from tissueclock.core.errors import InputError
from tissueclock.protocol import load, load_conduct, load_guideline
from tissueclock.protocol.guideline import Grading, Treatment, View
from tissueclock.protocol.lint.draft import Draft
from tissueclock.protocol.lint.finding import Check, Level, Spot, name_in, spot_of
from tissueclock.protocol.model import Confidence, CriterionKind, Role
from tissueclock.protocol.table import Table

_TRIAL_TEXTS = ("id", "title", "registration", "citation", "intervention", "primary_endpoint", "imaging_note")
_PROFILE_TEXTS = ("id", "title", "citation", "source")
_GUIDELINE_TEXTS = ("id", "title", "issuer", "version", "citation")
_RECOMMENDATION_TEXTS = ("id", "text", "class", "level", "source", "place")
_CRITERION_TEXTS = ("id", "text", "source", "place")


def unknown_keys(draft: Draft) -> Iterator[Spot]:
    """Yield every key that the format does not have."""
    for table, known in _tables(draft):
        for key in table.values:
            if key not in known:
                remedy = f"Known: {', '.join(known)}."
                yield Spot(path=_inside(table, key), found=f"unknown key '{key}'.", remedy=remedy)


def missing_keys(draft: Draft) -> Iterator[Spot]:
    """Yield every key that has to be there and is not: source, place, confidence, date and the rest."""
    for table, key, _ in _required(draft):
        if not table.has(key):
            yield Spot(path=table.path, found=f"the key '{key}' is missing.", remedy="Add it.")


def wrong_values(draft: Draft) -> Iterator[Spot]:
    """Yield every plain value of a wrong type, out of its words, or empty."""
    for table, key, read in _required(draft):
        if table.has(key):
            yield from _refusal(read, _inside(table, key))
    for table in draft.tables("criterion"):
        yield from _refusal(partial(table.word, "role", Role, Role.GATE), f"{table.path}.role")
    for table in draft.tables("recommendation"):
        if table.has("grade_confidence"):
            read = partial(table.word, "grade_confidence", Confidence)
            yield from _refusal(read, f"{table.path}.grade_confidence")
    for key in ("bottom_line", "unread"):
        if draft.table.has(key):
            yield from _refusal(partial(draft.table.text, key), key)
    yield from _refusal(lambda: load.read_settings(draft.table.table("settings")), "settings")
    yield from _refusal(lambda: load.read_sources(draft.table.table("sources")), "sources")


def empty_texts(draft: Draft) -> Iterator[Spot]:
    """Yield every empty text in a list of texts."""
    for table in (draft.table, *draft.tables("case")):
        for key in ("arms", "notes", "criticisms", "requires", "without", "fails", "missing"):
            found = table.values.get(key)
            if isinstance(found, list) and any(isinstance(text, str) and not text.strip() for text in found):
                yield Spot(
                    path=_inside(table, key), found=f"'{key}' holds an empty text.", remedy="Take it out."
                )


def unknown_sources(draft: Draft) -> Iterator[Spot]:
    """Yield every criterion or recommendation whose source is not listed under `[sources]`."""
    sources = _mapping(draft.table, "sources")
    for table in _sourced(draft):
        source = table.values.get("source")
        if isinstance(source, str) and source.strip() and source not in sources:
            yield Spot(
                path=f"{table.path}.source",
                found=f"there is no source '{source}'.",
                remedy=f"List it under [sources], or use one of: {', '.join(sources)}.",
            )


def wrong_conduct(draft: Draft) -> Iterator[Spot]:
    """Yield the first thing that is wrong with each table that says how the trial was run."""
    if _is_table(draft.table, "randomisation"):
        table, sources = (
            draft.table.table("randomisation"),
            dict.fromkeys(_mapping(draft.table, "sources"), ""),
        )
        yield from _refusal(partial(load_conduct.parse_randomisation, table, sources), "randomisation")
    for key, parse in (
        ("visit", load_conduct.parse_visit),
        ("version", load_conduct.parse_version),
        ("reading", load_conduct.parse_reading),
        ("predicate", load_conduct.parse_predicate),
    ):
        for table in draft.tables(key):
            yield from _refusal(partial(parse, table), table.path)


def unused_sources(draft: Draft) -> Iterator[Spot]:
    """Yield every source that nothing rests on."""
    used = [table.values.get("source") for table in _sourced(draft)]
    if _is_table(draft.table, "randomisation"):
        used.append(draft.table.table("randomisation").values.get("source"))
    for name in _mapping(draft.table, "sources"):
        if name not in used:
            yield Spot(
                path=f"sources.{name}",
                found=f"nothing rests on the source '{name}'.",
                remedy="Take it out, or name it where it was read.",
            )


_Required = tuple[Table, str, Callable[[], object]]


def _required(draft: Draft) -> Iterator[_Required]:
    """Yield (table, key, how it is read) of every key that has to be there."""
    top = draft.table
    yield top, "schema", partial(load.check_schema, top)
    if draft.is_guideline:
        yield from _required_of_guideline(top)
    elif draft.is_profile:
        yield from _texts(top, _PROFILE_TEXTS)
        yield from _texts(top.table("otherwise") if _is_table(top, "otherwise") else top, ("label", "text"))
    else:
        yield from _texts(top, _TRIAL_TEXTS)
        yield top, "as_of", partial(top.day, "as_of")
        yield top, "sources", partial(top.table, "sources")
        yield top, "criterion", partial(top.tables, "criterion")
    for table in draft.tables("criterion"):
        yield from _required_of_criterion(table)
    for table in draft.tables("recommendation"):
        yield from _required_of_recommendation(table)
    for table in draft.tables("class"):
        yield from _texts(table, ("label", "text"))
        yield table, "rule", partial(table.table, "rule")
    for leaf in draft.leaves():
        yield from _texts(leaf, ("fact", "op"))
        yield leaf, "value", partial(leaf.values.get, "value")
    for table in draft.tables("note"):
        yield from _texts(table, ("text", "unless_known"))
    for table in draft.tables("case"):
        yield from _texts(table, ("name", "expect"))
    for table in draft.tables("limit"):
        yield from _texts(table, ("fact", "extends"))
        yield table, "at", partial(table.get, "at", list, "a list of [value, expected]")


def _required_of_criterion(table: Table) -> Iterator[_Required]:
    yield from _texts(table, _CRITERION_TEXTS)
    yield table, "kind", partial(table.word, "kind", CriterionKind)
    yield table, "confidence", partial(table.word, "confidence", Confidence)
    yield table, "rule", partial(table.table, "rule")


def _required_of_guideline(top: Table) -> Iterator[_Required]:
    yield top, "kind", partial(load_guideline.check_kind, top)
    yield from _texts(top, _GUIDELINE_TEXTS)
    yield top, "date", partial(top.day, "date")
    yield top, "grading", partial(top.word, "grading", Grading)
    yield top, "sources", partial(top.table, "sources")
    yield top, "recommendation", partial(top.tables, "recommendation")


def _required_of_recommendation(table: Table) -> Iterator[_Required]:
    yield from _texts(table, _RECOMMENDATION_TEXTS)
    yield table, "treatment", partial(table.word, "treatment", Treatment)
    yield table, "view", partial(table.word, "view", View)
    yield table, "confidence", partial(table.word, "confidence", Confidence)
    yield table, "rule", partial(table.table, "rule")


def _sourced(draft: Draft) -> tuple[Table, ...]:
    return (*draft.tables("criterion"), *draft.tables("recommendation"))


def _texts(table: Table, keys: tuple[str, ...]) -> Iterator[_Required]:
    for key in keys:
        yield table, key, partial(table.text, key)


def _tables(draft: Draft) -> Iterator[tuple[Table, tuple[str, ...]]]:
    """Yield every table of the format with the keys that it may have."""
    yield draft.table, _top_keys(draft)
    for key, known in (
        ("criterion", load.CRITERION_KEYS),
        ("recommendation", load_guideline.RECOMMENDATION_KEYS),
        ("class", load.CLASS_KEYS),
        ("note", load.NOTE_KEYS),
        ("case", load.CASE_KEYS),
        ("limit", load.LIMIT_KEYS),
    ):
        for table in draft.tables(key):
            yield table, known
    if _is_table(draft.table, "otherwise"):
        yield draft.table.table("otherwise"), load.OTHERWISE_KEYS
    for rule in draft.rules():
        yield rule, next(((key,) for key in ("all", "any") if rule.has(key)), load.LEAF_KEYS)


def _top_keys(draft: Draft) -> tuple[str, ...]:
    if draft.is_guideline:
        return load_guideline.GUIDELINE_KEYS
    return load.PROFILE_KEYS if draft.is_profile else load.TRIAL_KEYS


def _refusal(read: Callable[[], object], path: str) -> Iterator[Spot]:
    try:
        read()
    except InputError as error:
        word = name_in(error.found) if path in ("settings", "sources") else ""
        yield spot_of(InputError(error.found, remedy=error.remedy), path, word)


def _inside(table: Table, key: str) -> str:
    return f"{table.path}.{key}" if table.path else key


def _is_table(table: Table, key: str) -> bool:
    return isinstance(table.values.get(key), Mapping)


def _mapping(table: Table, key: str) -> tuple[str, ...]:
    found = table.values.get(key)
    return tuple(found) if isinstance(found, Mapping) else ()


CHECKS: tuple[Check[Draft], ...] = (
    Check(
        id="unknown-key",
        level=Level.ERROR,
        sentence="Every key is one that the format has.",
        run=unknown_keys,
    ),
    Check(
        id="missing-key",
        level=Level.ERROR,
        sentence="Every key that has to be there is: source, place, confidence, date and the rest.",
        run=missing_keys,
    ),
    Check(
        id="wrong-value",
        level=Level.ERROR,
        sentence="Every plain value has its type, is one of its words, and is not empty.",
        run=wrong_values,
    ),
    Check(
        id="empty-text", level=Level.ERROR, sentence="No list of texts holds an empty one.", run=empty_texts
    ),
    Check(
        id="unknown-source",
        level=Level.ERROR,
        sentence="Every criterion rests on a source that is listed.",
        run=unknown_sources,
    ),
    Check(
        id="wrong-conduct",
        level=Level.ERROR,
        sentence="Randomisation, visits, versions, readings and predicates have their keys, rightly filled.",
        run=wrong_conduct,
    ),
    Check(
        id="unused-source",
        level=Level.WARNING,
        sentence="Every source that is listed is one that something rests on.",
        run=unused_sources,
    ),
)
