"""A file under the linter: its tables as they stand, and what it means where the loader accepts it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tissueclock.facts.case import CaseFacts
from tissueclock.protocol.guideline import Guideline, Recommendation
from tissueclock.protocol.model import Criterion, ProfileClass, ProfileDefinition, Protocol
from tissueclock.protocol.rule import Rule
from tissueclock.protocol.table import Table

Definition = Protocol | ProfileDefinition | Guideline


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a definition says of a case: a decision, a class or what applies; what fails; what is missing."""

    label: str
    fails: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


Judge = Callable[[Definition, CaseFacts], Answer]
"""How worked cases are answered. The layer that can lies above this one, so it is handed in."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A document as it was typed; nothing about it is known to be right."""

    table: Table

    @property
    def is_guideline(self) -> bool:
        """Whether the file holds recommendations."""
        return self.table.has("kind") or self.table.has("recommendation")

    @property
    def is_profile(self) -> bool:
        """Whether the file describes classes of tissue; if it is no guideline either, it is a trial."""
        return not self.is_guideline and (self.table.has("class") or self.table.has("otherwise"))

    @property
    def settings(self) -> Mapping[str, str]:
        """The settings that are texts."""
        return MappingProxyType(
            {name: value for name, value in _table(self.table, "settings").items() if isinstance(value, str)}
        )

    def tables(self, key: str) -> tuple[Table, ...]:
        """Return the tables of an array, those that are tables; their places count from 1."""
        found = self.table.values.get(key)
        items = found if isinstance(found, list) else []
        return tuple(
            Table(item, self.table.file, f"{key}[{index}]")
            for index, item in enumerate(items, start=1)
            if isinstance(item, Mapping)
        )

    def rules(self) -> Iterator[Table]:
        """Yield every rule at any depth: combinations and comparisons."""
        for item in (item for key in ("criterion", "class", "recommendation") for item in self.tables(key)):
            for key in ("rule", "applies_when"):
                if isinstance(item.values.get(key), Mapping):
                    yield from _rules(item.table(key))

    def leaves(self) -> Iterator[Table]:
        """Yield every comparison of every rule."""
        return (rule for rule in self.rules() if not (rule.has("all") or rule.has("any")))


@dataclass(frozen=True, slots=True)
class Part:
    """One criterion, class or recommendation with its place in the file."""

    path: str
    item: Criterion | ProfileClass | Recommendation

    @property
    def name(self) -> str:
        """The id of the criterion or recommendation, or the label of the class."""
        return self.item.label if isinstance(self.item, ProfileClass) else self.item.id

    @property
    def rules(self) -> tuple[tuple[str, Rule], ...]:
        """The rules with their places: the statement itself, and when it applies."""
        rules = [(f"{self.path}.rule", self.item.rule)]
        if isinstance(self.item, Criterion) and self.item.applies_when is not None:
            rules.append((f"{self.path}.applies_when", self.item.applies_when))
        return tuple(rules)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A document that the loader accepts, and who answers its worked cases."""

    table: Table
    definition: Definition
    judge: Judge

    @property
    def parts(self) -> tuple[Part, ...]:
        """The criteria, classes or recommendations, in the order of the file."""
        key, items = _listed(self.definition)
        return tuple(Part(f"{key}[{number}]", item) for number, item in enumerate(items, 1))

    @property
    def gates(self) -> tuple[Part, ...]:
        """The criteria of a trial that decide for every patient: gates that always apply."""
        return tuple(
            part
            for part in self.parts
            if isinstance(part.item, Criterion)
            and part.item.role.value == "gate"
            and part.item.applies_when is None
        )

    def case_paths(self) -> tuple[str, ...]:
        """Return the place of each worked case, in the order of `definition.cases`."""
        cases = [f"case[{number}]" for number in range(1, len(self.table.tables("case")) + 1)]
        limits = [item.path for item in self.table.tables("limit") for _ in item.get("at", list, "a list")]
        return (*cases, *limits)


def _listed(definition: Definition) -> tuple[str, Sequence[Criterion | ProfileClass | Recommendation]]:
    """Return the key under which a document lists what it defines, and the items."""
    if isinstance(definition, Protocol):
        return "criterion", definition.criteria
    if isinstance(definition, Guideline):
        return "recommendation", definition.recommendations
    return "class", definition.classes


def _table(table: Table, key: str) -> Mapping[str, Any]:
    found = table.values.get(key)
    return found if isinstance(found, Mapping) else MappingProxyType({})


def _rules(rule: Table) -> Iterator[Table]:
    yield rule
    for key in ("all", "any"):
        branches = rule.values.get(key)
        for index, branch in enumerate(branches if isinstance(branches, list) else [], start=1):
            if isinstance(branch, Mapping):
                yield from _rules(Table(branch, rule.file, f"{rule.path}.{key}[{index}]"))
