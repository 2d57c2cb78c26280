"""`evidence pool`: its document, its rows, its files, its errors, and the commands of its page."""

from __future__ import annotations

import csv
import json
import re

import pytest

from tissueclock.cli.evidence import pool as options
from tissueclock.core.errors import ExitCode
from tissueclock.core.notice import DISCLAIMER
from tissueclock.protocol.pooling.model import OUTCOMES
from tissueclock.protocol.pooling.registry import pools

KEYS = {
    *("pool", "title", "outcome", "illustrative", "recalled_rows", "rows", "left_out", "pooled", "reason"),
    *("left_out_on_request", "cautions", "printed"),
}


@pytest.fixture
def pool(tissueclock):
    return lambda *words: tissueclock("evidence", "pool", *words)


def test_the_pools_are_listed_id_first(pool):
    *rows, last = pool().stdout.splitlines()
    assert [row.split("\t")[0] for row in rows] == list(pools())
    assert last == DISCLAIMER
    document = pool("--json").document
    assert [item["id"] for item in document["pools"]] == list(pools())
    assert len(next(item for item in document["pools"] if item["id"] == "large-core")["trials"]) == 6


@pytest.mark.parametrize("name", ["large-core", "hermes", "rescue-stenting", "late-window"])
def test_the_pools_of_the_issue_have_the_fixed_keys(pool, name):
    document = pool(name, "--json").document
    assert set(document) >= KEYS
    assert (document["pool"]["id"], document["outcome"]) == (name, "mrs-0-2")
    assert document["pooled"]["k"] == len(document["rows"])


@pytest.mark.parametrize("outcome", ["mrs-0-1", "mrs-0-2", "mrs-0-3", "mrs-shift", "death", "sich"])
def test_every_outcome_is_pooled(pool, outcome):
    document = pool("hermes", "--outcome", outcome, "--json").document
    assert document["outcome"] == outcome
    assert document["pooled"]["ci_low"] < document["pooled"]["estimate"] < document["pooled"]["ci_high"]


def test_every_row_is_shown_with_its_source_and_confidence(pool):
    shown = pool("hermes", "--outcome", "sich").stdout
    assert re.search(r"^escape\t6 of 165\t4 of 150\trecalled\tmemory; what else is known", shown, re.M)
    assert re.search(
        r"^mr-clean\t18 of 233\t17 of 267\trecalled\t.*\tworked out from percentages$", shown, re.M
    )
    assert shown.startswith(
        "hermes\tThe five HERMES trials of 2015: symptomatic intracranial haemorrhage (illustrative, "
    )
    assert (
        "caution\tthe trial's definition of a symptomatic haemorrhage was not read for 5 of 5 rows" in shown
    )


def test_what_is_left_out_is_said(pool):
    shown = pool("large-core", "--outcome", "sich", "--trial", "select2", "--trial", "tension").stdout
    assert (
        "left out\tlaste\tonly percentages are known, 9.6 % and 5.7 %: no counts are made of them\n" in shown
    )
    assert "left out\ton request\trescue-japan-limit, angel-aspect, tesla\n" in shown


def test_extras_come_when_they_are_asked_for(pool):
    words = ("--bias", "--leave-one-out", "--cumulative", "--knapp-hartung", "--level", "0.9")
    document = pool("large-core", *words, "--json").document
    assert {"bias", "leave_one_out", "cumulative"} <= set(document)
    assert (document["pooled"]["test"], document["pooled"]["level"]) == ("knapp-hartung", 0.9)
    assert [item["at"] for item in document["cumulative"]] == ["2022", "2023", "2023", "2023", "2024", "2024"]
    assert not {"bias", "leave_one_out", "cumulative"} & set(pool("large-core", "--json").document)


def test_groups_are_subtotals(pool):
    document = pool("rescue-stenting", "--outcome", "death", "--json").document
    assert [item["group"] for item in document["subgroups"]["groups"]] == [
        "Anterior, observational",
        "Basilar, observational",
        "Mixed, randomised",
    ]


def test_the_files_hold_what_was_printed(pool, tmp_path):
    shown = pool("late-window", "--outcome", "sich", "--leave-one-out", "--out", tmp_path)
    name = "pool-late-window-sich"
    parts = ("forest", "funnel", "leave-one-out")
    pictures = {f"{name}-{part}.{kind}" for part in parts for kind in ("svg", "png")}
    assert {path.name for path in tmp_path.iterdir()} == {
        f"{name}.json", f"{name}.txt", f"{name}-rows.csv", *pictures
    }  # fmt: skip
    assert (tmp_path / f"{name}.txt").read_text(encoding="utf-8") == shown.stdout
    document = json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))
    assert document["disclaimer"] == DISCLAIMER
    with (tmp_path / f"{name}-rows.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == ["dawn", "defuse-3", "mr-clean-late"]
    assert float(rows[0]["estimate"]) == document["rows"][0]["estimate"]
    assert (rows[0]["derived"], rows[2]["after_h"]) == ("yes", "")
    svg = (tmp_path / f"{name}-forest.svg").read_text(encoding="utf-8")
    assert document["title"].split(":")[0] in svg


def test_without_a_pooled_effect_there_are_no_figures(pool, tmp_path):
    pool("rescue-stenting", "--outcome", "recanalisation", "--out", tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".txt", ".csv"}


USAGE = {
    "an unknown pool": (("nope",), "there is no pool 'nope'. Known: early-window, hermes"),
    "an unknown outcome": (("hermes", "--outcome", "nihss"), "--outcome"),
    "an outcome of others": (("hermes", "--outcome", "recanalisation"), "has no outcome 'recanalisation'"),
    "a trial of others": (("hermes", "--trial", "dawn"), "'dawn' is not in the pool 'hermes'"),
    "an unknown method": (("hermes", "--method", "XX"), "there is no method 'XX'"),
    "an unknown measure": (("hermes", "--measure", "XX"), "no measure 'XX'"),
    "a measure of one group": (("hermes", "--measure", "PLO"), "does not compare two groups"),
    "a shift as a risk": (
        ("hermes", "--outcome", "mrs-shift", "--measure", "RR"),
        "a common odds ratio, not RR",
    ),
    "counts of a shift": (("hermes", "--outcome", "mrs-shift", "--method", "MH"), "method MH needs counts"),
    "a level in percent": (("hermes", "--level", "95"), "no share between 0 and 1"),
    "a word as level": (("hermes", "--level", "all"), "no share between 0 and 1"),
    "ad hoc alone": (("hermes", "--ad-hoc"), "--ad-hoc was given alone"),
    "an outcome of no pool": (("--outcome", "sich"), "--outcome was given without a pool"),
    "a test of no pool": (("--knapp-hartung",), "--knapp-hartung was given without a pool"),
    "a folder of no pool": (("--out", "x"), "--out was given without a pool"),
}


@pytest.mark.parametrize(("words", "found"), USAGE.values(), ids=USAGE)
def test_wrong_usage(pool, words, found):
    shown = pool(*words)
    assert (shown.code, shown.stdout) == (ExitCode.USAGE, "")
    assert found in shown.sentence


@pytest.mark.parametrize("as_json", [(), ("--json",)], ids=["text", "json"])
def test_a_pool_without_two_rows_is_refused(pool, as_json):
    shown = pool("late-thrombolysis", "--outcome", "death", *as_json)
    assert shown.code == ExitCode.INPUT
    assert "late-thrombolysis: one study has counts of 'death': nothing can be pooled" in shown.sentence
    if as_json:
        assert shown.document["error"]["code"] == ExitCode.INPUT


def test_an_error_of_the_folder_is_a_sentence(pool, tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    shown = pool("hermes", "--out", tmp_path / "file")
    assert (shown.code, shown.stdout) == (ExitCode.USAGE, "")
    assert "'file' is a file" in shown.sentence


def test_the_options_are_those_of_the_code():
    assert set(options.OUTCOMES) == set(OUTCOMES)


# --- the page of the reference -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(checkout):
    return (checkout / "docs" / "reference" / "evidence-pool.md").read_text(encoding="utf-8")


def test_what_the_page_shows_is_what_is_printed(page, tissueclock):
    shown = re.findall(r"```\n\$ tissueclock (.*?)\n(.*?)```", page, re.DOTALL)
    assert len(shown) == 2
    for words, text in shown:
        assert tissueclock(*words.split()).stdout == text


def test_every_command_of_the_table_gives_what_stands_beside_it(page, pool):
    lines = re.findall(r"^\| `([a-z-]+ --outcome [^`]+)` \| [^|]+ \| ([^|]+) \| ([^|]*) ?\|$", page, re.M)
    assert len(lines) == 15
    for words, here, _ in lines:
        found = pool(*words.split(), "--json").document["pooled"]
        numbers = (found["estimate"], found["ci_low"], found["ci_high"])
        estimate, low, high = (f"{number:.2f}" for number in numbers)
        assert f"{estimate} ({low}-{high}), {found['i2']:.0f} %" == here, words


def test_a_target_that_is_not_met_has_a_reason(page):
    lines = re.findall(r"^\| `[a-z-]+ --outcome [^`]+` \| ([^|]+) \| ([^|]+) \| ([^|]*) ?\|$", page, re.M)
    for target, here, why in lines:
        assert here.startswith(target) == (not why.strip()), target


def test_the_code_of_the_page_runs(page, capsys):
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    exec(compile(code, "page", "exec"), {})
    assert capsys.readouterr().out.startswith("Thrombectomy of a stroke with a large core")


def test_the_page_names_every_pool(page):
    assert re.findall(r"^\| `([a-z-]+)` \| .* \| .* \|$", page, re.M)[:6] == [
        *("large-core", "hermes", "late-window", "early-window", "late-thrombolysis", "rescue-stenting")
    ]
    assert all(f"| `{name}` |" in page for name in pools())
