"""Which files of an input are read: folders, archives, odd encodings, leftovers; and broken ones."""

import zipfile

import numpy as np
import pydicom
import pytest
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)
from scan_lab import SHAPE, edit, make_series, same, write, write_nifti

from tissueclock.core.errors import InputError
from tissueclock.scan.study import open_scan


def pack(archive, paths, folder="", **how):
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for path in paths:
            opened.write(path, f"{folder}{path.name}")
    return archive


def refused(*inputs):
    with pytest.raises(InputError) as caught:
        open_scan(inputs)
    assert caught.value.remedy
    assert "Secret" not in str(caught.value)
    return str(caught.value)


LEFTOVERS = (".DS_Store", "._IM00001.dcm", "Thumbs.db", "desktop.ini", "__MACOSX/._IM00001.dcm", ".git/x.dcm")


def test_what_systems_leave_behind_is_ignored(tmp_path):
    series = make_series()
    paths = write(series, tmp_path / "scan")
    for name in LEFTOVERS:
        file = tmp_path / "scan" / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(paths[0].read_bytes())  # would count as a copy, were it read
    scan = open_scan([tmp_path / "scan"])
    same(scan.series, series)
    assert scan.files == len(paths)
    inside = [path for path in sorted((tmp_path / "scan").rglob("*")) if path.is_file()]
    archive = tmp_path / "scan.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        for path in inside:
            opened.write(path, path.relative_to(tmp_path))
    same(open_scan([archive]).series, series)


def test_a_hidden_folder_that_is_named_is_read(tmp_path):
    series = make_series()
    write(series, tmp_path / ".scan")
    same(open_scan([tmp_path / ".scan"]).series, series)


def test_a_run_in_several_archives_of_a_folder_is_one(tmp_path):
    series = make_series()
    paths = write(series, tmp_path / "plain")
    plain = open_scan([tmp_path / "plain"])
    folder = tmp_path / "packed"
    folder.mkdir()
    pack(folder / "a.zip", paths[::2], "one/")
    pack(folder / "b.ZIP", paths[1:20:2])
    for path in paths[21::2]:
        path.rename(folder / path.name)
    scan = open_scan([folder])
    same(scan.series, series)
    assert scan.digest == plain.digest
    assert scan.identity.patient_name == "Secret^Name"


def test_a_file_that_two_inputs_name_counts_once(tmp_path):
    series = make_series()
    paths = write(series, tmp_path)
    same(open_scan([tmp_path, paths[3], tmp_path]).series, series)


@pytest.mark.parametrize("folder", ["", "sub/folder/"])
def test_a_packed_nifti_finds_its_side_car(tmp_path, folder):
    series = make_series()
    image = write_nifti(series, tmp_path / "ctp.nii.gz")
    archive = pack(tmp_path / "scan.zip", [image, tmp_path / "ctp.json"], folder)
    scan = open_scan([archive])
    same(scan.series, series)
    assert scan.digest == open_scan([image]).digest


def test_a_locked_archive_is_named(tmp_path):
    archive = pack(tmp_path / "scan.zip", write(make_series(), tmp_path / "plain")[:1])
    content = bytearray(archive.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(content)
    assert refused(archive) == "scan.zip: the zip archive is locked by a password. Unpack it first."


def test_a_damaged_member_is_named(tmp_path):
    paths = write(make_series(), tmp_path / "plain")
    archive = pack(tmp_path / "scan.zip", paths)
    content = bytearray(archive.read_bytes())
    begin = content.index(paths[2].name.encode()) + 60
    content[begin : begin + 40] = bytes(40)
    archive.write_bytes(content)
    assert "IM00003.dcm: the" in refused(archive)


def without_mark(path):
    dataset = pydicom.dcmread(path)
    syntax = dataset.file_meta.TransferSyntaxUID
    del dataset.file_meta
    dataset.preamble = None
    dataset.save_as(path, implicit_vr=syntax.is_implicit_VR, little_endian=syntax.is_little_endian)


def encoded(path, syntax):
    dataset = pydicom.dcmread(path)
    if syntax == RLELossless:
        dataset.compress(RLELossless, generate_instance_uid=False)
    else:
        pixels = dataset.pixel_array
        if not syntax.is_little_endian:
            dataset.PixelData = pixels.byteswap().tobytes()
        dataset.file_meta.TransferSyntaxUID = syntax
    list(dataset)  # converts every element, so that it is written in the other byte order
    pydicom.dcmwrite(path, dataset, enforce_file_format=True)


SYNTAXES = (ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian, RLELossless)


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda syntax: syntax.keyword)
def test_every_encoding_gives_the_same_run(tmp_path, syntax):
    series = make_series()
    paths = write(series, tmp_path)
    plain = open_scan([tmp_path])
    for path in paths:
        encoded(path, syntax)
    scan = open_scan([tmp_path])
    same(scan.series, series)
    assert scan.digest == plain.digest


@pytest.mark.parametrize("syntax", [None, ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_images_without_the_mark_are_read(tmp_path, syntax):
    series = make_series()
    for path in write(series, tmp_path):
        if syntax is not None:
            encoded(path, syntax)
        without_mark(path)
    same(open_scan([tmp_path]).series, series)


def test_text_that_begins_like_dicom_is_no_image(tmp_path):
    series = make_series()
    write(series, tmp_path)
    (tmp_path / "odd.bin").write_bytes(b"\x08\x00\x05\x00CS\x0a\x00" + b"ISO_IR 100" + b"nothing more to say")
    (tmp_path / "notes.dcm").write_text("a text")
    (tmp_path / "empty.dcm").write_bytes(b"")
    scan = open_scan([tmp_path])
    same(scan.series, series)
    assert "Left out: it is neither DICOM nor NIfTI" in scan.notes


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it.dcm: the file is empty."),
        (b"Secret^Name, a letter", "it.dcm: the file is neither DICOM nor NIfTI."),
        (bytes(128) + b"DICM", "it.dcm: the DICOM file is broken or incomplete."),
        (bytes(128) + b"DICM" + bytes(range(256)) * 8, "it.dcm: the DICOM file is broken or incomplete."),
        (bytes(128) + b"DICM" + b"\xff" * 4000, "it.dcm: the DICOM file is broken or incomplete."),
    ],
)
def test_a_single_bad_file_is_named(tmp_path, content, words):
    (tmp_path / "it.dcm").write_bytes(content)
    assert refused(tmp_path / "it.dcm").startswith(words)
    assert refused(tmp_path).startswith(words)


@pytest.mark.parametrize("kept", [133, 200, 400, 700, 900])
def test_a_file_that_ends_in_its_header_is_named(tmp_path, kept):
    paths = write(make_series(), tmp_path)
    paths[5].write_bytes(paths[5].read_bytes()[:kept])
    assert refused(tmp_path).startswith("IM00006.dcm: the DICOM file is broken or incomplete.")


def test_pixels_that_nothing_decodes_are_named(tmp_path):
    paths = write(make_series(), tmp_path)

    def change(dataset):
        dataset.PixelData = pydicom.encaps.encapsulate([b"\xff\x4f" + bytes(62)])
        dataset["PixelData"].VR = "OB"
        dataset.file_meta.TransferSyntaxUID = pydicom.uid.JPEG2000Lossless

    edit(paths, change)
    sentence = refused(tmp_path)
    assert "the pixels are compressed (JPEG 2000 " in sentence
    assert ") and cannot be decoded. Export the series uncompressed" in sentence


def test_numbers_of_another_kind_are_a_bad_frame(tmp_path):
    series = make_series()
    edit(
        write(series, tmp_path)[SHAPE[2] * 4 :][:1],
        lambda dataset: setattr(dataset, "PixelRepresentation", 0),
    )
    scan = open_scan([tmp_path])
    assert scan.repairs == (
        "Frame 5 was interpolated: IM00013.dcm: the image is stored differently from the others.",
    )
    assert np.array_equal(scan.series.stored[5:], series.stored[5:])


def test_nifti_and_dicom_together_are_refused(tmp_path):
    write(make_series(), tmp_path)
    write_nifti(make_series(), tmp_path / "ctp.nii.gz")
    assert refused(tmp_path).startswith(
        "the input holds both NIfTI (1 file) and DICOM (36 files). Name either"
    )


def test_the_one_run_among_nifti_files_is_read(tmp_path):
    series = make_series()
    write_nifti(series, tmp_path / "ctp.nii.gz")
    write_nifti(make_series(frames=4), tmp_path / "short.nii.gz")
    scan = open_scan([tmp_path])
    same(scan.series, series)
    assert "1 other NIfTI file" in scan.notes[0]
    write_nifti(series, tmp_path / "again.nii.gz")
    assert refused(tmp_path).startswith(
        "there are 3 NIfTI files, and 2 hold a run over time: again.nii.gz, ctp.nii.gz."
    )
