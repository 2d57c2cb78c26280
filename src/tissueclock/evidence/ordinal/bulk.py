"""Proportional odds on tables of two arms, ten thousand tables at once, by Newton's method.

The model is logit P(Y <= k) = a_k + b for the first arm and a_k for the second, so that exp(b) is the common
odds ratio for a better outcome (McCullagh P, J R Stat Soc B 1980;42:109). With F the logistic function, the
chance of a level between two cuts is F(u) F(-l) (1 - exp(l - u)), and the log likelihood falls apart into
one logistic term on each side of each cut and one term for each gap between neighbouring cuts, in which b
cancels. It is concave, and its information is tridiagonal in the a, with a border for b.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, log_expit, xlogy
from scipy.stats import chi2, norm

Floats = NDArray[np.float64]
_MOST_STEPS, _MOST_HALVINGS = 100, 60
_NEAR = 0.01
"""A decrement below which Newton's steps only shrink: a tenth of a standard error."""
_DONE = 1e-14
"""Newton's decrement, in squared standard errors, below which no further step is worth taking."""


class Status(IntEnum):
    """What a fit is. Only with FITTED is the common odds ratio a number that means something."""

    FITTED = 0
    SEPARATED_BETTER = 1  # no patient of the first arm is worse than any of the second: it is infinite
    SEPARATED_WORSE = 2  # and the other way round: it is 0
    ONE_LEVEL = 3  # all patients have the same level: there is nothing to compare
    NOT_CONVERGED = 4


@dataclass(frozen=True, slots=True, eq=False)
class TableFits:
    """Fits of many tables; every array has one entry a table, `cuts` one a table and cut.

    `log_or` is the log common odds ratio for a better outcome in the first arm: +inf or -inf where the arms
    are separated, NaN only where `status` is ONE_LEVEL or NOT_CONVERGED; `se` is then NaN too.
    `log_likelihood` is that of the fit (where separated, the bound that it tends to), `_null` without an
    effect, `_free` with an odds ratio of its own at each cut. `used` counts levels with a patient. The cuts
    beside an empty level are equal, -inf before the first patient and inf after the last.
    """

    status: NDArray[np.int8]
    log_or: Floats
    se: Floats
    cuts: Floats
    log_likelihood: Floats
    log_likelihood_null: Floats
    log_likelihood_free: Floats
    used: NDArray[np.intp]

    @property
    def fitted(self) -> NDArray[np.bool_]:
        """Which tables have a finite estimate."""
        return np.asarray(self.status == Status.FITTED)

    def wald_p(self) -> Floats:
        """Return two-sided p-values of Wald's test; NaN exactly where there is no finite estimate."""
        z = np.divide(self.log_or, self.se, out=np.full_like(self.se, np.nan), where=self.fitted)
        return np.asarray(2 * norm.sf(np.abs(z)))

    def wald_interval(self, level: float = 0.95) -> Floats:
        """Return the limits of the log common odds ratio, tables x 2; NaN where there is no estimate."""
        reach = norm.ppf((1 + level) / 2) * self.se
        middle = np.where(self.fitted, self.log_or, np.nan)
        return np.stack([middle - reach, middle + reach], axis=1)

    def ratio(self) -> Floats:
        """Return the likelihood ratio statistic of the effect, 1 degree of freedom; separated tables too."""
        return np.maximum(2 * (self.log_likelihood - self.log_likelihood_null), 0.0)

    def ratio_p(self) -> Floats:
        """Return the p-values of the likelihood ratio test; 1 where all patients have one level."""
        return np.asarray(chi2.sf(self.ratio(), 1))

    def proportionality_ratio(self) -> tuple[Floats, NDArray[np.intp], Floats]:
        """Return statistic, degrees of freedom and p of the likelihood ratio test of proportional odds.

        The alternative has an odds ratio of its own at each cut (a free distribution in each arm). With two
        used levels there is nothing to test: 0 degrees of freedom, p 1.
        """
        statistic = np.maximum(2 * (self.log_likelihood_free - self.log_likelihood), 0.0)
        df = np.maximum(self.used - 2, 0)
        return statistic, df, chi2_p(statistic, df)


def chi2_p(statistic: Floats, df: NDArray[np.intp]) -> Floats:
    """Return upper tails of chi-square; 1 where there are no degrees of freedom."""
    return np.where(df > 0, chi2.sf(statistic, np.maximum(df, 1)), 1.0)


def checked_counts(counts: ArrayLike) -> Floats:
    """Return counts as floats, tables x 2 x levels; ValueError unless whole, not negative, no arm empty."""
    array = np.asarray(counts, dtype=np.float64)
    if array.ndim != 3 or array.shape[1] != 2 or array.shape[2] < 2:
        raise ValueError(f"counts of the shape {array.shape}: give tables x 2 arms x levels (2 or more)")
    if not np.isfinite(array).all() or (array < 0).any() or (array != np.floor(array)).any():
        raise ValueError("counts must be whole numbers, 0 or more")
    if (array.sum(axis=2) == 0).any():
        raise ValueError("an arm of a table has no patients")
    return array


def fit_tables(counts: ArrayLike) -> TableFits:
    """Fit proportional odds to tables of counts, tables x 2 arms (the treatment first) x levels (best first).

    Raises ValueError for counts that are not whole, negative, of another shape, or an arm without patients.
    """
    array = checked_counts(counts)
    whole = array.sum(axis=1)
    status, used = _status_of(array, whole)
    log_or, se = _log_or_without_fit(status), np.full(len(array), np.nan)
    cuts, free = _pooled_cuts(whole), _free(array)
    value = free.copy()
    fitted = status == Status.FITTED
    for levels in np.unique(used[fitted]):
        rows = np.flatnonzero(fitted & (used == levels))
        tables = CutCounts.of(packed(array[rows], levels))
        found = maximise(tables, tables.start(), np.zeros(len(rows)))
        log_or[rows], se[rows], value[rows] = found.effect, found.se, found.value
        cuts[rows] = _spread(found.cuts, whole[rows])
        status[rows[~found.converged]] = Status.NOT_CONVERGED
    lost = status == Status.NOT_CONVERGED
    log_or[lost] = se[lost] = np.nan
    null = _multinomial(whole, whole.sum(axis=1))
    return TableFits(status, log_or, se, cuts, value, null, free, used)


def _status_of(array: Floats, whole: Floats) -> tuple[NDArray[np.int8], NDArray[np.intp]]:
    """Return which tables can be fitted, and how many levels each uses.

    The likelihood has no finite maximum exactly where the worst patient of one arm is not worse than the best
    of the other; sharing that one level does not help.
    """
    levels = array.shape[2]
    there = array > 0
    best = there.argmax(axis=2)
    worst = levels - 1 - there[:, :, ::-1].argmax(axis=2)
    status = np.full(len(array), Status.FITTED, dtype=np.int8)
    status[worst[:, 0] <= best[:, 1]] = Status.SEPARATED_BETTER
    status[worst[:, 1] <= best[:, 0]] = Status.SEPARATED_WORSE
    used = (whole > 0).sum(axis=1)
    status[used == 1] = Status.ONE_LEVEL
    return status, used


def _log_or_without_fit(status: NDArray[np.int8]) -> Floats:
    found = np.full(len(status), np.nan)
    found[status == Status.SEPARATED_BETTER] = np.inf
    found[status == Status.SEPARATED_WORSE] = -np.inf
    return found


def _pooled_cuts(whole: Floats) -> Floats:
    """Return the logits of both arms together up to each level, infinite beyond the used ones."""
    below = np.cumsum(whole, axis=1)[:, :-1]
    above = whole.sum(axis=1, keepdims=True) - below
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(below) - np.log(above))


def _multinomial(counts: Floats, size: Floats) -> Floats:
    """Return the log likelihood of counts under their own shares; levels are the last axis."""
    return np.asarray(xlogy(counts, counts).sum(axis=-1) - xlogy(size, size))


def _free(array: Floats) -> Floats:
    return np.asarray(_multinomial(array, array.sum(axis=2)).sum(axis=1))


def packed(array: Floats, levels: int) -> Floats:
    """Return tables that use so many levels without their empty ones, the others in their order."""
    order = np.argsort(array.sum(axis=1) == 0, axis=1, kind="stable")[:, :levels]
    return np.take_along_axis(array, order[:, None, :], axis=2)


def _spread(cuts: Floats, whole: Floats) -> Floats:
    """Return a cut after each level but the last, tables x cuts, from those after the used levels."""
    edge = np.full((len(whole), 1), np.inf)
    between = np.concatenate([-edge, cuts.T, edge], axis=1)
    return np.take_along_axis(between, np.cumsum((whole > 0).astype(np.intp), axis=1)[:, :-1], axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class CutCounts:
    """What the likelihood needs of tables without empty levels; the tables are the last axis, for speed."""

    below: Floats  # arms x cuts x tables: at the level just below the cut
    above: Floats  # arms x cuts x tables: at the level just above it
    gaps: Floats  # gaps x tables: both arms, at the levels between two cuts

    @classmethod
    def of(cls, array: Floats) -> CutCounts:
        """Take tables x 2 x levels."""
        turned = np.ascontiguousarray(array.transpose(1, 2, 0))
        return cls(turned[:, :-1], turned[:, 1:], turned[:, 1:-1].sum(axis=0))

    def take(self, rows: NDArray[np.intp]) -> CutCounts:
        """Return some of the tables, itself where it is all of them."""
        if rows.size == self.gaps.shape[-1]:
            return self
        return CutCounts(self.below[..., rows], self.above[..., rows], self.gaps[..., rows])

    def start(self) -> Floats:
        """Return the cuts without an effect, cuts x tables: the logits of both arms together."""
        below, above = self.below.sum(axis=0), self.above.sum(axis=0)
        up_to = np.cumsum(below, axis=0)
        beyond = up_to[-1] + above[-1] - up_to
        return np.asarray(np.log(up_to) - np.log(beyond))

    def value(self, cuts: Floats, effect: Floats) -> Floats:
        """Return log likelihoods; -inf where the cuts are out of order."""
        at = np.stack([cuts + effect, cuts])
        sides = (self.below + self.above) * log_expit(at) - self.above * at
        widths = np.diff(cuts, axis=0)
        ordered = widths > 0
        between = np.log(-np.expm1(-np.where(ordered, widths, 1.0)))
        value = sides.sum(axis=(0, 1)) + (self.gaps * between).sum(axis=0)
        return np.where(ordered.all(axis=0), value, -np.inf)


@dataclass(frozen=True, slots=True, eq=False)
class Maximum:
    """Where Newton's method ended; `slope` is what the log likelihood still grows by with the effect."""

    cuts: Floats
    effect: Floats
    se: Floats
    value: Floats
    slope: Floats
    converged: NDArray[np.bool_]


def maximise(tables: CutCounts, cuts: Floats, effect: Floats, *, held: bool = False) -> Maximum:
    """Maximise the likelihood of each table, over the cuts alone where the effect is `held`.

    `cuts` are cuts x tables, `effect` one a table.
    """
    cuts, effect = cuts.copy(), effect.copy()
    rows = np.arange(len(effect))
    for _ in range(_MOST_STEPS):
        part = tables.take(rows)
        step = _step(part, cuts[:, rows], effect[rows], held=held)
        cuts[:, rows], effect[rows] = _moved(part, step, cuts[:, rows], effect[rows])
        rows = rows[step.decrement > _DONE]
        if not rows.size:
            break
    last = _step(tables, cuts, effect, held=held)
    converged = np.ones(len(effect), dtype=bool)
    converged[rows] = False
    value = tables.value(cuts, effect)
    return Maximum(cuts, effect, 1 / np.sqrt(last.information), value, last.slope, converged)


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    cuts: Floats
    effect: Floats
    decrement: Floats
    information: Floats  # of the effect, the cuts being estimated too
    slope: Floats


def _step(tables: CutCounts, cuts: Floats, effect: Floats, *, held: bool) -> _Step:
    """Return Newton's step by elimination in the tridiagonal part, the border last."""
    share = expit(np.stack([cuts + effect, cuts]))
    slopes = tables.below * (1 - share) - tables.above * share
    weights = (tables.below + tables.above) * share * (1 - share)
    pull = -1 / np.expm1(-np.diff(cuts, axis=0)) - 1
    gradient = slopes.sum(axis=0)
    gradient[1:] += tables.gaps * pull
    gradient[:-1] -= tables.gaps * pull
    bend = tables.gaps * pull * (1 + pull)
    diagonal = weights.sum(axis=0)
    diagonal[1:] += bend
    diagonal[:-1] += bend
    border = weights[0]
    by_gradient, by_border = _solve_tridiagonal(diagonal, -bend, gradient, border)
    slope = slopes[0].sum(axis=0)
    information = border.sum(axis=0) - (border * by_border).sum(axis=0)
    move = (slope - (border * by_gradient).sum(axis=0)) / information
    move = np.zeros_like(move) if held else move
    step = by_gradient - by_border * move
    decrement = (gradient * step).sum(axis=0) + slope * move
    return _Step(step, move, decrement, information, slope)


def _moved(tables: CutCounts, step: _Step, cuts: Floats, effect: Floats) -> tuple[Floats, Floats]:
    """Return cuts and effects after the step, halved for as long as the likelihood falls.

    Near the maximum a whole step is never too long, and nothing is checked.
    """
    if step.decrement.max() < _NEAR:
        return cuts + step.cuts, effect + step.effect
    size, rows, value = 1.0, np.arange(len(effect)), tables.value(cuts, effect)
    cuts, effect = cuts.copy(), effect.copy()
    for _ in range(_MOST_HALVINGS):
        new_cuts = cuts[:, rows] + size * step.cuts[:, rows]
        new_effect = effect[rows] + size * step.effect[rows]
        new_value = tables.take(rows).value(new_cuts, new_effect)
        good = new_value >= value[rows] - 1e-12 * np.abs(value[rows])
        cuts[:, rows[good]], effect[rows[good]] = new_cuts[:, good], new_effect[good]
        rows = rows[~good]
        if not rows.size:
            break
        size /= 2
    return cuts, effect


def _solve_tridiagonal(diagonal: Floats, beside: Floats, *rights: Floats) -> tuple[Floats, ...]:
    """Solve symmetric positive definite tridiagonal systems, rows x tables, for several right-hand sides."""
    size = len(diagonal)
    pivots = diagonal.copy()
    found = tuple(right.copy() for right in rights)
    for row in range(1, size):
        factor = beside[row - 1] / pivots[row - 1]
        pivots[row] -= factor * beside[row - 1]
        for right in found:
            right[row] -= factor * right[row - 1]
    for right in found:
        right[-1] /= pivots[-1]
        for row in range(size - 2, -1, -1):
            right[row] = (right[row] - beside[row] * right[row + 1]) / pivots[row]
    return found
