"""The scales on which estimates are taken to be normal, and so intervals symmetric."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType

from tissueclock.evidence.check.number import PrintedNumber
from tissueclock.evidence.check.region import Range


class Scale(Enum):
    """A scale; proportions on ARCSINE and double arcsine cannot be told apart without their n."""

    RAW = "raw"
    LOG = "log"
    LOGIT = "logit"
    ARCSINE = "arcsine"


def _log(x: float) -> float:
    return math.log(x) if x > 0 else -math.inf


def _logit(x: float) -> float:
    if x <= 0:
        return -math.inf
    return math.inf if x >= 1 else math.log(x) - math.log1p(-x)


def _arcsine(x: float) -> float:
    return math.asin(math.sqrt(min(max(x, 0.0), 1.0)))


def _raw(x: float) -> float:
    return x


TRANSFORMS: Mapping[Scale, Callable[[float], float]] = MappingProxyType(
    {Scale.RAW: _raw, Scale.LOG: _log, Scale.LOGIT: _logit, Scale.ARCSINE: _arcsine}
)


def on_scale(number: PrintedNumber, scale: Scale, unit: float = 1.0) -> Range:
    """Return what a printed number may be on a scale; `unit` 0.01 reads it as a percentage."""
    return Range(number.low * unit, number.high * unit).mapped(TRANSFORMS[scale])
