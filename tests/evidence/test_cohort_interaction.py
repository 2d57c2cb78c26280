"""Interactions: what DEFUSE 2 and MR RESCUE printed, the laws, and what is refused."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.core.errors import InputError, UsageError
from tissueclock.evidence.cohort.interaction import (
    SCALES,
    StratumEffect,
    from_interval,
    from_p,
    interaction,
    interaction_of_strata,
)
from tissueclock.evidence.cohort.published_strata import published_interaction
from tissueclock.evidence.two_groups.effect import effect
from tissueclock.evidence.two_groups.measure import Measure
from tissueclock.evidence.two_groups.strata import Strata, woolf_homogeneity
from tissueclock.evidence.two_groups.table import TwoByTwo
from tissueclock.protocol.results.registry import results

YOUNG = TwoByTwo(events_1=18, n_1=48, events_2=9, n_2=50)
OLD = TwoByTwo(events_1=13, n_1=52, events_2=4, n_2=52)
NO_EVENTS = TwoByTwo(events_1=0, n_1=30, events_2=0, n_2=20)

values = st.floats(-3, 3)
errors = st.floats(0.05, 3)


def test_defuse_2_neurological_response_as_printed() -> None:
    target = from_interval("target mismatch", 8.8, 2.7, 29.0, "OR")
    other = from_interval("no target mismatch", 0.2, 0.0, 1.6, "OR")
    assert target.se == pytest.approx(0.606, abs=5e-4)
    assert (other.se, other.how) == (
        pytest.approx(1.061, abs=5e-4),
        "estimate and upper limit, since the lower is printed as 0",
    )
    found = interaction([target, other], "OR")
    assert found.statistic == pytest.approx(3.1, abs=0.05)
    assert found.p == pytest.approx(0.002, abs=5e-5)
    assert found.contrast == pytest.approx(44.0)


def test_defuse_2_modified_rankin_scale_as_printed() -> None:
    found = published_interaction(results("defuse-2"), "mrs-0-2").found
    assert found.p == pytest.approx(0.56, abs=5e-3)
    assert math.log(found.contrast) == pytest.approx(0.74, abs=5e-3)
    assert found.se == pytest.approx(1.29, abs=5e-3)


def test_defuse_2_from_its_file_says_what_was_published() -> None:
    found = published_interaction(results("defuse-2"), "neurological-response")
    assert (found.published_p, found.by) == ("= 0.003", "MRI profile")
    assert (found.recalled, found.adjusted, found.randomised) == (False, True, False)
    assert found.found.p == pytest.approx(0.00195, abs=5e-6)


@pytest.mark.parametrize(
    ("by", "difference", "p", "published", "recalled"),
    [
        ("penumbral pattern", 0.9, 0.12, "= 0.14", True),
        ("re-analysis by DEFUSE 2", 0.4, 0.64, "= 0.11", False),
    ],
)
def test_mr_rescue_from_the_p_of_its_strata(by, difference, p, published, recalled) -> None:
    found = published_interaction(results("mr-rescue"), "mrs-score", by=by)
    assert found.found.contrast == pytest.approx(difference)
    assert found.found.p == pytest.approx(p, abs=5e-3)
    assert (found.published_p, found.recalled) == (published, recalled)
    assert found.randomised


def test_mr_rescue_from_counts_with_a_stratum_without_events() -> None:
    found = published_interaction(results("mr-rescue"), "sich").found
    assert [stratum.how for stratum in found.strata] == ["3/34 v 2/34, woolf", "0/30 v 0/20, woolf"]
    assert found.notes == ("non-penumbral: 0.5 was added to each of the four cells.",)


def test_published_strata_that_are_not_there_are_answered_with_those_that_are() -> None:
    with pytest.raises(UsageError, match=r"no two strata .* 'sich'\. Kinds with strata: mrs-0-2, neurolog"):
        published_interaction(results("defuse-2"), "sich")
    with pytest.raises(
        UsageError, match=r"divide in more than one way\. Give --by, one of: penumbral pattern; re-"
    ):
        published_interaction(results("mr-rescue"), "mrs-score")
    with pytest.raises(UsageError, match="no strata by 'age'"):
        published_interaction(results("mr-rescue"), "mrs-0-2", by="age")


@given(values, errors, values, errors, st.sampled_from(["OR", "MD"]))
def test_two_strata_by_z_are_two_strata_by_q(one, se_1, other, se_2, measure) -> None:
    first = StratumEffect(name="a", value=one, se=se_1, how="")
    second = StratumEffect(name="b", value=other, se=se_2, how="")
    found = interaction([first, second], measure)
    turned = interaction([second, first], measure)
    weights = (1 / se_1**2, 1 / se_2**2)
    mean = (weights[0] * one + weights[1] * other) / sum(weights)
    q = weights[0] * (one - mean) ** 2 + weights[1] * (other - mean) ** 2
    assert found.statistic**2 == pytest.approx(q, rel=1e-6, abs=1e-9)
    assert found.p == pytest.approx(turned.p)
    if measure == "OR":
        assert found.contrast == pytest.approx(1 / turned.contrast)
    assert found.ci_low <= found.contrast <= found.ci_high
    json.dumps(found.to_json(), allow_nan=False)


@given(values, errors, st.sampled_from(sorted(SCALES)), st.floats(0.5, 0.99))
def test_an_interval_gives_back_its_standard_error(value, se, measure, level) -> None:
    stratum = StratumEffect(name="a", value=value, se=se, how="")
    other = StratumEffect(name="b", value=0.0, se=1.0, how="")
    middle, low, high = interaction([stratum, other], measure, level=level).natural(stratum)
    again = from_interval("a", middle, low, high, measure, level=level)
    assert (again.value, again.se) == pytest.approx((value, se), rel=1e-6, abs=1e-9)


@given(values.filter(lambda x: abs(x) > 0.01), errors, st.sampled_from(["OR", "MD"]))
def test_a_p_gives_back_its_standard_error(value, se, measure) -> None:
    p = math.erfc(abs(value / se) / math.sqrt(2))
    if 1e-12 < p < 1:
        again = from_p("a", SCALES[measure].natural(value), p, measure)
        assert again.se == pytest.approx(se, rel=1e-6)


def test_counts_by_measure_are_the_effects_of_the_strata() -> None:
    strata = Strata(("young", "old"), (YOUNG, OLD))
    for measure in Measure:
        found = interaction_of_strata(strata, measure)
        one, other = (effect(table, measure) for table in (YOUNG, OLD))
        assert found.se == pytest.approx(math.hypot(one.se, other.se))
        difference = measure is Measure.RD
        expected = one.estimate - other.estimate if difference else one.estimate / other.estimate
        assert found.contrast == pytest.approx(expected)
        assert found.p == pytest.approx(woolf_homogeneity(strata, measure).p)


def test_more_than_two_strata_have_a_q_and_no_contrast() -> None:
    strata = Strata(("a", "b", "c"), (YOUNG, OLD, YOUNG))
    found = interaction_of_strata(strata, Measure.OR)
    document = found.to_json()
    assert (document["z"], document["contrast"], document["df"]) == (None, None, 2)
    assert document["q"] == pytest.approx(woolf_homogeneity(strata, Measure.OR).statistic)


REFUSED = {
    "limits in the wrong order": (
        lambda: from_interval("a", 2, 3, 1, "OR"),
        "a: the estimate 2 is not between",
    ),
    "no width": (lambda: from_interval("a", 2, 2, 2, "OR"), "is not between 2 and 2"),
    "a negative ratio": (lambda: from_interval("a", -2, -3, -1, "OR"), "a: the ratio -2"),
    "no number": (lambda: from_interval("a", math.nan, 1, 2, "OR"), "a number is not finite"),
    "a p of 1": (lambda: from_p("a", 2, 1.0, "OR"), "a: the p 1"),
    "no effect and a p": (lambda: from_p("a", 1.0, 0.5, "OR"), "standard error cannot be told"),
    "a ratio of 0 and a p": (lambda: from_p("a", 0.0, 0.5, "OR"), "the ratio 0"),
    "an upper limit at the estimate": (
        lambda: from_interval("a", 0.2, 0.0, 0.2, "OR"),
        "no finite standard error",
    ),
    "one stratum": (lambda: interaction([from_p("a", 2, 0.5, "OR")], "OR"), "there are 1 strata"),
    "a name twice": (lambda: interaction([from_p("a", 2, 0.5, "OR")] * 2, "OR"), "'a' is given twice"),
    "differences without a width": (
        lambda: interaction_of_strata(Strata(("a", "b"), (YOUNG, NO_EVENTS)), Measure.RD),
        "the effect in 'b' has no finite standard error",
    ),
}


@pytest.mark.parametrize(("make", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_compared_is_refused(make, message) -> None:
    with pytest.raises(InputError, match=message):
        make()
