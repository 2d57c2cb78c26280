"""What an estimate measures, and the words that papers use for it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from tissueclock.core.errors import InputError
from tissueclock.evidence.check.known.restricted import Contrast
from tissueclock.evidence.check.scale import Scale


class Measure(Enum):
    """The measure of an estimate, without the word "adjusted", which stands apart."""

    RR = "RR"
    OR = "OR"
    RD = "RD"
    HR = "HR"
    COMMON_OR = "cOR"
    GENERALISED_OR = "gOR"
    WIN_RATIO = "win-ratio"
    RATE_RATIO = "rate-ratio"
    RATIO_OF_MEANS = "ratio-of-geometric-means"
    RATIO_OF_MEDIANS = "ratio-of-medians"
    MEAN_DIFFERENCE = "mean-difference"
    MEDIAN_DIFFERENCE = "median-difference"
    PROPORTION = "proportion"
    NNT = "NNT"
    UNKNOWN = "unknown"

    @property
    def is_ratio(self) -> bool:
        """Whether 1 means no effect and the interval is symmetric on the log scale."""
        return self in _RATIOS

    @property
    def is_difference(self) -> bool:
        """Whether 0 means no effect and the interval is symmetric as it is."""
        return self in _DIFFERENCES

    @property
    def scale(self) -> Scale:
        """The scale on which a Wald interval of it is symmetric."""
        return Scale.LOG if self.is_ratio else Scale.RAW

    @property
    def null(self) -> float:
        """No effect, on that scale."""
        return 0.0

    @property
    def contrast(self) -> Contrast | None:
        """What the counts of two groups give of it, if they do."""
        return _CONTRASTS.get(self)


_RATIOS = frozenset(
    {
        Measure.RR,
        Measure.OR,
        Measure.HR,
        Measure.COMMON_OR,
        Measure.GENERALISED_OR,
        Measure.WIN_RATIO,
        Measure.RATE_RATIO,
        Measure.RATIO_OF_MEANS,
        Measure.RATIO_OF_MEDIANS,
    }
)
_DIFFERENCES = frozenset({Measure.RD, Measure.MEAN_DIFFERENCE, Measure.MEDIAN_DIFFERENCE})
_CONTRASTS: Mapping[Measure, Contrast] = MappingProxyType(
    {Measure.RR: Contrast.RR, Measure.OR: Contrast.OR, Measure.RD: Contrast.RD}
)

_WORDS: Mapping[Measure, tuple[str, ...]] = MappingProxyType(
    {
        Measure.RR: ("rr", "risk ratio", "relative risk", "prevalence ratio"),
        Measure.OR: ("or", "odds ratio"),
        Measure.RD: (
            *("rd", "risk difference", "absolute risk difference", "absolute difference"),
            *("absolute risk reduction", "rate difference", "absolute risk increase"),
        ),
        Measure.HR: ("hr", "hazard ratio", "shr", "subdistribution hazard ratio"),
        Measure.COMMON_OR: ("cor", "common odds ratio", "common or", "proportional odds ratio"),
        Measure.GENERALISED_OR: (
            *("gor", "genor", "generalized odds ratio", "generalised odds ratio"),
            *("generalized or", "generalised or", "win odds"),
        ),
        Measure.WIN_RATIO: ("win-ratio", "win ratio"),
        Measure.RATE_RATIO: ("rate-ratio", "rate ratio", "irr", "incidence rate ratio"),
        Measure.RATIO_OF_MEANS: (
            *("ratio-of-geometric-means", "ratio of geometric means", "geometric mean ratio"),
            "ratio of means",
        ),
        Measure.RATIO_OF_MEDIANS: ("ratio-of-medians", "ratio of medians"),
        Measure.MEAN_DIFFERENCE: (
            *("mean-difference", "mean difference", "md", "smd", "wmd", "weighted mean difference"),
            *("difference in means", "standardized mean difference", "standardised mean difference"),
            *("difference", "between-group difference", "treatment difference"),
        ),
        Measure.MEDIAN_DIFFERENCE: ("median-difference", "median difference", "difference in medians"),
        Measure.PROPORTION: ("proportion", "percent", "percentage", "pooled proportion", "rate"),
        Measure.NNT: ("nnt", "number needed to treat", "nnh", "number needed to harm"),
        Measure.UNKNOWN: ("unknown",),
    }
)
_BY_WORD: Mapping[str, Measure] = MappingProxyType(
    {word: measure for measure, words in _WORDS.items() for word in words}
)
_ADJUSTED = ("adjusted ", "multivariable ", "multivariate ", "adj ", "adj. ")


def measure_of(words: str) -> tuple[Measure, bool]:
    """Return the measure that words name, and whether they call it adjusted; raises InputError if none.

    `aOR` and `adjusted odds ratio` are adjusted; `ARR` is the absolute risk reduction, `aRR` a risk ratio.
    """
    plain = " ".join(words.replace("\u2010", "-").split())
    if plain == "ARR":
        return Measure.RD, False
    lower = plain.lower().removeprefix("unadjusted ").removeprefix("crude ")
    adjusted = lower.startswith(_ADJUSTED)
    for prefix in _ADJUSTED:
        lower = lower.removeprefix(prefix)
    if lower in _BY_WORD:
        return _BY_WORD[lower], adjusted
    if lower.startswith("a") and lower[1:] in _BY_WORD and " " not in lower:
        return _BY_WORD[lower[1:]], True
    known = ", ".join(measure.value for measure in Measure)
    raise InputError(f"'{words}' is no measure.", remedy=f"Known: {known}.")


def measure_words() -> tuple[str, ...]:
    """Return every word for a measure, the longest first."""
    return tuple(sorted(_BY_WORD, key=len, reverse=True))
