"""`protocol import` and `protocol confirm`: streams, exit codes, files."""

from __future__ import annotations

import json
import tomllib

import pytest

RECORD = {
    "protocolSection": {
        "identificationModule": {"nctId": "NCT00000000", "briefTitle": "An invented trial"},
        "statusModule": {"lastUpdatePostDateStruct": {"date": "2025-03-04"}},
        "eligibilityModule": {
            "eligibilityCriteria": "Inclusion Criteria:\n\n* NIHSS ≥ 6\n* Age = 18 years\n* A stroke",
            "sex": "ALL",
            "minimumAge": "18 Years",
        },
    }
}


@pytest.fixture
def record(tmp_path):
    path = tmp_path / "record.json"
    path.write_text(json.dumps(RECORD), encoding="utf-8")
    return path


def test_the_draft_goes_to_stdout_as_it_is_and_warnings_to_stderr(tissueclock, record):
    shown = tissueclock("protocol", "import", record)
    assert shown.code == 0
    assert tomllib.loads(shown.stdout)["state"] == "draft"
    assert "Research use only" in shown.stdout
    (line,) = [line for line in shown.stderr.splitlines() if "eligibilityCriteria:4" in line]
    assert line.startswith("warning: record.json: eligibilityCriteria:4: inclusion-2: an equality")


def test_as_a_document_it_has_draft_toml_and_warnings(tissueclock, record):
    shown = tissueclock("protocol", "import", record, "--id", "mine", "--as-of", "2025-01-02", "--json")
    document = shown.document
    assert set(document) == {"draft", "toml", "warnings", "disclaimer"}
    draft = document["draft"]
    assert (draft["id"], draft["as_of"], draft["guesses"], draft["doubts"]) == ("mine", "2025-01-02", 2, 2)
    assert [item["id"] for item in draft["criteria"]] == [
        *("minimum-age", "inclusion-1", "inclusion-2", "inclusion-3"),
    ]
    assert tomllib.loads(document["toml"])["id"] == "mine"
    assert [f"warning: {line}" for line in document["warnings"]] == shown.stderr.splitlines()


def test_no_file_is_replaced_a_draft_that_was_edited_least_of_all(tissueclock, record, tmp_path):
    out = tmp_path / "draft.toml"
    shown = tissueclock("protocol", "import", record, "--out", out)
    assert shown.code == 0
    assert shown.stdout.startswith("nct00000000\tdraft\tdraft.toml\tcriteria 4\tguesses 2\tdoubts 2\n")
    edited = out.read_text("utf-8") + "# edited\n"
    out.write_text(edited, encoding="utf-8")
    shown = tissueclock("protocol", "import", record, "--out", out)
    assert (shown.code, out.read_text("utf-8")) == (3, edited)
    assert "it exists already" in shown.sentence


def test_from_import_to_confirmation(tissueclock, record, tmp_path):
    draft, out = tmp_path / "nct00000000.toml", tmp_path / "final" / "nct00000000.toml"
    assert tissueclock("protocol", "import", record, "--out", draft).code == 0
    assert tissueclock("protocol", "lint", draft).stdout.count("\tdraft\t") == 5
    words = ("protocol", "confirm", draft, "--by", "A Person", "--out", out)
    shown = tissueclock(*words)
    assert (shown.code, out.exists()) == (3, False)
    assert "4 guesses and doubts are open: line" in shown.sentence
    text = draft.read_text("utf-8").replace("guess = true\n", "").replace("doubt =", 'answer = "18"\ndoubt =')
    draft.write_text(text, encoding="utf-8")
    shown = tissueclock(*words, "--json")
    assert shown.code == 0
    assert {key: shown.document[key] for key in ("id", "state", "confirmed_by")} == {
        "id": "nct00000000",
        "state": "confirmed",
        "confirmed_by": "A Person",
    }
    assert shown.document["lint_errors"] > 0
    assert "the linter still finds" in shown.stderr
    assert tomllib.loads(out.read_text("utf-8"))["confirmed_by"] == "A Person"
    again = tissueclock(*words)
    assert (again.code, "it exists already" in again.sentence) == (3, True)


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (None, 2, "there is no such file"),
        (b"", 3, "record.json:1: it is empty"),
        (b'{"a":\n', 3, "record.json:2: it is not valid JSON"),
        (b"A poem", 3, "record.json:1: there are no criteria"),
    ],
)
def test_what_cannot_be_imported_is_refused_and_writes_nothing(
    tissueclock, record, tmp_path, content, code, said
):
    record.unlink()
    if content is not None:
        record.write_bytes(content)
    out = tmp_path / "draft.toml"
    shown = tissueclock("protocol", "import", record, "--out", out)
    assert (shown.code, out.exists()) == (code, False)
    assert said in shown.sentence


def test_a_day_that_is_none_is_wrong_usage(tissueclock, record):
    shown = tissueclock("protocol", "import", record, "--as-of", "2025-13-01")
    assert shown.code == 2
    assert "no day" in shown.sentence


def test_a_path_that_cannot_be_written_is_wrong_usage(tissueclock, record, tmp_path):
    shown = tissueclock("protocol", "import", record, "--out", record / "draft.toml")
    assert shown.code == 2
    assert "cannot be written" in shown.sentence
