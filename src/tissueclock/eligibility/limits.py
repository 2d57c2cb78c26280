"""What a trial prints about each fact: the values that it admits, to hold two trials against each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from types import MappingProxyType

from tissueclock.facts.definition import FactDefinition, Kind
from tissueclock.facts.vocabulary import definition_of, is_imaging, judgement_parts
from tissueclock.protocol.lint.ranges import End, Interval, Values, both, others, values_of
from tissueclock.protocol.model import Criterion, CriterionKind, Protocol, Role
from tissueclock.protocol.rule import Leaf, OneOf, facts_of

_FORMAL = frozenset({"consent", "other_trial"})
"""Facts that every trial asks and that select nobody by the stroke."""


@dataclass(frozen=True, slots=True)
class Printed:
    """The values that a trial admits, and for whom.

    `always` unless only criteria that sometimes apply say so; `stricter_at_times` where such a criterion
    says more; `analysis` where no gate reads the fact: it then described a group and kept nobody out.
    """

    values: Values
    always: bool
    analysis: bool
    stricter_at_times: bool = False


def selecting_facts(trial: Protocol) -> tuple[str, ...]:
    """Return what a trial selects by, in its order: the facts of inclusions and of imaging criteria.

    Judgements and formalities such as consent are left out.
    """
    found = dict.fromkeys(
        name
        for item in trial.criteria
        if item.kind is CriterionKind.INCLUSION or item.imaging
        for name in (*item.facts, *(facts_of(item.applies_when) if item.applies_when else ()))
        if judgement_parts(name) is None and name not in _FORMAL
    )
    return tuple(found)


def printed_limits(trial: Protocol) -> Mapping[str, Printed]:
    """Return what each fact may be for a patient of the trial, where a criterion alone says so.

    A comparison inside an `any` (of an exclusion: inside an `all`) limits nothing by itself.
    """
    found: dict[str, Printed] = {}
    for item in sorted(trial.criteria, key=lambda item: item.role is not Role.GATE):
        for leaf, wanted in item.demands:
            values = _admitted(leaf, wanted=wanted)
            if values is not None:
                found[leaf.fact] = _joined(found.get(leaf.fact), item, values)
    return MappingProxyType(found)


def limit_words(name: str, printed: Printed) -> str:
    """Return the values in a few words with their unit, for example `> 15 mL` or `18 to 90 years`."""
    definition = definition_of(name)
    words = _words(definition, printed.values)
    if not printed.always:
        words += " under a condition"
    if printed.stricter_at_times:
        words += " or stricter"
    return f"{words} (for the analysis)" if printed.analysis else words


def says_nothing(name: str, printed: Printed) -> bool:
    """Tell whether every plausible value is admitted."""
    return not _words(definition_of(name), printed.values)


def in_order_of_interest(names: Iterable[str]) -> list[str]:
    """Return names with what imaging measures first; otherwise their order stays."""
    return sorted(names, key=lambda name: not is_imaging(name))


def _joined(before: Printed | None, item: Criterion, values: Values) -> Printed:
    now = Printed(values, item.applies_when is None, item.role is not Role.GATE)
    if before is None:
        return now
    if now.analysis and not before.analysis:
        return before
    if before.always and not now.always:
        return replace(before, stricter_at_times=True)
    if now.always and not before.always:
        return replace(now, stricter_at_times=True)
    return replace(before, values=both(before.values, values))


def _admitted(leaf: Leaf, *, wanted: bool) -> Values | None:
    if isinstance(leaf, OneOf) and definition_of(leaf.fact).kind is Kind.SET:
        return leaf.words if wanted else None
    return values_of(leaf) if wanted else others(leaf)


def _words(definition: FactDefinition, values: Values) -> str:
    if isinstance(values, frozenset):
        if definition.kind is Kind.BOOLEAN:
            return "" if len(values) != 1 else "yes" if True in values else "no"
        return " or ".join(sorted(map(str, values)))
    return " or ".join(filter(None, (_interval_words(definition, interval) for interval in values)))


def _interval_words(definition: FactDefinition, interval: Interval) -> str:
    low, high = _real(interval.low, definition.low), _real(interval.high, definition.high)
    unit = f" {definition.unit}" if definition.unit not in ("", "points", "grade") else ""
    if low and high and low.side < 0 < high.side:
        return f"{_number(low)} to {_number(high)}{unit}"
    parts = [f"{'>=' if low.side < 0 else '>'} {_number(low)}"] if low else []
    parts += [f"{'<=' if high.side > 0 else '<'} {_number(high)}"] if high else []
    return f"{' and '.join(parts)}{unit}" if parts else ""


def _real(end: End | None, plausible: float | None) -> End | None:
    """Return an end that the trial printed; None for one that is only where the plausible values end."""
    if end is None or (plausible is not None and end.number == Fraction(plausible)):
        return None
    return end


def _number(end: End) -> str:
    return f"{float(end.number):g}"
