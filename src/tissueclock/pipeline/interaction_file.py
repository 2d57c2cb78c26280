"""Strata of an interaction from a CSV: counts, printed intervals, or estimates with a p."""

from __future__ import annotations

from tissueclock.core.errors import InputError, UsageError
from tissueclock.evidence.cohort.interaction import (
    Interaction,
    StratumEffect,
    from_interval,
    from_p,
    interaction,
    interaction_of_strata,
)
from tissueclock.evidence.two_groups.measure import Measure
from tissueclock.pipeline.plain_csv import read_plain_table
from tissueclock.pipeline.strata_file import COUNTS, strata_of

_INTERVAL, _P = ("estimate", "ci_low", "ci_high"), ("estimate", "p")


def read_interaction(content: bytes, file: str, measure: str, level: float) -> Interaction:
    """Return the interaction of the strata in a CSV.

    Raises InputError with the line, UsageError for counts as MD or HR.
    """
    table = read_plain_table(content, file)
    if set(COUNTS) <= set(table.titles):
        if measure not in Measure.__members__:
            raise UsageError(f"--measure {measure} has no counts.", remedy="Use OR, RR or RD.")
        return interaction_of_strata(strata_of(table), Measure(measure), level=level)
    titles = _INTERVAL if set(_INTERVAL) <= set(table.titles) else _P
    table.require(("stratum", *titles))
    effects = []
    for place, row in table.numbered():
        numbers = [_number(row[title], title, place) for title in titles]
        effects.append(stratum_effect(row["stratum"], numbers, measure, level))
    return interaction(effects, measure, level=level)


def stratum_effect(name: str, numbers: list[float], measure: str, level: float) -> StratumEffect:
    """Return the effect of estimate, lower and upper limit, or of estimate and p."""
    if len(numbers) == 2:
        return from_p(name, numbers[0], numbers[1], measure)
    return from_interval(name, numbers[0], numbers[1], numbers[2], measure, level=level)


def _number(text: str, title: str, place: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(
            f"'{title}' is '{text}'.", where=place, remedy="It is a number with a decimal point."
        ) from None


def printed_effect(text: str, measure: str, level: float) -> StratumEffect:
    """Return the effect in `NAME=EST,LOW,HIGH` or `NAME=EST,p=P`; raises UsageError for another form."""
    name, _, rest = text.rpartition("=") if ",p=" not in text else text.rpartition(",p=")[0].rpartition("=")
    numbers = [*rest.split(","), text.rpartition(",p=")[2]] if ",p=" in text else rest.split(",")
    try:
        values = [float(number) for number in numbers]
    except ValueError:
        values = []
    if not name or len(values) != (2 if ",p=" in text else 3):
        raise UsageError(
            f"'{text}' is no printed effect.", remedy="Write NAME=EST,LOW,HIGH, or NAME=EST,p=P."
        )
    return stratum_effect(name, values, measure, level)
