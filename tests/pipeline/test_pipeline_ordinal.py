"""The modified Rankin Scale from files and from published trials: what is read, and every refusal."""

from __future__ import annotations

import pytest

from tissueclock.core.errors import InputError, UsageError
from tissueclock.evidence.ordinal.rows import OrdinalRows
from tissueclock.pipeline.ordinal import Choices, published_ordinal, read_ordinal
from tissueclock.protocol.results.registry import published

COUNTS = "arm,0,1,2,3,4,5,6\nEVT,2,3,9,17,33,18,18\nmedical,0,3,5,5,25,40,24\n"
PATIENTS = """id,arm,mrs,age,sex,site
p1,a,0,70,f,1
p2,b,6,81,m,2
p3,a,3,65,m,10
p4,b,3,77,f,1
p5,b,2,60,f,2
p6,a,5,59,m,10
"""


@pytest.fixture
def file(tmp_path):
    def write(text, name="trial.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write


def test_counts_are_read_and_the_first_row_is_the_treatment(file):
    found = read_ordinal(file(COUNTS))
    assert found.table.arms == ("EVT", "medical")
    assert found.table.counts == ((2, 3, 9, 17, 33, 18, 18), (0, 3, 5, 5, 25, 40, 24))
    assert (found.title, found.notes, found.published) == ("trial", (), ())


def test_another_arm_may_be_the_treatment(file):
    found = read_ordinal(file(COUNTS), Choices(treatment="medical"))
    assert found.table == read_ordinal(file(COUNTS)).table.turned()


def test_columns_may_stand_in_any_place_and_merged_grades_are_one(file):
    found = read_ordinal(file('0-1,arm,2,3,4,"5-6"\n10,"a, b",11,18,24,61\n2,c,1,13,16,90\n'))
    assert found.table.levels == ("0-1", "2", "3", "4", "5-6")
    assert found.table.arms == ("a, b", "c")


@pytest.mark.parametrize(
    "change", [lambda text: "\ufeff" + text, lambda text: text.replace("\n", "\r\n\r\n")]
)
def test_files_of_spreadsheets_are_read(file, change):
    assert read_ordinal(file(change(COUNTS))).table == read_ordinal(file(COUNTS, "plain.csv")).table


def test_patients_are_read_with_numbers_and_categories_as_covariates(file):
    rows = read_ordinal(file(PATIENTS), Choices(categorical=("site",))).data
    assert isinstance(rows, OrdinalRows)
    assert rows.arms == ("a", "b")
    assert rows.level_of == (0, 6, 3, 3, 2, 5)
    assert [term.labels for term in rows.terms] == [("age",), ("sex=m",), ("site=2", "site=10")]
    assert rows.terms[0].columns == ((70, 81, 65, 77, 60, 59),)


def test_chosen_covariates_and_strata_only(file):
    rows = read_ordinal(file(PATIENTS), Choices(covariates=("sex",), strata="site")).data
    assert [term.name for term in rows.terms] == ["sex"]
    assert rows.strata == ("1", "2", "10", "1", "2", "10")
    rows = read_ordinal(
        file(PATIENTS), Choices(covariates=("sex",), strata="site", categorical=("site",))
    ).data
    assert [term.name for term in rows.terms] == ["sex", "site"]
    rows = read_ordinal(file(PATIENTS), Choices(strata="site")).data
    assert [term.name for term in rows.terms] == ["age", "sex"]


def test_arms_coded_0_and_1_are_pointed_out(file):
    text = "arm,mrs\n0,3\n1,2\n0,5\n1,0\n"
    assert "--treatment 1" in read_ordinal(file(text)).notes[0]
    assert read_ordinal(file(text), Choices(treatment="1")).notes == ()
    assert read_ordinal(file(text), Choices(treatment="1")).table.arms == ("1", "0")


def test_missing_values_are_refused_or_counted(file):
    text = PATIENTS.replace("p4,b,3,77,f,1", "p4,b,NA,77,f,1").replace("p5,b,2,60", "p5,b,2,")
    with pytest.raises(InputError) as caught:
        read_ordinal(file(text))
    assert caught.value.found == "values are missing: mrs (1), age (1)."
    assert "--missing exclude" in caught.value.remedy
    found = read_ordinal(file(text), Choices(covariates=("age",), exclude_missing=True))
    assert found.table.n == (3, 1)
    assert found.notes == ("2 of 6 patients are left out; missing: mrs (1), age (1).",)
    assert read_ordinal(file(text), Choices(covariates=("sex",), exclude_missing=True)).table.n == (3, 2)


def test_merging_is_said(file):
    for text in (COUNTS, PATIENTS):
        found = read_ordinal(file(text)).merged_5_6()
        assert found.table.levels[-1] == "5-6"
        assert found.to_json()["notes"] == ["The grades 5 and 6 are one level."]


BAD = {
    "nothing": ("", "it holds no row"),
    "titles only": ("arm,mrs\n", "it holds no row"),
    "no arm": ("group,mrs\na,1\n", "no column 'arm'"),
    "a quotation mark": ('arm,mrs\n"a,1\n', "not valid CSV"),
    "a title twice": ("arm,mrs,mrs\na,1,1\n", "the column 'mrs' comes twice"),
    "no title": ("arm,mrs,\na,1,1\n", "column 3 has no title"),
    "a cell too many": ("arm,mrs\na,1,5\n", "it has 3 cells under 2 titles"),
    "an mRS of 7 in the titles": ("arm,0,1,2,3,4,5,6,7\na,1,1,1,1,1,1,1,1\n", "there is no mRS of '7'"),
    "an mRS of 7": ("arm,mrs\na,1\nb,7\n", "the mRS of row 2 is 7"),
    "a negative mRS": ("arm,mrs\na,1\nb,-1\n", "the mRS of row 2 is no whole number"),
    "half a grade": ("arm,mrs\na,1\nb,2.5\n", "the mRS of row 2 is no whole number"),
    "no grade 6": ("arm,0,1,2,3,4,5\na,1,1,1,1,1,1\nb,1,1,1,1,1,1\n", "not the grades 0 to 6"),
    "half a patient": (COUNTS.replace("33", "33.5"), "the count of row 1 at '4' is no whole number"),
    "no count": (COUNTS.replace("33", ""), "the count of row 1 at '4' is no whole number"),
    "a negative count": (COUNTS.replace("33", "-33"), "'EVT' has a negative count"),
    "an empty arm": ("arm,0-3,4-6\na,1,2\nb,0,0\n", "'b' has no patients"),
    "one arm": ("arm,0-3,4-6\na,1,2\n", "it has 1 arm: a"),
    "three arms": ("arm,0-3,4-6\na,1,2\nb,1,2\nc,3,4\n", "it has 3 arms: a, b, c"),
    "one arm of patients": ("arm,mrs\na,1\na,2\n", "it has 1 arm: a"),
    "an arm twice": ("arm,0-3,4-6\na,1,2\na,1,2\n", "row 2 names no new arm"),
    "an arm without a name": ("arm,0-3,4-6\na,1,2\n,1,2\n", "row 2 names no new arm"),
    "an id as covariate": (
        "arm,mrs,name\n" + "".join(f"{'ab'[n % 2]},{n % 7},x{n}\n" for n in range(40)),
        "the column 'name' has 40 categories",
    ),
    "nobody complete": ("arm,mrs,age\na,1,\nb,,3\n", "every patient has a missing value"),
}


@pytest.mark.parametrize(("text", "found"), BAD.values(), ids=BAD)
def test_a_file_that_is_no_such_table_is_refused(file, text, found):
    exclude = found.startswith("every patient")
    with pytest.raises(InputError) as caught:
        read_ordinal(file(text), Choices(exclude_missing=exclude))
    assert found in caught.value.found
    assert caught.value.where.startswith("trial.csv")
    assert caught.value.remedy


def test_bytes_that_are_no_text_are_refused(file):
    with pytest.raises(InputError, match="is not UTF-8 text"):
        read_ordinal(file(COUNTS + "é", encoding="latin-1"))


@pytest.mark.parametrize(
    ("text", "choices", "message"),
    [
        (COUNTS, Choices(treatment="drug"), "no arm 'drug'"),
        (PATIENTS, Choices(treatment="drug"), "no arm 'drug'"),
        (COUNTS, Choices(covariates=("age",)), "choice about covariates"),
        (PATIENTS, Choices(covariates=("weight",)), "no column 'weight'"),
        (PATIENTS, Choices(strata="mrs"), "no column 'mrs' to use"),
    ],
)
def test_a_choice_that_does_not_fit_the_file_is_wrong_usage(file, text, choices, message):
    with pytest.raises(UsageError, match=message):
        read_ordinal(file(text), choices)


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path):
    with pytest.raises(UsageError, match=r"nowhere\.csv: there is no such file"):
        read_ordinal(tmp_path / "nowhere.csv")


@pytest.mark.parametrize("trial", [name for name, found in published().items() if found.mrs()])
def test_every_trial_with_counts_is_read(trial):
    found, both = published_ordinal(trial), published()[trial].mrs()
    assert found.table.counts == (both.treatment.counts, both.control.counts)
    assert found.citation == published()[trial].citation
    assert ("recalled" in " ".join(found.notes)) == (both.confidence.value != "found")
    assert all(item["confidence"] for item in found.published)


def test_a_published_trial_shows_what_was_printed_and_how_surely():
    found = published_ordinal("mr-clean")
    shown = {item["outcome"]: item for item in found.published}
    assert shown["mrs-shift-unadjusted"]["text"] == "cOR 1.66 (1.21 to 2.28)"
    assert (shown["mrs-shift-unadjusted"]["confidence"], shown["mrs-shift"]["adjusted"]) == ("recalled", True)
    assert published_ordinal("laste").notes[0].startswith("The printed deaths")


def test_a_trial_without_certain_counts_says_why():
    with pytest.raises(InputError) as caught:
        published_ordinal("escape")
    assert "no certain counts" in caught.value.found
    assert "24, 34, 29" in caught.value.found
    assert "rescue-japan-limit" in caught.value.remedy
    with pytest.raises(UsageError, match="no published result of 'nope'"):
        published_ordinal("nope")
