"""Moderators and subgroups: known truth, against whole matrices, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from meta_lab import GEN, PAIRS, effects, split

from tissueclock.core.errors import InputError
from tissueclock.evidence.meta.pool import KNAPP_HARTUNG, PoolSettings, pool
from tissueclock.evidence.meta.regression import INTERCEPT, Moderator, design_of, regress
from tissueclock.evidence.meta.subgroups import common_tau2_subgroups, separate_subgroups

QUICK = settings(max_examples=30)
YI = np.array([0.1, 0.9, -0.4, 0.7, 0.2, 1.1])
VI = np.array([0.02, 0.05, 0.03, 0.04, 0.3, 0.1])
DOSE = Moderator(name="dose", values=(1.0, 2.0, 1.5, 4.0, 3.0, 5.0))
SITE = Moderator(name="site", values=("b", "a", "b", "c", "a", "c"))


def test_words_become_contrasts_with_the_first_in_order():
    design, names = design_of([SITE, DOSE], 6)
    assert names == (INTERCEPT, "site=b", "site=c", "dose")
    assert design[:, 1].tolist() == [1, 0, 1, 0, 0, 0]
    assert design[:, 3].tolist() == list(DOSE.values)


def test_a_line_without_error_is_found():
    found = regress(2 + 0.5 * np.array(DOSE.values), VI, [DOSE], PoolSettings(method="DL"))
    assert [row.beta for row in found.coefficients] == pytest.approx([2.0, 0.5])
    assert (found.tau2, found.i2) == (0.0, 0.0)
    assert found.qe == pytest.approx(0.0, abs=1e-20)
    assert found.r2 == pytest.approx(100.0)


def test_coefficients_against_whole_matrices():
    found = regress(YI, VI, [SITE, DOSE], PoolSettings(method="HE"))
    design, _ = design_of([SITE, DOSE], 6)
    w = np.diag(1 / (VI + found.tau2))
    inverse = np.linalg.inv(design.T @ w @ design)
    assert [row.beta for row in found.coefficients] == pytest.approx(
        list(inverse @ design.T @ w @ YI), rel=1e-9
    )
    assert found.covariance == pytest.approx(inverse, rel=1e-9)
    beta = inverse @ design.T @ w @ YI
    assert found.qm == pytest.approx(float(beta[1:] @ np.linalg.inv(inverse[1:, 1:]) @ beta[1:]))
    assert (found.qm_df, found.qe_df, found.k) == (3, 2, 6)


def test_knapp_and_hartung_scale_the_covariance_and_test_by_f():
    z, t = (regress(YI, VI, [DOSE], PoolSettings(method="DL", test=test)) for test in ("z", KNAPP_HARTUNG))
    ratio = t.covariance / z.covariance
    assert ratio == pytest.approx(np.full((2, 2), ratio[0, 0]))
    assert (z.df, t.df) == (None, 4)
    assert t.qm == pytest.approx(z.qm / ratio[0, 0])
    assert t.coefficients[1].p == pytest.approx(t.qm_p)  # one moderator: F is t squared


@QUICK
@given(PAIRS)
def test_units_of_a_moderator_do_not_matter(pairs):
    yi, vi = split(pairs)
    values = tuple(float(i % 3) + 0.1 * i for i in range(len(yi)))
    here, there = (
        regress(
            yi,
            vi,
            [Moderator(name="x", values=tuple(1000 + 12 * v if far else v for v in values))],
            PoolSettings(method="DL"),
        )
        for far in (False, True)
    )
    assert there.tau2 == pytest.approx(here.tau2, rel=1e-6, abs=1e-8)
    assert there.qm == pytest.approx(here.qm, rel=1e-5, abs=1e-7)
    assert 12 * there.coefficients[1].beta == pytest.approx(here.coefficients[1].beta, rel=1e-5, abs=1e-7)


def test_r2_is_unknown_where_there_is_nothing_to_explain():
    alike = np.full(6, 0.3)
    assert regress(alike, VI, [DOSE], PoolSettings(method="DL")).r2 is None
    assert 0 <= regress(YI, VI, [DOSE], PoolSettings(method="FE")).r2 <= 100


def test_what_is_explained_wholly_has_no_knapp_hartung():
    with pytest.raises(InputError, match="explain every effect"):
        regress(np.zeros(6), VI, [DOSE], PoolSettings(test=KNAPP_HARTUNG))
    assert regress(np.zeros(6), VI, [DOSE], PoolSettings(method="FE")).r2 is None


REFUSED = {
    "a constant": ([Moderator(name="year", values=(2.0,) * 6)], "'year' is the same in all studies"),
    "a sum of the others": (
        [DOSE, Moderator(name="twice", values=tuple(2 * v + 1 for v in DOSE.values))],
        "a moderator follows from the others",
    ),
    "too many": (
        [Moderator(name="who", values=tuple("abcdef"))],
        "6 studies are too few for 6 coefficients",
    ),
}


@pytest.mark.parametrize(("moderators", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_told_apart_is_refused(moderators, words):
    with pytest.raises(InputError, match=words) as error:
        regress(YI, VI, moderators, PoolSettings())
    assert error.value.remedy


def test_the_document_names_every_coefficient():
    document = regress(YI, VI, [SITE], PoolSettings()).to_json()
    assert [row["name"] for row in document["coefficients"]] == [INTERCEPT, "site=b", "site=c"]
    assert len(document["covariance"]) == 3
    assert document["qm_df"] == 2


# --- subgroups ---------------------------------------------------------------------------------------------


def pooled_some(settings):
    all_effects = effects(YI, VI)
    return lambda some: pool([all_effects[i] for i in some], GEN, settings)


def test_separate_subgroups_are_each_their_own_pool():
    settings = PoolSettings(method="DL")
    found = separate_subgroups("site", SITE.values, pooled_some(settings))
    assert found.names == ("a", "b", "c")
    assert found.members == ((1, 4), (0, 2), (3, 5))
    assert found.effects[0].beta == pytest.approx(pooled_some(settings)([1, 4]).beta)
    weights = [1 / one.se**2 for one in found.effects]
    mean = sum(w * one.beta for w, one in zip(weights, found.effects, strict=True)) / sum(weights)
    q = sum(w * (one.beta - mean) ** 2 for w, one in zip(weights, found.effects, strict=True))
    assert (found.statistic, found.df, found.df2) == (pytest.approx(q), 2, None)


def test_subgroups_split_q_of_the_fixed_effect():
    settings = PoolSettings(method="FE")
    found = separate_subgroups("site", SITE.values, pooled_some(settings))
    inside = sum(one.heterogeneity.q for one in found.effects)
    assert inside + found.statistic == pytest.approx(pooled_some(settings)(range(6)).heterogeneity.q)


def test_subgroups_with_one_tau2_are_the_regression_on_the_subgroup():
    for test in ("z", KNAPP_HARTUNG):
        settings = PoolSettings(method="DL", test=test)
        found = common_tau2_subgroups("site", SITE.values, effects(YI, VI), GEN, settings)
        regression = regress(YI, VI, [SITE], settings)
        assert {one.heterogeneity.tau2 for one in found.effects} == {regression.tau2}
        assert (found.statistic, found.df, found.df2) == (regression.qm, 2, regression.df)
        shifts = [row.beta for row in regression.coefficients]
        assert [one.beta for one in found.effects] == pytest.approx(
            [shifts[0], *(shifts[0] + s for s in shifts[1:])]
        )


def test_a_subgroup_of_one_study_is_that_study():
    found = separate_subgroups("who", ("x", "y", "y", "y", "y", "y"), pooled_some(PoolSettings()))
    assert (found.effects[0].k, found.effects[0].beta) == (1, pytest.approx(0.1))


def test_one_subgroup_is_none():
    with pytest.raises(InputError, match="'site' has one value only"):
        separate_subgroups("site", ("a",) * 6, pooled_some(PoolSettings()))


def test_the_document_of_subgroups_says_which_tau2():
    separate = separate_subgroups("site", SITE.values, pooled_some(PoolSettings())).to_json()
    common = common_tau2_subgroups("site", SITE.values, effects(YI, VI), GEN, PoolSettings()).to_json()
    assert (separate["tau2"], common["tau2"]) == ("separate", "common")
    assert [group["group"] for group in common["groups"]] == ["a", "b", "c"]
    assert set(common["difference"]) == {"statistic", "df", "df2", "p"}
