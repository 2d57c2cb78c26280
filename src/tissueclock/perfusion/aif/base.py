"""What an input selector is: a named function from resampled curves to an input curve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.registry import ModuleRegistry
from tissueclock.image.grid import Grid
from tissueclock.image.volume import read_only


@dataclass(frozen=True, eq=False, kw_only=True)
class Candidates:
    """The voxels that may hold an artery or a vein.

    `values` is samples x voxels on an even axis that starts at `start_s` with `step_s` between samples;
    `index` holds the flat voxel indices in `grid`.
    """

    values: NDArray[np.float32]
    index: NDArray[np.intp]
    grid: Grid
    start_s: float
    step_s: float


@dataclass(frozen=True, eq=False, kw_only=True)
class InputCurve:
    """A vessel's curve on the even axis, and where it was found.

    `voxel` is the best voxel, `voxels` flat indices of all that were averaged, `position_mm` is RAS.
    """

    values: NDArray[np.float64]
    start_s: float
    step_s: float
    voxel: tuple[int, int, int]
    position_mm: tuple[float, float, float]
    voxels: tuple[int, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", read_only(self.values))

    @property
    def peak(self) -> float:
        """Height of the curve."""
        return float(self.values.max())

    @property
    def peak_s(self) -> float:
        """Time of the peak."""
        return self.start_s + float(np.argmax(self.values)) * self.step_s

    @property
    def arrival_s(self) -> float:
        """Time at which the curve rises through a tenth of its peak."""
        return self.start_s + float(arrival_samples(self.values[:, None])[0]) * self.step_s

    @property
    def fwhm_s(self) -> float:
        """Full width at half maximum around the peak."""
        return float(width_samples(self.values[:, None])[0]) * self.step_s

    @property
    def area(self) -> float:
        """Trapezoid integral over the axis."""
        return float(np.trapezoid(self.values)) * self.step_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """A registered way of finding the arterial input; raises InputError where it finds none."""

    name: str
    sentence: str
    select: Callable[[Candidates], InputCurve]
    citations: tuple[str, ...] = ()


SELECTORS: ModuleRegistry[Selector] = ModuleRegistry(
    "input selector", "tissueclock.perfusion.aif", "SELECTOR"
)


def arrival_samples(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return, per column, the sample (with fraction) at which the curve rises through 10 % of its peak."""
    return _crossing(values, 0.1, before=True)


def width_samples(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return, per column, the full width at half maximum in samples (to the end where it never falls)."""
    return _crossing(values, 0.5, before=False) - _crossing(values, 0.5, before=True)


def _crossing(values: NDArray[np.floating], share: float, *, before: bool) -> NDArray[np.float64]:
    """Return where a curve crosses a share of its peak, walking away from the peak."""
    samples, voxels = values.shape
    peak = values.argmax(axis=0)
    level = share * values.max(axis=0)
    rows = np.arange(samples)[:, None]
    below = (values < level) & ((rows < peak) if before else (rows > peak))
    if before:
        at = np.where(below, rows, -1).max(axis=0)
        inner, outer = np.clip(at + 1, 0, samples - 1), np.clip(at, 0, samples - 1)
    else:
        at = np.where(below, rows, samples).min(axis=0)
        inner, outer = np.clip(at - 1, 0, samples - 1), np.clip(at, 0, samples - 1)
    columns = np.arange(voxels)
    high, low = values[inner, columns], values[outer, columns]
    step = np.where(high > low, (high - level) / np.where(high > low, high - low, 1.0), 0.0)
    return np.asarray(inner + np.where(inner == outer, 0.0, step * (outer - inner)))


def average(candidates: Candidates, columns: NDArray[np.intp], best: int) -> InputCurve:
    """Return the mean curve of some candidates, located at the candidate `best`."""
    voxel = tuple(int(i) for i in np.unravel_index(candidates.index[best], candidates.grid.shape))
    x, y, z = candidates.grid.positions_mm([voxel])[0]
    return InputCurve(
        values=candidates.values[:, columns].mean(axis=1, dtype=np.float64),
        start_s=candidates.start_s,
        step_s=candidates.step_s,
        voxel=(voxel[0], voxel[1], voxel[2]),
        position_mm=(float(x), float(y), float(z)),
        voxels=tuple(int(i) for i in candidates.index[columns]),
    )
