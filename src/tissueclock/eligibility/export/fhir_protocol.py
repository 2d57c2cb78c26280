"""A trial -> ResearchStudy and Groups of FHIR R5: who is eligible, as a program can read it.

A Group's characteristics all have to hold, and each may be turned by `exclude`; R5 has no "any of" (R6 adds
`combinationMethod`). So "any of A, B" is a group of those who have neither, which is excluded; a criterion
that applies only where C holds excludes the group of those who have C and fail it. Nothing is left as text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tissueclock.eligibility.explain import criterion_words, rule_words
from tissueclock.eligibility.export.resource import (
    Resource,
    bundle,
    extension,
    fact_code,
    quantity,
    resource,
    urn,
    word_code,
)
from tissueclock.protocol.model import Criterion, CriterionKind, Protocol, Role
from tissueclock.protocol.rule import AllOf, AnyOf, Is, OneOf, Rule, Within

_OBJECTIVE = "http://hl7.org/fhir/research-study-objective-type"
_REGISTRY = "https://clinicaltrials.gov"
_NUMBER = re.compile(r"NCT[0-9]{8}")

_Part = tuple[Rule, bool]
"""A rule, and whether it is excluded."""

_Built = tuple[Resource, tuple[Resource, ...]]
"""A characteristic, and the groups that it refers to."""


def protocol_bundle(protocol: Protocol) -> Resource:
    """Return a collection of the study, the group of eligible persons, and the groups that those refer to."""
    gates = [item for item in protocol.criteria if item.role is Role.GATE]
    built = [_criterion(protocol, item) for item in gates]
    eligible = _group(protocol.id, "eligible", [characteristic for characteristic, _ in built])
    eligible["description"] = f"Who is eligible for {protocol.title}: every characteristic holds"
    nested = [group for _, groups in built for group in groups]
    return bundle([_study(protocol, eligible), eligible, *nested], protocol.id)


def _study(protocol: Protocol, eligible: Resource) -> Resource:
    primary = {"coding": [{"system": _OBJECTIVE, "code": "primary"}], "text": "primary"}
    aim = f"Effect of: {protocol.intervention}. On: {protocol.primary_endpoint}"
    return {
        **resource("ResearchStudy", protocol.id),
        "identifier": _identifiers(protocol),
        "version": protocol.digest or "none",
        "title": protocol.title,
        "relatedArtifact": [{"type": "citation", "citation": protocol.citation}],
        "date": protocol.as_of.isoformat(),
        "status": "draft" if protocol.draft else "active",
        "description": protocol.imaging_note,
        **_nonempty("note", [{"text": text} for text in _notes(protocol)]),
        "recruitment": {"eligibility": {"reference": urn(eligible["id"])}},
        **_nonempty(
            "comparisonGroup",
            [{"linkId": f"arm-{number}", "name": arm} for number, arm in enumerate(protocol.arms, 1)],
        ),
        "objective": [{"name": "primary", "type": primary, "description": aim}],
        "outcomeMeasure": [
            {"name": "primary endpoint", "type": [primary], "description": protocol.primary_endpoint}
        ],
    }


def _identifiers(protocol: Protocol) -> list[Resource]:
    found = [{"system": _REGISTRY, "value": number} for number in _NUMBER.findall(protocol.registration)]
    return [{"value": protocol.id}, *found]


def _notes(protocol: Protocol) -> list[str]:
    """Return what the group does not hold: settings, readings, and criteria that decide nothing."""
    others = [item for item in protocol.criteria if item.role is not Role.GATE]
    return [
        *(f"Setting: {name} = {value}" for name, value in protocol.settings.items()),
        *(f"{item.role.value}: {item.text} ({criterion_words(item)})" for item in others),
        *(f"Open in the source: {item.question} Read as: {item.reading}" for item in protocol.readings),
    ]


def _nonempty(key: str, items: list[Resource]) -> Resource:
    """Return a list under its key, or nothing: FHIR has no empty lists."""
    return {key: items} if items else {}


def _criterion(protocol: Protocol, item: Criterion) -> _Built:
    excluded = item.kind is CriterionKind.EXCLUSION
    name = f"{protocol.id}:{item.id}"
    if item.applies_when is None:
        characteristic, groups = _characteristic((item.rule, excluded), name)
    else:
        parts = [(item.applies_when, False), (item.rule, not excluded)]
        characteristic, groups = _together(parts, name, "those to whom it applies and whom it stops")
        characteristic["exclude"] = True
    said = [
        extension("criterion", item.id),
        extension("description", item.text),
        extension("kind", item.kind.value),
        extension("confidence", item.confidence.value),
        extension("source", f"{item.source}; {item.place}"),
    ]
    return {"extension": said, **characteristic}, groups


def _characteristic(part: _Part, name: str) -> _Built:
    """Return one rule as a characteristic; a rule of several comparisons is a group of its own."""
    rule, excluded = part
    if isinstance(rule, AnyOf):
        branches = [(branch, True) for branch in rule.branches]
        built, groups = _together(branches, name, f"those who have none of: {rule_words(rule)}")
        return {**built, "exclude": not excluded}, groups
    if isinstance(rule, AllOf):
        built, groups = _together([(branch, False) for branch in rule.branches], name, rule_words(rule))
        return {**built, "exclude": excluded}, groups
    if isinstance(rule, OneOf) and len(rule.words) > 1:
        words = tuple(OneOf(fact=rule.fact, words=frozenset([word])) for word in sorted(rule.words))
        return _characteristic((AnyOf(words), excluded), name)
    if isinstance(rule, Within) and len(rule.limits) > 1 and not (rule.includes_low and rule.includes_high):
        low = Within(fact=rule.fact, low=rule.low, includes_low=rule.includes_low)
        high = Within(fact=rule.fact, high=rule.high, includes_high=rule.includes_high)
        return _characteristic((AllOf((low, high)), excluded), name)
    return {"code": fact_code(rule.fact), **_value(rule), "exclude": excluded}, ()


def _together(parts: Sequence[_Part], name: str, words: str) -> _Built:
    """Return membership of a group all of whose parts hold, with that group and those below it."""
    built = [_characteristic(part, f"{name}:{number}") for number, part in enumerate(parts, start=1)]
    group = _group(name, "part", [characteristic for characteristic, _ in built])
    group["description"] = words
    code = {"text": "member of the group"}
    below = tuple(inner for _, groups in built for inner in groups)
    return {"code": code, "valueReference": {"reference": urn(group["id"])}}, (group, *below)


def _value(rule: Within | OneOf | Is) -> Resource:
    if isinstance(rule, Is):
        return {"valueBoolean": rule.answer}
    if isinstance(rule, OneOf):
        return {"valueCodeableConcept": word_code(rule.fact, min(rule.words))}
    if rule.low is not None and rule.high is not None:
        ends = {"low": quantity(rule.fact, rule.low), "high": quantity(rule.fact, rule.high)}
        return {"valueRange": ends}
    if rule.low is not None:
        return {"valueQuantity": quantity(rule.fact, rule.low, ">=" if rule.includes_low else ">")}
    (limit,) = rule.limits
    return {"valueQuantity": quantity(rule.fact, limit, "<=" if rule.includes_high else "<")}


def _group(name: str, kind: str, characteristics: list[Resource]) -> Resource:
    return {
        **resource("Group", f"{name}:{kind}"),
        "active": True,
        "type": "person",
        "membership": "definitional",
        "name": name,
        "characteristic": characteristics,
    }
