"""The card of a trial: all of it is the file's own or counted from it; the limits of two trials compared."""

import re
from dataclasses import replace

import pytest

from tissueclock.eligibility.card import appraise
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
    assert bool(item.unread) == any(text.startswith("Not read in any source") for text in card.known)


def test_a_cohort_has_no_assigned_comparator():
    card = appraise(protocols()["defuse-2"], ALL)
    assert card.design == (
        "Not randomised",
        "138 patients were enrolled; 99 with a profile and a known reperfusion status were analysed",
    )
    assert card.comparator.startswith("None was assigned; compared were: target mismatch, reperfusion")
    assert card.known[-1] == f"Not read in any source, so not asked: {protocols()['defuse-2'].unread}"
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


@pytest.mark.parametrize("name", ["defuse", "mr-witness"])
def test_a_trial_of_one_arm_compared_nothing(name):
    assert appraise(protocols()[name], ALL).comparator == "None: a trial of one arm"


def test_the_treated_of_another_stratum_are_no_comparator():
    told = appraise(protocols()["mr-rescue"], ALL).comparator
    assert told == "penumbral, standard care; non-penumbral, standard care"


def test_a_limit_on_tissue_that_excludes_is_part_of_the_population():
    told = appraise(protocols()["escape"], ALL).population
    assert "Excluded: ASPECTS of 0 to 5 on non-contrast CT in the territory of the occlusion" in told
    shown = sum(text.startswith("Excluded: ") for text in told)
    gates = [one for one in protocols()["escape"].criteria if one.kind is CriterionKind.EXCLUSION]
    assert told[-1].endswith(f" and {len(gates) - shown} exclusions")


def test_other_exclusions_are_only_counted():
    clinical = criterion(Within(fact="nihss", low=30), id="high", kind=CriterionKind.EXCLUSION)
    sign = criterion(Is(fact="midline_shift", answer=True), id="shift", kind=CriterionKind.EXCLUSION)
    group = criterion(CORE, id="group", kind=CriterionKind.EXCLUSION, role=Role.ANALYSIS)
    card = appraise(trial(criterion(CORE), clinical, sign, group), ALL)
    assert card.population == ("A text", "and 2 exclusions")


@pytest.mark.parametrize(
    ("notes", "told"),
    [
        (("One. 30 patients, 3 centres. Stopped early.",), ("30 patients, 3 centres", "Stopped early")),
        (
            ("It stopped with 30 patients of 50.", "30 patients were young."),
            ("It stopped with 30 patients of 50",),
        ),
        (("30 patients.", "Of 12 patients little is known."), ("30 patients",)),
        (("Of 30 randomised patients 28 were analysed.",), ("Of 30 randomised patients 28 were analysed",)),
        (("Patients with a core of 30 mL.",), ()),
    ],
)
def test_the_design_says_how_many_and_how_it_ended(notes, told):
    assert appraise(trial(criterion(CORE), notes=notes), ALL).design[1:] == told


@pytest.mark.parametrize("item", ALL, ids=lambda item: item.id)
def test_every_card_says_how_many_patients_there_were(item):
    assert any(re.search(r"\d+ (randomised )?patients|316", text) for text in appraise(item, ALL).design)


CUT_OFF = (
    *(
        "angel-reboot",
        "extend",
        "ims-iii",
        "mr-clean",
        "mr-clean-late",
        "mr-rescue",
        "mr-witness",
        "revascat",
    ),
    *(
        "defuse-2",
        "rescue-japan-limit",
        "select2",
        "swift-prime",
        "tension",
        "tesla",
        "wake-up",
        "angel-aspect",
    ),
)


@pytest.mark.parametrize("name", CUT_OFF)
def test_a_list_that_was_not_read_whole_is_said(name):
    item = protocols()[name]
    assert appraise(item, ALL).known[-1] == f"Not read in any source, so not asked: {item.unread}"


@pytest.mark.parametrize("name", protocols())
def test_every_trial_has_opinions_short_enough_for_a_page(name):
    item = protocols()[name]
    assert 80 < len(item.bottom_line) <= 220
    assert item.bottom_line.endswith(".")
    assert 3 <= len(item.criticisms) <= 5
    assert all(len(text) < 150 and not text.endswith(".") for text in item.criticisms)


@pytest.mark.parametrize("item", ALL, ids=lambda item: item.id)
def test_an_opinion_says_whether_it_was_drawn_by_lot(item):
    if item.randomisation is None:
        assert any("randomised" in text or "by lot" in text for text in item.criticisms)
        assert not item.bottom_line.startswith("Randomised")
    else:
        assert item.bottom_line.startswith(("Randomised", "Recruiting"))
