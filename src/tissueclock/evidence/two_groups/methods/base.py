"""What an interval method of two groups is, and the registry of its families."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from tissueclock.core.errors import InternalError, UsageError
from tissueclock.core.registry import ModuleRegistry
from tissueclock.evidence.two_groups.measure import Limits, Measure
from tissueclock.evidence.two_groups.table import Cells


def never(cells: Cells) -> bool:
    """Return False: a method that needs no correction of zero cells."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One interval method of one measure.

    `limits(cells, z)` gets the cells and the normal quantile of the level. `corrected` says that rules about
    zero cells apply, and `needs(cells)` that this table cannot do without. `aliases` are other names of it.
    """

    name: str
    measure: Measure
    title: str
    source: str
    limits: Callable[[Cells, float], Limits]
    corrected: bool = False
    needs: Callable[[Cells], bool] = never
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Family:
    """The methods that one file holds."""

    name: str
    methods: tuple[Method, ...] = field(default_factory=tuple)


FAMILIES: ModuleRegistry[Family] = ModuleRegistry(
    "family of interval methods", "tissueclock.evidence.two_groups.methods", "FAMILY"
)

DEFAULT: Mapping[Measure, str] = MappingProxyType(
    {Measure.RR: "katz", Measure.OR: "woolf", Measure.RD: "wald"}
)
"""The method of a measure that is not asked for by name: what papers print most."""


@cache
def methods_of(measure: Measure) -> Mapping[str, Method]:
    """Return name -> method of one measure, sorted by name; raises InternalError for a name given twice."""
    found: dict[str, Method] = {}
    for family in FAMILIES.entries().values():
        for method in family.methods:
            if method.measure is measure:
                _refuse_twice(found, method)
                found[method.name] = method
    return MappingProxyType(dict(sorted(found.items())))


def _refuse_twice(found: Mapping[str, Method], method: Method) -> None:
    taken = {name for other in found.values() for name in (other.name, *other.aliases)}
    if taken & {method.name, *method.aliases}:
        raise InternalError(f"two methods of {method.measure.value} are called '{method.name}'.")


def method(measure: Measure, name: str | None) -> Method:
    """Return a method of a measure by name or alias, None for its default.

    Raises UsageError with the names that this measure knows.
    """
    known = methods_of(measure)
    wanted = DEFAULT[measure] if name is None else name
    for item in known.values():
        if wanted == item.name or wanted in item.aliases:
            return item
    raise UsageError(
        f"there is no method '{wanted}' of the {measure.words} ({measure.value}).",
        remedy=f"Known: {', '.join(known)}.",
    )
