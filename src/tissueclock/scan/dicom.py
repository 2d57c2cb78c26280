"""From the arranged images of one DICOM series to a time series with true geometry and per-slice times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tissueclock.core.errors import InputError
from tissueclock.core.provenance import digest
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.scan.arrange import Layout, Slices
from tissueclock.scan.pixels import read_pixels

_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0])


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
    for t in range(frames):
        for z, images in enumerate(layout.slices):
            image = images[t]
            try:
                pixels = read_pixels(image, stored.dtype)
            except InputError as error:
                unreadable[t] = f"{error.where}: {error.found.rstrip('.')}"
                continue
            stored[t, z] = pixels
            digests.append(digest(np.ascontiguousarray(pixels).data, image.position.tobytes()))
    slope, intercept = (
        np.array([[getattr(image, name) for image in images] for images in layout.slices]).T
        for name in ("slope", "intercept")
    )
    series = TimeSeries(
        stored=stored.transpose(0, 3, 2, 1),
        slope=slope,
        intercept=intercept,
        times_s=layout.times_s,
        grid=grid_of(layout.slices),
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
                return read_pixels(image).dtype
            except InputError as error:
                failure = failure or error
    raise failure or InputError("the series holds no image.")


def grid_of(slices: Slices) -> Grid:
    """LPS to RAS, done once: column, row, slice ascending along the normal, centre to centre."""
    first, last = slices[0][0], slices[-1][0]
    affine = np.eye(4)
    affine[:3, 0] = first.row_direction * first.spacing_mm[1]
    affine[:3, 1] = first.column_direction * first.spacing_mm[0]
    affine[:3, 2] = (last.position - first.position) / (len(slices) - 1)
    affine[:3, 3] = first.position
    affine[:3, :] = _LPS_TO_RAS @ affine[:3, :]
    return Grid((first.columns, first.rows, len(slices)), affine)
