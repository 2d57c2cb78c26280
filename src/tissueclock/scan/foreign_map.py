"""Scalar maps that another program exported as NIfTI: found by their names; pictures of maps are refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tissueclock.core.errors import InputError, UsageError
from tissueclock.image.volume import Volume
from tissueclock.scan.elements import is_dicom
from tissueclock.scan.headers import read_header
from tissueclock.scan.nifti import read_map
from tissueclock.scan.sidecar import read_sidecar
from tissueclock.scan.sources import Source, find_sources

_TMAX = re.compile(r"tmax(?![a-z])")
_CBF = re.compile(r"cbf(?![a-z])")
_RELATIVE = re.compile(r"(?<![a-z])(?:r|rel[_-]?|relative[_-]?)cbf(?![a-z])")
_PICTURES = (
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"%PDF", "PDF"),
)
_EXPORT = "Export the map itself as NIfTI: Tmax in seconds, CBF as numbers."
_SECONDS, _MILLISECONDS = ("s", "sec", "seconds"), ("ms", "msec", "milliseconds")


@dataclass(frozen=True, eq=False, kw_only=True)
class ForeignMaps:
    """What another program exported: Tmax, CBF where there is one, and what their files say of them.

    `tmax_unit` is "s", "ms" or "" where the side-car (`Units`) says nothing; `cbf_is_relative` whether the
    name of the file calls its CBF relative (rcbf).
    """

    tmax: Volume
    tmax_unit: str
    cbf: Volume | None
    cbf_is_relative: bool


def open_foreign_maps(path: Path) -> ForeignMaps:
    """Read the maps in a folder, or the one Tmax map that `path` names.

    Raises UsageError where no file is called tmax or several are, InputError where what is there is a
    picture, a DICOM file or no map of numbers, and where Tmax and CBF lie on different grids.
    """
    sources = find_sources([path])
    images = [source for source in sources if source.is_nifti]
    if not images:
        raise _no_map(path, sources)
    tmax = _one(images, _TMAX, "tmax", path)
    if tmax is None:
        raise UsageError(
            "no NIfTI file has tmax in its name.",
            where=path.name,
            remedy="Name the files so that they say what they hold: tmax.nii.gz, cbf.nii.gz or rcbf.nii.gz.",
        )
    cbf = _one(images, _CBF, "cbf", path)
    found = ForeignMaps(
        tmax=_volume(tmax, "Tmax"),
        tmax_unit=_stated_unit(tmax),
        cbf=None if cbf is None else _volume(cbf, "CBF"),
        cbf_is_relative=cbf is not None and bool(_RELATIVE.search(cbf.label.lower())),
    )
    if found.cbf is not None and not found.cbf.grid.is_same(found.tmax.grid):
        raise InputError(
            "their Tmax and CBF lie on different grids.",
            where=path.name,
            remedy="Export both from the same analysis, unresampled.",
        )
    return found


def _one(images: Sequence[Source], name: re.Pattern[str], word: str, path: Path) -> Source | None:
    found = [image for image in images if name.search(image.label.lower())]
    if len(found) > 1:
        raise UsageError(
            f"{len(found)} NIfTI files have {word} in their names.",
            where=path.name,
            remedy="Name a folder with one map of each kind.",
        )
    return found[0] if found else None


def _volume(source: Source, quantity: str) -> Volume:
    values, grid = read_map(source)
    return Volume(values, grid, quantity, "as exported")


def _stated_unit(source: Source) -> str:
    word = read_sidecar(source).content.get("Units")
    if word is None:
        return ""
    spelled = str(word).strip().lower()
    if spelled in _SECONDS:
        return "s"
    if spelled in _MILLISECONDS:
        return "ms"
    raise InputError(
        "'Units' of Tmax is neither s nor ms.", where=source.label, remedy="Correct the side-car."
    )


def _no_map(path: Path, sources: Sequence[Source]) -> InputError:
    """Return why an input without NIfTI cannot be compared, for the first file that says it."""
    for source in sources:
        start = source.read_start()
        picture = next((name for magic, name in _PICTURES if start.startswith(magic)), "")
        if picture:
            return InputError(
                f"it is a picture ({picture}): its colours cannot be turned back into a measurement.",
                where=source.label,
                remedy=_EXPORT,
            )
        if is_dicom(start):
            found = read_header(source)
            why = found if isinstance(found, str) else "it is a DICOM image; maps are read from NIfTI"
            return InputError(f"{why}.", where=source.label, remedy=_EXPORT)
    return InputError("it holds no NIfTI file.", where=path.name, remedy=_EXPORT)
