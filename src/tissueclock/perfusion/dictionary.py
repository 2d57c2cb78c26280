"""Delay, flow and transit time by comparison with a dictionary of curves: estimates beside the rule method.

Every regularised deconvolution puts the residue's maximum 1.5 to 3 s after the bolus arrives, later the
slower tissue is, and reads too little flow. Here tissue curves are compared with what this scan's own input
and sampling make of residue functions of several families, delays and transit times, all in one matrix
product; the estimates are means over all entries, weighted by how likely each makes the curve (a flat prior,
Gaussian noise). No published limit belongs to them, so no rule reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.provenance import Step
from tissueclock.image.curves import Curves
from tissueclock.perfusion.aif.base import InputCurve
from tissueclock.perfusion.settings import PerfusionSettings
from tissueclock.perfusion.time_axis import columns_by_slice

Samples = NDArray[np.float64]
Row = NDArray[np.float32]

_FINE_S = 0.1
_TILE = 256
_CBF_UNIT = 6000.0
_DELAYS_S = np.arange(-2.0, 14.01, 0.5)
_MTTS_S = np.geomspace(2.0, 24.0, 10)
_LOST_ENERGY = 1e-4
_MODEL_SHARE = 0.1
"""Delays, transit times, families and the share of a curve that no entry explains are our choice. Curves are
compared on so many principal components of the dictionary that they miss no more than the share of energy."""


def _lagged(times_s: Samples, mtt_s: float) -> Samples:
    """Nothing leaves for a third of the transit time; then what is there leaves exponentially."""
    lag_s = mtt_s / 3.0
    return np.asarray(np.exp(-np.maximum(times_s - lag_s, 0.0) / (mtt_s - lag_s)))


def _gamma(times_s: Samples, mtt_s: float) -> Samples:
    """Transit times have a gamma distribution of shape 2."""
    share = 2.0 * times_s / mtt_s
    return np.asarray((1.0 + share) * np.exp(-share))


FAMILIES: Mapping[str, Callable[[Samples, float], Samples]] = MappingProxyType(
    {
        "exponential": lambda times_s, mtt_s: np.exp(-times_s / mtt_s),
        "gamma": _gamma,
        "box": lambda times_s, mtt_s: (times_s < mtt_s).astype(np.float64),
        "triangular": lambda times_s, mtt_s: np.maximum(1.0 - times_s / (2.0 * mtt_s), 0.0),
        "lagged": _lagged,
    }
)
"""Residue functions R(t) with R(0) = 1 and an area of MTT."""


@dataclass(frozen=True, eq=False)
class Estimates:
    """One number a voxel: delay in s, flow in mL/100 g/min (relative on MR) and mean transit time in s."""

    delay_s: Row
    flow: Row
    mtt_s: Row


@dataclass(frozen=True, eq=False)
class Dictionary:
    """The curves of unit length that one input makes at one slice's times, with what lies behind each.

    `basis` is frames x components and `entries` components x entries; `delay_s`, `mtt_s` and `flow` have one
    number an entry, flow that of a curve whose length is 1.
    """

    basis: Row
    entries: Row
    delay_s: Row
    mtt_s: Row
    flow: Row

    @classmethod
    def of(cls, aif: InputCurve, times_s: Samples, kh_over_rho: float) -> Dictionary:
        """Convolve the input with every residue function, delay it, and sample it at the frames' times."""
        fine_s, passed, mtts = _passages(aif)
        delays = np.repeat(_DELAYS_S, len(mtts))
        at = aif.start_s + fine_s
        curves = np.concatenate(
            [[np.interp(times_s - delay, at, curve, left=0.0) for curve in passed] for delay in _DELAYS_S]
        ).T
        curves -= curves.mean(axis=0)
        length = np.linalg.norm(curves, axis=0)
        seen = length > 1e-6 * length.max()
        unit = curves[:, seen] / length[seen]
        left, singular, _ = np.linalg.svd(unit, full_matrices=False)
        energy = np.cumsum(singular**2) / np.sum(singular**2)
        basis = left[:, : int(np.searchsorted(energy, 1.0 - _LOST_ENERGY)) + 1]
        return cls(
            basis=basis.astype(np.float32),
            entries=(basis.T @ unit).astype(np.float32),
            delay_s=delays[seen].astype(np.float32),
            mtt_s=np.tile(mtts, _DELAYS_S.size)[seen].astype(np.float32),
            flow=(_CBF_UNIT * kh_over_rho / length[seen]).astype(np.float32),
        )

    def match(self, values: NDArray[np.float32], noise_sd: Row) -> Estimates:
        """Return the mean of what lies behind the entries, weighted by their likelihood for each voxel."""
        found = np.empty((3, values.shape[1]), dtype=np.float32)
        behind = np.stack([self.delay_s, self.mtt_s])
        for start in range(0, values.shape[1], _TILE):
            tile = slice(start, start + _TILE)
            # entries are centred, so a curve's own mean does not matter
            noise = _tolerance(values[:, tile], noise_sd[tile])
            score = self.entries.T @ (self.basis.T @ (values[:, tile] / noise))
            np.maximum(score, 0.0, out=score)  # contrast is never negative
            weight = score * score
            weight -= weight.max(axis=0)
            weight *= np.float32(0.5)
            np.exp(weight, out=weight)
            weight /= weight.sum(axis=0)
            found[:2, tile] = behind @ weight
            score *= weight
            found[2, tile] = (self.flow @ score) * noise
        return Estimates(delay_s=found[0], mtt_s=found[1], flow=found[2])


def estimate(
    curves: Curves, noise_sd: Row, aif: InputCurve, settings: PerfusionSettings, scaling: float
) -> Estimates:
    """Compare curves with the dictionary of their slice's own times.

    `noise_sd` is the noise left in each curve; `scaling` multiplies the input's height for flow.
    """
    delay_s, flow, mtt_s = np.empty((3, curves.voxels), dtype=np.float32)
    for slice_index, columns in columns_by_slice(curves):
        dictionary = Dictionary.of(aif, curves.times_s[:, slice_index], settings.kh_over_rho / scaling)
        found = dictionary.match(curves.values[:, columns], noise_sd[columns])
        delay_s[columns], flow[columns], mtt_s[columns] = found.delay_s, found.flow, found.mtt_s
    return Estimates(delay_s, flow, mtt_s)


def estimation_step() -> Step:
    """Return what `estimate` does, in words."""
    return Step(
        name="dictionary",
        sentence=f"Beside the rule method, delay and flow were estimated as likelihood-weighted means over "
        f"residue functions of {len(FAMILIES)} families ({', '.join(FAMILIES)}), delays of "
        f"{_DELAYS_S[0]:g} to {_DELAYS_S[-1]:g} s and transit times of {_MTTS_S[0]:g} to {_MTTS_S[-1]:g} s. "
        "No published limit belongs to these maps.",
        parameters={"families": list(FAMILIES), "entries": len(FAMILIES) * _DELAYS_S.size * _MTTS_S.size},
    )


def _tolerance(values: NDArray[np.float32], noise_sd: Row) -> Row:
    """Return how far samples may lie from an entry: noise, and what no entry gets right of any curve."""
    return np.asarray(np.hypot(noise_sd, _MODEL_SHARE * values.std(axis=0)), dtype=np.float32)


def _passages(aif: InputCurve) -> tuple[Samples, list[Samples], Samples]:
    """Return the fine axis from the input's start, the undelayed passages of unit flow, and their MTTs.

    Beyond the input's end it is held, which only the curves of tissue before the artery see.
    """
    length_s = (aif.values.size - 1) * aif.step_s - float(_DELAYS_S[0])
    fine_s = np.arange(0.0, length_s + _FINE_S, _FINE_S)
    artery = np.interp(fine_s, aif.step_s * np.arange(aif.values.size), aif.values)
    passed, mtts = [], []
    for residue in FAMILIES.values():
        for mtt_s in _MTTS_S:
            shape = residue(fine_s, float(mtt_s))
            passage = np.convolve(artery, shape)[: fine_s.size] - 0.5 * (
                shape[0] * artery + artery[0] * shape
            )
            passed.append(_FINE_S * passage)  # trapezoids
            mtts.append(float(mtt_s))
    return fine_s, passed, np.array(mtts)
