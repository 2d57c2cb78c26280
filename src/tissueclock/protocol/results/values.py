"""The small values that published results are made of; each is valid or not constructed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from types import MappingProxyType

from tissueclock.core.errors import InputError
from tissueclock.core.exact import exact, rounding
from tissueclock.protocol.model import Confidence

Printed = int | Decimal
"""A number exactly as printed, so that its digits say how far it was rounded."""

_LARGEST = 10**9  # our choice: exact arithmetic on 1e999999999 would not end


class Role(Enum):
    """Which side of the comparison patients are on; in a cohort, with or without what is studied."""

    TREATMENT = "treatment"
    CONTROL = "control"


class Kind(Enum):
    """What was counted or measured. The trial's own definition stands beside every outcome."""

    MRS_0_1 = "mrs-0-1"
    MRS_0_2 = "mrs-0-2"
    MRS_0_3 = "mrs-0-3"
    MRS_SHIFT = "mrs-shift"
    MRS_SCORE = "mrs-score"
    UTILITY_MRS = "utility-mrs"
    DEATH = "death-90d"
    SICH = "sich"
    ANY_ICH = "any-ich"
    PARENCHYMAL_HAEMATOMA = "parenchymal-haematoma"
    SUBARACHNOID_HAEMORRHAGE = "subarachnoid-haemorrhage"
    OEDEMA = "oedema"
    NEUROLOGICAL_RESPONSE = "neurological-response"
    REPERFUSION = "reperfusion"
    RECANALISATION = "recanalisation"
    INFARCT_GROWTH = "infarct-growth"
    CRANIECTOMY = "craniectomy"
    DISSECTION = "dissection"
    SERIOUS_ADVERSE_EVENT = "serious-adverse-event"
    MISMATCH = "mismatch"


HIGHEST_GRADE: Mapping[Kind, int] = MappingProxyType({Kind.MRS_0_1: 1, Kind.MRS_0_2: 2, Kind.MRS_0_3: 3})
"""The kinds that are a modified Rankin Scale up to a grade. Death is its grade 6."""


class Measure(Enum):
    """The scale of an effect, without the word "adjusted", which stands apart."""

    OR = "OR"
    COMMON_OR = "cOR"
    GENERALISED_OR = "gOR"
    RR = "RR"
    HR = "HR"
    RD = "RD"
    MEAN_DIFFERENCE = "mean-difference"
    RATIO_OF_GEOMETRIC_MEANS = "ratio-of-geometric-means"
    RATIO_OF_MEDIANS = "ratio-of-medians"

    @property
    def is_ratio(self) -> bool:
        """Whether 1, not 0, means no effect."""
        return self not in (Measure.RD, Measure.MEAN_DIFFERENCE)


@dataclass(frozen=True, slots=True)
class Counts:
    """Patients with an event, out of so many."""

    events: int
    n: int

    def __post_init__(self) -> None:
        if self.n < 1:
            raise InputError(f"an event out of {self.n} patients.", remedy="'n' is 1 or more.")
        if not 0 <= self.events <= self.n:
            raise InputError(
                f"{self.events} events in {self.n} patients.", remedy="'events' is from 0 to 'n'."
            )

    @property
    def share(self) -> Fraction:
        """The exact proportion."""
        return Fraction(self.events, self.n)

    def fits_percent(self, percent: Printed) -> bool:
        """Tell whether a percentage with these digits can be this proportion, rounded either way."""
        return abs(exact(percent) - 100 * self.share) <= rounding(percent)

    def __str__(self) -> str:
        return f"{self.events} of {self.n}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmResult:
    """What one arm shows: counts, the percentage as printed, or the value of a statistic; one at least."""

    counts: Counts | None = None
    percent: Printed | None = None
    value: Printed | None = None

    def __post_init__(self) -> None:
        if self.counts is None and self.percent is None and self.value is None:
            raise InputError("an arm without counts, percentage or value.", remedy="Leave the arm out.")
        if self.percent is not None:
            check_percent(self.percent)
        if self.value is not None:
            check_size(self.value)


@dataclass(frozen=True, slots=True)
class PValue:
    """A p-value as printed: `0.04`, or `<0.001`."""

    sign: str
    value: Printed

    def __post_init__(self) -> None:
        if self.sign not in ("=", "<", ">"):
            raise InputError(f"the p-value has the sign '{self.sign}'.", remedy="Known: =, <, >.")
        if not 0 <= check_size(self.value) <= 1:
            raise InputError(f"the p-value is {self.value}.", remedy="A p-value is from 0 to 1.")

    def __str__(self) -> str:
        return f"{self.sign} {self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """An estimate on a scale with its 95 % interval, as printed.

    `adjusted` None: not known. `credible`: the interval is Bayesian.
    """

    measure: Measure
    estimate: Printed | None = None
    interval: tuple[Printed, Printed] | None = None
    adjusted: bool | None = None
    credible: bool = False

    def __post_init__(self) -> None:
        if self.estimate is None and self.interval is None:
            raise InputError("a measure without an estimate.", remedy="Give 'estimate', or leave it out.")
        if self.credible and self.interval is None:
            raise InputError("a credible interval that is not given.", remedy="Give 'ci'.")
        numbers = (self.estimate, *(self.interval or ()))
        smallest = min(check_size(number) for number in numbers if number is not None)
        if self.measure.is_ratio and (smallest < 0 or self.estimate == 0):
            raise InputError(f"{self.measure.value} below or at 0.", remedy="A ratio is above 0.")
        self._check_interval()

    def _check_interval(self) -> None:
        if self.interval is None:
            return
        low, high = self.interval
        if low > high:
            raise InputError(f"the interval {low} to {high} is upside down.", remedy="The lower one first.")
        if self.estimate is not None and not low <= self.estimate <= high:
            raise InputError(
                f"the estimate {self.estimate} lies outside its interval {low} to {high}.",
                remedy="Copy the three as printed; if a copy is wrong, say so in a [[warning]].",
            )

    @property
    def name(self) -> str:
        """The measure in the field's shorthand, `aOR` or `acOR`, or in words, `adjusted mean difference`."""
        words = self.measure.value.replace("-", " ")
        if not self.adjusted:
            return words
        return f"adjusted {words}" if " " in words else f"a{words}"


_DOUBT = (Confidence.FOUND, Confidence.RECALLED, Confidence.UNCERTAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where numbers were read, and how surely.

    `less_certain` holds the parts (for example `ci`) that are less sure than the rest.
    """

    confidence: Confidence
    source: str
    place: str = ""
    less_certain: Mapping[str, Confidence] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for part, confidence in self.less_certain.items():
            if _DOUBT.index(confidence) <= _DOUBT.index(self.confidence):
                raise InputError(
                    f"'{part}' is {confidence.value}, and so is no less certain than the rest.",
                    remedy=f"The rest is {self.confidence.value}.",
                )
        object.__setattr__(self, "less_certain", MappingProxyType(dict(self.less_certain)))

    def of(self, part: str) -> Confidence:
        """Return how surely one part is known."""
        return self.less_certain.get(part, self.confidence)


def least_certain(*confidences: Confidence) -> Confidence:
    """Return the one that is known least surely."""
    return max(confidences, key=_DOUBT.index)


def check_size(number: Printed) -> Printed:
    """Return the number; raises InputError unless it is finite and of a size that is printed."""
    if not Decimal(number).is_finite() or not -_LARGEST <= number <= _LARGEST:
        raise InputError("a number that nobody prints.", remedy="Write it as the source does.")
    return number


def check_percent(number: Printed) -> Printed:
    """Return the percentage; raises InputError unless it is from 0 to 100."""
    if not 0 <= check_size(number) <= 100:
        raise InputError(f"{number} percent.", remedy="A percentage is from 0 to 100.")
    return number
