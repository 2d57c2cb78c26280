"""Agreement, blinding, masks and survival against R: every number of every case, and the page."""

import json
from math import isclose

import pytest
from held_against_r import AGREEMENT, CASES, EXCEPTIONS, PAGE, SURVIVAL, case, numbers, page
from scipy.stats import f as f_distribution

from tissueclock.evidence.agreement.icc import intraclass_correlation


@pytest.fixture(scope="module")
def found():
    return numbers()


@pytest.mark.parametrize("name", [*AGREEMENT, *SURVIVAL])
def test_every_number_agrees_or_has_a_reason(found, name):
    own = [number for number in found if number.case == name]
    assert len(own) > 20
    assert [number for number in own if not (number.agrees or number.excused)] == []


def test_every_exception_is_one(found):
    assert {(number.case, number.name) for number in found if number.excused} == set(EXCEPTIONS)


def test_the_page_is_what_is_computed(found):
    assert PAGE.read_text("utf-8") == page(found)


@pytest.mark.parametrize("name", [*AGREEMENT, *SURVIVAL])
def test_the_copied_cases_are_the_teams(shared, name):
    theirs = (shared / "cases" / f"{name}.json").read_text("utf-8")
    assert json.loads((CASES / f"{name}.json").read_text("utf-8")) == json.loads(theirs)


def test_irrs_interval_of_the_mean_is_ours_with_one_slip():
    """Its degrees of freedom have ICC(A,k) where McGraw and Wong have ICC(A,1)."""
    found = intraclass_correlation(case("agree_icc")["inputs"]["ratings"])
    (theirs,) = (
        result["out"]
        for result in case("agree_icc")["results"]
        if "agreement" in result["call"] and "average" in result["call"]
    )
    n, k = found.n, found.raters
    cases, raters, residual, _ = found.mean_squares
    mean = next(form.icc for form in found.forms if form.form == "ICC(2,k)")
    a, b = k * mean / (n * (1 - mean)), 1 + k * mean * (n - 1) / (n * (1 - mean))
    df2 = (a * raters + b * residual) ** 2 / (
        (a * raters) ** 2 / (k - 1) + (b * residual) ** 2 / ((n - 1) * (k - 1))
    )
    assert isclose(df2, theirs["df2"], rel_tol=1e-9)
    high, low = f_distribution.ppf(0.975, n - 1, df2), f_distribution.ppf(0.975, df2, n - 1)
    excess = raters - residual
    ends = (
        n * (cases - high * residual) / (high * excess + n * cases),
        n * (low * cases - residual) / (excess + n * low * cases),
    )
    assert ends == pytest.approx(theirs["ci"], rel=1e-9)
