"""ADC from weighted images, or from a scanner's own map whose unit is told by its values.

ADC = ln(S0 / Sb) / (b - b0) with Sb the geometric mean of the directions, which is the signal of their mean
diffusivity (Basser and Pierpaoli, J Magn Reson B 1996;111:209-219).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from tissueclock.core.errors import InputError
from tissueclock.core.provenance import Step
from tissueclock.core.settings import settings_to_table
from tissueclock.diffusion.result import ADC_UNIT, DiffusionMaps
from tissueclock.diffusion.settings import DiffusionSettings
from tissueclock.image.grid import Grid
from tissueclock.image.volume import Volume
from tissueclock.image.weighted import Weighted, is_same_b

Array = NDArray[np.float32]
Mask = NDArray[np.bool_]

_USUAL = 800.0
"""Median ADC of brain, in 10^-6 mm2/s; with age and atrophy it moves, but never by a factor of 3 (our
choice)."""
_UNITS = ((1.0, "10^-6 mm2/s"), (1e3, "10^-3 mm2/s"), (1e6, "mm2/s"))
_TAIL = (98.0, 1.8)
"""In a brain's ADC this percentile, fluid, is at least so many times the median (our choice)."""
_TISSUE_TO = 1400.0
"""A higher ADC is mostly fluid (our choice)."""
_DIRECTIONS = 3
"""Fewer directions have no mean diffusivity."""
_FWHM_PER_SD = 2.3548
_PER_SD = 1.4826
_MEAN_OF_FOUR = math.sqrt(1 + 1 / 4)


def geometric_mean(images: Sequence[NDArray[np.floating]]) -> Array:
    """Return the geometric mean of images voxel by voxel, 0 where any of them is not positive."""
    stack = np.stack([np.asarray(image, dtype=np.float64) for image in images])
    positive = (stack > 0).all(axis=0)
    logs = np.log(np.where(stack > 0, stack, 1.0)).mean(axis=0)
    return np.where(positive, np.exp(logs), 0.0).astype(np.float32)


def adc_of(low: NDArray[np.floating], trace: NDArray[np.floating], b_difference: float) -> Array:
    """Return ln(low / trace) / b in 10^-6 mm2/s, NaN where a signal is not positive and finite.

    `b_difference` is in s/mm2. Raises ValueError unless it is positive.
    """
    if not b_difference > 0:
        raise ValueError(f"b-values must differ, not by {b_difference}")
    positive = _whole([low, trace])
    ratio = np.divide(low, trace, out=np.ones(low.shape, dtype=np.float64), where=positive)
    return np.where(positive, np.log(ratio) / b_difference * 1e6, np.nan).astype(np.float32)


def unit_of(values: NDArray[np.floating], brain: Mask) -> tuple[float, str]:
    """Return the factor that turns a scanner's ADC into 10^-6 mm2/s, and its unit in words.

    Told by the median of the brain, so only errors of ten and more are noticed; what has not the long tail of
    fluid is no ADC map. Raises InputError where no unit fits.
    """
    inside = values[brain & np.isfinite(values)]
    median = float(np.median(inside)) if inside.size else 0.0
    for factor, unit in _UNITS:
        if _USUAL / math.sqrt(10) <= median * factor <= _USUAL * math.sqrt(10):
            percentile, times = _TAIL
            tail = float(np.percentile(inside, percentile)) / median
            if tail < times:
                raise InputError(
                    f"the map is no ADC: its {percentile:g}th percentile is only {tail:.2f} times its median "
                    "in the brain, so fluid does not stand out.",
                    remedy="An exponential ADC (eADC) or a picture cannot be used; send b0 and b1000.",
                )
            return factor, unit
    raise InputError(
        f"the median of the ADC map in the brain is {median:.4g}, which fits none of "
        f"{', '.join(unit for _, unit in _UNITS)}; some {_USUAL:g} x 10^-6 mm2/s is normal.",
        remedy="Export the map with its rescaling, or send b0 and b1000: the limits of ADC are absolute.",
    )


def diffusion_maps(
    images: Sequence[Weighted], vendor_adc: Volume | None, inside: Mask, settings: DiffusionSettings
) -> DiffusionMaps:
    """Return ADC from b0 and b1000, or else the scanner's map in one unit.

    `inside` is the space inside the skull on the images' grid. Raises InputError where neither can be had.
    """
    require_images(images, vendor_adc, settings)
    low, high = _sorted(images, settings)
    if vendor_adc is None or (low and _has_all_directions(high)):
        return _computed(low, high, inside, settings)
    return _taken(vendor_adc, low, high, images, inside, settings)


def require_images(
    images: Sequence[Weighted], vendor_adc: Volume | None, settings: DiffusionSettings
) -> None:
    """Raise InputError unless there is b0 and b1000, or a scanner's map with a bright image beside it."""
    low, high = _sorted(images, settings)
    if low and _has_all_directions(high):
        return
    if vendor_adc is None:
        raise _cannot(images, settings)
    unstated = sum(image.b is None for image in images)
    if high or unstated == 1:
        return
    if unstated:
        raise InputError(
            f"there is an ADC map, and {unstated} diffusion images beside it that do not say their b-values: "
            "which of them is weighted is not known.",
            remedy="State the b-values (a .bval file beside the NIfTI, or DICOM as the scanner wrote it), or "
            "leave only the b1000 image beside the map.",
        )
    values = ", ".join(f"{value:g}" for value in sorted({_b(image) for image in images}))
    beside = f"only images with b = {values} s/mm2" if values else "no diffusion-weighted image"
    raise InputError(
        f"there is an ADC map, but {beside} beside it.",
        remedy=f"Add one with b from {settings.high_b_from:g} to {settings.high_b_to:g} s/mm2: a low ADC "
        "counts only where diffusion is bright.",
    )


def _has_all_directions(high: Sequence[Weighted]) -> bool:
    """Return whether images of one b-value make a trace: not one or two that are stated to be directions."""
    return bool(high) and not (len(high) < _DIRECTIONS and all(image.is_direction for image in high))


def _sorted(images: Sequence[Weighted], settings: DiffusionSettings) -> tuple[list[Weighted], list[Weighted]]:
    """Return the images without weighting, and those of the shell nearest b = 1000, or its trace."""
    known = [image for image in images if image.b is not None]
    low = [image for image in known if _b(image) <= settings.low_b_to]
    fit = [image for image in known if settings.high_b_from <= _b(image) <= settings.high_b_to]
    nearest = min((abs(_b(image) - 1000.0) for image in fit), default=0.0)
    wanted = next((_b(image) for image in fit if abs(_b(image) - 1000.0) == nearest), 0.0)
    high = [image for image in fit if is_same_b(image.b, wanted)]
    traces = [image for image in high if image.is_trace]
    return low, traces[:1] or high


def _b(image: Weighted) -> float:
    return 0.0 if image.b is None else image.b


def _cannot(images: Sequence[Weighted], settings: DiffusionSettings) -> InputError:
    """Return why no ADC can be computed, by what is missing."""
    if not images:
        return InputError("there is no diffusion-weighted image.", remedy="Add b0 and b1000, or an ADC map.")
    values = sorted({image.b for image in images if image.b is not None})
    if not values:
        return InputError(
            "the diffusion-weighted images do not say their b-values, and there is no ADC map.",
            remedy="State them (a .bval file beside the NIfTI, or DICOM as the scanner wrote it), or add the "
            "ADC map.",
        )
    low, high = _sorted(images, settings)
    if low and high:
        return InputError(
            f"only {len(high)} of the {_DIRECTIONS} or more directions that a trace image needs were found "
            f"at b = {_b(high[0]):g} s/mm2: white matter's ADC depends on the direction.",
            remedy="Add the other directions, the trace image, or the ADC map of that scan.",
        )
    found = ", ".join(f"{value:g}" for value in values)
    silent = sum(image.b is None for image in images)
    unstated = f", and {silent} of {len(images)} images do not say theirs" if silent else ""
    return InputError(
        f"the b-values are {found} s/mm2{unstated}: ADC needs one up to {settings.low_b_to:g} and one from "
        f"{settings.high_b_from:g} to {settings.high_b_to:g}.",
        remedy="The limits of ADC belong to b = 1000; add the missing images or the ADC map of that scan.",
    )


def _computed(
    low: Sequence[Weighted], high: Sequence[Weighted], inside: Mask, settings: DiffusionSettings
) -> DiffusionMaps:
    grid = high[0].volume.grid
    b0 = _smoothed(np.mean([image.volume.array for image in low], axis=0, dtype=np.float32), grid, settings)
    trace = _smoothed(geometric_mean([image.volume.array for image in high]), grid, settings)
    low_b, high_b = (float(np.mean([_b(image) for image in part])) for part in (low, high))
    adc = adc_of(b0, trace, high_b - low_b)
    how = "trace image" if len(high) == 1 else f"geometric mean of {len(high)} directions"
    origin = f"computed from b = {low_b:g} and b = {high_b:g} s/mm2 ({how})"
    whole = _whole([image.volume.array for image in (*low, *high)])
    return _maps(adc, trace, b0, grid, inside & ~whole, inside, settings, origin)


def _taken(
    vendor: Volume,
    low: Sequence[Weighted],
    high: Sequence[Weighted],
    images: Sequence[Weighted],
    inside: Mask,
    settings: DiffusionSettings,
) -> DiffusionMaps:
    bright = high or [image for image in images if image.b is None]
    values = np.asarray(vendor.array, dtype=np.float64)
    factor, unit = unit_of(np.where(values > 0, values, np.nan), inside)
    adc = np.where(values > 0, values * factor, np.nan).astype(np.float32)
    trace = geometric_mean([image.volume.array for image in bright])
    b0 = np.asarray(low[0].volume.array, dtype=np.float32) if low else None
    lost = inside & ~_whole([values, *(image.volume.array for image in bright)])
    origin = f"the scanner's map, in {unit} as told by its values"
    return _maps(adc, trace, b0, vendor.grid, lost, inside, settings, origin)


def _whole(images: Sequence[NDArray[np.floating]]) -> Mask:
    """Return where every image holds a positive number."""
    return np.asarray(np.all([np.isfinite(image) & (image > 0) for image in images], axis=0))


def _maps(
    adc: Array,
    trace: Array,
    low: Array | None,
    grid: Grid,
    lost: Mask,
    inside: Mask,
    settings: DiffusionSettings,
    origin: str,
) -> DiffusionMaps:
    missing_ml = int(np.count_nonzero(lost)) * grid.voxel_ml
    noise, tissue = noise_of(adc, inside, grid), tissue_adc_of(adc, inside)
    step = Step(
        name="adc",
        sentence=f"ADC was {origin}.",
        parameters={
            **settings_to_table(settings),
            "noise_adc": round(noise, 2),
            "tissue_adc": round(tissue, 1),
            "missing_ml": round(missing_ml, 3),
        },
        citations=("Basser 1996, J Magn Reson B 111:209",) if "directions" in origin else (),
    )
    return DiffusionMaps(
        adc=Volume(adc, grid, "ADC", ADC_UNIT),
        trace=Volume(trace, grid, "DWI", "signal"),
        low=None if low is None else Volume(low, grid, "b0", "signal"),
        noise_adc=noise,
        tissue_adc=tissue,
        missing_ml=missing_ml,
        origin=origin,
        step=step,
    )


def tissue_adc_of(adc: Array, inside: Mask) -> float:
    """Return the median ADC inside the skull of what is not mostly fluid, 0 where there is nothing.

    It tells whether an absolute limit can be read on this scan: an infarct of 100 mL moves it by 2 %, a wrong
    b-value by all of its error.
    """
    tissue = adc[inside & np.isfinite(adc) & (adc > 0) & (adc < _TISSUE_TO)]
    return float(np.median(tissue)) if tissue.size else 0.0


def noise_of(adc: Array, inside: Mask, grid: Grid) -> float:
    """Return the SD of ADC's noise: the spread of a voxel of tissue about the mean of its four neighbours.

    Borders between tissues are in it, so that it is rather too high. 0 where there is no tissue.
    """
    first, second = grid.in_plane_axes
    tissue = inside & np.isfinite(adc) & (adc > 300) & (adc < 1100)
    filled = np.where(tissue, adc, 0.0)
    cross = ndimage.generate_binary_structure(3, 1)
    cross[tuple(slice(None) if axis in (first, second) else [0, 2] for axis in range(3))] = False
    weights = cross.astype(np.float32)
    weights[1, 1, 1] = 0.0
    around = ndimage.convolve(filled, weights, mode="constant")
    counts = ndimage.convolve(tissue.astype(np.float32), weights, mode="constant")
    whole = tissue & (counts > 3.5)
    if not whole.any():
        return 0.0
    difference = np.abs(adc[whole] - around[whole] / 4.0)
    return float(_PER_SD * np.median(difference) / _MEAN_OF_FOUR)


def _smoothed(image: NDArray[np.floating], grid: Grid, settings: DiffusionSettings) -> Array:
    sigmas = [
        0.0 if axis == grid.axial_axis else settings.smoothing_fwhm_mm / _FWHM_PER_SD / step
        for axis, step in enumerate(grid.spacing_mm)
    ]
    smooth: Array = ndimage.gaussian_filter(np.asarray(image, dtype=np.float32), sigmas)
    return smooth
