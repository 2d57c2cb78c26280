"""What would change the answer: missing facts, facts near a limit, and the smallest change that flips.

Nothing here changes a decision. Everything is said of the facts as they are, in the scope that was asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tissueclock.eligibility.asked import Asked
from tissueclock.eligibility.flips import Flips, flips_of
from tissueclock.eligibility.missing import MissingFact, missing_by_trials
from tissueclock.eligibility.outcome import Assessment
from tissueclock.eligibility.straddle import Straddle, straddles
from tissueclock.facts.case import CaseFacts
from tissueclock.protocol.model import Protocol


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """For one case and several trials: what is missing (what settles most first), borderline, and flips."""

    missing: tuple[MissingFact, ...] = ()
    borderline: tuple[Straddle, ...] = ()
    flips: tuple[Flips, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the keys that stand beside `trials` in a document."""
        return {
            "missing_by_trials": [item.to_json() for item in self.missing],
            "borderline_details": [item.to_json() for item in self.borderline],
            "flips": {item.trial: [flip.to_json() for flip in item.flips] for item in self.flips},
            "no_flip_because": {item.trial: item.because for item in self.flips if item.because},
        }


def sensitivity(
    trials: Sequence[Protocol], case: CaseFacts, assessments: Sequence[Assessment], scope: str = "full"
) -> Sensitivity:
    """Return what would change the answers of `assessments`, those of `trials` on this complete case.

    Raises ValueError if they belong to other trials.
    """
    if [trial.digest for trial in trials] != [item.digest for item in assessments]:
        raise ValueError("every trial comes with its own assessment")
    pairs = list(zip(trials, assessments, strict=True))
    asked = [Asked.of(trial, assessment, scope) for trial, assessment in pairs]
    return Sensitivity(
        missing=missing_by_trials(asked, case, assessments),
        borderline=tuple(found for trial, item in pairs for found in straddles(trial, case, item)),
        flips=tuple(flips_of(view, case, item) for view, item in zip(asked, assessments, strict=True)),
    )
