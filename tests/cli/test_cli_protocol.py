"""`protocol list`, `protocol show` and `protocol lint`."""

from __future__ import annotations

import pytest

from tissueclock.core.notice import DISCLAIMER
from tissueclock.protocol.registry import guidelines, profiles, protocol, protocols, registered_contents


def test_the_list_has_everything_registered_once_id_first(tissueclock):
    shown = tissueclock("protocol", "list")
    *lines, last = shown.stdout.splitlines()
    rows = [line.split("\t") for line in lines]
    assert (shown.code, shown.stderr, last) == (0, "", DISCLAIMER)
    kinds = {"trial": protocols(), "profile": profiles(), "guideline": guidelines()}
    assert [tuple(row[:2]) for row in rows] == [(id, kind) for kind, items in kinds.items() for id in items]


def test_the_list_as_a_document_has_titles_and_digests(tissueclock):
    document = tissueclock("protocol", "list", "--json").document
    kinds = {"trials": protocols(), "profiles": profiles(), "guidelines": guidelines()}
    for kind, registered in kinds.items():
        assert document[kind] == {
            name: {"title": item.title, "digest": item.digest} for name, item in registered.items()
        }


@pytest.mark.parametrize("name", protocols())
def test_a_trial_is_shown_with_every_criterion_in_its_order(tissueclock, name):
    criteria = protocol(name).criteria
    lines = tissueclock("protocol", "show", name).stdout.splitlines()
    assert lines[0].split("\t")[0] == name
    assert [line.split("\t")[0] for line in lines[1 : 1 + len(criteria)]] == [item.id for item in criteria]
    document = tissueclock("protocol", "show", name, "--json").document
    assert (document["id"], document["digest"]) == (name, protocol(name).digest)
    assert [item["id"] for item in document["criteria"]] == [item.id for item in criteria]
    assert [item["facts"] for item in document["criteria"]] == [list(item.facts) for item in criteria]
    assert all(item["source"] and item["text"] for item in document["criteria"])


@pytest.mark.parametrize("name", guidelines())
def test_a_guideline_is_shown_with_every_recommendation_and_its_grade(tissueclock, name):
    items = guidelines()[name].recommendations
    lines = tissueclock("protocol", "show", name).stdout.splitlines()
    assert lines[0].split("\t")[0] == name
    rows = [line.split("\t") for line in lines[1:-1]]
    assert [row[0] for row in rows] == [item.id for item in items]
    assert [row[1:3] for row in rows] == [[item.view.value, item.treatment.value] for item in items]
    assert all(row[3].startswith(item.strength) for row, item in zip(rows, items, strict=True))
    document = tissueclock("protocol", "show", name, "--json").document
    assert document["digest"] == guidelines()[name].digest
    assert [(item["class"], item["level"]) for item in document["recommendations"]] == [
        (item.strength, item.level) for item in items
    ]


def test_a_recalled_grade_is_marked(tissueclock):
    lines = tissueclock("protocol", "show", "aha-asa-2019").stdout.splitlines()
    rows = {line.split("\t")[0]: line.split("\t")[1:] for line in lines[1:-1]}
    assert rows["evt-16-to-24-h"][2] == "IIa, B-R [recalled]"
    assert rows["evt-6-to-16-h"][2] == "I, A"
    assert rows["ivt-3-to-4-5-h"][5].startswith("RECALLED, not read")


def test_a_name_that_a_profile_shares_shows_the_trial(tissueclock):
    assert "defuse-2" in profiles()
    assert tissueclock("protocol", "show", "defuse-2").stdout.startswith("defuse-2\tDEFUSE 2\t")


def test_what_is_no_trial_is_wrong_usage(tissueclock):
    shown = tissueclock("protocol", "show", "target-mismatch")
    assert shown.code == 2
    assert "no trial 'target-mismatch'" in shown.sentence


def test_a_trial_is_shown_in_plain_english_with_what_was_recalled(tissueclock):
    lines = tissueclock("protocol", "show", "defuse-3").stdout.splitlines()
    rows = {line.split("\t")[0]: line.split("\t")[1:] for line in lines[1:-1]}
    assert rows["age"][2] == "requires: age from 18 to 90 years (both included)"
    assert rows["age"][3].startswith("read in Registration")
    assert rows["other-hazard"][3:] == [
        "RECALLED, not read: Expert memory; not read in a source; exclusions of the registration, last",
        "[recalled]",
    ]


# --- lint


@pytest.fixture
def trial(tmp_path):
    """Write DEFUSE 3 with some texts replaced."""

    def write(*changes, name="defuse-3.toml"):
        text = dict(registered_contents())["trials/defuse-3.toml"].decode()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_everything_registered_is_linted_without_a_file(tissueclock):
    shown = tissueclock("protocol", "lint")
    *lines, last = shown.stdout.splitlines()
    summaries = lines[-len(protocols()) - len(profiles()) - len(guidelines()) :]
    assert (shown.code, shown.stderr, last) == (0, "", DISCLAIMER)
    assert [line.split("\t")[0] for line in summaries] == [
        *(f"trials/{name}.toml" for name in protocols()),
        *(f"profiles/{name}.toml" for name in profiles()),
        *(f"guidelines/{name}.toml" for name in guidelines()),
    ]
    assert all(line.split("\t")[1] == "errors 0" for line in summaries)


def test_an_error_exits_3_with_place_criterion_what_and_what_to_do(tissueclock, trial):
    path = trial(('fact = "age", op = "between", value = [18, 90]', 'fact = "age", op = "=>", value = 18'))
    line = 1 + path.read_text("utf-8").splitlines().index('rule = { fact = "age", op = "=>", value = 18 }')
    shown = tissueclock("protocol", "lint", path)
    assert shown.code == 3
    row, summary, _ = shown.stdout.splitlines()
    assert row == (
        f"defuse-3.toml:{line}\terror\tunknown-operator\tage\t"
        "unknown operator '=>'. Known: >=, >, <=, <, between, in, is."
    )
    assert summary == "defuse-3.toml\terrors 1\twarnings 0"


def test_warnings_alone_exit_0(tissueclock, trial):
    shown = tissueclock("protocol", "lint", trial(("Age 18 to 90 years", "An adult")), "--json")
    assert (shown.code, shown.stderr) == (0, "")
    assert set(shown.document) == {"findings", "disclaimer"}
    assert {item["level"] for item in shown.document["findings"]} == {"warning"}
    assert set(shown.document["findings"][0]) == {
        *("file", "line", "level", "check", "criterion", "found", "remedy"),
    }


def test_findings_of_several_files_come_together(tissueclock, trial, tmp_path):
    malformed = tmp_path / "broken.toml"
    malformed.write_text('schema = 1\nid = "x\n', encoding="utf-8")
    shown = tissueclock("protocol", "lint", malformed, trial(("age = 68", "age = 430")), "--json")
    assert shown.code == 3
    places = [(item["file"], item["check"]) for item in shown.document["findings"]]
    assert places[:2] == [("broken.toml", "malformed"), ("defuse-3.toml", "broken-case")]
    assert shown.document["findings"][0]["line"] == 2
    assert "above what is plausible" in shown.document["findings"][1]["found"]


def test_a_file_that_is_not_there_is_wrong_usage_and_a_folder_is_no_file(tissueclock, tmp_path):
    absent = tissueclock("protocol", "lint", tmp_path / "absent.toml")
    assert (absent.code, absent.sentence) == (
        2,
        "tissueclock: absent.toml: there is no such file. Check the path.",
    )
    folder = tissueclock("protocol", "lint", tmp_path)
    assert folder.code == 3
    assert "cannot be read" in folder.sentence
