"""A trial's published results as one frozen value, with the accessors that an analysis needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from tissueclock.core.errors import InputError
from tissueclock.protocol.model import Confidence
from tissueclock.protocol.results.agreement import check_agreement, counts_by_scale, disagreements
from tissueclock.protocol.results.mrs import MrsTable
from tissueclock.protocol.results.parts import (
    Arm,
    CopyWarning,
    Design,
    Discrepancy,
    Enrolment,
    Interaction,
    Outcome,
    Stratum,
    Studied,
)
from tissueclock.protocol.results.values import Counts, Kind, Role, least_certain


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The counts of both arms for one kind of outcome, ready for a table of studies.

    `outcome` is the published outcome that they come from; None where they were read off the modified
    Rankin Scale. `doubt` is what the file says about them. `randomised` False: not allocated by chance.
    """

    kind: Kind
    treatment: Counts
    control: Counts
    confidence: Confidence
    randomised: bool
    outcome: Outcome | None = None
    doubt: str = ""

    @property
    def derived(self) -> bool:
        """Whether the counts were worked out from percentages rather than printed."""
        return self.outcome is not None and self.outcome.derived


@dataclass(frozen=True, slots=True, kw_only=True)
class MrsComparison:
    """The modified Rankin Scale of both arms, at the same levels and with counts."""

    treatment: MrsTable
    control: MrsTable
    confidence: Confidence
    randomised: bool

    @property
    def doubt(self) -> str:
        """What may be wrong with the counts, of either arm."""
        return " ".join(table.doubt for table in (self.treatment, self.control) if table.doubt)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedResults:
    """What one trial published. `digest` is that of the file's bytes, apart from the rule's digest.

    `studied` is what the arms differ by; None where the file does not say.
    """

    trial: str
    citation: str
    design: Design
    arms: tuple[Arm, ...]
    digest: str
    studied: Studied | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    enrolment: Enrolment | None = None
    strata: tuple[Stratum, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    interactions: tuple[Interaction, ...] = ()
    discrepancies: tuple[Discrepancy, ...] = ()
    warnings: tuple[CopyWarning, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "sources", MappingProxyType(dict(self.sources)))
        _check_arms(self.arms, self.design)
        _refuse_twice("stratum", (stratum.name for stratum in self.strata))
        _refuse_twice("outcome", (outcome.id for outcome in self.outcomes))
        _check_names(self)
        _check_partition(self.arms, self.strata)
        for role in Role:
            counted = [item for item in self.outcomes if item.counts(role)]
            _refuse_twice("kind with counts", (f"{item.kind.value} {item.stratum}" for item in counted))
        check_agreement(disagreements(self.arms, self.strata, self.outcomes), self.discrepancies)

    @property
    def randomised(self) -> bool:
        """Whether the arms were allocated by chance."""
        return self.design is Design.RANDOMISED

    def arm(self, role: Role) -> Arm | None:
        """Return one arm; None where a cohort has only the other."""
        return next((arm for arm in self.arms if arm.role is role), None)

    def outcomes_of(self, kind: Kind, stratum: str = "") -> tuple[Outcome, ...]:
        """Return the outcomes of a kind in all patients, or in a stratum."""
        return tuple(item for item in self.outcomes if item.kind is kind and item.stratum == stratum)

    def counts(self, kind: Kind, role: Role, stratum: str = "") -> Counts | None:
        """Return the counts of one arm: as published, else off the scale; None where neither is known."""
        for outcome in self.outcomes_of(kind, stratum):
            if outcome.counts(role):
                return outcome.counts(role)
        arm = self.arm(role)
        return None if stratum or arm is None else counts_by_scale(arm.mrs, kind)

    def comparison(self, kind: Kind, stratum: str = "") -> Comparison | None:
        """Return the counts of both arms from one origin: an outcome, else the scale; None where unknown."""
        for outcome in self.outcomes_of(kind, stratum):
            treatment, control = outcome.counts(Role.TREATMENT), outcome.counts(Role.CONTROL)
            if treatment and control:
                return Comparison(
                    kind=kind,
                    treatment=treatment,
                    control=control,
                    confidence=outcome.origin.of("counts"),
                    randomised=self.randomised,
                    outcome=outcome,
                    doubt=self._reasons(outcome.id),
                )
        return None if stratum else self._comparison_by_scale(kind)

    def mrs(self) -> MrsComparison | None:
        """Return both arms' scales; None unless both have counts, at the same levels."""
        tables = self._tables()
        if tables is None or not all(table.counts for table in tables):
            return None
        treatment, control = tables
        if treatment.levels != control.levels:
            return None
        confidence = least_certain(treatment.origin.confidence, control.origin.confidence)
        return MrsComparison(
            treatment=treatment, control=control, confidence=confidence, randomised=self.randomised
        )

    def _comparison_by_scale(self, kind: Kind) -> Comparison | None:
        tables = self._tables()
        if tables is None:
            return None
        treatment, control = (counts_by_scale(table, kind) for table in tables)
        if treatment is None or control is None:
            return None
        reasons = [self._reasons(item.id) for item in self.outcomes_of(kind)]
        doubts = [table.doubt for table in tables]
        return Comparison(
            kind=kind,
            treatment=treatment,
            control=control,
            confidence=least_certain(*(table.origin.confidence for table in tables)),
            randomised=self.randomised,
            doubt=" ".join(filter(None, doubts + reasons)),
        )

    def _tables(self) -> tuple[MrsTable, MrsTable] | None:
        """Return the scales of treatment and control, where both are in the file."""
        tables = [arm.mrs for arm in self.arms if arm.mrs]
        return (tables[0], tables[1]) if len(tables) == 2 else None

    def _reasons(self, outcome: str) -> str:
        return " ".join(item.reason for item in self.discrepancies if item.outcome == outcome)


def _check_arms(arms: Sequence[Arm], design: Design) -> None:
    roles = [arm.role for arm in arms]
    if not roles or roles not in ([Role.TREATMENT], [Role.TREATMENT, Role.CONTROL]):
        raise InputError(
            "the arms are not one treatment and at most one control.", remedy="Put the treatment first."
        )
    if design is Design.RANDOMISED and len(arms) < 2:
        raise InputError("a randomised trial with one arm.", remedy="Add the control, or name it a cohort.")


def _check_names(results: PublishedResults) -> None:
    strata = {stratum.name for stratum in results.strata}
    used = [outcome.stratum for outcome in results.outcomes if outcome.stratum]
    for name in (*used, *(name for item in results.interactions for name in item.strata)):
        if name not in strata:
            raise InputError(f"there is no stratum '{name}'.", remedy=f"Known: {', '.join(strata)}.")
    roles = {arm.role for arm in results.arms}
    for outcome in results.outcomes:
        if not set(outcome.results) <= roles:
            raise InputError(f"'{outcome.id}' has a control, and the trial has none.", remedy="Add the arm.")


def _check_partition(arms: Sequence[Arm], strata: Sequence[Stratum]) -> None:
    """Raise InputError where strata that divide all patients do not add up to the arms."""
    for by in dict.fromkeys(stratum.by for stratum in strata):
        family = [stratum for stratum in strata if stratum.by == by]
        for arm in arms:
            sizes = [stratum.sizes.get(arm.role) for stratum in family]
            known = [size for size in sizes if size is not None]
            if arm.n is not None and len(known) == len(sizes) and sum(known) != arm.n:
                raise InputError(
                    f"the strata of '{by}' hold {sum(known)} patients ({arm.role.value}), the arm {arm.n}.",
                    remedy="Correct one of the numbers.",
                )


def _refuse_twice(noun: str, names: Iterable[str]) -> None:
    twice = [name.strip() for name, count in Counter(names).items() if count > 1]
    if twice:
        raise InputError(f"the {noun} '{twice[0]}' is given twice.", remedy="Rename or remove one of them.")
