"""What an analysis of a cohort must say beside its numbers."""

from __future__ import annotations

from collections.abc import Sequence

EXPOSURE_CAVEATS = (
    "Reperfusion is not allocated by chance: it happens after baseline, and what decides it also decides "
    "the outcome. Adjustment and propensity scores balance only what was measured.",
    "Immortal time: a patient must live, and stay treatable, until reperfusion can happen or be seen. Who "
    "dies or deteriorates before counts as not reperfused, which favours reperfusion.",
    "Who was never imaged again has no reperfusion status and is not here at all; say how many they are.",
)
SIMULATED = "SIMULATED DATA: no patient is behind these numbers."


def caveats(*, simulated: bool, imputed: bool, strata: int) -> tuple[str, ...]:
    """Return the sentences that belong to an analysis."""
    found = list(EXPOSURE_CAVEATS)
    if imputed:
        found.append(
            "Imputation takes the gaps as random given the columns used, and its models hold no interaction "
            "of exposure and profile: an interaction is drawn towards none."
        )
    if strata > 1:
        found.append(
            "A difference between profiles is shown by the test of the interaction, not by one profile being "
            "significant and the other not."
        )
    return (SIMULATED, *found) if simulated else tuple(found)


def title_of(title: str, *, simulated: bool) -> str:
    """Return a title that says whether the data are simulated."""
    return f"{title} (SIMULATED DATA)" if simulated else title


def numbered(sentences: Sequence[str]) -> list[str]:
    """Return one row a caveat: caveat-1, tab, sentence."""
    return [f"caveat-{at}\t{sentence}" for at, sentence in enumerate(sentences, start=1)]
