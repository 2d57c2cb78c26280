"""Which facts follow from which by definition: one table, and how a fact that was derived is recognised.

A derived fact says so in its source, which also a `result.json` keeps, so that it is known again when it is
read back; everything else was typed or measured. Predicates of trials are added by `eligibility.links`.
"""

from __future__ import annotations

from dataclasses import dataclass

from tissueclock.facts.case import CaseFacts, Fact
from tissueclock.facts.consistency import RELATED

NOT_DERIVED = "not derived"
"""The source of a difference or ratio that stays unknown because a volume is."""

HYPOPERFUSED, TMAX6 = "hypoperfused_ml", "tmax6_ml"
MG_DL, MMOL_L = "glucose_mg_dl", "glucose_mmol_l"


@dataclass(frozen=True, slots=True)
class Implication:
    """Where `special` holds, `general` holds; so where `general` does not, neither does `special`."""

    special: str
    general: str


IMPLICATIONS = (
    Implication("warfarin", "anticoagulant"),
    Implication("direct_anticoagulant", "anticoagulant"),
)
"""What a yes or a no says of another fact by definition."""


@dataclass(frozen=True, slots=True)
class Dependency:
    """The fact `name` can follow from those `behind`; its source then begins with `source`."""

    name: str
    behind: tuple[str, ...]
    source: str


def _of_pairs() -> tuple[Dependency, ...]:
    return tuple(
        Dependency(name, (core, volume), f"{volume} {sign} {core}, unrounded")
        for core, volume, difference, ratio in RELATED
        for name, sign in ((difference, "-"), (ratio, "/"))
    )


def _of_implications() -> tuple[Dependency, ...]:
    return tuple(
        Dependency(name, (behind,), f"follows from {behind}")
        for item in IMPLICATIONS
        for name, behind in ((item.general, item.special), (item.special, item.general))
    )


DEPENDENCIES = (
    Dependency(HYPOPERFUSED, (TMAX6,), f"{TMAX6}, its default definition"),
    *_of_pairs(),
    Dependency(MG_DL, (MMOL_L,), f"{MMOL_L}, converted"),
    Dependency(MMOL_L, (MG_DL,), f"{MG_DL}, converted"),
    *_of_implications(),
)
"""Every way in which a fact follows from others by definition."""

_PAIRED = frozenset(name for _, _, *names in RELATED for name in names)


def source_of(name: str, behind: str) -> str:
    """Return how the source of `name` begins where it follows from `behind` (and maybe others)."""
    return next(item.source for item in DEPENDENCIES if item.name == name and behind in item.behind)


def follows_from(case: CaseFacts, name: str) -> tuple[str, ...]:
    """Return the facts that `name` of `case` was derived from, or could have been; none if it was typed."""
    fact = case.get(name)
    ways = tuple(item for item in DEPENDENCIES if item.name == name)
    if fact is None or not ways:
        return ()
    left_open = name in _PAIRED and fact.source == NOT_DERIVED
    if left_open or any(_was_taken(item, fact, case) for item in ways):
        return tuple(dict.fromkeys(behind for item in ways for behind in item.behind))
    return ()


def _was_taken(way: Dependency, fact: Fact, case: CaseFacts) -> bool:
    # A result that was cut down by hand may keep a derived fact without what is behind it.
    return fact.source.startswith(way.source) and all(name in case for name in way.behind)


def same_as(name: str) -> tuple[str, ...]:
    """Return the facts that say the same as `name`, in another unit: who changes one changes all."""
    return {MG_DL: (MMOL_L,), MMOL_L: (MG_DL,)}.get(name, ())
