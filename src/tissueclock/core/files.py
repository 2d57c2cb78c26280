"""Files that are whole or absent: written beside the target, then moved over it."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from tissueclock.core.errors import InputError, UsageError


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` to `path` so that no reader, and no crash, ever sees half of it."""
    with open_atomically(path) as file:
        file.write(content)


@contextmanager
def open_atomically(path: Path) -> Iterator[BinaryIO]:
    """Open a file beside `path` that takes its place at the end; if anything is raised nothing is left."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def content_of(path: Path) -> bytes:
    """Return the bytes of a file. Raises UsageError if there is none, InputError if it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UsageError("there is no such file.", where=path.name, remedy="Check the path.") from None
    except OSError as error:
        raise InputError(
            "it cannot be read.", where=path.name, remedy="Check that it is a file that you may read."
        ) from error


def text_of(path: Path) -> str:
    """Return the text of a file in UTF-8; raises as `content_of` does, and InputError for other bytes."""
    try:
        return content_of(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("it is not UTF-8 text.", where=path.name, remedy="Save it as UTF-8.") from error


def json_text(document: Any) -> str:
    """Return `document` as indented JSON; NaN and infinity are refused, since JSON has neither."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
