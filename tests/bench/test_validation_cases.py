"""One case: what is recorded of a patient and of the phantom, and that a mistake in it shows."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tissueclock.bench.validation import patient_case
from tissueclock.bench.validation.patient_case import true_masks
from tissueclock.bench.validation.run import run_case
from tissueclock.bench.validation.verdicts import ANSWERS
from tissueclock.core.errors import InputError
from tissueclock.image.series import Modality
from tissueclock.phantom.acquisition import Acquisition
from tissueclock.phantom.head import head_grid
from tissueclock.phantom.patient import DEMO_STROKE, digital_patient


@pytest.fixture(scope="module")
def plain(tiny_case):
    return run_case(tiny_case("plain"))


@pytest.fixture(scope="module")
def dsc(tiny_case):
    return run_case(tiny_case("dsc-snr-100"))


def test_a_patient_s_record_holds_volumes_overlap_side_verdicts_and_maps(plain):
    assert (plain["id"], plain["kind"], plain["modality"]) == ("plain@3", "patient", "CT")
    assert plain["truth"]["core_ml"] == pytest.approx(22, abs=1)
    assert plain["truth"]["tmax6_ml"] == pytest.approx(98, abs=1)
    assert plain["tmax6_ml"] == pytest.approx(plain["truth"]["tmax6_voxels_ml"], rel=0.15)
    assert plain["side"] == plain["truth"]["side"] == "left"
    assert plain["dice_tmax6"] > 0.8
    assert 0 < plain["dice_core"] <= 1
    assert tuple(plain["verdicts"]) == ANSWERS
    assert plain["maps"]["tmax against rule"]["rmse"] < 2
    assert plain["maps"]["tmax against rule"]["r"] > 0.8
    assert plain["maps"]["tmax against delay"]["bias"] > 1  # the rule's Tmax is later than the delay
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain


def test_on_dsc_there_is_no_core_and_flow_has_no_bias(dsc):
    assert dsc["core_ml"] is dsc["dice_core"] is dsc["truth"]["core_ml"] is None
    assert dsc["dice_tmax6"] > 0.7
    assert dsc["maps"]["cbf against rule"]["bias"] is None
    assert dsc["maps"]["tmax against rule"]["bias"] is not None
    assert {true for true, *_ in dsc["verdicts"].values()} == {"open"}


def test_the_same_case_gives_the_same_record(tiny_case, plain):
    again = run_case(tiny_case("plain"))
    assert {**again, "seconds": 0} == {**plain, "seconds": 0}


def test_the_true_masks_have_the_volumes_of_the_true_counts():
    patient = digital_patient(DEMO_STROKE, Acquisition(), head_grid(44, 5.0, 8, 12.0))
    truth, ml = patient.truth, patient.series.grid.voxel_ml
    core, hypoperfused = true_masks(truth, Modality.CT)
    assert core.sum() * ml == pytest.approx(truth.rule.voxels.core_ml, abs=1e-6)
    assert hypoperfused.sum() * ml == pytest.approx(truth.rule.voxels.tmax6_ml, abs=1e-6)
    assert not (core & ~hypoperfused).any()
    assert true_masks(truth, Modality.MR)[0] is None


def test_without_a_stroke_nothing_is_found_and_empty_masks_have_no_overlap(tiny_case):
    record = run_case(tiny_case("no-stroke"))
    assert record["core_ml"] == record["tmax6_ml"] == 0
    assert record["dice_core"] is record["dice_tmax6"] is None
    assert record["side"] == record["truth"]["side"] == "none"
    assert record["verdicts"]["DEFUSE 3"][:2] == ["no", "no"]


def test_a_refused_scan_is_a_record_and_no_crash(tiny_case, monkeypatch):
    def refuse(*_):
        raise InputError("no artery was found.")

    monkeypatch.setattr(patient_case, "measure_scan", refuse)
    record = run_case(tiny_case("no-stroke"))
    assert record["refused"] == "no artery was found."
    assert "core_ml" not in record


def test_the_phantom_s_record_holds_correlations_laws_and_the_class(tiny_case):
    record = run_case(tiny_case("kudo-ct-1-hu-exponential"))
    maps = record["maps"]
    assert maps["cbv against cbv"]["r"] > 0.9
    assert maps["cbf against rule cbf"]["rmse"] < maps["cbf against cbf"]["rmse"]
    assert maps["tmax against rule tmax"]["rmse"] < maps["tmax against delay"]["rmse"]
    assert record["tmax_slope"] == pytest.approx(1, abs=0.2)
    assert 0.5 <= record["core_class_accuracy"] <= 1
    assert abs(record["cbf_percent_per_s"]) < 10
    assert np.isfinite([value["rmse"] for value in maps.values()]).all()
