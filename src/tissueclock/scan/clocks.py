"""When an image was taken: the header fields that may say so, best first, each with its meaning and unit."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from pydicom.tag import BaseTag, Tag

from tissueclock.scan.elements import Elements, tag

DAY_S = 86400.0
_MIN_REPETITION_S = 0.3
"""Shorter repetition times are those of 3-D sequences, which need many for one frame (our choice)."""

_GE_ACQUISITION, _GE_PARAMETERS = Tag(0x00190010), Tag(0x00430010)
_MID_SCAN_TIME, _DELTA_START_TIME = Tag(0x00191024), Tag(0x0043101E)


@dataclass(frozen=True, slots=True)
class TimeSource:
    """A field that may hold the time of an image.

    `read` returns seconds, or None where the field is absent or no time; `wraps` says that it starts anew at
    midnight; `caution` is what a reader of the report should know, if anything.
    """

    name: str
    meaning: str
    read: Callable[[Elements], float | None]
    wraps: bool = False
    caution: str = ""


def _clock(text: str) -> float | None:
    """Return the seconds since midnight of HHMMSS.ffffff (also the old HH:MM:SS); None without seconds."""
    digits = text.replace(":", "")
    if len(digits) < 6 or not digits[:6].isdecimal():
        return None
    hours, minutes = int(digits[:2]), int(digits[2:4])
    seconds = _number(digits[4:])
    if seconds is None or hours > 23 or minutes > 59 or not 0 <= seconds < 61:
        return None
    return hours * 3600.0 + minutes * 60.0 + seconds


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _time_of_day(field: BaseTag) -> Callable[[Elements], float | None]:
    return lambda elements: _clock(elements.text(field))


def _date_and_time(elements: Elements) -> float | None:
    """Return seconds since day 1; a time zone is left out, because it is the same for the whole run."""
    text = elements.text(_ACQUISITION_DATE_TIME)
    clock = _clock(text[8:].split("+")[0].split("-")[0])
    try:
        day = datetime.date(int(text[:4]), int(text[4:6]), int(text[6:8])).toordinal()
    except ValueError:
        return None
    return None if clock is None else day * DAY_S + clock


def _milliseconds(field: BaseTag) -> Callable[[Elements], float | None]:
    def read(elements: Elements) -> float | None:
        value = _number(elements.text(field))
        return None if value is None else value / 1000.0

    return read


def _ge(creator: BaseTag, name: str, field: BaseTag, unit_s: float) -> Callable[[Elements], float | None]:
    """Read a private GE field, if the block is GE's own."""

    def read(elements: Elements) -> float | None:
        value = _number(elements.text(field)) if elements.text(creator) == name else None
        return None if value is None else value * unit_s

    return read


def _position_times(interval: BaseTag, least_s: float) -> Callable[[Elements], float | None]:
    """Count frames by TemporalPositionIdentifier, an interval (ms) apart."""

    def read(elements: Elements) -> float | None:
        number = _number(elements.text(_TEMPORAL_POSITION))
        step_ms = _number(elements.text(interval))
        if number is None or step_ms is None or step_ms / 1000.0 < least_s:
            return None
        return (number - 1) * step_ms / 1000.0

    return read


_ACQUISITION_DATE_TIME, _ACQUISITION_TIME, _CONTENT_TIME, _TRIGGER_TIME = (
    tag(name) for name in ("AcquisitionDateTime", "AcquisitionTime", "ContentTime", "TriggerTime")
)
_TEMPORAL_POSITION, _TEMPORAL_RESOLUTION, _REPETITION_TIME = (
    tag(name) for name in ("TemporalPositionIdentifier", "TemporalResolution", "RepetitionTime")
)

TIME_SOURCES: tuple[TimeSource, ...] = (
    TimeSource("AcquisitionDateTime", "date and time of the acquisition", _date_and_time),
    TimeSource(
        "AcquisitionTime", "time of day of the acquisition", _time_of_day(_ACQUISITION_TIME), wraps=True
    ),
    TimeSource(
        "TriggerTime", "milliseconds since the start of the run or trigger", _milliseconds(_TRIGGER_TIME)
    ),
    TimeSource(
        "GE mid-scan time (0019,1024)",
        "seconds since the start of the scan",
        _ge(_GE_ACQUISITION, "GEMS_ACQU_01", _MID_SCAN_TIME, 1.0),
    ),
    TimeSource(
        "GE delta start time (0043,101E)",
        "milliseconds since the start of the scan",
        _ge(_GE_PARAMETERS, "GEMS_PARM_01", _DELTA_START_TIME, 0.001),
    ),
    TimeSource(
        "ContentTime",
        "time of day at which the image was made",
        _time_of_day(_CONTENT_TIME),
        wraps=True,
        caution="some scanners write the time of reconstruction there",
    ),
    TimeSource(
        "TemporalPositionIdentifier x TemporalResolution",
        "number of the frame times the stated interval (ms)",
        _position_times(_TEMPORAL_RESOLUTION, 0.0),
        caution="no image states a time of its own, so all slices share the frame's",
    ),
    TimeSource(
        "TemporalPositionIdentifier x RepetitionTime",
        "number of the frame times the repetition time (ms)",
        _position_times(_REPETITION_TIME, _MIN_REPETITION_S),
        caution="no image states a time of its own, so all slices share the frame's",
    ),
)
"""Where the time of an image may stand, best first.

Clocks of the acquisition come before a trigger's (dynamic MR), GE's private ones (cine CT, whose clock stands
still) and the time at which the image was made; counting frames is the last resort. InstanceNumber is never
trusted. The field that gives every image of every slice a time of its own is used for the whole run.
"""

TIME_TAGS: tuple[BaseTag, ...] = (
    _ACQUISITION_DATE_TIME, _ACQUISITION_TIME, _CONTENT_TIME, _TRIGGER_TIME, _GE_ACQUISITION,
    _GE_PARAMETERS, _MID_SCAN_TIME, _DELTA_START_TIME, _TEMPORAL_POSITION, _TEMPORAL_RESOLUTION,
    _REPETITION_TIME,
)  # fmt: skip


def times_of(elements: Elements) -> dict[str, float]:
    """Return the time (s) of an image by every source that states one."""
    found = ((source.name, source.read(elements)) for source in TIME_SOURCES)
    return {name: time for name, time in found if time is not None}
