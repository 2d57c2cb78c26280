"""One Kudo phantom (Radiology 267:201), measured by the default preset's perfusion step with known inputs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tissueclock.anatomy.rigid import RigidMotion
from tissueclock.bench.validation.agreement import Agreement, balanced_accuracy, digits
from tissueclock.bench.validation.rows import KudoRow
from tissueclock.core.errors import InputError
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.perfusion.concentration import find_baseline
from tissueclock.perfusion.inputs import ChosenInputs
from tissueclock.perfusion.motion import Motion
from tissueclock.perfusion.perfuse import perfuse
from tissueclock.perfusion.result import PerfusionMaps
from tissueclock.phantom.kudo import DELAYS_S, MTTS_S, TILES, KudoPhantom, kudo_phantom
from tissueclock.pipeline.preset import preset_for

Tiles = NDArray[np.float64]
"""One number a tile: MTT x delay x section."""

_CORE_SHARE = 0.30
_NORMAL_MTT_S = 6.0
"""Tiles up to this transit time stand for normal tissue, the reference of a relative flow (our choice)."""
_COMPARED = (
    ("cbf", "cbf"),
    ("cbf", "rule_cbf"),
    ("cbv", "cbv"),
    ("mtt", "mtt"),
    ("tmax", "delay"),
    ("tmax", "rule_tmax"),
    ("delay", "delay"),
    ("flow", "cbf"),
)
"""Maps and what they are held against; those that a version does not have are left out."""
_RELATIVE = ("cbf", "cbv", "flow")


@dataclass(frozen=True, eq=False, kw_only=True)
class MeasuredKudo:
    """The phantom and its maps."""

    phantom: KudoPhantom
    maps: PerfusionMaps
    tile_voxels: int
    relative: bool

    def tiles(self, volume: NDArray[np.floating]) -> Tiles:
        """Return the mean of every tile, without the first slice."""
        size = self.tile_voxels
        blocks = volume[..., 1:].reshape(TILES, size, TILES, size, -1)
        means: Tiles = blocks.mean(axis=(1, 3), dtype=np.float64)
        return means


def measure_kudo(row: KudoRow, seed: int) -> dict[str, Any]:
    """Return what a case of the phantom tells, as JSON values."""
    acquisition = replace(row.acquisition, seed=seed)
    phantom = kudo_phantom(acquisition, row.tile_voxels, row.sections, row.slice_mm)
    try:
        maps = _perfused(phantom, acquisition.modality)
    except InputError as error:
        return {"refused": error.found}
    relative = acquisition.modality is Modality.MR
    found = MeasuredKudo(phantom=phantom, maps=maps, tile_voxels=row.tile_voxels, relative=relative)
    return {"maps": _compared(found), **_laws(found), **_core_class(found)}


def _perfused(phantom: KudoPhantom, modality: Modality) -> PerfusionMaps:
    """Measure perfusion in the tiles, with the input curves read where they are known to be."""
    series, preset = phantom.series, preset_for(modality)
    tiles, artery, vein = (mask.array.astype(bool) for mask in (phantom.tiles, phantom.artery, phantom.vein))
    return perfuse(
        series,
        find_baseline(series, preset.perfusion.baseline_rise),
        _still(series),
        tiles | artery | vein,
        tiles,
        preset.perfusion,
        preset.deconvolution,
        preset.quality,
        ChosenInputs(aif=_middle(artery), vof=_middle(vein)),
    )


def _still(series: TimeSeries) -> Motion:
    """Return no motion: the phantom has no head that could be aligned."""
    none, no = np.zeros(series.frames), np.zeros(series.frames, dtype=bool)
    rest = RigidMotion.none(series.grid.positions_mm([(np.array(series.grid.shape) - 1) / 2])[0])
    return Motion(
        displacement_mm=none,
        through_slices=none,
        turn_deg=none,
        residual_mm=none,
        realigned=no,
        interpolated=no,
        transforms=(rest,) * series.frames,
    )


def _middle(mask: NDArray[np.bool_]) -> tuple[int, int, int]:
    x, y, z = np.rint(np.argwhere(mask).mean(axis=0)).astype(int)
    return int(x), int(y), int(z)


def _compared(found: MeasuredKudo) -> dict[str, Any]:
    """Return r over tiles, as Kudo's, and bias and RMSE over voxels, which hold the noise."""
    documents = {}
    tiles = found.phantom.tiles.array.astype(bool)
    for name, true in _COMPARED:
        volume = getattr(found.maps, name, None)
        if volume is None:
            continue
        measured, wanted = volume.array, getattr(found.phantom, true).array
        relative = found.relative and name in _RELATIVE
        voxels = Agreement.of(measured[tiles], wanted[tiles], relative)
        means = Agreement.of(found.tiles(measured), found.tiles(wanted), relative)
        if voxels is not None and means is not None:
            title = f"{name} against {true.replace('rule_', 'rule ')}"
            documents[title] = {**voxels.to_json(), "r": digits(means.r), "rmse_tiles": digits(means.rmse)}
    return documents


def _laws(found: MeasuredKudo) -> dict[str, float | None]:
    """Return the slope of Tmax over the delay (1 is right), and by how many % flow moves per second of it."""
    tmax, cbf = found.tiles(found.maps.tmax.array), found.tiles(found.maps.cbf.array)
    delay = np.broadcast_to(np.array(DELAYS_S)[None, :, None], tmax.shape)
    slope = np.polyfit(delay.ravel(), tmax.ravel(), 1)[0]
    share = np.polyfit(DELAYS_S, (cbf / cbf.mean(axis=1, keepdims=True)).mean(axis=(0, 2)), 1)[0]
    return {"tmax_slope": digits(float(slope)), "cbf_percent_per_s": digits(100 * float(share))}


def _core_class(found: MeasuredKudo) -> dict[str, float | None]:
    """Return the balanced accuracy of the class 'flow under 30 % of normal', over voxels."""
    tiles = found.phantom.tiles.array.astype(bool)
    normal = tiles & (found.phantom.mtt.array <= min(_NORMAL_MTT_S, max(MTTS_S)))

    def low(volume: NDArray[np.floating]) -> NDArray[np.bool_]:
        inside: NDArray[np.bool_] = volume[tiles] < _CORE_SHARE * float(volume[normal].mean(dtype=np.float64))
        return inside

    accuracy = balanced_accuracy(low(found.maps.cbf.array), low(found.phantom.rule_cbf.array))
    return {"core_class_accuracy": digits(accuracy)}
