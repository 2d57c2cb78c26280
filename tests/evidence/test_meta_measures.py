"""Effects from counts and means, the way back, and studies that cannot be."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from meta_lab import ARMS, FULL_ARMS, one_arms, two_arms
from scipy.stats import beta

from tissueclock.cli.evidence import meta as options
from tissueclock.core.errors import InputError
from tissueclock.evidence.meta.measures.base import MEASURES, study_effects
from tissueclock.evidence.meta.rows import clopper_pearson, study_rows
from tissueclock.evidence.meta.studies import Given, OneArm, TwoArm, TwoMeans

QUICK = settings(max_examples=40)
RATIOS = ("RR", "OR", "PETO")
PROPORTIONS = ("PR", "PLN", "PLO", "PAS", "PFT")


def yi(name, studies):
    return [one.yi for one in study_effects(studies, MEASURES.get(name))]


def test_a_table_by_hand():
    (study,) = two_arms((31, 100, 13, 102))
    found = {name: study_effects([study], MEASURES.get(name))[0] for name in ("RR", "OR", "RD", "PETO", "AS")}
    assert math.exp(found["RR"].yi) == pytest.approx(2.4323, abs=1e-4)
    assert found["RR"].vi == pytest.approx(1 / 31 - 1 / 100 + 1 / 13 - 1 / 102)
    assert math.exp(found["OR"].yi) == pytest.approx(31 * 89 / (69 * 13))
    assert found["OR"].vi == pytest.approx(1 / 31 + 1 / 69 + 1 / 13 + 1 / 89)
    assert found["RD"].yi == pytest.approx(0.31 - 13 / 102)
    expected, variance = 100 * 44 / 202, 44 * 158 * 100 * 102 / (202**2 * 201)
    assert found["PETO"].yi == pytest.approx((31 - expected) / variance)
    assert found["PETO"].vi == pytest.approx(1 / variance)
    assert found["AS"].yi == pytest.approx(math.asin(0.31**0.5) - math.asin((13 / 102) ** 0.5))
    assert found["RR"].n == 202


def test_an_empty_cell_moves_its_own_study_only():
    studies = two_arms((0, 20, 3, 20), (5, 20, 3, 20))
    first, second = study_effects(studies, MEASURES.get("OR"))
    assert (first.corrected, second.corrected) == (True, False)
    assert math.exp(first.yi) == pytest.approx(0.5 * 17.5 / (20.5 * 3.5))
    assert math.exp(second.yi) == pytest.approx(5 * 17 / (15 * 3))
    assert not any(one.corrected for one in study_effects(studies, MEASURES.get("AS")))


@QUICK
@given(FULL_ARMS)
def test_changing_the_arms_or_the_outcome_turns_the_effect(rows):
    studies = two_arms(*rows)
    arms_changed = two_arms(*((c, n2, a, n1) for a, n1, c, n2 in rows))
    outcome_changed = two_arms(*((n1 - a, n1, n2 - c, n2) for a, n1, c, n2 in rows))
    for name in ("RR", "OR", "RD", "PETO", "AS"):
        assert yi(name, arms_changed) == pytest.approx([-y for y in yi(name, studies)], abs=1e-9)
    for name in ("OR", "RD", "PETO", "AS"):
        assert yi(name, outcome_changed) == pytest.approx([-y for y in yi(name, studies)], abs=1e-9)


@QUICK
@given(ARMS)
def test_every_variance_is_above_zero(rows):
    for name in (*RATIOS, "RD", "AS"):
        for one in study_effects(two_arms(*rows), MEASURES.get(name)):
            assert one.vi > 0
            assert math.isfinite(one.yi)


@pytest.mark.parametrize("name", PROPORTIONS)
@QUICK
@given(n=st.integers(2, 500), data=st.data())
def test_a_proportion_comes_back(name, n, data):
    x = data.draw(st.integers(1, n - 1))
    measure = MEASURES.get(name)
    (found,) = study_effects(one_arms((x, n)), measure)
    assert float(measure.back(np.array(found.yi), n)) == pytest.approx(x / n, abs=1e-9)


@pytest.mark.parametrize("name", PROPORTIONS)
def test_the_way_back_rises_and_stays_within_0_and_1_where_the_scale_does(name):
    scale = np.linspace(-0.2, 1.9, 200) if name in ("PAS", "PFT") else np.linspace(-4.0, 0.0, 200)
    natural = MEASURES.get(name).back(scale, 20.0)
    assert np.all(np.diff(natural) >= 0)
    if name != "PR":
        assert (natural.min(), natural.max()) >= (0, 0)
        assert natural.max() <= 1


@pytest.mark.parametrize("name", ["PAS", "PFT"])
def test_beyond_the_ends_a_proportion_is_none_or_all(name):
    back = MEASURES.get(name).back
    assert back(np.array([-0.1, 0.0, 1.57, 2.0]), 30.0)[[0, 3]].tolist() == [0.0, 1.0]


def test_no_event_or_nothing_else_is_corrected_where_it_must_be():
    studies = one_arms((0, 10), (10, 10), (3, 10))
    for name in ("PR", "PLN", "PLO"):
        assert [one.corrected for one in study_effects(studies, MEASURES.get(name))] == [True, True, False]
    for name in ("PAS", "PFT"):
        assert not any(one.corrected for one in study_effects(studies, MEASURES.get(name)))
    assert yi("PR", studies) == pytest.approx([0.5 / 11, 10.5 / 11, 0.3])


def test_a_ratio_beyond_all_numbers_is_the_largest():
    back = MEASURES.get("OR").back(np.array([-1e4, 0.0, 699.0, 1e4]), 1.0)
    assert np.all(np.isfinite(back))
    assert np.all(np.diff(back) > 0)


MEANS = {"m1i": 12.0, "sd1i": 3.0, "n1i": 20, "m2i": 10.0, "sd2i": 4.0, "n2i": 30}


def test_means_by_hand():
    study = TwoMeans(study="a", **MEANS)
    md, smd, rom = (study_effects([study], MEASURES.get(name))[0] for name in ("MD", "SMD", "ROM"))
    assert (md.yi, md.vi) == pytest.approx((2.0, 9 / 20 + 16 / 30))
    pooled = math.sqrt((19 * 9 + 29 * 16) / 48)
    correction = math.gamma(24) / (math.sqrt(24) * math.gamma(23.5))
    assert smd.yi == pytest.approx(2 / pooled * correction)
    assert smd.vi == pytest.approx(1 / 20 + 1 / 30 + smd.yi**2 / 100)
    assert rom.yi == pytest.approx(math.log(1.2))
    assert study.n == 50


def test_means_of_different_signs_have_no_ratio():
    study = TwoMeans(study="a", **{**MEANS, "m2i": -1.0})
    with pytest.raises(InputError, match="the means of 'a' have no ratio"):
        study_effects([study], MEASURES.get("ROM"))


WRONG = [
    (TwoArm, {"ai": 11, "n1i": 10, "ci": 1, "n2i": 10}, "ai is 11 of n1i 10"),
    (TwoArm, {"ai": 1, "n1i": 10, "ci": -1, "n2i": 10}, "ci is -1 of n2i 10"),
    (TwoArm, {"ai": 0, "n1i": 0, "ci": 1, "n2i": 10}, "n1i is 0; an arm has at least one patient"),
    (OneArm, {"xi": 3, "ni": 2}, "xi is 3 of ni 2"),
    (OneArm, {"xi": 3, "ni": 10**13}, "ni is"),
    (TwoMeans, {**MEANS, "sd1i": 0.0}, "sd1i is 0; a standard deviation is above 0"),
    (TwoMeans, {**MEANS, "n2i": 1}, "n2i is 1; a standard deviation needs 2"),
    (TwoMeans, {**MEANS, "m1i": math.inf}, "m1i is inf"),
    (Given, {"yi": math.nan, "vi": 1.0}, "yi is nan"),
    (Given, {"yi": 1e13, "vi": 1.0}, "no effect is as large"),
    (Given, {"yi": 1.0, "vi": 0.0}, "vi is 0; a variance is above 0"),
    (Given, {"yi": 1.0, "vi": 1e-30}, "vi is 1e-30; a variance is between"),
    (Given, {"yi": 1.0, "vi": 1.0, "ni": 0}, "ni is 0; a study has at least one patient"),
]


@pytest.mark.parametrize(("kind", "numbers", "words"), WRONG, ids=[words for *_, words in WRONG])
def test_a_study_that_cannot_be_is_not_made(kind, numbers, words):
    with pytest.raises(ValueError, match=words):
        kind(study="a", **numbers)


def test_effects_as_given_serve_any_measure_and_other_kinds_none():
    given = [Given(study="a", yi=0.5, vi=0.1, ni=40)]
    assert study_effects(given, MEASURES.get("OR"))[0].yi == 0.5
    assert study_effects(given, MEASURES.get("GEN"))[0].vi == 0.1
    with pytest.raises(ValueError, match="OR is computed from ai, n1i, ci, n2i"):
        study_effects(one_arms((1, 10)), MEASURES.get("OR"))


def test_the_help_names_every_measure():
    assert set(options.MEASURES.replace(";", ",").split(", ")) == set(MEASURES.entries())


def test_every_measure_has_a_title_a_way_back_and_an_effect_that_is_none():
    for measure in MEASURES.entries().values():
        assert measure.title
        assert (measure.null is None) is (measure.name in PROPORTIONS)
        if measure.null is not None:
            assert float(measure.back(np.array(0.0), 10.0)) == measure.null


# --- rows --------------------------------------------------------------------------------------------------


@QUICK
@given(n=st.integers(1, 300), data=st.data())
def test_clopper_and_pearson_against_the_beta_distribution(n, data):
    x = data.draw(st.integers(0, n))
    low, high = clopper_pearson(x, n, 0.95)
    assert low == pytest.approx(beta.ppf(0.025, x, n - x + 1) if x else 0.0, abs=1e-9)
    assert high == pytest.approx(beta.ppf(0.975, x + 1, n - x) if x < n else 1.0, abs=1e-9)


def test_a_row_holds_counts_effect_interval_and_weight():
    studies = two_arms((31, 100, 13, 102), (0, 10, 2, 10))
    measure = MEASURES.get("RR")
    rows = study_rows(studies, study_effects(studies, measure), measure, (70.0, 30.0), 0.95)
    first = SimpleNamespace(**rows[0].to_json())
    assert (first.ai, first.n1i, first.n, first.weight_percent, first.corrected) == (
        31,
        100,
        202,
        70.0,
        False,
    )
    assert (first.estimate, first.ci_low, first.ci_high) == pytest.approx((2.4323, 1.3538, 4.3701), abs=1e-4)
    assert first.exact_ci_low is None
    assert rows[1].to_json()["corrected"] is True


def test_a_row_of_a_proportion_goes_back_with_its_own_size_and_has_an_exact_interval():
    studies = one_arms((3, 57), (14, 230))
    measure = MEASURES.get("PFT")
    rows = study_rows(studies, study_effects(studies, measure), measure, (), 0.95)
    assert [row.estimate for row in rows] == pytest.approx([3 / 57, 14 / 230])
    assert rows[0].exact_ci == pytest.approx(clopper_pearson(3, 57, 0.95))
    assert rows[0].weight_percent is None
