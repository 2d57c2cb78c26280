"""Digital reference objects as files: the scan, its true maps and masks, and the truth in numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from tissueclock.core.errors import UsageError
from tissueclock.core.files import json_text, write_atomically
from tissueclock.core.notice import DISCLAIMER
from tissueclock.image.series import TimeSeries
from tissueclock.phantom.kudo import KudoPhantom
from tissueclock.phantom.mr_study import MrStudy
from tissueclock.phantom.patient import DigitalPatient
from tissueclock.phantom.relaxation import FLAIR_TE_MS, FLAIR_TI_MS
from tissueclock.pipeline.folder import require_folder, writing
from tissueclock.scan.identity import Identity
from tissueclock.scan.nifti import nifti_bytes, series_nifti_bytes
from tissueclock.scan.write_dicom import classic_dicom
from tissueclock.scan.write_mr import MrSeries, MrStack, mr_dicom, mr_nifti

_NOBODY = Identity(patient_name="DIGITAL^PATIENT", patient_id="PHANTOM", accession="", acquired_at="")
_SCAN_NAMES = re.compile(r"(IM\d{5}|S\d\d_\d{4})\.dcm|(perfusion|dwi|adc|FLAIR)\.(nii\.gz|json|bval)")
_Files = Iterator[tuple[str, bytes]]


def require_own(out: Path) -> None:
    """Raise UsageError if `out` is no folder, or its `scan` holds a scan that is not one of our objects.

    Ours has a truth beside it. Anybody's scan may be called `scan/IM00001.dcm`, and is never overwritten.
    """
    require_folder(out)
    scan = out / "scan"
    if scan.is_dir() and any(scan.iterdir()) and not (out / "truth" / "truth.json").exists():
        raise UsageError(
            "the folder 'scan' in --out holds files of somebody else.",
            remedy="Name another folder for --out.",
        )


def write_patient(
    patient: DigitalPatient,
    out: Path,
    *,
    dicom: bool,
    mr: MrStudy | None = None,
    vendor: str = "standard",
) -> dict[str, Any]:
    """Write a digital patient into `out/scan`, its truth into `out/truth`; returns the truth in numbers.

    `mr` are diffusion and FLAIR of the same patient, whose b-values stand where the `vendor` puts them.
    Raises UsageError where `out` cannot be written, or holds somebody else's scan.
    """
    truth = patient.truth.to_json()
    files = _as_dicom(patient) if dicom else _as_nifti(patient.series)
    true_maps = _patient_truth(patient)
    if mr is not None:
        truth["diffusion"] = mr.truth.to_json()
        files = chain(files, _mr_as_dicom(mr, _seed(patient), vendor) if dicom else _mr_as_nifti(mr))
        true_maps = chain(true_maps, _mr_truth(mr))
    _write_object(out, truth, true_maps, files)
    return truth


def write_kudo(phantom: KudoPhantom, out: Path) -> dict[str, Any]:
    """Write the Kudo grid as 4-D NIfTI into `out/scan`, its true maps into `out/truth`."""
    maps = {
        name: getattr(phantom, name) for name in ("cbf", "cbv", "mtt", "delay", "tiles", "artery", "vein")
    }
    truth = {
        "disclaimer": DISCLAIMER,
        "residue_by_slice": list(phantom.residue),
        "units": {name: volume.unit for name, volume in maps.items() if volume.unit},
    }
    true_maps = ((f"{name}.nii.gz", nifti_bytes(volume)) for name, volume in maps.items())
    _write_object(out, truth, true_maps, _as_nifti(phantom.series))
    return truth


def _write_object(out: Path, truth: dict[str, Any], true_maps: _Files, scan: _Files) -> None:
    """Write the truth first, since it marks the scan as ours; images of an earlier object are removed."""
    require_own(out)
    with writing(out):
        write_atomically(out / "truth" / "truth.json", json_text(truth).encode())
        _write(out / "truth", true_maps)
        written = _write(out / "scan", scan)
        for path in (out / "scan").iterdir():
            if _SCAN_NAMES.fullmatch(path.name) and path.name not in written:
                path.unlink()


def _write(folder: Path, files: _Files) -> set[str]:
    written = set()
    for name, content in files:
        write_atomically(folder / name, content)
        written.add(name)
    return written


def _seed(patient: DigitalPatient) -> str:
    return json.dumps([repr(patient.stroke), repr(patient.acquisition)])


def _as_dicom(patient: DigitalPatient) -> _Files:
    description = "Digital patient, perfusion"
    return classic_dicom(patient.series, _NOBODY, description=description, seed=_seed(patient))


def _dwi(mr: MrStudy) -> list[MrStack]:
    one = len(mr.high) == 1
    high = [
        MrStack(volume=volume, b=mr.scanning.b, direction=None if one else number)
        for number, volume in enumerate(mr.high)
    ]
    return [MrStack(volume=mr.low, b=0.0), *high]


def _adc(mr: MrStudy) -> MrStack:
    return MrStack(volume=mr.vendor_adc, image_type=("PRIMARY", "DIFFUSION", "ADC"), derived=True)


def _flair(mr: MrStudy) -> MrStack:
    kinds = ("PRIMARY", "OTHER")
    return MrStack(volume=mr.flair, image_type=kinds, echo_ms=FLAIR_TE_MS, inversion_ms=FLAIR_TI_MS)


def _mr_as_dicom(mr: MrStudy, seed: str, vendor: str) -> _Files:
    """Yield diffusion, the scanner's ADC map and FLAIR as series of the perfusion run's study."""
    for number, name, stacks in (
        (2, "diffusion", _dwi(mr)),
        (3, "ADC", [_adc(mr)]),
        (4, "FLAIR", [_flair(mr)]),
    ):
        series = MrSeries(number=number, description=f"Digital patient, {name}", vendor=vendor)
        yield from mr_dicom(stacks, series, _NOBODY, seed=seed)


def _mr_as_nifti(mr: MrStudy) -> _Files:
    for name, stacks in (("dwi", _dwi(mr)), ("adc", [_adc(mr)]), ("FLAIR", [_flair(mr)])):
        yield from mr_nifti(name, stacks)


def _mr_truth(mr: MrStudy) -> _Files:
    for name in ("adc", "acute"):
        yield f"{name}.nii.gz", nifti_bytes(getattr(mr.truth, name))


def _as_nifti(series: TimeSeries) -> _Files:
    content, sidecar = series_nifti_bytes(series)
    yield "perfusion.nii.gz", content
    yield "perfusion.json", json_text(sidecar).encode()


def _patient_truth(patient: DigitalPatient) -> _Files:
    physics, rule = patient.truth.physics, patient.truth.rule
    for name in ("cbf", "cbv", "mtt", "delay"):
        yield f"{name}.nii.gz", nifti_bytes(getattr(physics, name))
    yield "rule_tmax.nii.gz", nifti_bytes(rule.tmax)
    yield "rule_cbf.nii.gz", nifti_bytes(rule.cbf)
    masks = {"core": physics.core, "hypoperfused": physics.hypoperfused, "brain": patient.truth.brain}
    for name, mask in masks.items():
        if mask is not None:
            yield f"{name}.nii.gz", nifti_bytes(mask)
