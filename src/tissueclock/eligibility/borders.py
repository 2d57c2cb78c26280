"""The numbers of a fact at which a trial's answers may change: printed limits, and what follows from them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction

from tissueclock.core.exact import exact
from tissueclock.eligibility.asked import Asked
from tissueclock.eligibility.decide import Readable
from tissueclock.facts.clinical_facts import GLUCOSE_MG_DL_PER_MMOL_L
from tissueclock.facts.consistency import RELATED, Related
from tissueclock.facts.dependency import HYPOPERFUSED, MG_DL, MMOL_L, TMAX6

_ZERO = Fraction(0)


def borders_of(asked: Asked, seen: Readable, name: str, *, both: bool = False) -> frozenset[Fraction]:
    """Return the numbers of `name` at which an answer of the trial may change, the other facts as they are.

    With `both` also those at which two limits on the volumes meet, where the core and another volume change
    together.
    """
    own = set(asked.limits.get(name, ()))
    for pair in RELATED:
        own |= set(_of_pair(asked, seen, pair, name, both=both))
    for one, other in ((MG_DL, MMOL_L), (MMOL_L, MG_DL)):
        if name == one:
            own |= {_converted(limit, other) for limit in _limits(asked, other)}
    return frozenset(own)


def _of_pair(asked: Asked, seen: Readable, pair: Related, name: str, *, both: bool) -> Iterator[Fraction]:
    """Yield the numbers at which the difference or the ratio of a core and a volume reaches a limit."""
    core, volume, _, _ = pair
    volumes = (HYPOPERFUSED, TMAX6) if volume == HYPOPERFUSED else (volume,)
    if name == core:
        others = (*_numbers(seen, volume), *(_limits(asked, *volumes) if both else ()))
        yield from (_ZERO, *_cores(asked, seen, pair, others))
    elif name in volumes:
        others = (*_numbers(seen, core), *(_limits(asked, core) if both else ()))
        yield from (_ZERO, *_limits(asked, volume), *_volumes(asked, seen, pair, others))
    if both and name in (core, *volumes):
        yield from _meetings(asked, pair, core=name == core)


def _converted(limit: Fraction, unit: str) -> Fraction:
    """Return a limit on glucose in the other unit than that of the fact `unit`."""
    return limit * GLUCOSE_MG_DL_PER_MMOL_L if unit == MMOL_L else limit / GLUCOSE_MG_DL_PER_MMOL_L


def _limits(asked: Asked, *names: str) -> tuple[Fraction, ...]:
    return tuple(limit for name in names for limit in asked.limits.get(name, ()))


def _numbers(seen: Readable, name: str) -> tuple[Fraction, ...]:
    value = seen.get(name)
    return () if value is None or value == math.inf else (exact(value),)


def _differences(asked: Asked, seen: Readable, pair: Related) -> tuple[Fraction, ...]:
    return (*_limits(asked, pair[2]), *_stated(seen, pair, pair[2]))


def _ratios(asked: Asked, seen: Readable, pair: Related) -> tuple[Fraction, ...]:
    return tuple(ratio for ratio in (*_limits(asked, pair[3]), *_stated(seen, pair, pair[3])) if ratio)


def _stated(seen: Readable, pair: Related, name: str) -> tuple[Fraction, ...]:
    """Return a mismatch or ratio that was typed without both volumes, which a new volume has to fit."""
    return () if pair[0] in seen and pair[1] in seen else _numbers(seen, name)


def _cores(asked: Asked, seen: Readable, pair: Related, volumes: Iterable[Fraction]) -> Iterator[Fraction]:
    for volume in volumes:
        yield from (volume - difference for difference in _differences(asked, seen, pair))
        yield from (volume / ratio for ratio in _ratios(asked, seen, pair))


def _volumes(asked: Asked, seen: Readable, pair: Related, cores: Iterable[Fraction]) -> Iterator[Fraction]:
    for core in cores:
        yield from (core + difference for difference in _differences(asked, seen, pair))
        yield from (core * ratio for ratio in _ratios(asked, seen, pair))


def _meetings(asked: Asked, pair: Related, *, core: bool) -> Iterator[Fraction]:
    """Yield where a limit of the mismatch meets one of the ratio: core + difference = ratio * core."""
    for difference in _limits(asked, pair[2]):
        for ratio in _limits(asked, pair[3]):
            if ratio != 1:
                meeting = difference / (ratio - 1)
                yield meeting if core else meeting * ratio
