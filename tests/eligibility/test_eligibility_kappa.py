"""Cohen's kappa and its standard error: against R, against printed values, and against the definition."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.eligibility.cohort.kappa import cohen_kappa

# R 4.2.2, irr 0.84.1 (kappa) and vcd 1.4.11 (standard error, interval).
IN_R = {
    "seven grades": (
        [
            [12, 3, 1, 0, 0, 0, 0],
            [4, 18, 5, 1, 0, 0, 0],
            [1, 6, 22, 6, 1, 0, 0],
            [0, 1, 5, 25, 7, 1, 0],
            [0, 0, 1, 6, 20, 3, 0],
            [0, 0, 0, 1, 4, 14, 0],
            [0, 0, 0, 0, 0, 0, 33],
        ],
        (0.665088134701394, 0.0376547131046835, 0.591286253168026, 0.738890016234762),
    ),
    "four bands": (
        [[10, 4, 2, 0], [3, 15, 5, 1], [1, 6, 20, 4], [0, 1, 5, 23]],
        (0.564507348938487, 0.063572595702473, 0.439907350957914, 0.68910734691906),
    ),
    "two": ([[20, 5], [10, 15]], (0.4, 0.1269960629311, 0.151092290476661, 0.648907709523339)),
    # The manual of statpsych, ci.kappa(.05, 31, 12, 4, 58), prints these digits.
    "statpsych": ([[31, 12], [4, 58]], (0.6756757, 0.07344761, 0.5317210, 0.8196303)),
}
COUNTS = st.integers(2, 4).flatmap(
    lambda size: st.lists(
        st.lists(st.integers(0, 30), min_size=size, max_size=size), min_size=size, max_size=size
    )
)


@pytest.mark.parametrize(("counts", "printed"), IN_R.values(), ids=IN_R)
def test_printed_values(counts, printed):
    found = cohen_kappa(counts)
    shown = (found.kappa, found.standard_error, *found.interval)
    assert shown == pytest.approx(printed, abs=5e-8 if printed[0] == 0.6756757 else 1e-13)


def by_definition(counts):
    """Return kappa from the two lists of ratings that the counts stand for, and its jackknife-free variance.

    The variance is the delta method's: kappa's slope in every share, numerically from exact fractions.
    """
    size = len(counts)
    pairs = [(i, j) for i in range(size) for j in range(size) for _ in range(counts[i][j])]
    n = len(pairs)
    shares = {(i, j): Fraction(counts[i][j], n) for i in range(size) for j in range(size)}
    slopes = {cell: slope(shares, cell) for cell in shares}
    mean = sum(shares[cell] * slopes[cell] for cell in shares)
    return kappa_of(shares), sum(shares[cell] * slopes[cell] ** 2 for cell in shares) - mean**2, n


def kappa_of(shares):
    size = max(i for i, _ in shares) + 1
    rows = [sum(shares[i, j] for j in range(size)) for i in range(size)]
    columns = [sum(shares[i, j] for i in range(size)) for j in range(size)]
    expected = sum(row * column for row, column in zip(rows, columns, strict=True))
    return (sum(shares[i, i] for i in range(size)) - expected) / (1 - expected)


def slope(shares, cell):
    step = Fraction(1, 10**9)
    up, down = ({**shares, cell: shares[cell] + sign * step} for sign in (1, -1))
    return (kappa_of(up) - kappa_of(down)) / (2 * step)


@given(counts=COUNTS)
def test_kappa_and_its_error_are_those_of_the_definition(counts):
    found = cohen_kappa(counts)
    if found.interval is None:
        return
    kappa, variance, n = by_definition(counts)
    assert found.n == n
    assert found.kappa == pytest.approx(float(kappa), abs=1e-12)
    assert found.standard_error == pytest.approx(math.sqrt(variance / n), abs=1e-7)
    assert -1 <= found.interval[0] <= found.kappa <= found.interval[1] <= 1


@given(counts=COUNTS)
def test_swapping_the_raters_or_renaming_the_answers_changes_nothing(counts):
    turned = [list(column) for column in zip(*counts, strict=True)]
    renamed = [row[::-1] for row in counts[::-1]]
    assert cohen_kappa(turned) == cohen_kappa(renamed) == cohen_kappa(counts)


def test_an_interval_ends_where_kappa_does():
    assert cohen_kappa([[0, 1], [1, 1]]).interval[0] == -1.0
    assert cohen_kappa([[1, 0], [1, 1]]).interval[1] == 1.0


def test_perfect_agreement_is_one_without_error():
    found = cohen_kappa([[3, 0], [0, 4]])
    assert (found.kappa, found.standard_error, found.interval) == (1.0, 0.0, (1.0, 1.0))


@pytest.mark.parametrize(
    ("counts", "kappa", "reason"),
    [
        ([[0, 0], [0, 0]], None, "no case"),
        ([[5, 0], [0, 0]], None, "both give every case one and the same answer"),
        ([[3, 2], [0, 0]], 0.0, "one gives every case the same answer"),
        ([[0, 3], [0, 2]], 0.0, "one gives every case the same answer"),
        ([[0, 3], [0, 0]], 0.0, "one gives every case the same answer"),
    ],
)
def test_what_has_no_kappa_or_no_error_says_why(counts, kappa, reason):
    found = cohen_kappa(counts)
    assert (found.kappa, found.standard_error, found.interval, found.reason) == (kappa, None, None, reason)
    assert found.to_json()["reason"] == reason
    assert found.to_json()["kappa"] == kappa


def test_a_table_that_is_not_square_is_refused():
    with pytest.raises(ValueError, match="square"):
        cohen_kappa([[1, 2]])
