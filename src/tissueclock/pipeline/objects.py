"""Digital reference objects as files: the scan, its true maps and masks, and the truth in numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tissueclock.core.files import json_text, write_atomically
from tissueclock.core.notice import DISCLAIMER
from tissueclock.image.series import TimeSeries
from tissueclock.phantom.kudo import KudoPhantom
from tissueclock.phantom.patient import DigitalPatient
from tissueclock.scan.identity import Identity
from tissueclock.scan.nifti import nifti_bytes, series_nifti_bytes
from tissueclock.scan.write_dicom import classic_dicom

_NOBODY = Identity(patient_name="DIGITAL^PATIENT", patient_id="PHANTOM", accession="", acquired_at="")


def write_patient(patient: DigitalPatient, out: Path, *, dicom: bool) -> dict[str, Any]:
    """Write a digital patient into `out/scan`, its truth into `out/truth`; returns the truth in numbers."""
    files = _as_dicom(patient) if dicom else _as_nifti(patient.series)
    truth = patient.truth.to_json()
    _write(out / "scan", files)
    _write(out / "truth", _patient_truth(patient))
    write_atomically(out / "truth" / "truth.json", json_text(truth).encode())
    return truth


def write_kudo(phantom: KudoPhantom, out: Path) -> dict[str, Any]:
    """Write the Kudo grid as 4-D NIfTI into `out/scan`, its true maps into `out/truth`."""
    _write(out / "scan", _as_nifti(phantom.series))
    maps = {
        name: getattr(phantom, name) for name in ("cbf", "cbv", "mtt", "delay", "tiles", "artery", "vein")
    }
    _write(out / "truth", ((f"{name}.nii.gz", nifti_bytes(volume)) for name, volume in maps.items()))
    truth = {
        "disclaimer": DISCLAIMER,
        "residue_by_slice": list(phantom.residue),
        "units": {name: volume.unit for name, volume in maps.items() if volume.unit},
    }
    write_atomically(out / "truth" / "truth.json", json_text(truth).encode())
    return truth


def _write(folder: Path, files: Iterator[tuple[str, bytes]]) -> None:
    for name, content in files:
        write_atomically(folder / name, content)


def _as_dicom(patient: DigitalPatient) -> Iterator[tuple[str, bytes]]:
    seed = json.dumps([repr(patient.stroke), repr(patient.acquisition)])
    description = "Digital patient, perfusion"
    return classic_dicom(patient.series, _NOBODY, description=description, seed=seed)


def _as_nifti(series: TimeSeries) -> Iterator[tuple[str, bytes]]:
    content, sidecar = series_nifti_bytes(series)
    yield "perfusion.nii.gz", content
    yield "perfusion.json", json_text(sidecar).encode()


def _patient_truth(patient: DigitalPatient) -> Iterator[tuple[str, bytes]]:
    physics, rule = patient.truth.physics, patient.truth.rule
    for name in ("cbf", "cbv", "mtt", "delay"):
        yield f"{name}.nii.gz", nifti_bytes(getattr(physics, name))
    yield "rule_tmax.nii.gz", nifti_bytes(rule.tmax)
    yield "rule_cbf.nii.gz", nifti_bytes(rule.cbf)
    masks = {"core": physics.core, "hypoperfused": physics.hypoperfused, "brain": patient.truth.brain}
    for name, mask in masks.items():
        if mask is not None:
            yield f"{name}.nii.gz", nifti_bytes(mask)
