"""What a comparison leaves to its fact, against counting one number after the other."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.core.exact import exact
from tissueclock.facts.vocabulary import definition_of
from tissueclock.protocol.lint.ranges import both, holdable, others, plausible, shown, values_of, without
from tissueclock.protocol.rule import Is, OneOf, Within

SCORES = range(43)  # NIHSS, a whole number
TENTHS = [Fraction(tenth, 10) for tenth in range(-10, 61)]  # slab coverage in cm, from 0


@st.composite
def comparisons(draw, fact="nihss", highest=42):
    low, high = sorted(draw(st.integers(0, highest)) for _ in range(2))
    kept = draw(st.sampled_from(("low", "high", "both")))
    return Within(
        fact=fact,
        low=None if kept == "high" else low,
        high=None if kept == "low" else high,
        includes_low=draw(st.booleans()),
        includes_high=draw(st.booleans()),
    )


def holds(leaf, number):
    """Compare a number with the limits, one by one."""
    above = leaf.low is None or (number >= leaf.low if leaf.includes_low else number > leaf.low)
    return above and (
        leaf.high is None or (number <= leaf.high if leaf.includes_high else number < leaf.high)
    )


def lies_in(values, number):
    return any(
        (item.low is None or (exact(number), 0) > (item.low.number, item.low.side))
        and (item.high is None or (exact(number), 0) < (item.high.number, item.high.side))
        for item in values
    )


@given(comparisons())
def test_the_values_of_a_comparison_are_those_with_which_it_holds(leaf):
    for number in SCORES:
        assert lies_in(values_of(leaf), number) == holds(leaf, number)
        assert lies_in(others(leaf), number) == (not holds(leaf, number))


@given(comparisons(), comparisons())
def test_whole_numbers_can_satisfy_what_counting_finds(first, second):
    together = both(values_of(first), values_of(second))
    only_first = without(values_of(first), values_of(second))
    assert holdable("nihss", together) == any(holds(first, n) and holds(second, n) for n in SCORES)
    assert holdable("nihss", only_first) == any(holds(first, n) and not holds(second, n) for n in SCORES)


@given(comparisons("slab_coverage_cm", 6))
def test_between_two_whole_numbers_lie_others_where_the_fact_is_no_whole_number(leaf):
    for number in TENTHS:
        expected = holds(leaf, number) and 0 <= number <= 40
        assert lies_in(values_of(leaf), number) == expected


def test_words_and_answers_are_sets():
    ct = OneOf(fact="perfusion_modality", words=frozenset({"CT"}))
    assert (values_of(ct), others(ct)) == (frozenset({"CT"}), frozenset({"MR"}))
    assert others(Is(fact="coma", answer=True)) == frozenset({False})
    assert not holdable("coma", both(frozenset({True}), frozenset({False})))
    assert values_of(OneOf(fact="occlusion_site", words=frozenset({"M1"}))) is None


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (Within(fact="nihss", low=5, high=9, includes_high=False), "0 <= .. < 5 or 9 <= .. <= 42"),
        (Within(fact="mismatch_ratio", low=2), "0 <= .. < 2"),
        (Within(fact="mismatch_ratio", high=2), "2 < .."),
        (Is(fact="coma", answer=True), "False"),
    ],
)
def test_what_is_left_is_shown_as_people_write_it(rule, text):
    assert shown(others(rule)) == text


def test_everything_plausible_can_be_had():
    assert all(holdable(name, plausible(definition_of(name))) for name in ("age", "core_ml", "coma"))
