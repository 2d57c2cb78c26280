"""Files that a command reads or writes, with the errors of a path that does not work."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from tissueclock.core.errors import UsageError
from tissueclock.core.files import open_atomically, write_atomically


def refuse_inputs(outputs: Iterable[Path], inputs: Iterable[Path]) -> None:
    """Raise UsageError where a file to write is one that is read, under whatever name or link.

    A command that writes several files asks this before it writes the first.
    """
    read = tuple(inputs)
    for path in outputs:
        if any(_is_same(path, other) for other in read):
            raise UsageError(
                "it is an input, and would be overwritten.", where=path.name, remedy="Name another file."
            )


def write_output(path: Path, content: bytes, inputs: Iterable[Path]) -> None:
    """Write a file, whole or not at all.

    Raises UsageError where the path cannot be written, or is one of the files that the command has read.
    """
    refuse_inputs([path], inputs)
    with _told(path):
        write_atomically(path, content)


@contextmanager
def open_outputs(paths: Sequence[Path], inputs: Iterable[Path]) -> Iterator[tuple[BinaryIO, ...]]:
    """Open files that are written bit by bit, each whole or absent; errors as write_output."""
    refuse_inputs(paths, inputs)
    with _told(*paths), ExitStack() as stack:
        yield tuple(stack.enter_context(open_atomically(path)) for path in paths)


@contextmanager
def _told(*paths: Path) -> Iterator[None]:
    """Turn what the system refuses while files are written into a UsageError that names them."""
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"it cannot be written ({error.strerror}).",
            where=", ".join(path.name for path in paths),
            remedy="Name another place, or make room.",
        ) from error


def _is_same(path: Path, other: Path) -> bool:
    if os.path.realpath(path) == os.path.realpath(other):
        return True
    try:
        return os.path.samefile(path, other)
    except OSError:  # one of the two is not there, so writing cannot spoil the other
        return False
