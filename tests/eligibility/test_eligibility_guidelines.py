"""A case under guidelines: time alone against tissue, three-valued, with reasons."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slow_rules import holds, plain, table_of, varied_cases

from tissueclock.eligibility.guidelines import Support, label_of, missing_of, strongest, under
from tissueclock.facts.case import CaseFacts
from tissueclock.facts.derive import complete
from tissueclock.facts.entries import case_from_table
from tissueclock.protocol.guideline import Treatment, View
from tissueclock.protocol.registry import guidelines

LATE = {
    "ich_on_imaging": False,
    "age": 70,
    "nihss": 16,
    "prestroke_mrs": 0,
    "lkw_to_ivt_h": 11,
    "lkw_to_puncture_h": 12,
}


def read(name, **facts):
    return under(guidelines()[name], complete(case_from_table(facts, "typed")))


def supports(assessment):
    return {item.recommendation.id: item.support for item in assessment.results}


def test_late_with_mismatch_time_alone_refuses_and_tissue_supports():
    """The argument of the whole project in one patient."""
    found = read("aha-asa-2019", **LATE, defuse3_eligible=True, dawn_eligible=False)
    assert found.views[View.TIME] == {Treatment.IVT: Support.NO, Treatment.EVT: Support.NO}
    assert found.views[View.TISSUE][Treatment.EVT] is Support.SUPPORTS


@pytest.mark.parametrize("name", guidelines())
def test_no_guideline_supports_a_treatment_with_haemorrhage_or_while_nobody_excluded_it(name):
    """A stranger's patient: haemorrhage, platelets of 20, INR 4, and ivt_eligible typed as true."""
    bled = {"ich_on_imaging": True, "platelets": 20, "inr": 4, "sbp": 230, "ivt_eligible": True}
    for worked in guidelines()[name].cases:
        unsaid = {fact: value for fact, value in worked.entries.items() if fact != "ich_on_imaging"}
        advised = {
            item.id for item in guidelines()[name].recommendations if not item.strength.startswith("III")
        }
        wet = supports(read(name, **(unsaid | bled)))
        assert {wet[item] for item in advised} <= {Support.NO, Support.AGAINST}, worked.name
        assert Support.SUPPORTS not in supports(read(name, **unsaid)).values()


def test_late_without_an_answer_on_tissue_stays_open_and_names_what_is_missing():
    found = read("aha-asa-2019", **LATE, dawn_eligible=False)
    assert found.views[View.TISSUE][Treatment.EVT] is Support.OPEN
    assert "defuse3_eligible" in missing_of(found)
    (open_one,) = [item for item in found.results if item.recommendation.id == "evt-6-to-16-h"]
    assert open_one.missing == ("defuse3_eligible",)
    assert "is not stated" in open_one.because


def test_a_withheld_fact_leaves_it_open_and_names_the_gate():
    case = case_from_table({**LATE, "dawn_eligible": False, "defuse3_eligible": True}, "typed")
    case = case.with_facts(case["defuse3_eligible"].withheld(("bolus",)))
    found = under(guidelines()["eso-esmint-2019"], case)
    (open_one,) = [item for item in found.results if item.recommendation.id == "evt-6-to-24-h"]
    assert (open_one.support, open_one.withheld_by) == (Support.OPEN, ("bolus",))


def test_advice_against_is_not_support():
    found = read("aha-asa-2019", age=70, nihss=3, disabling_deficit=False, lkw_to_ivt_h=2, ivt_eligible=True)
    assert supports(found)["ivt-mild-not-disabling"] is Support.AGAINST
    assert supports(found)["ivt-3-h"] is Support.NO
    assert found.views[View.TIME][Treatment.IVT] is Support.AGAINST


def test_what_is_recalled_is_marked_where_it_answers():
    found = read("aha-asa-2015", age=17)
    assert found.results[0].because.endswith("(this recommendation is recalled)")
    assert "recalled" not in read("aha-asa-2015").results[0].because


def test_a_view_without_recommendations_on_a_treatment_leaves_it_out():
    assert read("eso-esmint-2019").views == {
        View.TIME: {Treatment.EVT: Support.OPEN},
        View.TISSUE: {Treatment.EVT: Support.OPEN},
    }
    assert read("aha-asa-2015").views[View.TISSUE] == {}


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ([Support.AGAINST, Support.SUPPORTS, Support.OPEN, Support.NO], Support.SUPPORTS),
        ([Support.AGAINST, Support.OPEN, Support.NO], Support.OPEN),
        ([Support.NO, Support.AGAINST], Support.AGAINST),
        ([Support.NO], Support.NO),
    ],
)
def test_the_strongest_answer_counts(said, answer):
    assert strongest(said) is answer


def test_neither_a_support_nor_an_assessment_is_a_bool():
    with pytest.raises(TypeError, match="four values"):
        bool(Support.NO)
    with pytest.raises(TypeError, match="read its views"):
        bool(read("aha-asa-2015"))


def test_the_document_holds_every_recommendation_with_its_grade():
    document = read("aha-asa-2019", **LATE, dawn_eligible=True).to_json()
    assert document["version"] == "2018 guideline with the update of 2019"
    assert document["views"]["tissue"]["evt"] == "supports"
    row = next(item for item in document["recommendations"] if item["id"] == "evt-16-to-24-h")
    assert (row["class"], row["level"], row["view"], row["support"]) == (
        *("IIa", "B-R", "tissue", "does-not-apply"),
    )
    assert (row["confidence"], row["grade_confidence"]) == ("found", "recalled")


ANSWERS = {True: (Support.SUPPORTS, Support.AGAINST), False: (Support.NO,), None: (Support.OPEN,)}


@pytest.mark.parametrize("name", guidelines())
@given(data=st.data())
def test_a_slow_obvious_reader_agrees(name, data):
    table, guideline = table_of("guidelines", name), guidelines()[name]
    case = data.draw(varied_cases(table, guideline.cases))
    found, seen = under(guideline, case), plain(case)
    for raw, result in zip(table["recommendation"], found.results, strict=True):
        answer = holds(raw["rule"], seen)
        assert result.support in ANSWERS[answer]
        assert bool(result.missing) == (answer is None)
        if answer:
            assert (result.support is Support.AGAINST) == raw["class"].startswith("III")


@pytest.mark.parametrize("name", guidelines())
@given(data=st.data())
def test_knowing_less_never_turns_an_answer_into_another_one(name, data):
    guideline = guidelines()[name]
    case = data.draw(varied_cases(table_of("guidelines", name), guideline.cases))
    gone = data.draw(st.sampled_from(sorted(case))) if len(case) else ""
    less = CaseFacts.of(fact for fact in case.values() if fact.name != gone)
    for before, after in zip(under(guideline, case).results, under(guideline, less).results, strict=True):
        assert after.support in (before.support, Support.OPEN)


@pytest.mark.parametrize("name", guidelines())
def test_the_empty_case_is_open_throughout(name):
    found = under(guidelines()[name], CaseFacts.of())
    assert set(supports(found).values()) == {Support.OPEN}
    assert label_of(found) == "undetermined"
