"""What follows from facts by definition, and nothing else; and two sources of facts on one case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import TypeGuard

from tissueclock.core.errors import InputError
from tissueclock.core.exact import exact
from tissueclock.facts.case import INFINITE, CaseFacts, Fact, Infinite
from tissueclock.facts.clinical_facts import GLUCOSE_MG_DL_PER_MMOL_L
from tissueclock.facts.consistency import (
    RELATED,
    check_ladder,
    check_volumes,
    number_of,
    shown_value,
    span_of,
)
from tissueclock.facts.dependency import NOT_DERIVED, source_of
from tissueclock.facts.implied import with_implied
from tissueclock.facts.vocabulary import definition_of

_Derived = Fraction | Infinite | str
"""A number, INFINITE, or the reason why there is none."""


def complete(case: CaseFacts) -> CaseFacts:
    """Return the case with every fact that follows by definition from the others.

    `hypoperfused_ml` is `tmax6_ml` where it is not given; mismatch and ratio are those of the two volumes,
    unrounded, also where they were typed, and so are those by Tmax > 2 s; glucose is converted; an
    anticoagulant that is named is one. What rests on an unknown volume is unknown, with the reason; what
    rests on a withheld one is withheld. The ratio of a core of 0 mL is infinite, and unknown if nothing is
    hypoperfused either.

    Raises InputError if facts contradict each other by more than the rounding of their digits.
    """
    check_ladder(case)
    case = _with_hypoperfused(case)
    check_volumes(case)
    case = _with_mismatch(case)
    return with_implied(_with_glucose(case))


def merge(imaging: CaseFacts, typed: CaseFacts) -> CaseFacts:
    """Return the union of measured and typed facts.

    A fact that rules can read on one side only is taken from there: a person may type what a quality gate
    withheld. Where both sides have it, the measured one stays. Raises InputError if the two differ by more
    than the rounding of their digits.
    """
    both = [_agreed(fact, typed[name]) for name, fact in imaging.items() if name in typed]
    return imaging.with_facts(*(fact for name, fact in typed.items() if name not in imaging), *both)


def _agreed(measured: Fact, typed: Fact) -> Fact:
    if typed.known is None:
        return measured
    if measured.known is None:
        return typed
    if _differ(measured, typed):
        raise InputError(
            f"'{measured.name}' is {shown_value(measured)} on imaging, but {shown_value(typed)} was typed.",
            remedy="Correct the one that was typed, or leave it out.",
        )
    return measured


def _differ(first: Fact, second: Fact) -> bool:
    if first.infinite or second.infinite or not definition_of(first.name).numeric:
        return first.known != second.known
    (low, high), (other_low, other_high) = span_of(first), span_of(second)
    return high < other_low or other_high < low


def _with_hypoperfused(case: CaseFacts) -> CaseFacts:
    tmax6 = case.get("tmax6_ml")
    if not _has_value(tmax6) or _has_value(case.get("hypoperfused_ml")):
        return case
    source = f"{source_of('hypoperfused_ml', 'tmax6_ml')} ({tmax6.source})"
    return case.with_facts(replace(tmax6, name="hypoperfused_ml", source=source))


def _with_mismatch(case: CaseFacts) -> CaseFacts:
    for core, lesion, difference, ratio in RELATED:
        # The core alone says nothing of a volume by Tmax > 2 s, which few measure.
        if lesion in case or (core in case and lesion == "hypoperfused_ml"):
            case = case.with_facts(
                _from_volumes(case, difference, lesion, lambda core, volume: volume - core),
                _from_volumes(case, ratio, lesion, _ratio),
            )
    return case


def _ratio(core: Fraction, hypoperfused: Fraction) -> _Derived:
    if core:
        return hypoperfused / core
    return INFINITE if hypoperfused else "core and hypoperfused volume are both 0 mL"


def _from_volumes(
    case: CaseFacts, name: str, lesion: str, compute: Callable[[Fraction, Fraction], _Derived]
) -> Fact:
    """Return the fact `name` as the two volumes define it; as given where a volume hides from rules."""
    core, hypoperfused = _volume(case, "core_ml"), _volume(case, lesion)
    given, gates = case.get(name), core.withheld_by + hypoperfused.withheld_by
    known = given if given is not None and given.known is not None else None
    if core.value is None or hypoperfused.value is None:
        return given or _unknown(name, core if core.value is None else hypoperfused)
    if known and gates:
        return known
    result = compute(exact(number_of(core)), exact(number_of(hypoperfused)))
    return Fact(
        name=name,
        value=result if isinstance(result, Fraction) else None,
        infinite=result is INFINITE,
        reason=result if isinstance(result, str) else "",
        source=source_of(name, lesion),
        interval=known.interval if known and not isinstance(result, str) else None,
        withheld_by=tuple(dict.fromkeys(gates)),
    )


def _volume(case: CaseFacts, name: str) -> Fact:
    return case.get(name) or Fact(name=name, value=None, source="not given", reason="not given")


def _unknown(name: str, missing: Fact) -> Fact:
    reason = f"{definition_of(missing.name).label} is unknown: {missing.reason}"
    return Fact(name=name, value=None, source=NOT_DERIVED, reason=reason, withheld_by=missing.withheld_by)


def _with_glucose(case: CaseFacts) -> CaseFacts:
    mg_dl, mmol_l = case.get("glucose_mg_dl"), case.get("glucose_mmol_l")
    if _has_value(mg_dl) and _has_value(mmol_l):
        _check_glucose(mg_dl, mmol_l)
    elif _has_value(mmol_l):
        case = case.with_facts(_converted(mmol_l, "glucose_mg_dl", GLUCOSE_MG_DL_PER_MMOL_L))
    elif _has_value(mg_dl):
        case = case.with_facts(_converted(mg_dl, "glucose_mmol_l", 1 / GLUCOSE_MG_DL_PER_MMOL_L))
    return case


def _has_value(fact: Fact | None) -> TypeGuard[Fact]:
    return fact is not None and fact.value is not None


def _converted(fact: Fact, name: str, factor: Fraction) -> Fact:
    interval = (fact.interval[0] * float(factor), fact.interval[1] * float(factor)) if fact.interval else None
    source = source_of(name, fact.name)
    return replace(fact, name=name, value=exact(number_of(fact)) * factor, interval=interval, source=source)


def _check_glucose(mg_dl: Fact, mmol_l: Fact) -> None:
    (low, high), (mmol_low, mmol_high) = span_of(mg_dl), span_of(mmol_l)
    if high < mmol_low * GLUCOSE_MG_DL_PER_MMOL_L or mmol_high * GLUCOSE_MG_DL_PER_MMOL_L < low:
        raise InputError(
            f"glucose_mg_dl = {shown_value(mg_dl)} and glucose_mmol_l = {shown_value(mmol_l)} differ.",
            remedy="Correct one of them, or leave it out.",
        )
