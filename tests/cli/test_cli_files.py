"""What a command writes never takes the place of what it reads, under whatever name."""

from __future__ import annotations

import pytest

from tissueclock.cli.commands.cohort import left_out_words, ranges
from tissueclock.cli.files import open_outputs, refuse_inputs, write_output
from tissueclock.core.errors import UsageError
from tissueclock.protocol.registry import trial_file

CASES = "case_id,core_ml,age\na,20,60\nb,90,70\n"
FACTS = "age = 91\ncore_ml = 80\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a cohort, a case and links to them, in which the command runs."""
    (tmp_path / "c.csv").write_text(CASES, encoding="utf-8")
    (tmp_path / "f.toml").write_text(FACTS, encoding="utf-8")
    (tmp_path / "hard.csv").hardlink_to(tmp_path / "c.csv")
    (tmp_path / "soft.csv").symlink_to(tmp_path / "c.csv")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


SDTM = ("--trial", "dawn", "--study", "S", "--subject", "1")


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--facts", "c.csv", "--decisions", "c.csv"), "c.csv"),
        (("--facts", "c.csv", "--decisions", "new/../c.csv"), "c.csv"),
        (("--facts", "c.csv", "--decisions", "soft.csv"), "soft.csv"),
        (("--facts", "soft.csv", "--decisions", "c.csv"), "c.csv"),
        (("--facts", "c.csv", "--decisions", "hard.csv"), "hard.csv"),
        (("--facts", "f.toml", "--fhir", "f.toml"), "f.toml"),
        (("--facts", "f.toml", "--ie", "f.toml", *SDTM), "f.toml"),
        (("--facts", "f.toml", "--fhir", "good.json", "--ti", "./f.toml", *SDTM), "f.toml"),
    ],
)
def test_an_output_that_is_the_facts_is_refused_before_anything_is_written(tissueclock, folder, words, named):
    before = contents(folder)
    shown = tissueclock("assess", *words)
    assert (shown.code, shown.stdout) == (2, "")
    assert f"{named}: it is an input, and would be overwritten." in shown.sentence
    assert contents(folder) == before


def test_a_folder_whose_file_is_the_facts_is_refused(tissueclock, folder):
    (folder / "out").mkdir()
    (folder / "out" / "assess.json").write_text('{"age": 50}', encoding="utf-8")
    (folder / "out" / "decisions.csv").write_text(CASES, encoding="utf-8")
    before = contents(folder)
    for name in ("assess.json", "decisions.csv"):
        shown = tissueclock("assess", "--facts", f"out/{name}", "--out", "out")
        assert (shown.code, f"{name}: it is an input" in shown.sentence) == (2, True)
    assert contents(folder) == before


def test_a_rule_of_the_users_own_is_an_input_too(tissueclock, folder):
    (folder / "dawn.toml").write_bytes(trial_file("dawn").read_bytes())
    before = contents(folder)
    words = ("assess", "--facts", "f.toml", "--trial", "dawn.toml")
    assert tissueclock(*words, "--fhir", "other.json").code == 0
    (folder / "other.json").unlink()
    shown = tissueclock(*words, "--fhir", "dawn.toml")
    assert (shown.code, "dawn.toml: it is an input" in shown.sentence) == (2, True)
    assert contents(folder) == before


@pytest.mark.parametrize("words", [("export", "dawn", "--out"), ("card", "dawn", "--out")])
def test_the_file_of_a_registered_trial_is_never_written_over(tissueclock, folder, monkeypatch, words):
    module = f"tissueclock.cli.commands.{'card' if words[0] == 'card' else 'protocol_export'}.trial_file"
    monkeypatch.setattr(module, lambda name: folder / f"{name}.html")
    (folder / "dawn.html").write_text("the trial", encoding="utf-8")
    shown = tissueclock("protocol", *words, "dawn.html")
    assert (shown.code, "dawn.html: it is an input" in shown.sentence) == (2, True)
    assert (folder / "dawn.html").read_text(encoding="utf-8") == "the trial"


def test_a_file_of_the_same_name_elsewhere_is_no_input(folder):
    write_output(folder / "new" / "c.csv", b"x", [folder / "c.csv"])
    assert (folder / "new" / "c.csv").read_bytes() == b"x"
    write_output(folder / "new" / "c.csv", b"y", [folder / "c.csv"])
    assert (folder / "new" / "c.csv").read_bytes() == b"y"
    refuse_inputs([folder / "absent"], [folder / "absent too"])


def test_one_input_among_many_refuses_all(folder):
    paths = [folder / "d.csv", folder / "c.csv"]
    with pytest.raises(UsageError, match="input"), open_outputs(paths, [folder / "c.csv"]):
        pass
    assert not (folder / "d.csv").exists()


def test_streamed_files_are_whole_or_absent_and_an_error_names_them(folder):
    paths = [folder / "one.csv", folder / "two.csv"]
    with open_outputs(paths, []) as (one, two):
        one.write(b"1")
        two.write(b"2")
        assert not paths[0].exists()
    assert [path.read_bytes() for path in paths] == [b"1", b"2"]
    before = contents(folder)
    with pytest.raises(UsageError, match=r"cannot be written \(full\)") as found, open_outputs(paths, []):
        raise OSError(28, "full")
    assert found.value.where == "one.csv, two.csv"
    assert contents(folder) == before


def test_runs_are_drawn_together():
    assert ranges([3]) == "3"
    assert ranges([9, 1, 2, 3, 5, 8]) == "1-3, 5, 8-9"
    assert left_out_words([4, 17, 18, 19]) == "4 rows were left out: lines 4, 17-19."
    assert left_out_words([]) == "Every row of the file was read."
