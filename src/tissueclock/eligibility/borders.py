"""The numbers of a fact at which a trial's answers may change: printed limits, and what follows from them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction

from tissueclock.core.exact import exact
from tissueclock.eligibility.asked import Asked
from tissueclock.eligibility.decide import Readable
from tissueclock.eligibility.links import CORE, GLUCOSE, HYPOPERFUSED, MISMATCH, RATIO, TMAX6

_VOLUMES = (HYPOPERFUSED, TMAX6)
_ZERO = Fraction(0)


def borders_of(asked: Asked, seen: Readable, name: str, *, both: bool = False) -> frozenset[Fraction]:
    """Return the numbers of `name` at which an answer of the trial may change, the other facts as they are.

    With `both` also those at which two limits on the volumes meet, where core and hypoperfused volume change
    together.
    """
    own = set(asked.limits.get(name, ()))
    if name == CORE:
        own |= {_ZERO, *_cores(asked, seen, _numbers(seen, HYPOPERFUSED))}
        own |= set(_cores(asked, seen, _limits(asked, *_VOLUMES)) if both else ())
    if name in _VOLUMES:
        own |= {_ZERO, *_limits(asked, HYPOPERFUSED), *_volumes(asked, seen, _numbers(seen, CORE))}
        own |= set(_volumes(asked, seen, _limits(asked, CORE)) if both else ())
    if both and name in (CORE, *_VOLUMES):
        own |= set(_meetings(asked, core=name == CORE))
    if name in GLUCOSE:
        other, factor = GLUCOSE[name]
        own |= {limit / factor for limit in _limits(asked, other)}
    return frozenset(own)


def _limits(asked: Asked, *names: str) -> tuple[Fraction, ...]:
    return tuple(limit for name in names for limit in asked.limits.get(name, ()))


def _numbers(seen: Readable, name: str) -> tuple[Fraction, ...]:
    value = seen.get(name)
    return () if value is None or value == math.inf else (exact(value),)


def _differences(asked: Asked, seen: Readable) -> tuple[Fraction, ...]:
    return (*_limits(asked, MISMATCH), *_stated(seen, MISMATCH))


def _ratios(asked: Asked, seen: Readable) -> tuple[Fraction, ...]:
    return tuple(ratio for ratio in (*_limits(asked, RATIO), *_stated(seen, RATIO)) if ratio)


def _stated(seen: Readable, name: str) -> tuple[Fraction, ...]:
    """Return a mismatch or ratio that was typed without both volumes, which a new volume has to fit."""
    return () if CORE in seen and HYPOPERFUSED in seen else _numbers(seen, name)


def _cores(asked: Asked, seen: Readable, volumes: Iterable[Fraction]) -> Iterator[Fraction]:
    for volume in volumes:
        yield from (volume - difference for difference in _differences(asked, seen))
        yield from (volume / ratio for ratio in _ratios(asked, seen))


def _volumes(asked: Asked, seen: Readable, cores: Iterable[Fraction]) -> Iterator[Fraction]:
    for core in cores:
        yield from (core + difference for difference in _differences(asked, seen))
        yield from (core * ratio for ratio in _ratios(asked, seen))


def _meetings(asked: Asked, *, core: bool) -> Iterator[Fraction]:
    """Yield where a limit of the mismatch meets one of the ratio: core + difference = ratio * core."""
    for difference in _limits(asked, MISMATCH):
        for ratio in _limits(asked, RATIO):
            if ratio != 1:
                meeting = difference / (ratio - 1)
                yield meeting if core else meeting * ratio
