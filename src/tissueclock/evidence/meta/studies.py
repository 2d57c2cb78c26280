"""What a study brings to a meta-analysis: its counts, its means, or an effect with a variance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tissueclock.evidence.meta.linear import Array

_LARGEST, _SMALLEST = 1e12, 1e-24
"""Beyond them a number is a mistake, and arithmetic loses what is beside it."""


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
            _require_usual(getattr(self, name), name)
        for name, n_name in (("sd1i", "n1i"), ("sd2i", "n2i")):
            _require_positive(getattr(self, name), name, "a standard deviation")
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
        _require_usual(self.yi, "yi")
        _require_positive(self.vi, "vi", "a variance")
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
    if not 1 <= n <= _LARGEST:
        raise ValueError(f"{n_name} is {n}; an arm has at least one patient, and not more than there are")
    if not 0 <= events <= n:
        raise ValueError(f"{name} is {events} of {n_name} {n}; events are between 0 and the patients")


def _require_usual(number: float, name: str) -> None:
    if not abs(number) <= _LARGEST:
        raise ValueError(f"{name} is {number:g}; no effect is as large")


def _require_positive(number: float, name: str, what: str) -> None:
    if not number > 0:
        raise ValueError(f"{name} is {number:g}; {what} is above 0")
    if not _SMALLEST <= number <= _LARGEST:
        raise ValueError(f"{name} is {number:g}; {what} is between {_SMALLEST:g} and {_LARGEST:g}")
