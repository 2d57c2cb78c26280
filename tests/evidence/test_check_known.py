"""The known methods of the checker against R, on tables of a trial and a large one.

The numbers are copied as they are from runs of R (DescTools, ratesci, exact2x2, stats). The checker has
methods of its own, in the standard library alone: it must tell which method gives what is printed.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, chi2_contingency, fisher_exact

from tissueclock.evidence.check.known.conditional import conditional_interval
from tissueclock.evidence.check.known.proportion import proportion_intervals
from tissueclock.evidence.check.known.restricted import Contrast, restricted_interval
from tissueclock.evidence.check.known.table import TwoByTwo
from tissueclock.evidence.check.known.tests import FISHER, PEARSON, YATES, known_p_values
from tissueclock.evidence.check.known.two_by_two import half_intervals, known_intervals
from tissueclock.evidence.check.region import z_of_level

CASES = ("t22_rjl_mrs02", "t22_rjl_mrs03", "t22_rjl_sich", "t22_rjl_any_ich", "t22_large")
Z = z_of_level(95)
OF_DIFFERENCES = {
    "Wald": "wald",
    "Wald with continuity correction": "waldcc",
    "Newcombe": "score",
    "Newcombe with continuity correction": "scorecc",
    "Agresti-Caffo": "ac",
    "Miettinen-Nurminen": "mn",
}
# Left out: the mid-p limits of DescTools, which come from uniroot as it is and are off by up to 1e-3 of
# themselves. Ours are tested by their definition below.
OF_PROPORTIONS = {
    "Wilson": "wilson",
    "Wilson with continuity correction": "wilsoncc",
    "Clopper-Pearson": "clopper-pearson",
    "Wald": "wald",
    "Agresti-Coull": "agresti-coull",
    "Wald on the logit scale": "logit",
}


class Case:
    """A table, and what R says of it, found by how the call begins."""

    def __init__(self, folder: Path, name: str) -> None:
        found = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        self.counts = found["inputs"]
        self._results = found["results"]

    @property
    def table(self) -> TwoByTwo:
        return TwoByTwo(*(self.counts[key] for key in ("a", "n1", "c", "n2")))

    def out(self, call: str) -> dict:
        return next(item["out"] for item in self._results if item["call"].startswith(call))


@pytest.fixture(params=CASES)
def case(request, checkout) -> Case:
    return Case(checkout / "tests" / "cases", request.param)


def by_method(contrast: Contrast, table: TwoByTwo) -> dict[str, tuple[float, float]]:
    made = (*known_intervals(contrast, table, Z), *half_intervals(contrast, table, Z))
    return {found.method: (found.low, found.high) for found in made}


def test_differences(case):
    ours, theirs = by_method(Contrast.RD, case.table), case.out("DescTools::BinomDiffCI")
    for name, key in OF_DIFFERENCES.items():
        # DescTools finds the limits of Miettinen and Nurminen by bisection, to 1e-6; ratesci does better.
        assert ours[name] == pytest.approx(tuple(theirs[key])[-2:], abs=2e-6), name
    exact = case.out("ratesci::scoreci(contrast='RD', skew=FALSE")
    assert ours["Miettinen-Nurminen"] == pytest.approx((exact["lb"], exact["ub"]), rel=1e-6)


@pytest.mark.parametrize("contrast", [Contrast.RR, Contrast.OR])
def test_score_limits_of_ratios(case, contrast):
    exact = case.out(f"ratesci::scoreci(contrast='{contrast.value}', skew=FALSE")
    assert by_method(contrast, case.table)["Miettinen-Nurminen"] == pytest.approx(
        (exact["lb"], exact["ub"]), rel=1e-6
    )


def test_wald_limits_of_ratios(case):
    katz, woolf = case.out("RR, Katz"), case.out("OR, Woolf")
    assert by_method(Contrast.RR, case.table)["Katz (log)"] == pytest.approx(katz["ci"], rel=1e-9)
    assert by_method(Contrast.OR, case.table)["Woolf (log)"] == pytest.approx(woolf["ci"], rel=1e-9)
    (half,) = half_intervals(Contrast.OR, case.table, Z)
    theirs = case.out("OR, Haldane-Anscombe")
    assert (half.estimate, half.low, half.high) == pytest.approx((theirs["or"], *theirs["ci"]), rel=1e-9)


def test_the_odds_ratio_given_the_margins(case):
    exact = case.out("conditional MLE OR")
    found = {name: numbers for name, *numbers in conditional_interval(case.table, Z)}
    if not found:
        assert case.counts["n1"] > 400  # left out: exact limits of large tables take long
        return
    assert found["exact conditional"] == pytest.approx([exact["or"], *exact["ci"]], rel=1e-6)
    assert found["exact conditional with mid-p"] == pytest.approx([exact["or"], *exact["midp_ci"]], rel=1e-6)


def test_proportions(case):
    for number, events, n in (("1", "a", "n1"), ("2", "c", "n2")):
        theirs = case.out(f"DescTools::BinomCI(x, n, method)   # arm {number}")
        ours = dict(proportion_intervals(case.counts[events], case.counts[n], Z))
        for name, key in OF_PROPORTIONS.items():
            assert ours[name] == pytest.approx(tuple(theirs[key])[1:], rel=1e-6), name


def test_p_values(case):
    ours = dict(known_p_values(case.table))
    tests = case.out("chisq.test(M)")
    expected = {
        PEARSON: tests["pearson_p"],
        YATES: tests["yates_p"],
        "N-1 chi-square": tests["n_minus_1_p"],
        "likelihood ratio": tests["G_p"],
        FISHER: case.out("fisher.test(M)")["p"],
        "Fisher's exact test with mid-p": case.out("Fisher mid-P")["p"],
        "Fisher's exact test, tail doubled": case.out("exact2x2(M, tsmethod='central')")["p"],
        "Wald test of log RR": case.out("RR, Katz")["p"],
        "Wald test of log OR": case.out("OR, Woolf")["p"],
    }
    assert {name: ours[name] for name in expected} == pytest.approx(expected, rel=1e-6)


def test_the_published_figures_of_limit(checkout):
    found = json.loads((checkout / "tests" / "cases" / "published_checks.json").read_text(encoding="utf-8"))
    rows = [row["out"] for row in found["results"] if "a" in row["out"]]
    assert len(rows) == 6
    for row in rows:
        table = TwoByTwo(row["a"], row["n1"], row["c"], row["n2"])
        assert by_method(Contrast.RR, table)["Katz (log)"] == pytest.approx(row["rr_ci_katz"], rel=1e-9)
        ours = dict(known_p_values(table))
        assert ours[PEARSON] == pytest.approx(row["p_pearson"], rel=1e-9)
        assert ours[FISHER] == pytest.approx(row["p_fisher"], rel=1e-9)


counts = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts, counts)
def test_p_values_are_those_of_scipy(first, second):
    (a, n1), (c, n2) = first, second
    table = [[a, n1 - a], [c, n2 - c]]
    ours = dict(known_p_values(TwoByTwo(a, n1, c, n2)))
    assert ours[FISHER] == pytest.approx(fisher_exact(table).pvalue, rel=1e-6)
    if 0 < a + c < n1 + n2:
        plain = chi2_contingency(table, correction=False).pvalue
        assert ours[PEARSON] == pytest.approx(plain, rel=1e-9)
    assert all(0 <= p <= 1 + 1e-12 for p in ours.values())


@given(counts)
def test_exact_and_wilson_limits_are_those_of_scipy(pair):
    events, n = pair
    ours = dict(proportion_intervals(events, n, Z))
    for name, method in (("Clopper-Pearson", "exact"), ("Wilson", "wilson")):
        theirs = binomtest(events, n).proportion_ci(0.95, method=method)
        assert ours[name] == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@given(counts)
def test_mid_p_limits_leave_half_of_five_percent_on_either_side(pair):
    events, n = pair
    low, high = dict(proportion_intervals(events, n, Z))["mid-p"]
    if events:
        assert binom.sf(events, n, low) + binom.pmf(events, n, low) / 2 == pytest.approx(0.025, rel=1e-6)
    if events < n:
        assert binom.cdf(events - 1, n, high) + binom.pmf(events, n, high) / 2 == pytest.approx(
            0.025, rel=1e-6
        )


@given(counts, counts, st.sampled_from(Contrast), st.sampled_from(["score", "likelihood"]))
def test_intervals_of_the_likelihood_hold_their_estimate(first, second, contrast, kind):
    (a, n1), (c, n2) = first, second
    found = restricted_interval(contrast, kind, TwoByTwo(a, n1, c, n2), Z)
    if found is None:
        assert a + c in (0, n1 + n2)
        return
    low, high = found
    assert low <= high
    if contrast is Contrast.RD:
        assert low - 1e-6 <= a / n1 - c / n2 <= high + 1e-6
    elif contrast is Contrast.RR and c:
        assert low - 1e-6 <= a / n1 / (c / n2) <= high * (1 + 1e-6) + 1e-6


@pytest.mark.parametrize("counts", [(5, 4, 1, 2), (-1, 4, 1, 2), (0, 0, 1, 2)])
def test_a_table_that_cannot_be_is_refused(counts):
    with pytest.raises(ValueError, match="are no counts"):
        TwoByTwo(*counts)


def test_nobody_with_an_event_has_no_ratio():
    found = by_method(Contrast.RR, TwoByTwo(0, 40, 0, 41))
    assert set(found) == {"Katz with a half in every cell"}
    assert all(math.isfinite(limit) for limit in found["Katz with a half in every cell"])
