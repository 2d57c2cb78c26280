"""The folder that a command writes into: refused before the work if it can be, with a sentence if not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tissueclock.core.errors import UsageError


def require_folder(out: Path) -> None:
    """Raise UsageError unless `out` is a folder or can become one: no part of its path may be a file."""
    for path in (out, *out.absolute().parents):
        if path.exists():
            if not path.is_dir():
                raise UsageError(f"'{path.name}' is a file.", remedy="Name a folder for --out.")
            return


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
