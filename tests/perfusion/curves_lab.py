"""Curves with known truth for the perfusion tests: a gamma-variate bolus and residues of known shape."""

import numpy as np

from tissueclock.image.curves import Curves
from tissueclock.image.grid import Grid
from tissueclock.perfusion.aif.base import InputCurve

FINE_S = 0.05


def bolus(times_s, *, arrival_s=10.0, beta_s=1.5, peak=300.0):
    """x^3 exp(-x / beta), scaled to its peak."""
    x = np.maximum(np.asarray(times_s) - arrival_s, 0.0)
    shape = x**3 * np.exp(-x / beta_s)
    return peak * shape / ((3 * beta_s) ** 3 * np.exp(-3.0))


def tissue(times_s, *, cbf=60.0, mtt_s=4.0, delay_s=0.0, kh_over_rho=0.705, **kwargs):
    """Flow in mL/100 g/min, exponential residue; convolved on a fine axis."""
    fine = np.arange(0.0, np.max(times_s) + 30.0, FINE_S)
    flow = cbf / 6000.0 / kh_over_rho
    curve = flow * np.convolve(bolus(fine, **kwargs), np.exp(-fine / mtt_s))[: fine.size] * FINE_S
    return np.interp(np.asarray(times_s) - delay_s, fine, curve)


def input_curve(times_s, **kwargs):
    values = bolus(times_s, **kwargs)
    return InputCurve(
        values=values,
        start_s=float(times_s[0]),
        step_s=float(times_s[1] - times_s[0]),
        voxel=(0, 0, 0),
        position_mm=(0.0, 0.0, 0.0),
        voxels=(0,),
    )


def as_curves(columns, times_s, shape=None):
    """Columns (frames x voxels) as Curves on a grid that is one voxel deep unless a shape is given."""
    values = np.asarray(columns, dtype=np.float32)
    shape = shape or (values.shape[1], 1, 1)
    times = np.asarray(times_s, dtype=float)
    grid = Grid(shape, np.diag([1.5, 1.5, 5.0, 1.0]))
    return Curves(values, np.arange(values.shape[1]), grid, times if times.ndim == 2 else times[:, None])
