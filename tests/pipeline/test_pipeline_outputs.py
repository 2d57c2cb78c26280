"""What an analysis leaves in its folder: which files, on which grid, with which values, and from what."""

from __future__ import annotations

import json

import jsonschema
import nibabel as nib
import numpy as np
import pytest
from digital_scans import (
    TILTED,
    analyze,
    files_of,
    image,
    no_constant,
    small_series,
    without_timing,
    write_nifti,
)

from tissueclock.core.notice import DISCLAIMER
from tissueclock.pipeline.preset import PRESETS
from tissueclock.report.json import result_schema

MAPS = ("cbf", "cbv", "mtt", "tmax", "ttp", "delay", "flow")
CT_MASKS = ("brain", "core", "hypoperfused")
ALL_CASES = (
    "left",
    "left-dicom",
    "tilted",
    "healthy",
    "coreless",
    "mr",
    "mr-dicom",
    "shuttle",
    "wide",
    "moved",
)


def names(masks):
    maps = {f"maps/{name}.nii.gz" for name in MAPS}
    pages = ("summary", "volumes", "rules", "maps", "quality", "methods")
    found = {"report.html", "result.json", *(f"pages/{name}.png" for name in pages)}
    return found | maps | {f"masks/{name}.nii.gz" for name in masks}


def input_grid(case, name):
    """Return shape and affine of the input: the NIfTI's own, or that with which the DICOM was written."""
    scan = case(name).scan / "perfusion.nii.gz"
    if scan.exists():
        return nib.load(scan).shape[:3], nib.load(scan).affine
    series = small_series()
    return series.grid.shape, series.grid.affine


@pytest.mark.parametrize("name", ALL_CASES)
def test_the_result_is_valid_finite_and_what_was_printed(case, name):
    patient = case(name)
    text = (patient.run.out / "result.json").read_text(encoding="utf-8")
    document = json.loads(text, parse_constant=no_constant)
    jsonschema.Draft202012Validator(result_schema()).validate(document)
    assert document == patient.run.document
    assert document["disclaimer"] == DISCLAIMER


@pytest.mark.parametrize(
    ("name", "masks"),
    [("left", CT_MASKS), ("healthy", CT_MASKS), ("wide", CT_MASKS), ("mr", ("brain", "hypoperfused"))],
)
def test_the_folder_holds_the_promised_files_and_no_others(case, name, masks):
    assert set(files_of(case(name).run.out)) == names(masks)


@pytest.mark.parametrize("name", ["left", "left-dicom", "tilted", "mr"])
def test_maps_and_masks_lie_on_the_grid_of_the_input(case, name):
    patient = case(name)
    shape, affine = input_grid(case, name)
    left = [path for folder in ("maps", "masks") for path in (patient.run.out / folder).iterdir()]
    assert len(left) >= 7
    for path in left:
        found = nib.load(path)
        assert found.shape == shape
        np.testing.assert_allclose(found.affine, affine, atol=1e-4)
        assert found.get_data_dtype() == (np.float32 if path.parent.name == "maps" else np.uint8)


@pytest.mark.parametrize("name", ALL_CASES)
def test_maps_have_a_value_in_every_brain_voxel_and_none_outside(case, name):
    out = case(name).run.out
    brain = image(out, "masks/brain").get_fdata() > 0
    assert brain.any()
    for quantity in MAPS:
        np.testing.assert_array_equal(
            np.isfinite(image(out, f"maps/{quantity}").get_fdata()), brain, quantity
        )


def test_masks_are_inside_each_other_and_have_the_volumes_of_the_facts(case):
    patient = case("left")
    brain, core, delayed = (image(patient.run.out, f"masks/{name}").get_fdata() > 0 for name in CT_MASKS)
    assert not (core & ~delayed).any()
    assert not (delayed & ~brain).any()
    voxel_ml = abs(np.linalg.det(image(patient.run.out, "masks/core").affine[:3, :3])) / 1000
    for mask, name in ((core, "core_ml"), (delayed, "tmax6_ml"), (brain, "brain_ml")):
        assert mask.sum() * voxel_ml == pytest.approx(patient.run.value(name), rel=1e-5)


@pytest.mark.parametrize("name", ["left", "left-dicom", "tilted"])
def test_the_masks_lie_where_the_truth_lies(case, name):
    patient = case(name)
    for mask, least in (("hypoperfused", 0.85), ("core", 0.8)):
        found = image(patient.run.out, f"masks/{mask}").get_fdata() > 0
        true = nib.load(patient.scan.parent / "truth" / f"{mask}.nii.gz").get_fdata() > 0
        assert 2 * (found & true).sum() / (found.sum() + true.sum()) > least


def test_a_file_with_slices_first_gets_its_maps_in_the_same_order(case, tmp_path):
    given = nib.load(case("left").scan / "perfusion.nii.gz")
    sidecar = json.loads((case("left").scan / "perfusion.json").read_text(encoding="utf-8"))
    data = np.asanyarray(given.dataobj.get_unscaled()).transpose(2, 0, 1, 3)[::-1]
    affine = given.affine[:, [2, 0, 1, 3]] @ np.diag([-1.0, 1.0, 1.0, 1.0])
    affine[:3, 3] += given.affine[:3, 2] * (data.shape[0] - 1)
    scan = write_nifti(
        tmp_path, data, affine, sidecar, slope=given.dataobj.slope, intercept=given.dataobj.inter
    )
    turned = analyze(scan, out=tmp_path / "out")
    assert turned.document["input"]["axis_codes"] == "ILP"
    for quantity in ("maps/tmax", "maps/cbf", "masks/hypoperfused"):
        found, plain = image(turned.out, quantity), image(case("left").run.out, quantity)
        assert found.shape == data.shape[:3]
        np.testing.assert_allclose(found.affine, affine, atol=1e-4)
        back = found.get_fdata()[::-1].transpose(1, 2, 0)
        np.testing.assert_allclose(back, plain.get_fdata(), rtol=1e-3, atol=1e-3, equal_nan=True)


def test_the_tilted_grid_is_tilted(case):
    affine = nib.load(case("tilted").scan / "perfusion.nii.gz").affine
    np.testing.assert_allclose(affine, TILTED.affine, atol=1e-4)
    assert (np.abs(affine[:3, :3]) > 0.1).all()


@pytest.mark.parametrize(("name", "preset"), [("left", "ct-default"), ("mr", "dsc-default")])
def test_the_result_names_the_preset_with_its_digest(case, name, preset):
    found = case(name).run.document["preset"]
    assert (found["name"], found["digest"]) == (preset, PRESETS.get(preset).digest)


@pytest.mark.parametrize("name", ["left", "mr-dicom", "twitch"])
def test_every_step_has_its_sentence(case, name):
    document = case(name).run.document
    steps = {step["name"]: step for step in document["provenance"]}
    assert len(steps) == len(document["provenance"])
    assert all(step["sentence"].endswith(".") for step in steps.values())
    assert steps["read"]["inputs"] == {"scan": document["input"]["digest"]}
    needed = {
        "read",
        "brain-mask",
        "midline",
        "baseline",
        "motion",
        "concentration",
        "input-curve",
        "deconvolution",
    }
    assert needed | {"hypoperfusion"} <= set(steps)
    assert ("ct-core" in steps) is (document["input"]["modality"] == "CT")
    assert ("repair" in steps) is (name == "twitch")


def test_the_timing_has_the_stages_and_their_total(case):
    timing = case("left").run.document["timing_s"]
    assert {"read", "motion", "perfusion", "report", "total"} <= set(timing)
    assert all(seconds >= 0 for seconds in timing.values())
    assert timing["total"] >= max(timing.values())


def test_the_page_and_the_pictures_say_what_they_are_not_for(case):
    out = case("left").run.out
    assert (out / "report.html").read_text(encoding="utf-8").count(DISCLAIMER) >= 2
    assert (out / "pages" / "summary.png").read_bytes().startswith(b"\x89PNG")
    assert b"research use only" in image(out, "maps/tmax").header["descrip"].item()


def comparable(out):
    """Return what two analyses of one scan must share: all but the seconds that they took."""
    files = files_of(out)
    del files["report.html"]
    return {**files, "result.json": without_timing(files["result.json"])}


def test_a_later_scan_replaces_all_of_ours_and_nothing_else(case, tmp_path):
    """Also proves that a second analysis gives the same bytes, whatever stood in the folder before."""
    (tmp_path / "masks").mkdir()
    (tmp_path / "masks" / "mine.nii.gz").write_bytes(b"not yours")
    for name in ("left", "mr"):
        analyze(case(name).scan, out=tmp_path)
        assert ("masks/core.nii.gz" in files_of(tmp_path)) is (name == "left")
        mine = {"masks/mine.nii.gz": b"not yours"}
        assert comparable(tmp_path) == comparable(case(name).run.out) | mine
