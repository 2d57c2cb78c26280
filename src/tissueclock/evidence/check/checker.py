"""The checker: every check over everything that was printed, and the slip of the pen that explains it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from tissueclock.evidence.check.checklist import checklist
from tissueclock.evidence.check.finding import Check, ChecklistItem, Finding, Level, Spot
from tissueclock.evidence.check.model import PrintedDocument
from tissueclock.evidence.check.registry import (
    DOCUMENT_CHECKS,
    FLOW_CHECKS,
    INTERACTION_CHECKS,
    RESULT_CHECKS,
    SPREAD_CHECKS,
    TABLE_CHECKS,
)
from tissueclock.evidence.check.slips import Kind, slips_of_flow, slips_of_result

Subject = TypeVar("Subject")
_MOST_SLIPS = 3
"""How many explanations are named (our choice)."""

Slips = Callable[[Subject, Kind], Iterator[tuple[str, Subject]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What was read, what does not agree, and what is left out."""

    document: PrintedDocument
    findings: tuple[Finding, ...]
    checklist: tuple[ChecklistItem, ...]

    @property
    def alarms(self) -> tuple[Finding, ...]:
        """The findings that are more than worth knowing."""
        return tuple(finding for finding in self.findings if finding.level is not Level.INFO)

    def to_json(self) -> dict[str, Any]:
        """Return findings, checklist and the results that were read as JSON values."""
        return {
            "findings": [finding.to_json() for finding in self.findings],
            "checklist": [item.to_json() for item in self.checklist],
            "results": [
                {
                    "name": result.name,
                    "where": result.where,
                    "printed": result.shown,
                    "p": None if result.p is None else str(result.p),
                    "groups": [str(arm) for arm in result.arms],
                }
                for result in self.document.results
            ],
        }


def check_document(document: PrintedDocument) -> CheckReport:
    """Return every finding, in the order of what was printed, with a checklist of omissions."""
    found: list[Finding] = []
    for result in document.results:
        found += _asked(RESULT_CHECKS, result, result.name, result.where, slips_of_result)
    for interaction in document.interactions:
        found += _asked(INTERACTION_CHECKS, interaction, interaction.name, interaction.where)
    for flow in document.flows:
        found += _asked(FLOW_CHECKS, flow, flow.name, flow.where, slips_of_flow)
    for table in document.tables:
        found += _asked(TABLE_CHECKS, table, table.name, table.where)
    for spread in document.spreads:
        found += _asked(SPREAD_CHECKS, spread, spread.name, spread.where)
    found += _asked(DOCUMENT_CHECKS, document, "", "")
    return CheckReport(document=document, findings=tuple(found), checklist=checklist(document))


def explanations(
    checks: Sequence[Check[Subject]], subject: Subject, slips: Slips[Subject]
) -> tuple[str, ...]:
    """Return which one slip of the pen would make every check pass; of the likeliest kind, a few at most."""
    for kind in Kind:
        passing = (words for words, slipped in slips(subject, kind) if _passes(checks, slipped))
        found = tuple(islice(passing, _MOST_SLIPS))
        if found:
            return found
    return ()


def _asked(
    checks: Sequence[Check[Subject]],
    subject: Subject,
    name: str,
    where: str,
    slips: Slips[Subject] | None = None,
) -> list[Finding]:
    spots = [(check, spot) for check in checks for spot in check.run(subject)]
    alarmed = any(spot.level is not Level.INFO for _, spot in spots)
    explained = explanations(checks, subject, slips) if slips is not None and alarmed else ()
    return [
        Finding(
            id=check.id,
            level=spot.level,
            result=name,
            where=where,
            printed=spot.printed,
            recomputed=spot.recomputed,
            why=spot.why,
            suggestion=_suggestion(spot, explained),
        )
        for check, spot in spots
    ]


def _suggestion(spot: Spot, explained: Iterable[str]) -> str:
    if spot.level is Level.INFO or not explained:
        return spot.suggestion
    slips = f"All would agree with {' or '.join(explained)}."
    if spot.suggestion.rstrip(".") in slips:  # the same, or none
        return slips
    return f"{spot.suggestion} {slips}"


def _passes(checks: Sequence[Check[Subject]], subject: Subject) -> bool:
    return all(spot.level is Level.INFO for check in checks for spot in check.run(subject))
