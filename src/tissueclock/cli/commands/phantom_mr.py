"""`tissueclock phantom patient --diffusion`: the diffusion and FLAIR that were asked for."""

from __future__ import annotations

from argparse import Namespace

from tissueclock.core.errors import UsageError
from tissueclock.image.series import Modality
from tissueclock.phantom.conditions import Conditions
from tissueclock.phantom.head import head_grid
from tissueclock.phantom.lesion_site import Stroke
from tissueclock.phantom.mr_study import MrIllness, MrScanning, MrStudy, Pose, mr_study

_FIELD_OF_VIEW_MM, _SLAB_MM = 230.4, 104.0
_MOST_ACROSS, _SLICES = 96, 18
"""Diffusion is scanned with thin slices, at most so many voxels across."""


def mr_of(arguments: Namespace, stroke: Stroke, conditions: Conditions) -> MrStudy | None:
    """Return diffusion and FLAIR; None where they were not asked for.

    FLAIR lies half as far on the other side as diffusion. Raises UsageError on CT.
    """
    if not arguments.diffusion:
        return None
    if arguments.modality != Modality.MR.value:
        raise UsageError("--diffusion was given on CT.", remedy="Say --modality MR.")
    across = min(arguments.matrix, _MOST_ACROSS)
    grid = head_grid(across, _FIELD_OF_VIEW_MM / across, _SLICES, _SLAB_MM / _SLICES)
    pose = Pose(shift_mm=arguments.displaced, turn_deg=arguments.turned)
    scanning = MrScanning(
        grid=grid,
        flair_grid=grid,
        b=arguments.b_value,
        directions=arguments.directions,
        diffusion_pose=pose,
        flair_pose=_half_back(pose),
        artefact=arguments.artefact,
        seed=arguments.seed,
    )
    illness = MrIllness(
        flair_ratio=arguments.flair_ratio,
        reperfused_ml=arguments.reperfused_ml,
        shine_through_ml=arguments.shine_through_ml,
    )
    return mr_study(stroke, scanning, illness, conditions)


def _half_back(pose: Pose) -> Pose:
    (a, b, c), (d, e, f) = pose.shift_mm, pose.turn_deg
    return Pose(shift_mm=(-a / 2, -b / 2, -c / 2), turn_deg=(-d / 2, -e / 2, -f / 2))
