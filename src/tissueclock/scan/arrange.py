"""The images of one DICOM series, in any order, sorted into slices and frames; misfits are refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.errors import InputError
from tissueclock.image.series import Modality
from tissueclock.image.volume import read_only
from tissueclock.scan.clocks import DAY_S, TIME_SOURCES, TimeSource
from tissueclock.scan.headers import ImageHeader
from tissueclock.scan.intervals import gap_note, whole_second_note

_POSITION_TOLERANCE_MM = 0.1
_SIDE_TOLERANCE_MM = 0.5
"""How far images of one slice, and slices of one stack, may lie beside each other (our choice)."""
_MIN_ECHO_MS, _MAX_ECHO_MS = 1.0, 500.0
"""An echo time beyond these is stated in a wrong unit (our choice; DSC uses 20 to 100 ms)."""
_SEND_AGAIN = "Send the complete series again from the archive."

Slices = list[list[ImageHeader]]


@dataclass(frozen=True, eq=False)
class Layout:
    """A sorted series: slices feet to head along the normal, each with its images in the order of time.

    `times_s` is frames x slices, seconds since the first image; `time_source` the header field it came from;
    `notes` say where the times come from, what was left out and where frames are missing.
    """

    slices: Slices
    times_s: NDArray[np.float64]
    time_source: str
    notes: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "times_s", read_only(self.times_s))


def arrange(headers: Sequence[ImageHeader]) -> Layout:
    """Sort a series' images into slices and, inside each slice, into the order of time.

    The last frame of an interrupted run is left out where slices lack it. Raises InputError where images
    differ in size, direction, place or echo time, where an image stands twice or has no time, where a slice
    lacks images in the middle of the run, where a slice is missing from the stack, or for a single slice.
    """
    _check_same_plane(headers)
    _check_echo(headers)
    _check_copies(headers)
    slices = _group_by_position(headers)
    _check_line(slices)
    source = _time_source(slices)
    ordered = _in_time(slices, source)
    _check_spacing(slices)
    frames, trimmed = _complete_frames(ordered)
    kept = [images[:frames] for images, _ in ordered]
    times = np.array([clock[:frames] for _, clock in ordered]).T
    times = times - times.min()
    notes = (_time_note(source), *trimmed, *whole_second_note(times), *gap_note(times))
    return Layout(kept, times, source.name, notes)


def frames_of(headers: Sequence[ImageHeader]) -> int:
    """Return how many images the fullest slice position has: 1 is a plain stack, not a run over time."""
    return max(len(images) for images in _group_by_position(headers))


def stacked(headers: Sequence[ImageHeader]) -> list[ImageHeader]:
    """Return the images of a plain stack, one a slice, feet to head along the normal.

    Raises InputError where images differ in size, direction or place, where a slice stands twice or is
    missing, or for a single slice.
    """
    _check_same_plane(headers)
    _check_copies(headers)
    slices = _group_by_position(headers)
    _check_line(slices)
    _check_spacing(slices)
    full = next((images for images in slices if len(images) > 1), None)
    if full is not None:
        raise InputError(
            f"the slice at {full[0].slice_position_mm:.1f} mm is there {len(full)} times.",
            where=full[1].source.label,
            remedy="Name the folder of one series.",
        )
    return [images[0] for images in slices]


def _check_same_plane(headers: Sequence[ImageHeader]) -> None:
    first = headers[0]
    directions, spacing = _plane(first)
    for image in headers:
        other, apart = _plane(image)
        same = (
            (image.rows, image.columns) == (first.rows, first.columns)
            and np.abs(other - directions).max() < 1e-3
            and np.abs(apart / spacing - 1.0).max() < 1e-3
        )
        if not same:
            raise InputError(
                "the images of the series differ in size, spacing or direction.",
                where=image.source.label,
                remedy="Export the perfusion run alone, without localizers.",
            )


def _plane(image: ImageHeader) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.concatenate((image.row_direction, image.column_direction)), np.array(image.spacing_mm)


def _check_echo(headers: Sequence[ImageHeader]) -> None:
    echoes = sorted({image.echo_time_ms for image in headers if image.echo_time_ms is not None})
    if len(echoes) > 1:
        raise InputError(
            f"the series holds {len(echoes)} echo times ({', '.join(f'{echo:g}' for echo in echoes)} ms).",
            where=headers[0].source.label,
            remedy="Export the images of one echo.",
        )
    if echoes and headers[0].modality == Modality.MR.value and not _MIN_ECHO_MS <= echoes[0] <= _MAX_ECHO_MS:
        raise InputError(
            f"EchoTime is {echoes[0]:g} ms, which no DSC run has.",
            where=headers[0].source.label,
            remedy="DICOM states it in milliseconds (20 to 100 are usual): export the series unchanged.",
        )


def _check_copies(headers: Sequence[ImageHeader]) -> None:
    seen: dict[str, ImageHeader] = {}
    for image in headers:
        if image.uid and image.uid in seen:
            copies = len(headers) - len({other.uid for other in headers})
            raise InputError(
                f"{copies} image{'s are' if copies > 1 else ' is'} there twice: "
                f"this one is also {seen[image.uid].source.label}.",
                where=image.source.label,
                remedy="Remove the duplicated images and run it again.",
            )
        seen[image.uid] = image


def _group_by_position(headers: Sequence[ImageHeader]) -> Slices:
    slices: Slices = []
    last = -np.inf
    for image in sorted(headers, key=lambda image: image.slice_position_mm):
        if image.slice_position_mm - last > _POSITION_TOLERANCE_MM:
            slices.append([])
        slices[-1].append(image)
        last = image.slice_position_mm
    return slices


def _check_line(slices: Slices) -> None:
    """Refuse images that lie beside the line from the first to the last slice (another field of view)."""
    first, last = slices[0][0], slices[-1][0]
    length = last.slice_position_mm - first.slice_position_mm
    for images in slices:
        share = (images[0].slice_position_mm - first.slice_position_mm) / length if length else 0.0
        expected = first.position + share * (last.position - first.position)
        for image in images:
            if np.abs(image.position - expected).max() > _SIDE_TOLERANCE_MM:
                raise InputError(
                    f"the images of the series do not lie behind each other: one at "
                    f"{image.slice_position_mm:.1f} mm is shifted sideways.",
                    where=image.source.label,
                    remedy="Export one reconstruction of the run, with one field of view.",
                )


def _time_source(slices: Slices) -> TimeSource:
    """Return the first header field that gives every image of every slice a time of its own."""
    for source in TIME_SOURCES:
        clocks = [[image.times_s.get(source.name) for image in images] for images in slices]
        if all(None not in times and len(set(times)) == len(times) for times in clocks):
            return source
    doubled = next((pair for images in slices for pair in _doubles(images)), None)
    if doubled is not None and len({len(images) for images in slices}) > 1:
        raise InputError(
            f"the slice at {doubled[0].slice_position_mm:.1f} mm holds two images of the same time, this one "
            f"and {doubled[1].source.label}.",
            where=doubled[0].source.label,
            remedy="Remove the duplicated images and run it again.",
        )
    raise InputError(
        "no header field gives each image a time of its own.",
        where=slices[0][0].source.label,
        remedy=f"The reader looks at {', '.join(source.name for source in TIME_SOURCES)}; export the series "
        "without rounding or removing times.",
    )


def _doubles(images: list[ImageHeader]) -> list[tuple[ImageHeader, ImageHeader]]:
    """Return pairs of images of a slice that share every time that they state."""
    pairs = []
    seen: dict[tuple[tuple[str, float], ...], ImageHeader] = {}
    for image in images:
        key = tuple(image.times_s.items())
        if key in seen:
            pairs.append((image, seen[key]))
        seen[key] = image
    return pairs


def _in_time(slices: Slices, source: TimeSource) -> list[tuple[list[ImageHeader], NDArray[np.float64]]]:
    """Return each slice's images in the order of time, with their times; clocks go on over midnight."""
    clocks = [np.array([image.times_s[source.name] for image in images]) for images in slices]
    everything = np.concatenate(clocks)
    if source.wraps and np.ptp(everything) > DAY_S / 2:
        clocks = [np.where(clock < DAY_S / 2, clock + DAY_S, clock) for clock in clocks]
    orders = [np.argsort(clock) for clock in clocks]
    return [
        ([images[i] for i in order], clock[order])
        for images, clock, order in zip(slices, clocks, orders, strict=True)
    ]


def _complete_frames(
    ordered: list[tuple[list[ImageHeader], NDArray[np.float64]]],
) -> tuple[int, tuple[str, ...]]:
    """Return how many frames every slice has, and a note where the last one was left out.

    Only the last frame may be incomplete: a slice that lacks another image would be paired with wrong frames.
    """
    counts = [len(images) for images, _ in ordered]
    most, least = max(counts), min(counts)
    if most == least:
        return most, ()
    full = ordered[counts.index(most)][1]
    interval = float(np.median(np.diff(full)))
    for images, clock in ordered:
        paired = np.abs(clock - full[: clock.size]).max() < interval
        if most - len(images) > 1 or not paired:
            raise _lack([images for images, _ in ordered], counts)
    have = counts.count(most)
    return least, (
        f"The run was interrupted: its last frame, there in {have} of {len(counts)} slices, was left out",
    )


def _lack(slices: Slices, counts: list[int]) -> InputError:
    """Return the error that names the first slice whose number of images is not the usual one."""
    usual = max(set(counts), key=counts.count)
    odd = [images for images in slices if len(images) != usual]
    more = f" {len(odd)} of {len(slices)} slices differ." if len(odd) > 1 else ""
    return InputError(
        f"the slice at {odd[0][0].slice_position_mm:.1f} mm has {len(odd[0])} images, the others have "
        f"{usual}.{more}",
        where=odd[0][0].source.label,
        remedy=_SEND_AGAIN,
    )


def _check_spacing(slices: Slices) -> None:
    positions = np.array([images[0].slice_position_mm for images in slices])
    gaps = np.diff(positions)
    if gaps.size == 0:
        raise InputError(
            "the run has a single slice: without a distance between slices there is no volume.",
            where=slices[0][0].source.label,
            remedy="Name a run of two or more slices, or a NIfTI file whose affine states the distance.",
        )
    usual = float(np.median(gaps))
    wrong = np.flatnonzero(np.abs(gaps - usual) > 0.1 * usual + _POSITION_TOLERANCE_MM)
    if wrong.size:
        at = int(wrong[0])
        raise InputError(
            f"slices lie {usual:.1f} mm apart, but {gaps[at]:.1f} mm between {positions[at]:.1f} and "
            f"{positions[at + 1]:.1f} mm: a slice is missing.",
            where=slices[at][0].source.label,
            remedy=_SEND_AGAIN,
        )


def _time_note(source: TimeSource) -> str:
    caution = f"; {source.caution}" if source.caution else ""
    return f"Times come from {source.name} ({source.meaning}{caution})"
