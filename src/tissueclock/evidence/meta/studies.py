"""What a study brings to a meta-analysis: its counts, its means, or an effect with a variance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tissueclock.evidence.meta.linear import Array


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoArm:
    """Events in two arms: `ai` of `n1i` treated and `ci` of `n2i` controls. ValueError for what cannot be."""

    columns: ClassVar[tuple[str, ...]] = ("ai", "n1i", "ci", "n2i")
    study: str
    ai: int
    n1i: int
    ci: int
    n2i: int

    def __post_init__(self) -> None:
        _require_events(self.ai, self.n1i, "ai", "n1i")
        _require_events(self.ci, self.n2i, "ci", "n2i")

    @property
    def n(self) -> int:
        """All patients."""
        return self.n1i + self.n2i


@dataclass(frozen=True, slots=True, kw_only=True)
class OneArm:
    """Events in one group: `xi` of `ni`. Raises ValueError for counts that cannot be."""

    columns: ClassVar[tuple[str, ...]] = ("xi", "ni")
    study: str
    xi: int
    ni: int

    def __post_init__(self) -> None:
        _require_events(self.xi, self.ni, "xi", "ni")

    @property
    def n(self) -> int:
        """All patients."""
        return self.ni


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoMeans:
    """Mean, standard deviation and size of two arms. Raises ValueError for what cannot be."""

    columns: ClassVar[tuple[str, ...]] = ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")
    study: str
    m1i: float
    sd1i: float
    n1i: int
    m2i: float
    sd2i: float
    n2i: int

    def __post_init__(self) -> None:
        for name in ("m1i", "m2i"):
            _require_finite(getattr(self, name), name)
        for name, n_name in (("sd1i", "n1i"), ("sd2i", "n2i")):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise ValueError(f"{name} is {getattr(self, name):g}; a standard deviation is above 0")
            if getattr(self, n_name) < 2:
                raise ValueError(f"{n_name} is {getattr(self, n_name)}; a standard deviation needs 2 or more")

    @property
    def n(self) -> int:
        """All patients."""
        return self.n1i + self.n2i


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An effect `yi` with its sampling variance `vi`, on the analysis scale, and the patients where known."""

    columns: ClassVar[tuple[str, ...]] = ("yi", "vi")
    study: str
    yi: float
    vi: float
    ni: int | None = None

    def __post_init__(self) -> None:
        _require_finite(self.yi, "yi")
        if not (math.isfinite(self.vi) and self.vi > 0):
            raise ValueError(f"vi is {self.vi:g}; a variance is above 0")
        if self.ni is not None and self.ni < 1:
            raise ValueError(f"ni is {self.ni}; a study has at least one patient")

    @property
    def n(self) -> int | None:
        """All patients, None where they were not stated."""
        return self.ni


Study = TwoArm | OneArm | TwoMeans | Given


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyEffect:
    """The effect `yi` of one study and its sampling variance `vi` > 0, on the analysis scale.

    `corrected` says that 1/2 was added to its cells, `n` how many patients it had.
    """

    study: str
    yi: float
    vi: float
    n: int | None = None
    corrected: bool = False


def column(studies: Sequence[Study], name: str) -> Array:
    """Return one number of every study (k)."""
    return np.array([getattr(study, name) for study in studies], dtype=np.float64)


def _require_events(events: int, n: int, name: str, n_name: str) -> None:
    if n < 1:
        raise ValueError(f"{n_name} is {n}; an arm has at least one patient")
    if not 0 <= events <= n:
        raise ValueError(f"{name} is {events} of {n_name} {n}; events are between 0 and the patients")


def _require_finite(number: float, name: str) -> None:
    if not math.isfinite(number):
        raise ValueError(f"{name} is not a finite number")
