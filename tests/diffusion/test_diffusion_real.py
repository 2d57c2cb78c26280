"""Real patients of ../shared: the side, and volume and overlap as they are, against the mask beside them.

What stands here was measured, not aimed at. Subject 1 is a large infarct whose mask a program outlined on
DWI; most of it has an ADC above 620, so that a published limit marks a part of it only (a fixed limit had
a median Dice of 0.43 in the literature: Gosch 2023); so has its healthy tissue one that is too high.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import nibabel as nib
import numpy as np
import pytest

from tissueclock.anatomy.brain import find_brain
from tissueclock.anatomy.midline import find_midline
from tissueclock.cli.main import main
from tissueclock.core.errors import ExitCode
from tissueclock.diffusion.adc import diffusion_maps
from tissueclock.image.grid import Grid
from tissueclock.image.overlap import dice
from tissueclock.image.series import Modality
from tissueclock.image.volume import Volume
from tissueclock.image.weighted import Weighted
from tissueclock.lesion.adc_core import adc_core
from tissueclock.pipeline.preset import preset_for

pytestmark = pytest.mark.shared
FOLDER = "data/stroke_dwi_adc_cases"


def volume(shared, name: str) -> Volume:
    image = nib.load(shared / FOLDER / name)
    array = np.asarray(image.dataobj, dtype=np.float32)
    return Volume(array, Grid(image.shape, image.affine), name, "")


@cache
def brain_base(shared) -> Volume:
    return volume(shared, "data/examples/Subject01/Subject01_b0.nii.gz")


@cache
def subject(shared):
    """ADC and core of the first subject; the b-value of 1000 is that of the data's paper."""
    low = brain_base(shared)
    high, mask = (
        volume(shared, f"data/examples/Subject01/Subject01_{name}.nii.gz")
        for name in ("DWI", "DAGMNet_CH3_Lesion_Predict")
    )
    images = [Weighted(volume=low, b=0.0), Weighted(volume=high, b=1000.0, is_trace=True)]
    return (*measured(images, None, low), mask)


def measured(images, adc, base):
    preset = preset_for(Modality.MR)
    brain = find_brain(base.array, base.grid, Modality.MR, preset.anatomy)
    midline = find_midline(base.array, brain.inside, base.grid)
    maps = diffusion_maps(images, adc, brain.inside, preset.mr.diffusion)
    return maps, adc_core(maps, brain.inside, midline, preset.mr.adc_core), brain


def test_the_head_of_a_real_patient_is_found(shared):
    _, _, brain, _ = subject(shared)
    theirs = volume(shared, "data/examples/Subject01/Subject01_Mask.nii.gz").array > 0
    assert dice(brain.inside, theirs) > 0.9


def test_the_core_lies_on_the_side_of_the_lesion(shared):
    _, core, _, mask = subject(shared)
    lesion = mask.array > 0
    assert core.ml(lesion & core.right) < 0.05 * core.ml(lesion)
    assert core.ml(core.mask & core.right) == 0.0
    assert core.ml(core.mask & lesion) > 0.8 * core.volume_ml


def test_volume_and_overlap_are_those_that_the_docs_report(shared):
    """165 mL by their mask; 18 mL with ADC < 620 after cleaning, Dice 0.19."""
    maps, core, _, mask = subject(shared)
    lesion = mask.array > 0
    assert core.ml(lesion) == pytest.approx(165.2, abs=0.1)
    assert float(np.nanmedian(maps.adc.array[lesion])) == pytest.approx(796.0, abs=1.0)
    assert core.before_ml == pytest.approx(26.8, abs=0.5)
    assert core.volume_ml == pytest.approx(18.3, abs=0.5)
    assert dice(core.mask, lesion) == pytest.approx(0.194, abs=0.01)


def test_the_limit_scaled_to_its_tissue_finds_most_of_the_lesion(shared):
    """Its healthy tissue has 1132 where 800 is usual: an absolute limit cannot be read on it."""
    maps, core, brain, mask = subject(shared)
    assert maps.tissue_adc == pytest.approx(1132.0, abs=2.0)
    limit, ml = core.scaled_limit_adc, core.scaled_ml
    assert ml == pytest.approx(137.4, abs=1.0)
    settings = replace(preset_for(Modality.MR).mr.adc_core, limit_adc=limit, ladder_adc=())
    midline = find_midline(brain_base(shared).array, brain.inside, maps.grid)
    again = adc_core(maps, brain.inside, midline, settings)
    assert again.volume_ml == ml
    assert dice(again.mask, mask.array > 0) == pytest.approx(0.796, abs=0.01)


def test_the_command_withholds_the_core_of_this_scan_and_says_why(shared, tmp_path, capsys):
    for name, ours in (("b0", "s_b0"), ("DWI", "s_b1000")):
        source = shared / FOLDER / f"data/examples/Subject01/Subject01_{name}.nii.gz"
        (tmp_path / f"{ours}.nii.gz").write_bytes(source.read_bytes())
    code = main(["analyze", str(tmp_path), "--out", str(tmp_path / "out"), "--trial", "defuse-3", "--json"])
    document = json.loads(capsys.readouterr().out)
    assert code == ExitCode.WITHHELD
    assert document["facts"]["core_ml"]["withheld_by"] == ["adc-high"]
    assert document["facts"]["core_left_ml"]["value"] > 17.0
    assert document["facts"]["core_right_ml"]["value"] == 0.0
    assert document["trials"]["defuse-3"]["decision"] == "undetermined"


def test_a_map_in_10_3_and_a_trace_without_a_b_value(shared):
    """ISLES 2022's sample: skull-stripped, small lesions, no mask beside it."""
    dwi, adc = (
        volume(shared, f"isles22_sub-strokecase0001_ses-0001_{name}.nii.gz") for name in ("dwi", "adc")
    )
    maps, core, _ = measured([Weighted(volume=dwi, b=None)], adc, dwi)
    assert maps.origin == "the scanner's map, in 10^-3 mm2/s as told by its values"
    assert 500.0 < float(np.nanmedian(maps.adc.array[core.brain])) < 1200.0
    assert core.volume_ml == pytest.approx(0.35, abs=0.02)
    assert core.ml(core.mask & core.right) == 0.0
    assert core.before_ml > 20.0
