"""Frames that cannot be used: a single one is interpolated in time and said so, more are refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.errors import InputError
from tissueclock.image.series import Modality, TimeSeries

_AIR_HU, _AIR_SHARE = -300.0, 0.05
"""CT below this, or MR below this share of the brightest, is air (our choice)."""


def mended(
    series: TimeSeries, bad: Mapping[int, str], where: str, left_out: frozenset[int] = frozenset()
) -> tuple[TimeSeries, tuple[str, ...]]:
    """Return the series with its one bad frame interpolated, and a sentence about it.

    `bad` maps a frame (from 0) to what is wrong with it; frames with numbers that are not finite join it.
    Voxels that are never finite are background and take the lowest value. Frames that the user leaves out may
    hold anything. Raises InputError, naming the frames, where more than one of the others is bad.
    """
    series, broken = _without_background(series, where)
    found = {**dict.fromkeys(broken, "it holds numbers that are not finite"), **bad}
    wrong = {frame: what for frame, what in found.items() if frame not in left_out}
    if not wrong:
        return series, ()
    if len(wrong) > 1:
        names = ", ".join(f"{frame + 1} ({what})" for frame, what in sorted(wrong.items())[:5])
        more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise InputError(
            f"{len(wrong)} of {series.frames} frames cannot be used: frame {names}{more}.",
            where=where,
            remedy="A single bad frame is interpolated, more are not. Send the run again from the archive, "
            "or leave them out with --exclude-frames.",
        )
    ((frame, what),) = wrong.items()
    words = (f"Frame {frame + 1} was interpolated: {what}.",)
    return interpolated(series, frame, left_out), words


def interpolated(series: TimeSeries, frame: int, left_out: frozenset[int] = frozenset()) -> TimeSeries:
    """Return the series with one frame replaced by the line between its neighbours in time.

    Frames of `left_out` are no neighbours. At the start or the end the only neighbour is taken.
    """
    others = [number for number in range(series.frames) if number != frame and number not in left_out]
    earlier, later = [n for n in others if n < frame], [n for n in others if n > frame]
    before, after = (earlier or later[:1])[-1], (later or earlier[-1:])[0]
    start, end, now = (series.times_s[number] for number in (before, after, frame))
    share = np.where(end == start, 0.0, (now - start) / np.where(end == start, 1.0, end - start))
    values = series.frame(before) * (1.0 - share) + series.frame(after) * share
    return series.with_frames([(frame, values)])


def _without_background(series: TimeSeries, where: str) -> tuple[TimeSeries, tuple[int, ...]]:
    """Return the series with never-finite voxels filled, and the frames that are not finite elsewhere."""
    if np.issubdtype(series.stored.dtype, np.integer):
        return series, ()
    finite = np.isfinite(series.stored)
    if finite.all():
        return series, ()
    if not finite.any():
        raise InputError("no voxel holds a finite number.", where=where, remedy="Convert the scan again.")
    stored: NDArray[np.floating] = series.stored.copy()
    lowest = stored[finite].min()
    stored[:, ~finite.any(axis=0)] = lowest
    finite[:, _in_air(stored, finite, series)] = True
    stored[~np.isfinite(stored) & finite] = lowest
    broken = np.flatnonzero((~finite & finite.any(axis=0)).any(axis=(1, 2, 3)))
    return replace(series, stored=stored), tuple(int(frame) for frame in broken)


def _in_air(stored: NDArray[np.floating], finite: NDArray[np.bool_], series: TimeSeries) -> NDArray[np.bool_]:
    """Return the voxels whose finite numbers are those of air: what is missing there harms nothing."""
    some = finite.any(axis=0) & ~finite.all(axis=0)
    highest = np.where(finite, stored, -np.inf).max(axis=0)
    if series.modality is Modality.CT:
        level = (_AIR_HU - float(series.intercept[0, 0])) / float(series.slope[0, 0])
    else:
        level = _AIR_SHARE * float(np.percentile(stored[finite], 99))
    return np.asarray(some & (highest < level))
