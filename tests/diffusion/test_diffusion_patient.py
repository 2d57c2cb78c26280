"""An MR patient through the whole street: core of diffusion, Tmax of perfusion, classes, report and files."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import jsonschema
import nibabel as nib
import numpy as np
import pytest
from patient_lab import DWI_GRID, beside, images, perfusion, still_measured, weighted, whole

from tissueclock.core.errors import ExitCode, InputError
from tissueclock.eligibility.answer import answer
from tissueclock.eligibility.predicates import derived
from tissueclock.facts.case import CaseFacts
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality
from tissueclock.image.volume import Volume
from tissueclock.image.weighted import Weighted
from tissueclock.pipeline.diffusion import NOTHING_BESIDE, Beside, require_usable
from tissueclock.pipeline.output import write_analysis
from tissueclock.pipeline.preset import preset_for
from tissueclock.pipeline.report_parts import diffusion_view
from tissueclock.pipeline.watch import Stopwatch
from tissueclock.report.json import result_document, result_schema


@pytest.fixture(scope="module")
def model():
    return whole().model


@pytest.fixture(scope="module")
def truth():
    return images().truth


def value(case: CaseFacts, name: str) -> float:
    return float(case[name].value)


def test_the_core_comes_from_diffusion_and_the_delay_from_perfusion(model, truth):
    facts = model.facts
    assert value(facts, "core_ml") == value(facts, "core_adc_ml")
    assert value(facts, "core_ml") == pytest.approx(truth.rule_ml[600.0], rel=0.05)
    assert "ADC < 600" in facts["core_ml"].source
    assert value(facts, "hypoperfused_ml") == pytest.approx(98.0, rel=0.12)
    assert "core_cbf_ml" not in facts
    assert facts["core_ml"].interval[0] < value(facts, "core_ml") < facts["core_ml"].interval[1]


def test_mismatch_is_a_difference_of_volumes_and_the_voxelwise_one_is_another_number(model):
    facts, shown = model.facts, model.diffusion
    exact = Fraction(value(facts, "hypoperfused_ml")) - Fraction(value(facts, "core_ml"))
    assert value(facts, "mismatch_ml") == pytest.approx(float(exact), abs=1e-9)
    voxelwise = value(facts, "hypoperfused_ml") - shown.delay.overlap_ml
    assert value(facts, "mismatch_voxelwise_ml") == pytest.approx(voxelwise)
    assert voxelwise > value(facts, "mismatch_ml") + 3.0  # the reperfused core lies outside
    low, high = facts["mismatch_ml"].interval
    assert low < value(facts, "mismatch_ml") < high


def test_a_reperfused_core_is_reported_and_stays_in_the_core(model, truth):
    delay = model.diffusion.delay
    assert delay.reperfused_ml == pytest.approx(truth.reperfused_ml, abs=2.5)
    parts = delay.overlap_ml + delay.reperfused_ml + delay.unseen_ml
    assert parts == pytest.approx(model.diffusion.core_ml)
    (flag,) = [flag for flag in model.flags if flag.id == "reperfused-core"]
    assert flag.level.value == "warn"


def test_the_classes_are_those_of_defuse_2_and_their_note_is_gone(model):
    profiles = {profile.name: profile for profile in model.profiles}
    assert profiles["defuse-2"].label == "target-mismatch"
    assert profiles["defuse-2"].notes == ()


def test_the_heads_are_registered_and_the_residual_is_printed(model):
    rows = {row.name: row for row in model.diffusion.registrations}
    assert set(rows) == {"Perfusion", "FLAIR"}
    for row in rows.values():
        assert row.residual_mm < 1.5
        assert row.overlap > 0.9
        assert row.turn_deg == pytest.approx(3.7, abs=0.6)
    assert whole().exit_code is ExitCode.DONE


def test_the_flair_ratio_is_a_fact_and_no_read_by_eye(model, truth):
    facts = model.facts
    assert value(facts, "flair_sir") == pytest.approx(truth.flair_rule, abs=0.04)
    assert "dwi_flair_mismatch" not in facts
    assert model.diffusion.flair_verdict == "mismatch"


def test_the_core_lies_on_the_patients_side(model):
    assert value(model.facts, "core_right_ml") == 0.0
    assert value(model.facts, "core_left_ml") == pytest.approx(value(model.facts, "core_ml"))


def test_result_json_follows_its_schema(model):
    document = result_document(model)
    jsonschema.validate(document, result_schema())
    diffusion = document["diffusion"]
    removed = sum(diffusion["removed_ml"].values())
    assert diffusion["core_before_cleaning_ml"] - removed == pytest.approx(diffusion["core_ml"])
    assert document["input"]["diffusion"]["b_values"] == [0.0, 1000.0]
    assert document["preset"]["core_rule"] == "ADC<600"
    assert {"adc", "mr-core", "registration-perfusion", "flair-ratio"} <= {
        step["name"] for step in document["provenance"]
    }


def test_files_lie_on_their_own_grids_and_go_when_diffusion_goes(tmp_path, model, monkeypatch):
    write_analysis(whole(), tmp_path, Stopwatch())
    adc = nib.load(tmp_path / "maps" / "adc.nii.gz")
    assert adc.shape == DWI_GRID.shape
    assert adc.affine == pytest.approx(DWI_GRID.affine, abs=1e-4)
    core = nib.load(tmp_path / "masks" / "core_adc.nii.gz")
    assert np.count_nonzero(core.dataobj) * DWI_GRID.voxel_ml == pytest.approx(model.diffusion.core_ml)
    on_run = nib.load(tmp_path / "masks" / "core.nii.gz")
    assert on_run.shape == model.grid.shape
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'id="diffusion"' in page
    assert "which this never sets" in page
    assert "Core outside it (reperfused)" in page
    assert "mm left" not in page  # a residual, and no side
    assert (tmp_path / "pages" / "diffusion.png").stat().st_size > 20_000
    monkeypatch.setattr("tissueclock.report.png.pages", lambda *_: {})
    without = replace(whole(), model=replace(model, diffusion=None, core=None, core_rule=None))
    write_analysis(without, tmp_path, Stopwatch())
    left = {path.name for path in tmp_path.rglob("*.*")}
    assert not left & {"adc.nii.gz", "core_adc.nii.gz", "core.nii.gz", "diffusion.png"}
    assert 'id="diffusion"' not in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))["diffusion"] is None


def test_without_diffusion_everything_is_as_before():
    measured = still_measured(perfusion(), NOTHING_BESIDE)
    assert measured.diffusion is None
    assert measured.facts["core_ml"].value is None
    assert "diffusion" in measured.facts["core_ml"].reason


def test_flair_alone_is_not_measured():
    found = Beside(flair=beside(images()).flair)
    assert still_measured(perfusion(), found).diffusion is None


# What cannot be used is refused or withheld, with a sentence.


def wrong(made, change) -> Beside:
    return beside(made, flair=False, images=tuple(change(image) for image in weighted(made)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda image: replace(image, b=None), "do not say their b-values"),
        (lambda image: replace(image, b=2.5 * image.b), r"the b-values are 0, 2500 s/mm2"),
        (lambda image: replace(image, volume=cut(image.volume, 1)), "diffusion: only"),
    ],
    ids=["b-values missing", "b2500", "one slice"],
)
def test_what_cannot_be_used_is_refused(change, words):
    with pytest.raises(InputError, match=words) as caught:
        still_measured(perfusion(), wrong(images(), change))
    assert caught.value.remedy


def test_what_was_left_out_stands_with_what_is_missing():
    """A b0 on another grid is the reason why there is none."""
    made = images()
    notes = ("b0 on another grid than the diffusion images was left out",)
    found = beside(made, flair=False, images=weighted(made)[1:], notes=notes)
    with pytest.raises(InputError, match=r"the b-values are 1000 .* Of the input: b0 on another grid"):
        require_usable(found, preset_for(Modality.MR, None))


def cut(volume: Volume, slices: int, first: int = 0) -> Volume:
    """Some slices of a volume."""
    affine = volume.grid.affine.copy()
    affine[:3, 3] += affine[:3, 2] * first
    shape = (*volume.grid.shape[:2], slices)
    array = volume.array[:, :, first : first + slices]
    return Volume(array, Grid(shape, affine), volume.quantity, volume.unit)


def test_a_map_in_wrong_units_is_refused():
    made = images()
    only_bright = (Weighted(volume=made.high[0], b=None),)
    wrong_map = Volume(made.vendor_adc.array * 10.0, DWI_GRID, "ADC", "")
    with pytest.raises(InputError, match="fits none of"):
        still_measured(perfusion(), beside(made, flair=False, adc=wrong_map, images=only_bright))


def test_half_a_brain_withholds_the_core_and_what_rests_on_it():
    half = wrong(images(), lambda image: replace(image, volume=cut(image.volume, 8, 8)))
    measured = still_measured(perfusion(), half)
    flags = {flag.id: flag for flag in measured.flags}
    assert flags["diffusion-coverage"].level.value == "fail"
    assert "lower bound" in flags["diffusion-coverage"].text
    case = derived(measured.facts)
    assert "diffusion-coverage" in case["core_ml"].withheld_by
    assert case.known("mismatch_ml") is None
    assert case.known("hypoperfused_ml") is not None
    profiles = {item.name: item.label for item in answer((), case).profiles}
    assert profiles["defuse-2"] == "undetermined"


def test_diffusion_of_a_smaller_head_withholds_the_core():
    """Another patient whom no header gives away."""

    def smaller(image):
        volume = image.volume
        grid = Grid(volume.grid.shape, volume.grid.affine @ np.diag([0.8, 0.8, 0.8, 1.0]))
        return replace(image, volume=Volume(volume.array, grid, "", ""))

    measured = still_measured(perfusion(), wrong(images(), smaller))
    flags = {flag.id: flag for flag in measured.flags}
    assert flags["diffusion-overlap"].level.value == "fail"
    assert "another patient" in flags["diffusion-overlap"].text
    assert measured.facts.known("core_ml") is None
    # Where the core lies on perfusion is not known: it is neither drawn there nor held against the delay.
    assert "reperfused-core" not in flags
    assert measured.diffusion.core_on_perfusion is None
    assert diffusion_view(measured.diffusion, "Tmax>6s").to_json()["core_within_delay_ml"] is None


def test_the_scanners_map_serves_where_there_is_no_b0():
    made = images()
    only_bright = (Weighted(volume=made.high[0], b=1000.0, is_trace=True),)
    measured = still_measured(perfusion(), beside(made, flair=False, adc=made.vendor_adc, images=only_bright))
    assert value(measured.facts, "core_ml") == pytest.approx(made.truth.rule_ml[600.0], rel=0.06)
    assert "the scanner's map" in measured.diffusion.measures.origin
    assert measured.diffusion.measures.against_delay.sides == ("left", "left")


def test_a_failed_gate_of_perfusion_leaves_the_core_on_diffusion_known():
    short = perfusion()
    cut_off = replace(short, series=short.series.without_frames(frozenset(range(18, 40))))
    measured = still_measured(cut_off, beside(images(), flair=False))
    assert measured.facts["hypoperfused_ml"].withheld_by
    assert measured.facts.known("core_ml") is not None
    assert derived(measured.facts).known("mismatch_ml") is None
    # That the core lies outside a delay that is withheld says nothing of reperfusion.
    assert "reperfused-core" not in {flag.id for flag in measured.flags}


def test_the_limit_is_that_of_the_preset():
    measured = still_measured(perfusion(), beside(images(), flair=False), "rapid-modern")
    assert measured.diffusion.measures.limit_adc == 620.0
    assert "ADC < 620" in measured.facts["core_ml"].source
    assert value(measured.facts, "core_ml") == pytest.approx(images().truth.rule_ml[620.0], rel=0.05)
