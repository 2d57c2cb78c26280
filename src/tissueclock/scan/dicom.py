"""From the images of one DICOM series to a time series with true geometry and per-slice times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.errors import InputError
from tissueclock.core.provenance import digest
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.scan.headers import TIME_SOURCES, ImageHeader, read_dataset

_POSITION_TOLERANCE_MM = 0.1
_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0])
_DAY_S = 86400.0

Slices = list[list[ImageHeader]]


@dataclass(frozen=True, eq=False)
class Layout:
    """A sorted series: slices feet to head along the normal, each with its images in the order of time.

    `times_s` is frames x slices, seconds since the first image; `time_source` the header field it came from.
    """

    slices: Slices
    times_s: NDArray[np.float64]
    time_source: str


def arrange(headers: Sequence[ImageHeader]) -> Layout:
    """Sort a series' images into slices and, inside each slice, into the order of time.

    Raises InputError where images differ in size or direction, where a slice lacks images, where an image
    stands twice, or where a slice is missing from the stack.
    """
    _check_same_plane(headers)
    slices = _group_by_position(headers)
    source = _time_source(slices)
    _check_counts(slices)
    _check_spacing(slices)
    times = _unwrapped(np.array([[image.times_s[source] for image in images] for images in slices]), source)
    order = np.argsort(times, axis=1)
    ordered = [[images[t] for t in row] for images, row in zip(slices, order, strict=True)]
    times = np.take_along_axis(times, order, axis=1).T
    return Layout(ordered, times - times.min(), source)


def frames_of(headers: Sequence[ImageHeader]) -> int:
    """Return how many images the fullest slice position has: 1 is a plain stack, not a run over time."""
    return max(len(images) for images in _group_by_position(headers))


@dataclass(frozen=True, eq=False)
class ReadSeries:
    """What was read: the series, a digest that does not depend on file order, and the unreadable frames."""

    series: TimeSeries
    digest: str
    unreadable: Mapping[int, str]


def read_series(layout: Layout) -> ReadSeries:
    """Read the pixels of an arranged series; a frame with an image that cannot be decoded is left at zero."""
    first = layout.slices[0][0]
    frames, depth = layout.times_s.shape
    stored = np.zeros((frames, depth, first.rows, first.columns), dtype=_stored_type(layout))
    digests: list[str] = []
    unreadable: dict[int, str] = {}
    for z, images in enumerate(layout.slices):
        for t, image in enumerate(images):
            try:
                pixels = _pixels(image, stored.dtype)
            except InputError as error:
                unreadable[t] = f"{error.where}: {error.found.rstrip('.')}"
                continue
            stored[t, z] = pixels
            digests.append(digest(pixels.tobytes(), image.position.tobytes()))
    slope, intercept = (
        np.array([[getattr(image, name) for image in images] for images in layout.slices]).T
        for name in ("slope", "intercept")
    )
    series = TimeSeries(
        stored=stored.transpose(0, 3, 2, 1),
        slope=slope,
        intercept=intercept,
        times_s=layout.times_s,
        grid=_grid(layout.slices),
        modality=Modality(first.modality),
        echo_time_s=None if first.echo_time_ms is None else first.echo_time_ms / 1000.0,
    )
    return ReadSeries(series, digest(*(item.encode() for item in sorted(digests))), unreadable)


def _stored_type(layout: Layout) -> np.dtype[np.integer]:
    """Return the type of the first image that can be read; raises its InputError where none can."""
    failure: InputError | None = None
    for images in layout.slices:
        for image in images:
            try:
                return _pixels(image).dtype
            except InputError as error:
                failure = failure or error
    raise failure or InputError("the series holds no image.")


def _check_same_plane(headers: Sequence[ImageHeader]) -> None:
    first = headers[0]
    for image in headers:
        same = (
            (image.rows, image.columns) == (first.rows, first.columns)
            and np.allclose(image.row_direction, first.row_direction, atol=1e-3)
            and np.allclose(image.column_direction, first.column_direction, atol=1e-3)
            and np.allclose(image.spacing_mm, first.spacing_mm, rtol=1e-3)
        )
        if not same:
            raise InputError(
                "the images of the series differ in size, spacing or direction.",
                where=image.source.label,
                remedy="Export the perfusion run alone, without localizers.",
            )


def _group_by_position(headers: Sequence[ImageHeader]) -> Slices:
    slices: Slices = []
    last = -np.inf
    for image in sorted(headers, key=lambda image: image.slice_position_mm):
        if image.slice_position_mm - last > _POSITION_TOLERANCE_MM:
            slices.append([])
        slices[-1].append(image)
        last = image.slice_position_mm
    return slices


def _time_source(slices: Slices) -> str:
    """Return the first header field that gives every image of every slice a time of its own."""
    for source in TIME_SOURCES:
        clocks = [[image.times_s.get(source) for image in images] for images in slices]
        if all(None not in times and len(set(times)) == len(times) for times in clocks):
            return source
    counts = {len(images) for images in slices}
    doubled = next((image for images in slices for image in images if _is_doubled(image, images)), None)
    if doubled is not None and len(counts) > 1:
        raise InputError(
            f"the slice at {doubled.slice_position_mm:.1f} mm holds two images of the same time.",
            where=doubled.source.label,
            remedy="Remove the duplicated images and run it again.",
        )
    raise InputError(
        "no header field gives each image a time of its own.",
        where=slices[0][0].source.label,
        remedy=f"The reader looks at {', '.join(TIME_SOURCES)}; export the series without rounding or "
        "removing times.",
    )


def _is_doubled(image: ImageHeader, images: list[ImageHeader]) -> bool:
    return sum(other.times_s == image.times_s for other in images) > 1


def _check_counts(slices: Slices) -> None:
    counts = [len(images) for images in slices]
    usual = max(set(counts), key=counts.count)
    for images in slices:
        if len(images) != usual:
            raise InputError(
                f"the slice at {images[0].slice_position_mm:.1f} mm has {len(images)} images, the others "
                f"have {usual}.",
                where=images[0].source.label,
                remedy="Send the complete series again from the archive.",
            )


def _check_spacing(slices: Slices) -> None:
    positions = np.array([images[0].slice_position_mm for images in slices])
    gaps = np.diff(positions)
    if gaps.size == 0:
        return
    usual = float(np.median(gaps))
    wrong = np.flatnonzero(np.abs(gaps - usual) > 0.1 * usual + _POSITION_TOLERANCE_MM)
    if wrong.size:
        at = int(wrong[0])
        raise InputError(
            f"slices lie {usual:.1f} mm apart, but {gaps[at]:.1f} mm between {positions[at]:.1f} and "
            f"{positions[at + 1]:.1f} mm: a slice is missing.",
            where=slices[at][0].source.label,
            remedy="Send the complete series again from the archive.",
        )


def _grid(slices: Slices) -> Grid:
    """LPS to RAS, done once: column, row, slice ascending along the normal, centre to centre."""
    first, last = slices[0][0], slices[-1][0]
    affine = np.eye(4)
    affine[:3, 0] = first.row_direction * first.spacing_mm[1]
    affine[:3, 1] = first.column_direction * first.spacing_mm[0]
    normal = np.cross(first.row_direction, first.column_direction)
    affine[:3, 2] = (last.position - first.position) / (len(slices) - 1) if len(slices) > 1 else normal
    affine[:3, 3] = first.position
    affine[:3, :] = _LPS_TO_RAS @ affine[:3, :]
    return Grid((first.columns, first.rows, len(slices)), affine)


def _unwrapped(times: NDArray[np.float64], source: str) -> NDArray[np.float64]:
    """Continue clock times over midnight, where the field carries no date."""
    if source != "AcquisitionDateTime" and np.ptp(times) > _DAY_S / 2:
        return np.where(times < _DAY_S / 2, times + _DAY_S, times)
    return times


def _pixels(image: ImageHeader, dtype: np.dtype[np.integer] | None = None) -> NDArray[np.integer]:
    """Return the stored numbers of one image; raises InputError, also where they are not of `dtype`."""
    dataset = read_dataset(image.source, pixels=True)
    try:
        pixels: NDArray[np.integer] = dataset.pixel_array
    except (ValueError, AttributeError, RuntimeError, NotImplementedError, ImportError) as error:
        raise InputError(
            f"the pixels cannot be decoded ({type(error).__name__}).",
            where=image.source.label,
            remedy="Export the series uncompressed (Explicit VR Little Endian).",
        ) from error
    if pixels.shape != (image.rows, image.columns):
        raise InputError(f"the image has shape {pixels.shape}.", where=image.source.label)
    if dtype is not None and pixels.dtype != dtype:
        raise InputError("the image is stored differently from the others.", where=image.source.label)
    return pixels
