"""Series that look right and are not: names that lie, parts of another patient, missing directions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from diffusion_lab import SETTINGS
from mr_files import (
    FINER,
    OTHER,
    SECRET,
    adc_map,
    b0,
    flair,
    volume,
    weighted,
    write_file,
    write_run,
    write_run_nifti,
    write_series,
)

from tissueclock.anatomy.registration import Registration
from tissueclock.core.errors import InputError
from tissueclock.core.provenance import Step
from tissueclock.diffusion.adc import require_images
from tissueclock.image.series import Modality
from tissueclock.image.weighted import is_same_b
from tissueclock.pipeline.preset import preset_for
from tissueclock.profile.diffusion_checks import beside_perfusion_flags
from tissueclock.scan.study_images import inspect_inputs, open_study
from tissueclock.scan.write_mr import MrStack


def told(*inputs) -> list[tuple[str, str]]:
    return [(item.kind.value, item.reason) for item in inspect_inputs(inputs)[0]]


def usable(folder) -> None:
    found = open_study([folder]).diffusion
    require_images(found.images, found.adc, SETTINGS)


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


# What lies in another series belongs to the same patient and moment.


def test_b0_of_another_patient_is_refused(tmp_path):
    write_series(tmp_path / "a", b0(), number=5, identity=OTHER)
    write_series(tmp_path / "b", weighted(), number=6)
    with pytest.raises(InputError, match="the b0 is of another patient than the diffusion") as caught:
        open_study([tmp_path])
    assert not any(word in str(caught.value) for word in ("Secret", "Other", "4711", "0815"))


@pytest.mark.parametrize("run", [True, False])
def test_a_map_of_another_patient_or_day_is_refused(tmp_path, run):
    if run:
        write_run(tmp_path / "run")
    write_series(tmp_path / "dwi", weighted(), number=5)
    write_series(tmp_path / "adc", adc_map(), number=6, days_later=2)
    with pytest.raises(InputError, match="the ADC map was taken 48 hours from the diffusion"):
        open_study([tmp_path])
    write_series(tmp_path / "adc", adc_map(), number=6, identity=OTHER)
    with pytest.raises(InputError, match="the ADC map is of another patient than the diffusion"):
        open_study([tmp_path])


def test_how_a_name_is_written_makes_no_other_patient(tmp_path):
    write_run(tmp_path / "run")
    same = replace(SECRET, patient_name="SECRET^NAME^^", patient_id=f"{SECRET.patient_id} ")
    write_series(tmp_path / "dwi", b0(), weighted(), identity=same)
    assert open_study([tmp_path]).diffusion is not None


def test_of_two_maps_none_is_taken_and_that_is_said(tmp_path):
    write_series(tmp_path / "dwi", b0(), weighted(), number=5)
    for number in (6, 7):
        write_series(tmp_path / str(number), adc_map(), number=number)
    found = open_study([tmp_path]).diffusion
    assert found.adc is None
    assert found.notes == ("there are 2 ADC maps on the grid of the diffusion images; none was taken",)


def test_b0_on_another_grid_is_said(tmp_path):
    write_series(tmp_path / "a", b0(FINER), number=5)
    write_series(tmp_path / "b", weighted(), number=6)
    found = open_study([tmp_path]).diffusion
    assert [image.b for image in found.images] == [1000.0]
    assert found.notes == ("b0 on another grid than the diffusion images was left out",)


# Directions, and what nothing states.


def test_one_direction_is_no_trace_image(tmp_path):
    write_series(tmp_path, b0(), weighted(direction=0))
    (high,) = (image for image in open_study([tmp_path]).diffusion.images if image.b == 1000.0)
    assert (high.is_trace, high.is_direction) == (False, True)
    with pytest.raises(InputError, match="only 1 of the 3 or more directions that a trace image needs"):
        usable(tmp_path)
    write_series(tmp_path / "adc", adc_map(), number=6)
    usable(tmp_path)


def test_directions_of_nearly_one_b_value_are_one_shell(tmp_path):
    """Imaging gradients add to b, so that scanners state 995, 1000 and 1005 for three directions."""
    write_file(tmp_path, "sub-1_dwi", b0(), *(weighted(b=b) for b in (995.0, 1000.0, 1005.0)))
    assert not any(image.is_trace for image in open_study([tmp_path]).diffusion.images)


def test_b_values_of_one_shell_are_near_each_other():
    assert is_same_b(1000.0, 985.0)
    assert not is_same_b(1000.0, 950.0)
    assert not is_same_b(0.0, 5.0)
    assert is_same_b(None, None)
    assert not is_same_b(None, 0.0)


@pytest.mark.parametrize("kind", ["dicom", "nifti"])
def test_two_images_without_a_b_value_are_not_taken_for_a_weighted_one(tmp_path, kind):
    """One of them is b0: their mean is no diffusion-weighted image."""
    stacks = [replace(stack, b=None) for stack in (b0(), weighted())]
    if kind == "dicom":
        write_series(tmp_path, *stacks, description="dwi")
        write_series(tmp_path, adc_map(), number=6)
    else:
        write_file(tmp_path, "sub-1_dwi", *stacks)
        write_file(tmp_path, "sub-1_adc", adc_map())
    with pytest.raises(InputError, match="2 diffusion images beside it that do not say their b-values"):
        usable(tmp_path)


def test_a_map_beside_another_b_value_says_which(tmp_path):
    write_file(tmp_path, "sub-1_dwi", b0(), weighted(b=2500.0))
    write_file(tmp_path, "sub-1_adc", adc_map())
    with pytest.raises(InputError, match="an ADC map, but only images with b = 0, 2500 s/mm2 beside it"):
        usable(tmp_path)


def test_two_runs_of_diffusion_as_nifti_are_refused_as_two_series_are(tmp_path):
    for run in (1, 2):
        write_file(tmp_path, f"sub-1_run-{run}_dwi", b0(), weighted())
    with pytest.raises(InputError, match="2 diffusion files with the same b-values") as caught:
        open_study([tmp_path])
    assert caught.value.where == "sub-1_run-1_dwi.nii.gz, sub-1_run-2_dwi.nii.gz"


def test_the_file_nearest_to_b_1000_is_taken_and_the_others_are_named(tmp_path):
    write_run_nifti(tmp_path)
    write_file(tmp_path, "sub-1_acq-a_dwi", b0(), weighted(b=2500.0))
    write_file(tmp_path, "sub-1_acq-b_dwi", b0(), weighted(level=333.0))
    write_file(tmp_path, "sub-1_dwi_mask", MrStack(volume=volume(1.0)))
    found = open_study([tmp_path]).diffusion
    assert [image.b for image in found.images] == [0.0, 1000.0]
    assert np.array_equal(found.images[1].volume.array, weighted(level=333.0).volume.array)
    assert found.notes == tuple(
        f"{name}.nii.gz was left out: another diffusion file serves better"
        for name in ("sub-1_acq-a_dwi", "sub-1_dwi_mask")
    )


# NIfTI holds no name: only what files are called can tell subjects and sessions apart.


@pytest.mark.parametrize(("other", "words"), [("sub-2", "2 subjects"), ("sub-1_ses-b", "2 sessions")])
@pytest.mark.parametrize("kind", ["FLAIR", "adc"])
def test_files_of_several_subjects_or_sessions_are_refused(tmp_path, other, words, kind):
    same = "sub-1_ses-a"
    write_file(tmp_path, f"{same}_dwi", b0(), weighted())
    write_file(tmp_path, f"{same}_T1w", MrStack(volume=volume(100.0)))
    write_file(tmp_path, f"{same}_{kind}", replace(flair(), inversion_ms=None))
    assert open_study([tmp_path]).diffusion is not None
    for path in list(tmp_path.glob(f"*_{kind}.*")):
        path.rename(tmp_path / path.name.replace(same, other))
    with pytest.raises(InputError, match=words) as caught:
        open_study([tmp_path])
    assert "sub-" not in str(caught.value)


def test_series_that_are_left_out_are_counted(tmp_path):
    """A perfusion run that was sent as a series a frame is no run, and its absence must not go unseen."""
    write_series(tmp_path / "dwi", b0(), weighted(), number=5)
    for number in range(10, 22):
        plain = MrStack(volume=volume(150.0), image_type=("PRIMARY", "OTHER"))
        write_series(tmp_path / str(number), plain, number=number, description="ep2d")
    (note,) = open_study([tmp_path]).notes
    assert note == "Left out: 12 series or files, each a plain stack of images: each slice was taken once"


@pytest.mark.parametrize("kind", ["dicom", "nifti"])
def test_flair_that_nothing_is_compared_with_is_said(tmp_path, kind):
    if kind == "dicom":
        write_run(tmp_path / "run")
        write_series(tmp_path / "flair", flair(), number=6)
    else:
        write_run_nifti(tmp_path)
        write_file(tmp_path, "sub-1_FLAIR", flair())
    (note,) = open_study([tmp_path]).notes
    assert note.startswith("FLAIR was read and not used")


# Core and delay on different sides.


def found_by_hand(residual_mm: float, overlap: float) -> Registration:
    step = Step(name="registration", sentence="By hand.")
    return Registration(
        matrix=np.eye(4), residual_mm=residual_mm, overlap=overlap, shift_mm=0.0, turn_deg=0.0, step=step
    )


@pytest.mark.parametrize(
    ("residual_mm", "overlap", "judged"), [(1.0, 0.95, True), (9.0, 0.95, False), (1.0, 0.5, False)]
)
def test_core_without_delay_is_judged_only_where_the_registration_stands(residual_mm, overlap, judged):
    quality = preset_for(Modality.MR, None).quality
    for sides, crossed in ((("left", "left"), False), (("right", "left"), True), (("right", ""), False)):
        made = beside_perfusion_flags(found_by_hand(residual_mm, overlap), 1.0, 9.0, sides, quality)
        texts = [flag.text for flag in made if flag.id == "reperfused-core"]
        assert len(texts) == judged
        assert all(("check that no scan is mirrored" in text) == crossed for text in texts)


def test_a_scan_of_another_year_is_days_away(tmp_path):
    write_series(tmp_path / "dwi", b0(), weighted())
    write_series(tmp_path / "adc", adc_map(), number=4, days_later=400)
    with pytest.raises(InputError, match="taken 400 days from the diffusion"):
        open_study([tmp_path])
