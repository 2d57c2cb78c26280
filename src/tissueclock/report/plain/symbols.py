"""The sign that stands beside a colour, so that a print in grey says as much."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tissueclock.core.quality import Level
from tissueclock.eligibility.guidelines import Support
from tissueclock.eligibility.outcome import Decision, Outcome

SYMBOLS: Mapping[object, str] = MappingProxyType(
    {
        Outcome.PASS: "✓",
        Outcome.FAIL: "✗",
        Outcome.UNKNOWN: "?",
        Outcome.NOT_APPLICABLE: "–",
        Decision.ELIGIBLE: "✓",
        Decision.INELIGIBLE: "✗",
        Decision.UNDETERMINED: "?",
        Level.PASS: "✓",
        Level.WARN: "!",
        Level.FAIL: "✗",
        Support.SUPPORTS: "✓",
        Support.AGAINST: "✗",
        Support.OPEN: "?",
        Support.NO: "–",
        None: "?",
    }
)
"""Of an outcome, a decision, a quality level or what a guideline says; None is a check that was not made."""
