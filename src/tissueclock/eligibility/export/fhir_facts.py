"""Facts of a case -> Observations of FHIR R5, without a subject: a research case has no identity here.

Free texts that came with a fact (source, reason, time, quality gates) are left out: they may name a patient.
"""

from __future__ import annotations

from tissueclock.eligibility.export.resource import (
    OURS,
    Resource,
    bundle,
    fact_code,
    quantity,
    resource,
    word_code,
)
from tissueclock.facts.case import CaseFacts, Fact

_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"


def facts_bundle(case: CaseFacts) -> Resource:
    """Return every fact of the case as an Observation, in the case's order.

    A fact that is unknown, infinite or withheld by a quality gate has a `dataAbsentReason` and no value.
    """
    return bundle([_observation(fact) for fact in case.values()], "facts")


def _observation(fact: Fact) -> Resource:
    found = {**resource("Observation", fact.name), "status": "final", "code": fact_code(fact.name)}
    if fact.interval is not None and fact.known is not None:
        low, high = (quantity(fact.name, end) for end in fact.interval)
        found["extension"] = [{"url": f"{OURS}interval", "valueRange": {"low": low, "high": high}}]
    return found | (_value(fact) if fact.known is not None and not fact.infinite else _absence(fact))


def _absence(fact: Fact) -> Resource:
    if fact.withheld_by:
        code, text = "error", "withheld by a quality gate"
    elif fact.infinite:
        code, text = "positive-infinity", "infinite: the denominator is zero"
    else:
        code, text = "unknown", "unknown"
    return {"dataAbsentReason": {"coding": [{"system": _ABSENT, "code": code}], "text": text}}


def _value(fact: Fact) -> Resource:
    value = fact.value
    if isinstance(value, bool):
        return {"valueBoolean": value}
    if isinstance(value, str):
        return {"valueCodeableConcept": word_code(fact.name, value)}
    if isinstance(value, frozenset):
        return _words(fact.name, sorted(value))
    if value is None:
        raise TypeError(f"'{fact.name}' has no value")
    return {"valueQuantity": quantity(fact.name, value)}


def _words(name: str, words: list[str]) -> Resource:
    """Return one word as the value, several as components (a value does not repeat), none as a text."""
    if not words:
        return {"valueCodeableConcept": {"text": "none"}}
    if len(words) == 1:
        return {"valueCodeableConcept": word_code(name, words[0])}
    code = fact_code(name)
    return {"component": [{"code": code, "valueCodeableConcept": word_code(name, word)} for word in words]}
