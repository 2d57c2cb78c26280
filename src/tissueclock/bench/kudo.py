"""The deconvolution methods on the noise-free grid of Kudo 2013 (Radiology 267:201), without denoising."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from tissueclock.image.curves import Curves
from tissueclock.image.series import Modality
from tissueclock.perfusion.aif.base import InputCurve
from tissueclock.perfusion.concentration import concentration, find_baseline
from tissueclock.perfusion.deconvolve.base import Deconvolution
from tissueclock.perfusion.maps import VoxelMaps, voxel_maps
from tissueclock.perfusion.settings import PerfusionSettings
from tissueclock.perfusion.time_axis import EvenAxis, even_axis, shared_times
from tissueclock.phantom.acquisition import Acquisition
from tissueclock.phantom.kinetics import RESIDUES
from tissueclock.phantom.kudo import CBVS, DELAYS_S, KUDO_ACQUISITION, MTTS_S, SECTIONS, kudo_phantom
from tissueclock.pipeline.preset import preset_for

METHODS = (
    MappingProxyType({"method": "csvd", "relative_cutoff": 0.15}),
    MappingProxyType({"method": "osvd", "oscillation_limit": 0.035}),
    MappingProxyType({"method": "ssvd", "relative_cutoff": 0.2}),
    MappingProxyType({"method": "tikhonov", "relative_lambda": 0.1}),
)
"""What is compared: the presets' rule method, and the others as their sources set them (see `Params`)."""

_USUAL = Acquisition()
_TIMED_TILE, _TIMED_RUNS = 8, 3
_USUAL_TILE = MTTS_S.index(4.0), DELAYS_S.index(0.0), CBVS.index(5.0)

Tiles = NDArray[np.float64]
"""One number a tile: MTT x delay x section."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One method on the tiles of one residue function, or on all of them.

    `cbf_r`, `cbv_r` and `mtt_r` are Pearson's correlations with the truth over tiles; the slopes are those of
    measured against true CBF and of Tmax against the delay; `tmax_slopes` are the lowest and the highest of
    the seven MTTs. `tmax_s` is read at MTT 4 s, CBV 5 mL/100 g and no delay (None over all residues).
    `tmax_scatter_s` is, for every MTT from 24 s down, the largest range of Tmax - delay among the seven
    delays of a section: 0 where Tmax only follows the delay. `cbf_percent_per_s` is by how much CBF differs
    at a delay of 1 s from that at 0, on average. `seconds_per_million` is the time of `voxel_maps` for a
    million voxels of the grid with a usual scan's noise (None but over all residues).
    """

    method: str
    modality: str
    residue: str
    cbf_r: float
    cbv_r: float
    mtt_r: float
    cbf_slope: float
    tmax_slope: float
    tmax_slopes: tuple[float, float]
    tmax_s: float | None
    tmax_scatter_s: tuple[float, ...]
    cbf_percent_per_s: float
    seconds_per_million: float | None

    def to_json(self) -> dict[str, object]:
        """Return the row as JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}

    def line(self) -> str:
        """Return the row as one line, in the order of the fields."""
        return "\t".join(_text(getattr(self, name)) for name in self.__slots__)


@dataclass(frozen=True, eq=False)
class _Grid:
    """The grid's curves and input of one modality, ready for any method."""

    tissue: Curves
    aif: InputCurve
    axis: EvenAxis
    settings: PerfusionSettings

    @classmethod
    def scanned(cls, acquisition: Acquisition, tile_voxels: int) -> _Grid:
        phantom = kudo_phantom(acquisition, tile_voxels)
        settings = preset_for(acquisition.modality).perfusion
        artery, tiles = phantom.artery.array.astype(bool), phantom.tiles.array.astype(bool)
        baseline = find_baseline(phantom.series, settings.baseline_rise)
        curves, _ = concentration(phantom.series, artery | tiles, baseline)
        axis = even_axis(shared_times(curves.times_s), settings.resample_s, settings.cubic_up_to_s)
        vessel = curves.within(artery)
        aif = InputCurve(
            values=axis.resample(vessel).mean(axis=1, dtype=float),
            start_s=float(axis.times_s[0]),
            step_s=axis.step_s,
            voxel=(0, 0, 0),
            position_mm=(0.0, 0.0, 0.0),
            voxels=tuple(int(index) for index in vessel.index),
        )
        return cls(curves.within(tiles), aif, axis, settings)

    def maps(self, deconvolution: Deconvolution) -> VoxelMaps:
        return voxel_maps(self.tissue, self.aif, self.axis, deconvolution, self.settings, 1.0)


@dataclass(frozen=True, eq=False)
class _Measured:
    """The maps, one number a tile."""

    cbf: Tiles
    cbv: Tiles
    mtt: Tiles
    tmax: Tiles

    @classmethod
    def of(cls, maps: VoxelMaps) -> _Measured:
        shape = (len(MTTS_S), len(DELAYS_S), len(SECTIONS))
        flat = (maps.cbf, maps.cbv, maps.mtt, maps.tmax)
        return cls(*(np.reshape(values, shape).astype(float) for values in flat))


def kudo(progress: Callable[[str], None]) -> list[Row]:
    """Measure every method on the grid as CT and as DSC: one row for all residues and one for each."""
    rows: list[Row] = []
    for modality in Modality:
        acquisition = replace(KUDO_ACQUISITION, modality=modality)
        grid = _Grid.scanned(acquisition, 1)
        noisy = replace(acquisition, noise_sd_hu=_USUAL.noise_sd_hu, snr=_USUAL.snr)
        timed = _Grid.scanned(noisy, _TIMED_TILE)
        for table in METHODS:
            progress(f"measuring {table['method']} on {modality.value}")
            deconvolution = Deconvolution.from_table(table, "bench")
            seconds = _seconds_per_million(timed, deconvolution)
            measured = _Measured.of(grid.maps(deconvolution))
            for residue in ("all", *RESIDUES):
                rows.append(_row(deconvolution.method.name, modality, residue, measured, seconds))
    return rows


def _row(method: str, modality: Modality, residue: str, grid: _Measured, seconds: float) -> Row:
    every = residue == "all"
    sections = [number for number, (name, _) in enumerate(SECTIONS) if every or name == residue]
    cbf, cbv, mtt, tmax = (tiles[..., sections] for tiles in (grid.cbf, grid.cbv, grid.mtt, grid.tmax))
    true_cbf, true_cbv, true_mtt, delay = (tiles[..., sections] for tiles in _truth())
    slopes = [_slope(*column) for column in zip(tmax, delay, strict=True)]
    return Row(
        method=method,
        modality=modality.value,
        residue=residue,
        cbf_r=_correlation(cbf, true_cbf),
        cbv_r=_correlation(cbv, true_cbv),
        mtt_r=_correlation(mtt, true_mtt),
        cbf_slope=_slope(cbf, true_cbf),
        tmax_slope=_slope(tmax, delay),
        tmax_slopes=(min(slopes), max(slopes)),
        tmax_s=None if every else _rounded(tmax[_USUAL_TILE]),
        tmax_scatter_s=tuple(map(_rounded, np.ptp(tmax - delay, axis=1).max(axis=1))),
        cbf_percent_per_s=_percent_per_s(cbf),
        seconds_per_million=seconds if every else None,
    )


def _truth() -> tuple[Tiles, Tiles, Tiles, Tiles]:
    """Return the true CBF, CBV, MTT and delay."""
    mtt, delay, cbv = np.meshgrid(MTTS_S, DELAYS_S, [cbv for _, cbv in SECTIONS], indexing="ij")
    return 60 * cbv / mtt, cbv, mtt, delay


def _seconds_per_million(grid: _Grid, deconvolution: Deconvolution) -> float:
    """Return the shortest of several times."""
    times = []
    for _ in range(_TIMED_RUNS):
        start = time.perf_counter()
        grid.maps(deconvolution)
        times.append(time.perf_counter() - start)
    return round(1e6 * min(times) / grid.tissue.voxels, 2)


def _correlation(measured: Tiles, true: Tiles) -> float:
    return _rounded(np.corrcoef(measured.ravel(), true.ravel())[0, 1])


def _slope(measured: Tiles, true: Tiles) -> float:
    return _rounded(np.polyfit(true.ravel(), measured.ravel(), 1)[0])


def _percent_per_s(cbf: Tiles) -> float:
    """Return by how many % CBF is higher at a delay of 1 s than at none, averaged over tile columns."""
    at_0, at_1 = cbf[:, DELAYS_S.index(0.0)], cbf[:, DELAYS_S.index(1.0)]
    return _rounded(float(100 * np.mean(at_1 / at_0 - 1)))


def _rounded(value: float) -> float:
    return round(float(value), 3)


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "-" if value is None else str(value)
