"""Do the numbers of one file agree? What does not is an error unless a [[discrepancy]] gives the reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tissueclock.core.errors import InputError
from tissueclock.core.exact import exact, rounding
from tissueclock.protocol.results.mrs import MrsTable
from tissueclock.protocol.results.parts import Arm, Check, Discrepancy, Outcome, Stratum
from tissueclock.protocol.results.values import HIGHEST_GRADE, Counts, Kind, Measure, Role


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two numbers that do not fit, of one outcome and one arm (None: of both together)."""

    outcome: str
    check: Check
    arm: Role | None
    found: str


def disagreements(
    arms: Sequence[Arm], strata: Sequence[Stratum], outcomes: Sequence[Outcome]
) -> tuple[Disagreement, ...]:
    """Return every disagreement between the numbers of a trial, in the order of its outcomes."""
    found: list[Disagreement] = []
    for outcome in outcomes:
        for arm in arms:
            found += _in_arm(outcome, arm, _size(outcome, arm, strata))
        found += _estimate(outcome)
        found += _sums(outcome, outcomes, strata)
    return tuple(found)


def check_agreement(found: Iterable[Disagreement], stated: Sequence[Discrepancy]) -> None:
    """Raise InputError for a disagreement that is not stated, or for a statement that nothing needs."""
    open_places = {(item.outcome, item.check, item.arm): item for item in found}
    for item in stated:
        for arm in item.arms or (None,):
            if open_places.pop((item.outcome, item.check, arm), None) is None:
                place = f"'{item.outcome}' ({item.check.value}, {_name(arm)})"
                raise InputError(f"a discrepancy of {place} that is not there.", remedy="Take it out.")
    for left in open_places.values():
        raise InputError(left.found, remedy=_advice(left))


def _advice(left: Disagreement) -> str:
    keys = f"outcome = '{left.outcome}', check = '{left.check.value}'"
    arms = f", arms = ['{left.arm.value}']" if left.arm else ""
    return f"Correct a number, or give the reason in a [[discrepancy]]: {keys}{arms}."


def counts_by_scale(table: MrsTable | None, kind: Kind) -> Counts | None:
    """Return the counts that the scale of an arm gives for a kind; None where it gives none."""
    if table is None:
        return None
    if kind is Kind.DEATH:
        return table.deaths
    return table.up_to(HIGHEST_GRADE[kind]) if kind in HIGHEST_GRADE else None


def crude_effect(measure: Measure, treatment: Counts, control: Counts) -> Fraction | None:
    """Return the unadjusted RR, OR or RD (in percentage points); None for others and where it is infinite."""
    if measure is Measure.RD:
        return 100 * (treatment.share - control.share)
    if measure is Measure.RR:
        return treatment.share / control.share if control.events else None
    if measure is Measure.OR and control.events and treatment.events < treatment.n:
        odds = Fraction(treatment.events, treatment.n - treatment.events)
        return odds * Fraction(control.n - control.events, control.events)
    return None


def _in_arm(outcome: Outcome, arm: Arm, size: int | None) -> Iterator[Disagreement]:
    result = outcome.results.get(arm.role)
    if result is None:
        return
    place = f"of '{outcome.id}' ({arm.role.value})"
    counts, percent = result.counts, result.percent
    if counts and percent is not None and not counts.fits_percent(percent):
        yield _said(outcome, Check.PERCENT, arm, f"the {percent} % {place} is not {counts}.")
    if counts and size is not None and counts.n > size:
        yield _said(outcome, Check.ARM_SIZE, arm, f"the {counts} {place} are more patients than {size}.")
    scale = None if outcome.stratum else counts_by_scale(arm.mrs, outcome.kind)
    if scale and counts and counts != scale:
        yield _said(outcome, Check.MRS, arm, f"the {counts} {place} is {scale} by the counts of the scale.")
    if scale and not counts and percent is not None and not scale.fits_percent(percent):
        yield _said(
            outcome, Check.MRS, arm, f"the {percent} % {place} is not {scale}, the counts of the scale."
        )


def _estimate(outcome: Outcome) -> Iterator[Disagreement]:
    effect = outcome.effect
    treatment, control = outcome.counts(Role.TREATMENT), outcome.counts(Role.CONTROL)
    if effect is None or effect.estimate is None or effect.adjusted is not False:
        return
    if treatment is None or control is None:
        return
    crude = crude_effect(effect.measure, treatment, control)
    if crude is not None and abs(crude - exact(effect.estimate)) > rounding(effect.estimate):
        words = f"the unadjusted {effect.measure.value} {effect.estimate} of '{outcome.id}'"
        found = f"{words} is {float(crude):.4g} by {treatment} and {control}."
        yield Disagreement(outcome.id, Check.ESTIMATE, None, found)


def _sums(outcome: Outcome, outcomes: Sequence[Outcome], strata: Sequence[Stratum]) -> Iterator[Disagreement]:
    """Compare the whole with the sum over the strata of each family that gives counts for all of them."""
    if outcome.stratum:
        return
    for by in dict.fromkeys(stratum.by for stratum in strata):
        family = {stratum.name for stratum in strata if stratum.by == by}
        parts = [item for item in outcomes if item.kind is outcome.kind and item.stratum in family]
        for role in Role:
            whole, counted = outcome.counts(role), [item.counts(role) for item in parts]
            inside = [counts for counts in counted if counts]
            if whole is None or len(inside) != len(family):
                continue
            total = Counts(sum(counts.events for counts in inside), sum(counts.n for counts in inside))
            if total != whole:
                found = f"the {whole} of '{outcome.id}' ({role.value}) is {total} by the strata of '{by}'."
                yield Disagreement(outcome.id, Check.STRATA, role, found)


def _size(outcome: Outcome, arm: Arm, strata: Sequence[Stratum]) -> int | None:
    for stratum in strata:
        if stratum.name == outcome.stratum:
            return stratum.sizes.get(arm.role)
    return arm.n


def _said(outcome: Outcome, check: Check, arm: Arm, found: str) -> Disagreement:
    return Disagreement(outcome.id, check, arm.role, found)


def _name(arm: Role | None) -> str:
    return arm.value if arm else "both arms"
