"""The moments of a stroke, and the hours and minutes between them, exactly.

A facts file may give moments (`[clock]`) instead of durations. Only what follows is derived: who woke with
symptoms had a wake-up stroke and discovered it then, unless a later discovery is given; the midpoint of sleep
lies halfway between falling asleep and waking. Falling asleep is never taken as last known well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import combinations
from types import MappingProxyType
from typing import Any

from tissueclock.core.errors import InputError
from tissueclock.facts.case import CaseFacts, Fact
from tissueclock.facts.consistency import span_of
from tissueclock.facts.vocabulary import NOT_REPEATED, definition_of

PREFIX = "clock."

MOMENTS: Mapping[str, str] = MappingProxyType(
    {
        "last_known_well": "last known well",
        "fell_asleep": "falling asleep",
        "woke_with_symptoms": "waking with symptoms",
        "discovery": "the discovery of symptoms",
        "progression": "the progression of symptoms",
        "imaging": "the qualifying imaging",
        "mri": "MRI",
        "randomisation": "randomisation",
        "thrombolysis": "the start of intravenous thrombolysis",
        "puncture": "arterial puncture",
        "treatment": "the start of treatment",
        "thrombectomy_end": "the end of thrombectomy",
    }
)
"""Every moment, with its words."""

_MIDPOINT = "midpoint of sleep"

_ORDERS = (
    *(("last_known_well", moment) for moment in MOMENTS if moment not in ("last_known_well", "fell_asleep")),
    ("fell_asleep", "woke_with_symptoms"),
    ("woke_with_symptoms", "discovery"),
    ("puncture", "thrombectomy_end"),
)
"""Pairs that cannot be the other way round. Others can: thrombolysis before MRI, for example."""

SPANS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "lkw_to_discovery_h": ("last_known_well", "discovery"),
        "lkw_to_progression_h": ("last_known_well", "progression"),
        "lkw_to_imaging_h": ("last_known_well", "imaging"),
        "lkw_to_mri_h": ("last_known_well", "mri"),
        "lkw_to_rand_h": ("last_known_well", "randomisation"),
        "lkw_to_ivt_h": ("last_known_well", "thrombolysis"),
        "lkw_to_puncture_h": ("last_known_well", "puncture"),
        "lkw_to_evt_end_h": ("last_known_well", "thrombectomy_end"),
        "progression_to_rand_h": ("progression", "randomisation"),
        "discovery_to_rand_h": ("discovery", "randomisation"),
        "discovery_to_treat_h": ("discovery", "treatment"),
        "sleep_midpoint_to_rand_h": (_MIDPOINT, "randomisation"),
        "sleep_midpoint_to_ivt_h": (_MIDPOINT, "thrombolysis"),
        "imaging_to_rand_h": ("imaging", "randomisation"),
        "imaging_to_puncture_min": ("imaging", "puncture"),
        "rand_to_puncture_min": ("randomisation", "puncture"),
        "mri_to_ivt_min": ("mri", "thrombolysis"),
    }
)
"""Each duration with the moments that it lies between."""

_SECONDS: Mapping[str, int] = MappingProxyType({"h": 3600, "min": 60})


def with_clock(case: CaseFacts, clock: Mapping[str, Any]) -> CaseFacts:
    """Return the case with the durations that the moments of `clock` (name without prefix: value) give.

    Where the two moments of a duration came the other way round, it is unknown, with that reason. A moment is
    a date with a time, as TOML's own type or ISO 8601 text, all of them with an offset from UTC or none; None
    is unknown. Raises InputError, which repeats no date, for anything else, for moments in an
    impossible order, and for a typed duration that differs by more than the rounding of its digits.
    """
    moments = dict(_moments(clock))
    _check_offsets(moments)
    _check_order(moments)
    woke = moments.get("woke_with_symptoms")
    if woke is not None:
        case = _agreed(case, Fact(name="wake_up", value=True, source="clock: waking with symptoms"))
        moments.setdefault("discovery", woke)
        if "fell_asleep" in moments:
            moments[_MIDPOINT] = moments["fell_asleep"] + (woke - moments["fell_asleep"]) / 2
    for name, (start, end) in SPANS.items():
        if start in moments and end in moments:
            case = _agreed(case, _duration(name, moments[end] - moments[start]))
    return case


def _moments(clock: Mapping[str, Any]) -> Iterator[tuple[str, datetime]]:
    for name, value in clock.items():
        if name not in MOMENTS:
            raise InputError(
                f"there is no moment {NOT_REPEATED}.", remedy=f"Known: {', '.join(MOMENTS)}.", about=name
            )
        if value is not None:
            yield name, _moment(name, value)


def _moment(name: str, value: Any) -> datetime:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) and len(value) > 10 else value
    except ValueError:
        found = None
    if not isinstance(found, datetime):
        raise InputError(
            f"'{PREFIX}{name}' is not a date with a time.", remedy="Write it as 2026-03-01T22:30."
        )
    return found


def _check_offsets(moments: Mapping[str, datetime]) -> None:
    for (one, first), (other, second) in combinations(moments.items(), 2):
        if (first.tzinfo is None) is not (second.tzinfo is None):
            raise InputError(
                f"of '{PREFIX}{one}' and '{PREFIX}{other}' only one states its offset from UTC.",
                remedy="Give all moments with an offset, or none.",
            )


def _check_order(moments: Mapping[str, datetime]) -> None:
    for earlier, later in _ORDERS:
        if earlier in moments and later in moments and moments[later] < moments[earlier]:
            raise InputError(
                f"{_words(later)} lies before {_words(earlier)}.", remedy="Correct one of the two moments."
            )


def _words(name: str) -> str:
    return MOMENTS.get(name, f"the {_MIDPOINT}")


def _duration(name: str, span: timedelta) -> Fact:
    start, end = SPANS[name]
    source = f"clock: from {_words(start)} to {_words(end)}"
    if span < timedelta(0):
        return Fact(name=name, value=None, source=source, reason=f"{_words(end)} came before {_words(start)}")
    microseconds = span // timedelta(microseconds=1)
    value = Fraction(microseconds, 1_000_000 * _SECONDS[definition_of(name).unit])
    return Fact(name=name, value=value, source=source)


def _agreed(case: CaseFacts, found: Fact) -> CaseFacts:
    """Return the case with `found`; raises InputError if it contradicts what was typed."""
    typed = case.get(found.name)
    if typed is not None and typed.value is not None and _differ(typed, found):
        raise InputError(
            f"'{found.name}' as typed differs from what the clock gives.",
            remedy="Correct one of them, or leave out the one that was typed.",
        )
    return case.with_facts(found)


def _differ(typed: Fact, found: Fact) -> bool:
    if found.value is None or isinstance(found.value, bool):
        return typed.value is not found.value
    low, high = span_of(typed)
    number = found.value
    return not (isinstance(number, Fraction) and low <= number <= high)
