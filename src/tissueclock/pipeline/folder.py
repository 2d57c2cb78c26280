"""The folder that a command writes into: refused before the work if it can be, with a sentence if not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tissueclock.core.errors import UsageError


def require_folder(out: Path) -> None:
    """Raise UsageError unless `out` is a folder that may be written to, or can become one."""
    there = next(path for path in (out.absolute(), *out.absolute().parents) if os.path.exists(path))
    if not os.path.isdir(there):
        raise UsageError(f"'{there.name}' is a file.", remedy="Name a folder for --out.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise UsageError(f"'{there.name}' may not be written to.", remedy="Name another folder for --out.")


@contextmanager
def writing(out: Path) -> Iterator[None]:
    """Turn what the system refuses while files are written into `out` into a UsageError."""
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"the folder '{out.absolute().name}' cannot be written ({error.strerror}).",
            remedy="Name another folder for --out, or make room.",
        ) from error
