"""Diffusion without a perfusion run: the core, the FLAIR ratio and the verdicts that need no more."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from functools import cache

import jsonschema
import numpy as np
import pytest
from mr_files import OTHER, SECRET, adc_map, b0, flair, weighted, write_run, write_series
from patient_lab import AT_REST, DWI_GRID, beside, images

from tissueclock.cli.main import main
from tissueclock.core.errors import ExitCode, InputError, UsageError
from tissueclock.facts.case import CaseFacts, Fact
from tissueclock.image.series import Modality
from tissueclock.image.volume import Volume
from tissueclock.perfusion.inputs import ChosenInputs
from tissueclock.phantom.lesion_site import Stroke
from tissueclock.phantom.mr_study import NO_ILLNESS
from tissueclock.pipeline.analysis import Analysis
from tissueclock.pipeline.choices import NO_CHOICES, Choices
from tissueclock.pipeline.diffusion import Beside
from tissueclock.pipeline.diffusion_alone import analyse_diffusion
from tissueclock.pipeline.output import write_analysis
from tissueclock.pipeline.preset import preset_for
from tissueclock.pipeline.watch import Stopwatch
from tissueclock.report import view
from tissueclock.report.format import headline, headline_text
from tissueclock.report.json import result_document, result_schema
from tissueclock.scan.identity import Identity
from tissueclock.scan.study_images import Study, open_study

TYPED = CaseFacts.of([Fact(name="hypoperfused_ml", value=90.0, source="typed")])


def alone(found, typed: CaseFacts = CaseFacts.of()) -> Analysis:  # noqa: B008 - frozen
    preset = preset_for(Modality.MR, "defuse-2")
    return analyse_diffusion(found, Identity(), "DICOM", preset, typed, (), anonymous=True, watch=Stopwatch())


@cache
def plain() -> Analysis:
    return alone(beside(images(pose=AT_REST)))


def facts_of(analysis: Analysis) -> CaseFacts:
    return analysis.model.facts


def test_core_and_ratio_are_measured_and_what_perfusion_tells_is_unknown_with_a_reason():
    facts, truth = facts_of(plain()), images(pose=AT_REST).truth
    assert facts["core_adc_ml"].value == pytest.approx(truth.rule_ml[600.0], rel=0.05)
    assert facts["core_ml"].value == facts["core_adc_ml"].value
    assert facts["flair_sir"].value == pytest.approx(truth.flair_rule, abs=0.04)
    for name in ("tmax6_ml", "hypoperfused_ml", "mismatch_ml", "mismatch_ratio", "lesion_side", "cbv_index"):
        assert facts[name].value is None
        assert "no perfusion run" in facts[name].reason
    methods = " ".join(step.sentence for step in plain().model.provenance.steps)
    assert "pre-bolus" not in methods  # there is no bolus
    assert "segmented on the diffusion image with the lowest b-value" in methods
    assert "Diffusion images with b = 0 and 1000 s/mm2 were read." in methods
    assert plain().exit_code is ExitCode.DONE
    assert plain().model.profiles[0].label == "undetermined"


def test_a_typed_volume_of_delay_makes_the_class():
    typed = CaseFacts.of([*TYPED.values(), Fact(name="tmax10_ml", value=20.0, source="typed")])
    analysis = alone(beside(images(pose=AT_REST), flair=False), typed)
    labels = {profile.name: profile.label for profile in analysis.model.profiles}
    assert labels["defuse-2"] == "target-mismatch"
    facts = facts_of(analysis)
    assert float(facts["mismatch_ml"].value) == pytest.approx(90.0 - facts["core_ml"].value)


def test_the_headline_has_no_delay_and_the_pages_have_none_of_it():
    model = plain().model
    assert headline_text(headline(model)).startswith("ADC<600 ")
    assert "Tmax" not in headline_text(headline(model))
    names = [page.name for page in view.pages(model)]
    assert names == ["summary", "volumes", "rules", "diffusion", "quality", "methods"]
    assert view.pages(model)[0].title == "Diffusion report"
    shown = {row.label for group in view.fact_groups(model) for row in group.rows}
    assert not any("Tmax" in label or "Mismatch" in label for label in shown)
    assert dict(view.summary_items(model))["DWI against FLAIR"].startswith("mismatch, ratio 1.0")


def test_result_json_follows_its_schema_and_files_of_a_run_go(tmp_path):
    document = result_document(plain().model)
    jsonschema.validate(document, result_schema())
    assert document["curves"] is None
    assert document["preset"]["delay_rule"] is None
    assert document["diffusion"]["core_reperfused_ml"] is None
    for name in ("maps/tmax.nii.gz", "masks/hypoperfused.nii.gz", "pages/maps.png", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"from before")
    write_analysis(plain(), tmp_path, Stopwatch())
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    assert {"maps/adc.nii.gz", "masks/core.nii.gz", "pages/diffusion.png", "notes.txt"} <= left
    assert not left & {"maps/tmax.nii.gz", "masks/hypoperfused.nii.gz", "pages/maps.png"}
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<h1>Diffusion report</h1>" in page
    assert "Curves, and where they lie" not in page
    assert "Reperfused" not in page


def test_a_wrong_b_value_withholds_the_core_and_the_reading_of_flair():
    made = images(pose=AT_REST)
    stretched = tuple(
        replace(image, volume=Volume(_stretched(image, made.low), DWI_GRID, "DWI", "signal"))
        for image in beside(made).diffusion.images
    )
    analysis = alone(beside(made, images=stretched))
    assert analysis.exit_code is ExitCode.WITHHELD
    facts = facts_of(analysis)
    assert facts["core_ml"].withheld_by == ("adc-high",)
    assert facts["flair_sir"].withheld_by == ("adc-high",)
    assert analysis.model.diffusion.flair_verdict == "withheld"
    assert dict(view.summary_items(analysis.model))["DWI against FLAIR"].startswith("withheld, ratio")
    jsonschema.validate(result_document(analysis.model), result_schema())


def _stretched(image, low: Volume) -> np.ndarray:
    """The image with a b-value that is larger by half than what it states."""
    share = image.volume.array / np.maximum(low.array, 1.0)
    return low.array * np.clip(share, 1e-3, None) ** 1.5 if image.b else low.array


def test_a_model_without_curves_has_diffusion_and_nothing_of_perfusion():
    model = plain().model
    with pytest.raises(ValueError, match="without curves"):
        replace(model, diffusion=None)
    with pytest.raises(ValueError, match="without curves"):
        replace(model, hypoperfused=model.brain)
    with pytest.raises(ValueError, match="a perfusion run or diffusion"):
        Study(perfusion=None)


def test_choices_of_a_run_are_refused():
    NO_CHOICES.check_no_run()
    for choices in (Choices(exclude_frames=(3,)), Choices(inputs=ChosenInputs(aif=(1, 2, 3)))):
        with pytest.raises(UsageError, match="belong to a perfusion run"):
            choices.check_no_run()


def test_dicom_without_a_run_is_diffusion_alone_and_keeps_its_label(tmp_path):
    write_series(tmp_path / "dwi", b0(), weighted())
    write_series(tmp_path / "flair", flair(), number=3)
    study = open_study([tmp_path])
    assert study.perfusion is None
    assert [image.b for image in study.diffusion.images] == [0.0, 1000.0]
    assert study.flair is not None
    assert (study.kind, study.identity.patient_id) == ("DICOM", SECRET.patient_id)
    assert SECRET.patient_name not in repr(study)


def test_what_is_no_diffusion_is_named_and_flair_must_be_of_the_same_patient(tmp_path):
    write_series(tmp_path / "dwi", b0(), weighted())
    write_series(tmp_path / "t1", replace(flair(), inversion_ms=None, echo_ms=10.0), number=6)
    assert open_study([tmp_path]).notes == ("Left out: a plain stack of images: each slice was taken once",)
    write_series(tmp_path / "flair", flair(), number=3, identity=OTHER)
    with pytest.raises(InputError, match="the FLAIR is of another patient than the diffusion"):
        open_study([tmp_path])


def test_a_run_is_still_found_beside_diffusion(tmp_path):
    write_series(tmp_path / "dwi", b0(), weighted())
    write_run(tmp_path / "run")
    assert open_study([tmp_path]).perfusion.series.frames == 12


def test_flair_alone_is_no_study(tmp_path):
    write_series(tmp_path / "flair", flair(), number=3)
    with pytest.raises(InputError, match="no perfusion run"):
        open_study([tmp_path])


def test_an_adc_map_alone_is_refused_with_what_is_missing(tmp_path, capsys):
    write_series(tmp_path / "adc", adc_map(), number=4)
    assert main(["analyze", str(tmp_path), "--out", str(tmp_path / "out")]) == ExitCode.INPUT
    assert "no diffusion-weighted image beside it" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_commands_analyse_nifti_by_its_names(tmp_path, capsys):
    """As BIDS has them, without any DICOM, from the phantom's own files."""
    size = ("--matrix", "64", "--slices", "10", "--frames", "20", "--format", "nifti", "--diffusion")
    assert main(["phantom", "patient", "--modality", "MR", *size, "--out", str(tmp_path)]) == 0
    for name in ("perfusion.nii.gz", "perfusion.json"):
        (tmp_path / "scan" / name).unlink()
    capsys.readouterr()
    out = tmp_path / "out"
    assert main(["analyze", str(tmp_path / "scan"), "--out", str(out), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    truth = json.loads((tmp_path / "truth" / "truth.json").read_text(encoding="utf-8"))["diffusion"]
    assert document["facts"]["core_adc_ml"]["value"] == pytest.approx(
        truth["rule_ml"]["adc_below_620"], rel=0.06
    )
    assert document["input"]["kind"] == "NIfTI"
    assert document["diffusion"]["flair"]["verdict"] == "mismatch"
    shutil.rmtree(out)
    words = ["--exclude-frames", "3"]
    assert main(["analyze", str(tmp_path / "scan"), "--out", str(out), *words]) == ExitCode.USAGE
    assert "belong to a perfusion run" in capsys.readouterr().err


def test_diffusion_beside_a_ct_run_is_left_out_and_said_so(tmp_path):
    write_series(tmp_path / "dwi", b0(), weighted())
    write_run(tmp_path / "run", modality=Modality.CT)
    study = open_study([tmp_path])
    assert study.diffusion is None
    assert study.notes == ("Left out: diffusion (MR) beside a CT perfusion run",)
    assert Beside(notes=study.notes).summary() == {"beside_notes": list(study.notes)}


def test_a_ratio_that_cannot_be_read_is_no_fact():
    """A lesion under 1 mL: MR WITNESS must not be met by it."""
    made = images(Stroke(side="left", core_ml=1.0, hypoperfused_ml=20.0), NO_ILLNESS, pose=AT_REST)
    facts = facts_of(alone(beside(made)))
    assert 0 < facts["core_ml"].value < 1.0
    assert facts["flair_sir"].value is None
    assert "smaller than 1 mL" in facts["flair_sir"].reason
