"""The sentence that explains a comparison: value, unit and limit, and never on the wrong side of it."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.core.exact import exact
from tissueclock.core.truth import Truth
from tissueclock.eligibility.finding import find
from tissueclock.eligibility.wording import absence, printed_number
from tissueclock.facts.case import CaseFacts, Fact
from tissueclock.protocol.rule import Is, OneOf, Within

CORE = Within(fact="core_ml", high=70, includes_high=False)
RATIO = Within(fact="mismatch_ratio", low=Decimal("1.8"))
AGE = Within(fact="age", low=18, high=90)
INR = Within(fact="inr", low=3, includes_low=False)
SITE = OneOf(fact="occlusion_site", words=frozenset({"M1", "ICA_T"}))
MODALITY = OneOf(fact="perfusion_modality", words=frozenset({"CT"}))


def because(rule, value, **more):
    return find(rule, CaseFacts.of([Fact(name=rule.fact, value=value, source="test", **more)])).because


@pytest.mark.parametrize(
    ("rule", "value", "sentence"),
    [
        (CORE, 22.4, "core 22.4 mL is below the limit of 70 mL"),
        (CORE, 22.41234567, "core 22.4 mL is below the limit of 70 mL"),
        (CORE, 69.96, "core 69.96 mL is below the limit of 70 mL"),
        (CORE, 69.99999, "core 69.99999 mL is below the limit of 70 mL"),
        (CORE, 70.0, "core 70.0 mL is at, not below, the limit of 70 mL"),
        (CORE, 70.04, "core 70.04 mL is above the limit of 70 mL"),
        (CORE, Decimal("18.75"), "core 18.75 mL is below the limit of 70 mL"),
        (RATIO, Fraction(8999, 5000), "mismatch ratio 1.7998 is below the limit of 1.8"),
        (RATIO, Fraction(9, 5), "mismatch ratio 1.80 is at the limit of 1.8"),
        (RATIO, Fraction(90001, 50000), "mismatch ratio 1.80002 is above the limit of 1.8"),
        (RATIO, Fraction(10, 3), "mismatch ratio 3.33 is above the limit of 1.8"),
        (AGE, 17, "age 17 years is below the limit of 18 years"),
        (AGE, 18, "age 18 years is at the limit of 18 years"),
        (AGE, 50, "age 50 years lies between 18 and 90 years"),
        (AGE, 91, "age 91 years is above the limit of 90 years"),
        (INR, 3, "INR 3 is at, not above, the limit of 3"),
        (SITE, frozenset({"M1", "BA"}), "occlusion site M1 is among ICA_T, M1"),
        (SITE, frozenset({"M2", "BA"}), "occlusion site BA, M2 is not among ICA_T, M1"),
        (SITE, frozenset(), "occlusion site (none) is not among ICA_T, M1"),
        (MODALITY, "MR", "perfusion modality MR is not among CT"),
        (Is(fact="pregnant", answer=True), False, "pregnant: no"),
        (Is(fact="judgement.defuse-3.seizure", answer=True), True, "judgement on 'seizure': yes"),
    ],
)
def test_a_sentence_carries_value_unit_and_limit(rule, value, sentence):
    assert because(rule, value) == sentence


def test_the_reason_of_a_judgement_is_told():
    rule = Is(fact="judgement.defuse-3.seizure", answer=True)
    assert because(rule, False, reason="seen by Dr A") == "judgement on 'seizure': no (seen by Dr A)"


def test_an_infinite_ratio_is_above_every_limit():
    assert because(RATIO, None, infinite=True) == "mismatch ratio is infinite, above every limit"


@pytest.mark.parametrize(
    ("limits", "truth"),
    [({"low": 1}, Truth.YES), ({"high": 9}, Truth.NO), ({"low": 1, "high": 9}, Truth.NO)],
)
def test_an_infinite_ratio_satisfies_lower_limits_only(limits, truth):
    infinite = Fact(name="mismatch_ratio", value=None, infinite=True, source="test")
    assert find(Within(fact="mismatch_ratio", **limits), CaseFacts.of([infinite])).truth is truth


def test_a_limit_is_a_decimal_and_not_its_binary_neighbour():
    just_below = Fraction(9, 5) - Fraction(1, 10**20)
    assert float(just_below) == 1.8
    assert because(RATIO, just_below) == "mismatch ratio 1.79999999999999999999 is below the limit of 1.8"
    assert (
        find(RATIO, CaseFacts.of([Fact(name="mismatch_ratio", value=just_below, source="t")])).truth
        is Truth.NO
    )


def test_why_a_fact_cannot_be_read():
    assert absence("consent", None) == "consent is not stated"
    assert absence("core_ml", None) == "core (core_ml) is not stated"
    assert because(CORE, None, reason="no diffusion") == "core (core_ml) is unknown: no diffusion"
    assert because(CORE, 22.4, withheld_by=("motion",)) == "core (core_ml) is withheld by motion"


near_70 = st.one_of(
    st.floats(69, 71),
    st.fractions(69, 71),
    st.decimals(69, 71, places=9),
    st.integers(-9, 9).map(lambda step: 70 + step * 1e-12),
)


@given(near_70)
def test_a_printed_number_is_on_its_own_side_of_the_limit(value):
    printed = Fraction(printed_number(value, [70], 1))
    number = exact(value)
    assert (printed < 70, printed == 70, printed > 70) == (number < 70, number == 70, number > 70)
    assert abs(printed - number) <= Fraction(1, 20)
