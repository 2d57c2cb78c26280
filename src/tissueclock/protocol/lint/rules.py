"""Checks of criteria and of the comparisons in their rules, as typed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from tissueclock.core.errors import InputError
from tissueclock.facts.units import unit_spelled
from tissueclock.facts.vocabulary import definition_of, judgement_parts, vocabulary
from tissueclock.protocol.guideline import Recommendation
from tissueclock.protocol.lint.draft import Draft, Loaded
from tissueclock.protocol.lint.finding import Check, Level, Spot, spot_of
from tissueclock.protocol.lint.ranges import limits
from tissueclock.protocol.load import LEAF_KEYS, OPERATORS, filled, parse_rule
from tissueclock.protocol.model import Confidence, Criterion
from tissueclock.protocol.rule import leaves
from tissueclock.protocol.table import Table

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MEMORY = re.compile(r"\b(memory|recall(ed)?|remember(ed)?|not read)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[ \u202f]\d{3})*(?:\.\d+)?")
_QUANTITY = re.compile(rf"({_NUMBER.pattern})[ \u202f]?([A-Za-z%][A-Za-z/%0-9]*)?")
_SCALES = (1, 100, 1000)
"""0.7 may be said as 70 %, 50 x 10^9/L as 50 000 per microlitre."""


def unknown_facts(draft: Draft) -> Iterator[Spot]:
    """Yield every name in a rule that the vocabulary does not have."""
    for leaf in draft.leaves():
        name = _fact(draft, leaf)
        if name is None or not name.strip():
            continue
        try:
            definition_of(name)
        except InputError as error:
            yield spot_of(error, leaf.path, str(leaf.values["fact"]))


def unknown_operators(draft: Draft) -> Iterator[Spot]:
    """Yield every operator that rules do not have."""
    for leaf in draft.leaves():
        operator = leaf.values.get("op")
        if operator is not None and operator not in OPERATORS:
            known = ", ".join(OPERATORS)
            yield Spot(
                path=leaf.path,
                found=f"unknown operator '{operator}'.",
                remedy=f"Known: {known}.",
                word=str(operator),
            )


def wrong_limits(draft: Draft) -> Iterator[Spot]:
    """Yield every comparison that its fact cannot satisfy: implausible, upside down, of another type."""
    for leaf in draft.leaves():
        name = _fact(draft, leaf)
        whole = leaf.has("value") and leaf.values.get("op") in OPERATORS
        if name is None or not _exists(name) or not whole:
            continue  # other checks say so
        try:
            parse_rule(replace(leaf, values={key: leaf.values[key] for key in LEAF_KEYS}), draft.settings)
        except InputError as error:
            unit = definition_of(name).unit
            spot = spot_of(error, leaf.path, str(leaf.values["fact"]))
            told = f" The vocabulary's unit is {unit}." if unit else ""
            yield replace(spot, remedy=f"{spot.remedy}{told}")


def empty_branches(draft: Draft) -> Iterator[Spot]:
    """Yield every `all` or `any` that combines nothing."""
    for rule in draft.rules():
        for key in ("all", "any"):
            if rule.has(key) and not rule.values[key]:
                yield Spot(path=rule.path, found=f"'{key}' has no branch.", remedy="List what it combines.")


def foreign_judgements(draft: Draft) -> Iterator[Spot]:
    """Yield every judgement that a criterion reads but that is another one's; recommendations have none."""
    trial = draft.table.values.get("id")
    for leaf in draft.leaves():
        read = _fact(draft, leaf)
        if leaf.path.startswith("recommendation") and read is not None and judgement_parts(read):
            yield Spot(
                path=leaf.path,
                found=f"a recommendation reads the judgement '{read}'.",
                remedy="Judgements belong to trials: read a fact of the vocabulary.",
                word=read,
            )
    for table in draft.tables("criterion"):
        own = (trial, table.values.get("id"))
        for leaf in Draft(Table({"criterion": [table.values]}, table.file)).leaves():
            name = _fact(draft, leaf)
            if name is not None and judgement_parts(name) not in (None, own):
                yield Spot(
                    path=table.path,
                    found=f"it reads the judgement '{name}', which is another criterion's.",
                    remedy=f"Its own one is judgement.{own[0]}.{own[1]}.",
                    word=name,
                )


def duplicate_ids(draft: Draft) -> Iterator[Spot]:
    """Yield every id, class or name of a worked case that is given a second time."""
    for key, field in (("criterion", "id"), ("recommendation", "id"), ("class", "label"), ("case", "name")):
        seen: Counter[str] = Counter()
        for table in draft.tables(key):
            name = table.values.get(field)
            if isinstance(name, str):
                seen[name] += 1
            if isinstance(name, str) and seen[name] == 2:
                yield Spot(
                    path=f"{table.path}.{field}",
                    found=f"the {field} '{name}' is given twice.",
                    remedy="Rename one of them.",
                )


def odd_ids(draft: Draft) -> Iterator[Spot]:
    """Yield every id that is not lower-case words with hyphens, or not the name of the file."""
    own = draft.table.values.get("id")
    stem = draft.table.file.rpartition("/")[2].removesuffix(".toml")
    if isinstance(own, str) and own.strip() and own != stem:
        yield Spot(
            path="id", found=f"its id is '{own}', its file '{stem}'.", remedy="Name the file as the id."
        )
    for table in (draft.table, *draft.tables("criterion"), *draft.tables("recommendation")):
        name = table.values.get("id")
        if isinstance(name, str) and name.strip() and not _ID.fullmatch(name):
            yield Spot(
                path=f"{table.path}.id" if table.path else "id",
                found=f"the id '{name}' is not lower-case letters and digits with hyphens between.",
                remedy="Spell it so: judgements are named by it.",
            )


def same_rules(file: Loaded) -> Iterator[Spot]:
    """Yield every criterion that says the same as an earlier one."""
    seen: dict[tuple[object, ...], str] = {}
    for part in file.parts:
        item = part.item
        key: tuple[object, ...] = (item.rule,)
        if isinstance(item, Criterion):
            key = (item.rule, item.kind, item.role, item.applies_when)
        if isinstance(item, Recommendation):
            key = (item.rule, item.treatment)
        if seen.setdefault(key, part.name) != part.name:
            yield Spot(
                path=part.path,
                found=f"its rule is that of '{seen[key]}'.",
                remedy="Take one of them out, or correct the rule.",
            )


def unmarked_memory(file: Loaded) -> Iterator[Spot]:
    """Yield every criterion that is called found but rests on memory."""
    for part in file.parts:
        item = part.item
        if (
            isinstance(item, (Criterion, Recommendation))
            and item.confidence is Confidence.FOUND
            and _MEMORY.search(item.source)
        ):
            yield Spot(
                path=f"{part.path}.confidence",
                found=f"it is called found, and its source is '{item.source}'.",
                remedy="Mark it recalled, or name what was read.",
            )


def texts_without_limit(file: Loaded) -> Iterator[Spot]:
    """Yield every limit that the words of its criterion do not mention."""
    for part in file.parts:
        said = {_as_number(match.group()) for match in _NUMBER.finditer(part.item.text)}
        for leaf in limits(leaves(part.item.rule)):
            for limit in leaf.limits:
                if limit != 0 and not {limit * scale for scale in _SCALES} & said:
                    yield Spot(
                        path=f"{part.path}.text",
                        found=f"its words do not mention the limit {limit} of its rule.",
                        remedy="Say it in the unit of the vocabulary too, or correct the limit.",
                    )


def texts_in_another_unit(file: Loaded) -> Iterator[Spot]:
    """Yield every limit that the words of its criterion mention only in another unit than its fact's."""
    for part in file.parts:
        matches = _QUANTITY.finditer(part.item.text)
        said = [(_as_number(match[1]), unit_spelled(match[2]) if match[2] else None) for match in matches]
        for leaf in limits(leaves(part.item.rule)):
            unit = definition_of(leaf.fact).unit
            for limit in leaf.limits:
                units = {written for number, written in said if number == limit}
                if units and not units & {unit, None}:
                    yield Spot(
                        path=f"{part.path}.text",
                        found=f"its words say {limit} {units.pop()}; {leaf.fact} is in {unit or 'no unit'}.",
                        remedy="Convert the limit, or read the fact of that unit.",
                    )


def texts_with_a_full_stop(file: Loaded) -> Iterator[Spot]:
    """Yield every criterion whose words end like a sentence of their own."""
    for part in file.parts:
        if part.item.text.endswith("."):
            yield Spot(
                path=f"{part.path}.text",
                found="its words end with a full stop.",
                remedy="Take it off: others continue the line.",
            )


def _fact(draft: Draft, leaf: Table) -> str | None:
    name = leaf.values.get("fact")
    return filled(name, draft.settings) if isinstance(name, str) else None


def _exists(name: str) -> bool:
    return name in vocabulary() or judgement_parts(name) is not None


def _as_number(text: str) -> Decimal:
    return Decimal(re.sub(r"\s", "", text)).normalize()


CHECKS: tuple[Check[Draft], ...] = (
    Check(
        id="unknown-fact",
        level=Level.ERROR,
        sentence="Every fact in a rule is in the vocabulary.",
        run=unknown_facts,
    ),
    Check(
        id="unknown-operator",
        level=Level.ERROR,
        sentence="Every operator is one that rules have.",
        run=unknown_operators,
    ),
    Check(
        id="wrong-limit",
        level=Level.ERROR,
        sentence="Every limit is plausible for its fact in the vocabulary's unit; the lower one is first.",
        run=wrong_limits,
    ),
    Check(
        id="empty-branches",
        level=Level.ERROR,
        sentence="Every 'all' and 'any' has a branch.",
        run=empty_branches,
    ),
    Check(
        id="foreign-judgement",
        level=Level.ERROR,
        sentence="A criterion reads no judgement but its own.",
        run=foreign_judgements,
    ),
    Check(
        id="duplicate-id",
        level=Level.ERROR,
        sentence="Every criterion, class and worked case has a name of its own.",
        run=duplicate_ids,
    ),
    Check(
        id="odd-id",
        level=Level.ERROR,
        sentence="Ids are lower-case words with hyphens; the file has the name of its id.",
        run=odd_ids,
    ),
)

MEANING_CHECKS: tuple[Check[Loaded], ...] = (
    Check(id="same-rule", level=Level.ERROR, sentence="No two criteria say the same.", run=same_rules),
    Check(
        id="unmarked-memory",
        level=Level.ERROR,
        sentence="A criterion that rests on memory is marked recalled.",
        run=unmarked_memory,
    ),
    Check(
        id="text-without-limit",
        level=Level.WARNING,
        sentence="The words of a criterion mention the limits of its rule.",
        run=texts_without_limit,
    ),
    Check(
        id="text-in-another-unit",
        level=Level.ERROR,
        sentence="The words of a criterion do not give its limit in another unit than the vocabulary's.",
        run=texts_in_another_unit,
    ),
    Check(
        id="full-stop",
        level=Level.WARNING,
        sentence="The words of a criterion do not end with a full stop.",
        run=texts_with_a_full_stop,
    ),
)
