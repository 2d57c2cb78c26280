"""Files that are whole or absent: written beside the target, then moved over it."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO


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


def json_text(document: Any) -> str:
    """Return `document` as indented JSON; NaN and infinity are refused, since JSON has neither."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
