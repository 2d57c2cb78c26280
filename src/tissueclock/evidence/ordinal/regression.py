"""The common odds ratio adjusted for covariates, from patient rows, with its intervals and tests."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from tissueclock.core.errors import UsageError
from tissueclock.evidence.ordinal.cumulative import (
    Design,
    Peak,
    climb,
    design_of,
    separating_places,
)
from tissueclock.evidence.ordinal.estimate import Estimate, HypothesisTest, chi_square, ratio_estimate
from tissueclock.evidence.ordinal.rows import OrdinalRows

Floats = NDArray[np.float64]
METHOD = "proportional odds, maximum likelihood"
WALD = "Wald, log scale"
ARM = "arm"
ONE_LEVEL = "all patients have the same level"
_SUSPECT = 1e6
"""A variance beyond this, of columns with SD 1, asks whether there is a finite estimate at all."""
_MOST_STEPS, _CLOSE = 200, 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowsFit:
    """A fit of patient rows; `peak` is on columns of mean 0 and SD 1, the other numbers on those as given.

    `labels` are the columns with one effect, `scaled` holds them by patient; `free_labels` are those with an
    effect at each cut. `level_of` counts levels in use. With a `reason` there is no finite estimate.
    """

    labels: tuple[str, ...]
    free_labels: tuple[str, ...]
    level_of: NDArray[np.intp]
    scaled: Floats
    design: Design
    peak: Peak
    back: Floats
    reason: str = ""

    @property
    def cuts(self) -> int:
        """The cuts between levels in use."""
        return int(self.level_of.max())

    @property
    def log_likelihood(self) -> float:
        """The log likelihood; where there is no finite estimate, the bound that it tends to."""
        return self.peak.value

    @property
    def parameters(self) -> Floats:
        """Cuts, log odds ratios for a better outcome of `labels`, then those of the free ones cut by cut."""
        return np.asarray(self.back @ self.peak.at)

    @property
    def covariance(self) -> Floats:
        """The inverse of the observed information, in the order of `parameters`."""
        return np.asarray(self.back @ np.linalg.inv(self.peak.information) @ self.back.T)

    def estimate(self, label: str, level: float = 0.95) -> Estimate:
        """Return the odds ratio for a better outcome per unit of a column, with Wald's interval."""
        return self._estimate(self._position(label), level)

    def at_each_cut(self, label: str, level: float = 0.95) -> tuple[Estimate, ...]:
        """Return the odds ratio of a free column at each cut."""
        width, place = len(self.free_labels), self.free_labels.index(label)
        first = self.cuts + len(self.labels) + place
        return tuple(self._estimate(first + cut * width, level) for cut in range(self.cuts))

    def profile(self, label: str, level: float = 0.95) -> tuple[float, float] | None:
        """Return the profile likelihood limits of a log odds ratio; None without a finite estimate."""
        if self.reason:
            return None
        place = self._position(label)
        scale = float(self.back[place, place])
        se = math.sqrt(float(np.linalg.inv(self.peak.information)[place, place]))
        quantile = float(chi2.ppf(level, 1))
        low, high = (self._limit(place, sign, math.sqrt(quantile) * se, quantile) for sign in (-1, 1))
        return low * scale, high * scale

    def _position(self, label: str) -> int:
        if label not in self.labels:
            raise UsageError(f"there is no column '{label}'.", remedy=f"Known: {', '.join(self.labels)}.")
        return self.cuts + self.labels.index(label)

    def _estimate(self, place: int, level: float) -> Estimate:
        if self.reason:
            return Estimate(method=METHOD, reason=self.reason)
        se = math.sqrt(float(self.covariance[place, place]))
        return ratio_estimate(float(self.parameters[place]), se, level, METHOD, WALD)

    def _limit(self, place: int, sign: int, start: float, quantile: float) -> float:
        """Return one limit by Newton's method on the fall of twice the log likelihood, which is convex.

        Cuts stay in order whatever the effect, since an effect that all cuts share moves them alike.
        """
        at = self.peak.at.copy()
        away = start
        for _ in range(_MOST_STEPS):
            at[place] = self.peak.at[place] + sign * away
            found = climb(self.design, at, held=place)
            short = 2 * (self.peak.value - found.value) - quantile
            step = short / (-2 * sign * float(found.gradient[place]))
            away, at = away - step, found.at.copy()
            if abs(step) <= _CLOSE * max(1.0, away):
                break
        return float(self.peak.at[place] + sign * away)


def fit_rows(rows: OrdinalRows, *, free: Sequence[str] = (), labels: Sequence[str] | None = None) -> RowsFit:
    """Fit the arm and the covariates to patient rows.

    Columns named in `free` get an effect at each cut (partial proportional odds). `labels` keeps only some
    columns; none of them is the model without effects. Raises UsageError for a name that is no column.
    """
    known = rows.labels()
    kept = known if labels is None else tuple(labels)
    for name in (*free, *kept):
        if name not in known:
            raise UsageError(f"there is no column '{name}'.", remedy=f"Known: {', '.join(known)}.")
    same = tuple(label for label in kept if label not in free)
    loose = tuple(label for label in kept if label in free)
    level_of = np.unique(np.array(rows.level_of), return_inverse=True)[1]
    columns = dict(zip(known, rows.matrix().T, strict=True))
    return _fit(level_of, {name: columns[name] for name in same}, {name: columns[name] for name in loose})


def fit_cut(fit: RowsFit, cut: int) -> RowsFit:
    """Return the binary regression of being no worse than one cut, from 0, on the columns of a fit."""
    above = (fit.level_of > cut).astype(np.intp)
    return _fit(above, dict(zip(fit.labels, fit.scaled.T, strict=True)), {})


def _fit(level_of: NDArray[np.intp], same: Mapping[str, Floats], free: Mapping[str, Floats]) -> RowsFit:
    cuts = int(level_of.max())
    matrices = [_matrix(columns, len(level_of)) for columns in (same, free)]
    centres = [matrix.mean(axis=0) for matrix in matrices]
    spreads = [matrix.std(axis=0) for matrix in matrices]
    scaled = [(m - c) / s for m, c, s in zip(matrices, centres, spreads, strict=True)]
    design = design_of(level_of, cuts + 1, *scaled)
    peak = climb(design, _start(level_of, design.size))
    return RowsFit(
        labels=tuple(same),
        free_labels=tuple(free),
        level_of=level_of,
        scaled=scaled[0],
        design=design,
        peak=peak,
        back=_back(cuts, centres, spreads),
        reason=_why_not(design, peak, ("",) * cuts + (*same, *(tuple(free) * cuts))),
    )


def _matrix(columns: Mapping[str, Floats], patients: int) -> Floats:
    return np.stack(list(columns.values()), axis=1) if columns else np.zeros((patients, 0))


def _start(level_of: NDArray[np.intp], size: int) -> Floats:
    """Return the cuts of all patients together, and no effects."""
    below = np.cumsum(np.bincount(level_of))[:-1]
    start = np.zeros(size)
    start[: len(below)] = np.log(below) - np.log(len(level_of) - below)
    return start


def _back(cuts: int, centres: Sequence[Floats], spreads: Sequence[Floats]) -> Floats:
    """Return the matrix from parameters on scaled columns to those on the columns as they are."""
    same, free = (len(centre) for centre in centres)
    effects = np.concatenate([spreads[0], np.tile(spreads[1], cuts)])
    back = np.diag(np.concatenate([np.ones(cuts), 1 / effects]))
    back[:cuts, cuts : cuts + same] = -centres[0] / spreads[0]
    for cut in range(cuts):
        first = cuts + same + cut * free
        back[cut, first : first + free] = -centres[1] / spreads[1]
    return back


def _why_not(design: Design, peak: Peak, names: Sequence[str]) -> str:
    """Return why there is no finite estimate, or nothing."""
    if not any(block.up.size for block in design.blocks):
        return ONE_LEVEL
    eigenvalues = np.linalg.eigvalsh(peak.information)
    if peak.converged and eigenvalues[0] > 1 / _SUSPECT:
        return ""
    places = separating_places(design)
    if places is not None:
        at_fault = dict.fromkeys(names[place] for place in places if names[place])
        return f"the levels are separated by {', '.join(at_fault) or 'the cuts'}: an odds ratio is infinite"
    return "" if peak.converged else "the fit did not converge"


def ratio_test(rows: OrdinalRows, fit: RowsFit, label: str = ARM) -> HypothesisTest:
    """Return the likelihood ratio test of one column of a fit; its alternative may be an infinite one."""
    method = f"likelihood ratio of {label}"
    if fit.cuts == 0 or not fit.peak.settled:
        return HypothesisTest(method=method, reason=fit.reason)
    without = fit_rows(rows, labels=[name for name in fit.labels if name != label])
    return chi_square(method, max(2 * (fit.log_likelihood - without.log_likelihood), 0.0), 1)
