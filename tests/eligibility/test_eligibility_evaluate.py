"""One case against one trial: applicability, scope, roles, intervals, gates, and what is said about it."""

import tomllib
from decimal import Decimal

import pytest

from tissueclock.core.errors import UsageError
from tissueclock.eligibility.evaluate import assess
from tissueclock.eligibility.outcome import Decision, Outcome
from tissueclock.eligibility.profiles import classify
from tissueclock.facts.case import CaseFacts, Fact
from tissueclock.facts.derive import complete
from tissueclock.facts.entries import case_from_table
from tissueclock.protocol.load import parse_protocol
from tissueclock.protocol.registry import profiles, protocol

TRIAL = """
schema = 1
id = "example"
title = "EXAMPLE"
registration = "none"
citation = "Nobody"
as_of = 2018-02-22
intervention = "An intervention"
primary_endpoint = "An endpoint"
imaging_note = "A note"
settings = { aspects_from = "dwi" }
sources = { paper = "The paper" }

[[criterion]]
id = "core"
kind = "inclusion"
text = "Core below 70 mL"
rule = { fact = "core_ml", op = "<", value = 70 }
confidence = "found"
source = "paper"
place = "methods"

[[criterion]]
id = "inr"
kind = "exclusion"
text = "INR above 3 under an anticoagulant"
applies_when = { fact = "anticoagulant", op = "is", value = true }
rule = { fact = "inr", op = ">", value = 3 }
confidence = "recalled"
source = "paper"
place = "methods"

[[criterion]]
id = "large"
kind = "inclusion"
role = "stratum"
text = "ASPECTS 3 to 5"
rule = { fact = "aspects_{aspects_from}", op = "between", value = [3, 5] }
confidence = "found"
source = "paper"
place = "methods"

[[criterion]]
id = "site"
kind = "inclusion"
text = "ICA or M1, and no coma"
confidence = "recalled-uncertain"
source = "paper"
place = "methods"
[criterion.rule]
all = [
  { fact = "occlusion_site", op = "in", value = ["ICA_T", "M1"] },
  { fact = "coma", op = "is", value = false },
]
"""
EXAMPLE = parse_protocol(tomllib.loads(TRIAL, parse_float=Decimal), "example.toml", "sha256:0")
GOOD = {"core_ml": 20, "anticoagulant": False, "aspects_dwi": 4, "occlusion_site": ["M1"], "coma": False}


def found(scope="full", **changes):
    values = {name: value for name, value in (GOOD | changes).items() if value is not ...}
    return assess(EXAMPLE, case_from_table(values, "typed"), scope)


def outcome(assessment, id):
    return next(item for item in assessment.criteria if item.id == id)


def test_a_good_case_is_eligible():
    result = found()
    assert result.decision is Decision.ELIGIBLE
    assert (result.trial, result.title, result.digest) == ("example", "EXAMPLE", "sha256:0")
    assert (result.missing, result.borderline, result.withheld_by) == ((), (), ())


def test_facts_are_the_names_in_the_rule():
    assert [item.facts for item in found().criteria] == [
        ("core_ml",),
        ("inr",),
        ("aspects_dwi",),
        ("occlusion_site", "coma"),
    ]


@pytest.mark.parametrize(
    ("anticoagulant", "inr", "expected", "missing"),
    [
        (False, ..., Outcome.NOT_APPLICABLE, ()),
        (False, 5, Outcome.NOT_APPLICABLE, ()),
        (True, 2, Outcome.PASS, ()),
        (True, 5, Outcome.FAIL, ()),
        (True, ..., Outcome.UNKNOWN, ("inr",)),
        (..., 2, Outcome.PASS, ()),
        (..., 5, Outcome.UNKNOWN, ("anticoagulant",)),
        (..., ..., Outcome.UNKNOWN, ("anticoagulant", "inr")),
    ],
)
def test_whether_a_criterion_applies_is_three_valued_too(anticoagulant, inr, expected, missing):
    result = found(anticoagulant=anticoagulant, inr=inr)
    assert outcome(result, "inr").outcome is expected
    assert result.missing == missing


def test_why_a_criterion_does_not_apply_or_may_not():
    assert outcome(found(), "inr").because == "does not apply (current oral anticoagulant: no)"
    assert outcome(found(anticoagulant=..., inr=5), "inr").because == (
        "open whether it applies (current oral anticoagulant (anticoagulant) is not stated); "
        "INR 5 is above the limit of 3"
    )


def test_a_stratum_is_answered_but_does_not_decide():
    result = found(aspects_dwi=9)
    assert outcome(result, "large").outcome is Outcome.FAIL
    assert result.decision is Decision.ELIGIBLE
    unknown = found(aspects_dwi=...)
    assert outcome(unknown, "large").outcome is Outcome.UNKNOWN
    assert (unknown.decision, unknown.missing) == (Decision.ELIGIBLE, ())


def test_a_failed_recalled_criterion_keeps_the_verdict_and_is_marked():
    result = found(coma=True)
    assert result.decision is Decision.INELIGIBLE
    assert outcome(result, "site").because == "coma: yes (this criterion is recalled-uncertain)"
    assert "the verdict rests on recalled criteria alone: site" in result.assumed


def test_a_found_criterion_that_fails_as_well_needs_no_mark_on_the_verdict():
    assert found(coma=True, core_ml=80).assumed == ("setting aspects_from = dwi",)


def test_the_settings_of_a_trial_are_stated():
    assert found().assumed == ("setting aspects_from = dwi",)


def test_only_the_branches_that_decide_are_reasons_or_missing():
    result = found(occlusion_site=["M2", "BA"], coma=...)
    assert outcome(result, "site").because.startswith("occlusion site BA, M2 is not among ICA_T, M1")
    assert result.missing == ()
    assert found(coma=...).missing == ("coma",)


# --- scope


def test_the_imaging_scope_asks_what_reads_measured_tissue():
    result = found("imaging", occlusion_site=..., coma=..., anticoagulant=...)
    assert [item.id for item in result.criteria] == ["core", "large"]
    assert result.decision is Decision.ELIGIBLE
    assert result.assumed[-1] == "scope imaging: taken as met without an answer: inr, site"


def test_the_computable_scope_asks_what_the_facts_decide():
    result = found("computable", coma=...)
    assert [item.id for item in result.criteria] == ["core", "inr", "large"]
    assert result.decision is Decision.ELIGIBLE
    assert result.assumed[-1] == "scope computable: taken as met without an answer: site"
    assert found("computable", occlusion_site=["BA"], coma=...).decision is Decision.INELIGIBLE


def test_a_scope_that_leaves_nothing_to_ask_decides_nothing():
    result = assess(EXAMPLE, CaseFacts.of(), "computable")
    assert result.decision is Decision.UNDETERMINED
    assert result.assumed[-1] == "scope computable: there is no criterion to ask, so nothing is decided"


def test_what_does_not_apply_makes_nobody_eligible():
    only = case_from_table({"anticoagulant": False}, "typed")
    assert assess(EXAMPLE, only, "computable").decision is Decision.UNDETERMINED


def test_an_unknown_scope_is_wrong_usage():
    with pytest.raises(UsageError, match=r"^there is no scope 'all'\. Known: imaging, computable, full\.$"):
        found("all")


# --- quality gates and intervals


def measured(**values):
    """Return the good case with some facts replaced by measured ones."""
    facts = [Fact(name=name, source="scan", **fact) for name, fact in values.items()]
    return case_from_table(GOOD, "typed").with_facts(*facts)


@pytest.mark.parametrize("scope", ["full", "computable", "imaging"])
def test_a_withheld_fact_leaves_the_decision_open_and_names_the_gates(scope):
    result = assess(EXAMPLE, measured(core_ml={"value": 80.0, "withheld_by": ("motion", "aif")}), scope)
    assert result.decision is Decision.UNDETERMINED
    assert (result.missing, result.withheld_by) == (("core_ml",), ("motion", "aif"))
    assert outcome(result, "core").because == "core (core_ml) is withheld by motion, aif"


def test_a_trial_that_does_not_need_the_withheld_fact_is_still_judged():
    case = measured(tmax10_ml={"value": 80.0, "withheld_by": ("motion",)})
    result = assess(EXAMPLE, case)
    assert (result.decision, result.withheld_by) == (Decision.ELIGIBLE, ())


@pytest.mark.parametrize(
    ("interval", "borderline"),
    [
        ((60.0, 80.0), ("core_ml",)),
        ((60.0, 70.0), ("core_ml",)),
        ((70.0, 80.0), ()),
        ((60.0, 69.9), ()),
        (None, ()),
    ],
)
def test_an_interval_across_a_limit_is_borderline_and_changes_nothing(interval, borderline):
    result = assess(EXAMPLE, measured(core_ml={"value": 65.0, "interval": interval}))
    assert result.borderline == borderline
    assert result.decision is Decision.ELIGIBLE


def test_both_ends_of_a_range_are_limits():
    result = assess(EXAMPLE, measured(aspects_dwi={"value": 4, "interval": (2, 6)}))
    assert result.borderline == ("aspects_dwi",)


def test_nothing_is_borderline_where_it_is_not_read():
    inr = {"value": Decimal("2.9"), "interval": (2.5, 3.5)}
    assert assess(EXAMPLE, measured(inr=inr)).borderline == ()
    hidden = {"value": 65.0, "interval": (60.0, 80.0), "withheld_by": ("motion",)}
    assert assess(EXAMPLE, measured(core_ml=hidden)).borderline == ()


def test_an_assessment_and_a_decision_are_no_bools():
    with pytest.raises(TypeError, match="three answers"):
        bool(found())
    with pytest.raises(TypeError, match="three values"):
        bool(found().decision)


def test_an_assessment_becomes_json():
    document = found(coma=True).to_json()
    assert document["decision"] == "ineligible"
    assert document["criteria"][3] == {
        "id": "site",
        "kind": "inclusion",
        "facts": ["occlusion_site", "coma"],
        "outcome": "fail",
        "text": "ICA or M1, and no coma",
        "because": "coma: yes (this criterion is recalled-uncertain)",
        "confidence": "recalled-uncertain",
        "role": "gate",
    }


# --- DEFUSE 3 and the profiles


def test_a_patient_with_only_a_scan_is_undetermined_and_told_what_is_missing():
    scan = case_from_table({"core_ml": 20, "hypoperfused_ml": 200, "perfusion_modality": "CT"}, "scan")
    result = assess(protocol("defuse-3"), complete(scan))
    assert result.decision is Decision.UNDETERMINED
    assert result.missing[:3] == ("judgement.defuse-3.anterior-circulation-stroke", "age", "nihss")
    assert not {"core_ml", "mismatch_ratio", "mismatch_ml"} & set(result.missing)


DEFUSE_2_NOTE = "DEFUSE 2 measured the core on diffusion."


def profile(name="defuse-2", **values):
    return classify(profiles()[name], complete(case_from_table(values, "typed")))


def test_a_core_that_is_not_from_diffusion_is_noted():
    assert profile(core_ml=80).notes[0].startswith(DEFUSE_2_NOTE)
    assert profile(core_ml=80, core_adc_ml=80).notes == ()
    assert profile(tmax10_ml=150).notes == ()


def test_the_reason_of_a_class_names_what_decided():
    assert profile(core_ml=80).because == "core 80 mL is above the limit of 70 mL"
    assert profile(core_ml=20, hypoperfused_ml=30, tmax10_ml=0).because == (
        "not malignant: core 20 mL is below the limit of 70 mL; "
        "volume with Tmax > 10 s 0 mL is below the limit of 100 mL; "
        "not target-mismatch: mismatch ratio 1.50 is below the limit of 1.8; "
        "mismatch 10.0 mL is below the limit of 15 mL"
    )


def test_a_class_without_a_core_is_undetermined_whatever_the_delay():
    result = profile(hypoperfused_ml=200, tmax10_ml=150)
    assert (result.label, result.missing) == ("undetermined", ("core_ml",))
    assert result.because == "core (core_ml) is not stated"


def test_a_withheld_fact_leaves_a_class_open_and_names_the_gates():
    core = Fact(name="core_ml", value=20.0, source="scan", withheld_by=("motion",))
    result = classify(profiles()["defuse-2"], complete(CaseFacts.of([core])))
    assert (result.label, result.withheld_by) == ("undetermined", ("motion",))
    assert result.because == "core (core_ml) is withheld by motion"


def test_mr_rescue_reads_the_predicted_core_only():
    assert profile("mr-rescue", core_ml=20, core_fraction_of_risk=Decimal("0.3")).label == "undetermined"
    assert (
        profile("mr-rescue", predicted_core_ml=20, core_fraction_of_risk=Decimal("0.3")).label == "penumbral"
    )


def test_a_profile_becomes_json():
    document = profile("mr-rescue", predicted_core_ml=100).to_json()
    assert document["class"] == "non-penumbral"
    assert document["because"] == "not penumbral: predicted core 100 mL is above the limit of 90 mL"
    assert set(document) == {"class", "title", "digest", "because", "missing", "withheld_by", "notes"}


# --- what no source was read for


@pytest.mark.parametrize("scope", ["full", "computable", "imaging"])
def test_what_was_not_read_is_said_wherever_the_trial_does_not_refuse(scope):
    tesla = protocol("tesla")
    refused = assess(tesla, case_from_table({"aspects_ct": 0}, "typed"), scope)
    is_open = assess(tesla, case_from_table({"aspects_ct": 4}, "typed"), scope)
    words = f"not read in any source, so not asked: {tesla.unread}"
    assert (refused.decision, refused.unread) == (Decision.INELIGIBLE, "")
    assert words not in refused.assumed
    assert is_open.decision is not Decision.INELIGIBLE
    assert is_open.unread == tesla.unread != ""
    assert words in is_open.assumed


def test_a_trial_that_was_read_whole_says_nothing_of_the_kind():
    found = assess(protocol("escape"), CaseFacts.of())
    assert found.unread == ""
    assert not any("not read" in words for words in found.assumed)


def test_an_assessment_knows_how_many_criteria_decide_in_every_scope():
    gates = [item for item in protocol("defuse-3").criteria if item.role.value == "gate"]
    narrow = assess(protocol("defuse-3"), CaseFacts.of(), "imaging")
    assert narrow.gates == len(gates) == assess(protocol("defuse-3"), CaseFacts.of()).gates
    assert len(narrow.criteria) < narrow.gates
