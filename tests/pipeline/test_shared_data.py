"""Every scan of ../shared/data through `analyze`: measured, or refused with one sentence, and never a bug."""

from __future__ import annotations

import os
import re
import warnings
import zipfile
from pathlib import Path

import pydicom
import pytest
from digital_scans import analyze

DATA = Path(os.environ.get("TISSUECLOCK_SHARED") or Path(__file__).resolve().parents[3] / "shared") / "data"
SINGLES = "pydicom_test_files"
_WHO = ("PatientName", "PatientID", "PatientBirthDate", "AccessionNumber", "SeriesDescription")
_NO_SCANS = frozenset({".md", ".txt", ""})


def dicom_roots() -> list[Path]:
    """The top folder of every set of DICOM files."""
    return sorted(path for path in DATA.glob("*dicom*") if path.is_dir())


def series_folders() -> list[Path]:
    """The sets of DICOM files, and every folder in them that holds files."""
    folders = set(dicom_roots())
    for root in dicom_roots():
        folders |= {path.parent for path in root.rglob("*") if path.is_file()}
    return sorted(folders)


def single_files() -> list[Path]:
    """Every single file of the collection of odd DICOM files, and every NIfTI file."""
    odd = [path for path in (DATA / SINGLES).rglob("*") if path.is_file() and path.suffix not in _NO_SCANS]
    return sorted({*odd, *DATA.rglob("*.nii"), *DATA.rglob("*.nii.gz")})


def names(paths: list[Path]) -> list[object]:
    """Return the paths as parameters; without ../shared one that the fixture skips."""
    return [pytest.param(path, id=path.relative_to(DATA).as_posix()) for path in paths] or [DATA]


def identification(path: Path) -> set[str]:
    """Return the words of identification in a DICOM file's header that are long enough to look for."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = pydicom.dcmread(path, stop_before_pixels=True, force=True)
            words = [str(dataset.get(name) or "") for name in _WHO]
    except Exception:  # noqa: BLE001 - whatever cannot be parsed has no name to look for
        return set()
    return {word for word in words if len(word) > 4}


def checked(scan: Path, out: Path, source: Path | None = None) -> None:
    """Analyse a scan; check that it is measured, or refused with a sentence that names nobody."""
    shown = analyze(scan, out=out)
    assert shown.code in (0, 3, 4), shown.stderr
    assert "Traceback" not in shown.stderr
    said = [line for line in shown.stderr.splitlines() if line.startswith("tissueclock: ")]
    if shown.code == 3:
        assert not out.exists()
        assert len(said) == 1, shown.stderr
        assert re.fullmatch(r"tissueclock: .+\. [A-Z].+\.", said[0]), said
        assert shown.document["error"]["remedy"]
    assert not re.search("Warning|warn|pydicom|nibabel", shown.stderr), shown.stderr
    files = [source or scan] if (source or scan).is_file() else sorted((source or scan).rglob("*"))[:3]
    for word in {word for file in files if file.is_file() for word in identification(file)}:
        assert word not in shown.stderr + shown.stdout.replace(scan.name, "")


pytestmark = pytest.mark.shared


@pytest.mark.parametrize("folder", names(series_folders()))
def test_a_folder_is_measured_or_refused_with_a_sentence(shared, folder, tmp_path):
    checked(folder, tmp_path / "out")


@pytest.mark.parametrize("file", names(single_files()))
def test_a_file_is_measured_or_refused_with_a_sentence(shared, file, tmp_path):
    checked(file, tmp_path / "out")


@pytest.mark.parametrize("root", names(dicom_roots()))
def test_a_packed_set_is_measured_or_refused_with_a_sentence(shared, root, tmp_path):
    archive = tmp_path / "scan.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        for path in sorted(root.rglob("*")):
            if path.is_file() and ".nii" not in path.name:
                opened.write(path, path.relative_to(root))
    checked(archive, tmp_path / "out", source=root)


def test_there_is_something_to_read(shared):
    assert len(series_folders()) >= 40
    assert len(single_files()) >= 100
