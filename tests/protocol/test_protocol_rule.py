"""Rules: what a fact cannot satisfy is not constructed, and every rule reads as one line."""

from decimal import Decimal

import pytest

from tissueclock.core.errors import InputError
from tissueclock.protocol.rule import (
    AllOf,
    AnyOf,
    Is,
    OneOf,
    Within,
    facts_of,
    forced_leaves,
    leaves,
    rule_text,
)

AGE = Within(fact="age", low=18, high=90)
RATIO = Within(fact="mismatch_ratio", low=Decimal("1.8"))
CORE = Within(fact="core_ml", high=70, includes_high=False)
SITE = OneOf(fact="occlusion_site", words=frozenset({"M1", "ICA_T"}))
PREGNANT = Is(fact="pregnant", answer=True)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (AGE, "18 <= age <= 90 years"),
        (Within(fact="age", low=18, high=90, includes_low=False, includes_high=False), "18 < age < 90 years"),
        (RATIO, "mismatch_ratio >= 1.8"),
        (Within(fact="inr", low=3, includes_low=False), "inr > 3"),
        (CORE, "core_ml < 70 mL"),
        (Within(fact="prestroke_mrs", high=2), "prestroke_mrs <= 2 points"),
        (SITE, "occlusion_site in ICA_T, M1"),
        (PREGNANT, "pregnant is yes"),
        (Is(fact="pregnant", answer=False), "pregnant is no"),
        (
            AllOf((CORE, AnyOf((AGE, PREGNANT)))),
            "(core_ml < 70 mL) and ((18 <= age <= 90 years) or (pregnant is yes))",
        ),
    ],
)
def test_a_rule_reads_as_one_line(rule, text):
    assert rule_text(rule) == text


def test_a_rule_lists_what_it_reads_once_and_in_order():
    rule = AllOf((CORE, AnyOf((AGE, CORE)), PREGNANT))
    assert facts_of(rule) == ("core_ml", "age", "pregnant")
    assert leaves(rule) == (CORE, AGE, CORE, PREGNANT)
    assert facts_of(SITE) == ("occlusion_site",)


def test_what_a_rule_forces_is_what_no_alternative_can_replace():
    mixed = AllOf((CORE, AllOf((SITE, RATIO)), AnyOf((AGE, PREGNANT))))
    assert tuple(forced_leaves(mixed, holds=True)) == (CORE, SITE, RATIO)
    assert tuple(forced_leaves(mixed, holds=False)) == ()
    either = AnyOf((CORE, AnyOf((SITE, RATIO)), AllOf((AGE, PREGNANT))))
    assert tuple(forced_leaves(either, holds=False)) == (CORE, SITE, RATIO)
    assert tuple(forced_leaves(either, holds=True)) == ()
    assert [tuple(forced_leaves(AGE, holds=holds)) for holds in (True, False)] == [(AGE,), (AGE,)]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Within(fact="core", high=70), "there is no fact 'core'"),
        (lambda: Within(fact="pregnant", high=1), "'pregnant' is not a number and has no limits"),
        (lambda: Within(fact="core_ml"), "the rule on 'core_ml' has no limit"),
        (lambda: Within(fact="age", low=90, high=18), "the limits of 'age' are upside down"),
        (lambda: Within(fact="age", low=18, high=900), "the limit 900 for 'age' is above what is plausible"),
        (lambda: Within(fact="age", low=Decimal("18.5")), "the limit 18.5 for 'age' must be a whole number"),
        (lambda: OneOf(fact="age", words=frozenset({"18"})), "'age' is not a word or a list of words"),
        (lambda: OneOf(fact="occlusion_site", words=frozenset({"M3"})), "must be out of ICA_cervical"),
        (lambda: OneOf(fact="occlusion_site", words=frozenset()), "must be out of ICA_cervical"),
        (lambda: Is(fact="core_ml", answer=True), "'core_ml' is not a yes-or-no fact"),
        (lambda: AllOf(()), "'all' and 'any' need at least one branch"),
        (lambda: AnyOf(()), "'all' and 'any' need at least one branch"),
    ],
)
def test_a_rule_that_no_fact_can_satisfy_is_not_constructed(build, message):
    with pytest.raises(InputError, match=message):
        build()
