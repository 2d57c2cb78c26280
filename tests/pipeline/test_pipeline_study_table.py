"""Studies from a CSV: every form, what is kept beside, and what is refused with its line."""

from __future__ import annotations

import pytest

from tissueclock.core.errors import InputError, UsageError
from tissueclock.evidence.meta.studies import Given, OneArm, TwoArm, TwoMeans
from tissueclock.pipeline.evidence.study_table import read_study_table

HEAD = "study,ai,n1i,ci,n2i"


@pytest.fixture
def write(tmp_path):
    def make(text: str | bytes, name: str = "studies.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        return path

    return make


FORMS = {
    "two arms": (f"{HEAD}\nA,1,10,2,12\n", "OR", TwoArm(study="A", ai=1, n1i=10, ci=2, n2i=12)),
    "one arm": ("study,xi,ni\nA,1,10\n", "PLO", OneArm(study="A", xi=1, ni=10)),
    "effects": ("study,yi,vi\nA,-0.5,.04\n", "OR", Given(study="A", yi=-0.5, vi=0.04)),
    "effects with errors": ("study,yi,sei\nA,1e-1,0.5\n", "OR", Given(study="A", yi=0.1, vi=0.25)),
    "effects with sizes": ("study,yi,vi,ni\nA,0.5,1,30\n", "PFT", Given(study="A", yi=0.5, vi=1.0, ni=30)),
    "means": (
        "study,m1i,sd1i,n1i,m2i,sd2i,n2i\nA,5.5,1,10,4,1.5,12\n",
        "MD",
        TwoMeans(study="A", m1i=5.5, sd1i=1.0, n1i=10, m2i=4.0, sd2i=1.5, n2i=12),
    ),
    "any order, capitals, spaces, blank lines": (
        "\n N2I , CI,Study,AI, n1i\n\n12, 2 ,A,1.0,10\n,,,,\n",
        "RR",
        TwoArm(study="A", ai=1, n1i=10, ci=2, n2i=12),
    ),
}


@pytest.mark.parametrize(("text", "measure", "study"), FORMS.values(), ids=FORMS)
def test_every_form_is_read(write, text, measure, study):
    table, found = read_study_table(write(text), measure)
    assert table.studies == (study,)
    assert found.name == measure


def test_a_mark_of_the_byte_order_and_quotes_are_no_trouble(write):
    text = "\ufeff" + 'study,yi,vi,site\r\n"Smith, 2001",1,1,"a ""b"""\r\n'
    table, _ = read_study_table(write(text), "RD")
    assert table.studies[0].study == "Smith, 2001"
    assert table.words("site") == ('a "b"',)


def test_counts_are_taken_before_effects_where_the_measure_needs_them(write):
    path = write("study,ai,n1i,ci,n2i,yi,vi\nA,1,10,2,12,9,1\n")
    assert isinstance(read_study_table(path, "OR")[0].studies[0], TwoArm)
    assert isinstance(read_study_table(path, "GEN")[0].studies[0], Given)
    assert isinstance(read_study_table(path, "MD")[0].studies[0], Given)


def test_effects_alone_need_no_measure(write):
    _, measure = read_study_table(write("study,yi,vi\nA,1,1\n"), None)
    assert measure.name == "GEN"


def test_every_other_column_is_kept_as_it_was_written(write):
    table, _ = read_study_table(write(f"{HEAD},Year,site\nA,1,10,2,12,2001,x\nB,1,11,2,12,,y\n"), "OR")
    assert table.columns["Year"] == ("2001", "")
    assert table.moderator("ai").values == (1.0, 1.0)
    assert table.moderator("site").levels == ("x", "y")


def test_a_name_that_comes_twice_is_noted(write):
    table, _ = read_study_table(write(f"{HEAD}\nA,1,10,2,12\nA,2,10,2,12\n"), "OR")
    assert table.notes == ("A is the name of more than one study",)


REFUSED = {
    "empty": ("", "OR", "studies.csv: it holds no rows"),
    "not text": (b"\x89PNG\r\n\xff", "OR", "it is not UTF-8 text"),
    "a quote left open": ('study,yi,vi\n"A,1,1\n', "OR", "it is not valid CSV"),
    "no names": ("name,yi,vi\nA,1,1\n", "OR", "studies.csv: it has no column 'study'"),
    "a column missing": (
        "study,ai,n1i,ci\nA,1,10,2\n",
        "OR",
        "OR is computed from ai,n1i,ci,n2i, and 'n2i' is missing",
    ),
    "a title twice": ("study,yi,vi,yi\nA,1,1,1\n", "OR", "the column 'yi' comes twice"),
    "other columns": ("study;yi;vi\nA;1;1\n", None, "not separated by commas"),
    "a cell too many": ("study,yi,vi\nA,1,1,1\n", "OR", "studies.csv, line 2: it has 4 cells under 3 titles"),
    "no name": ("study,yi,vi\n,1,1\n", "OR", "studies.csv, line 2: the study has no name"),
    "an empty cell": (f"{HEAD}\nA,1,,2,12\n", "OR", "studies.csv, line 2, 'A': n1i is empty"),
    "a word": ("study,yi,vi\nA,one,1\n", "OR", "yi is 'one', which is no number"),
    "nan": ("study,yi,vi\nA,1,nan\n", "OR", "vi is 'nan', which is no number"),
    "infinity": ("study,yi,vi\nA,1,1e999\n", "OR", "vi is '1e999', which is no number"),
    "half a patient": (f"{HEAD}\nA,1.5,10,2,12\n", "OR", "ai is 1.5; patients and events are whole numbers"),
    "more events than patients": (
        f"{HEAD}\n\nA,1,9,2,12\nB,11,10,2,12\n",
        "OR",
        "line 4, 'B': ai is 11 of n1i 10",
    ),
    "a variance of 0": ("study,yi,vi\nA,1,0\n", "OR", "vi is 0; a variance is above 0"),
    "an error of 0": ("study,yi,sei\nA,1,0\n", "OR", "sei is 0; a standard error is above 0"),
    "a study twice": (
        f"{HEAD}\nA,1,10,2,12\nA,1,10,2,12\n",
        "OR",
        "'A' is there twice with the same numbers",
    ),
}


@pytest.mark.parametrize(("text", "measure", "words"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_does_not_fit_is_refused_with_its_place(write, text, measure, words):
    with pytest.raises(InputError) as error:
        read_study_table(write(text), measure)
    assert words in str(error.value)
    assert error.value.where.startswith("studies.csv")
    assert error.value.remedy


def test_counts_need_a_measure_and_those_that_fit_are_named(write):
    with pytest.raises(UsageError, match="no measure was named") as error:
        read_study_table(write("study,xi,ni\nA,1,10\n"), None)
    assert error.value.remedy == "Add --measure PAS|PFT|PLN|PLO|PR."


def test_an_unknown_measure_is_answered_with_those_that_exist(write):
    with pytest.raises(UsageError, match=r"no measure 'XX'.*Known: AS, GEN"):
        read_study_table(write("study,xi,ni\nA,1,10\n"), "XX")


def test_there_must_be_a_file(tmp_path):
    with pytest.raises(UsageError, match=r"none\.csv: there is no such file"):
        read_study_table(tmp_path / "none.csv", "OR")
    with pytest.raises(InputError, match="it cannot be read"):
        read_study_table(tmp_path, "OR")
