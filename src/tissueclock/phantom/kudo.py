"""The digital phantom of Kudo 2013 (Radiology 267:201), which perfusion software is compared on.

The published ranges (CBV 1-5 mL/100 g, CBF 2.5-87.5 mL/100 g/min, MTT 3.4-24 s, delay 0-3 s, 49 tiles a
section) fix the grid: MTT = 24 / k s for k = 1..7. The order of the residue functions, but for the last
section (box, CBV 5), and the bolus are our choice. There is no skull, no head and no air: every voxel is
tile or vessel, so a step that looks for a brain has nothing to find and needs the mask given here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.errors import UsageError
from tissueclock.image.grid import Grid
from tissueclock.image.series import TimeSeries
from tissueclock.image.volume import Volume
from tissueclock.phantom.acquisition import Acquisition
from tissueclock.phantom.kinetics import RESIDUES, FineCurve, arterial_curve, tissue_curve
from tissueclock.phantom.rule_truth import RuleMethod
from tissueclock.phantom.sick_head import venous_curve
from tissueclock.phantom.signal import Scanner, scan
from tissueclock.phantom.tissues import Tissue
from tissueclock.phantom.truth import InputCurve

TILES = 7
DELAYS_S = tuple(0.5 * row for row in range(TILES))
MTTS_S = tuple(24.0 / (column + 1) for column in range(TILES))
CBVS = (1.0, 2.0, 3.0, 4.0, 5.0)
Section = tuple[str, float]
SECTIONS: tuple[Section, ...] = tuple((residue, cbv) for residue in RESIDUES for cbv in CBVS)
KUDO_ACQUISITION = Acquisition(
    frames=60, frame_interval_s=1.0, noise_sd_hu=0.0, quantum_hu=0.05, snr=float("inf")
)
"""One frame a second for a minute, without noise and finely stored: its faintest tissue rises by 1 HU."""

_SPACING_MM = (1.6, 1.6, 8.0)
_ARTERY_COLUMNS, _VEIN_COLUMNS = slice(0, 3), slice(4, 7)


@dataclass(frozen=True, eq=False, kw_only=True)
class KudoPhantom:
    """The run and its truth.

    The first slice holds blocks of pure artery (`artery`, the first three tile columns) and vein (`vein`,
    the last three); the others are one section each, `residue` naming theirs (None for the first). A tile's
    column (axis 0) sets MTT, its row (axis 1) the delay. Maps are NaN in the first slice; `tiles` is the
    mask of all others. `rule_cbf` (mL/100 g/min) and `rule_tmax` (s) are what the rule method reads on the
    noise-free curves with the true input.
    """

    series: TimeSeries
    cbf: Volume
    cbv: Volume
    mtt: Volume
    delay: Volume
    rule_cbf: Volume
    rule_tmax: Volume
    tiles: Volume
    artery: Volume
    vein: Volume
    residue: tuple[str | None, ...]
    aif: InputCurve
    vof: InputCurve


def kudo_phantom(
    acquisition: Acquisition = KUDO_ACQUISITION,
    tile_voxels: int = 8,
    sections: tuple[Section, ...] = SECTIONS,
    slice_mm: float = _SPACING_MM[2],
) -> KudoPhantom:
    """Simulate the phantom: a slice of vessels, and one of 7 x 7 tiles for each of `sections`.

    Tiles have `tile_voxels` squared voxels of 1.6 mm; `sections` are (residue, CBV). Raises UsageError for
    tiles without voxels, or slice offsets for another number of slices.
    """
    if tile_voxels < 1:
        raise UsageError(f"tiles of {tile_voxels} voxels.", where="Kudo phantom", remedy="Use 1 or more.")
    grid, scanner = _grid(tile_voxels, 1 + len(sections), slice_mm), Scanner(acquisition)
    offsets_s = acquisition.offsets_s(grid.shape[2])
    artery = arterial_curve(acquisition.bolus, float(acquisition.kept_times_s[-1] + offsets_s.max()))
    vein = venous_curve(artery)
    times = [acquisition.kept_times_s + offset for offset in offsets_s]
    method = RuleMethod.of(acquisition.kept_times_s, artery.at(acquisition.kept_times_s))
    contrast = [
        _section_contrast(artery, residue, cbv, at_s)
        for (residue, cbv), at_s in zip(sections, times[1:], strict=True)
    ]
    baseline = scanner.baseline(Tissue.GREY)
    tiles = [_vessel_tiles(scanner, artery, vein, times[0]), *(scanner.signal(baseline, c) for c in contrast)]
    readings = [_read(method, at_s, curves) for at_s, curves in zip(times[1:], contrast, strict=True)]
    signals = np.stack([_spread(tile, tile_voxels) for tile in tiles], axis=-1)
    return KudoPhantom(
        series=scan(scanner, grid, np.arange(grid.size), signals.reshape(signals.shape[0], -1)),
        residue=(None, *(residue for residue, _ in sections)),
        aif=InputCurve.measured(artery, scanner),
        vof=InputCurve.measured(vein, scanner),
        **_truth(grid, tile_voxels, sections, np.stack(readings, axis=-1)),
    )


def _grid(tile_voxels: int, slices: int, slice_mm: float) -> Grid:
    affine = np.diag([-_SPACING_MM[0], -_SPACING_MM[1], slice_mm, 1.0])
    size = TILES * tile_voxels
    affine[:2, 3] = (size - 1) / 2 * np.array(_SPACING_MM[:2])
    return Grid((size, size, slices), affine)


def _section_contrast(
    artery: FineCurve, residue: str, cbv: float, times_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return one section's contrast in HU of blood, frames x columns x rows."""
    curves = [tissue_curve(artery, 60 * cbv / mtt_s, cbv, 0.0, residue) for mtt_s in MTTS_S]
    tiles = [[curve.at(times_s - delay) for delay in DELAYS_S] for curve in curves]
    return np.moveaxis(np.array(tiles), -1, 0)


def _read(
    method: RuleMethod, times_s: NDArray[np.float64], contrast: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what the rule method reads in a section: (Tmax, CBF) x columns x rows."""
    tmax_s, cbf = method.peaks(method.residues(times_s, contrast.reshape(times_s.size, -1)))
    return np.stack([tmax_s, cbf]).reshape(2, *contrast.shape[1:])


def _vessel_tiles(
    scanner: Scanner, artery: FineCurve, vein: FineCurve, times_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the first slice's signal, frames x columns x rows; its middle column is tissue without flow."""
    tiles = np.full((times_s.size, TILES, TILES), scanner.baseline(Tissue.GREY))
    for columns, curve in ((_ARTERY_COLUMNS, artery), (_VEIN_COLUMNS, vein)):
        signal = scanner.signal(scanner.blood, curve.at(times_s), in_blood=True)
        tiles[:, columns] = signal[:, None, None]
    return tiles


def _truth(
    grid: Grid, tile_voxels: int, sections: tuple[Section, ...], readings: NDArray[np.float64]
) -> dict[str, Volume]:
    """Return maps and masks; `readings` are the rule method's, (Tmax, CBF) x columns x rows x sections."""
    cbv = np.array([cbv for _, cbv in sections])
    mtt_s = np.array(MTTS_S)[:, None, None]
    delay_s = np.array(DELAYS_S)[None, :, None]
    shape = (TILES, TILES, grid.shape[2])

    def tile_map(values: NDArray[np.float64], quantity: str, unit: str) -> Volume:
        tiles = np.full(shape, np.nan)
        tiles[:, :, 1:] = values
        return Volume(_spread(tiles, tile_voxels, axis=0), grid, quantity, unit)

    def mask(columns: slice, slices: slice, quantity: str) -> Volume:
        tiles = np.zeros(shape)
        tiles[columns, :, slices] = 1
        return Volume(_spread(tiles, tile_voxels, axis=0) > 0, grid, quantity, "1")

    return {
        "cbf": tile_map(60 * cbv / mtt_s, "true CBF", "mL/100 g/min"),
        "cbv": tile_map(cbv, "true CBV", "mL/100 g"),
        "mtt": tile_map(mtt_s, "true MTT", "s"),
        "delay": tile_map(delay_s, "true delay", "s"),
        "rule_tmax": tile_map(readings[0], "rule Tmax", "s"),
        "rule_cbf": tile_map(readings[1], "rule CBF", "mL/100 g/min"),
        "tiles": mask(slice(None), slice(1, None), "tiles"),
        "artery": mask(_ARTERY_COLUMNS, slice(0, 1), "artery"),
        "vein": mask(_VEIN_COLUMNS, slice(0, 1), "vein"),
    }


def _spread(tiles: NDArray[np.generic], tile_voxels: int, axis: int = 1) -> NDArray[np.float32]:
    """Repeat every tile over its voxels, along `axis` and the next."""
    wide = tiles.repeat(tile_voxels, axis=axis).repeat(tile_voxels, axis=axis + 1)
    return wide.astype(np.float32)
