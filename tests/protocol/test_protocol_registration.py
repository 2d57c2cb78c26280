"""Registrations read, drafted, written as TOML, settled and confirmed."""

import json
import tomllib
from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registrations import EXCLUSION, INCLUSION, criteria, export, record, record_bytes

from tissueclock.core.errors import InputError
from tissueclock.eligibility.judge import judge
from tissueclock.protocol.lint.linter import lint
from tissueclock.protocol.load import parse_protocol
from tissueclock.protocol.registration.confirm import confirmed, trial_of
from tissueclock.protocol.registration.draft import drafted
from tissueclock.protocol.registration.read import read_registration
from tissueclock.protocol.registration.write_toml import draft_toml
from tissueclock.protocol.registry import protocol, protocols
from tissueclock.protocol.rule import Within, rule_text
from tissueclock.protocol.standing import State

TODAY = date(2026, 1, 31)


def toml_of(content, id="invented", as_of=None, file="record"):
    return draft_toml(drafted(read_registration(content, file), id, as_of))


def loaded(content, **options):
    text = toml_of(content, **options)
    return parse_protocol(tomllib.loads(text, parse_float=Decimal), "draft.toml", "")


def rules(trial):
    return {item.id: rule_text(item.rule) for item in trial.criteria if item.origin.guess}


RULES = {
    "maximum-age": "age <= 85 years",
    "inclusion-1": "age >= 21 years",
    "inclusion-2-1": "nihss > 7 points",
    "inclusion-3-1": "core_ml < 45 mL",
    "inclusion-3-2": "mismatch_ratio >= 1.6",
    "inclusion-3-3": "mismatch_ml > 12 mL",
    "inclusion-4": "platelets >= 80 10^9/L",
    "exclusion-1": "prestroke_mrs >= 3 points",
    "exclusion-2-1": "glucose_mmol_l < 2.5 mmol/L",
    "exclusion-2-2": "inr > 2.5",
}


@pytest.mark.parametrize("content", [record_bytes(), export().encode()], ids=["json", "text"])
def test_a_registration_becomes_a_draft_that_loads(content):
    trial = loaded(content)
    assert (trial.draft, trial.id, trial.registration) == (True, "invented", "NCT00000000")
    assert (trial.as_of, trial.arms) == (date(2025, 3, 4), ("Device", "No device"))
    assert rules(trial) == RULES
    assert "Status: RECRUITING" in trial.notes
    assert "RANDOMIZED" in trial.randomisation.method


def test_every_free_text_criterion_is_kept_word_for_word():
    trial = loaded(record_bytes())
    kept = {item.place: item.origin.verbatim for item in trial.criteria}
    for kind, lines in (("inclusion", INCLUSION), ("exclusion", EXCLUSION)):
        assert [kept[f"{kind} {number}"] for number in range(1, len(lines) + 1)] == list(lines)


def test_endpoints_dates_and_arms_come_from_the_record():
    trial = loaded(record_bytes())
    assert trial.primary_endpoint == "mRS 0 to 2 (90 days)"
    assert trial.intervention == "A device"
    assert {"Start: 2024-02 (actual)", "Secondary endpoint: Death (90 days)", "Enrolment: 120"} <= set(
        trial.notes
    )


def test_the_sentence_on_the_endpoint_is_found_in_a_text():
    assert (
        loaded(export().encode()).primary_endpoint
        == "The primary endpoint is a score of 0.5 or more at day 90"
    )


def test_a_judgement_of_its_own_stands_for_what_is_not_guessed():
    trial = loaded(record_bytes())
    (lies,) = [item for item in trial.criteria if item.place == "exclusion 3"]
    assert lies.facts == ("judgement.invented.exclusion-3",)
    assert (lies.origin.guess, lies.origin.doubt) == (False, "")
    (window,) = [item for item in trial.criteria if item.place == "inclusion 5"]
    assert "within" in window.origin.doubt.lower()


def test_age_limits_and_sex_come_from_fields():
    trial = loaded(record_bytes(criteria(["A stroke"], []), sex="FEMALE"))
    assert rules(trial) == {
        "minimum-age": "age >= 21 years",
        "maximum-age": "age <= 85 years",
        "sex": "sex in female",
    }


@pytest.mark.parametrize("age", [None, "N/A", ""])
def test_no_limit_of_age_is_no_criterion(age):
    trial = loaded(record_bytes(criteria(["A stroke"], []), minimumAge=age, maximumAge=age))
    assert rules(trial) == {}


def test_an_age_in_months_is_left_to_a_person():
    trial = loaded(record_bytes(criteria(["A stroke"], []), minimumAge="6 Months"))
    (item,) = [item for item in trial.criteria if item.id == "minimum-age"]
    assert (item.origin.guess, item.facts) == (False, ("judgement.invented.minimum-age",))
    assert item.origin.doubt


def test_a_field_and_a_line_that_differ_are_both_in_doubt():
    trial = loaded(record_bytes(criteria(["Age ≥ 18 years"], [])))
    doubts = {item.id: item.origin.doubt for item in trial.criteria}
    assert doubts["minimum-age"] == doubts["inclusion-1"]
    assert "21 Years" in doubts["inclusion-1"]
    assert not doubts["maximum-age"]


def test_a_lost_sign_warns_with_its_line_and_puts_every_other_guess_in_doubt():
    text = criteria(["Age = 21 years", "NIHSS > 5", "A stroke"], [])
    draft = drafted(read_registration(record_bytes(text), "record.json"), "invented")
    by_id = {item.id: item for item in draft.criteria}
    assert by_id["inclusion-1"].guess is False
    assert any("record.json: eligibilityCriteria:3: inclusion-1" in line for line in draft.warnings)
    assert "other lines" in by_id["inclusion-2"].doubt
    assert (by_id["inclusion-3"].doubt, by_id["minimum-age"].doubt) == ("", "")


def test_a_draft_says_what_it_did_not_find():
    content = b"Title\n\nInclusion Criteria\n\n* A stroke\n"
    draft = drafted(read_registration(content, "x.txt"), "invented", TODAY)
    assert [line for line in draft.warnings if "not found" in line] == [
        "x.txt: the number of the registration was not found.",
        "x.txt: arms was not found.",
        "x.txt: a primary endpoint was not found.",
        "x.txt: a minimum age was not found.",
    ]


def test_the_id_is_the_acronym_or_the_number():
    assert drafted(read_registration(record_bytes(), "x")).id == "invented-one"
    assert drafted(read_registration(export().encode(), "x")).id == "nct00000000"


def study(**changes):
    found = record()
    found["protocolSection"].update(changes)
    return json.dumps(found).encode()


REFUSED = [
    (b"", "x:1", "it is empty"),
    (b" \n\n", "x:1", "it is empty"),
    (b'{"a": 1,\n"b" 2}', "x:2", "not valid JSON"),
    (b"[" * 100_000, "x:1", "not JSON that can be read"),
    (b'{"a": ' + b"9" * 5000 + b"}", "x:1", "not JSON that can be read"),
    (b'{"fhir": true}', "x:1", "no 'protocolSection'"),
    (b"[1, 2]", "x:1", "no 'protocolSection'"),
    (b'{"studies": []}', "x:1", "holds 0 studies"),
    (b'{"protocolSection": {}}', "x: protocolSection.eligibilityModule", "no eligibility criteria"),
    (record_bytes(" \n \n"), "x: protocolSection.eligibilityModule", "no eligibility criteria"),
    (study(eligibilityModule=[1]), "x: protocolSection.eligibilityModule", "no object"),
    (study(statusModule={"overallStatus": 3}), "x: protocolSection.statusModule.overallStatus", "no text"),
    (study(outcomesModule={"primaryOutcomes": {}}), "x: protocolSection.outcomesModule", "no list"),
    (study(designModule={"enrollmentInfo": {"count": "many"}}), "x: protocolSection.designModule", "number"),
    (b"<!DOCTYPE html><html></html>", "x:1", "HTML"),
    (b"one\ntwo \xff", "x:2", "not UTF-8"),
    (b"A poem\n\nof two lines", "x:3", "no criteria under a heading"),
    (b"x" * 5_000_001, "x:1", "larger than any"),
]


@pytest.mark.parametrize(("content", "where", "found"), REFUSED, ids=[item[2] for item in REFUSED])
def test_what_is_no_registration_is_refused_with_its_place(content, where, found):
    with pytest.raises(InputError) as caught:
        drafted(read_registration(content, "x"), "invented", TODAY)
    assert caught.value.where.startswith(where)
    assert found in caught.value.found
    assert caught.value.remedy


@pytest.mark.parametrize("id", ["Upper", "a b", "a--b", "-a", "a.b", "ä"])
def test_an_id_that_is_none_is_refused(id):
    with pytest.raises(InputError, match="id for the trial"):
        drafted(read_registration(record_bytes(), "x"), id)


def test_without_a_day_of_the_last_update_one_has_to_be_given():
    content = study(statusModule={"lastUpdatePostDateStruct": {"date": "2025-03"}})
    with pytest.raises(InputError, match="last updated"):
        drafted(read_registration(content, "x"), "invented")
    assert drafted(read_registration(content, "x"), "invented", TODAY).as_of == TODAY


@given(st.text(max_size=200), st.text(max_size=30))
def test_any_text_of_a_record_survives_the_toml(text, title):
    content = record_bytes(f"Inclusion Criteria:\n* A stroke\n{text}")
    found = json.loads(content)
    found["protocolSection"]["identificationModule"]["officialTitle"] = title
    trial = loaded(json.dumps(found).encode(), file=title or "x")
    assert trial.draft


@given(st.text(max_size=300))
def test_no_text_crashes_the_import(text):
    with suppress(InputError):
        toml_of(text.encode("utf-8", "replace"), as_of=TODAY)
    assert loaded(f"Inclusion criteria\n* A stroke\n{text}".encode("utf-8", "replace"), as_of=TODAY).draft


# --- drafts under the linter, and confirmation


def settled(text):
    """Return a draft as a person leaves it: guesses taken out, doubts answered."""
    lines = [line for line in text.split("\n") if line != "guess = true"]
    return "\n".join(
        f'{line}\nanswer = "looked up"' if line.startswith("doubt =") else line for line in lines
    )


def test_a_draft_lints_as_one_and_every_open_line_is_named():
    text = toml_of(record_bytes())
    found = [item for item in lint(text.encode(), "invented.toml", judge) if item.check == "draft"]
    lines = text.splitlines()
    open_lines = [n for n, line in enumerate(lines, 1) if line.startswith(("guess =", "doubt ="))]
    assert [item.line for item in found[1:]] == open_lines
    assert lines[found[0].line - 1] == 'state = "draft"'


def test_a_draft_has_no_error_but_for_the_cases_that_it_lacks():
    found = lint(toml_of(record_bytes()).encode(), "invented.toml", judge)
    errors = {item.check for item in found if item.level.value == "error"}
    assert errors == {"answer-without-case", "uncovered-limit"}


def test_the_worked_cases_of_a_draft_test_its_rules_as_typed():
    text = toml_of(record_bytes(criteria(["A stroke"], []), minimumAge="18 Years", maximumAge=None))
    text += '[[case]]\nname = "young"\nfacts = { age = 17 }\nexpect = "ineligible"\n'
    assert "wrong-expectation" not in {item.check for item in lint(text.encode(), "invented.toml", judge)}


def test_a_settled_draft_is_confirmed_by_a_person_on_a_day_and_nothing_else_changes():
    text = settled(toml_of(record_bytes()))
    content = confirmed(text.encode(), "draft.toml", "  A \n Person ", TODAY)
    trial = trial_of(content, "final.toml")
    assert (trial.draft, trial.standing.state) == (False, State.CONFIRMED)
    assert (trial.standing.confirmed_by, trial.standing.confirmed_on) == ("A Person", TODAY)
    assert set(content.decode().split("\n")) ^ set(text.split("\n")) == {
        'state = "draft"',
        'state = "confirmed"',
        'confirmed_by = "A Person"',
        "confirmed_on = 2026-01-31",
    }


def test_open_guesses_and_doubts_are_all_listed_with_their_lines():
    text = toml_of(record_bytes())
    with pytest.raises(InputError) as caught:
        confirmed(text.encode(), "draft.toml", "A Person", TODAY)
    for number, line in enumerate(text.split("\n"), start=1):
        for key in ("guess", "doubt"):
            assert (f"line {number} ({key})" in caught.value.found) == line.startswith(f"{key} =")


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (('state = "draft"', '"state" = "draft"'), "not written plainly"),
        (
            ('state = "draft"', 'state = "confirmed"\nconfirmed_by = "B"\nconfirmed_on = 2026-01-01'),
            "no draft",
        ),
        (("schema = 1", "schema = "), "not valid TOML"),
        (("schema = 1", "schema = 1\ncolour = 3"), "unknown key"),
        (('state = "draft"', 'state = "draft"\nconfirmed_by = "B"\nconfirmed_on = 2026-01-01'), "same time"),
        (('state = "draft"', 'state = "draft"\nconfirmed_by = "B"'), "both"),
        (('state = "draft"', 'state = "confirmed"'), "nobody is named"),
        (('state = "draft"', 'state = "done"'), "'state' is 'done'"),
    ],
)
def test_a_draft_that_cannot_be_confirmed_is_refused(change, found):
    text = settled(toml_of(record_bytes()))
    assert change[0] in text
    with pytest.raises(InputError, match=found):
        confirmed(text.replace(*change, 1).encode(), "draft.toml", "A Person", TODAY)


def test_nobody_confirms_without_a_name():
    with pytest.raises(InputError, match="nobody is named"):
        confirmed(settled(toml_of(record_bytes())).encode(), "draft.toml", "  ", TODAY)


@pytest.mark.parametrize("open_key", ["guess = true", 'doubt = "really?"'])
def test_a_file_that_is_no_draft_holds_nothing_open(open_key):
    text = settled(toml_of(record_bytes())).replace('state = "draft"', "")
    text = text.replace('kind = "inclusion"', f'kind = "inclusion"\n{open_key}', 1)
    with pytest.raises(InputError, match="guess or in doubt"):
        trial_of(text.encode(), "x.toml")
    trial_of(text.replace(open_key, "").encode(), "x.toml")


def test_an_answer_without_a_doubt_is_refused():
    text = settled(toml_of(record_bytes())).replace('id = "inclusion-1"', 'id = "inclusion-1"\nanswer = "a"')
    with pytest.raises(InputError, match="'answer' without a 'doubt'"):
        trial_of(text.encode(), "x.toml")


def test_no_registered_trial_is_a_draft():
    assert [id for id, trial in protocols().items() if trial.draft] == []


# --- the registration of RESCUE END-LOW itself

PAIRS = {
    "age": "inclusion-1",
    "nihss-initial": "inclusion-2-1",
    "progression-to-randomisation": "inclusion-5",
    "nihss-before-randomisation": "inclusion-6",
    "aspects": "inclusion-10",
    "core-volume": "inclusion-11-1",
    "mismatch-ratio": "inclusion-11-2",
    "mismatch-volume": "inclusion-11-3",
    "prestroke-mrs": "exclusion-1",
}


@pytest.fixture
def registered(shared):
    return (shared / "sources" / "004_035f3a6eca708e2e.txt").read_text("utf-8")


def written(id):
    return next(item.rule for item in protocol("rescue-end-low").criteria if item.id == id)


@pytest.mark.shared
def test_the_guesses_from_end_low_are_the_rules_that_people_wrote(registered):
    trial = loaded(registered.encode(), id="rescue-end-low")
    guessed = {item.id: item.rule for item in trial.criteria if item.origin.guess}
    assert guessed == {there: written(here) for here, there in PAIRS.items()}
    assert {item.kind.value for item in trial.criteria} == {"inclusion", "exclusion"}
    places = {item.place for item in trial.criteria}
    assert len(places) == 11 + 15


GARBLED = {
    "all signs became equalities": lambda text: (
        text.translate(dict.fromkeys(map(ord, "≥≤"), "=")).replace("\\<", "=").replace("\\>", "=")
    ),
    "half of them did": lambda text: text.translate(dict.fromkeys(map(ord, "≥≤"), "=")),
    "they were dropped": lambda text: text.translate(dict.fromkeys(map(ord, "≥≤\\<>"), "")),
    "read in another encoding": lambda text: text.encode().decode("cp1252", "replace"),
    "forced into ASCII": lambda text: text.encode("ascii", "replace").decode(),
    "boxes": lambda text: text.translate(dict.fromkeys(map(ord, "≥≤"), "□")),
}


@pytest.mark.shared
@pytest.mark.parametrize("how", GARBLED)
def test_a_garbled_copy_yields_no_wrong_rule_and_says_so(registered, how):
    draft = drafted(read_registration(GARBLED[how](registered).encode(), "copy.txt"), "rescue-end-low")
    right = {written(here) for here in PAIRS}
    guessed = {item.rule for item in draft.criteria if isinstance(item.rule, Within)}
    assert guessed <= right
    assert len(guessed) < len(right)
    lines = registered.split("\n")
    warned = {int(line.split(":")[1]) for line in draft.warnings if "registry" in line}
    assert {lines.index(line) + 1 for line in lines if "≥ 6" in line} <= warned
    assert all(item.doubt for item in draft.criteria if item.guess and item.place.startswith("inclusion"))
