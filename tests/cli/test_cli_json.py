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
    ("evidence", "agreement", "RATINGS"): {"agreement"},
    ("evidence", "blinding", "GUESSES"): {"blinding"},
    ("evidence", "prisma", "FLOW"): {"prisma"},
    ("evidence", "ris", "RECORDS"): {"search"},
    ("evidence", "check", "REPORT"): {"findings", "checklist", "results"},
    ("evidence", "effect", "--events-1", "31", "--n-1", "100", "--events-2", "13", "--n-2", "102"): {
        *("measure", "method", "estimate", "ci_low", "ci_high", "p", "p_method", "nnt"),
    },
    ("evidence", "interaction", "--trial", "defuse-2", "--kind", "mrs-0-2"): {"measure", "contrast", "p"},
    ("evidence", "interim", "power", "--z", "1.2", "--fraction", "0.5", "--final-z", "1.97"): {
        *("z", "fraction", "to_come", "drift", "conditional_power", "predictive_power"),
    },
    ("evidence", "meta", "STUDIES", "--measure", "RR"): {
        *("measure", "method", "k", "estimate", "ci_low", "ci_high", "p", "pi_low", "pi_high", "beta", "se"),
        *("tau2", "i2", "h2", "q", "q_p"),
    },
    ("evidence", "ordinal", "--trial", "dawn"): {
        *("common_or", "generalized_or", "win_ratio", "proportional_odds_test", "wilcoxon_p", "utility_mrs"),
        *("dichotomies", "n"),
    },
    ("evidence", "pool"): {"pools"},
    ("evidence", "pool", "large-core"): {"pool", "title", "rows", "pooled", "cautions", "printed"},
    ("evidence", "safety", "--rate", "0.053", "--n", "80", "--every", "10", "--seen", "1/80"): {
        *("rule", "rate", "looks", "operating", "seen"),
    },
    ("evidence", "samplesize", "proportions", "--rate-1", "0.31", "--rate-2", "0.127", "--power", "0.8"): {
        *("endpoint", "method", "n_1", "n_2", "n_total", "enrolled_total", "power_attained"),
    },
    ("evidence", "sequential", "--looks", "3", "--power", "0.8", "--z", "1,2"): {
        *("information", "bounds_z", "alpha_spent", "nominal_p", "power", "observed"),
    },
    ("evidence", "survival", "PEOPLE"): {"survival"},
}
SHORT = [words for words in KEYS if words[0] != "analyze"]
ROWS = {
    "assess": "defuse-2\t",
    "compare": "core_ml\t",
    "inspect": "1\tperfusion\tcontent\tCT\t",
    "protocol": "defuse-3",
    "phantom": "scan\t",
    "evidence agreement": "kappa\t",
    "evidence blinding": "james\t",
    "evidence prisma": "screened\t",
    "evidence ris": "r1\t",
    "evidence check": "interval-order\terror\tline 1\t",
    "evidence effect": "RR/katz\t2.43 (95 % 1.35 to 4.37)\t",
    "evidence interaction": "interaction/OR\tratio of ORs 2.11 ",
    "evidence interim": "conditional\ttrend\tdrift 1.6971\t",
    "evidence meta": "pooled\t",
    "evidence ordinal": "common_or\t2.83\t",
    "evidence pool": "large-core\t",
    "evidence safety": "80\t",
    "evidence samplesize": "size\tgroup 1 79\t",
    "evidence sequential": "2\t0.667\t±2.5114\t",
    "evidence survival": "median/all\t",
}
SMALL_FILES = {
    "STUDIES": ("studies.csv", "study,ai,n1i,ci,n2i\na,31,100,13,102\nb,108,230,75,225\n"),
    "REPORT": ("report.txt", "RR 2.43 (95% CI, 4.37 to 1.35)"),
    "RATINGS": ("ratings.csv", "id,a,b\n1,yes,yes\n2,no,no\n3,yes,no\n"),
    "GUESSES": ("guesses.csv", "arm,treatment,control,unknown\nnew,8,3,4\nold,5,6,4\n"),
    "FLOW": (
        "flow.toml",
        "[identified]\ndatabases = { MEDLINE = 9 }\n[removed]\nduplicates = 2\n"
        "[screened]\nn = 7\nexcluded = 4\n"
        "[reports]\nsought = 3\nnot_retrieved = 0\nassessed = 3\nexcluded = { late = 1 }\n"
        "[included]\nstudies = 2\nreports = 2\n",
    ),
    "RECORDS": ("found.ris", "TY  - JOUR\nTI  - An invented report\nER  - \n"),
    "PEOPLE": ("people.csv", "time,event\n3,1\n5,0\n6,1\n"),
}


@pytest.fixture
def filled(scan, tmp_path):
    """Put real paths where a command line has capital words."""
    facts = tmp_path / "facts.json"
    facts.write_text('{"core_ml": 0, "hypoperfused_ml": 40}', encoding="utf-8")
    cases = tmp_path / "cases.csv"
    cases.write_text("id,core_ml\na,10\nb,80\n", encoding="utf-8")
    for name, text in SMALL_FILES.values():
        (tmp_path / name).write_text(text, encoding="utf-8")
    places = {"SCAN": scan, "OUT": tmp_path / "out", "FACTS": facts, "CASES": cases}
    places |= {word: tmp_path / name for word, (name, _) in SMALL_FILES.items()}
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
    start = ROWS[" ".join(words[:2]) if words[0] == "evidence" else words[0]]
    assert any(row.removeprefix("trials/").startswith(start) for row in rows)
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
