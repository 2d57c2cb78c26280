"""A file is whole or absent: whatever dies in between, a reader finds the old content."""

import json
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tissueclock.core.files import json_text, open_atomically, write_atomically

OLD, NEW = b"old and whole", b"new" * 100_000


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "result.json"
    path.write_bytes(OLD)
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_replaced(target):
    write_atomically(target, NEW)
    assert target.read_bytes() == NEW
    assert names(target.parent) == ["result.json"]


def test_a_file_is_written_bit_by_bit_and_seen_at_the_end(target):
    with open_atomically(target) as file:
        for part in (b"new", b" and", b" whole"):
            file.write(part)
        assert target.read_bytes() == OLD
    assert target.read_bytes() == b"new and whole"
    assert names(target.parent) == ["result.json"]


def test_whatever_is_raised_while_it_is_written_leaves_the_old_file(target):
    def stopped():
        with open_atomically(target) as file:
            file.write(NEW)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert target.read_bytes() == OLD
    assert names(target.parent) == ["result.json"]


def test_missing_folders_are_made(tmp_path):
    write_atomically(tmp_path / "maps" / "deep" / "cbf.nii.gz", NEW)
    assert (tmp_path / "maps" / "deep" / "cbf.nii.gz").read_bytes() == NEW


@pytest.mark.parametrize("call", ["replace", "fsync"])
def test_a_failure_leaves_the_old_file_and_no_litter(target, monkeypatch, call):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(target, NEW)
    assert target.read_bytes() == OLD
    assert names(target.parent) == ["result.json"]


def test_an_interrupt_leaves_the_old_file_and_no_litter(target, monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(target, NEW)
    assert target.read_bytes() == OLD
    assert names(target.parent) == ["result.json"]


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_a_killed_process_leaves_the_old_file(target, moment):
    program = (
        "import os, pathlib, signal, sys\n"
        "from tissueclock.core.files import write_atomically\n"
        f"os.{moment} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "write_atomically(pathlib.Path(sys.argv[1]), b'new' * 100_000)\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(target)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert target.read_bytes() == OLD


def test_the_umask_of_the_user_counts(tmp_path):
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "shared", NEW)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "shared").stat().st_mode) == 0o640


def test_readers_and_writers_at_once_see_whole_files_only(target):
    contents = [bytes([letter]) * 200_000 for letter in b"abcd"]
    threads = [threading.Thread(target=write_atomically, args=(target, content)) for content in contents]
    for thread in threads:
        thread.start()
    seen = [target.read_bytes() for _ in range(200)]
    for thread in threads:
        thread.join()
    assert {*seen, target.read_bytes()} <= {OLD, *contents}
    assert target.read_bytes() in contents


def test_json_is_readable_and_ends_with_a_newline():
    text = json_text({"name": "Tmax > 6 s", "note": "± 20 %", "values": [1, None]})
    assert json.loads(text) == {"name": "Tmax > 6 s", "note": "± 20 %", "values": [1, None]}
    assert "± 20 %" in text
    assert text.endswith("}\n")


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_json_has_no_nan_and_no_infinity(number):
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_text({"deep": [number]})
