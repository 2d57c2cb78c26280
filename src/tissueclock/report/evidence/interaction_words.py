"""An interaction in rows of text."""

from __future__ import annotations

from collections.abc import Iterator

from tissueclock.evidence.cohort.interaction import Interaction, Scale
from tissueclock.report.evidence.effect_words import level_words, p_words, value_words
from tissueclock.report.format import rounded


def interaction_rows(found: Interaction) -> Iterator[str]:
    """Yield one row a stratum, then the interaction, then notes."""
    for stratum in found.strata:
        how = f"SE {stratum.se:.3g}, {stratum.how}"
        yield f"stratum/{stratum.name}\t{stratum_words(found, stratum.name)}\t{how}"
    yield f"interaction/{found.measure}\t{interaction_words(found)}"
    for note in found.notes:
        yield f"note\t{note}"


def stratum_words(found: Interaction, name: str) -> str:
    """Return the effect of a stratum: "8.80 (95 % 2.69 to 28.84)"."""
    stratum = next(item for item in found.strata if item.name == name)
    estimate, low, high = (number_words(found, end) for end in found.natural(stratum))
    return f"{estimate} ({level_words(found.level)} {low} to {high})"


def number_words(found: Interaction, value: float) -> str:
    """Return an effect in print: a risk difference in three decimals, anything else in two."""
    if found.measure == "MD":
        return rounded(value, 2)
    return value_words(value, difference=found.scale is Scale.DIFFERENCE)


def interaction_words(found: Interaction) -> str:
    """Return the contrast with its interval, the statistic and p."""
    if found.contrast is None or found.ci_low is None or found.ci_high is None:
        return f"Q {rounded(found.statistic, 2)}, df {found.df}, p {p_words(found.p)}"
    difference = found.scale is Scale.DIFFERENCE
    ends = (found.contrast, found.ci_low, found.ci_high)
    contrast, low, high = (number_words(found, end) for end in ends)
    name = "difference of differences" if difference else f"ratio of {found.measure}s"
    interval = f"{level_words(found.level)} {low} to {high}"
    return f"{name} {contrast} ({interval}), z {rounded(found.statistic, 2)}, p {p_words(found.p)}"
