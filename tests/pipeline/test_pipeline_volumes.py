"""Digital patients end to end: the volumes and the side of the truth, whatever the files look like."""

from __future__ import annotations

import itertools
import random
import shutil
import zipfile

import nibabel as nib
import numpy as np
import pytest
from digital_scans import (
    COARSE,
    RECIPES,
    VOLUMES,
    Recipe,
    analyze,
    as_nifti,
    make,
    small_series,
    write_nifti,
)

from tissueclock.image.grid import Grid
from tissueclock.phantom.patient import Stroke
from tissueclock.pipeline.analysis import measure_scan
from tissueclock.pipeline.preset import preset_for
from tissueclock.pipeline.watch import Stopwatch
from tissueclock.scan.study import open_scan

FLIPS = tuple("".join(signs) for signs in itertools.product("LR", "PA", "SI"))[1:]  # the first is LPS itself
STORAGE = {"left": ("RAS", "LAS", "PSR"), "right": (*FLIPS, "SLP"), "mr": ("SRA",)}


def near(measured: float, true: float, share: float = 0.10, least_ml: float = 5.0) -> bool:
    return abs(measured - true) <= max(share * true, least_ml)


def agree(one_ml: float | None, other_ml: float | None) -> bool:
    """Return whether two volumes differ by at most 1 %, or are both unknown."""
    return one_ml == other_ml or near(one_ml, other_ml, share=0.01, least_ml=0.0)


def quick_facts(path):
    """Return the facts of a scan without judging it or writing anything."""
    scan = open_scan([path])
    measured = measure_scan(scan, preset_for(scan.series.modality), Stopwatch())
    return {name: fact.value for name, fact in measured.facts.items()}


@pytest.mark.parametrize("name", ["left", "left-dicom", "tilted", "coreless", "shuttle"])
def test_core_delay_and_side_are_those_of_the_truth(case, name):
    patient = case(name)
    true = patient.truth["rule"]["tissue_weighted"]
    assert patient.run.code == 0
    assert near(patient.run.value("core_ml"), true["core_ml"])
    assert near(patient.run.value("tmax6_ml"), true["tmax6_ml"])
    assert patient.run.value("lesion_side") == patient.truth["side"]


def test_a_graded_lesion_has_the_rule_methods_volume(tmp_path):
    true_ml = make(RECIPES["graded"], tmp_path)["rule"]["tissue_weighted"]["tmax6_ml"]
    facts = quick_facts(tmp_path / "scan")
    assert near(facts["tmax6_ml"], true_ml, share=0.15, least_ml=0.0)
    assert facts["lesion_side"] == "right"


def test_the_facts_of_an_analysis_fit_together(case):
    facts = {name: fact["value"] for name, fact in case("left").run.document["facts"].items()}
    assert facts["hypoperfused_ml"] == facts["tmax6_ml"]
    assert facts["core_ml"] == facts["core_cbf_ml"]
    assert facts["mismatch_ml"] == pytest.approx(facts["tmax6_ml"] - facts["core_ml"])
    assert facts["mismatch_ratio"] == pytest.approx(facts["tmax6_ml"] / facts["core_ml"])
    assert facts["tmax6_left_ml"] + facts["tmax6_right_ml"] == pytest.approx(facts["tmax6_ml"])
    assert facts["core_left_ml"] + facts["core_right_ml"] == pytest.approx(facts["core_ml"])
    assert facts["core_posterior_fossa_ml"] == facts["tmax6_posterior_fossa_ml"] == 0  # a slab above it
    assert facts["hypoperfusion_intensity_ratio"] == pytest.approx(facts["tmax10_ml"] / facts["tmax6_ml"])
    ladder = [facts[f"tmax{limit}_ml"] for limit in (2, 4, 6, 8, 10)]
    assert ladder == sorted(ladder, reverse=True)


def test_an_occipital_stroke_in_a_low_slab_lies_above_the_posterior_fossa(tmp_path):
    affine = COARSE.affine.copy()
    affine[2, 3] -= 32.0  # from z = -39 mm: the slab holds the upper cerebellum
    stroke = Stroke(side="left", place="pca", core_ml=10.0, hypoperfused_ml=40.0)
    make(Recipe(stroke=stroke, grid=Grid(COARSE.shape, affine)), tmp_path)
    facts = quick_facts(tmp_path / "scan")
    one_voxel_ml = COARSE.voxel_ml  # at the falx a voxel of the lesion's side may lie across the midline
    assert facts["core_left_ml"] == pytest.approx(facts["core_ml"], abs=1.01 * one_voxel_ml)
    assert facts["tmax6_left_ml"] == pytest.approx(facts["tmax6_ml"], abs=3.01 * one_voxel_ml)
    assert facts["core_left_ml"] > 0
    assert facts["tmax6_left_ml"] > 30
    assert facts["tmax6_posterior_fossa_ml"] < 0.1 * facts["tmax6_ml"]


def test_no_stroke_is_no_lesion(case):
    facts = case("healthy").run.document["facts"]
    assert case("healthy").run.code == 0
    assert [facts[name]["value"] for name in ("core_ml", "tmax6_ml", "mismatch_ml")] == [0, 0, 0]
    assert facts["lesion_side"]["value"] == "none"
    for name in ("mismatch_ratio", "hypoperfusion_intensity_ratio", "cbv_index"):
        assert facts[name]["value"] is None
        assert facts[name]["reason"]
    assert "infinite" not in facts["mismatch_ratio"]
    assert case("healthy").run.document["profiles"]["defuse-2"] == "no-mismatch"


def test_delay_without_a_core_has_an_infinite_ratio(case):
    document = case("coreless").run.document
    assert document["facts"]["core_ml"]["value"] == 0
    assert document["facts"]["mismatch_ratio"]["value"] is None
    assert document["facts"]["mismatch_ratio"]["infinite"] is True
    assert document["profiles"]["defuse-2"] == "target-mismatch"
    by_id = {item["id"]: item["outcome"] for item in document["trials"]["defuse-3"]["criteria"]}
    assert by_id["mismatch-ratio"] == "pass"


@pytest.mark.parametrize("name", ["mr", "mr-dicom"])
def test_dsc_without_diffusion_has_delay_and_no_core(case, name):
    patient = case(name)
    facts = patient.run.document["facts"]
    assert patient.run.code == 0
    for unknown in ("core_ml", "mismatch_ml", "mismatch_ratio"):
        assert facts[unknown]["value"] is None
        assert "diffusion" in facts[unknown]["reason"]
    assert near(facts["tmax6_ml"]["value"], patient.truth["rule"]["tissue_weighted"]["tmax6_ml"])
    assert facts["lesion_side"]["value"] == "left"
    assert patient.run.document["profiles"] == {"defuse-2": "undetermined", "mr-rescue": "undetermined"}
    assert patient.run.document["trials"]["defuse-3"]["decision"] == "undetermined"
    assert {"core_ml", "mismatch_ml"} <= set(patient.run.document["trials"]["defuse-3"]["missing"])


@pytest.mark.parametrize(("nifti", "dicom"), [("left", "left-dicom"), ("mr", "mr-dicom")])
def test_dicom_and_nifti_of_one_patient_agree(case, nifti, dicom):
    one, other = case(nifti).run.document["facts"], case(dicom).run.document["facts"]
    assert one.keys() == other.keys()
    assert one["lesion_side"]["value"] == other["lesion_side"]["value"]
    for name in VOLUMES:
        assert agree(one[name]["value"], other[name]["value"]), name


def test_a_shuttled_table_changes_no_volume(case):
    still, shuttled = case("left").run.document, case("shuttle").run.document
    assert shuttled["input"]["per_slice_times"] is True
    assert not still["input"]["per_slice_times"]
    for name in ("core_ml", "tmax4_ml", "tmax6_ml", "tmax8_ml"):
        assert near(shuttled["facts"][name]["value"], still["facts"][name]["value"], share=0.05, least_ml=1.0)


def disordered(scan, folder):
    """Copy DICOM files under other names, shuffled, half into sub-folders and half into an archive."""
    files = sorted(scan.iterdir())
    random.Random(5).shuffle(files)
    with zipfile.ZipFile(folder / "rest.zip", "w") as archive:
        for number, path in enumerate(files):
            if number % 2:
                archive.write(path, f"study/{number:x}")
            else:
                target = folder / "first" / f"part{number % 3}" / f"{number:x}"
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
    (folder / "first" / "notes.txt").write_text("not an image", encoding="utf-8")
    return folder / "first", folder / "rest.zip"


def test_names_folders_order_and_zip_change_nothing(case, tmp_path):
    plain = case("left-dicom").run.document
    other = analyze(*disordered(case("left-dicom").scan, tmp_path), out=tmp_path / "out").document
    assert other["input"]["digest"] == plain["input"]["digest"]
    assert other["input"]["files"] == plain["input"]["files"] == 40 * 8
    assert other["facts"] == plain["facts"]
    assert other["trials"] == plain["trials"]


@pytest.fixture(scope="module", params=["left", "right", "mr"])
def as_stored(request, tmp_path_factory):
    """Return a patient, a function that writes the run in another order of axes, and its facts in LPS."""
    series = small_series(RECIPES[request.param])
    folder = tmp_path_factory.mktemp("stored")
    image = nib.load(as_nifti(series, folder / "LPS"))
    sidecar = {"Modality": series.modality.value, "FrameTimesStart": series.times_s[:, 0].tolist()}
    sidecar |= {"EchoTime": series.echo_time_s} if series.echo_time_s else {}

    def write(codes):
        turn = nib.orientations.ornt_transform(
            nib.io_orientation(image.affine), nib.orientations.axcodes2ornt(codes)
        )
        data = nib.orientations.apply_orientation(np.asanyarray(image.dataobj.get_unscaled()), turn)
        affine = image.affine @ nib.orientations.inv_ornt_aff(turn, image.shape[:3])
        scaling = {"slope": image.dataobj.slope, "intercept": image.dataobj.inter}
        return write_nifti(folder / codes, data, affine, sidecar, **scaling)

    return request.param, write, quick_facts(folder / "LPS")


def test_the_storage_of_the_axes_changes_neither_volumes_nor_side(as_stored):
    patient, write, plain = as_stored
    assert plain["lesion_side"] == RECIPES[patient].stroke.side
    for codes in STORAGE[patient]:
        path = write(codes)
        assert nib.aff2axcodes(nib.load(path).affine) == tuple(codes)
        turned = quick_facts(path)
        assert turned["lesion_side"] == plain["lesion_side"], codes
        for name in (*VOLUMES, "tmax6_left_ml", "tmax6_right_ml"):
            assert agree(turned[name], plain[name]), (codes, name)
