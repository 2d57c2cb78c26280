"""The diffusion suite through the command: five cases, once; they say nothing about accuracy.

Over 10 s: five digital heads are drawn, a perfusion run is measured, and four registrations are done.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tissueclock.bench.diffusion import suite
from tissueclock.bench.diffusion.draws import with_core
from tissueclock.bench.diffusion.scene import PRESETS, Seen, imaged, mr_preset, true_mask
from tissueclock.cli.main import main


@dataclass
class Run:
    folder: Path
    page: Path
    document: dict


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    folder = tmp_path_factory.mktemp("diffusion")
    out, page = folder / "out", folder / "validation-diffusion.md"
    words = ["bench", "--suite", "diffusion", "--quick", "--out", str(out), "--page", str(page)]
    assert main(words) == 0
    return Run(out, page, json.loads((out / "results.json").read_text(encoding="utf-8")))


def test_every_part_has_a_case_and_a_table(quick):
    document = quick.document
    assert [case["part"] for case in document["cases"]] == [
        "core", "negative", "registration", "flair", "classes",
    ]  # fmt: skip
    assert {item["part"] for item in document["tables"]} == {case["part"] for case in document["cases"]}
    assert "Research use only" in document["disclaimer"]
    assert document["command"] == "tissueclock bench --suite diffusion --quick"


def test_the_numbers_are_of_the_images(quick):
    """Not how good they are: that they are volumes, motions and ratios of what was drawn."""
    core, negative, registration, flair, classes = quick.document["cases"]
    assert core["limits"]["600"]["true_ml"] <= core["limits"]["620"]["true_ml"] < core["acute_ml"]
    assert negative["before_ml"]["620"] >= negative["before_ml"]["600"] > 0
    assert registration["perfusion"]["moved_mm"] > registration["perfusion"]["error_mm"]
    assert 0 < flair["compared_ml"] < 1.5 * flair["lesion_ml"]  # counted on FLAIR's own voxels
    assert len(classes["patients"]) == 10
    assert "Tmax > 10 s of 100 mL" in {patient["edge"] for patient in classes["patients"]}


def test_a_finished_run_is_not_run_again_and_json_is_one_document(quick, capsys, monkeypatch):
    monkeypatch.setattr(suite, "measure_case", lambda case: pytest.fail(f"{case.id} was run again"))
    words = ["bench", "--suite", "diffusion", "--quick", "--out", str(quick.folder), "--json"]
    assert main(words) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["diffusion"] == quick.document
    assert "Research use only" in printed["disclaimer"]


def test_the_page_is_made_of_the_results_and_nothing_else(quick):
    text = quick.page.read_text(encoding="utf-8")
    for goal in quick.document["goals"]:
        assert goal["what"] in text
    assert "Seeds: core 60700; negative 60102;" in text


def test_the_folder_of_another_suite_is_refused(quick, capsys):
    assert main(["bench", "--quick", "--out", str(quick.folder)]) == 2
    assert "the run of other code (diffusion, " in capsys.readouterr().err


def test_the_suite_has_no_full_level(capsys):
    assert main(["bench", "--suite", "diffusion", "--full"]) == 2
    assert "it belongs to --suite accuracy" in capsys.readouterr().err


def test_the_true_mask_is_what_the_phantom_counts():
    drawn = with_core(61_501)
    made = imaged(drawn, flair=False)
    for limit, name in PRESETS:
        assert mr_preset(name).mr.adc_core.limit_adc == limit
        ml = np.count_nonzero(true_mask(made, limit)) * made.low.grid.voxel_ml
        assert ml == pytest.approx(made.truth.rule_ml[limit])
    assert np.array_equal(true_mask(made, 620.0), made.truth.rule.array)
    core = Seen.of(made, mr_preset("defuse-2")).core(mr_preset("defuse-2"))
    assert core.volume_ml > 0
