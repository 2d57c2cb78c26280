"""The page of `evidence ordinal`: every output that it shows is printed again, and its Python is run."""

from __future__ import annotations

import json
import re
import shlex

import pytest

NAMES = ("arm", "mrs", "age", "nihss", "aspects", "sexm", "site")


@pytest.fixture(scope="module")
def page(checkout):
    return (checkout / "docs" / "reference" / "evidence-ordinal.md").read_text("utf-8")


@pytest.fixture
def patients(checkout, tmp_path, monkeypatch):
    """The synthetic patients of R's case as the CSV that the page speaks of."""
    case = json.loads((checkout / "tests" / "cases" / "ord_patient_level.json").read_text("utf-8"))["inputs"]
    rows = (",".join(str(case[name][place]) for name in NAMES) for place in range(len(case["mrs"])))
    (tmp_path / "patients.csv").write_text("\n".join([",".join(NAMES), *rows]) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def test_the_outputs_are_those_of_the_commands(tissueclock, page, patients):
    shown = re.findall(r"^```\n\$ tissueclock (.+)\n((?:.+\n)+)```$", page, re.MULTILINE)
    assert len(shown) == 2
    for command, output in shown:
        assert tissueclock(*shlex.split(command)).stdout == output


def test_the_python_prints_what_is_shown(page, capsys):
    (code,) = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (output,) = re.findall(r"^```text\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    exec(code, {})
    assert capsys.readouterr().out == output


def test_the_numbers_of_the_published_table_are_ours(tissueclock, page):
    row = r"^\| `([\w-]+)( --merge-5-6)?` \| `(\w+)` \| ([\d.]+) \(([\d.]+) to ([\d.]+)\)"
    rows = re.findall(row, page, re.MULTILINE)
    assert len(rows) == 8
    for trial, merged, key, *numbers in rows:
        words = ("--trial", trial, *([merged.strip()] if merged else []), "--json")
        found = tissueclock("evidence", "ordinal", *words).document[key]
        ours = [found[name] for name in ("estimate", "ci_low", "ci_high")]
        assert ours == pytest.approx([float(number) for number in numbers], abs=0.005 + 1e-9), trial
