"""The card of a trial: all of it is the file's own or counted from it; the limits of two trials compared."""

from dataclasses import replace

import pytest

from tissueclock.eligibility.card import appraise, differences, related
from tissueclock.eligibility.limits import limit_words, printed_limits, says_nothing, selecting_facts
from tissueclock.protocol.model import Confidence, Criterion, CriterionKind, Role
from tissueclock.protocol.registry import protocol, protocols
from tissueclock.protocol.rule import AllOf, AnyOf, Is, OneOf, Within

ALL = protocols().values()


def criterion(rule, id="one", kind=CriterionKind.INCLUSION, **given):
    return Criterion(
        id=id,
        kind=kind,
        text="A text",
        rule=rule,
        source="s",
        place="p",
        confidence=Confidence.FOUND,
        **given,
    )


def trial(*criteria, **given):
    plain = replace(protocol("defuse-3"), predicates=(), readings=(), cases=())
    return replace(plain, id="x", title="X", criteria=criteria, **given)


def words(name, *criteria):
    return limit_words(name, printed_limits(trial(*criteria))[name])


CORE = Within(fact="core_ml", high=70, includes_high=False)


@pytest.mark.parametrize(
    ("rule", "kind", "told"),
    [
        (CORE, "inclusion", "< 70 mL"),
        (CORE, "exclusion", ">= 70 mL"),
        (Within(fact="core_ml", low=70), "inclusion", ">= 70 mL"),
        (Within(fact="core_ml", low=70), "exclusion", "< 70 mL"),
        (Within(fact="core_ml", low=70, includes_low=False), "exclusion", "<= 70 mL"),
        (Within(fact="core_ml", low=20, high=70), "inclusion", "20 to 70 mL"),
        (Within(fact="core_ml", low=20, high=70, includes_high=False), "inclusion", ">= 20 and < 70 mL"),
        (Within(fact="core_ml", low=20, high=70), "exclusion", "< 20 mL or > 70 mL"),
    ],
)
def test_a_limit_in_words(rule, kind, told):
    assert words("core_ml", criterion(rule, kind=CriterionKind(kind))) == told


def test_words_answers_and_points():
    assert words(
        "occlusion_site", criterion(OneOf(fact="occlusion_site", words=frozenset({"M1", "ICA_T"})))
    ) == ("ICA_T or M1")
    assert (
        words("pregnant", criterion(Is(fact="pregnant", answer=True), kind=CriterionKind.EXCLUSION)) == "no"
    )
    assert words("nihss", criterion(Within(fact="nihss", low=6))) == ">= 6"


def test_two_criteria_on_one_fact_are_joined():
    low = criterion(Within(fact="core_ml", low=10))
    assert words("core_ml", low, criterion(CORE, id="two")) == ">= 10 and < 70 mL"


def test_a_criterion_that_only_sometimes_applies_is_said():
    often = criterion(CORE)
    old = criterion(Within(fact="core_ml", high=21), id="old", applies_when=Within(fact="age", low=80))
    assert words("core_ml", often, old) == words("core_ml", old, often) == "< 70 mL or stricter"
    assert words("core_ml", old) == "<= 21 mL under a condition"


def test_what_described_a_group_is_said_and_a_gate_counts_before_it():
    group = criterion(CORE, role=Role.ANALYSIS)
    gate = criterion(Within(fact="core_ml", high=90), id="gate")
    assert limit_words("core_ml", printed_limits(protocol("defuse-2"))["core_ml"]) == (
        "< 70 mL (for the analysis)"
    )
    assert words("core_ml", group, gate) == "<= 90 mL"


@pytest.mark.parametrize(
    ("rule", "kind", "limited"),
    [
        (AllOf((CORE, Within(fact="age", low=18))), "inclusion", True),
        (AnyOf((CORE, Within(fact="age", low=18))), "inclusion", False),
        (AnyOf((CORE, Within(fact="age", low=18))), "exclusion", True),
        (AllOf((CORE, Within(fact="age", low=18))), "exclusion", False),
    ],
)
def test_a_comparison_among_alternatives_limits_nothing(rule, kind, limited):
    gate = criterion(Within(fact="nihss", low=6), id="gate")
    found = printed_limits(trial(gate, criterion(rule, kind=CriterionKind(kind))))
    assert ("core_ml" in found) == limited


def test_a_limit_that_admits_everything_says_nothing():
    found = printed_limits(trial(criterion(Within(fact="core_ml", low=0))))
    assert says_nothing("core_ml", found["core_ml"])


def test_the_selecting_facts_are_those_of_inclusions_and_imaging():
    names = selecting_facts(protocols()["defuse-3"])
    assert {"age", "core_ml", "aspects_ct", "perfusion_modality"} <= set(names)
    assert not {"consent", "other_trial", "glucose_mg_dl", "sbp"} & set(names)
    assert not any(name.startswith("judgement") for name in names)


# --- related trials


def test_defuse_3_takes_a_mismatch_of_15_where_end_low_does_not():
    (closest, *_) = related(protocols()["rescue-end-low"], ALL)
    assert closest.id == "defuse-3"
    assert "mismatch >= 15 mL, where RESCUE END-LOW has > 15 mL" in closest.differences
    assert "core < 70 mL, where RESCUE END-LOW has < 50 mL" in closest.differences
    assert not any("ratio" in text for text in closest.differences), "1.8 or more in both"


def test_a_difference_reads_the_other_way_round_from_the_other_side():
    found = differences(protocols()["defuse-3"], protocols()["rescue-end-low"])
    assert "mismatch > 15 mL, where DEFUSE 3 has >= 15 mL" in found


def test_the_same_limit_for_the_analysis_only_is_said():
    found = differences(protocols()["defuse-2"], protocols()["defuse-3"])
    assert "the same limits on mismatch ratio, mismatch, core, in DEFUSE 2 for the analysis only" in found
    back = differences(protocols()["defuse-3"], protocols()["defuse-2"])
    assert any(text.endswith("in DEFUSE 2 for the analysis only") for text in back)


@pytest.mark.parametrize("name", protocols())
def test_a_trial_is_not_related_to_itself_and_the_closest_comes_first(name):
    found = related(protocols()[name], ALL)
    assert name not in [item.id for item in found]
    assert [item.shared for item in found] == sorted((item.shared for item in found), reverse=True)
    own = set(selecting_facts(protocols()[name]))
    shares = sorted((len(own & set(selecting_facts(item))) for item in ALL if item.id != name), reverse=True)
    assert [item.shared for item in found] == [count for count in shares[:2] if count]


def test_without_other_trials_nothing_is_related():
    assert related(protocols()["dawn"], [protocols()["dawn"]]) == ()


# --- the card


@pytest.mark.parametrize("item", ALL, ids=lambda item: item.id)
def test_every_card_counts_what_was_read(item):
    card = appraise(item, ALL)
    recalled = [one.id for one in item.criteria if one.confidence is not Confidence.FOUND]
    total = len(item.criteria)
    assert card.known[0] == f"{total - len(recalled)} of {total} criteria were read in a source"
    assert bool(recalled) == any(text.startswith("Recalled, not read: ") for text in card.known)
    assert (card.digest, card.bottom_line, card.criticisms) == (
        item.digest,
        item.bottom_line,
        item.criticisms,
    )
    assert set(card.sources) >= {one.source for one in item.criteria}
    assert card.results == ()


def test_a_cohort_has_no_assigned_comparator():
    card = appraise(protocols()["defuse-2"], ALL)
    assert card.design == ("Not randomised",)
    assert card.comparator.startswith("None was assigned; compared were: target mismatch, reperfusion")
    assert "The exclusions could not be read; those that are missing here are not few" in card.known
    assert "Mismatch of 15 mL or more (analysis only) [recalled]" in card.population


def test_a_randomised_trial_says_how_and_whether_it_was_stopped():
    card = appraise(protocols()["dawn"], ALL)
    assert card.comparator == "standard care"
    assert card.design[0].startswith("Randomised 1:1; method: central, web-based")
    assert card.design[1] == "It stopped early at an interim analysis, with 206 patients"
    assert card.population[-1] == "and 4 further inclusions and 35 exclusions"


def test_a_trial_of_which_nothing_is_left_over_has_no_last_line():
    card = appraise(trial(criterion(CORE)), ALL)
    assert card.population == ("A text",)


def test_results_are_taken_as_they_come():
    card = appraise(protocols()["dawn"], ALL, ["mRS 0 to 2: 49 % and 13 %"])
    assert card.results == ("mRS 0 to 2: 49 % and 13 %",)
    assert card.to_json()["results"] == ["mRS 0 to 2: 49 % and 13 %"]


SIX = ("dawn", "defuse-2", "defuse-3", "laste", "rescue-end-low", "rescue-japan-limit")


@pytest.mark.parametrize("name", SIX)
def test_the_opinions_are_short_enough_for_a_page(name):
    item = protocols()[name]
    assert 80 < len(item.bottom_line) < 300
    assert 3 <= len(item.criticisms) <= 6
    assert all(len(text) < 180 and not text.endswith(".") for text in item.criticisms)
