"""What is no perfusion run is named with a reason that a radiographer understands, and no description."""

import pytest
from scan_lab import SHAPE, edit, make_series, write

from tissueclock.core.errors import InputError
from tissueclock.image.series import Modality
from tissueclock.scan.study import open_scan


def set_to(**values):
    def change(dataset):
        for name, value in values.items():
            setattr(dataset, name, value)

    return change


def remove(name):
    return lambda dataset: delattr(dataset, name)


def colour(dataset):
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation, dataset.PlanarConfiguration = 3, "RGB", 0


REASONS = {
    "PET": (set_to(Modality="PT"), "it is PET (PT), not CT or MR"),
    "report": (set_to(Modality="SR"), "it is a written report (SR), not CT or MR"),
    "segmentation": (set_to(Modality="SEG"), "it is a segmentation (SEG), not CT or MR"),
    "contours": (set_to(Modality="RTSTRUCT"), "it is contours for radiotherapy (RTSTRUCT), not CT or MR"),
    "unheard of": (set_to(Modality="XYZ"), "it is XYZ, not CT or MR"),
    "no modality": (set_to(Modality=""), "it is of unknown modality, not CT or MR"),
    "screenshot": (set_to(SOPClassUID="1.2.840.10008.5.1.4.1.1.7"), "it is a screenshot"),
    "colour": (colour, "it is a colour picture, not a measurement"),
    "localizer": (set_to(ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]), "it is a localizer"),
    "mosaic": (set_to(ImageType=["ORIGINAL", "PRIMARY", "M", "MOSAIC"]), "it is a Siemens mosaic"),
    "enhanced": (set_to(SOPClassUID="1.2.840.10008.5.1.4.1.1.2.1"), "it is an enhanced multi-frame object"),
    "multi-frame": (set_to(NumberOfFrames=12), "it is an enhanced multi-frame object"),
    "chest": (set_to(BodyPartExamined="CHEST"), "than the head (BodyPartExamined: CHEST)"),
    "abdomen": (set_to(BodyPartExamined="Abdomen"), "than the head (BodyPartExamined: ABDOMEN)"),
    "no place": (remove("ImagePositionPatient"), "it does not say its ImagePositionPatient"),
    "no size": (remove("PixelSpacing"), "it does not say its PixelSpacing"),
    "no scale": (remove("RescaleSlope"), "it does not say its RescaleSlope"),
}


@pytest.mark.filterwarnings("ignore:Invalid value for VR")
@pytest.mark.parametrize(("change", "words"), REASONS.values(), ids=REASONS)
def test_the_reason_is_named(tmp_path, change, words):
    edit(write(make_series(), tmp_path), change)
    with pytest.raises(InputError) as caught:
        open_scan([tmp_path])
    sentence = str(caught.value)
    assert sentence.startswith("there is no perfusion run in the input: 36 files: ")
    assert words in sentence
    assert sentence.endswith("Name the folder of the CT or MR perfusion run.")
    assert "Secret" not in sentence


@pytest.mark.parametrize("part", ["HEAD", "BRAIN", "SKULL", "NECK", "", "HEADNECK", "WHOLEBODY"])
def test_a_part_that_may_be_the_head_is_read(tmp_path, part):
    edit(write(make_series(), tmp_path), set_to(BodyPartExamined=part))
    assert open_scan([tmp_path]).series.frames == 12


def test_mr_needs_no_rescaling(tmp_path):
    paths = write(make_series(modality=Modality.MR, echo_time_s=0.03), tmp_path)
    edit(paths, remove("RescaleSlope"))
    edit(paths, remove("RescaleIntercept"))
    assert (open_scan([tmp_path]).series.slope == 1).all()


@pytest.mark.parametrize(
    "values",
    [
        {"RescaleSlope": 0},
        {"PixelSpacing": [0, 1]},
        {"PixelSpacing": [1]},
        {"ImagePositionPatient": [1, 2]},
    ],
)
def test_an_impossible_header_is_broken(tmp_path, values):
    edit(write(make_series(), tmp_path)[3:4], set_to(**values))
    with pytest.raises(InputError, match=r"IM00004\.dcm: the DICOM file is broken"):
        open_scan([tmp_path])


def test_the_run_is_read_and_what_lies_beside_it_is_said(tmp_path):
    write(make_series(), tmp_path / "run")
    stack = write(make_series(), tmp_path / "stack")
    for path in stack[SHAPE[2] :]:
        path.unlink()
    edit(stack[: SHAPE[2]], set_to(SeriesInstanceUID="1.2.3", SeriesDescription="Secret^Name"))
    few = write(make_series(frames=4), tmp_path / "few")
    edit(few, set_to(SeriesInstanceUID="1.2.4"))
    edit(few[:2], set_to(Modality="OT"))
    scan = open_scan([tmp_path])
    assert scan.series.frames == 12
    assert scan.notes[1:] == (
        "Left out: the CT series of 10 images is a run of only 4 frames; a perfusion run has 10 or more",
        "Left out: the CT series of 3 images is a plain stack of images: each slice was taken once",
        "Left out: 2 files: it is a picture of another kind (OT), not CT or MR",
    )


def test_many_reasons_are_shortened(tmp_path):
    paths = write(make_series(), tmp_path)
    for number, path in enumerate(paths):
        edit([path], set_to(Modality=f"X{number}"))
    with pytest.raises(InputError, match=r"it is X5, not CT or MR; and 30 other kinds\. Name"):
        open_scan([tmp_path])


def test_single_images_are_counted(tmp_path):
    paths = write(make_series(), tmp_path)
    for path in paths[5:]:
        path.unlink()
    for number, path in enumerate(paths[:5]):
        edit([path], set_to(SeriesInstanceUID=f"1.2.{number}"))
    with pytest.raises(InputError, match="in the input: 5 single CT images, nothing over time"):
        open_scan([tmp_path])


@pytest.mark.parametrize("first", ["CT", "MR"])
def test_two_runs_are_named_by_modality(tmp_path, first):
    write(make_series(modality=Modality(first), echo_time_s=0.03), tmp_path / "a")
    edit(
        write(make_series(modality=Modality.MR, echo_time_s=0.03), tmp_path / "b"),
        set_to(SeriesInstanceUID="1.2.3"),
    )
    with pytest.raises(InputError, match=f"2 perfusion runs: {first} of 36 images, MR of 36 images"):
        open_scan([tmp_path])


def test_a_stack_of_another_modality_does_not_disturb(tmp_path):
    write(make_series(), tmp_path / "a")
    stack = write(make_series(modality=Modality.MR, echo_time_s=0.03, frames=1), tmp_path / "b")
    edit(stack, set_to(SeriesInstanceUID="1.2.3"))
    assert open_scan([tmp_path]).series.modality is Modality.CT
