"""The benchmark: it measures what it says, on seeds that the tests do not use."""

import json

import pytest

from tissueclock.bench import accuracy as bench
from tissueclock.bench.cases import CASES, Case
from tissueclock.cli.commands.bench import _FIRST_SEED
from tissueclock.cli.main import main
from tissueclock.phantom.head import head_grid
from tissueclock.phantom.patient import digital_patient


@pytest.fixture
def short(monkeypatch):
    """Two of the cases on a coarse grid, to keep the tests short."""
    chosen = tuple(case for case in CASES if case.name in ("no-stroke", "dsc"))
    coarse = head_grid(in_plane=80, spacing_mm=2.9, slices=8, slice_spacing_mm=12.0)
    monkeypatch.setattr(bench, "CASES", chosen)
    monkeypatch.setattr(bench, "digital_patient", lambda stroke, how, _: digital_patient(stroke, how, coarse))


def test_names_are_unique_and_one_thing_differs():
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
    plain = Case("plain")
    usual = [case for case in CASES if case.grid is None]
    changed = [(case.stroke != plain.stroke) + (case.acquisition != plain.acquisition) for case in usual]
    assert changed.count(0) == 1
    assert max(changed) == 1


def test_json_holds_every_seed(short, capsys):
    assert main(["bench", "--repeats", "3", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["disclaimer"]
    rows = {row["case"]: row for row in document["accuracy"]}
    assert rows["no-stroke"]["tmax6_ml"] == [0.0, 0.0, 0.0]
    assert rows["no-stroke"]["sides_right"] == 3
    assert rows["dsc"]["core_ml"] == []
    assert rows["dsc"]["true_tmax6_ml"] == pytest.approx(98, rel=0.01)
    assert len(set(rows["dsc"]["tmax6_ml"])) >= 2  # whole voxels may agree by chance
    assert rows["dsc"]["tmax6_ml"] == pytest.approx([98.0] * 3, rel=0.1)


def test_lines_say_the_same_as_the_json(short, capsys):
    assert main(["bench", "--repeats", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("no-stroke\tcore_ml true 0.0, measured 0.0 (0.0 to 0.0)\t")
    assert lines[1].startswith("dsc\tcore_ml -\ttmax6_ml true 98.0, measured ")
    assert "side 1/1" in lines[1]


def test_no_repeats_is_wrong_usage(capsys):
    assert main(["bench", "--repeats", "0"]) == 2
    assert "--repeats is 0" in capsys.readouterr().err


def test_seeds_lie_above_those_of_the_tests():
    assert _FIRST_SEED > 100
