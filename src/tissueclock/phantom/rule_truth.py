"""What the rule method measures without noise: slow, explicit, and independent of the measuring code.

The published limits belong to regularised SVD. This is block-circulant SVD in its plainest form: curves at
the frame times, made linear onto a 0.5 s axis, zero-padded to twice their length; the circulant matrix
built entry by entry and decomposed by `numpy.linalg.svd`; singular values under 15 % of the largest
dropped (Wu 2003, MRM 50:164; the share is our choice). Tmax is the sub-sample maximum of the residue
between -3 and +20 s, flow its largest sample.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.errors import UsageError
from tissueclock.phantom.kinetics import CBF_UNIT, KH_OVER_RHO

Samples = NDArray[np.float64]

RULE_STEP_S = 0.5
RULE_CUTOFF = 0.15
RULE_WINDOW_S = (-3.0, 20.0)


@dataclass(frozen=True, eq=False)
class RuleMethod:
    """The deconvolution by one input curve, as a matrix from resampled curves to residues.

    `inverse` is lags x samples for lags from one step before to one step after the search window.
    """

    axis_s: Samples
    lags_s: Samples
    inverse: Samples

    @classmethod
    def of(cls, times_s: Samples, aif: Samples) -> RuleMethod:
        """Decompose the circulant matrix of the input curve `aif`, sampled at rising `times_s`.

        Raises UsageError if the run ends before the bolus comes.
        """
        if not aif.any():
            raise UsageError(
                f"the run ends at {times_s[-1]:g} s, before the bolus arrives.",
                where="acquisition",
                remedy="Take more frames, or let the bolus arrive earlier.",
            )
        axis: Samples = np.arange(times_s[0], times_s[-1] + 1e-9, RULE_STEP_S)
        first, last = (round(edge / RULE_STEP_S) for edge in RULE_WINDOW_S)
        lags: NDArray[np.intp] = np.arange(first - 1, last + 2)
        # Twice the length, or more in a short run, so that no lag of the window stands for two.
        padding = np.zeros(max(axis.size, lags.size))
        padded = np.concatenate([np.interp(axis, times_s, aif), padding])
        inverse = _pseudo_inverse(_circulant(padded) * RULE_STEP_S)
        rows = inverse[np.ix_(lags % padded.size, np.arange(axis.size))]
        return cls(axis, lags.astype(np.float64) * RULE_STEP_S, rows)

    def residues(self, times_s: Samples, curves: Samples) -> Samples:
        """Return the residues (lags x curves, 1/s) of curves sampled at `times_s` (frames x curves)."""
        resampled = np.stack([np.interp(self.axis_s, times_s, curve) for curve in curves.T], axis=1)
        residues: Samples = self.inverse @ resampled
        return residues

    def peaks(self, residues: Samples) -> tuple[Samples, Samples]:
        """Return Tmax (s) and flow (mL/100 g/min) of residues (lags x curves)."""
        inner = residues[1:-1].argmax(axis=0) + 1
        columns = np.arange(residues.shape[1])
        before, top, after = (residues[inner + step, columns] for step in (-1, 0, 1))
        bend = before - 2 * top + after
        # At the window's edge a neighbour may be higher: the parabola then has no top there, so none is used.
        peaked = (bend < 0) & (top >= before) & (top >= after)
        shift = np.where(peaked, 0.5 * (before - after) / np.where(peaked, bend, 1.0), 0.0)
        return self.lags_s[inner] + shift * RULE_STEP_S, top * CBF_UNIT * KH_OVER_RHO


def _circulant(padded: Samples) -> Samples:
    numbers = np.arange(padded.size)
    circulant: Samples = padded[(numbers[:, None] - numbers[None, :]) % padded.size]
    return circulant


def _pseudo_inverse(matrix: Samples) -> Samples:
    left, singular, right = np.linalg.svd(matrix)
    kept = singular >= RULE_CUTOFF * singular[0]
    inverse: Samples = (right[kept].T / singular[kept]) @ left[:, kept].T
    return inverse
