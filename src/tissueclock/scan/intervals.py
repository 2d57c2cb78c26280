"""What the times of a run say about its sampling, as notes for the report."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LONG_GAP = 1.75
"""A gap of this many usual intervals is said: a frame is missing (our choice)."""
_COARSE_CLOCK_S = 5.0
"""Whole seconds are worth a word where frames are less than this apart (our choice)."""


def gap_note(times_s: NDArray[np.float64]) -> tuple[str, ...]:
    """Return a note on the longest gap between frames, where it is much longer than usual.

    `times_s` is frames x slices.
    """
    if len(times_s) < 3:
        return ()
    gaps = np.diff(times_s, axis=0).max(axis=1)
    usual, longest, at = float(np.median(gaps)), float(gaps.max()), int(np.argmax(gaps))
    if longest <= _LONG_GAP * usual:
        return ()
    return (
        f"Frames are usually {usual:.2f} s apart, but {longest:.2f} s pass between frames {at + 1} and "
        f"{at + 2}",
    )


def whole_second_note(times_s: NDArray[np.float64]) -> tuple[str, ...]:
    """Return a note where the times of unevenly spaced frames seem to be rounded to whole seconds."""
    if len(times_s) < 3:
        return ()
    gaps = np.diff(times_s, axis=0)
    rounded = np.abs(times_s - np.rint(times_s)).max() < 1e-6
    if not rounded or np.ptp(gaps) == 0 or np.median(gaps) >= _COARSE_CLOCK_S:
        return ()
    return ("Times are stated in whole seconds, so that each may be wrong by up to 1 s",)
