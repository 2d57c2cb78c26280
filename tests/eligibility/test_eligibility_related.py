"""Related trials: how close two of them are, and where their limits differ."""

from dataclasses import replace
from fractions import Fraction

import pytest

from tissueclock.eligibility.limits import selecting_facts
from tissueclock.eligibility.related import differences, likeness, related
from tissueclock.protocol.model import Confidence, Criterion, CriterionKind
from tissueclock.protocol.registry import protocol, protocols
from tissueclock.protocol.rule import Within

ALL = protocols().values()
CORE = Within(fact="core_ml", high=70, includes_high=False)


def criterion(rule, id="one"):
    return Criterion(
        id=id,
        kind=CriterionKind.INCLUSION,
        text="A text",
        rule=rule,
        source="s",
        place="p",
        confidence=Confidence.FOUND,
    )


def trial(*criteria):
    plain = replace(protocol("defuse-3"), predicates=(), readings=(), cases=())
    return replace(plain, id="x", title="X", criteria=criteria)


def test_defuse_3_takes_a_mismatch_of_15_where_end_low_does_not():
    (closest, *_) = related(protocols()["rescue-end-low"], ALL)
    assert closest.id == "defuse-3"
    assert "mismatch >= 15 mL, here > 15 mL" in closest.differences
    assert "core < 70 mL, here < 50 mL" in closest.differences
    assert not any("ratio" in text for text in closest.differences), "1.8 or more in both"


def test_a_difference_reads_the_other_way_round_from_the_other_side():
    found = differences(protocols()["defuse-3"], protocols()["rescue-end-low"])
    assert "mismatch > 15 mL, here >= 15 mL" in found


def test_the_same_limit_for_the_analysis_only_is_said():
    found = differences(protocols()["defuse-2"], protocols()["defuse-3"])
    assert "the same limits on mismatch ratio, mismatch, core, in DEFUSE 2 for the analysis only" in found
    back = differences(protocols()["defuse-3"], protocols()["defuse-2"])
    assert any(text.endswith("in DEFUSE 2 for the analysis only") for text in back)


@pytest.mark.parametrize("name", protocols())
def test_a_trial_is_not_related_to_itself_and_the_closest_comes_first(name):
    item = protocols()[name]
    found = related(item, ALL)
    assert len(found) == 3
    assert name not in [one.id for one in found]
    alike = [likeness(item, protocols()[one.id]) for one in found]
    assert alike == sorted(alike, reverse=True)
    own = set(selecting_facts(item))
    assert all(one.shared == len(own & set(selecting_facts(protocols()[one.id]))) for one in found)


@pytest.mark.parametrize(
    ("name", "close"),
    [
        ("defuse-2", "mr-rescue"),
        ("mr-rescue", "defuse-2"),
        ("dawn", "defuse-3"),
        ("epithet", "defuse"),
        ("ims-iii", "mr-clean"),
        ("mr-clean-late", "escape"),
        ("rescue-japan-limit", "laste"),
        ("angel-aspect", "select2"),
        ("tension", "tesla"),
        ("wake-up", "mr-witness"),
        ("extend", "epithet"),
    ],
)
def test_trials_that_asked_the_same_are_close(name, close):
    assert close in [one.id for one in related(protocols()[name], ALL)]


THROMBOLYSIS = {"defuse", "epithet", "extend", "wake-up", "mr-witness"}


@pytest.mark.parametrize("name", protocols())
def test_thrombolysis_alone_goes_with_thrombolysis_alone(name):
    assert {
        (one.id in THROMBOLYSIS) == (name in THROMBOLYSIS) for one in related(protocols()[name], ALL)
    } == {True}


def test_likeness_is_symmetric_and_lies_between_0_and_1():
    for one in ALL:
        for other in ALL:
            assert 0 <= likeness(one, other) == likeness(other, one) <= 1


ASPECTS = Within(fact="aspects_ct", low=6)
EARLY = Within(fact="lkw_to_rand_h", high=6)


def alike(first, second):
    one, other = (
        trial(*(criterion(rule, rule.fact.replace("_", "-")) for rule in rules)) for rules in (first, second)
    )
    return likeness(one, other)


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ((CORE, EARLY), (CORE, EARLY), Fraction(1)),
        ((CORE,), (CORE,), Fraction(1, 2)),  # no window is known
        ((CORE, EARLY), (Within(fact="core_ml", low=70), EARLY), Fraction(1, 2)),  # nobody fits both
        ((CORE, EARLY), (Within(fact="predicted_core_ml", high=90), EARLY), Fraction(1)),  # both a core
        ((CORE, ASPECTS, EARLY), (CORE, EARLY), Fraction(2, 3)),
        ((EARLY,), (Within(fact="lkw_to_puncture_h", high=12),), Fraction(1, 2)),  # whatever the clock
        ((EARLY,), (Within(fact="lkw_to_rand_h", low=6, high=24),), Fraction(0)),
        (
            (Within(fact="lkw_to_rand_h", low=6),),
            (Within(fact="lkw_to_rand_h", low=6, high=15),),
            Fraction(1, 2),
        ),
        (
            (Within(fact="lkw_to_rand_h", low=30),),
            (Within(fact="lkw_to_rand_h", low=6, high=24),),
            Fraction(0),
        ),
    ],
)
def test_likeness_by_hand(first, second, told):
    assert alike(first, second) == told


def test_without_other_trials_nothing_is_related():
    assert related(protocols()["dawn"], [protocols()["dawn"]]) == ()


def test_a_trial_that_shares_no_fact_is_not_related():
    one, other = trial(criterion(CORE)), replace(trial(criterion(EARLY)), id="y")
    assert related(one, [other]) == ()
    assert [item.id for item in related(one, [replace(one, id="y")])] == ["y"]
