"""The ISLES 2018 suite on invented cases of that layout: a digital patient under the challenge's names."""

import json
from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest

from tissueclock.bench.isles import BASELINE_DICE, BASELINE_ERROR_ML, Isles, Row, find_cases, isles
from tissueclock.cli.main import main
from tissueclock.core.errors import InputError, UsageError
from tissueclock.image.series import Modality
from tissueclock.phantom.acquisition import Acquisition
from tissueclock.phantom.head import head_grid
from tissueclock.phantom.patient import DEMO_STROKE, digital_patient
from tissueclock.pipeline.analysis import measure_scan
from tissueclock.pipeline.preset import preset_for
from tissueclock.pipeline.watch import Stopwatch, silent
from tissueclock.scan.study import Scan

ACQUISITION = Acquisition(noise_sd_hu=2.0, frame_interval_s=1.0, frames=55)


def save(case, tag, number, array, affine):
    name = f"SMIR.Brain.XX.O.{tag}.{number}"
    (case / name).mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(array, affine), case / name / f"{name}.nii")


@pytest.fixture(scope="module")
def patient():
    return digital_patient(DEMO_STROKE, ACQUISITION, head_grid(64, 3.0, 6, 12.0))


@pytest.fixture(scope="module")
def data(patient, tmp_path_factory):
    """Two cases: a whole one, its run with an axis of one before time, and one whose run is cut short."""
    root = tmp_path_factory.mktemp("ISLES2018")
    series, truth = patient.series, patient.truth
    frames = np.moveaxis(series.stored, 0, 3)
    hu = np.round(frames * float(series.slope[0, 0]) + float(series.intercept[0, 0])).astype(np.int16)
    for name, run in (("case_2", hu[:, :, :, None, :]), ("case_10", hu[..., :5])):
        case, affine = root / "TRAINING" / name, series.grid.affine
        save(case, "CT_4DPWI", 345561, run, affine)
        save(case, "CT", 345562, hu[..., 0], affine)
        save(case, "CT_Tmax", 345567, np.nan_to_num(truth.rule.tmax.array).astype(np.float32), affine)
        save(case, "CT_CBF", 345563, np.nan_to_num(truth.rule.cbf.array).astype(np.float32), affine)
        save(case, "OT", 345566, truth.physics.core.array.astype(np.uint8), affine)
    return root


@pytest.fixture(scope="module")
def found(data):
    return isles(data, 1.0, silent)


def test_cases_come_in_the_order_of_their_numbers(found):
    assert [row.case for row in found.rows] == ["case_2", "case_10"]


def test_a_case_is_measured_as_its_scan_is(found, patient, data):
    row = found.rows[0]
    scan = Scan(series=patient.series, kind="simulated", digest="", files=0, time_source="simulated")
    masks = measure_scan(scan, preset_for(Modality.CT), Stopwatch()).masks
    assert row.core_ml == pytest.approx(masks.ml(masks.cores[30.0]), abs=1.0)
    assert row.truth_ml == pytest.approx(patient.truth.physics.core.volume_ml())
    assert 0.6 < row.dice <= 1
    assert (row.failed, row.notes) == ("", ())


def test_the_vendors_maps_are_read_at_the_same_limits(found, patient):
    row = found.rows[0]
    assert row.vendor_ml == pytest.approx(patient.truth.rule.voxels.core_ml, abs=8)
    assert 0.6 < row.vendor_dice <= 1


def test_a_case_that_cannot_be_measured_is_a_row_that_says_why(found):
    row = found.rows[1]
    assert "5 frames" in row.failed
    assert (row.core_ml, row.dice) == (None, None)
    assert found.measured == found.rows[:1]


def test_the_summary_stands_beside_the_baseline_and_its_source(found):
    document = found.to_json()
    row, summary = found.rows[0], document["summary"]
    assert (summary["measured"], summary["failed"]) == (1, 1)
    assert summary["mean_dice"] == summary["median_dice"] == row.dice
    assert summary["mean_volume_error_ml"] == pytest.approx(abs(row.core_ml - row.truth_ml))
    assert summary["bias_ml"] == pytest.approx(row.core_ml - row.truth_ml)
    assert document["baseline"]["dice"] == BASELINE_DICE == 0.30
    assert document["baseline"]["volume_error_ml"] == BASELINE_ERROR_ML == 15.3
    assert "Hakim 2021" in document["baseline"]["source"]
    assert found.lines()[-3].endswith("baseline 0.30")
    assert found.lines()[-2].endswith("baseline 15.3 mL")
    json.dumps(document, allow_nan=False)


def test_means_are_over_cases_and_errors_without_their_signs():
    rows = (
        Row(case="a", truth_ml=10.0, core_ml=4.0, dice=0.5, vendor_ml=10.0, vendor_dice=0.75),
        Row(case="b", truth_ml=20.0, core_ml=30.0, dice=0.0, withheld_by=("noise",)),
        Row(case="c", failed="no artery"),
    )
    assert Isles(rows).to_json()["summary"] == {
        "measured": 2,
        "failed": 1,
        "withheld": 1,
        "mean_dice": 0.25,
        "median_dice": 0.25,
        "mean_volume_error_ml": 8.0,
        "bias_ml": 2.0,
        "vendor_mean_dice": 0.75,
        "vendor_mean_volume_error_ml": 0.0,
    }
    assert Isles(rows).lines()[1].endswith("withheld by noise")


def test_the_command_exits_5_where_a_case_failed(data, capsys):
    assert main(["bench", "isles", str(data), "--json"]) == 5
    document = json.loads(capsys.readouterr().out)
    assert [row["case"] for row in document["isles"]["cases"]] == ["case_2", "case_10"]


@pytest.mark.parametrize(
    ("make", "message", "advice"),
    [
        ([], "it holds no case_N folder", "SMIR.Brain.XX.O.CT_4DPWI.N"),
        (["case_1/SMIR.Brain.XX.O.OT.9"], "its cases hold no CT_4DPWI run", "as ISLES 2018 has them"),
        (["case_x/SMIR.Brain.XX.O.CT_4DPWI.1"], "it holds no case_N folder", "case_1"),
        (["case_1/SMIR.Brain.XX.O.CT_4DPWI.9"], "hold no lesion", "training part"),
    ],
)
def test_another_layout_is_refused(tmp_path, make, message, advice):
    for name in make:
        save(tmp_path / name.split("/")[0], *name.split(".")[-2:], np.zeros((2, 2, 2), np.uint8), np.eye(4))
    with pytest.raises(InputError, match=message) as caught:
        find_cases(tmp_path)
    assert advice in caught.value.remedy


def test_no_folder_is_wrong_usage(tmp_path, capsys):
    with pytest.raises(UsageError, match="there is no folder 'none'"):
        find_cases(tmp_path / "none")
    assert main(["bench", "isles", str(tmp_path / "none")]) == 2
    assert main(["bench", "isles", str(tmp_path), "--interval", "1000"]) == 2
    assert "seconds between frames" in capsys.readouterr().err
    assert main(["bench", "--repeats", "2", "isles", str(tmp_path)]) == 2
    assert "--repeats was given" in capsys.readouterr().err


def test_where_nothing_could_be_measured_the_first_reason_is_told(tmp_path):
    for tag, shape in (("CT_4DPWI", (4, 4, 2, 5)), ("OT", (4, 4, 2))):
        save(tmp_path / "case_1", tag, 1, np.zeros(shape, np.int16), np.eye(4))
    with pytest.raises(InputError, match="no case could be measured; the first: "):
        isles(tmp_path, 1.0, silent)


def test_another_time_in_the_header_is_told(data, tmp_path):
    source = next((data / "TRAINING" / "case_2").rglob("*4DPWI*.nii"))
    image = nib.load(source)
    image.header.set_zooms((*image.header.get_zooms()[:-1], 2.0))
    case = tmp_path / "case_1"
    save(case, "OT", 1, np.zeros(image.shape[:3], np.uint8), image.affine)
    folder = case / "SMIR.Brain.XX.O.CT_4DPWI.1"
    folder.mkdir()
    nib.save(image, folder / f"{folder.name}.nii")
    (row,) = isles(tmp_path, 1.0, silent).rows
    assert row.notes == ("the header states 2 s a frame",)
    assert (row.truth_ml, row.dice, row.vendor_ml) == (0, 0, None)
    assert replace(row, notes=()).line().endswith("vendor's core -, Dice -")
