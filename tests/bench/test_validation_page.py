"""The page: generated, current, complete, and honest about what it is."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path

import pytest
from PIL import Image

from tissueclock.bench.validation.page import page_of
from tissueclock.bench.validation.pictures import picture
from tissueclock.bench.validation.published import PATIENT_RESULTS, PHANTOM_RESULTS
from tissueclock.bench.validation.rows import Level
from tissueclock.bench.validation.summary import DRAWN, results_text, table
from tissueclock.bench.validation.table import rows
from tissueclock.bench.validation.verdicts import ANSWERS

LARGEST_PICTURES_BYTES = 300_000


@pytest.fixture(scope="module")
def results(checkout: Path):
    return json.loads((checkout / "validation" / "results.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def text(checkout: Path) -> str:
    return (checkout / "docs" / "explanation" / "validation.md").read_text(encoding="utf-8")


def test_the_page_is_what_the_results_give(results, text):
    assert page_of(results, "validation") == text, (
        "run: tissueclock bench --suite accuracy --out validation --page docs/explanation/validation.md"
    )


def test_the_files_of_the_run_are_what_the_results_give(checkout: Path, results):
    folder = checkout / "validation"
    assert (folder / "results.csv").read_text(encoding="utf-8") == table(results)
    assert (folder / "results.json").read_text(encoding="utf-8") == results_text(results)


def test_the_page_shows_every_row_of_the_run_and_every_question(results, text):
    shown = set(re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE))
    assert {row["name"] for row in results["rows"]} <= shown
    assert set(ANSWERS) <= shown
    assert {item["what"] for item in results["targets"]} <= shown


def test_the_run_is_the_whole_level(results):
    level = Level[results["level"].upper()]
    wanted = {row.name for row in rows(level) if row.group not in DRAWN}
    assert {row["name"] for row in results["rows"]} == wanted
    assert {group["name"] for group in results["groups"]} >= set(DRAWN)


def test_the_page_says_that_patients_are_digital_and_gives_its_seeds(results, text):
    assert "**Digital patients only. There is no in-vivo validation.**" in text
    assert "Research use only" in text
    assert all(value in text for value in results["seeds"].values())
    assert results["command"] in text


def test_every_published_number_has_its_source_and_what_is_comparable(text):
    for item in (*PHANTOM_RESULTS, *PATIENT_RESULTS):
        assert re.search(r"doi 10\.|PMC\d|comparison", item.source), item
        assert item.comparable
        assert f"| {item.whose} | {item.result} | {item.against} | {item.source} |" in text


def test_pictures_exist_and_are_small(checkout: Path, results, text):
    folder = checkout / "docs" / "explanation"
    named = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)
    assert len(named) == len(results["worst"]) == 3
    assert sum((folder / name).stat().st_size for name in named) < LARGEST_PICTURES_BYTES
    assert {path.name for path in (folder / "validation").iterdir()} == {Path(name).name for name in named}


def test_a_miss_is_shown_as_one(results):
    worse = copy.deepcopy(results)
    target = next(item for item in worse["targets"] if item["met"])
    target["met"] = False
    assert page_of(worse, "x").count("**no**") == page_of(results, "x").count("**no**") + 1


def test_what_was_refused_or_never_measured_is_shown(results):
    worse = copy.deepcopy(results)
    row = next(row for row in worse["rows"] if row["kind"] == "patient")
    row["refused"], row["core"], row["dice_core"] = 1, None, None
    worse["targets"][0]["found"] = worse["targets"][0]["met"] = None
    page = page_of(worse, "x")
    assert f"{row['cases']} (1 refused)" in page
    assert "not measured" in page


def test_a_picture_shows_what_was_missed_in_slices_beside_each_other(tiny_case, tmp_path):
    case = tiny_case("core-70-ml")
    content = picture(case.row, case.seed, "largest error of the core")
    (tmp_path / "x.png").write_bytes(content)
    with Image.open(tmp_path / "x.png") as image:
        assert image.mode == "P"
        assert image.width > 3 * image.height
        seen = image.convert("RGB").getcolors(10_000)
    colours = {colour for _, colour in seen}
    assert any(blue > red + 100 for red, _, blue in colours), "missed tissue is blue"
    assert any(red > blue + 100 for red, _, blue in colours), "what was found too much is orange"
    assert any(green > red + 30 and green > blue + 20 for red, green, blue in colours), "the rest is green"
    assert len(content) < 100_000
