"""What in the typed facts is hardly true together: warnings with a sentence, no refusals.

Contradictions by definition between volumes are refused elsewhere. What stands here can have a reason (two
clocks, two readers), or a slip behind it; no rule of a trial reads it. Every limit is our choice.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from tissueclock.core.exact import Number, exact
from tissueclock.core.quality import Level, QualityFlag
from tissueclock.facts.case import CaseFacts
from tissueclock.facts.consistency import Span, known_span
from tissueclock.facts.vocabulary import definition_of, vocabulary

_MINUTES_AN_HOUR = Fraction(60)
_SUMS = (
    ("lkw_to_progression_h", "progression_to_rand_h", "lkw_to_rand_h"),
    ("lkw_to_imaging_h", "imaging_to_rand_h", "lkw_to_rand_h"),
    ("lkw_to_discovery_h", "discovery_to_rand_h", "lkw_to_rand_h"),
    ("lkw_to_imaging_h", "imaging_to_puncture_min", "lkw_to_puncture_h"),
    ("lkw_to_rand_h", "rand_to_puncture_min", "lkw_to_puncture_h"),
    ("lkw_to_mri_h", "mri_to_ivt_min", "lkw_to_ivt_h"),
)
_SLACK_H = Fraction(1, 20)
"""Our choice: three minutes beside the rounding of the digits."""
_LONG_H = 240
"""Our choice: the widest window of a trial here ends at 192 h; more is often minutes typed as hours."""

_PAIRS = (
    ("dwi_flair_mismatch", True, "dwi_lesion", False),
    ("wake_up", True, "onset_known", True),
    ("flair_sir", None, "dwi_lesion", False),
    ("prior_stroke_d", None, "prior_stroke", False),
    ("lkw_to_ivt_h", None, "ivt_given", False),
)
"""Facts that exclude each other: a name with its answer, None for any value."""


def doubtful(case: CaseFacts) -> tuple[QualityFlag, ...]:
    """Return what rules may read of the case and is hardly true together."""
    return (*_sums(case), *_long(case), *_pairs(case), *_pressures(case), *_delay(case), *_intervals(case))


def _hours(case: CaseFacts, name: str) -> Span | None:
    span = known_span(case, name)
    if span is None or definition_of(name).unit == "h":
        return span
    return span[0] / _MINUTES_AN_HOUR, span[1] / _MINUTES_AN_HOUR


def _sums(case: CaseFacts) -> Iterator[QualityFlag]:
    for first, second, whole in _SUMS:
        parts = [_hours(case, name) for name in (first, second, whole)]
        one, two, both = parts
        if one is None or two is None or both is None:
            continue
        low, high = one[0] + two[0] - _SLACK_H, one[1] + two[1] + _SLACK_H
        if high < both[0] or both[1] < low:
            yield _warning("times-do-not-add-up", f"{first} and {second} do not add up to {whole}.")


def _long(case: CaseFacts) -> Iterator[QualityFlag]:
    for name, item in vocabulary().items():
        span = known_span(case, name) if item.unit == "h" else None
        if span is not None and span[0] > _LONG_H:
            text = f"{name} is {float(span[0]):g} h: were minutes meant?"
            yield _warning("time-very-long", text, float(span[0]), _LONG_H)


def _pairs(case: CaseFacts) -> Iterator[QualityFlag]:
    for one, answer, other, its_answer in _PAIRS:
        found = case.known(one)
        if found is not None and answer in (None, found) and case.known(other) is its_answer:
            is_so = "is given" if answer is None else "is yes"
            no = "yes" if its_answer else "no"
            yield _warning("facts-exclude-each-other", f"{one} {is_so}, and {other} is {no}.")


def _pressures(case: CaseFacts) -> Iterator[QualityFlag]:
    upper, lower = known_span(case, "sbp"), known_span(case, "dbp")
    if upper and lower and upper[1] <= lower[0]:
        yield _warning("pressures-swapped", "The systolic pressure is not above the diastolic one.")


def _delay(case: CaseFacts) -> Iterator[QualityFlag]:
    ratio, ten, six = (
        known_span(case, name) for name in ("hypoperfusion_intensity_ratio", "tmax10_ml", "tmax6_ml")
    )
    if ratio and ten and six and six[0] > 0 and not _meets(ratio, (ten[0] / six[1], ten[1] / six[0])):
        yield _warning(
            "ratio-of-delays", "hypoperfusion_intensity_ratio is not tmax10_ml divided by tmax6_ml."
        )
    brain = known_span(case, "brain_ml")
    for name in ("core_ml", "hypoperfused_ml", "tmax2_ml"):
        volume = known_span(case, name)
        if brain and volume and volume[0] > brain[1]:
            yield _warning("more-than-the-brain", f"{name} is more than brain_ml.")


def _intervals(case: CaseFacts) -> Iterator[QualityFlag]:
    for name, fact in case.items():
        span = known_span(case, name) if fact.interval else None
        if span and fact.interval and not _meets(span, (exact(fact.interval[0]), exact(fact.interval[1]))):
            yield _warning("interval-without-its-value", f"The interval of {name} does not hold its value.")


def _meets(one: Span, other: Span) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _warning(id: str, text: str, value: Number | None = None, limit: float | None = None) -> QualityFlag:
    return QualityFlag(
        id=id, level=Level.WARN, value=None if value is None else float(value), limit=limit, text=text
    )
