"""The files of an input: a folder with sub-folders, zip archives inside or instead of it, or single files."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import IO

from tissueclock.core.errors import InputError, UsageError

_OUR_FOLDERS = frozenset({"maps", "masks", "pages"})
_NIFTI = (".nii", ".nii.gz")
_DICOM_PREAMBLE = 132
_LEFTOVERS = frozenset({"thumbs.db", "desktop.ini", "__macosx"})
UNREADABLE = (OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError)
"""What reading a damaged, locked or strangely packed file raises (a locked zip: RuntimeError)."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file: on disk, or a member of an open zip archive. `label` is safe to print: no path."""

    path: Path
    member: str = ""
    archive: zipfile.ZipFile | None = field(default=None, repr=False, compare=False)

    @property
    def label(self) -> str:
        """The file's own name."""
        return PurePosixPath(self.member).name if self.member else self.path.name

    @property
    def is_nifti(self) -> bool:
        """Whether the name says NIfTI."""
        return self.label.lower().endswith(_NIFTI)

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """Open the file for reading bytes; raises InputError where it cannot be opened."""
        try:
            file = self.archive.open(self.member) if self.archive else self.path.open("rb")
        except UNREADABLE as error:
            raise self.unreadable(error) from error
        with file:
            yield file

    def unreadable(self, error: Exception) -> InputError:
        """Return the error of a file whose bytes cannot be had."""
        locked = isinstance(error, RuntimeError) and "password" in str(error)
        return InputError(
            "the zip archive is locked by a password." if locked else "the file cannot be read.",
            where=self.path.name if locked else self.label,
            remedy="Unpack it first."
            if locked
            else "It is damaged or locked: copy it again from its origin.",
        )

    def read(self, size: int = -1, begin: int = 0) -> bytes:
        """Return the content, or `size` bytes from `begin`; raises InputError where it cannot be read."""
        try:
            with self.opened() as file:
                file.seek(begin)
                return file.read(size)
        except UNREADABLE as error:
            raise self.unreadable(error) from error

    def read_start(self) -> bytes:
        """Return the first bytes, enough for the DICOM mark."""
        return self.read(_DICOM_PREAMBLE)

    def sibling(self, name: str) -> Source | None:
        """Return the file of that name in the same folder (of the same archive), if there is one."""
        if self.archive is None:
            beside = self.path.with_name(name)
            return Source(beside) if beside.is_file() else None
        member = str(PurePosixPath(self.member).with_name(name))
        return replace(self, member=member) if member in self.archive.NameToInfo else None


def find_sources(inputs: Iterable[Path]) -> tuple[Source, ...]:
    """Return every file of the inputs, sorted, without leftovers of operating systems and earlier analyses.

    A file that two inputs name counts once. Raises UsageError where an input does not exist, InputError where
    a zip archive is damaged.
    """
    found: dict[tuple[Path, str], Source] = {}
    for path in inputs:
        if not path.exists():
            raise UsageError(f"there is no '{path.name}'.", remedy="Name a folder, a zip or a NIfTI file.")
        for source in _under(path):
            found.setdefault((source.path.resolve(), source.member), source)
    return tuple(found.values())


def _under(path: Path) -> Iterator[Source]:
    if not path.is_dir():
        yield from _files_of(path)
        return
    files = [file for file in sorted(path.rglob("*")) if file.is_file()]
    analyses = {file.parent for file in files if file.name == "result.json"}
    for file in files:
        if not _is_leftover(file.relative_to(path).parts) and not _is_ours(file, analyses):
            yield from _files_of(file)


def _is_ours(file: Path, analyses: set[Path]) -> bool:
    """Return whether a file is a map, a mask or a page of an analysis that was written inside the input."""
    return file.parent.name in _OUR_FOLDERS and file.parent.parent in analyses


def _files_of(file: Path) -> Iterator[Source]:
    if file.suffix.lower() != ".zip":
        yield Source(file)
        return
    try:
        archive = zipfile.ZipFile(file)
        names = sorted(info.filename for info in archive.infolist() if not info.is_dir())
    except UNREADABLE as error:
        raise InputError(
            "the zip archive is damaged.", where=file.name, remedy="Pack it again from the scan's folder."
        ) from error
    for name in names:
        if not _is_leftover(PurePosixPath(name).parts):
            yield Source(file, name, archive)


def _is_leftover(parts: Iterable[str]) -> bool:
    """Whether a path inside the input is hidden or one of the files that operating systems leave behind."""
    return any(part.startswith(".") or part.lower() in _LEFTOVERS for part in parts)
