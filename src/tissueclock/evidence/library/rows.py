"""The row of a trial in a pool: its counts, where they were read and how surely, or why it has none."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, cast

from tissueclock.evidence.meta.normal import critical
from tissueclock.evidence.meta.studies import Given, TwoArm
from tissueclock.protocol.model import Confidence
from tissueclock.protocol.pooling.model import ListedStudy
from tissueclock.protocol.results.agreement import counts_by_scale
from tissueclock.protocol.results.model import Comparison, PublishedResults
from tissueclock.protocol.results.parts import SichDefinition
from tissueclock.protocol.results.values import (
    Counts,
    Effect,
    Kind,
    Measure,
    Origin,
    Printed,
    Role,
    least_certain,
)

_LEVEL = 0.95
"""The level of a printed interval."""
_YEAR = re.compile(r"\b((?:19|20)\d\d);")


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryRow:
    """One study of a pool, ready to be pooled.

    `source` says where the numbers were read and `confidence` how surely; `derived` that counts were worked
    out from percentages; `doubt` and `note` what the file says about them. `after_h` and `sich_definition`
    are None where not known. `effect` names a printed effect that stands in for counts. `digest` is that of
    the file, empty of a study that has none of its own.
    """

    id: str
    title: str
    year: int
    citation: str
    group: str
    study: TwoArm | Given
    confidence: Confidence
    source: str
    randomised: bool
    definition: str = ""
    derived: bool = False
    effect: str = ""
    after_h: Printed | None = None
    sich_definition: SichDefinition | None = None
    doubt: str = ""
    note: str = ""
    digest: str = ""

    @property
    def recalled(self) -> bool:
        """Whether nobody read these numbers in a source."""
        return self.confidence is not Confidence.FOUND

    @property
    def name(self) -> str:
        """The study with its year."""
        return f"{self.title} {self.year}"

    def to_json(self) -> dict[str, Any]:
        """Return what is known of the row, counts as `events_1` of `n_1` treated and so on."""
        counts = self.study if isinstance(self.study, TwoArm) else None
        return {
            "id": self.id,
            "study": self.title,
            "year": self.year,
            "citation": self.citation,
            "group": self.group or None,
            "events_1": counts.ai if counts else None,
            "n_1": counts.n1i if counts else None,
            "events_2": counts.ci if counts else None,
            "n_2": counts.n2i if counts else None,
            "printed_effect": self.effect or None,
            "confidence": self.confidence.value,
            "recalled": self.recalled,
            "source": self.source,
            "randomised": self.randomised,
            "derived": self.derived,
            "definition": self.definition or None,
            "after_h": None if self.after_h is None else float(self.after_h),
            "sich_definition": self.sich_definition.value if self.sich_definition else None,
            "doubt": self.doubt or None,
            "note": self.note or None,
            "digest": self.digest or None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A member that has no row of an outcome, or a study that does not belong, and why."""

    id: str
    title: str
    reason: str

    def to_json(self) -> dict[str, Any]:
        """Return the three."""
        return {"id": self.id or None, "study": self.title, "reason": self.reason}


def trial_row(results: PublishedResults, title: str, group: str, kind: Kind) -> LibraryRow | Missing:
    """Return the row of a trial from its published counts; where it has none of both arms, why."""
    if kind is Kind.MRS_SHIFT:
        return shift_row(results, title, group)
    found = results.comparison(kind)
    if found is None:
        return Missing(id=results.trial, title=title, reason=_reason(results, kind))
    confidence, source, confirmed = _origin(results, found)
    outcome = found.outcome
    return LibraryRow(
        id=results.trial,
        title=title,
        year=year_of(results.citation),
        citation=results.citation,
        group=group,
        study=_two_arm(f"{title} {year_of(results.citation)}", found.treatment, found.control),
        confidence=confidence,
        source=source,
        randomised=found.randomised,
        definition=outcome.definition if outcome else "counted off the modified Rankin Scale at 90 days",
        derived=found.derived and not confirmed,
        after_h=outcome.after_h if outcome else 24 * 90,
        sich_definition=outcome.sich_definition if outcome else None,
        doubt=found.doubt,
        note=outcome.note if outcome else "",
        digest=results.digest,
    )


def shift_row(results: PublishedResults, title: str, group: str) -> LibraryRow | Missing:
    """Return the row of a trial from its printed common odds ratio, unadjusted where there are two."""
    common = [outcome for outcome in results.outcomes_of(Kind.MRS_SHIFT) if _is_common(outcome.effect)]
    if not common:
        return Missing(id=results.trial, title=title, reason=_no_common(results))
    outcome = min(common, key=lambda item: item.effect is None or item.effect.adjusted is not False)
    effect, year = cast(Effect, outcome.effect), year_of(results.citation)
    confidence = least_certain(outcome.origin.of("estimate"), outcome.origin.of("ci"))
    whole = confidence is outcome.origin.confidence
    low, high = (math.log(end) for end in cast(tuple[Printed, Printed], effect.interval))
    return LibraryRow(
        id=results.trial,
        title=title,
        year=year,
        citation=results.citation,
        group=group,
        study=Given(
            study=f"{title} {year}",
            yi=math.log(cast(Printed, effect.estimate)),
            vi=((high - low) / (2 * critical(_LEVEL))) ** 2,
        ),
        confidence=confidence,
        source=_place(outcome.origin) if whole else f"memory, in part; {_place(outcome.origin)}",
        randomised=results.randomised,
        definition=outcome.definition,
        effect=effect.name,
        after_h=outcome.after_h,
        note=outcome.note,
        digest=results.digest,
    )


def _no_common(results: PublishedResults) -> str:
    for outcome in results.outcomes_of(Kind.MRS_SHIFT):
        if outcome.effect is not None:
            return f"only an effect is known that is not pooled with others ({outcome.effect.name})"
    return "no common odds ratio with its interval was read in a source"


def _is_common(effect: Effect | None) -> bool:
    """Tell whether a variance can be worked out: a common odds ratio with an interval, not a Bayesian one."""
    if effect is None or effect.measure is not Measure.COMMON_OR or effect.credible:
        return False
    return effect.estimate is not None and effect.interval is not None and effect.interval[0] > 0


def listed_row(study: ListedStudy, kind: Kind) -> LibraryRow | Missing:
    """Return the row of a study that has no file of its own."""
    arms = study.counts.get(kind)
    if arms is None:
        return Missing(id=study.id, title=study.title, reason="no counts of this outcome were found")
    return LibraryRow(
        id=study.id,
        title=study.title,
        year=study.year,
        citation=study.citation,
        group=study.group,
        study=_two_arm(f"{study.title} {study.year}", arms[Role.TREATMENT], arms[Role.CONTROL]),
        confidence=study.origin.of("counts"),
        source=_place(study.origin),
        randomised=study.randomised,
        derived=study.derived,
        note=study.note,
    )


def year_of(citation: str) -> int:
    """Return the year that stands before the volume; ValueError for a citation without one."""
    found = _YEAR.search(citation)
    if found is None:
        raise ValueError(f"no year in '{citation}'")
    return int(found[1])


def _two_arm(name: str, treatment: Counts, control: Counts) -> TwoArm:
    return TwoArm(study=name, ai=treatment.events, n1i=treatment.n, ci=control.events, n2i=control.n)


def _origin(results: PublishedResults, found: Comparison) -> tuple[Confidence, str, bool]:
    """Return how surely the counts are known, where they were read, and whether the scale confirms them.

    Counts of an outcome that was recalled are found where a scale that was found gives the same ones.
    """
    tables = [arm.mrs for arm in results.arms if arm.mrs]
    scale = tuple(counts_by_scale(table, found.kind) for table in tables)
    origins = [table.origin for table in tables]
    if found.outcome is None:
        return found.confidence, "; ".join(dict.fromkeys(map(_place, origins))), False
    place = _counted(found.outcome.origin)
    if found.confidence is Confidence.FOUND or scale != (found.treatment, found.control):
        return found.confidence, place, False
    surest = least_certain(*(origin.confidence for origin in origins))
    if surest is not Confidence.FOUND:
        return found.confidence, place, False
    return surest, f"{'; '.join(dict.fromkeys(map(_place, origins)))} (the scale)", True


def _counted(origin: Origin) -> str:
    """Return where counts were read; where they were recalled, that the source is of the rest."""
    if origin.of("counts") is origin.confidence:
        return _place(origin)
    return f"memory; what else is known of this outcome: {_place(origin)}"


def _place(origin: Origin) -> str:
    return f"{origin.source}, {origin.place}" if origin.place else origin.source


def _reason(results: PublishedResults, kind: Kind) -> str:
    """Say what there is instead of counts of both arms."""
    for outcome in results.outcomes_of(kind):
        arms = [outcome.results.get(role) for role in Role]
        percents = [arm.percent for arm in arms if arm is not None and arm.percent is not None]
        if percents:
            shown = " and ".join(f"{percent} %" for percent in percents)
            return f"only percentages are known, {shown}: no counts are made of them"
        if outcome.effect is not None:
            return f"only an effect is known that is not pooled with others ({outcome.effect.name})"
    if any(arm.mrs is not None and not arm.mrs.counts for arm in results.arms):
        return "no certain counts of both arms: the file gives the scale in percentages or not at all"
    if any(arm.mrs is not None for arm in results.arms):
        return "the scale of both arms does not give this outcome"
    return "nothing of this outcome was read in a source"
