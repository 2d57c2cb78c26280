"""Series told apart: by content, then by name, from every vendor, and refused with a sentence."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pydicom
import pytest
from mr_files import (
    FINER,
    GRID,
    OTHER,
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

from tissueclock.cli.main import main
from tissueclock.core.errors import InputError, UsageError
from tissueclock.core.notice import DISCLAIMER
from tissueclock.image.series import Modality
from tissueclock.scan.study_images import inspect_inputs, open_study
from tissueclock.scan.write_mr import VENDORS, MrStack


def kinds(*inputs) -> dict[str, str]:
    """First file -> kind, as `inspect` lists them."""
    listed, _ = inspect_inputs(inputs)
    return {item.label.split("_")[0]: item.kind.value for item in listed}


def reasons(*inputs) -> list[tuple[str, str, str]]:
    return [(item.kind.value, item.told_by, item.reason) for item in inspect_inputs(inputs)[0]]


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("directions", [0, 3])
def test_diffusion_of_every_vendor_is_read_with_its_b_values(tmp_path, vendor, directions):
    write_run(tmp_path / "run")
    high = [weighted(level=300.0 + 20 * d, direction=d) for d in range(directions)] or [weighted()]
    write_series(tmp_path / "dwi", b0(), *high, vendor=vendor)
    study = open_study([tmp_path])
    images = study.diffusion.images
    assert [image.b for image in images] == [0.0] + [1000.0] * max(1, directions)
    assert [image.is_trace for image in images[1:]] == [directions == 0] * len(high)
    for image, stack in zip(images, [b0(), *high], strict=True):
        assert image.volume.grid.is_same(GRID)
        assert image.volume.array == pytest.approx(stack.volume.array, abs=0.05)


@pytest.mark.parametrize(
    ("vendor", "words"),
    [
        ("standard", "DiffusionBValue (0018,9087)"),
        ("siemens", "Siemens's field (0019,100C)"),
        ("ge", "GE's field (0043,1039)"),
        ("philips", "Philips's field (2001,1003)"),
    ],
)
def test_the_reason_says_where_the_b_values_stand(tmp_path, vendor, words):
    write_series(tmp_path, b0(), weighted(), vendor=vendor)
    assert reasons(tmp_path) == [("diffusion", "content", f"b = 0 and 1000 s/mm2 by {words}")]


@pytest.mark.parametrize("vendor", ["siemens", "ge", "philips"])
def test_a_private_field_of_somebody_else_is_no_b_value(tmp_path, vendor):
    """The block must be the vendor's own."""
    write_series(tmp_path, b0(), weighted(), vendor=vendor)
    group = {"siemens": 0x0019, "ge": 0x0043, "philips": 0x2001}[vendor]
    for path in tmp_path.iterdir():
        image = pydicom.dcmread(path)
        image[group, 0x0010].value = "SOMEBODY ELSE"
        image.save_as(path)
    ((kind, told_by, reason),) = reasons(tmp_path)
    assert (kind, told_by) == ("other", "nothing")
    assert "run of only 2 frames" in reason


def test_b0_and_b1000_may_stand_in_two_series(tmp_path):
    write_run(tmp_path / "run")
    write_series(tmp_path / "a", b0(), number=5)
    write_series(tmp_path / "b", weighted(), number=6)
    study = open_study([tmp_path])
    assert sorted(image.b for image in study.diffusion.images) == [0.0, 1000.0]
    assert study.diffusion.notes == ("b0 was taken from another series of the same grid",)


def test_several_inputs_are_one_patient(tmp_path):
    run = write_run(tmp_path / "run")
    dwi = write_series(tmp_path / "elsewhere" / "dwi", b0(), weighted(), number=5)
    more = write_series(tmp_path / "flair", flair(), number=6)
    study = open_study([run, dwi, more])
    assert len(study.diffusion.images) == 2
    assert study.flair.volume.array == pytest.approx(flair().volume.array, abs=0.05)


def test_the_series_with_a_trace_image_is_preferred_to_that_of_the_directions(tmp_path):
    write_run(tmp_path / "run")
    write_series(tmp_path / "a", b0(), *(weighted(direction=d) for d in range(3)), number=5)
    write_series(tmp_path / "b", b0(), weighted(level=333.0), number=6)
    images = open_study([tmp_path]).diffusion.images
    assert [image.is_trace for image in images if image.b == 1000.0] == [True]
    assert images[1].volume.array.min() == pytest.approx(333.0, abs=0.05)


def test_the_series_nearest_to_b_1000_is_taken(tmp_path):
    write_run(tmp_path / "run")
    write_series(tmp_path / "a", b0(), weighted(b=2500.0), number=5)
    write_series(tmp_path / "b", b0(), weighted(b=1000.0), number=6)
    assert {image.b for image in open_study([tmp_path]).diffusion.images} == {0.0, 1000.0}


def test_two_series_that_serve_alike_are_refused(tmp_path):
    write_run(tmp_path / "run")
    for number in (5, 6):
        write_series(tmp_path / str(number), b0(), weighted(), number=number)
    with pytest.raises(InputError, match="2 diffusion series with the same b-values") as caught:
        open_study([tmp_path])
    assert "Name the folder of one" in caught.value.remedy


def test_adc_and_flair_are_told_by_their_headers(tmp_path):
    write_series(tmp_path / "adc", adc_map(), number=7, description="nothing telling")
    write_series(tmp_path / "flair", flair(), number=8, description="nothing telling")
    assert reasons(tmp_path) == [
        ("adc", "content", "its image type says ADC"),
        (
            "flair",
            "content",
            "its inversion time of 2500 ms nulls fluid, with an echo time of 120 ms",
        ),
    ]


def test_a_name_serves_where_the_content_says_nothing_and_never_against_it(tmp_path):
    plain = MrStack(volume=volume(150.0), image_type=("PRIMARY", "OTHER"), echo_ms=100.0)
    write_series(tmp_path / "a", plain, number=5, description="Ax T2 FLAIR")
    write_series(tmp_path / "b", plain, number=6, description="DWI b1000")
    write_series(tmp_path / "c", plain, number=7, description="T1")
    write_series(tmp_path / "d", flair(), number=8, description="ADC of the head")
    found = kinds(tmp_path)
    assert found == {"S05": "flair", "S06": "diffusion", "S07": "other", "S08": "flair"}
    told = {kind: reason for kind, by, reason in reasons(tmp_path / "b") if by == "name"}
    assert told == {"diffusion": "its name says diffusion; nothing states its b-value"}


def test_derived_maps_are_not_taken_for_adc(tmp_path):
    exponential = MrStack(volume=volume(0.4), image_type=("PRIMARY", "EADC"), derived=True)
    write_series(tmp_path, exponential, number=9, description="eADC")
    assert reasons(tmp_path) == [("other", "content", "a derived map: its image type says EADC")]


def test_philips_states_b_0_in_images_of_every_contrast(tmp_path):
    anatomy = MrStack(volume=volume(150.0), b=0.0, image_type=("PRIMARY", "M_SE"))
    write_series(tmp_path, anatomy, number=9, vendor="philips", description="T2 TSE")
    assert reasons(tmp_path)[0][0] == "other"


def test_a_run_of_many_directions_is_no_perfusion_run(tmp_path):
    stacks = [b0(), *(weighted(level=250.0 + d, direction=d % 3) for d in range(12))]
    write_series(tmp_path, *stacks)
    assert reasons(tmp_path)[0][0] == "diffusion"


def test_an_adc_map_on_another_grid_is_left_out_and_said(tmp_path):
    write_run(tmp_path / "run")
    write_series(tmp_path / "dwi", b0(), weighted(), number=5)
    write_series(tmp_path / "adc", adc_map(FINER), number=6)
    diffusion = open_study([tmp_path]).diffusion
    assert diffusion.adc is None
    assert "another grid" in diffusion.notes[0]


def test_on_ct_nothing_of_mr_is_read(tmp_path):
    write_run(tmp_path / "run", modality=Modality.CT)
    write_series(tmp_path / "dwi", b0(), weighted())
    study = open_study([tmp_path])
    assert (study.diffusion, study.flair) == (None, None)


def test_a_run_alone_is_a_study_without_diffusion(tmp_path):
    study = open_study([write_run(tmp_path)])
    assert (study.diffusion, study.flair, study.notes) == (None, None, ())
    assert study.perfusion.series.frames == 12


def test_diffusion_of_another_patient_is_refused_without_naming_anybody(tmp_path):
    write_run(tmp_path / "run")
    write_series(tmp_path / "dwi", b0(), weighted(), identity=OTHER)
    with pytest.raises(InputError, match="diffusion is of another patient than the perfusion run") as caught:
        open_study([tmp_path])
    assert not any(word in str(caught.value) for word in ("Secret", "Other", "4711", "0815"))


def test_diffusion_of_another_day_is_refused_and_of_other_hours_is_said(tmp_path):
    write_run(tmp_path / "run")
    write_series(tmp_path / "dwi", b0(), weighted(), days_later=3)
    with pytest.raises(InputError, match="diffusion was taken 3 days from the perfusion run"):
        open_study([tmp_path])
    write_series(tmp_path / "dwi", b0(), weighted(), minutes_later=150.0)
    assert open_study([tmp_path]).notes == ("the diffusion was taken 2.5 h from the perfusion run",)


def test_another_frame_of_reference_is_said(tmp_path):
    write_run(tmp_path / "run")
    write_series(tmp_path / "flair", flair(), frame="another", number=6)
    note, _ = open_study([tmp_path]).notes
    assert "FLAIR has another frame of reference" in note


def test_a_missing_slice_is_named(tmp_path):
    write_run(tmp_path / "run")
    folder = write_series(tmp_path / "dwi", b0(), weighted())
    (folder / "S05_0002.dcm").unlink()
    with pytest.raises(InputError, match=r"b = 0: slices lie 6.0 mm apart, but 12.0 mm") as caught:
        open_study([tmp_path])
    assert "leave it out" in caught.value.remedy


def test_an_impossible_b_value_is_refused(tmp_path):
    write_series(tmp_path, b0(), weighted())
    for path in tmp_path.iterdir():
        image = pydicom.dcmread(path)
        image.DiffusionBValue = -5.0
        image.save_as(path)
    with pytest.raises(InputError, match="b-value of -5"):
        inspect_inputs([tmp_path])


# NIfTI: by .bval and side-car first, by BIDS names second.


def test_nifti_files_are_told_apart_and_read(tmp_path):
    write_run_nifti(tmp_path)
    write_file(tmp_path, "sub-1_dwi", b0(), weighted())
    write_file(tmp_path, "sub-1_FLAIR", flair())
    study = open_study([tmp_path])
    assert [image.b for image in study.diffusion.images] == [0.0, 1000.0]
    assert study.diffusion.images[1].is_trace
    assert study.flair.volume.array == pytest.approx(flair().volume.array)
    assert study.perfusion.series.frames == 12


@pytest.mark.parametrize(
    ("name", "kind", "told_by", "reason"),
    [
        ("sub-1_ses-2_dwi", "diffusion", "name", "its name says diffusion; nothing states its b-value"),
        ("sub-1_adc", "adc", "name", "its name says ADC"),
        ("sub-1_FLAIR", "flair", "name", "its name says FLAIR"),
        ("b1000", "diffusion", "name", "its name says b = 1000 s/mm2"),
        ("sub-1_T1w", "other", "nothing", "a single volume, and neither side-car nor name says of what"),
    ],
)
def test_names_as_bids_has_them(tmp_path, name, kind, told_by, reason):
    write_file(tmp_path, name, MrStack(volume=volume(100.0)))
    assert reasons(tmp_path) == [(kind, told_by, reason)]


def test_one_volume_a_file_with_the_b_value_in_the_name(tmp_path):
    write_run_nifti(tmp_path)
    for name, level in (("sub-1_b0", 800.0), ("sub-1_b1000", 300.0)):
        write_file(tmp_path, name, MrStack(volume=volume(level)))
    images = open_study([tmp_path]).diffusion.images
    assert {image.b for image in images} == {0.0, 1000.0}


def test_the_side_car_tells_before_the_name(tmp_path):
    write_file(tmp_path, "sub-1_dwi", flair())
    assert reasons(tmp_path)[0][:2] == ("flair", "content")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("0 zero", "something else than numbers"),
        ("0", "must hold 2 b-values in s/mm2, one a volume, not 1"),
        ("0 -1000", "states a b-value of -1000"),
        ("0 1e9", r"states a b-value of 1e\+09"),
        ("nan 1000", "states a b-value of nan"),
    ],
)
def test_a_wrong_bval_file_is_refused(tmp_path, content, words):
    write_file(tmp_path, "sub-1_dwi", b0(), weighted())
    (tmp_path / "sub-1_dwi.bval").write_text(content)
    with pytest.raises(InputError, match=words):
        inspect_inputs([tmp_path])


def test_files_on_different_grids_are_refused_where_all_are_needed(tmp_path):
    write_run_nifti(tmp_path)
    write_file(tmp_path, "sub-1_dwi", b0(), weighted())
    write_file(tmp_path, "sub-1_adc", adc_map(FINER))
    diffusion = open_study([tmp_path]).diffusion
    assert diffusion.adc is None
    assert diffusion.notes == ("an ADC map on another grid than the diffusion images was left out",)
    (tmp_path / "sub-1_dwi.nii.gz").unlink()
    (tmp_path / "sub-1_dwi.bval").unlink()
    write_file(tmp_path, "sub-1_b1000", weighted())
    with pytest.raises(InputError, match="different grids"):
        open_study([tmp_path])


@pytest.mark.parametrize(("name", "words"), [("adc", "2 ADC maps"), ("flair", "2 FLAIR files")])
def test_two_files_of_one_kind_are_refused(tmp_path, name, words):
    write_run_nifti(tmp_path)
    for number in (1, 2):
        write_file(tmp_path, f"sub-1_run-{number}_{name}", MrStack(volume=volume(100.0)))
    with pytest.raises(InputError, match=words):
        open_study([tmp_path])


def test_nothing_to_inspect_is_said(tmp_path):
    with pytest.raises(InputError, match="no DICOM or NIfTI file"):
        inspect_inputs([tmp_path])
    with pytest.raises(UsageError, match="there is no"):
        inspect_inputs([tmp_path / "away"])


def test_scaling_of_a_stack_is_undone(tmp_path):
    write_run(tmp_path / "run")
    write_series(tmp_path / "adc", adc_map(), number=7)
    write_series(tmp_path / "dwi", b0(), weighted(), number=8)
    adc = open_study([tmp_path]).diffusion.adc
    assert np.array_equal(adc.array, adc_map().volume.array)


def test_inspect_prints_no_description_of_a_series(tmp_path, capsys):
    """People write names there."""
    write_series(tmp_path, flair(), number=6, description="FLAIR Secret Name")
    assert main(["inspect", str(tmp_path)]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("1\tflair\tcontent\tMR\t5\tS06_0001.dcm\tits inversion time of 2500 ms")
    assert "Secret" not in shown.out + shown.err
    assert DISCLAIMER in shown.out


def test_inspect_names_what_is_no_image(tmp_path, capsys):
    folder = write_series(tmp_path, flair(), number=6)
    image = pydicom.dcmread(folder / "S06_0001.dcm")
    image.Modality = "PT"
    image.save_as(folder / "pet.dcm")
    assert main(["inspect", str(tmp_path), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [item["kind"] for item in document["series"]] == ["flair"]
    assert document["left_out"] == ["it is PET (PT), not CT or MR"]


def test_b_0_alone_needs_a_word_of_diffusion_beside_it(tmp_path):
    """GE and Philips state b = 0 in functional runs and T1 images too."""
    plain = replace(b0(), image_type=("PRIMARY", "OTHER"))
    write_series(tmp_path / "one", plain, vendor="ge")
    assert kinds(tmp_path) == {"S05": "other"}
    write_series(tmp_path / "two", plain, vendor="ge", description="ep2d_diff", number=7)
    write_series(tmp_path / "three", b0(), number=9)
    assert kinds(tmp_path) == {"S05": "other", "S07": "diffusion", "S09": "diffusion"}
