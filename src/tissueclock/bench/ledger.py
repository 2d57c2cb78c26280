"""The folder of a run: one JSON line a finished case, so that a run that was killed goes on where it was.

A line is written by one process in one piece, and flushed to the disk. What a crash left of a line is cut off
when the folder is opened again. A folder belongs to one suite and one state of the code: other code, other
numbers.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tissueclock
from tissueclock import __version__
from tissueclock.core.errors import InputError, UsageError
from tissueclock.core.files import json_text, write_atomically
from tissueclock.core.notice import DISCLAIMER

CASES_FILE, SUITE_FILE = "cases.jsonl", "suite.json"
_SUFFIXES = (".py", ".toml")


def digest_of(parts: Iterable[str]) -> str:
    """Return a digest of the installed code of some parts: files and folders of the package."""
    root = Path(tissueclock.__file__).parent
    found = (path for part in parts for path in _files(root / part))
    digest = hashlib.sha256()
    for path in sorted(found):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return [file for file in path.rglob("*") if file.suffix in _SUFFIXES]


@dataclass(frozen=True)
class Ledger:
    """The finished cases of a run in a folder."""

    folder: Path

    @classmethod
    def open(cls, folder: Path, suite: str, code: str) -> Ledger:
        """Return the folder's ledger, begun where there is none.

        `code` is a digest of the code that its numbers come from. Raises UsageError where the
        folder holds the run of another suite, of other code, or of another version.
        """
        mine = {"suite": suite, "version": __version__, "code": code}
        path = folder / SUITE_FILE
        if path.is_file():
            theirs = _read_json(path.read_text(encoding="utf-8"), path)
            if any(theirs.get(key) != value for key, value in mine.items()):
                whose = f"{theirs.get('suite')}, {theirs.get('version')}, {theirs.get('code')}"
                raise UsageError(
                    f"the folder holds the run of other code ({whose}).",
                    where=str(folder),
                    remedy="Give another folder to --out, or remove this one first.",
                )
        else:
            write_atomically(path, json_text({**mine, "disclaimer": DISCLAIMER}).encode())
        ledger = cls(folder)
        ledger._cut_torn_line()
        return ledger

    @property
    def path(self) -> Path:
        """The file of the cases."""
        return self.folder / CASES_FILE

    def done(self) -> dict[str, Mapping[str, Any]]:
        """Return the record of every finished case by its id; InputError for a line that is none."""
        if not self.path.is_file():
            return {}
        lines = self.path.read_text(encoding="utf-8").splitlines()
        records = [_read_json(line, self.path) for line in lines]
        return {record["id"]: record for record in records}

    def add(self, record: Mapping[str, Any]) -> None:
        """Append one case; it is on the disk when this returns."""
        line = json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n"
        with self.path.open("ab", buffering=0) as file:
            file.write(line.encode())
            os.fsync(file.fileno())

    def _cut_torn_line(self) -> None:
        """Cut off what a crash left of the last line."""
        if self.path.is_file():
            content = self.path.read_bytes()
            whole = content.rfind(b"\n") + 1
            if whole < len(content):
                os.truncate(self.path, whole)


def _read_json(text: str, path: Path) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise InputError("a line is no JSON object.", where=str(path), remedy="Remove the folder, run again.")
    return document
