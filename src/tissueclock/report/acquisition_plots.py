"""How the scan was made, as plots: the motion of the head over time, and when every slice was sampled."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from tissueclock.report.axial import evenly
from tissueclock.report.format import compact, rounded
from tissueclock.report.model import CurvePlot, MotionTrace, Sampling, SliceTiming
from tissueclock.report.plot import (
    Axis,
    Dot,
    Line,
    Mark,
    Plot,
    Span,
    Tick,
    axes,
    baseline_spans,
    points,
)

STRIP_LIMIT = 16
"""Of more distinct timings than these, some are drawn, evenly, and the plot says so (our choice)."""
LONG_GAP = 1.5
"""A gap from this many median intervals on is marked as one (our choice)."""

_STRIP_PX, _LABEL_PX = 18, 44.0
_GAP_TEXT_PX = 70.0
_STRIP_TOP, _STRIP_BOTTOM = 38, 48
_STILL_MM, _STILL_DEG = 1.0, 1.0
"""The scale of a plot of motion is never finer: noise must not look like motion (our choice)."""
_FAR = 3.0
_DOT_NAMES = (
    ("frame", "frame"),
    ("realigned", "realigned frame"),
    ("interpolated", "interpolated frame"),
    ("excluded", "excluded frame (not measured)"),
)
_Row = tuple[str, float, SliceTiming]


def motion_plots(motion: MotionTrace) -> tuple[Plot, Plot]:
    """Return the shift and the rotation of every frame over time."""
    return _shift_plot(motion), _rotation_plot(motion)


def motion_words(motion: MotionTrace) -> str:
    """Return in words how far the head moved, and what was done about it (frames counted from 1)."""
    parts = [
        f"The head moved by at most {rounded(_largest(motion, motion.shift_mm), 1)} mm and turned by at most "
        f"{rounded(_largest(motion, motion.rotation_deg), 1)}°."
    ]
    if motion.residual_mm is not None:
        left = [motion.residual_mm[frame] for frame in motion.kept if frame not in motion.interpolated]
        parts.append(f"Realignment leaves at most {rounded(max(left, default=0.0), 1)} mm.")
    parts.append(f"{sum(motion.realigned)} of {len(motion.realigned)} frames were realigned.")
    for what, frames in (("Interpolated", motion.interpolated), ("Excluded", motion.excluded)):
        if frames:
            parts.append(f"{what}: frame {', '.join(str(frame + 1) for frame in frames)}.")
    return " ".join(parts)


def sampling_plot(sampling: Sampling, curves: CurvePlot) -> Plot:
    """Return a strip for every distinct timing: a stroke a frame, long gaps and the baseline shaded."""
    every = _rows(sampling)
    rows = [every[index] for index in evenly(list(range(len(every))), STRIP_LIMIT)]
    x = _time_axis(rows)
    height = _STRIP_TOP + _STRIP_PX * len(rows) + _STRIP_BOTTOM
    heights = [_STRIP_TOP + _STRIP_PX * (number + 0.5) for number in range(len(rows))]
    return Plot(
        title="Sampling",
        description=_sampling_words(sampling, len(rows), len(every)),
        x_label="time, s",
        y_label="",
        x_ticks=x.ticks(),
        y_ticks=tuple(Tick(at, name) for at, (name, _, _) in zip(heights, rows, strict=True)),
        lines=(),
        spans=(*baseline_spans(curves, x, _STRIP_TOP - 20), *_gaps(sampling, rows, x)),
        dots=tuple(
            Dot(x.at(time + offset), at, "stroke")
            for at, (_, offset, timing) in zip(heights, rows, strict=True)
            for time in timing.times_s
        ),
        height=height,
        left=round(x.start_px) - 10,
        top=_STRIP_TOP,
        bottom=height - _STRIP_BOTTOM,
    )


def _shift_plot(motion: MotionTrace) -> Plot:
    tallest = max(_largest(motion, motion.shift_mm), motion.warn_mm or 0.0, _STILL_MM)
    words = (("warning above", motion.warn_mm), ("withheld above", motion.fail_mm))
    # A limit far above the motion would flatten the trace: the checks' table prints it.
    limits = [(text, limit) for text, limit in words if limit is not None and limit <= _FAR * tallest]
    x, y = axes(motion.times_s, [tallest, *(limit for _, limit in limits)])
    lines = [_line(motion, motion.shift_mm, x, y, ("shift", "shift"))]
    if motion.residual_mm is not None:
        lines.append(_line(motion, motion.residual_mm, x, y, ("residual", "left after realignment")))
    return Plot(
        title="Shift of the head",
        description=motion_words(motion),
        x_label="time, s",
        y_label="shift, mm",
        x_ticks=x.ticks(),
        y_ticks=y.ticks(),
        lines=tuple(lines),
        marks=tuple(Mark(f"{text} {compact(limit)} mm", "limit", y=y.at(limit)) for text, limit in limits),
        dots=_dots(motion, motion.shift_mm, x, y),
        dot_names=_names(motion),
    )


def _rotation_plot(motion: MotionTrace) -> Plot:
    largest = _largest(motion, motion.rotation_deg)
    x, y = axes(motion.times_s, [largest, _STILL_DEG])
    return Plot(
        title="Rotation of the head",
        description=f"At most {rounded(largest, 1)}°, all axes together.",
        x_label="time, s",
        y_label="rotation, degrees",
        x_ticks=x.ticks(),
        y_ticks=y.ticks(),
        lines=(_line(motion, motion.rotation_deg, x, y, ("shift", "rotation")),),
        dots=_dots(motion, motion.rotation_deg, x, y),
        dot_names=_names(motion),
    )


def _largest(motion: MotionTrace, values: Sequence[float]) -> float:
    return max((values[frame] for frame in motion.kept), default=0.0)


def _line(motion: MotionTrace, values: Sequence[float], x: Axis, y: Axis, style: tuple[str, str]) -> Line:
    """Return the trace over the frames that were not excluded."""
    kept = motion.kept
    pixels = points(x, y, [motion.times_s[frame] for frame in kept], [values[frame] for frame in kept])
    return Line(pixels, *style)


def _styles(motion: MotionTrace) -> tuple[str, ...]:
    """Return what happened to each frame; leaving out comes before interpolating, that before realigning."""
    return tuple(
        "excluded"
        if frame in motion.excluded
        else "interpolated"
        if frame in motion.interpolated
        else "realigned"
        if motion.realigned[frame]
        else "frame"
        for frame in range(len(motion.times_s))
    )


def _names(motion: MotionTrace) -> tuple[tuple[str, str], ...]:
    found = set(_styles(motion))
    return tuple((style, name) for style, name in _DOT_NAMES if style in found)


def _dots(motion: MotionTrace, values: Sequence[float], x: Axis, y: Axis) -> tuple[Dot, ...]:
    """Return a dot a frame; an excluded one, of which nothing was measured, stands on the axis."""
    rows = zip(motion.times_s, values, _styles(motion), strict=True)
    return tuple(
        Dot(x.at(time), y.at(0.0 if math.isnan(value) else value), style) for time, value, style in rows
    )


def _rows(sampling: Sampling) -> list[_Row]:
    """Return one row for every distinct timing, with the slices that it holds, by their first time."""
    rows = []
    for timing in sampling.timings:
        for offset in sorted(set(timing.offsets_s)):
            pairs = zip(timing.slices, timing.offsets_s, strict=True)
            rows.append((_slices_text([index for index, after in pairs if after == offset]), offset, timing))
    return [("all slices", *rows[0][1:])] if len(rows) == 1 else rows


def _slices_text(slices: list[int]) -> str:
    """Return slices, counted from 1, in few words: "slice 3", "1 to 6", "1, 3", "1, 3 … 15"."""
    first, last = slices[0] + 1, slices[-1] + 1
    if len(slices) == 1:
        return f"slice {first}"
    if len(slices) > 2 and last - first == len(slices) - 1:
        return f"{first} to {last}"
    return f"{first}, {slices[1] + 1}{f' … {last}' if len(slices) > 2 else ''}"


def _time_axis(rows: Sequence[_Row]) -> Axis:
    times = [time + offset for _, offset, timing in rows for time in (timing.times_s[0], timing.times_s[-1])]
    x, _ = axes([min(0.0, *times), max(times)], [0.0, 1.0])
    return Axis(x.low, x.high, x.start_px + _LABEL_PX, x.end_px)


def _gaps(sampling: Sampling, rows: Sequence[_Row], x: Axis) -> Iterator[Span]:
    """Yield the long gaps of the first row; other rows have theirs at nearly the same time."""
    _, offset, timing = rows[0]
    limit, written = LONG_GAP * sampling.interval_s, -math.inf
    for earlier, later in zip(timing.times_s, timing.times_s[1:], strict=False):
        if later - earlier < limit:
            continue
        start, end = x.at(earlier + offset), x.at(later + offset)
        free = start + end > 2 * (written + _GAP_TEXT_PX)
        written = (start + end) / 2 if free else written
        yield Span(start, end, "gap", f"gap {rounded(later - earlier, 1)} s" if free else "", _STRIP_TOP - 5)


def _sampling_words(sampling: Sampling, shown: int, present: int) -> str:
    longest = max(sampling.gaps_s)
    frames = len(sampling.timings[0].times_s)
    parts = [
        f"{frames} frames, one every {rounded(sampling.interval_s, 1)} s (median); "
        f"the longest gap is {rounded(longest, 1)} s."
    ]
    firsts = [timing.times_s[0] + offset for timing in sampling.timings for offset in timing.offsets_s]
    spread = max(firsts) - min(firsts)
    if sampling.per_slice:
        parts.append(f"Slices have times of their own, up to {rounded(spread, 1)} s apart; counted from 1.")
    else:
        parts.append("All slices were sampled together.")
    if shown < present:
        parts.append(f"{shown} of {present} timings are drawn.")
    return " ".join(parts)
