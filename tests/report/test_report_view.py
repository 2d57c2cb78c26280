"""What the report says in words: the banner, the side, the rows and their notes."""

import dataclasses

import pytest
from sample_report import (
    LABEL,
    coreless_model,
    criterion,
    dsc_model,
    failed_model,
    number,
    sample_assessments,
    sample_facts,
    sample_model,
)

from tissueclock.core.quality import Level
from tissueclock.eligibility.outcome import Outcome
from tissueclock.facts.case import CaseFacts, Fact
from tissueclock.report import view
from tissueclock.report.format import State, headline
from tissueclock.report.notice import INTERVALS_ARE


def rows(model):
    return {row.label: row for group in view.fact_groups(model) for row in group.rows}


def test_the_label_names_the_patient_or_says_that_it_does_not():
    assert view.label_line(sample_model()) == (
        "Name: Sample, Digital  |  ID: DP-0001  |  Accession: A-17  |  Acquired: 2026-01-02 03:04"
    )
    assert view.label_line(sample_model(label=None)) == "Anonymous report"


def test_a_gap_in_the_label_is_said():
    label = dataclasses.replace(LABEL, accession="")
    assert "Accession: not stated" in view.label_line(sample_model(label=label))


@pytest.mark.parametrize(
    ("make", "level", "title", "reasons"),
    [
        (sample_model, Level.PASS, "Quality checks passed", 0),
        (coreless_model, Level.WARN, "Quality: read with care", 1),
        (failed_model, Level.FAIL, "Quality control failed: verdict withheld", 2),
    ],
)
def test_the_banner(make, level, title, reasons):
    found = view.banner(make())
    assert (found.level, found.title, len(found.reasons)) == (level, title, reasons)


def test_the_banner_gives_the_failure_first():
    assert view.banner(failed_model()).reasons[0].startswith("The bolus is 17.3 s wide")


def test_no_checks_are_not_a_pass():
    found = view.banner(sample_model(flags=()))
    assert (found.level, found.title) == (None, "Quality was not checked")


def test_headline_notes_say_why():
    assert view.headline_notes(headline(sample_model())) == ()
    assert view.headline_notes(headline(dsc_model())) == (
        "core, mismatch, ratio: not measured, there is no diffusion scan.",
    )
    assert view.headline_notes(headline(failed_model())) == (
        "CBF<30%, Tmax>6s, mismatch, ratio: withheld by bolus width.",
    )


@pytest.mark.parametrize(
    ("side", "start"),
    [
        ("left", "Left (the patient's left, on the right"),
        ("right", "Right (the patient's right, on the left"),
        ("bilateral", "Bilateral"),
        ("none", "None (no cluster"),
    ],
)
def test_the_side_is_the_patients(side, start):
    facts = sample_facts().with_facts(number("lesion_side", side))
    assert view.side_text(sample_model(facts=facts)).startswith(start)


def test_a_side_that_is_unknown_or_withheld_says_so():
    facts = sample_facts().with_facts(Fact(name="lesion_side", value=None, source="x", reason="no Tmax map"))
    assert view.side_text(sample_model(facts=facts)) == "Not measured (no Tmax map)"
    assert view.side_text(failed_model()).endswith(": withheld")


def test_the_summary_gives_the_side_and_every_profile():
    assert [word for word, _ in view.summary_items(sample_model())] == [
        "Side",
        "DEFUSE 2 profile",
        "MR RESCUE pattern",
    ]
    assert view.summary_items(sample_model())[1][1] == "Target mismatch"


def test_rows_hold_values_intervals_and_notes():
    found = rows(sample_model())
    assert found["Tmax > 6 s"].value.text == "98.1 mL"
    assert found["Core (CBF<30%)"].interval == "18.9 to 26.3"
    assert found["Core (CBF<30%)"].note == "from core_cbf_ml"
    assert found["Hypoperfusion intensity ratio (HIR)"].value.text == "0.36"
    assert found["CBF < 30 %, reference 20 % lower"].value.text == "12.1 mL"


def test_every_fact_is_printed_somewhere():
    model = sample_model()
    printed = len(rows(model)) + len(view.other_facts(model)) + len({"lesion_side"})
    assert printed == len(model.facts)


def test_a_group_without_facts_is_left_out():
    model = sample_model(facts=CaseFacts.of([number("tmax6_ml", 98.1)]))
    assert [group.title for group in view.fact_groups(model)] == ["Delay"]
    assert not view.fact_groups(model)[0].has_intervals


def test_unknown_rows_give_the_reason():
    core = rows(dsc_model())["Core"]
    assert (core.value.state, core.note) == (State.UNKNOWN, "there is no diffusion scan")


def test_flow_is_relative_on_mr():
    assert rows(dsc_model())["Mean flow of the reference"].value.text == "24.6 (relative)"
    assert any("relative" in text for text in view.fact_footnotes(dsc_model()))
    assert rows(sample_model())["Mean flow of the reference"].value.text == "24.6 mL/100 g/min"
    assert any("underestimates" in text for text in view.fact_footnotes(sample_model()))


def test_intervals_are_explained_where_there_are_any():
    assert INTERVALS_ARE in view.fact_footnotes(sample_model())
    without = sample_model(facts=CaseFacts.of([number("tmax6_ml", 98.1)]))
    assert INTERVALS_ARE not in view.fact_footnotes(without)


@pytest.mark.parametrize(
    ("outcomes", "reason"),
    [
        ((Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN, Outcome.FAIL), "fails: criterion 1; criterion 3"),
        ((Outcome.PASS, Outcome.UNKNOWN, Outcome.UNKNOWN), "2 of 3 criteria open"),
        ((Outcome.PASS, Outcome.NOT_APPLICABLE), "none of 2 criteria stands in the way"),
    ],
)
def test_a_decision_names_what_it_rests_on(outcomes, reason):
    criteria = tuple(criterion(f"c{n}", outcome, f"criterion {n}", "") for n, outcome in enumerate(outcomes))
    assessment = dataclasses.replace(sample_assessments()[0], criteria=criteria)
    assert view.decision_reason(assessment) == reason


def test_long_lists_are_cut_and_counted():
    assert view.listed([]) == "–"
    assert view.listed(["age", "nihss"]) == "age, nihss"
    assert view.listed([str(n) for n in range(40)]) == "0, 1, 2, 3, 4, 5, 6, 7 and 32 more"


def test_input_is_flattened_and_long_lists_are_counted():
    model = sample_model(input={"files": {"count": 3, "names_hidden": True}, "times_s": list(range(40))})
    assert dict(view.input_rows(model)) == {
        "files: count": "3",
        "files: names hidden": "yes",
        "times s": "0, 1, 2, 3, 4, 5, 6, 7 and 32 more",
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "not stated"),
        (0.15, "0.15"),
        ({"a_b": [1.0, 2.5]}, "a b 1, 2.5"),
        ("bsvd", "bsvd"),
        (False, "no"),
    ],
)
def test_json_values_as_text(value, text):
    assert view.plain_text(value) == text


def test_slices_are_counted():
    assert view.slices_note(sample_model()).startswith("12 slices from the feet to the head")
