"""The files of an input: a folder with sub-folders, zip archives inside or instead of it, or single files."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tissueclock.core.errors import InputError, UsageError

_NIFTI = (".nii", ".nii.gz")
_DICOM_PREAMBLE = 132


@dataclass(frozen=True, slots=True)
class Source:
    """One file: on disk, or a member of a zip archive. `label` is safe to print: a file name, no path."""

    path: Path
    member: str = ""

    @property
    def label(self) -> str:
        """The file's own name."""
        return Path(self.member or self.path.name).name

    @property
    def is_nifti(self) -> bool:
        """Whether the name says NIfTI."""
        return self.label.lower().endswith(_NIFTI)

    def read(self) -> bytes:
        """Return the whole content; raises InputError where it cannot be read."""
        try:
            if not self.member:
                return self.path.read_bytes()
            with zipfile.ZipFile(self.path) as archive:
                return archive.read(self.member)
        except (OSError, zipfile.BadZipFile, RuntimeError) as error:
            raise InputError(
                f"the file cannot be read ({type(error).__name__}).",
                where=self.label,
                remedy="Copy it again from its origin.",
            ) from error

    def looks_like_dicom(self) -> bool:
        """Return whether the DICOM mark stands behind the preamble."""
        return self.read_start()[128:_DICOM_PREAMBLE] == b"DICM"

    def read_start(self) -> bytes:
        """Return the first bytes, enough for the DICOM mark."""
        if self.member:
            return self.read()[:_DICOM_PREAMBLE]
        try:
            with self.path.open("rb") as file:
                return file.read(_DICOM_PREAMBLE)
        except OSError:
            return b""


def find_sources(inputs: Iterable[Path]) -> tuple[Source, ...]:
    """Return every file of the inputs, sorted; raises UsageError where an input does not exist."""
    found: list[Source] = []
    for path in inputs:
        if not path.exists():
            raise UsageError(f"there is no '{path.name}'.", remedy="Name a folder, a zip or a NIfTI file.")
        files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
        for file in files:
            found.extend(_members(file) if file.suffix.lower() == ".zip" else [Source(file)])
    return tuple(found)


def _members(archive: Path) -> Iterator[Source]:
    try:
        with zipfile.ZipFile(archive) as opened:
            names = sorted(info.filename for info in opened.infolist() if not info.is_dir())
    except (OSError, zipfile.BadZipFile) as error:
        raise InputError(
            "the zip archive is damaged.", where=archive.name, remedy="Pack it again."
        ) from error
    for name in names:
        yield Source(archive, name)
