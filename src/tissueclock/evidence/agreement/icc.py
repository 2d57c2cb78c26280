"""Intraclass correlation: the six forms of Shrout and Fleiss, from one analysis of variance.

Shrout PE, Fleiss JL, Psychol Bull 1979;86:420-428; the tests of ICC(2,1) and ICC(2,k), whose degrees of
freedom are Satterthwaite's: McGraw KO, Wong SP, Psychol Methods 1996;1:30-46.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import f as f_distribution

Interval = tuple[float, float]
Ends = tuple[float | None, float | None]
_Test = tuple[float, float, float]
"""F and its two degrees of freedom."""
_NOTHING = 1e-9
FORMS = ("ICC(1,1)", "ICC(2,1)", "ICC(3,1)", "ICC(1,k)", "ICC(2,k)", "ICC(3,k)")
_MEANING = (
    "one rating, raters drawn anew for each case",
    "one rating, raters drawn once, absolute agreement",
    "one rating, these raters only, consistency",
    "mean of k ratings, raters drawn anew for each case",
    "mean of k ratings, raters drawn once, absolute agreement",
    "mean of k ratings, these raters only, consistency",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Icc:
    """One form: its value, its interval, and the F test that it is zero with its degrees of freedom.

    ICC(2,k) and its lower end are None where so few cases make the single ratings' more negative than means
    can be.
    """

    form: str
    meaning: str
    icc: float | None
    interval: Ends
    f: float
    df1: float
    df2: float
    p: float

    def to_json(self) -> dict[str, Any]:
        """Return every number by its name."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return {name: list(item) if isinstance(item, tuple) else item for name, item in found.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class IntraclassCorrelation:
    """The forms, of `n` cases rated by `raters`; none, with a `reason`, where they are undefined.

    `mean_squares` are those between cases, between raters, of the residual and within cases.
    """

    n: int
    raters: int
    mean_squares: tuple[float, float, float, float]
    forms: tuple[Icc, ...] = ()
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the forms and what they were computed from."""
        names = ("between_cases", "between_raters", "residual", "within_cases")
        return {
            "n": self.n,
            "raters": self.raters,
            "mean_squares": dict(zip(names, self.mean_squares, strict=True)),
            "forms": [form.to_json() for form in self.forms],
        } | ({"reason": self.reason} if self.reason else {})


@dataclass(frozen=True, slots=True)
class _Squares:
    """Mean squares of n cases by k raters: between cases, between raters, residual, within cases."""

    n: int
    k: int
    cases: float
    raters: float
    residual: float
    within: float


def intraclass_correlation(ratings: ArrayLike, level: float = 0.95) -> IntraclassCorrelation:
    """Return the six forms of ratings, a row a case and a column a rater, with intervals at `level`.

    Raises ValueError unless there are two cases, two raters, and only finite numbers.
    """
    table = np.asarray(ratings, dtype=np.float64)
    if table.ndim != 2 or min(table.shape) < 2:
        raise ValueError("intraclass correlation needs two cases and two raters")
    if not np.isfinite(table).all():
        raise ValueError("a rating is not finite")
    found = _mean_squares(table)
    squares = (found.cases, found.raters, found.residual, found.within)
    reason = _undefined(found, float(np.abs(table).max()))
    forms = () if reason else tuple(_forms(found, level))
    return IntraclassCorrelation(n=found.n, raters=found.k, mean_squares=squares, forms=forms, reason=reason)


def _mean_squares(table: NDArray[np.float64]) -> _Squares:
    n, k = table.shape
    centred = table - table.mean()
    case, rater = centred.mean(axis=1, keepdims=True), centred.mean(axis=0, keepdims=True)
    return _Squares(
        n=n,
        k=k,
        cases=k * float((case**2).sum()) / (n - 1),
        raters=n * float((rater**2).sum()) / (k - 1),
        residual=float(((centred - case - rater) ** 2).sum()) / ((n - 1) * (k - 1)),
        within=float(((centred - case) ** 2).sum()) / (n * (k - 1)),
    )


def _undefined(found: _Squares, largest: float) -> str:
    """Return why there is no form; a sum of squares that rounding alone can make counts as none."""
    least = (1e-13 * largest) ** 2
    if found.cases <= least:
        return "the cases do not differ"
    return "the raters never differ but by a constant" if found.residual <= least else ""


def _forms(found: _Squares, level: float) -> Iterator[Icc]:
    for form, meaning, (icc, interval, test) in zip(FORMS, _MEANING, _values(found, level), strict=True):
        ratio, df1, df2 = test
        yield Icc(
            form=form,
            meaning=meaning,
            icc=icc,
            interval=interval,
            f=ratio,
            df1=df1,
            df2=df2,
            p=float(f_distribution.sf(ratio, df1, df2)),
        )


_Value = tuple[float | None, Ends, _Test]


def _values(found: _Squares, level: float) -> tuple[_Value, ...]:
    """Return value, interval and F test of each form, in the order of FORMS."""
    n, k = found.n, found.k
    tail = (1 + level) / 2
    one: _Test = (found.cases / found.within, n - 1.0, n * (k - 1.0))
    two: _Test = (found.cases / found.residual, n - 1.0, (n - 1.0) * (k - 1.0))
    icc2 = (found.cases - found.residual) / (
        found.cases + (k - 1) * found.residual + k * (found.raters - found.residual) / n
    )
    agreed: _Test = (two[0], two[1], _satterthwaite(found, icc2))
    single = (
        (_of_ratio(one[0], k), _ratio_span(one, tail, k), one),
        (icc2, _agreement_span(found, agreed[2], tail), agreed),
        (_of_ratio(two[0], k), _ratio_span(two, tail, k), two),
    )
    mean = (
        (_of_mean(icc, k), (_of_mean(ends[0], k), _of_mean(ends[1], k)), test) for icc, ends, test in single
    )
    return (*single, *mean)


def _of_ratio(ratio: float, k: int) -> float:
    """Return the correlation of single ratings for a ratio of mean squares."""
    return (ratio - 1) / (ratio + k - 1)


def _of_mean(single: float, k: int) -> float | None:
    """Return the correlation of means of k ratings for that of single ones (Spearman and Brown).

    None from -1 / (k - 1) down, which no mean of k ratings can follow.
    """
    rest = 1 + (k - 1) * single
    return k * single / rest if rest > _NOTHING else None


def _ratio_span(test: _Test, tail: float, k: int) -> Interval:
    """Return the interval of the correlation of single ratings for a ratio of mean squares."""
    ratio, df1, df2 = test
    low, high = f_distribution.ppf(tail, df1, df2), f_distribution.ppf(tail, df2, df1)
    return _of_ratio(ratio / float(low), k), _of_ratio(ratio * float(high), k)


def _satterthwaite(found: _Squares, icc: float) -> float:
    """Return the degrees of freedom of the mean squares that ICC(2,1) is tested against.

    They are those of a correlation of 0 where it is below: the approximation is for positive weights only.
    """
    n, k = found.n, found.k
    icc = max(icc, 0.0)
    raters, residual = k * icc * found.raters, (n * (1 + (k - 1) * icc) - k * icc) * found.residual
    return (raters + residual) ** 2 / (raters**2 / (k - 1) + residual**2 / ((n - 1) * (k - 1)))


def _agreement_span(found: _Squares, df2: float, tail: float) -> Interval:
    """Return the interval of ICC(2,1) (Shrout and Fleiss 1979, page 424)."""
    n, k = found.n, found.k
    upper, lower = (float(f_distribution.ppf(tail, *df)) for df in ((n - 1, df2), (df2, n - 1)))
    chance = k * found.raters + (k * n - k - n) * found.residual
    return (
        n * (found.cases - upper * found.residual) / (upper * chance + n * found.cases),
        n * (lower * found.cases - found.residual) / (chance + n * lower * found.cases),
    )
