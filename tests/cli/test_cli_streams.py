"""The command line as a process of its own: exit codes, closed pipes, other alphabets, and signals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tissueclock.core.errors import ExitCode

COMMAND = (sys.executable, "-m", "tissueclock")


def process(*words, **options):
    """Run a command to its end."""
    command = [*COMMAND, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def into_closed_pipe(stream, *words):
    """Run a command whose stdout or stderr nobody reads; returns its exit code and the other stream."""
    reader, writer = os.pipe()
    os.close(reader)
    other = "stderr" if stream == "stdout" else "stdout"
    try:
        command = [*COMMAND, *map(str, words)]
        done = subprocess.run(command, **{stream: writer, other: subprocess.PIPE}, text=True, check=False)
    finally:
        os.close(writer)
    return done.returncode, getattr(done, other)


def test_the_exit_codes_of_refusals_leave_the_process(tmp_path):
    assert process("protocol", "show", "nope").returncode == ExitCode.USAGE
    assert process("analyze", tmp_path, "--out", tmp_path / "out").returncode == ExitCode.INPUT


@pytest.mark.parametrize(
    "words", [("--help",), ("protocol", "list"), ("protocol", "show", "defuse-3", "--json")]
)
def test_a_reader_who_goes_away_is_no_error(words):
    assert into_closed_pipe("stdout", *words) == (0, "")


def test_a_reader_who_goes_away_changes_no_exit_code(wide_scan, tmp_path):
    code, progress = into_closed_pipe("stdout", "analyze", wide_scan, "--out", tmp_path)
    assert (code, progress.splitlines()[-1]) == (ExitCode.WITHHELD, "writing the report")


def test_an_analysis_whose_progress_nobody_reads_is_finished(wide_scan, tmp_path):
    code, shown = into_closed_pipe("stderr", "analyze", wide_scan, "--out", tmp_path, "--json")
    assert code == ExitCode.WITHHELD
    assert json.loads(shown) == json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))


def test_closed_streams_are_no_bug():
    done = process("protocol", "list", preexec_fn=lambda: (os.close(1), os.close(2)))
    assert done.returncode == 0
    assert process("protocol", "show", "nope", preexec_fn=lambda: os.close(2)).returncode == ExitCode.USAGE


def test_a_terminal_with_few_characters_gets_the_same_document(mr_scan, tmp_path):
    ascii_only = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = process("analyze", mr_scan, "--out", tmp_path, "--json", env=ascii_only)
    written = (tmp_path / "result.json").read_text(encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    assert not written.isascii()
    assert json.loads(done.stdout) == json.loads(written)


def test_an_interrupted_analysis_writes_nothing(scan, tmp_path):
    command = [*COMMAND, "analyze", str(scan), "--out", str(tmp_path / "out"), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert next(line for line in running.stderr if line == "measuring perfusion\n")
        running.send_signal(signal.SIGINT)
        shown, rest = running.communicate()
    assert running.returncode == 130
    assert (shown, rest.splitlines()[-1]) == ("", "tissueclock: stopped.")
    assert not (tmp_path / "out").exists()


def test_an_error_with_json_is_a_document_too(tmp_path):
    done = process("analyze", tmp_path, "--out", tmp_path / "out", "--json")
    assert json.loads(done.stdout)["error"]["code"] == done.returncode == ExitCode.INPUT
    assert done.stderr.splitlines()[-1].startswith("tissueclock: there is no file in the input.")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_a_sentence_and_no_bug(tmp_path):
    facts = tmp_path / "facts.toml"
    facts.write_text("core_ml = 20\n", encoding="utf-8")
    command = [sys.executable, "-m", "tissueclock", "assess", "--facts", str(facts)]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == ExitCode.USAGE
    assert "the output cannot be written (No space left on device)" in done.stderr
    assert "Traceback" not in done.stderr
