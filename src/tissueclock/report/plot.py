"""Line plots as geometry in pixels: the templates draw them as SVG, `raster` with Pillow."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tissueclock.report.format import compact, rounded
from tissueclock.report.model import CurvePlot, OffsetCurve

WIDTH, HEIGHT = 560, 320
_TEXT_PX = 20.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 16, 16, 48


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick of an axis: where it stands, px, and what it says."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A polyline: its SVG points, its style (a CSS class) and its name in the legend."""

    points: str
    style: str
    name: str

    @property
    def pixels(self) -> tuple[tuple[float, float], ...]:
        """The points as numbers."""
        pairs = (point.split(",") for point in self.points.split())
        return tuple((float(x), float(y)) for x, y in pairs)


@dataclass(frozen=True, slots=True)
class Dot:
    """A marker at a point; its style decides its shape, so that no meaning rests on colour."""

    x: float
    y: float
    style: str


@dataclass(frozen=True, slots=True)
class Span:
    """A shaded part of the time axis, px, with a text that is centred on it and stands at `text_y`."""

    start: float
    end: float
    style: str
    text: str
    text_y: float

    @property
    def middle(self) -> float:
        """Where the text is centred."""
        return (self.start + self.end) / 2


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across the plot: vertical at `x`, or horizontal at `y`, px, its text above it or `below`."""

    text: str
    style: str
    x: float | None = None
    y: float | None = None
    below: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """One plot, in pixels of a picture.

    `description` says it in words; `dot_names` holds (style, meaning) for the dots that need a legend.
    """

    title: str
    description: str
    x_label: str
    y_label: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    lines: tuple[Line, ...]
    marks: tuple[Mark, ...] = ()
    spans: tuple[Span, ...] = ()
    dots: tuple[Dot, ...] = ()
    dot_names: tuple[tuple[str, str], ...] = ()
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    top: int = _TOP
    bottom: int = HEIGHT - _BOTTOM


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear axis between two values, drawn between two pixels."""

    low: float
    high: float
    start_px: float
    end_px: float

    def at(self, value: float) -> float:
        """Return the pixel of a value, to a tenth."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.start_px + share * (self.end_px - self.start_px), 1)

    def ticks(self) -> tuple[Tick, ...]:
        """Return round ticks within the axis."""
        return tuple(
            Tick(self.at(value), compact(value))
            for value in nice_ticks(self.low, self.high)
            if self.low <= value <= self.high
        )


def nice_ticks(low: float, high: float, target: int = 6) -> tuple[float, ...]:
    """Return about `target` round numbers (steps of 1, 2 or 5) that cover low to high."""
    if not high > low:
        low, high = low - 0.5, low + 0.5
    raw = (high - low) / target
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(round(index * step, 10) for index in range(first, last + 1))


def curves_plot(curves: CurvePlot) -> Plot:
    """Return the input curve and the venous curve over time, the baseline shaded and the arrival marked."""
    series = [("AIF", "aif", curves.aif)] + ([("VOF", "vof", curves.vof)] if curves.vof else [])
    x, y = axes(curves.times_s, [value for _, _, values in series for value in values])
    arrival = curves.arrival_s
    marks = () if arrival is None else (Mark(f"arrival {rounded(arrival, 1)} s", "limit", x=x.at(arrival)),)
    return Plot(
        title="Arterial input and venous outflow",
        description=_curves_words(curves),
        x_label="time, s",
        y_label=f"enhancement, {curves.unit}",
        x_ticks=x.ticks(),
        y_ticks=y.ticks(),
        lines=tuple(Line(points(x, y, curves.times_s, values), css, name) for name, css, values in series),
        marks=marks,
        spans=baseline_spans(curves, x, HEIGHT - _BOTTOM - 8),
    )


def _curves_words(curves: CurvePlot) -> str:
    named = [("AIF", curves.aif)] + ([("VOF", curves.vof)] if curves.vof else [])
    peaks = ", ".join(f"{name} peaks at {compact(max(values))} {curves.unit}" for name, values in named)
    words = f"Enhancement over {compact(curves.times_s[-1])} s: {peaks}."
    if curves.vof is None:
        words += " No venous curve was found."
    if curves.baseline_frames is None or curves.baseline_end_s is None:
        return words
    frames = f"{curves.baseline_frames} frame{'' if curves.baseline_frames == 1 else 's'}"
    return f"{words} Baseline: the first {frames} of the scan, until {rounded(curves.baseline_end_s, 1)} s."


def baseline_spans(curves: CurvePlot, x: Axis, text_y: float) -> tuple[Span, ...]:
    """Return the baseline on a time axis, at least a line wide; nothing where it is not known."""
    if curves.baseline_end_s is None:
        return ()
    start = x.at(min(0.0, curves.times_s[0]))
    end = min(max(x.at(curves.baseline_end_s), start + 2.0), x.end_px)
    return (Span(start, end, "baseline", "baseline", text_y),)


def offset_plot(offset: OffsetCurve) -> Plot:
    """Return the Tmax of undelayed tissue over its MTT, with normal tissue's median and the limit."""
    heights = [value for value in (offset.limit_s, offset.normal_median_s) if value is not None]
    x, y = axes(offset.mtt_s, [*offset.tmax_s, *heights])
    marks = []
    if offset.limit_s is not None:
        marks.append(Mark(f"limit {compact(offset.limit_s)} s", "limit", y=y.at(offset.limit_s)))
    if offset.normal_median_s is not None:
        text = f"normal tissue, median {rounded(offset.normal_median_s, 1)} s"
        at = y.at(offset.normal_median_s)
        marks.append(Mark(text, "median", y=at, below=_below(offset, at)))
    return Plot(
        title="Tmax that undelayed tissue would read",
        description=_offset_words(offset),
        x_label="MTT, s",
        y_label="Tmax, s",
        x_ticks=x.ticks(),
        y_ticks=y.ticks(),
        lines=(Line(points(x, y, offset.mtt_s, offset.tmax_s), "offset", "no delay"),),
        marks=tuple(marks),
    )


def _below(offset: OffsetCurve, at: float) -> bool:
    """Return whether the median's text stands below its line: the curve ends above, and there is room."""
    ends_above = offset.normal_median_s is not None and offset.tmax_s[-1] >= offset.normal_median_s
    return ends_above and at + _TEXT_PX < HEIGHT - _BOTTOM


def _offset_words(offset: OffsetCurve) -> str:
    low, high = (
        f"{rounded(offset.tmax_s[end], 1)} s at an MTT of {compact(offset.mtt_s[end])} s" for end in (0, -1)
    )
    return f"Without any delay, Tmax reads {low} and {high}."


def axes(xs: Sequence[float], ys: Sequence[float]) -> tuple[Axis, Axis]:
    """Return axes that hold all values; y ends at ticks, and both hold 0."""
    x_ticks, y_ticks = nice_ticks(min(0.0, *xs), max(xs)), nice_ticks(min(0.0, *ys), 1.06 * max(ys))
    x = Axis(min(0.0, *xs), max(xs) if max(xs) > min(0.0, *xs) else x_ticks[-1], _LEFT, WIDTH - _RIGHT)
    return x, Axis(y_ticks[0], y_ticks[-1], HEIGHT - _BOTTOM, _TOP)


def points(x: Axis, y: Axis, xs: Iterable[float], ys: Iterable[float]) -> str:
    """Return the pixels of a polyline, in the form of SVG."""
    return " ".join(f"{x.at(a)},{y.at(b)}" for a, b in zip(xs, ys, strict=True))
