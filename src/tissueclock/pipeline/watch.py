"""How far an analysis is, in words and as a share, and how long each stage took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[str, float | None], None]
"""Told what is going on, and which share of the work lies behind; None where that is not known."""
STAGES = ("read", "motion", "anatomy", "perfusion", "lesion", "diffusion", "report")
"""The stages of an analysis, in their order: the keys of `timing_s`."""


def silent(words: str, share: float | None) -> None:
    """Say nothing."""


class Stopwatch:
    """Seconds by stage, for `timing_s`."""

    def __init__(self, progress: Progress = silent) -> None:
        self._started = time.perf_counter()
        self._progress = progress
        self._seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str, words: str) -> Iterator[None]:
        """Time one of the STAGES and say what is going on."""
        self._progress(words, STAGES.index(name) / len(STAGES))
        begun = time.perf_counter()
        yield
        self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - begun

    def seconds(self) -> dict[str, float]:
        """Return the seconds of every stage so far, and their total since the start."""
        rounded = {name: round(value, 3) for name, value in self._seconds.items()}
        return {**rounded, "total": round(time.perf_counter() - self._started, 3)}
