"""Two groups: the laws that hold for every table, zero cells, the NNT, and what is refused."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from two_groups_lab import tables

from tissueclock.core.errors import InputError, InternalError, UsageError
from tissueclock.evidence.two_groups.effect import effect, every_effect, study_effect
from tissueclock.evidence.two_groups.measure import Measure
from tissueclock.evidence.two_groups.methods import base
from tissueclock.evidence.two_groups.methods.base import DEFAULT, FAMILIES, Family, method, methods_of
from tissueclock.evidence.two_groups.nnt import number_needed
from tissueclock.evidence.two_groups.paired import (
    Pairs,
    mcnemar,
    mcnemar_exact,
    paired_difference,
    paired_odds_ratio,
)
from tissueclock.evidence.two_groups.proportion import ALIASES, RULES, proportion
from tissueclock.evidence.two_groups.score_strata import score_over_strata
from tissueclock.evidence.two_groups.significance import all_tests, boschloo, pearson, yates
from tissueclock.evidence.two_groups.strata import Strata, breslow_day, homogeneity, mantel_haenszel
from tissueclock.evidence.two_groups.stratified import every_stratified, stratified_effect
from tissueclock.evidence.two_groups.table import TwoByTwo, ZeroCells
from tissueclock.protocol.results.registry import results
from tissueclock.protocol.results.values import Kind, Role

LIMIT = TwoByTwo(events_1=31, n_1=100, events_2=13, n_2=102)
SICH = TwoByTwo(events_1=9, n_1=100, events_2=5, n_2=102)
NO_EVENTS = TwoByTwo(events_1=0, n_1=40, events_2=0, n_2=41)
NONE_TREATED = TwoByTwo(events_1=0, n_1=40, events_2=3, n_2=41)
ALL_TREATED = TwoByTwo(events_1=10, n_1=10, events_2=6, n_2=10)
SYMMETRIC = ("katz", "mn", "koopman", "inverse-sinh", "woolf", "haldane", "exact", "midp", "cornfield")
"""Methods of ratios that do not care which group or which outcome is called the first."""


def swapped(table: TwoByTwo) -> TwoByTwo:
    return TwoByTwo(events_1=table.events_2, n_1=table.n_2, events_2=table.events_1, n_2=table.n_1)


def inverted(table: TwoByTwo) -> TwoByTwo:
    return TwoByTwo(
        events_1=table.n_1 - table.events_1,
        n_1=table.n_1,
        events_2=table.n_2 - table.events_2,
        n_2=table.n_2,
    )


def test_rescue_japan_limit_as_published() -> None:
    found = study_effect(LIMIT, Measure.RR).to_json()
    assert [round(found[key], 2) for key in ("estimate", "ci_low", "ci_high")] == [2.43, 1.35, 4.37]
    assert (round(found["p"], 4), found["p_method"]) == (0.0017, "Pearson chi-square, uncorrected")
    assert found["nnt"] == pytest.approx(5.478, abs=5e-4)


@settings(max_examples=40)
@given(tables())
def test_no_method_of_any_table_gives_what_is_no_number(table: TwoByTwo) -> None:
    for found in every_effect(table):
        text = json.dumps(found.to_json(), allow_nan=False)
        assert "NaN" not in text
        assert found.ci_low <= found.ci_high
        if found.estimate is not None:
            assert not math.isnan(found.estimate)
        else:
            assert found.measure is not Measure.RD


PUBLISHED = {
    "defuse-3": ("mrs-0-2", Measure.RR, (2.67, 1.60, 4.48)),
    "swift-prime": ("mrs-0-2", Measure.RR, (1.70, 1.23, 2.33)),
    "thrace": ("mrs-0-2", Measure.OR, (1.55, 1.05, 2.30)),
    "escape": ("mrs-0-2", Measure.RR, (1.81, 1.36, 2.42)),
    "wake-up": ("mrs-0-1", Measure.OR, (1.59, 1.11, 2.27)),
    "extend": ("mrs-0-1", Measure.RR, (1.20, 0.82, 1.76)),
    "rescue-japan-limit": ("mrs-0-3", Measure.RR, (2.43, 1.35, 4.37)),
}


@pytest.mark.parametrize("trial", PUBLISHED)
def test_the_counts_of_published_trials_give_their_numbers(trial: str) -> None:
    kind, measure, numbers = PUBLISHED[trial]
    (counts,) = [c for c in results(trial).outcomes_of(Kind(kind)) if c.counts(Role.TREATMENT)]
    one, other = counts.counts(Role.TREATMENT), counts.counts(Role.CONTROL)
    table = TwoByTwo(events_1=one.events, n_1=one.n, events_2=other.events, n_2=other.n)
    found = effect(table, measure)
    assert tuple(round(x, 2) for x in (found.estimate, found.ci_low, found.ci_high)) == numbers


@given(tables())
def test_intervals_widen_with_the_level(table: TwoByTwo) -> None:
    for measure in Measure:
        for name in ("mn", DEFAULT[measure]):
            narrow, wide = (effect(table, measure, name, level=level) for level in (0.8, 0.99))
            assert wide.ci_low <= narrow.ci_low + 1e-12
            assert wide.ci_high >= narrow.ci_high - 1e-12


@settings(max_examples=40)
@given(tables())
def test_groups_that_change_places_turn_the_ratio_around(table: TwoByTwo) -> None:
    for measure in (Measure.RR, Measure.OR):
        for name in SYMMETRIC:
            if name not in methods_of(measure):
                continue
            one, other = effect(table, measure, name), effect(swapped(table), measure, name)
            turned = tuple(math.inf if end == 0 else 1 / end for end in (other.ci_high, other.ci_low))
            assert (one.ci_low, one.ci_high) == pytest.approx(turned, rel=1e-6)


@given(tables())
def test_outcomes_that_change_places_turn_the_odds_ratio_and_the_difference(table: TwoByTwo) -> None:
    for name in ("mn", "woolf", "exact"):
        one, other = effect(table, Measure.OR, name), effect(inverted(table), Measure.OR, name)
        turned = tuple(math.inf if end == 0 else 1 / end for end in (other.ci_high, other.ci_low))
        assert (one.ci_low, one.ci_high) == pytest.approx(turned, rel=1e-6)
    for name in ("mn", "newcombe", "wald", "agresti-caffo"):
        one, other = effect(table, Measure.RD, name), effect(inverted(table), Measure.RD, name)
        assert (one.ci_low, one.ci_high) == pytest.approx((-other.ci_high, -other.ci_low), abs=1e-9)


@given(tables())
def test_the_score_interval_holds_no_effect_when_its_test_does_not_reject_it(table: TwoByTwo) -> None:
    p = next(test for test in all_tests(table, unconditional=False) if test.name == "n-1").p
    for measure in Measure:
        found = effect(table, measure, "mn")
        if p is not None and abs(p - 0.05) > 1e-6:
            assert (found.ci_low <= measure.null <= found.ci_high) == (p > 0.05)


@settings(max_examples=15)
@given(tables(15))
def test_every_p_is_a_chance(table: TwoByTwo) -> None:
    for test in all_tests(table, unconditional=True):
        assert (test.p is None) == bool(test.reason)
        assert test.p is None or 0 <= test.p <= 1


def test_a_zero_cell_is_corrected_where_it_must_be_and_said_so() -> None:
    found = effect(NONE_TREATED, Measure.RR)
    assert found.estimate == pytest.approx((0.5 / 41) / (3.5 / 42))
    assert found.notes == ("0.5 was added to each of the four cells.",)
    assert effect(NO_EVENTS, Measure.OR).estimate == pytest.approx(0.5 * 41.5 / (0.5 * 40.5))
    assert effect(LIMIT, Measure.RR).added == 0


def test_a_zero_cell_that_does_no_harm_is_left_alone_unless_asked() -> None:
    plain = effect(ALL_TREATED, Measure.RR)
    assert (plain.estimate, plain.added) == (pytest.approx(10 / 6), 0.0)
    escalc = effect(ALL_TREATED, Measure.RR, zero_cells=ZeroCells.ESCALC)
    assert escalc.estimate == pytest.approx((10.5 / 11) / (6.5 / 11))
    difference = effect(ALL_TREATED, Measure.RD, zero_cells=ZeroCells.ESCALC)
    assert difference.estimate == pytest.approx(10.5 / 11 - 6.5 / 11)
    assert effect(LIMIT, Measure.RR, zero_cells=ZeroCells.ESCALC).added == 0
    assert effect(LIMIT, Measure.OR, zero_cells=ZeroCells.ALWAYS) == pytest.approx(
        effect(LIMIT, Measure.OR, zero_cells=ZeroCells.ALWAYS)
    )
    assert effect(LIMIT, Measure.OR, zero_cells=ZeroCells.ALWAYS).estimate == pytest.approx(
        effect(LIMIT, Measure.OR, "haldane").estimate
    )


def test_a_zero_cell_may_be_refused() -> None:
    with pytest.raises(
        InputError, match=r"0/40 v 3/41: the method katz has no interval .* Use the method mn"
    ):
        effect(NONE_TREATED, Measure.RR, zero_cells=ZeroCells.NEVER)
    assert effect(NONE_TREATED, Measure.RR, "mn", zero_cells=ZeroCells.NEVER).ci_low == 0


def test_open_ends_are_infinite_and_null_in_json() -> None:
    found = effect(swapped(NONE_TREATED), Measure.OR, "mn")
    assert (found.estimate, found.ci_high) == (math.inf, math.inf)
    document = found.to_json()
    assert (document["estimate"], document["ci_high"]) == (None, None)
    assert document["infinite"] == ["estimate", "ci_high"]
    assert effect(NO_EVENTS, Measure.RR, "mn").to_json()["infinite"] == ["ci_high"]


def test_a_wald_difference_without_width_says_so() -> None:
    (note,) = effect(NO_EVENTS, Measure.RD).notes
    assert "no width: use newcombe or mn" in note


def test_lauds_correction_gives_way_where_it_fails() -> None:
    table = TwoByTwo(events_1=2, n_1=2, events_2=92, n_2=100)
    found = effect(table, Measure.OR, "laud")
    assert (found.ci_low, found.ci_high) == (effect(table, Measure.OR, "mn").ci_low, math.inf)
    assert "too skewed" in found.notes[0]


def test_where_everybody_has_the_same_outcome_there_is_no_p() -> None:
    for table in (NO_EVENTS, inverted(NO_EVENTS)):
        assert (pearson(table).p, yates(table).p) == (None, None)
    document = study_effect(NO_EVENTS, Measure.RR).to_json()
    assert document["p"] is None
    assert document["p_method"].endswith("none, everybody has the same outcome")


def test_the_number_needed_to_treat_runs_through_infinity() -> None:
    found = study_effect(SICH, Measure.RD)
    document = found.to_json()
    assert document["nnt"] is None
    assert document["nnt_point"] == pytest.approx(24.40, abs=5e-3)
    assert document["nnt_ci"] == pytest.approx([9.0096, -34.4442], abs=5e-4)
    assert document["nnt_text"] == "NNTB 24.4 (NNTB 9.0 to infinity to NNTH 34.4)"


def test_an_event_that_is_bad_turns_benefit_into_harm() -> None:
    good = study_effect(LIMIT, Measure.RR).needed
    bad = study_effect(LIMIT, Measure.RR, event_is_good=False).needed
    assert (good.words(), bad.words()) == ("NNTB 5.5 (3.4 to 14.1)", "NNTH 5.5 (3.4 to 14.1)")
    assert bad.point == -good.point
    assert bad.limits == pytest.approx([-14.0507, -3.4022], abs=5e-4)


@pytest.mark.parametrize(
    ("difference", "interval", "words"),
    [
        (0.0, (0.0, 0.0), "infinite (no interval)"),
        (0.0, (-0.1, 0.2), "infinite (NNTB 5.0 to infinity to NNTH 10.0)"),
        (0.25, (0.0, 0.5), "NNTB 4.0 (NNTB 2.0 to infinity)"),
        (-0.25, (-0.5, 0.0), "NNTH 4.0 (infinity to NNTH 2.0)"),
        (-0.25, (-0.5, -0.1), "NNTH 4.0 (2.0 to 10.0)"),
    ],
)
def test_the_number_needed_in_words(difference, interval, words) -> None:
    found = number_needed(difference, interval, method="wald", event_is_good=True)
    assert found.words() == words


@given(st.floats(-1, 1), st.floats(-1, 1), st.booleans())
def test_the_number_needed_crosses_when_the_difference_does(one: float, other: float, good: bool) -> None:
    low, high = min(one, other), max(one, other)
    found = number_needed((low + high) / 2, (low, high), method="wald", event_is_good=good)
    assert found.crosses == (low <= 0 <= high)
    assert (found.to_json()["nnt"] is None) == (found.crosses or found.point is None)


BAD_COUNTS = {
    "more events than patients": ((41, 40, 3, 41), "group 1: 41 events among 40 patients"),
    "an empty group": ((0, 0, 3, 41), "group 1: it has 0 patients"),
    "a group larger than any": ((0, 10**9, 3, 41), "it has 1000000000 patients. A group has 1 to 1000000"),
    "a negative count": ((3, 40, -1, 41), "group 2: it has -1 events"),
    "half a patient": ((3, 40, 2.5, 41), r"group 2: a count is 2\.5"),
    "a yes": ((True, 40, 2, 41), "group 1: a count is True"),
}


@pytest.mark.parametrize(("counts", "message"), BAD_COUNTS.values(), ids=BAD_COUNTS)
def test_counts_that_do_not_add_up_are_refused(counts, message) -> None:
    with pytest.raises(InputError, match=message):
        TwoByTwo(**dict(zip(TwoByTwo.__slots__, counts, strict=True)))


def test_an_unknown_method_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"no method 'exact' of the risk ratio \(RR\)\. Known: .*katz.*mn"):
        effect(LIMIT, Measure.RR, "exact")
    with pytest.raises(UsageError, match="no method 'katz' of one proportion"):
        proportion(3, 40, "katz")
    with pytest.raises(UsageError, match="a level of 95"):
        effect(LIMIT, Measure.RR, level=95)


@pytest.mark.parametrize("measure", Measure)
def test_every_alias_leads_to_its_method(measure: Measure) -> None:
    for name, found in methods_of(measure).items():
        assert {method(measure, alias).name for alias in (name, *found.aliases)} == {name}
        assert found.title
        assert found.source
    assert method(measure, None).name == DEFAULT[measure]
    assert {ALIASES.get(name, name) for name in ("clopper-pearson", "lik", "waldcc")} <= set(RULES)


def test_a_name_that_two_families_give_is_a_bug(monkeypatch) -> None:
    katz = methods_of(Measure.RR)["katz"]
    twice = {"one": Family("one", (katz,)), "two": Family("two", (katz,))}
    monkeypatch.setattr(type(FAMILIES), "entries", lambda self: twice)
    with pytest.raises(InternalError, match="two methods of RR are called 'katz'"):
        base.methods_of.__wrapped__(Measure.RR)


def test_unconditional_tests_of_large_groups_are_refused() -> None:
    large = TwoByTwo(events_1=812, n_1=4000, events_2=920, n_2=4010)
    with pytest.raises(UsageError, match="too many for an unconditional test"):
        boschloo(large)


def test_strata_without_a_telling_table_have_no_interval_and_say_so() -> None:
    strata = Strata(("a", "b"), (NO_EVENTS, NO_EVENTS))
    found = mantel_haenszel(strata, Measure.OR)
    assert (found.estimate, found.ci_low, found.ci_high) == (None, 0.0, math.inf)
    assert "use exact" in found.notes[0]
    assert score_over_strata(strata, Measure.OR).estimate is None
    whole = stratified_effect(strata, Measure.OR)
    assert whole.to_json()["p"] is None
    assert whole.to_json()["p_method"].endswith("everybody has the same outcome")
    assert breslow_day(strata).reason == "fewer than two strata have both outcomes"
    one_way = Strata(("a", "b"), (NONE_TREATED, NONE_TREATED))
    assert mantel_haenszel(one_way, Measure.RR).estimate == 0
    assert breslow_day(one_way).reason == "the common odds ratio is 0 or infinite"
    assert score_over_strata(one_way, Measure.RR).ci_low == 0


def test_one_stratum_cannot_differ_from_itself() -> None:
    (test,) = homogeneity(Strata(("a",), (LIMIT,)), Measure.RR)
    assert (test.p, test.reason) == (None, "there is one stratum")
    (test,) = homogeneity(Strata(("a", "b"), (LIMIT, NO_EVENTS)), Measure.RD)
    assert test.reason == "a stratum has no standard error"
    everybody = Strata(("a",), (inverted(NO_EVENTS),))
    assert "no width" in mantel_haenszel(everybody, Measure.RR).notes[0]


def test_strata_are_refused_where_they_are_none() -> None:
    with pytest.raises(InputError, match="there is no stratum"):
        Strata((), ())
    with pytest.raises(InputError, match="'a' is given twice"):
        Strata(("a", "a"), (LIMIT, SICH))
    with pytest.raises(InputError, match="1 names for 2 strata"):
        Strata(("a",), (LIMIT, SICH))
    with pytest.raises(UsageError, match=r"no method 'exact' of the risk ratio over strata\. Known: mantel"):
        stratified_effect(Strata(("a",), (LIMIT,)), Measure.RR, "exact")


def test_strata_too_large_for_an_exact_analysis_say_so() -> None:
    large = TwoByTwo(events_1=9000, n_1=20_000, events_2=8000, n_2=20_000)
    strata = Strata(("a", "b"), (large, large))
    found = stratified_effect(strata, Measure.OR)
    assert [test.reason for test in found.tests] == ["", "", "the strata are too large"]
    assert {item.method for item in every_stratified(strata)} == {"mantel-haenszel", "mn"}
    with pytest.raises(UsageError, match="too large for an exact analysis"):
        stratified_effect(strata, Measure.OR, "exact")


def test_pairs_that_do_not_differ_say_nothing() -> None:
    alike = Pairs(both=5, first=0, second=0, neither=7)
    assert (mcnemar(alike).p, mcnemar_exact(alike).reason) == (None, "no pair differs")
    found = paired_odds_ratio(alike)
    assert (found.estimate, found.ci_low, found.ci_high) == (None, 0.0, math.inf)
    assert paired_odds_ratio(Pairs(both=1, first=3, second=0, neither=1)).estimate == math.inf
    with pytest.raises(InputError, match="no whole number from 0"):
        Pairs(both=-1, first=0, second=0, neither=7)
    with pytest.raises(InputError, match="there is no pair"):
        Pairs(both=0, first=0, second=0, neither=0)


@given(st.tuples(*(st.integers(0, 30),) * 4).filter(any))
def test_the_paired_difference_holds_its_estimate_and_turns_around(counts) -> None:
    both, first, second, neither = counts
    one = paired_difference(Pairs(both=both, first=first, second=second, neither=neither))
    other = paired_difference(Pairs(both=both, first=second, second=first, neither=neither))
    assert one.ci_low - 1e-12 <= one.estimate <= one.ci_high + 1e-12
    assert (one.ci_low, one.ci_high) == pytest.approx((-other.ci_high, -other.ci_low), abs=1e-12)


def test_the_level_of_a_proportion() -> None:
    wide, narrow = proportion(3, 40, level=0.99), proportion(3, 40, level=0.9)
    assert wide.ci_low < narrow.ci_low < 3 / 40 < narrow.ci_high < wide.ci_high
