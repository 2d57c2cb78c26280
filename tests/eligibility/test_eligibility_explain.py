"""A rule in plain English: its limits with units, whether they are included, and what was only recalled."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tissueclock.eligibility.explain import criterion_words, rule_words, source_words
from tissueclock.facts.vocabulary import definition_of
from tissueclock.protocol.model import Confidence, CriterionKind, Role
from tissueclock.protocol.registry import protocol, protocols
from tissueclock.protocol.rule import AllOf, AnyOf, Is, OneOf, Within, leaves

OLD = Within(fact="age", low=80, includes_low=False)
RATIO = Within(fact="mismatch_ratio", low=Decimal("1.8"))
PREGNANT = Is(fact="pregnant", answer=True)
EVERY = [item for trial in protocols().values() for item in trial.criteria]


def criterion(id):
    return next(item for item in protocol("defuse-3").criteria if item.id == id)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Within(fact="age", low=18, high=90), "age from 18 to 90 years (both included)"),
        (Within(fact="age", low=18, high=90, includes_low=False), "age from 18 to 90 years (without 18)"),
        (
            Within(fact="age", low=18, high=90, includes_low=False, includes_high=False),
            "age from 18 to 90 years (without 18 and 90)",
        ),
        (OLD, "age above 80 years"),
        (RATIO, "mismatch ratio of 1.8 or more"),
        (Within(fact="core_ml", high=70, includes_high=False), "core below 70 mL"),
        (Within(fact="prestroke_mrs", high=2), "pre-stroke mRS of 2 points or less"),
        (OneOf(fact="occlusion_site", words=frozenset({"M1", "ICA_T"})), "occlusion site ICA_T or M1"),
        (PREGNANT, "pregnant: yes"),
        (Is(fact="consent", answer=False), "consent: no"),
        (Is(fact="judgement.x.y", answer=True), "a person judges that it holds"),
        (Is(fact="judgement.x.y", answer=False), "a person judges that it does not hold"),
        (
            AllOf((RATIO, AnyOf((OLD, PREGNANT)))),
            "mismatch ratio of 1.8 or more and (age above 80 years or pregnant: yes)",
        ),
        (AnyOf((AllOf((OLD,)), PREGNANT)), "age above 80 years or pregnant: yes"),
    ],
)
def test_a_rule_reads_as_english(rule, words):
    assert rule_words(rule) == words


def test_a_criterion_says_what_it_does_and_when_it_applies():
    assert criterion_words(criterion("core-volume")) == "requires: core below 70 mL"
    assert (
        criterion_words(criterion("inr"))
        == "excludes: INR above 3; only where current oral anticoagulant: yes"
    )
    assert criterion("inr").kind is CriterionKind.EXCLUSION
    assert criterion_words(replace(criterion("age"), role=Role.STRATUM)).startswith("stratifies by: age")
    assert criterion_words(replace(criterion("age"), role=Role.ANALYSIS)).startswith("is analysed where: age")


def test_what_was_recalled_is_marked_and_what_was_read_names_its_place():
    assert source_words(criterion("age")).startswith("read in Registration NCT02586415")
    assert source_words(criterion("age")).endswith("; inclusion 2")
    assert source_words(criterion("other-hazard")).startswith("RECALLED, not read: Expert memory")
    unsure = replace(criterion("age"), confidence=Confidence.UNCERTAIN)
    assert source_words(unsure).startswith("RECALLED-UNCERTAIN, not read: ")


@pytest.mark.parametrize("item", EVERY, ids=lambda item: item.id)
def test_every_criterion_names_each_limit_with_its_unit_and_its_source(item):
    words = criterion_words(item)
    for rule in (item.rule, *([item.applies_when] if item.applies_when else [])):
        for leaf in leaves(rule):
            if isinstance(leaf, Within):
                definition = definition_of(leaf.fact)
                assert definition.label in words
                assert f"{leaf.limits[-1]} {definition.unit}".strip() in words
    assert item.place in source_words(item)
    assert ("not read" in source_words(item)) == (item.confidence is not Confidence.FOUND)
