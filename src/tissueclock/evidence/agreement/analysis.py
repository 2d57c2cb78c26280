"""Every analysis of agreement that a table of ratings allows: a row a case, a column a rater."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any

from tissueclock.eligibility.cohort.kappa import Weights
from tissueclock.evidence.agreement.icc import IntraclassCorrelation, intraclass_correlation
from tissueclock.evidence.agreement.many_raters import (
    Alpha,
    FleissKappa,
    Scale,
    fleiss_kappa,
    krippendorff_alpha,
)
from tissueclock.evidence.agreement.pairs import BlandAltman, Concordance, bland_altman, concordance
from tissueclock.evidence.agreement.two_raters import TwoRaters, tabulate, two_raters

MOST_CATEGORIES = 20
"""Numbers with more different values are measurements, no categories (our choice)."""


class Kind(Enum):
    """An analysis of agreement."""

    KAPPA = "kappa"
    FLEISS = "fleiss"
    KRIPPENDORFF = "krippendorff"
    ICC = "icc"
    BLAND_ALTMAN = "bland-altman"


@dataclass(frozen=True, slots=True)
class Ratings:
    """What raters said: `answers` has a row a case, in the order of `raters`; None is no answer.

    `numbers` is the same as numbers, None where an answer is a word. `categories` are in order if `ordered`.
    """

    raters: tuple[str, ...]
    answers: tuple[tuple[str | None, ...], ...]
    numbers: tuple[tuple[float | None, ...], ...] | None
    categories: tuple[str, ...]
    ordered: bool

    def __post_init__(self) -> None:
        if len(self.raters) < 2:
            raise ValueError("agreement needs two raters")
        if any(len(row) != len(self.raters) for row in self.answers):
            raise ValueError("a row has another number of answers than there are raters")

    @property
    def complete(self) -> tuple[tuple[str, ...], ...]:
        """The rows with an answer of every rater."""
        return tuple(tuple(map(str, row)) for row in self.answers if None not in row)

    @property
    def complete_numbers(self) -> list[list[float]]:
        """The same rows as numbers; none where answers are words."""
        rows = [[cell for cell in row if cell is not None] for row in self.numbers or ()]
        return [row for row in rows if len(row) == len(self.raters)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of ratings: which kinds (all that can be, if none), and how."""

    kinds: tuple[Kind, ...] = ()
    weights: Weights = Weights.NONE
    scale: Scale | None = None
    level: float = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class RaterAgreement:
    """What was found, by kind, and why other kinds were left out.

    `complete` of the `rows` have an answer of every rater; only Krippendorff's alpha reads the others.
    """

    raters: tuple[str, ...]
    rows: int
    complete: int
    level: float
    kappa: TwoRaters | None = None
    fleiss: FleissKappa | None = None
    krippendorff: Alpha | None = None
    icc: IntraclassCorrelation | None = None
    bland_altman: BlandAltman | None = None
    concordance: Concordance | None = None
    left_out: Mapping[Kind, str]

    def to_json(self) -> dict[str, Any]:
        """Return every analysis by its name, null where it was not made."""
        names = ("kappa", "fleiss", "krippendorff", "icc", "bland_altman", "concordance")
        parts = {name: getattr(self, name) for name in names}
        return {
            "raters": list(self.raters),
            "rows": self.rows,
            "rows_complete": self.complete,
            "level": self.level,
            "difference": f"{self.raters[0]} minus {self.raters[1]}" if len(self.raters) == 2 else None,
            **{name: None if part is None else part.to_json() for name, part in parts.items()},
            "left_out": {kind.value: reason for kind, reason in self.left_out.items()},
        }


def analyse(ratings: Ratings, asked: Asked) -> RaterAgreement:
    """Return the analyses that are asked for and that the ratings allow, each other one with the reason."""
    kinds = asked.kinds or tuple(Kind)
    reasons = {kind: _obstacle(kind, ratings, asked) for kind in kinds}
    made = [kind for kind, reason in reasons.items() if not reason]
    parts: dict[str, Any] = {}
    for kind in made:
        parts.update(_ANALYSES[kind](ratings, asked))
    return RaterAgreement(
        raters=ratings.raters,
        rows=len(ratings.answers),
        complete=len(ratings.complete),
        level=asked.level,
        left_out={kind: reason for kind, reason in reasons.items() if reason},
        **parts,
    )


def _obstacle(kind: Kind, ratings: Ratings, asked: Asked) -> str:
    """Return why an analysis cannot be made, empty if it can."""
    if kind in (Kind.ICC, Kind.BLAND_ALTMAN):
        return _obstacle_of_numbers(kind, ratings)
    if len(ratings.categories) > MOST_CATEGORIES:
        return f"{len(ratings.categories)} different answers: measurements, not categories"
    if kind is Kind.KRIPPENDORFF:
        return _obstacle_of_scale(asked.scale or Scale.NOMINAL, ratings)
    if kind is Kind.KAPPA and len(ratings.raters) != 2:
        return f"kappa is of two raters, not {len(ratings.raters)}"
    if kind is Kind.KAPPA and asked.weights is not Weights.NONE and not ratings.ordered:
        return "weights need categories in order, and answers are words"
    least = 1 if kind is Kind.KAPPA else 2
    return "" if len(ratings.complete) >= least else "too few cases have an answer of every rater"


def _obstacle_of_scale(scale: Scale, ratings: Ratings) -> str:
    if scale is Scale.ORDINAL and not ratings.ordered:
        return "an ordinal scale needs categories in order, and answers are words"
    if scale in (Scale.INTERVAL, Scale.RATIO) and ratings.numbers is None:
        return "answers are words, not numbers"
    if scale is Scale.RATIO and any(float(category) < 0 for category in ratings.categories):
        return "a ratio scale has no number below 0"
    return ""


def _obstacle_of_numbers(kind: Kind, ratings: Ratings) -> str:
    if ratings.numbers is None:
        return "answers are words, not numbers"
    if kind is Kind.BLAND_ALTMAN and len(ratings.raters) != 2:
        return f"limits of agreement are of two raters, not {len(ratings.raters)}"
    least = 2 if kind is Kind.ICC else 1
    return "" if len(ratings.complete) >= least else "too few cases have an answer of every rater"


def _kappa(ratings: Ratings, asked: Asked) -> dict[str, Any]:
    pairs = [(row[0], row[1]) for row in ratings.complete]
    counts = tabulate(pairs, ratings.categories)
    return {"kappa": two_raters(ratings.categories, counts, asked.weights, asked.level)}


def _fleiss(ratings: Ratings, asked: Asked) -> dict[str, Any]:
    return {"fleiss": fleiss_kappa(ratings.complete, ratings.categories, asked.level)}


def _krippendorff(ratings: Ratings, asked: Asked) -> dict[str, Any]:
    scale = asked.scale or Scale.NOMINAL
    return {"krippendorff": krippendorff_alpha(ratings.answers, ratings.categories, scale, asked.level)}


def _icc(ratings: Ratings, asked: Asked) -> dict[str, Any]:
    return {"icc": intraclass_correlation(ratings.complete_numbers, asked.level)}


def _bland_altman(ratings: Ratings, asked: Asked) -> dict[str, Any]:
    first, second = (list(series) for series in zip(*ratings.complete_numbers, strict=True))
    return {
        "bland_altman": bland_altman(first, second, asked.level),
        "concordance": concordance(first, second, asked.level),
    }


_Analysis = Callable[[Ratings, Asked], dict[str, Any]]
_ANALYSES: Mapping[Kind, _Analysis] = MappingProxyType(
    {
        Kind.KAPPA: _kappa,
        Kind.FLEISS: _fleiss,
        Kind.KRIPPENDORFF: _krippendorff,
        Kind.ICC: _icc,
        Kind.BLAND_ALTMAN: _bland_altman,
    }
)


def categories_of(answers: Sequence[Sequence[str | None]]) -> tuple[str, ...]:
    """Return the different answers: numbers from small to large, or else words by the alphabet."""
    found = {cell for row in answers for cell in row if cell is not None}
    try:
        return tuple(sorted(found, key=float))
    except ValueError:
        return tuple(sorted(found))
