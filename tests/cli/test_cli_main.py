"""The command line as a whole: help, wrong usage, bugs, and the exit code of each."""

from __future__ import annotations

import importlib
import re

import pytest

from tissueclock import __version__
from tissueclock.cli.table import COMMANDS
from tissueclock.core.errors import ExitCode, InputError, InternalError, UsageError
from tissueclock.core.notice import DISCLAIMER

NAMES = tuple(command.name for command in COMMANDS)
SUB_COMMANDS = (
    ("phantom", "patient"),
    ("phantom", "kudo"),
    ("protocol", "list"),
    ("protocol", "show"),
    ("evidence", "interim", "behaviour"),
    ("evidence", "interim", "power"),
    ("evidence", "interim", "proportions"),
    ("evidence", "interim", "utility"),
    ("evidence", "safety"),
    ("evidence", "samplesize", "noninferiority"),
    ("evidence", "samplesize", "ordinal"),
    ("evidence", "samplesize", "proportions"),
    ("evidence", "sequential"),
    ("evidence", "agreement"),
    ("evidence", "blinding"),
    ("evidence", "prisma"),
    ("evidence", "ris"),
    ("evidence", "survival"),
    ("evidence", "meta"),
    ("evidence", "ordinal"),
    ("evidence", "cohort"),
    ("evidence", "effect"),
    ("evidence", "interaction"),
    ("evidence", "surrogacy"),
    ("evidence", "check"),
    ("evidence", "pool"),
)
PROTOCOL_RUN = "tissueclock.cli.commands.protocol.run"


def test_the_help_documents_the_exit_codes(tissueclock):
    shown = tissueclock("--help")
    assert (shown.code, shown.stderr) == (0, "")
    documented = {int(code) for code in re.findall(r"^  (\d)  \S", shown.stdout, re.MULTILINE)}
    assert documented == set(ExitCode)
    assert DISCLAIMER in shown.stdout


@pytest.mark.parametrize("words", [*((name,) for name in NAMES), *SUB_COMMANDS], ids=" ".join)
def test_every_command_explains_itself(tissueclock, words):
    shown = tissueclock(*words, "--help")
    assert (shown.code, shown.stderr) == (0, "")
    assert shown.stdout.startswith(f"usage: tissueclock {' '.join(words)} ")
    if words not in (("evidence",), ("phantom",), ("protocol",)):
        assert "--json" in shown.stdout


def test_the_version_is_ours(tissueclock):
    assert tissueclock("--version").stdout == f"tissueclock {__version__}\n"


WRONG = {
    "nothing": ((), "COMMAND"),
    "no such command": (("analyse", "x"), "invalid choice: 'analyse'"),
    "no such option": (("demo", "--nope"), "--nope"),
    "a shortened option": (("demo", "--ou", "x"), "--ou"),
    "no output folder": (("analyze", "x"), "--out"),
    "no input": (("analyze", "--out", "x"), "INPUT"),
    "no facts": (("assess",), "--facts"),
    "no such scope": (("assess", "--facts", "x.toml", "--scope", "all"), "--scope"),
    "no action": (("protocol",), "ACTION"),
    "no trial": (("protocol", "show"), "ID"),
    "an unknown trial": (("protocol", "show", "nope"), "no trial 'nope'. Known: .*defuse-3"),
    "no kind": (("phantom", "--out", "x"), "KIND"),
    "no number": (("phantom", "kudo", "--out", "x", "--tile", "eight"), "--tile"),
    "a negative seed": (("phantom", "kudo", "--out", "x", "--seed", "-1"), "--seed"),
    "a word as seed": (("phantom", "kudo", "--out", "x", "--seed", "one"), "whole number, 0 or more"),
    "no such side": (("phantom", "patient", "--out", "x", "--side", "up"), "--side"),
    "tiles of nothing": (("phantom", "kudo", "--out", "x", "--tile", "0"), "tiles of 0 voxels"),
    "too few frames": (("phantom", "kudo", "--out", "x", "--frames", "1"), "frames: 1"),
    "a core that does not fit": (("phantom", "patient", "--out", "x", "--core-ml", "500"), "core of 500 mL"),
    "a volume without a side": (
        ("phantom", "patient", "--out", "x", "--side", "none", "--core-ml", "5"),
        "5 mL",
    ),
    "noise that is no number": (("phantom", "kudo", "--out", "x", "--noise", "nan"), "noise"),
}


@pytest.mark.parametrize("json", [False, True], ids=["text", "json"])
@pytest.mark.parametrize(("words", "found"), WRONG.values(), ids=WRONG)
def test_wrong_usage_is_one_sentence(tissueclock, tmp_path, monkeypatch, words, found, json):
    monkeypatch.chdir(tmp_path)
    shown = tissueclock(*words, *(["--json"] if json else []))
    assert shown.code == ExitCode.USAGE
    assert shown.stderr == f"{shown.sentence}\n"
    assert re.search(found, shown.sentence)
    assert list(tmp_path.iterdir()) == []
    if json:
        error = shown.document["error"]
        assert error["code"] == ExitCode.USAGE
        assert shown.sentence.endswith(error["remedy"])
    else:
        assert shown.stdout == ""


def raising(error):
    def run(arguments, console):
        raise error

    return run


def test_a_bug_says_so_and_repeats_nothing_of_the_message(tissueclock, monkeypatch):
    monkeypatch.delenv("TISSUECLOCK_DEBUG", raising=False)
    monkeypatch.setattr(PROTOCOL_RUN, raising(ValueError("Secret^Name")))
    for words in (("protocol", "list"), ("protocol", "list", "--json")):
        shown = tissueclock(*words)
        assert shown.code == ExitCode.BUG
        assert "This is a bug" in shown.sentence
        assert "ValueError" in shown.sentence
        assert "Secret" not in shown.stderr + shown.stdout
    assert shown.document["error"]["code"] == ExitCode.BUG


def test_a_bug_in_the_middle_of_an_analysis_is_one_too(tissueclock, monkeypatch, tmp_path):
    monkeypatch.setattr("tissueclock.cli.commands.analyze.run_analysis", raising(KeyError("Secret^Name")))
    shown = tissueclock("analyze", tmp_path, "--out", tmp_path / "out")
    assert shown.code == ExitCode.BUG
    assert "Secret" not in shown.stderr
    assert not (tmp_path / "out").exists()


def test_a_debugger_sees_where_a_bug_comes_from(tissueclock, monkeypatch):
    monkeypatch.setenv("TISSUECLOCK_DEBUG", "1")
    monkeypatch.setattr(PROTOCOL_RUN, raising(ValueError("of mine")))
    shown = tissueclock("protocol", "list")
    assert shown.code == ExitCode.BUG
    assert "ValueError: of mine" in shown.stderr


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("used wrongly.", remedy="Use it well."), ExitCode.USAGE),
        (InputError("broken.", where="a.dcm", remedy="Send it again."), ExitCode.INPUT),
        (InternalError("impossible.", remedy="Report it."), ExitCode.BUG),
    ],
)
def test_an_error_gives_its_sentence_its_document_and_its_code(tissueclock, monkeypatch, error, code):
    monkeypatch.setattr(PROTOCOL_RUN, raising(error))
    shown = tissueclock("protocol", "list", "--json")
    assert (shown.code, shown.sentence) == (code, f"tissueclock: {error}")
    parts = {"code": code, "found": error.found, "where": error.where, "remedy": error.remedy}
    assert shown.document["error"] == parts


def test_an_interrupted_command_stops_without_a_traceback(tissueclock, monkeypatch):
    monkeypatch.setattr(PROTOCOL_RUN, raising(KeyboardInterrupt()))
    shown = tissueclock("protocol", "list")
    assert (shown.code, shown.stdout, shown.stderr) == (130, "", "tissueclock: stopped.\n")


@pytest.mark.parametrize(("module", "code"), [("numpy", ExitCode.USAGE), ("nothing_like_it", ExitCode.BUG)])
def test_a_missing_extra_is_named_and_another_missing_module_is_a_bug(tissueclock, monkeypatch, module, code):
    def absent(name):
        raise ModuleNotFoundError(f"No module named '{module}'", name=module)

    monkeypatch.setattr(importlib, "import_module", absent)
    shown = tissueclock("demo")
    assert shown.code == code
    assert ("pip install 'tissueclock[imaging]'" in shown.sentence) is (code is ExitCode.USAGE)
