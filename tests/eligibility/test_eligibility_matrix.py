"""The matrix: every criterion in its column, a cell as bad as its worst, and what does not decide marked."""

import dataclasses
import json

import pytest
from change_lab import worked

from tissueclock.eligibility.evaluate import assess
from tissueclock.eligibility.matrix import COLUMNS, families_of, family_of, matrix, matrix_json
from tissueclock.eligibility.outcome import Assessment, CriterionResult, Decision, Outcome
from tissueclock.facts.vocabulary import vocabulary
from tissueclock.protocol.registry import protocols

CASE = worked("defuse-3", "in order on CT", age=85, core_ml=60, hypoperfused_ml=98)


def result(name, outcome, facts=("age",), role="gate", confidence="found"):
    return CriterionResult(
        id=name,
        kind="inclusion",
        facts=facts,
        outcome=outcome,
        text="t",
        because="b",
        confidence=confidence,
        role=role,
    )


def cell(*results, column="age"):
    assessment = Assessment(
        trial="t", title="T", digest="d", decision=Decision.UNDETERMINED, criteria=results
    )
    (row,) = matrix([assessment])
    return row.cells[COLUMNS.index(column)]


@pytest.mark.parametrize(
    ("fact", "column"),
    [
        ("age", "age"),
        ("nihss_pre_rand", "NIHSS"),
        ("prestroke_mrs", "pre-stroke mRS"),
        ("lkw_to_rand_h", "window"),
        ("sleep_midpoint_to_rand_h", "window"),
        ("aspects_dwi", "ASPECTS"),
        ("mca_third", "ASPECTS"),
        ("core_ml", "core"),
        ("predicted_core_ml", "core"),
        ("core_fraction_of_risk", "core"),
        ("mismatch_ratio", "mismatch"),
        ("tmax10_ml", "mismatch"),
        ("hypoperfused_ml", "mismatch"),
        ("dwi_flair_mismatch", "mismatch"),
        ("occlusion_site", "occlusion"),
        ("collateral_grade", "occlusion"),
        ("pregnant", "other"),
        ("glucose_mg_dl", "other"),
        ("judgement.dawn.follow-up", "other"),
    ],
)
def test_a_fact_has_its_column(fact, column):
    assert family_of(fact) == column


def test_no_fact_is_in_a_column_by_accident():
    """The start of a name must not catch another kind of fact."""
    caught = {name: family_of(name) for name in vocabulary()}
    assert {name for name, column in caught.items() if column == "age"} == {"age"}
    assert not [name for name, column in caught.items() if column == "core" and "core" not in name]
    assert all(
        "_to_" in n or n in ("wake_up", "onset_known", "symptom_duration_min")
        for n, c in caught.items()
        if c == "window"
    )


@pytest.mark.parametrize(
    ("facts", "columns"),
    [
        (("lkw_to_ivt_h", "age", "nihss"), ("window",)),
        (("core_ml", "mismatch_ml", "aspects_ct"), ("core", "mismatch", "ASPECTS")),
        (("nihss", "core_ml"), ("core",)),
        (("ich_on_imaging",), ("other",)),
    ],
)
def test_a_criterion_of_several_families_has_its_place(facts, columns):
    assert families_of(facts) == columns


@pytest.mark.parametrize(
    ("outcomes", "worst"),
    [
        ((Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN), Outcome.FAIL),
        ((Outcome.PASS, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE), Outcome.UNKNOWN),
        ((Outcome.NOT_APPLICABLE, Outcome.PASS), Outcome.PASS),
        ((Outcome.NOT_APPLICABLE,), Outcome.NOT_APPLICABLE),
        ((), None),
    ],
)
def test_a_cell_is_its_worst_criterion(outcomes, worst):
    found = cell(*(result(f"c{place}", outcome) for place, outcome in enumerate(outcomes)))
    assert found.outcome is worst
    assert found.criteria == tuple(f"c{place}" for place, outcome in enumerate(outcomes) if outcome is worst)


def test_what_does_not_decide_stands_in_brackets_and_never_hides_what_does():
    stratum = result("s", Outcome.FAIL, role="stratum")
    assert cell(stratum).word == "(fail)"
    both = cell(stratum, result("g", Outcome.PASS))
    assert (both.word, both.criteria, both.decides) == ("pass", ("g",), True)


def test_what_was_only_recalled_is_marked():
    recalled = result("r", Outcome.FAIL, confidence="recalled")
    assert cell(recalled).word == "fail recalled"
    assert cell(recalled, result("f", Outcome.FAIL)).word == "fail"
    assert cell(dataclasses.replace(recalled, role="analysis")).word == "(fail recalled)"
    assert cell().word == "-"


def test_every_registered_trial_has_a_row_and_the_row_fits_the_assessment():
    assessments = [assess(trial, CASE) for trial in protocols().values()]
    for assessment, row in zip(assessments, matrix(assessments), strict=True):
        assert (row.trial, row.decision) == (assessment.trial, assessment.decision)
        shown = [cell.outcome for cell in row.cells if cell.decides]
        assert (Outcome.FAIL in shown) == (row.decision is Decision.INELIGIBLE)
        listed = {name for cell in row.cells for name in cell.criteria}
        failing = {
            item.id for item in assessment.criteria if item.outcome is Outcome.FAIL and item.role == "gate"
        }
        assert failing <= listed


def test_the_trials_differ_where_they_should():
    rows = {
        row.trial: dict(zip(COLUMNS, row.cells, strict=True))
        for row in matrix([assess(t, CASE) for t in protocols().values()])
    }
    assert rows["defuse-3"]["mismatch"].criteria == ("mismatch-ratio",)
    assert rows["dawn"]["core"].outcome is Outcome.FAIL
    assert rows["dawn"]["mismatch"].outcome is None
    assert rows["defuse-2"]["mismatch"].word.startswith("(")


def test_the_matrix_is_plain_json():
    document = matrix_json(matrix([assess(protocols()["dawn"], CASE)]))
    assert json.loads(json.dumps(document)) == document
    assert list(document["dawn"]) == list(COLUMNS)
    assert document["dawn"]["mismatch"] is None
    assert document["dawn"]["core"]["outcome"] == "fail"
