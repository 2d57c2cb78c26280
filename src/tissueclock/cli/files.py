"""Files that a command reads or writes, with the errors of a path that does not work."""

from __future__ import annotations

from pathlib import Path

from tissueclock.core.errors import InputError, UsageError
from tissueclock.core.files import write_atomically


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


def write_output(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all. Raises UsageError where the path cannot be written."""
    try:
        write_atomically(path, content)
    except OSError as error:
        raise UsageError(
            f"it cannot be written ({error.strerror}).", where=path.name, remedy="Name another file."
        ) from error
