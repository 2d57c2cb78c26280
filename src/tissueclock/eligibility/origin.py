"""Where a rule came from, if not from the registered trials: an edited copy, or a rule of somebody's own."""

from __future__ import annotations

from dataclasses import replace

from tissueclock.eligibility.outcome import Assessment
from tissueclock.protocol.model import Protocol
from tissueclock.protocol.registry import protocols

_SHOWN_DIGITS = 12


def with_origin(assessment: Assessment, trial: Protocol) -> Assessment:
    """Return the assessment, with a word in `assumed` if its rule is not that of the registered trial."""
    words = origin_words(trial)
    return replace(assessment, assumed=(*assessment.assumed, words)) if words else assessment


def origin_words(trial: Protocol) -> str:
    """Return how a rule differs from the registered ones; an empty text for a registered trial."""
    registered = protocols().get(trial.id)
    short = trial.digest[:_SHOWN_DIGITS]
    if registered is None:
        return f"a local rule, not one of the registered trials (digest {short})"
    if registered.digest == trial.digest:
        return ""
    digests = f"digest {short}, not {registered.digest[:_SHOWN_DIGITS]}"
    return f"an edited copy, not the registered '{trial.id}' ({digests})"
