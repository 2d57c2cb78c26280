"""The answer to a worked case, for the linter, which lies below this layer and is handed this function."""

from __future__ import annotations

from tissueclock.eligibility.evaluate import assess
from tissueclock.eligibility.guidelines import label_of, missing_of, under
from tissueclock.eligibility.outcome import Outcome
from tissueclock.eligibility.profiles import classify
from tissueclock.eligibility.standing import as_written
from tissueclock.facts.case import CaseFacts
from tissueclock.protocol.guideline import Guideline
from tissueclock.protocol.lint.draft import Answer, Definition
from tissueclock.protocol.model import ProfileDefinition


def judge(definition: Definition, case: CaseFacts) -> Answer:
    """Return what a definition says of a case as it is: the answer, what fails, what is missing."""
    if isinstance(definition, Guideline):
        read = under(definition, case)
        return Answer(label=label_of(read), missing=missing_of(read))
    if isinstance(definition, ProfileDefinition):
        profile = classify(definition, case)
        return Answer(label=profile.label, missing=profile.missing)
    found = assess(as_written(definition), case)
    failed = tuple(result.id for result in found.criteria if result.outcome is Outcome.FAIL)
    return Answer(label=found.decision.value, fails=failed, missing=found.missing)
