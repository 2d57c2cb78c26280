"""With --json every command prints one document on stdout and everything else on stderr.

Those of `demo`, `bench` and `phantom patient` are checked where these are run: in tests/pipeline,
tests/bench and test_cli_phantom.
"""

from __future__ import annotations

import json
import re

import pytest

from tissueclock.cli.table import COMMANDS
from tissueclock.core.notice import DISCLAIMER
from tissueclock.protocol.registry import profiles, protocols

KEYS = {
    ("analyze", "SCAN", "--out", "OUT"): {"schema", "facts", "profiles", "trials", "quality", "curves"},
    ("assess", "--facts", "FACTS"): {"facts", "profiles", "profile_details", "trials"},
    ("compare", "CASES", "CASES"): {"compare"},
    ("inspect", "SCAN"): {"series", "left_out"},
    ("protocol", "list"): {"trials", "profiles"},
    ("protocol", "show", "defuse-3"): {"id", "title", "citation", "as_of", "digest", "criteria"},
    ("protocol", "lint"): {"findings"},
    ("phantom", "kudo", "--tile", "1", "--out", "OUT"): {"out", "truth"},
}
SHORT = [words for words in KEYS if words[0] != "analyze"]
ROWS = {
    "assess": "defuse-2\t",
    "compare": "core_ml\t",
    "inspect": "1\tperfusion\tcontent\tCT\t",
    "protocol": "defuse-3",
    "phantom": "scan\t",
}


@pytest.fixture
def filled(scan, tmp_path):
    """Put real paths where a command line has capital words."""
    facts = tmp_path / "facts.json"
    facts.write_text('{"core_ml": 0, "hypoperfused_ml": 40}', encoding="utf-8")
    cases = tmp_path / "cases.csv"
    cases.write_text("id,core_ml\na,10\nb,80\n", encoding="utf-8")
    places = {"SCAN": scan, "OUT": tmp_path / "out", "FACTS": facts, "CASES": cases}
    return lambda words: [places.get(word, word) for word in words]


def test_every_command_is_asked():
    assert {words[0] for words in KEYS} | {"demo", "bench"} == {command.name for command in COMMANDS}


@pytest.mark.parametrize("words", KEYS, ids=lambda words: " ".join(words[:2]))
def test_the_document_is_one_and_finite(tissueclock, filled, words):
    shown = tissueclock(*filled(words), "--json")
    assert shown.code == 0, shown.stderr
    assert KEYS[words] | {"disclaimer"} <= set(shown.document)
    assert json.loads(shown.stdout) == shown.document
    assert shown.stdout.endswith("}\n")


@pytest.mark.parametrize("words", SHORT, ids=lambda words: " ".join(words[:2]))
def test_the_text_is_plain_rows_with_the_disclaimer_last(tissueclock, filled, words):
    shown = tissueclock(*filled(words))
    *rows, last = shown.stdout.splitlines()
    assert (shown.code, last) == (0, DISCLAIMER)
    assert any(row.removeprefix("trials/").startswith(ROWS[words[0]]) for row in rows)
    assert all(row.strip() for row in rows)
    assert not re.search(r"\x1b|\r", shown.stdout + shown.stderr)


def test_an_infinite_ratio_is_no_infinity(tissueclock, filled):
    ratio = tissueclock(*filled(("assess", "--facts", "FACTS", "--json"))).document["facts"]["mismatch_ratio"]
    assert (ratio["value"], ratio["infinite"]) == (None, True)


@pytest.mark.parametrize(("name", "code"), [("scan", 0), ("wide_scan", 4)])
def test_the_rows_of_an_analysis_start_with_the_headline_and_end_with_the_report(
    tissueclock, request, tmp_path, name, code
):
    shown = tissueclock("analyze", request.getfixturevalue(name), "--out", tmp_path)
    headline, *rows, last = shown.stdout.splitlines()
    mark = r" \(withheld\)" if code else ""
    ml = rf"\d+ mL{mark}"
    assert re.fullmatch(rf"CBF<30% {ml} \| Tmax>6s {ml} \| mismatch {ml} \| ratio \d+\.\d{mark}", headline)
    checks = [row for row in rows if row.startswith("  ")]
    rows = [row for row in rows if row not in checks]
    assert [row.split("\t")[0] for row in rows] == ["quality", *profiles(), *protocols(), "report"]
    assert any(row.split("\t")[1] == "fail" for row in checks) == (code == 4)
    assert (shown.code, rows[0] == "quality\tfail", last) == (code, code == 4, DISCLAIMER)
    assert rows[-1] == f"report\t{tmp_path / 'report.html'}"
    assert shown.stderr.splitlines()[0] == "reading the scan"
    assert shown.stderr.splitlines()[-1] == "writing the report"
    assert not re.search(r"\x1b|\r", shown.stdout + shown.stderr)
