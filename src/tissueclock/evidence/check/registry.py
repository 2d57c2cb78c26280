"""Every check, by what it is asked of. The order is that in which a result is asked: the cheap ones first."""

from __future__ import annotations

from tissueclock.evidence.check.checks import counts, effect, flow, interval, others, p_value, proportion
from tissueclock.evidence.check.finding import Check
from tissueclock.evidence.check.model import (
    PrintedDocument,
    PrintedFlow,
    PrintedInteraction,
    PrintedResult,
    PrintedSpread,
    PrintedTable,
)

RESULT_CHECKS: tuple[Check[PrintedResult], ...] = (
    *counts.CHECKS,
    *interval.CHECKS[:2],
    *effect.CHECKS,
    *interval.CHECKS[2:],
    *p_value.CHECKS,
    *proportion.CHECKS,
    *others.CHECKS,
)
FLOW_CHECKS: tuple[Check[PrintedFlow], ...] = flow.FLOW_CHECKS
TABLE_CHECKS: tuple[Check[PrintedTable], ...] = flow.TABLE_CHECKS
INTERACTION_CHECKS: tuple[Check[PrintedInteraction], ...] = others.INTERACTION_CHECKS
SPREAD_CHECKS: tuple[Check[PrintedSpread], ...] = others.SPREAD_CHECKS
DOCUMENT_CHECKS: tuple[Check[PrintedDocument], ...] = proportion.DOCUMENT_CHECKS


def check_sentences() -> tuple[tuple[str, str], ...]:
    """Return the id and the sentence of every check."""
    groups = (RESULT_CHECKS, FLOW_CHECKS, TABLE_CHECKS, INTERACTION_CHECKS, SPREAD_CHECKS, DOCUMENT_CHECKS)
    return tuple((check.id, check.sentence) for group in groups for check in group)
