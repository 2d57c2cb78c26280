"""A pool: a question, who belongs to it and by which rule, and the pooled results that others printed."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tissueclock.core.errors import InputError
from tissueclock.facts.case import CaseFacts
from tissueclock.protocol.results.parts import Studied
from tissueclock.protocol.results.values import Counts, Effect, Kind, Measure, Origin, Printed, PValue, Role

OUTCOMES: Mapping[str, Kind] = MappingProxyType(
    {
        "mrs-0-1": Kind.MRS_0_1,
        "mrs-0-2": Kind.MRS_0_2,
        "mrs-0-3": Kind.MRS_0_3,
        "mrs-shift": Kind.MRS_SHIFT,
        "death": Kind.DEATH,
        "sich": Kind.SICH,
        "recanalisation": Kind.RECANALISATION,
    }
)
"""The outcomes that a pool may have, by the word that users type."""
GOOD = frozenset({Kind.MRS_0_1, Kind.MRS_0_2, Kind.MRS_0_3, Kind.MRS_SHIFT, Kind.RECANALISATION})
"""Those that patients hope for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Members by what trials say of themselves: randomised, of this treatment, and by their own criteria.

    A member's criteria take the patient `takes` and refuse the patient `refuses`, as far as these facts
    decide them.
    """

    studied: Studied
    takes: CaseFacts
    refuses: CaseFacts

    def __post_init__(self) -> None:
        if not self.takes or not self.refuses:
            raise InputError("a rule without a patient to take and one to refuse.", remedy="Give both.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A part of a pool's trials, for a subtotal."""

    name: str
    trials: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedStudy:
    """A study that has no file of its own: its counts by kind of outcome, and where they were read."""

    id: str
    title: str
    year: int
    citation: str
    group: str
    randomised: bool
    counts: Mapping[Kind, Mapping[Role, Counts]]
    origin: Origin
    derived: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        if not self.counts:
            raise InputError(f"'{self.id}' has no counts.", remedy="Name it in a [[left_out]].")
        for kind, arms in self.counts.items():
            if set(arms) != set(Role):
                raise InputError(f"'{self.id}' lacks an arm of '{kind.value}'.", remedy="Give both arms.")
        frozen = {kind: MappingProxyType(dict(arms)) for kind, arms in self.counts.items()}
        object.__setattr__(self, "counts", MappingProxyType(frozen))


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A study that is known and does not belong, and why."""

    title: str
    reason: str
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a printed pool is recomputed: method, convention, and of which members (none named: of all)."""

    method: str
    convention: str
    trials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedPool:
    """A pooled result that somebody printed; `percents` are those of the two groups.

    `recipe` says how it is recomputed from our rows, None where that cannot be; `why` gives the reason where
    the two differ, or where there is nothing to recompute.
    """

    name: str
    kind: Kind
    origin: Origin
    effect: Effect | None = None
    p: PValue | None = None
    percents: tuple[Printed, ...] = ()
    recipe: Recipe | None = None
    why: str = ""

    def __post_init__(self) -> None:
        if self.effect is None and not self.percents:
            raise InputError(f"'{self.name}' prints nothing.", remedy="Give an effect or percentages.")
        if len(self.percents) > 2:
            raise InputError(f"'{self.name}' has {len(self.percents)} percentages.", remedy="One a group.")
        if self.recipe is None and not self.why:
            raise InputError(
                f"'{self.name}' is not recomputed, and no reason is given.", remedy="Add a recipe, or 'why'."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A question with its members: by name (`trials`), by `rule`, and `studies` that have no file.

    `arms` name the two groups. The first of `outcomes` is asked where none is named. `incomplete` says which
    studies are not to be had, empty where all are there. `digest` is that of the file's bytes.
    """

    id: str
    title: str
    question: str
    arms: tuple[str, str]
    outcomes: tuple[Kind, ...]
    measure: Measure
    members: str
    digest: str
    trials: tuple[str, ...] = ()
    rule: Rule | None = None
    groups: tuple[Group, ...] = ()
    studies: tuple[ListedStudy, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    printed: tuple[PrintedPool, ...] = ()
    cautions: tuple[str, ...] = ()
    incomplete: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sources", MappingProxyType(dict(self.sources)))
        if not self.outcomes:
            raise InputError("a pool without outcomes.", remedy="Name one, the usual one first.")
        if self.measure not in (Measure.OR, Measure.RR):
            raise InputError(f"pools of '{self.measure.value}'.", remedy="Use OR or RR.")
        if self.rule is None and not self.trials and not self.studies:
            raise InputError("a pool without members.", remedy="Add trials, a rule or studies.")
        if self.rule is not None and self.trials:
            raise InputError("members by name and by rule.", remedy="Keep one of them.")
        _refuse_twice("outcome", (kind.value for kind in self.outcomes))
        _refuse_twice("study", (study.id for study in self.studies))
        _refuse_twice("grouped trial", (trial for group in self.groups for trial in group.trials))
        for kind in {kind for study in self.studies for kind in study.counts} - set(self.outcomes):
            raise InputError(
                f"a study has '{kind.value}', which is no outcome of the pool.", remedy="Add it."
            )
        for item in self.printed:
            if item.kind not in self.outcomes:
                raise InputError(f"'{item.name}' is of no outcome of the pool.", remedy="Add the outcome.")

    def group_of(self, trial: str) -> str:
        """Return the group of a trial, empty where it is in none."""
        return next((group.name for group in self.groups if trial in group.trials), "")

    def printed_of(self, kind: Kind) -> tuple[PrintedPool, ...]:
        """Return what was printed of one outcome."""
        return tuple(item for item in self.printed if item.kind is kind)


def outcome_word(kind: Kind) -> str:
    """Return the word that users type for an outcome."""
    return next(word for word, one in OUTCOMES.items() if one is kind)


def _refuse_twice(noun: str, names: Iterable[str]) -> None:
    twice = [name for name, count in Tally(names).items() if count > 1]
    if twice:
        raise InputError(f"the {noun} '{twice[0]}' is given twice.", remedy="Keep one of them.")
