"""One entry of a facts file: a name with a value, or with a table of value, unit, interval and the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tissueclock.core.errors import InputError
from tissueclock.core.exact import exact
from tissueclock.facts.case import CaseFacts, Fact
from tissueclock.facts.clock import PREFIX, with_clock
from tissueclock.facts.definition import FactDefinition, FactValue, Kind
from tissueclock.facts.exports import ExportName
from tissueclock.facts.units import factor_between, unit_spelled
from tissueclock.facts.vocabulary import canonical_word, definition_of, resolved

ENTRY_KEYS = (
    "value",
    "unit",
    "interval",
    "source",
    "reason",
    "infinite",
    "observed_at",
    "withheld",
    "withheld_by",
)


def case_from_table(table: Mapping[str, Any], source: str) -> CaseFacts:
    """Build a case from a mapping of fact name (or synonym) to a value or `{value, unit, interval, ...}`.

    Numbers are int or Decimal, so that they keep their digits; None is unknown. `judgement` may be nested
    (`[judgement.trial]`), as TOML reads dotted names, and so may the moments of `clock`. Facts without a
    source of their own get `source`.
    Raises InputError for an unknown name, a wrong type or unit, an implausible value or a name given twice.
    """
    return case_from_entries(flattened(table), source)


def case_from_entries(entries: Iterable[tuple[str, Any]], source: str) -> CaseFacts:
    """Build a case from (name, value or table) pairs; as `case_from_table`."""
    given = tuple(entries)
    moments = {name.removeprefix(PREFIX): entry for name, entry in given if name.startswith(PREFIX)}
    case = CaseFacts.of(_fact(name, entry, source) for name, entry in given if not name.startswith(PREFIX))
    return with_clock(case, moments)


def flattened(table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield (name, entry) with nested judgements and moments as one dotted name each."""
    for name, entry in table.items():
        if name == "judgement" and isinstance(entry, Mapping):
            yield from _judgements(entry)
        elif name == "clock" and isinstance(entry, Mapping):
            yield from ((f"{PREFIX}{moment}", value) for moment, value in entry.items())
        else:
            yield name, entry


def _judgements(trials: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for trial, criteria in trials.items():
        if not isinstance(criteria, Mapping):
            raise InputError(
                "'judgement' needs a trial and a criterion: judgement.<trial>.<criterion> = true."
            )
        for criterion, entry in criteria.items():
            yield f"judgement.{trial}.{criterion}", entry


def _fact(written: str, entry: Any, source: str) -> Fact:
    meant = resolved(written)
    name = meant.fact
    definition = definition_of(name)
    table = entry if isinstance(entry, Mapping) else {"value": entry}
    _check_table(name, table)
    factor = _factor(definition, _unit(meant, definition, table))
    value = typed_value(definition, table.get("value"), factor)
    infinite = table.get("infinite", False)
    default_reason = "" if value is not None or infinite else f"not known ({source})"
    return Fact(
        name=name,
        value=value,
        source=table.get("source") or source,
        reason=table.get("reason") or default_reason,
        infinite=infinite,
        interval=_interval(name, table.get("interval"), factor),
        observed_at=table.get("observed_at"),
        withheld_by=_gates(name, table),
    )


def _check_table(name: str, table: Mapping[str, Any]) -> None:
    unknown = [key for key in table if key not in ENTRY_KEYS]
    if unknown:
        known = ", ".join(ENTRY_KEYS)
        raise InputError(f"'{name}' has a key that facts do not have.", remedy=f"Known: {known}.")
    for key in ("unit", "source", "reason", "observed_at"):
        if not isinstance(table.get(key, ""), str | None):
            raise InputError(f"the {key} of '{name}' must be a text.")
    for key in ("infinite", "withheld"):
        if not isinstance(table.get(key, False), bool):
            raise InputError(f"'{key}' of '{name}' must be true or false.")


def _unit(meant: ExportName, definition: FactDefinition, table: Mapping[str, Any]) -> str | None:
    """Return the unit of an entry: the written one, else what the name says."""
    unit: str | None = table.get("unit")
    if unit is None and table.get("value") is not None and not meant.unit and definition.unit:
        raise InputError(
            f"a name without a unit stands for '{definition.name}', and no unit is given beside it.",
            remedy=f"Give the unit, or use the name {definition.name} with a value in {definition.unit}.",
        )
    named = meant.unit or definition.unit
    if unit is not None and named != definition.unit and unit_spelled(unit) != named:
        raise InputError(
            f"the name and the unit of '{definition.name}' do not agree.", remedy=f"Give it in {named}."
        )
    return named if unit is None else unit


def _factor(definition: FactDefinition, unit: str | None) -> Fraction:
    """Return what turns the written unit into the vocabulary's."""
    if unit is None or unit == definition.unit:
        return Fraction(1)
    factor = factor_between(unit, definition.unit) or dict(definition.other_units).get(
        unit_spelled(unit) or unit
    )
    if factor is None:
        expected = f"in {definition.unit}" if definition.unit else "a number or word without a unit"
        raise InputError(
            f"'{definition.name}' has another unit than the vocabulary's.",
            remedy=f"Give it {expected}; the reference of facts lists what is converted.",
        )
    return factor


def factor_of_name(written: str) -> Fraction:
    """Return what turns a number that stands under a name, without a unit, into the vocabulary's unit.

    Raises InputError for a name that is no fact's, or that leaves the unit open.
    """
    meant = resolved(written)
    definition = definition_of(meant.fact)
    return _factor(definition, _unit(meant, definition, {"value": 1}))


def typed_value(definition: FactDefinition, raw: Any, factor: Fraction) -> FactValue | None:
    """Return a value, or None for unknown, as the kind of its fact and in its unit.

    What is not of that kind stays as it is, for `FactDefinition.complaint` to refuse. Raises InputError for a
    list that is none of words, and for a word where a number is to be converted.
    """
    if raw is None:
        return None
    if definition.kind is Kind.SET:
        return _words(definition, raw)
    if definition.kind is Kind.INTEGER and isinstance(raw, Decimal) and _is_plain_number(raw):
        return int(raw) if raw == int(raw) else raw
    if definition.kind is Kind.CHOICE and isinstance(raw, str):
        return canonical_word(definition.name, raw)
    if factor == 1:
        return raw  # type: ignore[no-any-return]  # Fact refuses every type that is not the fact's
    if not _is_plain_number(raw):
        raise InputError(f"'{definition.name}' must be a number.")
    return exact(raw) * factor


def _is_plain_number(raw: object) -> bool:
    if isinstance(raw, bool) or not isinstance(raw, (int, float, Decimal)):
        return False
    return raw == 0 or 1e-30 < abs(float(raw)) < 1e30  # exact arithmetic on 1e-999999999 would not end


def _words(definition: FactDefinition, raw: Any) -> frozenset[str]:
    words = [raw] if isinstance(raw, str) else raw
    if not isinstance(words, (list, tuple, frozenset)) or not all(isinstance(word, str) for word in words):
        raise InputError(
            f"'{definition.name}' must be a list of words out of {', '.join(definition.choices)}."
        )
    return frozenset(canonical_word(definition.name, word) for word in words)


def _interval(name: str, raw: Any, factor: Fraction) -> tuple[float, float] | None:
    if raw is None:
        return None
    if not isinstance(raw, (list, tuple)) or len(raw) != 2 or not all(map(_is_plain_number, raw)):
        raise InputError(f"the interval of '{name}' must be two numbers, the lower one first.")
    low, high = (float(exact(end) * factor) for end in raw)
    return low, high


def _gates(name: str, table: Mapping[str, Any]) -> tuple[str, ...]:
    gates = table.get("withheld_by", [])
    if not isinstance(gates, (list, tuple)) or not all(isinstance(gate, str) and gate for gate in gates):
        raise InputError(f"'withheld_by' of '{name}' must be a list of names of quality gates.")
    if table.get("withheld", bool(gates)) != bool(gates):
        raise InputError(f"'{name}' must say both 'withheld' and 'withheld_by', or neither.")
    return tuple(gates)
