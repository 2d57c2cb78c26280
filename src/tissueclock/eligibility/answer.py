"""One case against several trials, with all that there is to say about it; every view is made from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tissueclock.eligibility.evaluate import assess
from tissueclock.eligibility.matrix import matrix, matrix_json
from tissueclock.eligibility.origin import with_origin
from tissueclock.eligibility.outcome import Assessment, Profile
from tissueclock.eligibility.profiles import classify
from tissueclock.eligibility.sensitivity import Sensitivity, sensitivity
from tissueclock.facts.case import CaseFacts
from tissueclock.protocol.model import Protocol
from tissueclock.protocol.registry import profiles


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete case, its profiles, its assessments in one scope, and what would change them."""

    case: CaseFacts
    scope: str
    profiles: tuple[Profile, ...]
    assessments: tuple[Assessment, ...]
    sensitivity: Sensitivity

    def to_json(self) -> dict[str, Any]:
        """Return the document of `assess --json`, without the disclaimer."""
        return {
            "facts": self.case.to_json(),
            "profiles": {profile.name: profile.label for profile in self.profiles},
            "profile_details": {profile.name: profile.to_json() for profile in self.profiles},
            "trials": {item.trial: item.to_json() for item in self.assessments},
            **self.sensitivity.to_json(),
            "matrix": matrix_json(matrix(self.assessments)),
        }


def answer(trials: Sequence[Protocol], case: CaseFacts, scope: str = "full") -> Answer:
    """Return what there is to say of a complete case. Raises UsageError for an unknown scope."""
    assessments = tuple(with_origin(assess(trial, case, scope), trial) for trial in trials)
    return Answer(
        case=case,
        scope=scope,
        profiles=tuple(classify(definition, case) for definition in profiles().values()),
        assessments=assessments,
        sensitivity=sensitivity(trials, case, assessments, scope),
    )
