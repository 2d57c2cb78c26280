"""Perfusion maps made by hand on a small grid, for the tests of lesion and profile."""

import numpy as np

from tissueclock.anatomy.midline import Midline
from tissueclock.core.provenance import Provenance, Step
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality
from tissueclock.image.volume import Volume
from tissueclock.perfusion.aif.base import InputCurve
from tissueclock.perfusion.concentration import Baseline
from tissueclock.perfusion.offset import TmaxOffset
from tissueclock.perfusion.result import PerfusionMaps
from tissueclock.pipeline.preset import preset_for

SETTINGS = preset_for(Modality.CT).lesion
QUALITY = preset_for(Modality.CT).quality
INTERVALS = preset_for(Modality.CT).intervals
SHAPE = (20, 12, 6)
CUBE_MM = 10.0  # one voxel is 1 mL
CENTRE_MM = -CUBE_MM * (SHAPE[0] - 1) / 2


def grid(shape=SHAPE):
    """One voxel a millilitre; x runs to the patient's left, the midline between the two middle columns."""
    affine = np.diag([-CUBE_MM, -CUBE_MM, CUBE_MM, 1.0])
    return Grid(shape, affine)


def midline():
    step = Step(name="midline", sentence="By hand.")
    return Midline(np.array([1.0, 0.0, 0.0]), CENTRE_MM, step)


RIGHT = np.broadcast_to((np.arange(SHAPE[0]) < SHAPE[0] // 2)[:, None, None], SHAPE)
"""Low indices lie on the patient's right: x falls from 0."""


def maps(tmax=2.0, cbf=50.0, cbv=4.0, cnr=20.0, vessels=None, ttp=5.0):
    """Maps on the small grid; every argument is a number or an array."""
    place = grid()

    def volume(value, name, unit):
        array = np.array(np.broadcast_to(value, SHAPE), dtype=np.float32)
        return Volume(array, place, name, unit)

    aif = InputCurve(
        values=np.ones(4), start_s=0.0, step_s=0.5, voxel=(0, 0, 0), position_mm=(0.0, 0.0, 0.0), voxels=(0,)
    )
    return PerfusionMaps(
        cbf=volume(cbf, "CBF", "mL/100 g/min"),
        cbv=volume(cbv, "CBV", "mL/100 g"),
        mtt=volume(5.0, "MTT", "s"),
        tmax=volume(tmax, "Tmax", "s"),
        ttp=volume(ttp, "TTP", "s"),
        delay=volume(1.0, "delay", "s"),
        flow=volume(60.0, "flow", "mL/100 g/min"),
        transit=volume(4.0, "transit time", "s"),
        cnr=volume(cnr, "CNR", ""),
        vessels=np.zeros(SHAPE, dtype=bool) if vessels is None else vessels,
        baseline=Baseline(frames=3, arrival_s=4.5, step=Step(name="baseline", sentence="By hand.")),
        times_s=np.arange(4.0),
        aif=aif,
        vof=None,
        venous_scaling=1.0,
        contrast_noise=30.0,
        offset=TmaxOffset(np.array([4.0]), np.array([1.5])),
        flags=(),
        provenance=Provenance(),
    )


def filled(value, *boxes, base=2.0):
    """An array of `base` with `value` in boxes given as three (start, stop) pairs."""
    array = np.full(SHAPE, base, dtype=np.float32)
    for box in boxes:
        array[tuple(slice(*side) for side in box)] = value
    return array


LEFT_BOX = ((12, 16), (2, 7), (1, 4))
"""60 mL on the patient's left, away from the edge of the slab."""
EVERYWHERE = np.ones(SHAPE, dtype=bool)
