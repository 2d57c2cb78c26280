"""The values of published results: what cannot be is not constructed, and says what is wrong."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tissueclock.core.errors import InputError
from tissueclock.protocol.model import Confidence
from tissueclock.protocol.results.agreement import counts_by_scale, crude_effect
from tissueclock.protocol.results.mrs import SEVEN_LEVELS, MrsTable
from tissueclock.protocol.results.values import (
    ArmResult,
    Counts,
    Effect,
    Kind,
    Measure,
    Origin,
    PValue,
    least_certain,
)

ORIGIN = Origin(confidence=Confidence.FOUND, source="The paper")
GRADES = st.lists(st.integers(0, 500), min_size=7, max_size=7)


def scale(counts, **changes):
    counts = tuple(counts)
    given = {"n": sum(counts), "status": "As printed", "origin": ORIGIN, "counts": counts} | changes
    return MrsTable(**given)


# --- counts


@given(st.integers(-5, 400), st.integers(-5, 400))
def test_events_are_never_more_than_patients(events, n):
    if 0 <= events <= n and n >= 1:
        assert Counts(events, n).share == Fraction(events, n)
    else:
        with pytest.raises(InputError):
            Counts(events, n)


@given(st.integers(1, 600), st.data(), st.integers(0, 3))
def test_every_percentage_that_is_rounded_from_counts_fits_them(n, data, digits):
    events = data.draw(st.integers(0, n))
    printed = Decimal(round(Fraction(100 * events, n), digits).numerator) / Decimal(
        round(Fraction(100 * events, n), digits).denominator
    )
    percent = printed.quantize(Decimal(1).scaleb(-digits))
    assert Counts(events, n).fits_percent(percent)
    assert not Counts(events, n).fits_percent(percent + Decimal(2).scaleb(-digits))


@pytest.mark.parametrize(
    ("events", "n", "percent", "fits"),
    [
        (57, 158, "36.1", True),  # LASTE as printed
        (57, 159, "36.1", False),  # and with the patient too many
        (1, 80, "1.3", True),  # MR WITNESS: 1.25, rounded up
        (1, 80, "1.2", True),  # or down
        (1, 80, "1.9", False),  # what a public page prints
        (21, 66, "31.8", True),
        (21, 66, "31.9", False),  # Peng 2020: a slip
        (33, 93, "35", True),
        (33, 93, "36", False),
    ],
)
def test_a_percentage_fits_by_its_printed_digits(events, n, percent, fits):
    assert Counts(events, n).fits_percent(Decimal(percent)) is fits


# --- the scale


@given(GRADES)
def test_the_scale_answers_as_adding_up_by_hand_does(counts):
    assume(sum(counts))
    table = scale(counts)
    for grade in range(7):
        total = 0
        for level, count in enumerate(counts):
            total += count if level <= grade else 0
        assert table.up_to(grade) == Counts(total, sum(counts))
    assert table.deaths == Counts(counts[6], sum(counts))
    assert table.seven == tuple(counts)


@given(GRADES, st.integers(-3, 3))
def test_counts_that_do_not_add_up_are_refused(counts, excess):
    assume(sum(counts) + excess > 0 and sum(counts))
    if excess == 0:
        assert scale(counts).n == sum(counts)
    else:
        with pytest.raises(InputError, match="the counts add up to"):
            scale(counts, n=sum(counts) + excess)


@given(GRADES, st.integers(0, 5))
def test_merging_two_neighbours_hides_what_lies_between_them_and_nothing_else(counts, lower):
    assume(sum(counts))
    merged = [*counts[:lower], counts[lower] + counts[lower + 1], *counts[lower + 2 :]]
    levels = [*SEVEN_LEVELS[:lower], f"{lower}-{lower + 1}", *SEVEN_LEVELS[lower + 2 :]]
    whole, table = scale(counts), scale(merged, levels=tuple(levels))
    for grade in range(7):
        assert table.up_to(grade) == (None if grade == lower else whole.up_to(grade))
    assert table.deaths == (None if lower == 5 else whole.deaths)
    assert table.seven is None


def test_a_scale_without_counts_answers_nothing():
    table = scale([], n=164, percents=(15, 21, 18, 16, 13, 7, 10))
    assert (table.up_to(2), table.deaths, table.seven) == (None, None, None)
    assert counts_by_scale(table, Kind.MRS_0_2) is None
    assert counts_by_scale(None, Kind.DEATH) is None


def test_only_parts_of_the_scale_are_read_off_it():
    table = scale([9, 15, 17, 14, 17, 7, 13])
    read = {kind: counts_by_scale(table, kind) for kind in Kind}
    assert {kind.value: str(counts) for kind, counts in read.items() if counts} == {
        "mrs-0-1": "24 of 92",
        "mrs-0-2": "41 of 92",
        "mrs-0-3": "55 of 92",
        "death-90d": "13 of 92",
    }


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n": 0}, "a scale of 0 patients"),
        ({"counts": (1, 2, 3), "n": 6}, "'counts' has 3 numbers for 7 levels"),
        ({"counts": (-1, 3, 1, 1, 1, 1, 1)}, "a negative count"),
        ({"percents": (20, 20, 20, 20, 20, 5, 6), "counts": ()}, "the percentages add up to 111"),
        ({"percents": (14, 14, 14, 14, 15, 15, 15)}, "15 % with 4 is not 1 of 7"),
        ({"percents": (-10, 110, 0, 0, 0, 0, 0), "counts": ()}, "-10 percent"),
        ({"levels": ("0-1", "2", "3", "4", "5", "7")}, "the level '7'"),
        ({"levels": ("0-1-2", "3", "4", "5", "6")}, "the level '0-1-2'"),
        ({"levels": ("1", "0", "2", "3", "4", "5", "6")}, "not the grades 0 to 6, each once"),
        ({"levels": ("0-1", "1", "2", "3", "4", "5", "6")}, "not the grades 0 to 6, each once"),
        ({"counts": (), "doubt": "One too many."}, "a doubt about counts that are not given"),
    ],
)
def test_a_scale_that_cannot_be_is_refused(changes, message):
    counts = changes.pop("counts", (1, 1, 1, 1, 1, 1, 1))
    with pytest.raises(InputError, match=message) as caught:
        scale(counts, **({"n": 7} | changes))
    assert caught.value.remedy


def test_percentages_may_be_off_a_hundred_by_their_rounding():
    assert scale([], n=147, percents=(7, 10, 12, 15, 24, 12, 19)).percents[6] == 19  # 99 in all: ESCAPE


# --- effects and p-values


@given(*(st.decimals(-50, 50, places=2) for _ in range(3)))
def test_an_estimate_lies_in_an_interval_that_is_the_right_way_round(low, estimate, high):
    limits = {"measure": Measure.RD, "estimate": estimate, "interval": (low, high)}
    if low <= estimate <= high:
        assert Effect(**limits).interval == (low, high)
    else:
        with pytest.raises(InputError, match=r"upside down|outside its interval"):
            Effect(**limits)


@pytest.mark.parametrize(
    ("effect", "message"),
    [
        ({"measure": Measure.OR}, "a measure without an estimate"),
        ({"measure": Measure.OR, "estimate": 0}, "OR below or at 0"),
        ({"measure": Measure.RR, "estimate": 1, "interval": (Decimal("-0.1"), 2)}, "RR below or at 0"),
        ({"measure": Measure.OR, "estimate": 2, "credible": True}, "a credible interval that is not given"),
        ({"measure": Measure.RR, "estimate": Decimal("1e99"), "interval": (1, 2)}, "a number that nobody"),
        ({"measure": Measure.RR, "estimate": Decimal("NaN")}, "a number that nobody prints"),
    ],
)
def test_an_effect_that_cannot_be_is_refused(effect, message):
    with pytest.raises(InputError, match=message):
        Effect(**effect)


def test_a_lower_limit_that_is_printed_as_zero_is_kept():
    printed = Effect(measure=Measure.OR, estimate=Decimal("0.2"), interval=(Decimal("0.0"), Decimal("1.6")))
    assert str(printed.interval[0]) == "0.0"


@pytest.mark.parametrize(
    ("measure", "adjusted", "name"),
    [
        (Measure.OR, True, "aOR"),
        (Measure.COMMON_OR, True, "acOR"),
        (Measure.GENERALISED_OR, None, "gOR"),
        (Measure.RR, False, "RR"),
        (Measure.MEAN_DIFFERENCE, True, "adjusted mean difference"),
        (Measure.RATIO_OF_GEOMETRIC_MEANS, None, "ratio of geometric means"),
    ],
)
def test_a_measure_is_named_as_the_field_does(measure, adjusted, name):
    assert Effect(measure=measure, estimate=1, adjusted=adjusted).name == name


@pytest.mark.parametrize("value", [Decimal("-0.01"), Decimal("1.01"), Decimal("NaN"), 2])
def test_a_p_value_is_from_0_to_1(value):
    with pytest.raises(InputError):
        PValue("=", value)
    with pytest.raises(InputError, match="has the sign"):
        PValue("~", Decimal("0.5"))
    assert str(PValue("<", Decimal("0.001"))) == "< 0.001"


@pytest.mark.parametrize("result", [{}, {"percent": 101}, {"percent": -1}, {"value": Decimal("Infinity")}])
def test_an_arm_shows_something_that_can_be(result):
    with pytest.raises(InputError):
        ArmResult(**result)


@given(st.integers(1, 300), st.integers(1, 300), st.data())
def test_crude_effects_agree_with_floating_point(n, m, data):
    a, b = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
    treatment, control = Counts(a, n), Counts(b, m)
    assert float(crude_effect(Measure.RD, treatment, control)) == pytest.approx(100 * (a / n - b / m))
    if b:
        assert float(crude_effect(Measure.RR, treatment, control)) == pytest.approx((a / n) / (b / m))
    if b and a < n:
        odds = (a / (n - a)) * ((m - b) / b)
        assert float(crude_effect(Measure.OR, treatment, control)) == pytest.approx(odds)
    assert (crude_effect(Measure.RR, treatment, control) is None) == (b == 0)
    assert crude_effect(Measure.HR, treatment, control) is None


# --- how surely


def test_a_part_can_only_be_less_certain_than_the_rest():
    origin = Origin(confidence=Confidence.FOUND, source="The paper", less_certain={"ci": Confidence.RECALLED})
    assert (origin.of("ci"), origin.of("estimate")) == (Confidence.RECALLED, Confidence.FOUND)
    for part in (Confidence.FOUND, Confidence.RECALLED):
        with pytest.raises(InputError, match="no less certain than the rest"):
            Origin(confidence=Confidence.RECALLED, source="Memory", less_certain={"ci": part})


@given(st.lists(st.sampled_from(Confidence), min_size=1))
def test_the_least_certain_decides_in_whatever_order(several):
    worst = next(item for item in reversed(Confidence) if item in several)
    assert least_certain(*several) is worst
