"""Kleene's logic: the whole truth tables, and the laws over any number of truths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.core.truth import Truth, all_of, any_of, negate

YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN
truths = st.sampled_from(Truth)
many_truths = st.lists(truths, max_size=8)

AND_OR = [  # left, right, and, or
    (YES, YES, YES, YES),
    (YES, NO, NO, YES),
    (YES, UNKNOWN, UNKNOWN, YES),
    (NO, YES, NO, YES),
    (NO, NO, NO, NO),
    (NO, UNKNOWN, NO, UNKNOWN),
    (UNKNOWN, YES, UNKNOWN, YES),
    (UNKNOWN, NO, NO, UNKNOWN),
    (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
]


def test_the_table_is_complete():
    assert {(left, right) for left, right, _, _ in AND_OR} == {(a, b) for a in Truth for b in Truth}


@pytest.mark.parametrize(("left", "right", "both", "either"), AND_OR)
def test_and_or(left, right, both, either):
    assert all_of([left, right]) is both
    assert any_of([left, right]) is either


@pytest.mark.parametrize(("truth", "negated"), [(YES, NO), (NO, YES), (UNKNOWN, UNKNOWN)])
def test_not(truth, negated):
    assert negate(truth) is negated


def test_of_nothing():
    assert all_of([]) is YES
    assert any_of([]) is NO


@pytest.mark.parametrize(("value", "truth"), [(True, YES), (False, NO), (None, UNKNOWN)])
def test_a_bool_or_none_becomes_a_truth(value, truth):
    assert Truth.of(value) is truth


@pytest.mark.parametrize("truth", Truth)
def test_a_truth_is_no_bool(truth):
    with pytest.raises(TypeError, match=r"three values: compare it with Truth\.YES"):
        bool(truth)


@given(many_truths)
def test_many_are_judged_as_two_by_two(items):
    conjunction, disjunction = YES, NO
    for item in items:
        conjunction, disjunction = all_of([conjunction, item]), any_of([disjunction, item])
    assert all_of(items) is conjunction
    assert any_of(items) is disjunction


@given(many_truths)
def test_de_morgan(items):
    assert negate(all_of(items)) is any_of(negate(item) for item in items)


@given(st.permutations([YES, NO, UNKNOWN, UNKNOWN, YES]))
def test_order_does_not_matter(items):
    assert (all_of(items), any_of(items)) == (NO, YES)


@given(truths, truths, truths)
def test_and_distributes_over_or(a, b, c):
    assert all_of([a, any_of([b, c])]) is any_of([all_of([a, b]), all_of([a, c])])


@given(many_truths, st.lists(st.booleans(), min_size=8, max_size=8))
def test_an_answer_survives_whatever_the_unknown_turns_out_to_be(items, guesses):
    """A YES or NO given with gaps is the answer that every filling of the gaps gives."""
    filled = [
        Truth.of(guess) if item is UNKNOWN else item for item, guess in zip(items, guesses, strict=False)
    ]
    for judge in (all_of, any_of):
        answer = judge(items)
        assert answer in (UNKNOWN, judge(filled))


@pytest.mark.parametrize("stray", [None, True, "yes"])
def test_what_is_no_truth_is_never_yes(stray):
    """The type checker refuses these; should one slip through, it reads as unknown."""
    assert all_of([stray, YES]) is UNKNOWN
    assert any_of([stray, NO]) is UNKNOWN
