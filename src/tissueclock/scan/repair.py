"""Frames that cannot be used: a single one is interpolated in time and said so, more are refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.errors import InputError
from tissueclock.image.series import TimeSeries


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
    return interpolated(series, frame), (f"Frame {frame + 1} was interpolated: {what}.",)


def interpolated(series: TimeSeries, frame: int) -> TimeSeries:
    """Return the series with one frame replaced by the line between its neighbours in time.

    At the start or the end the neighbour itself is taken.
    """
    before, after = max(frame - 1, 0), min(frame + 1, series.frames - 1)
    before, after = (after if frame == 0 else before), (before if frame == series.frames - 1 else after)
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
    background = ~finite.any(axis=0)
    broken = np.flatnonzero((~finite & ~background).any(axis=(1, 2, 3)))
    stored: NDArray[np.floating] = series.stored.copy()
    stored[:, background] = stored[finite].min()
    return replace(series, stored=stored), tuple(int(frame) for frame in broken)
