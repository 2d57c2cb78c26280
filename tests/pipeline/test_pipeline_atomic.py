"""A process that is killed while it writes leaves files that are whole, and the next one completes."""

from __future__ import annotations

import errno
import gzip
import io
import json
import os
import shutil
import signal
import subprocess
import sys

import pytest
from digital_scans import COARSE, Recipe, analyze, files_of, make, no_constant, run, without_timing
from PIL import Image

# Runs a command and dies, as by `kill -9`, in the n-th call of a function of `os`: in `fsync` a file is
# written, and cut in half here, but does not have its name yet; in `replace` it is about to get it.
DYING = """
import os, signal, sys
from tissueclock.cli.main import main
name, number = sys.argv[1], int(sys.argv[2])
real, calls = getattr(os, name), []
def dying(*arguments):
    calls.append(arguments)
    if len(calls) == number:
        if name == "fsync":
            os.ftruncate(arguments[0], os.fstat(arguments[0]).st_size // 2)
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments)
setattr(os, name, dying)
sys.exit(main(sys.argv[3:]))
"""
MOMENTS = (("fsync", 4), ("fsync", 11), ("replace", 12))


def written(out):
    """Return the files that have their final names."""
    return {
        name: content for name, content in files_of(out).items() if not name.split("/")[-1].startswith(".")
    }


def assert_whole(name, content):
    if name.endswith(".nii.gz"):
        assert len(gzip.decompress(content)) > 352
    elif name.endswith(".json"):
        json.loads(content, parse_constant=no_constant)
    elif name.endswith(".html"):
        assert content.rstrip().endswith(b"</html>")
    else:
        Image.open(io.BytesIO(content)).verify()


@pytest.fixture(scope="module")
def scan(tmp_path_factory):
    """A coarse scan, since it is analysed often."""
    folder = tmp_path_factory.mktemp("atomic")
    make(Recipe(grid=COARSE), folder)
    return folder / "scan"


@pytest.fixture(scope="module")
def clean(scan, tmp_path_factory):
    """What an analysis that nobody disturbs leaves."""
    return written(analyze(scan, out=tmp_path_factory.mktemp("clean")).out)


def test_a_killed_analysis_leaves_whole_files_and_a_second_run_completes(case, scan, clean, tmp_path):
    """Takes some 10 s: a process of its own for every death."""
    shutil.copytree(case("healthy").run.out, tmp_path, dirs_exist_ok=True)
    before = written(tmp_path)
    seen_new = set()
    for name, number in MOMENTS:
        command = [
            sys.executable,
            "-c",
            DYING,
            name,
            str(number),
            "analyze",
            str(scan),
            "--out",
            str(tmp_path),
        ]
        assert subprocess.run(command, capture_output=True, check=False).returncode == -signal.SIGKILL
        left = written(tmp_path)
        assert left.keys() == before.keys()
        for file, content in left.items():
            assert_whole(file, content)
            if not file.startswith("re"):  # report and result say how long they took
                assert content in (before[file], clean[file])
        seen_new |= {file for file in left if left[file] == clean[file] != before[file]}
    assert len(seen_new) > 5
    assert json.loads(left["result.json"])["facts"]["lesion_side"]["value"] == "none"
    assert analyze(scan, out=tmp_path).code == 0
    after = written(tmp_path)
    assert after.keys() == clean.keys()
    assert without_timing(after["result.json"]) == without_timing(clean["result.json"])
    assert all(after[file] == clean[file] for file in clean if not file.startswith("re"))


def test_an_analysis_that_is_killed_before_it_writes_leaves_nothing(scan, tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "tissueclock", "analyze", str(scan), "--out", str(out)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        assert next(line for line in process.stderr if line == "measuring perfusion\n")
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert not out.exists()


def test_a_full_disk_is_said_and_leaves_whole_files_only(scan, clean, tmp_path, monkeypatch):
    real, calls = os.fsync, []

    def full(descriptor):
        calls.append(descriptor)
        if len(calls) == 7:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    shown = run("analyze", scan, "--out", tmp_path / "out")
    assert shown.code == 2
    assert shown.stderr.splitlines()[-1].startswith(
        "tissueclock: the folder 'out' cannot be written (No space left on device)."
    )
    left = files_of(tmp_path / "out")
    assert len(left) == 6
    assert all(content == clean[name] for name, content in left.items())
