"""The JSON side-car of a NIfTI run: times, modality and echo time, as BIDS names them, in seconds."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.errors import InputError
from tissueclock.scan.sources import Source

_MAX_ECHO_S = 0.5
_MAX_INTERVAL_S = 30.0
"""What is longer is milliseconds by mistake: DSC uses TE 0.02 to 0.1 s, and a bolus passes in 10 s."""
_CORRECT = "Correct the side-car."


@dataclass(frozen=True, slots=True)
class Sidecar:
    """The content of a side-car; `label` is the image that it belongs to, for messages."""

    content: Mapping[str, Any]
    label: str

    def times_s(self, frames: int, slices: int) -> tuple[NDArray[np.float64], str]:
        """Return the times, frames x slices, seconds since the first sample, and the keys they came from.

        The header's fourth pixdim is not trusted: writers leave it at 1. Raises InputError where times are
        not stated or cannot be seconds.
        """
        times, key = self._frame_times(frames)
        offsets = self._slice_offsets(slices)
        if offsets is None:
            offsets, name = np.zeros(slices), key
        else:
            name = f"{key} and SliceTiming"
        every = times[:, None] + offsets
        return every - every.min(), f"{name} of the side-car"

    def _frame_times(self, frames: int) -> tuple[NDArray[np.float64], str]:
        for key in ("FrameTimesStart", "VolumeTiming"):
            if key in self.content:
                return self._stated_times(key, frames), key
        interval = self.seconds("RepetitionTime", _MAX_INTERVAL_S)
        if interval is None:
            raise InputError(
                "the times of the frames are not stated.",
                where=self.label,
                remedy="Put 'FrameTimesStart' (seconds, one a frame) or 'RepetitionTime' into the JSON "
                "side-car.",
            )
        return np.array(np.arange(frames) * interval, dtype=np.float64), "RepetitionTime"

    def _stated_times(self, key: str, frames: int) -> NDArray[np.float64]:
        numbers = _numbers(self.content[key])
        if numbers is None or len(numbers) != frames or any(b <= a for a, b in pairwise(numbers)):
            found = f"It holds {len(numbers)}." if numbers is not None and len(numbers) != frames else ""
            raise self._error(
                f"'{key}' must hold {frames} rising times in seconds, one a frame.",
                f"{found} {_CORRECT}".strip(),
            )
        times = np.array(numbers, dtype=np.float64)
        interval = float(np.median(np.diff(times))) if frames > 1 else 0.0
        self._refuse_milliseconds(f"the usual interval in '{key}'", interval, _MAX_INTERVAL_S)
        return times

    def _slice_offsets(self, slices: int) -> NDArray[np.float64] | None:
        """Return BIDS' SliceTiming, one offset a slice of the third axis; None where it is not there."""
        if "SliceTiming" not in self.content:
            return None
        numbers = _numbers(self.content["SliceTiming"])
        if numbers is None or len(numbers) != slices or min(numbers) < 0:
            raise self._error(f"'SliceTiming' must hold {slices} times in seconds, one a slice.")
        self._refuse_milliseconds("the longest time in 'SliceTiming'", max(numbers), _MAX_INTERVAL_S)
        direction = self.content.get("SliceEncodingDirection", "k")
        if direction not in ("k", "k-"):
            raise self._error(
                "'SliceTiming' is read along the third axis only ('SliceEncodingDirection': 'k')."
            )
        return np.array(numbers if direction == "k" else numbers[::-1], dtype=np.float64)

    def echo_time_s(self) -> float | None:
        """Return the echo time in seconds, None where it is not stated."""
        return self.seconds("EchoTime", _MAX_ECHO_S)

    def seconds(self, key: str, longest_s: float) -> float | None:
        """Return a positive number of seconds, None where the key is absent; InputError for anything else."""
        value = self.content.get(key)
        if value is None:
            return None
        if not _is_number(value) or not value > 0:
            raise self._error(f"'{key}' must be a positive number of seconds.")
        self._refuse_milliseconds(f"'{key}'", float(value), longest_s)
        return float(value)

    def _refuse_milliseconds(self, what: str, value: float, longest_s: float) -> None:
        if value > longest_s:
            raise self._error(
                f"{what} is {value:g}, which cannot be seconds.",
                f"Seconds are meant: if it is milliseconds, write {value / 1000:g} instead.",
            )

    def _error(self, found: str, remedy: str = _CORRECT) -> InputError:
        return InputError(found, where=self.label, remedy=remedy)


def read_sidecar(image: Source) -> Sidecar:
    """Read the side-car of a NIfTI file (same name, `.json`); empty where there is none.

    Raises InputError where it is no JSON object.
    """
    stem = image.label.lower().removesuffix(".gz").removesuffix(".nii")
    sidecar = image.sibling(f"{image.label[: len(stem)]}.json")
    if sidecar is None:
        return Sidecar({}, image.label)
    try:
        document = json.loads(sidecar.read().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError("the side-car is no valid JSON.", where=sidecar.label, remedy="Mend it.") from error
    if not isinstance(document, dict):
        raise InputError("the side-car holds no JSON object.", where=sidecar.label, remedy="Mend it.")
    return Sidecar(document, image.label)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _numbers(value: Any) -> list[float] | None:
    """Return a list of finite numbers, None for anything else."""
    if not isinstance(value, list) or not value or not all(map(_is_number, value)):
        return None
    return [float(number) for number in value]
