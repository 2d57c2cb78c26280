"""Raters who choose categories: weights, rivals of kappa, many raters, gaps; by print and by hand."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.inter_rater import fleiss_kappa as fleiss_of_statsmodels

from tissueclock.eligibility.cohort.kappa import AgreementTable, Weights, cohen_kappa
from tissueclock.evidence.agreement.many_raters import (
    Scale,
    fleiss_kappa,
    krippendorff_alpha,
)
from tissueclock.evidence.agreement.two_raters import tabulate, two_raters

COUNTS = st.integers(2, 4).flatmap(
    lambda size: st.lists(
        st.lists(st.integers(0, 30), min_size=size, max_size=size), min_size=size, max_size=size
    )
)
WEIGHTED = st.sampled_from([Weights.LINEAR, Weights.QUADRATIC])

# 30 patients, 6 psychiatrists, 5 diagnoses: table 1 of Fleiss, Psychol Bull 1971;76:378.
DIAGNOSES = (
    "00060", "03003", "01401", "00006", "03030", "20400", "00402", "20310", "20040", "00006",
    "10050", "11040", "03300", "10050", "02031", "00501", "30012", "51000", "02040", "10203",
    "00006", "01050", "02013", "20040", "10041", "05010", "40002", "02040", "10500", "00006",
)  # fmt: skip
# 12 units, 4 coders, with gaps: Krippendorff, Computing Krippendorff's alpha-reliability, 2011.
CODERS = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")


def rated(rows: tuple[str, ...]) -> list[list[str]]:
    return [
        [name for name, times in zip("abcde", row, strict=True) for _ in range(int(times))] for row in rows
    ]


def coded() -> list[list[str | None]]:
    return [[None if mark == "." else mark for mark in unit] for unit in zip(*CODERS, strict=True)]


@given(counts=COUNTS, weights=WEIGHTED)
def test_weighted_kappa_and_its_error_as_statsmodels_has_them(counts, weights):
    found = cohen_kappa(counts, weights)
    if found.interval is None or found.standard_error == 0:
        return
    size = range(len(counts))
    distance = [[abs(i - j) ** (1 if weights is Weights.LINEAR else 2) for j in size] for i in size]
    theirs = cohens_kappa(np.array(counts), weights=np.array(distance, dtype=float))
    assert found.kappa == pytest.approx(theirs.kappa, abs=1e-9)
    assert found.standard_error**2 == pytest.approx(theirs.var_kappa, abs=1e-9)


@given(counts=COUNTS, weights=st.sampled_from(list(Weights)))
def test_the_test_of_no_agreement_as_statsmodels_has_it(counts, weights):
    if sum(map(sum, counts)) == 0:
        return
    found = two_raters([str(at) for at in range(len(counts))], counts, weights)
    if found.null_error is None:
        return
    size = range(len(counts))
    power = {Weights.NONE: 0, Weights.LINEAR: 1, Weights.QUADRATIC: 2}[weights]
    distance = [[abs(i - j) ** power if i != j else 0 for j in size] for i in size]
    theirs = cohens_kappa(np.array(counts), weights=np.array(distance, dtype=float))
    assert found.null_error**2 == pytest.approx(theirs.var_kappa0, abs=1e-9)
    assert found.p == pytest.approx(theirs.pvalue_two_sided, abs=1e-9)


@given(counts=COUNTS)
def test_with_two_categories_weights_change_nothing(counts):
    two = [row[:2] for row in counts[:2]]
    if sum(map(sum, two)):
        assert cohen_kappa(two, Weights.LINEAR) == cohen_kappa(two) == cohen_kappa(two, Weights.QUADRATIC)


def test_a_disagreement_counts_for_less_the_farther_it_is():
    assert [Weights.LINEAR.of(steps, 3) for steps in range(4)] == [1, Fraction(2, 3), Fraction(1, 3), 0]
    assert [Weights.QUADRATIC.of(steps, 3) for steps in range(4)] == [1, Fraction(8, 9), Fraction(5, 9), 0]
    assert [Weights.NONE.of(steps, 3) for steps in range(4)] == [1, 0, 0, 0]


def test_a_wider_level_widens_the_interval_and_nothing_else():
    wide, narrow = (cohen_kappa([[20, 5], [10, 15]], level=level) for level in (0.99, 0.9))
    assert wide.kappa == narrow.kappa
    assert wide.interval[0] < narrow.interval[0] < narrow.interval[1] < wide.interval[1]


def test_a_table_of_agreement_is_square_and_counts_someone():
    with pytest.raises(ValueError, match="needs a case"):
        AgreementTable.of([[0, 0], [0, 0]])
    with pytest.raises(ValueError, match="square"):
        AgreementTable.of([[1, 0]])
    with pytest.raises(ValueError, match="2 categories"):
        two_raters(["a", "b"], [[1]])


def test_rare_categories_hurt_kappa_and_not_its_rivals():
    found = two_raters(["no", "yes"], [[118, 5], [2, 0]])  # Feinstein and Cicchetti's first paradox in spirit
    assert found.kappa.kappa < 0
    assert found.ac1 > 0.9
    assert found.pabak == pytest.approx(2 * 118 / 125 - 1)


def test_what_is_undefined_is_none():
    found = two_raters(["a", "b"], [[7, 0], [0, 0]])
    assert (found.kappa.kappa, found.z, found.p, found.pi) == (None, None, None, None)
    assert found.ac1 == 1
    assert two_raters(["a"], [[7]]).ac1 is None
    constant = two_raters(["a", "b"], [[7, 3], [0, 0]])
    assert (constant.kappa.kappa, constant.p) == (0.0, None)
    assert constant.to_json()["reason"]


def test_pairs_are_counted_where_they_belong():
    assert tabulate([("a", "b"), ("a", "b"), ("b", "a")], ("a", "b", "c")) == (
        (0, 2, 0),
        (1, 0, 0),
        (0, 0, 0),
    )
    with pytest.raises(ValueError, match="'z' is no category"):
        tabulate([("a", "z")], ("a", "b"))


def test_fleiss_own_example_in_print():
    found = fleiss_kappa(rated(DIAGNOSES), "abcde")
    assert (found.n, found.raters) == (30, 6)
    assert found.kappa == pytest.approx(0.430, abs=5e-4)
    assert found.z == pytest.approx(17.65, abs=0.005)  # irr prints 17.7
    printed = [0.245, 0.245, 0.520, 0.471, 0.566]
    assert [one.kappa for one in found.categories] == pytest.approx(printed, abs=5e-4)
    assert found.interval[0] < found.kappa < found.interval[1]


ANSWERS = st.integers(2, 5).flatmap(
    lambda raters: st.lists(
        st.lists(st.sampled_from("abc"), min_size=raters, max_size=raters), min_size=2, max_size=15
    )
)


@given(answers=ANSWERS)
def test_fleiss_kappa_as_statsmodels_has_it(answers):
    found = fleiss_kappa(answers, "abc")
    if found.kappa is None:
        assert len({answer for row in answers for answer in row}) == 1
        return
    table = np.array([[row.count(name) for name in "abc"] for row in answers])
    assert found.kappa == pytest.approx(fleiss_of_statsmodels(table), abs=1e-9)
    assert -1 <= found.interval[0] <= found.interval[1] <= 1


@settings(max_examples=15)
@given(answers=ANSWERS)
def test_the_error_of_fleiss_kappa_is_near_that_of_a_jackknife(answers):
    answers = answers * 3  # many cases, so that both approximations are good
    found = fleiss_kappa(answers, "abc")
    if found.kappa is None or found.standard_error < 0.01:
        return
    left = [fleiss_kappa(answers[:at] + answers[at + 1 :], "abc").kappa for at in range(len(answers))]
    if None in left:
        return
    n = len(answers)
    spread = math.sqrt((n - 1) / n * sum((one - sum(left) / n) ** 2 for one in left))
    assert found.standard_error == pytest.approx(spread, rel=0.5)


def test_fleiss_needs_every_answer():
    with pytest.raises(ValueError, match="every case needs an answer"):
        fleiss_kappa([["a", "b"], ["a", "z"]], "ab")
    with pytest.raises(ValueError, match="two cases"):
        fleiss_kappa([["a", "b"]], "ab")
    one = fleiss_kappa([["a", "a"], ["a", "a"]], "ab")
    assert (one.kappa, one.reason) == (None, "all give every case one and the same answer")


@pytest.mark.parametrize(
    ("scale", "printed"),
    [(Scale.NOMINAL, 0.743), (Scale.ORDINAL, 0.815), (Scale.INTERVAL, 0.849), (Scale.RATIO, 0.797)],
)
def test_krippendorffs_own_example_in_print(scale, printed):
    found = krippendorff_alpha(coded(), "12345", scale)
    assert found.alpha == pytest.approx(printed, abs=5e-4)
    assert (found.n, found.answers) == (11, 40)
    assert found.interval[0] < found.alpha < found.interval[1]
    assert found == krippendorff_alpha(coded(), "12345", scale)


def slow_alpha(answers: list[list[str | None]], apart) -> float:
    """Alpha from the definition: all pairs within cases against all pairs of all answers."""
    cases = [[answer for answer in row if answer is not None] for row in answers]
    cases = [case for case in cases if len(case) > 1]
    everything = [answer for case in cases for answer in case]
    seen = sum(
        sum(apart(a, b) for a, b in itertools.permutations(case, 2)) / (len(case) - 1) for case in cases
    ) / len(everything)
    chance = sum(apart(a, b) for a, b in itertools.permutations(everything, 2))
    chance /= len(everything) * (len(everything) - 1)
    return 1 - seen / chance


@settings(max_examples=20)
@given(
    answers=st.lists(
        st.lists(st.sampled_from(["1", "2", "4", None]), min_size=3, max_size=3), min_size=2, max_size=8
    )
)
def test_alpha_is_that_of_its_definition(answers):
    for scale, apart in (
        (Scale.NOMINAL, lambda a, b: float(a != b)),
        (Scale.INTERVAL, lambda a, b: (float(a) - float(b)) ** 2),
        (Scale.RATIO, lambda a, b: ((float(a) - float(b)) / (float(a) + float(b))) ** 2),
    ):
        found = krippendorff_alpha(answers, ["1", "2", "4"], scale)
        if found.alpha is None:
            assert found.reason
        else:
            assert found.alpha == pytest.approx(slow_alpha(answers, apart), abs=1e-9)


def test_alpha_says_why_there_is_none():
    assert krippendorff_alpha([["a", None], [None, "b"]], "ab").reason == "no case has two answers"
    assert krippendorff_alpha([["a", "a"]], "ab").reason == "all answers are one and the same"
    with pytest.raises(ValueError, match="no category"):
        krippendorff_alpha([["a", "z"]], "ab")
    with pytest.raises(ValueError, match="below 0"):
        krippendorff_alpha([["-1", "2"]], ["-1", "2"], Scale.RATIO)
