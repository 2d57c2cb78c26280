"""A case against a profile's ordered classes: the first whose rule holds, once all before it do not."""

from __future__ import annotations

from tissueclock.core.truth import Truth
from tissueclock.eligibility.finding import Finding, find, gates_of
from tissueclock.eligibility.outcome import UNDETERMINED, Profile
from tissueclock.eligibility.wording import absence
from tissueclock.facts.case import CaseFacts
from tissueclock.protocol.model import ProfileDefinition


def classify(definition: ProfileDefinition, case: CaseFacts) -> Profile:
    """Return the class of `case` as it is (derived facts come from `facts.derive.complete`).

    Where a required fact is unknown, or a class that is not ruled out is open, it is `undetermined`, and
    `missing` names what is needed.
    """
    label, finding = _class_of(definition, case)
    return Profile(
        name=definition.id,
        title=definition.title,
        digest=definition.digest,
        label=label,
        because=finding.because,
        missing=finding.missing,
        withheld_by=gates_of(finding.missing, case),
        notes=() if label == UNDETERMINED else _notes(definition, case),
    )


def _class_of(definition: ProfileDefinition, case: CaseFacts) -> tuple[str, Finding]:
    missing = tuple(name for name in definition.requires if case.known(name) is None)
    if missing:
        reasons = [absence(name, case.get(name)) for name in missing]
        return UNDETERMINED, Finding(Truth.UNKNOWN, "; ".join(reasons), missing)
    ruled_out = []
    for item in definition.classes:
        finding = find(item.rule, case)
        if finding.truth is not Truth.NO:
            return (item.label if finding.truth is Truth.YES else UNDETERMINED), finding
        ruled_out.append(f"not {item.label}: {finding.because}")
    return definition.otherwise, Finding(Truth.YES, "; ".join(ruled_out))


def _notes(definition: ProfileDefinition, case: CaseFacts) -> tuple[str, ...]:
    return tuple(note.text for note in definition.notes if case.known(note.unless_known) is None)
