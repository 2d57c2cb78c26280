"""Exports: FHIR bundles that another program can decide by, and SDTM rows as the guide asks for them."""

import csv
import io
import json
import re
from dataclasses import replace

import pytest
from fhir_reader import ID, VALUES, Reader, problems
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.core.errors import InputError, UsageError
from tissueclock.core.notice import DISCLAIMER
from tissueclock.eligibility.evaluate import assess
from tissueclock.eligibility.export.fhir_facts import facts_bundle
from tissueclock.eligibility.export.fhir_protocol import protocol_bundle
from tissueclock.eligibility.export.resource import LOINC, UCUM
from tissueclock.eligibility.export.sdtm import (
    IE_COLUMNS,
    TI_COLUMNS,
    checked_code,
    checked_subject,
    csv_text,
    ie_rows,
    ti_rows,
    version_of,
)
from tissueclock.eligibility.export.sdtm import test_codes as codes_of
from tissueclock.facts.case import CaseFacts, Fact
from tissueclock.facts.definition import Kind
from tissueclock.facts.derive import complete
from tissueclock.facts.vocabulary import vocabulary
from tissueclock.protocol.model import CriterionKind, Role
from tissueclock.protocol.registry import protocol, protocols
from tissueclock.protocol.rule import AllOf, AnyOf, OneOf, Within
from tissueclock.protocol.standing import Standing, State

EVERY = pytest.mark.parametrize("id", protocols())


def bundle_of(trial):
    """Return the bundle as another program would read it."""
    return json.loads(json.dumps(protocol_bundle(trial), allow_nan=False))


def gates(trial):
    return [item for item in trial.criteria if item.role is Role.GATE]


# --- FHIR: trials


@EVERY
def test_a_stranger_decides_every_worked_case_by_the_bundle_alone(id):
    trial = protocol(id)
    reader = Reader(bundle_of(trial))
    for case in trial.cases:
        facts = complete(case.facts())
        assert reader.decide(facts) == assess(trial, facts).decision.value, case.name


@EVERY
def test_every_criterion_is_one_characteristic_with_its_words_and_confidence(id):
    trial = protocol(id)
    said = [
        {item["url"].rpartition(":")[2]: item["valueString"] for item in found["extension"]}
        for found in Reader(bundle_of(trial)).eligible["characteristic"]
    ]
    assert [(item["criterion"], item["description"], item["confidence"]) for item in said] == [
        (item.id, item.text, item.confidence.value) for item in gates(trial)
    ]


@EVERY
def test_a_bundle_has_the_form_of_r5(id):
    bundle = bundle_of(protocol(id))
    assert list(problems(bundle)) == []
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(urls)) == len(urls)
    for entry in bundle["entry"]:
        item = entry["resource"]
        assert entry["fullUrl"] == f"urn:uuid:{item['id']}"
        assert ID.fullmatch(item["id"])
        assert item["meta"]["tag"][0]["display"] == DISCLAIMER
        if item["resourceType"] == "Group":
            assert (item["type"], item["membership"]) == ("person", "definitional")
            for found in item["characteristic"]:
                assert sum(key in found for key in VALUES) == 1
                assert set(found) - set(VALUES) <= {"code", "exclude", "extension"}
                for end in found.get("valueRange", {}).values():
                    assert "comparator" not in end  # the ends of a Range are simple quantities
    used = set(re.findall(r'"reference": "([^"]+)"', json.dumps(bundle)))
    assert used == set(urls[1:])  # every group is referred to, the study by nobody


def test_the_study_says_what_the_file_says():
    trial = protocol("rescue-end-low")
    study = Reader(bundle_of(trial)).study
    assert (study["status"], study["date"], study["version"]) == ("active", "2025-09-12", trial.digest)
    assert study["identifier"][1] == {"system": "https://clinicaltrials.gov", "value": "NCT06155032"}
    assert [item["name"] for item in study["comparisonGroup"]] == list(trial.arms)
    assert study["outcomeMeasure"][0]["description"] == trial.primary_endpoint
    assert len(study["note"]) == len(trial.readings)
    draft = replace(trial, standing=Standing(state=State.DRAFT))
    assert Reader(bundle_of(draft)).study["status"] == "draft"


def with_rule(rule, kind=None, applies_when=None):
    """Return a trial whose first criterion has another rule, and no other criterion."""
    trial = protocol("defuse-3")
    first = replace(trial.criteria[0], rule=rule, applies_when=applies_when)
    if kind is not None:
        first = replace(first, kind=kind)
    return replace(trial, criteria=(first,), cases=(), readings=(), predicates=())


AGE = Within(fact="age", low=18, high=80)
OPEN = Within(fact="age", low=18, high=80, includes_high=False)
SITES = OneOf(fact="occlusion_site", words=frozenset({"M1", "ICA_T"}))
SEVERE = Within(fact="nihss", low=10, includes_low=False)
RULES = [AGE, OPEN, SITES, SEVERE, AnyOf((AGE, SEVERE)), AllOf((OPEN, AnyOf((SITES, SEVERE))))]
VALUES_TRIED = [
    {"age": age, "nihss": nihss, "occlusion_site": site}
    for age in (None, 17, 18, 79, 80, 81)
    for nihss in (None, 10, 11)
    for site in (None, frozenset(), frozenset({"M2"}), frozenset({"M1", "M2"}))
]


def case_of(values):
    return CaseFacts.of(Fact(name=n, value=v, source="t") for n, v in values.items() if v is not None)


@pytest.mark.parametrize("applies_when", [None, SEVERE], ids=["always", "sometimes"])
@pytest.mark.parametrize("kind", list(CriterionKind))
@pytest.mark.parametrize("rule", RULES, ids=range(len(RULES)))
def test_every_form_of_rule_means_the_same_abroad(rule, kind, applies_when):
    trial = with_rule(rule, kind, applies_when)
    reader = Reader(bundle_of(trial))
    for values in VALUES_TRIED:
        case = case_of(values)
        found = assess(trial, case)
        # A criterion that does not apply stops nobody; alone it shows nothing, which a Group cannot say.
        alone = found.criteria[0].outcome.value == "not-applicable"
        assert reader.decide(case) == ("eligible" if alone else found.decision.value), values


def test_a_strict_limit_keeps_its_sign_and_a_closed_range_is_one():
    (strict,) = Reader(bundle_of(with_rule(SEVERE))).eligible["characteristic"]
    assert strict["valueQuantity"] == {
        "value": 10,
        "comparator": ">",
        "unit": "points",
        "system": "http://unitsofmeasure.org",
        "code": "{score}",
    }
    (closed,) = Reader(bundle_of(with_rule(AGE))).eligible["characteristic"]
    assert (closed["valueRange"]["low"]["value"], closed["valueRange"]["high"]["code"]) == (18, "a")


def test_the_same_trial_is_the_same_bundle():
    assert protocol_bundle(protocol("dawn")) == protocol_bundle(protocol("dawn"))


# --- FHIR: facts


def test_every_unit_of_the_vocabulary_has_a_code_and_every_code_a_fact():
    assert {definition.unit for definition in vocabulary().values()} <= set(UCUM)
    assert set(LOINC) <= set(vocabulary())


def observations(*facts):
    bundle = json.loads(json.dumps(facts_bundle(CaseFacts.of(facts)), allow_nan=False))
    assert list(problems(bundle)) == []
    return [entry["resource"] for entry in bundle["entry"]]


def test_a_fact_is_an_observation_with_unit_and_codes_and_nobody():
    (found,) = observations(Fact(name="inr", value=1.8, source="lab of Jane Doe", interval=(1.7, 1.9)))
    assert (found["status"], found["valueQuantity"]["value"]) == ("final", 1.8)
    assert found["code"]["coding"][1]["code"] == "6301-6"
    assert found["extension"][0]["valueRange"]["high"]["value"] == 1.9
    assert "subject" not in found
    assert "Doe" not in json.dumps(found)


def test_words_and_answers_are_observations_too():
    wake, sex, one, two, none = observations(
        Fact(name="wake_up", value=False, source="t"),
        Fact(name="sex", value="female", source="t"),
        Fact(name="occlusion_modality", value=frozenset({"CTA"}), source="t"),
        Fact(name="occlusion_site", value=frozenset({"M1", "ICA_T"}), source="t"),
    ) + observations(Fact(name="occlusion_site", value=frozenset(), source="t"))
    assert (wake["valueBoolean"], sex["valueCodeableConcept"]["text"]) == (False, "female")
    assert one["valueCodeableConcept"]["text"] == "CTA"
    assert [item["valueCodeableConcept"]["text"] for item in two["component"]] == ["ICA_T", "M1"]
    assert none["valueCodeableConcept"] == {"text": "none"}


@pytest.mark.parametrize(
    ("fact", "code"),
    [
        (Fact(name="age", value=None, source="t", reason="Jane Doe was born on a Monday"), "unknown"),
        (Fact(name="mismatch_ratio", value=None, infinite=True, source="t"), "positive-infinity"),
        (Fact(name="core_ml", value=20, source="t", withheld_by=("Doe moved",), interval=(1, 30)), "error"),
    ],
)
def test_what_is_not_known_has_a_reason_and_no_value(fact, code):
    (found,) = observations(fact)
    assert found["dataAbsentReason"]["coding"][0]["code"] == code
    assert not [key for key in found if key.startswith("value") or key in ("component", "extension")]
    assert "Doe" not in json.dumps(found)


def test_every_fact_of_the_vocabulary_can_be_exported():
    examples = {Kind.BOOLEAN: True, Kind.INTEGER: 1, Kind.NUMBER: 1}
    facts = [
        Fact(
            name=name,
            value=examples.get(
                item.kind, frozenset(item.choices) if item.kind is Kind.SET else "".join(item.choices[:1])
            ),
            source="t",
        )
        for name, item in vocabulary().items()
        if not item.numeric or item.complaint(1) == ""
    ]
    assert len(observations(*facts)) == len(facts) > 80


# --- SDTM


def parsed(columns, rows):
    return list(csv.DictReader(io.StringIO(csv_text(columns, rows))))


@EVERY
def test_the_list_of_criteria_follows_the_guide(id):
    trial = protocol(id)
    rows = parsed(TI_COLUMNS, ti_rows(trial, "ST1"))
    for row, item in zip(rows, gates(trial), strict=True):
        assert (
            row["IETEST"] == item.text if len(item.text) <= 200 else item.text.startswith(row["IETEST"][:-3])
        )
    assert len({row["IETESTCD"] for row in rows}) == len(rows)
    for row in rows:
        assert re.fullmatch(r"[A-Z_][A-Z0-9_]{0,7}", row["IETESTCD"])
        assert 0 < len(row["IETEST"]) <= 200
        assert row["IECAT"] in ("INCLUSION", "EXCLUSION")
        assert (row["STUDYID"], row["DOMAIN"], row["TIVERS"]) == ("ST1", "TI", version_of(trial))


@EVERY
def test_only_what_is_not_met_is_an_exception(id):
    trial = protocol(id)
    kinds = {item.id: item.kind.value.upper() for item in gates(trial)}
    known = {row["IETESTCD"]: row["IETEST"] for row in ti_rows(trial, "ST1")}
    for case in trial.cases:
        found = assess(trial, complete(case.facts()))
        rows = parsed(IE_COLUMNS, ie_rows(trial, found, "ST1", "001"))
        failed = [item.id for item in found.criteria if item.outcome.value == "fail" and item.id in kinds]
        assert [row["IESPID"] for row in rows] == failed
        assert [row["IESEQ"] for row in rows] == [str(n) for n in range(1, len(rows) + 1)]
        for row in rows:
            assert (row["IECAT"], known[row["IETESTCD"]]) == (kinds[row["IESPID"]], row["IETEST"])
            assert row["IEORRES"] == row["IESTRESC"] == ("N" if row["IECAT"] == "INCLUSION" else "Y")
            assert (row["DOMAIN"], row["USUBJID"]) == ("IE", "ST1-001")


def test_a_code_does_not_move_when_other_criteria_come_and_go():
    trial = protocol("defuse-3")
    shorter = replace(trial, criteria=trial.criteria[1:], cases=(), readings=(), predicates=())
    assert set(codes_of(shorter).items()) < set(codes_of(trial).items())
    assert codes_of(trial)["age"] == "IAGEAE7"


def test_codes_that_are_alike_are_refused(monkeypatch):
    monkeypatch.setattr("tissueclock.eligibility.export.sdtm._test_code", lambda item: "ISAME")
    with pytest.raises(InputError, match="would share a short name"):
        codes_of(protocol("defuse-3"))


def test_a_long_statement_is_shortened():
    trial = protocol("defuse-3")
    long = replace(trial.criteria[0], text="word " * 80)
    rows = ti_rows(replace(trial, criteria=(long, *trial.criteria[1:])), "ST1")
    assert (len(rows[0]["IETEST"]) <= 200, rows[0]["IETEST"][-3:]) == (True, "...")


def test_without_an_exception_the_table_is_its_header():
    assert csv_text(IE_COLUMNS, ()) == ",".join(IE_COLUMNS) + "\n"


@pytest.mark.parametrize("text", ["Jane Doe", "", "=1+1", "a/b", "ä", "x" * 41, "-1", "a\nb"])
def test_what_may_be_a_name_is_no_code_and_is_not_repeated(text):
    with pytest.raises(UsageError) as caught:
        checked_subject(text)
    assert not text or text not in str(caught.value)
    assert checked_code("subject", "S-001.a_b") == "S-001.a_b"


DATES = [
    *("1950-03-12", "1950.3.12", "1950_03_12", "12-03-1950", "3.12.50", "12.03.50", "19500312", "12031950"),
    *("12MAR1950", "12-Mar-1950", "12mar50", "1950-March-12", "Mar-12-1950", "March_12_50"),
    *("195003121230", "S-1950-03-12", "Smith19500312", "S1.12-Mar-1950.b"),
]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        *((text, "shape of a date") for text in DATES),
        *((text, "without a digit") for text in ("Smith", "Doe-Jane", "J.D.", "a_b")),
    ],
)
def test_a_subject_that_is_a_word_or_a_date_is_refused_and_not_repeated(text, message):
    with pytest.raises(UsageError, match=message) as caught:
        checked_subject(text)
    assert text not in str(caught.value)
    trial = protocol("defuse-3")
    found = assess(trial, complete(trial.cases[0].facts()))
    with pytest.raises(UsageError, match=message):
        ie_rows(trial, found, "ST1", text)


@pytest.mark.parametrize(
    "text", ["001", "S-001.a_b", "01-01-001", "101001", "1234567", "123456789", "99999-12", "DEC-0001", "7"]
)
def test_a_number_of_a_study_is_a_subject(text):
    assert checked_subject(text) == text


def test_a_study_may_be_a_word():
    assert ti_rows(protocol("defuse-3"), "ENDLOW")[0]["STUDYID"] == "ENDLOW"


@given(st.dates(), st.sampled_from(["%Y-%m-%d", "%Y%m%d", "%d.%m.%Y", "%m_%d_%Y", "%d%b%Y", "%d-%b-%y"]))
def test_no_day_in_a_usual_form_is_a_subject(day, form):
    with pytest.raises(UsageError, match="shape of a date"):
        checked_subject(f"P{day.replace(year=max(day.year, 1000)).strftime(form)}")
