"""What the report says in words: the banner, the side, the rows and their notes."""

import dataclasses

import pytest
from sample_report import (
    LABEL,
    coreless_model,
    criterion,
    dsc_model,
    failed_model,
    flag,
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


def test_a_name_cannot_turn_the_rest_of_the_label():
    label = dataclasses.replace(LABEL, patient_name="\u202eSample\u2066")
    assert view.label_line(sample_model(label=label)).startswith("Name: Sample  |  ID: DP-0001")


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
    found = rows(sample_model(ladders=()))
    assert found["Tmax > 6 s"].value.text == "98.1 mL"
    assert found["Core (CBF<30%)"].interval == "18.9 to 26.3 mL"
    assert found["Core (CBF<30%)"].note == "from core_cbf_ml"
    assert found["Hypoperfusion intensity ratio (HIR): Tmax > 10 s over Tmax > 6 s"].value.text == "0.36"
    assert found["CBF < 30 %, reference 20 % lower"].value.text == "12.1 mL"


def test_every_fact_is_printed_somewhere():
    model = sample_model()
    in_ladders = sum(len(ladder.facts) for ladder in model.ladders)
    printed = len(rows(model)) + in_ladders + len(view.other_facts(model)) + len({"lesion_side"})
    assert printed == len(model.facts)


def test_what_a_ladder_shows_stands_in_no_table():
    assert {"Tmax > 6 s", "CBF < 20 % of reference"} <= set(rows(sample_model(ladders=())))
    assert not {"Tmax > 6 s", "CBF < 20 % of reference"} & set(rows(sample_model()))
    assert [row.value.text for row in view.ladder_rows(sample_model(), "tmax")] == ["0.36"]
    assert [row.value.text for row in view.ladder_rows(sample_model(), "cbf")] == [
        "512.8 mL",
        "24.6 mL/100 g/min",
    ]
    assert view.ladder_rows(sample_model(), "other") == ()


def test_volumes_by_side_stand_in_a_group_of_their_own():
    facts = sample_facts().with_facts(
        number("tmax6_left_ml", 98.1),
        number("tmax6_right_ml", 0.0),
        number("tmax6_posterior_fossa_ml", 1.5),
        number("core_left_ml", 21.8),
        number("core_right_ml", 0.0),
        Fact(
            name="core_posterior_fossa_ml", value=None, source="x", reason="it is not known what lies in it"
        ),
    )
    groups = {group.title: group.rows for group in view.fact_groups(sample_model(facts=facts))}
    sides = groups["By side and posterior fossa"]
    assert [(row.label, row.value.text) for row in sides] == [
        ("Core, patient's left", "21.8 mL"),
        ("Core, patient's right", "0.0 mL"),
        ("Core, posterior fossa", "not measured"),
        ("Tmax > 6 s, patient's left", "98.1 mL"),
        ("Tmax > 6 s, patient's right", "0.0 mL"),
        ("Tmax > 6 s, posterior fossa", "1.5 mL"),
    ]
    assert sides[2].note == "it is not known what lies in it"
    assert "By side and posterior fossa" not in [g.title for g in view.fact_groups(sample_model())]


def test_pages_are_numbered_and_maps_have_one_only_if_there_are_any():
    names = ["summary", "volumes", "rules", "maps", "quality", "methods"]
    assert [page.name for page in view.pages(sample_model())] == names
    assert [page.number_text for page in view.pages(sample_model())][1] == "2 of 6"
    without = view.pages(sample_model(maps={}))
    assert [page.name for page in without] == [name for name in names if name != "maps"]
    assert without[-1].number_text == "5 of 5"


def test_every_check_has_its_unit():
    flags = (
        flag("motion", Level.PASS, 0.25, 0.7, "The head moved."),
        flag("venous-output", Level.PASS, 0.125, 0.4, "The vein falls."),
        flag("repaired-frame", Level.WARN, None, None, "Frame 3 was interpolated."),
        flag("motion-across", Level.FAIL, 0.25, 0.15, "The head moved across slices by 25 %."),
        flag("midline", Level.PASS, 2.0, 30.0, "The midline was fitted 2 degrees from the scanner's."),
        flag("of-tomorrow", Level.PASS, 3.0, 4.0, "A check that this version does not know."),
    )
    rows_of = view.flag_rows(sample_model(flags=flags))
    assert [(row.value, row.limit) for row in rows_of] == [
        ("0.25 mm", "0.7 mm"),
        ("12.5 %", "40 %"),
        ("–", "–"),
        ("25 %", "15 %"),
        ("2 degrees", "30 degrees"),
        ("3", "4"),
    ]


def test_the_rules_behind_the_headline_are_printed():
    notes = " ".join(view.rule_notes(sample_model()))
    assert "Core: core_cbf_ml, within Tmax>6s." in notes
    assert "Mismatch: hypoperfused minus core" in notes
    spans = "90 % intervals (repeatability): core 19 to 26 mL; hypoperfused 92 to 105 mL."
    assert notes.endswith(spans)
    assert view.rule_notes(dsc_model()) == (
        "Hypoperfused: tissueclock.",
        "90 % intervals (repeatability): hypoperfused 92 to 105 mL.",
    )
    assert view.rule_notes(sample_model(facts=CaseFacts.of([]))) == ()


def test_pictures_of_withheld_volumes_are_marked():
    assert view.withheld_note(sample_model()) == view.withheld_note(coreless_model()) == ""
    assert view.withheld_note(failed_model()).startswith("Withheld by bolus width:")


def test_a_group_without_facts_is_left_out():
    model = sample_model(facts=CaseFacts.of([number("tmax6_ml", 98.1)]), ladders=())
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
        "times": "0, 1, 2, 3, 4, 5, 6, 7 and 32 more s",
    }


def test_units_of_input_stand_behind_the_values():
    model = sample_model(input={"spacing_mm": [1.5, 2.0], "echo_time_s": None, "notes": [], "s": "x"})
    assert list(view.input_rows(model)) == [
        ("spacing", "1.5, 2 mm"),
        ("echo time", "not stated"),
        ("notes", "–"),
        ("s", "x"),
    ]


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
    assert view.slices_note(sample_model(), 12).startswith("12 slices from the feet to the head")
    assert view.slices_note(sample_model(), 6).startswith("6 of 12 slices from the feet to the head")
