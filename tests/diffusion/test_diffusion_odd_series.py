"""Series that look right and are not: names that lie, parts of another patient, directions that are missing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from mr_files import (
    b0,
    flair,
    volume,
    weighted,
    write_file,
    write_series,
)

from tissueclock.core.errors import InputError
from tissueclock.scan.study_images import inspect_inputs
from tissueclock.scan.write_mr import MrStack


def told(*inputs) -> list[tuple[str, str]]:
    return [(item.kind.value, item.reason) for item in inspect_inputs(inputs)[0]]


# A name counts only where the content does not speak against it.


@pytest.mark.parametrize(
    ("name", "inversion_ms", "echo_ms", "kind"),
    [
        ("Ax T1 FLAIR", 780.0, 10.0, "other"),
        ("t2_tirm_cor", 150.0, 60.0, "other"),
        ("Ax T1 FLAIR", None, 10.0, "other"),
        ("t2_tirm_tra_dark-fluid", None, 90.0, "flair"),
        ("Ax FLAIR", 2250.0, 120.0, "flair"),
    ],
)
def test_what_is_called_flair_and_nulls_something_else_is_none(tmp_path, name, inversion_ms, echo_ms, kind):
    stack = replace(flair(), inversion_ms=inversion_ms, echo_ms=echo_ms)
    write_series(tmp_path / "dicom", stack, number=6, description=name)
    write_file(tmp_path / "nifti", name.replace(" ", "_"), stack)
    ((of_dicom, reason),), ((of_nifti, _),) = told(tmp_path / "dicom"), told(tmp_path / "nifti")
    assert (of_dicom, of_nifti) == (kind, kind)
    if kind == "other":
        assert f"echo time of {echo_ms:.0f} ms do not null fluid and show T2" in reason


@pytest.mark.parametrize(
    "name", ["Exponential Apparent Diffusion Coefficient", "eADC", "exp ADC", "dwi_exponential_adc"]
)
def test_an_exponential_map_is_no_adc_by_its_name(tmp_path, name):
    write_series(
        tmp_path, MrStack(volume=volume(0.4), image_type=("PRIMARY",), derived=True), description=name
    )
    assert told(tmp_path) == [("other", "a derived map: its name says exponential ADC")]


def test_an_impossible_b_value_names_its_file(tmp_path):
    write_series(tmp_path, b0(), weighted(b=30_000.0))
    with pytest.raises(InputError, match=r"S05_\d+.dcm: the header states a b-value of 30000"):
        inspect_inputs([tmp_path])
