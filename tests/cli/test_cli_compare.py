"""`tissueclock compare`: volumes, maps, what is written, and every refusal with its exit code."""

import json
import shutil

import nibabel as nib
import numpy as np
import pytest
from PIL import Image

from tissueclock.cli.main import main

OURS = "case_id,core_ml,tmax6_ml\na,20,90\nb,69,150\nc,5,30\nd,40,80\nlost,1,9\n"
THEIRS = "id,core_ml,hypoperfused_ml\nb,71,140\na,25,95\nc,5,33\nd,38,90\nstray,8,9\n"


@pytest.fixture
def tables(tmp_path):
    for name, text in (("ours.csv", OURS), ("theirs.csv", THEIRS)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / "ours.csv", tmp_path / "theirs.csv"


@pytest.fixture(scope="module")
def analysis(scan, tmp_path_factory):
    out = tmp_path_factory.mktemp("compare")
    assert main(["analyze", str(scan), "--out", str(out)]) == 0
    return out


def export(analysis, folder, *, factor=1.0, every=1):
    """Write an analysis's own maps as another program might: coarser, mirrored, in another unit."""
    folder.mkdir(exist_ok=True)
    for name, scale in (("tmax", factor), ("cbf", 1.0)):
        image = nib.load(analysis / "maps" / f"{name}.nii.gz")
        affine, values = image.affine.copy(), image.get_fdata()
        affine[:3, 3] += affine[:3, 0] * (values.shape[0] - 1)
        affine[:3, 0] *= -every
        affine[:3, 1] *= every
        nib.save(nib.Nifti1Image(values[::-every, ::every] * scale, affine), folder / f"vendor_{name}.nii.gz")
    return folder


def test_volumes_as_rows_without_the_ids_of_one_source(tissueclock, tables):
    shown = tissueclock("compare", *tables)
    assert (shown.code, shown.stderr) == (0, "")
    assert shown.stdout.startswith(
        "cases\tin both 4\tonly ours 1\tonly theirs 1\ncore_ml\tmeasure\tn 4\tbias "
    )
    assert "lost" not in shown.stdout
    assert "stray" not in shown.stdout
    assert "  ours yes, theirs no\t1\tb\n" in shown.stdout
    assert "  only theirs\tstray\n" in tissueclock("compare", *tables, "--cases").stdout


def test_volumes_as_one_document(tissueclock, tables):
    found = tissueclock("compare", *tables, "--json").document["compare"]
    assert (found["kind"], found["difference"]) == ("volumes", "ours minus theirs")
    assert found["cases"] == {"in_both": 4, "only_ours": 1, "only_theirs": 1}
    assert found["measures"]["core_ml"]["bland_altman"]["bias"] == pytest.approx((-5 - 2 + 0 + 2) / 4)
    assert found["rules"]["defuse-3"]["verdicts"] == ["eligible", "ineligible", "undetermined"]
    assert found["rules"]["core-below-70"]["flips"] == [
        {"ours": "yes", "theirs": "no", "n": 1, "cases": ["b"]}
    ]


def test_the_folder_holds_page_pictures_and_document(tissueclock, tables, tmp_path):
    out = tmp_path / "out"
    assert tissueclock("compare", *tables, "--out", out, "--json").code == 0
    names = {file.name for file in out.iterdir()}
    assert {"compare.html", "compare.json", "compare-flips.svg", "compare-core_ml-scatter.svg"} <= names
    written = json.loads((out / "compare.json").read_text("utf-8"))
    assert written == tissueclock("compare", *tables, "--json").document
    assert "stray" not in (out / "compare.html").read_text("utf-8")


def test_the_same_maps_agree_but_for_our_clusters(tissueclock, analysis, tmp_path):
    found = tissueclock("compare", analysis, export(analysis, tmp_path / "v"), "--json").document["compare"]
    assert (found["kind"], found["same_grid"]) == ("maps", False)
    delay = found["tissue"]["hypoperfused"]
    ours = json.loads((analysis / "result.json").read_text("utf-8"))["facts"]
    assert delay["ours_ml"] == pytest.approx(ours["hypoperfused_ml"]["value"])
    assert delay["difference_ml"] == pytest.approx(delay["ours_ml"] - delay["theirs_ml"])
    assert delay["dice"] > 0.9
    assert delay["dice_without_small_clusters"] >= delay["dice"]
    assert found["tissue"]["core"]["dice"] > 0.7
    assert any("CBF is divided by" in note for note in found["notes"])


def test_a_coarser_export_in_milliseconds_keeps_its_volume(tissueclock, analysis, tmp_path):
    fine = tissueclock("compare", analysis, export(analysis, tmp_path / "v"), "--json").document["compare"]
    coarse_maps = export(analysis, tmp_path / "w", factor=1000.0, every=2)
    coarse = tissueclock("compare", analysis, coarse_maps, "--json").document["compare"]
    volumes = [found["tissue"]["hypoperfused"]["theirs_ml"] for found in (fine, coarse)]
    assert volumes[1] == pytest.approx(volumes[0], rel=0.1)
    assert "Tmax is in ms, told by its values." in coarse["notes"]
    assert 0.6 < coarse["tissue"]["hypoperfused"]["dice"] < fine["tissue"]["hypoperfused"]["dice"]


def test_their_volume_is_that_of_their_own_voxels(tissueclock, analysis, tmp_path):
    values = np.full((70, 70, 12), 2.0)
    values[20:30, 25:35, 5:8] = 8.0
    affine = np.diag([3.7, 3.7, 10.1, 1.0])
    middle = nib.load(analysis / "masks" / "brain.nii.gz").affine[:3] @ [35, 35, 4, 1]
    affine[:3, 3] = middle - affine[:3, :3] @ [35, 35, 6]
    nib.save(nib.Nifti1Image(values, affine), tmp_path / "tmax.nii")
    found = tissueclock("compare", analysis, tmp_path / "tmax.nii", "--json").document["compare"]
    delay = found["tissue"]["hypoperfused"]
    assert delay["theirs_ml"] == pytest.approx(300 * 3.7 * 3.7 * 10.1 / 1000)
    assert delay["theirs_without_small_clusters_ml"] == delay["theirs_ml"]


def test_maps_have_a_page_with_slices(tissueclock, analysis, tmp_path):
    out = tmp_path / "out"
    shown = tissueclock("compare", analysis, export(analysis, tmp_path / "v"), "--out", out)
    assert shown.code == 0
    assert shown.stdout.startswith("hypoperfused\tTmax > 6 s\tours ")
    assert {file.name for file in out.iterdir()} == {"compare.html", "compare.json"}
    assert "data:image/png;base64," in (out / "compare.html").read_text("utf-8")


def test_on_mr_no_core_is_made_of_flow(tissueclock, analysis, tmp_path):
    shutil.copytree(analysis, tmp_path / "mr")
    result = json.loads((analysis / "result.json").read_text("utf-8"))
    result["input"]["modality"] = "MR"
    (tmp_path / "mr" / "result.json").write_text(json.dumps(result), encoding="utf-8")
    maps = export(analysis, tmp_path / "v")
    found = tissueclock("compare", tmp_path / "mr", maps, "--json").document["compare"]
    assert set(found["tissue"]) == {"hypoperfused"}
    assert "On MR the core is measured by diffusion: their CBF was left out." in found["notes"]


def test_maps_that_lie_elsewhere_are_refused(tissueclock, analysis, tmp_path):
    maps = export(analysis, tmp_path / "v")
    for file in maps.iterdir():
        image = nib.load(file)
        affine = image.affine.copy()
        affine[:3, 3] += 500
        nib.save(nib.Nifti1Image(np.asarray(image.dataobj), affine), file)
    shown = tissueclock("compare", analysis, maps)
    assert shown.code == 3
    assert "cover 0 % of our brain" in shown.sentence


def test_a_screenshot_is_refused_with_a_sentence(tissueclock, analysis, tmp_path):
    Image.new("RGB", (40, 40), (255, 0, 0)).save(tmp_path / "tmax.png")
    shown = tissueclock("compare", analysis, tmp_path / "tmax.png")
    assert shown.code == 3
    assert "tmax.png: it is a picture (PNG): its colours cannot be turned back" in shown.sentence


def test_what_is_no_comparison_is_wrong_usage(tissueclock, tables, analysis, tmp_path):
    maps = export(analysis, tmp_path / "v")
    for words, message in (
        ((tables[0], tmp_path / "none.csv"), "none.csv: there is no such file"),
        ((tmp_path / "no-folder", tables[1]), "no-folder: there is no such file or folder"),
        ((tables[0], maps), "ours.csv: it holds no analysis of ours"),
        ((*tables, "--cbf", "absolute"), "--cbf was given"),
        ((analysis, maps, "--cases"), "--cases was given"),
        ((*tables, "--out", tables[0]), "'ours.csv' is a file"),
        ((maps, tables[1]), "neither a CSV nor a folder of results"),
    ):
        shown = tissueclock("compare", *words)
        assert (shown.code, shown.stdout) == (2, "")
        assert message in shown.sentence


def test_tables_without_a_common_case_are_refused(tissueclock, tables, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("id,core_ml\nz,5\n", encoding="utf-8")
    shown = tissueclock("compare", tables[0], other, "--json")
    assert shown.code == 3
    assert shown.document["error"]["found"] == "no case id is in both: ours has 5 cases, theirs 1."
