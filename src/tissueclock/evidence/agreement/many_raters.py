"""More than two raters and categories: Fleiss' kappa, and Krippendorff's alpha, which allows for gaps."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import NormalDist, fmean, variance
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Interval = tuple[float, float]
Answers = Sequence[Sequence[str | None]]
"""A row a case and a column a rater; None is no answer."""
BOOTSTRAP_SAMPLES = 2000
BOOTSTRAP_SEED = 20
"""Both our choice: the same answers give the same interval."""
_SAMPLES_AT_A_TIME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryKappa:
    """Fleiss' kappa of one category against all others, tested against zero."""

    category: str
    share: float
    kappa: float | None
    z: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FleissKappa:
    """Agreement beyond chance of as many answers a case, whoever gave them.

    `z` and `p` (two-sided) test that kappa is zero. `interval` rests on `standard_error`, which needs no such
    hypothesis. Where kappa is undefined it is None, with a `reason`.
    """

    n: int
    raters: int
    observed: float
    expected: float
    kappa: float | None = None
    standard_error: float | None = None
    interval: Interval | None = None
    z: float | None = None
    p: float | None = None
    categories: tuple[CategoryKappa, ...] = ()
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return every number by its name."""
        names = ("n", "raters", "observed", "expected", "kappa", "standard_error", "z", "p")
        return {
            **{name: getattr(self, name) for name in names},
            "interval": list(self.interval) if self.interval else None,
            "categories": [
                {"category": one.category, "share": one.share, "kappa": one.kappa, "z": one.z}
                for one in self.categories
            ],
        } | ({"reason": self.reason} if self.reason else {})


def fleiss_kappa(answers: Answers, categories: Sequence[str], level: float = 0.95) -> FleissKappa:
    """Return Fleiss' kappa; every case has as many answers, and none is missing.

    Fleiss JL, Psychol Bull 1971;76:378-382; its test by Fleiss, Nee and Landis, Psychol Bull
    1979;86:974-977; its standard error by Gwet KL, Br J Math Stat Psychol 2008;61:29-48. Raises ValueError
    unless there are two cases, two raters and only answers in `categories`.
    """
    counts = [[row.count(name) for name in categories] for row in (list(answer) for answer in answers)]
    raters = len(answers[0]) if answers else 0
    if len(counts) < 2 or raters < 2:
        raise ValueError("Fleiss' kappa needs two cases and two raters")
    if any(sum(row) != raters for row in counts):
        raise ValueError("every case needs an answer of every rater, out of the categories")
    n = len(counts)
    shares = [sum(column) / (n * raters) for column in zip(*counts, strict=True)]
    agreed = [sum(count * (count - 1) for count in row) / (raters * (raters - 1)) for row in counts]
    observed, expected = fmean(agreed), math.fsum(share**2 for share in shares)
    if max(shares) == 1:
        reason = "all give every case one and the same answer"
        return FleissKappa(n=n, raters=raters, observed=observed, expected=1.0, reason=reason)
    kappa = (observed - expected) / (1 - expected)
    chance = [math.fsum(p * count / raters for p, count in zip(shares, row, strict=True)) for row in counts]
    error = _gwet_error(agreed, chance, kappa, expected)
    reach = NormalDist().inv_cdf((1 + level) / 2) * error
    z = kappa / _null_error(shares, n, raters)
    return FleissKappa(
        n=n,
        raters=raters,
        observed=observed,
        expected=expected,
        kappa=kappa,
        standard_error=error,
        interval=(max(kappa - reach, -1.0), min(kappa + reach, 1.0)),
        z=z,
        p=math.erfc(abs(z) / math.sqrt(2)),
        categories=tuple(_one_by_one(categories, counts, shares, raters)),
    )


def _gwet_error(agreed: Sequence[float], chance: Sequence[float], kappa: float, expected: float) -> float:
    """Return the standard error over cases, with the error of the shares (Gwet 2008, equation 29)."""
    rest = 1 - expected
    parts = [
        (a - expected) / rest - 2 * (1 - kappa) * (c - expected) / rest
        for a, c in zip(agreed, chance, strict=True)
    ]
    return math.sqrt(variance(parts) / len(parts))


def _null_error(shares: Sequence[float], n: int, raters: int) -> float:
    spread = math.fsum(p * (1 - p) for p in shares)
    skew = math.fsum(p * (1 - p) * (1 - 2 * p) for p in shares)
    return math.sqrt(2 * (spread**2 - skew) / (n * raters * (raters - 1))) / spread


def _one_by_one(
    categories: Sequence[str], counts: Sequence[Sequence[int]], shares: Sequence[float], raters: int
) -> Iterator[CategoryKappa]:
    n, pairs = len(counts), raters * (raters - 1)
    for at, (category, share) in enumerate(zip(categories, shares, strict=True)):
        if share in (0, 1):
            yield CategoryKappa(category=category, share=share, kappa=None, z=None)
            continue
        split = sum(row[at] * (raters - row[at]) for row in counts)
        kappa = 1 - split / (n * pairs * share * (1 - share))
        yield CategoryKappa(category=category, share=share, kappa=kappa, z=kappa * math.sqrt(n * pairs / 2))


class Scale(Enum):
    """How far apart two answers are: all alike, by rank, by difference, or by ratio."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alpha:
    """Krippendorff's alpha of `n` cases with two answers or more; the interval is a bootstrap over cases."""

    scale: Scale
    n: int
    answers: int
    alpha: float | None = None
    interval: Interval | None = None
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return every number by its name, and how the interval was drawn."""
        return {
            "scale": self.scale.value,
            "n": self.n,
            "answers": self.answers,
            "alpha": self.alpha,
            "interval": list(self.interval) if self.interval else None,
            "bootstrap": {"samples": BOOTSTRAP_SAMPLES, "seed": BOOTSTRAP_SEED} if self.interval else None,
        } | ({"reason": self.reason} if self.reason else {})


def krippendorff_alpha(
    answers: Answers, categories: Sequence[str], scale: Scale = Scale.NOMINAL, level: float = 0.95
) -> Alpha:
    """Return alpha of answers in `categories`, which are in order for ORDINAL and numbers for the last two.

    Krippendorff K, Commun Methods Meas 2011;5:93-112. Cases with one answer say nothing and are left out. The
    interval is the percentile one of a bootstrap over cases. Raises ValueError for an answer that is in no
    category, and on RATIO for a number below 0.
    """
    kept = [Counter(answer for answer in row if answer is not None) for row in answers]
    kept = [row for row in kept if row.total() > 1]
    if unknown := sorted(set().union(*kept) - set(categories)):
        raise ValueError(f"'{unknown[0]}' is no category")
    counts = np.array([[row[name] for name in categories] for row in kept], dtype=np.float64)
    if not kept:
        return Alpha(scale=scale, n=0, answers=0, reason="no case has two answers")
    values = _values(categories, scale)
    (alpha,) = _alphas(counts, np.ones((1, len(kept))), values, scale)
    given = int(counts.sum())
    if np.isnan(alpha):
        return Alpha(scale=scale, n=len(kept), answers=given, reason="all answers are one and the same")
    interval = _bootstrap(counts, values, scale, level) if len(kept) > 1 else None
    return Alpha(scale=scale, n=len(kept), answers=given, alpha=float(alpha), interval=interval)


def _values(categories: Sequence[str], scale: Scale) -> Numbers:
    if scale in (Scale.NOMINAL, Scale.ORDINAL):
        return np.arange(len(categories), dtype=np.float64)
    values = np.array([float(name) for name in categories])
    if scale is Scale.RATIO and values.min() < 0:
        raise ValueError("a ratio scale has no number below 0")
    return values


def _alphas(counts: Numbers, times: Numbers, values: Numbers, scale: Scale) -> Numbers:
    """Return alpha for each row of `times`, which says how often each case counts; NaN where none differ.

    It is 1 - observed / expected disagreement: pairs of answers within cases against pairs of all answers.
    """
    totals, answers = times @ counts, counts.sum(axis=1)
    if scale is Scale.ORDINAL:
        # Mean ranks, up to a constant. Of squared distances a sum over pairs needs two sums over answers.
        ranks = np.cumsum(totals, axis=1) - totals / 2
        within = 2 * (answers * (ranks**2 @ counts.T) - (ranks @ counts.T) ** 2)
        seen = (times * within / (answers - 1)).sum(axis=1)
        squares, middle = (totals * ranks**2).sum(axis=1), (totals * ranks).sum(axis=1)
        expected = 2 * (totals.sum(axis=1) * squares - middle**2)
    else:
        apart = _apart(values, scale)
        seen = times @ (np.einsum("ui,ij,uj->u", counts, apart, counts) / (answers - 1))
        expected = np.einsum("bi,ij,bj->b", totals, apart, totals)
    differ = (totals > 0).sum(axis=1) > 1
    ratio = np.divide(seen, expected, out=np.full(len(times), np.nan), where=differ)
    return np.asarray(1 - (totals.sum(axis=1) - 1) * ratio)


def _apart(values: Numbers, scale: Scale) -> Numbers:
    """Return the squared distance of every two categories."""
    first, second = values[:, None], values[None, :]
    if scale is Scale.NOMINAL:
        return np.asarray(first != second, dtype=np.float64)
    if scale is Scale.RATIO:
        both = first + second
        return np.asarray(((first - second) / np.where(both == 0, 1.0, both)) ** 2)
    return np.asarray((first - second) ** 2)


def _bootstrap(counts: Numbers, values: Numbers, scale: Scale, level: float) -> Interval | None:
    """Return the percentile interval over samples of cases, None where most samples have no alpha."""
    draw, n = np.random.default_rng(BOOTSTRAP_SEED), len(counts)
    parts = []
    for start in range(0, BOOTSTRAP_SAMPLES, _SAMPLES_AT_A_TIME):
        size = min(_SAMPLES_AT_A_TIME, BOOTSTRAP_SAMPLES - start)
        times = draw.multinomial(n, np.full(n, 1 / n), size=size).astype(np.float64)
        parts.append(_alphas(counts, times, values, scale))
    found = np.concatenate(parts)
    known = found[~np.isnan(found)]
    if len(known) < BOOTSTRAP_SAMPLES / 2:
        return None
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
