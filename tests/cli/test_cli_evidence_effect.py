"""`evidence effect`: the fixed keys, every way of giving counts, figures, and wrong usage."""

from __future__ import annotations

import csv
import json

import pytest
from scipy.stats import beta

from tissueclock.core.errors import ExitCode
from tissueclock.core.notice import DISCLAIMER

EFFECT = ("evidence", "effect")
LIMIT = ("--events-1", 31, "--n-1", 100, "--events-2", 13, "--n-2", 102)
FIXED = {"measure", "method", "estimate", "ci_low", "ci_high", "p", "p_method", "nnt"}
STRATA = "stratum,events_1,n_1,events_2,n_2\nyoung,18,48,9,50\nold,13,52,4,52\n"


@pytest.fixture
def effect(tissueclock):
    return lambda *words: tissueclock(*EFFECT, *words)


@pytest.fixture
def strata(tmp_path):
    path = tmp_path / "strata.csv"
    path.write_text(STRATA, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("words", "method", "numbers"),
    [
        ((), "katz", (2.4323, 1.3538, 4.3701)),
        (("--measure", "OR"), "woolf", (3.0758, 1.4973, 6.3184)),
        (("--measure", "RD"), "wald", (0.18255, 0.07117, 0.29393)),
        (("--measure", "RD", "--method", "newcombe"), "newcombe", (0.18255, 0.06890, 0.29169)),
        (("--measure", "RD", "--method", "wilson"), "newcombe", (0.18255, 0.06890, 0.29169)),
        (("--measure", "RD", "--method", "mn"), "mn", (0.18255, 0.07002, 0.29452)),
        (("--measure", "OR", "--method", "exact"), "exact", (3.05871, 1.42801, 6.87736)),
    ],
)
def test_the_fixed_keys_hold_the_published_numbers(effect, words, method, numbers):
    shown = effect(*LIMIT, *words, "--json")
    assert shown.code == 0, shown.stderr
    found = shown.document
    assert set(found) >= FIXED
    assert found["method"] == method
    assert [found[key] for key in ("estimate", "ci_low", "ci_high")] == pytest.approx(numbers, rel=1e-4)
    assert found["p"] == pytest.approx(0.00167408, rel=1e-5)
    assert found["nnt"] == pytest.approx(5.47798, rel=1e-5)


def test_the_rows_say_the_numbers_and_how_they_were_made(effect):
    rows = effect(*LIMIT, "--measure", "RR").stdout.splitlines()
    assert rows[0] == "RR/katz\t2.43 (95 % 1.35 to 4.37)\tKatz: Wald on the log scale"
    assert rows[1] == "p\t0.0017\tPearson chi-square, uncorrected"
    assert rows[2] == "nnt\tNNTB 5.5 (3.4 to 14.1)\t1/RD, wald interval; the event is favourable"
    assert rows[3] == "group-1\t31/100, 31.0 % (95 % 22.8 to 40.6, wilson)"
    assert rows[-1] == DISCLAIMER


def test_the_unfavourable_event_and_the_level_are_passed_on(effect):
    found = effect(*LIMIT, "--event", "unfavourable", "--level", "0.9", "--json").document
    assert (found["event"], found["level"]) == ("unfavourable", 0.9)
    assert found["nnt"] == pytest.approx(-5.47798, rel=1e-5)
    assert found["ci_low"] > 1.36


def test_zero_cells_by_rule(effect):
    counts = ("--events-1", 10, "--n-1", 10, "--events-2", 6, "--n-2", 10, "--json")
    assert effect(*counts).document["estimate"] == pytest.approx(10 / 6)
    escalc = effect(*counts, "--zero-cells", "escalc").document
    assert (escalc["added_to_cells"], escalc["estimate"]) == (0.5, pytest.approx(10.5 / 6.5))
    refused = effect(*counts, "--measure", "OR", "--zero-cells", "never")
    assert refused.code == ExitCode.INPUT
    assert "10/10 v 6/10: the method woolf has no interval for it" in refused.sentence


def test_nobody_with_the_event_gives_null_with_its_reason(effect):
    found = effect("--events-1", 0, "--n-1", 40, "--events-2", 0, "--n-2", 41, "--json").document
    assert (found["p"], found["nnt"]) == (None, None)
    assert found["estimate"] == pytest.approx(0.5 / 41 / (0.5 / 42))
    mn = effect(
        "--events-1", 0, "--n-1", 40, "--events-2", 0, "--n-2", 41, "--method", "mn", "--json"
    ).document
    assert (mn["estimate"], mn["ci_low"], mn["ci_high"], mn["infinite"]) == (None, 0.0, None, ["ci_high"])


def test_every_method_and_the_unconditional_tests(effect):
    found = effect(*LIMIT, "--all", "--unconditional", "--json").document
    assert {item["measure"] for item in found["methods"]} == {"RR", "OR", "RD"}
    assert {"barnard", "boschloo"} <= {test["name"] for test in found["tests"]}
    rows = effect(*LIMIT, "--all").stdout.splitlines()
    assert sum(row.startswith(("RR/", "OR/", "RD/")) for row in rows) == 1 + len(found["methods"])


def test_the_folder_holds_a_figure_a_table_and_the_document(effect, tmp_path):
    out = tmp_path / "out"
    assert effect(*LIMIT, "--out", out).code == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "effect.csv",
        "effect.json",
        "effect.png",
        "effect.svg",
    ]
    rows = list(csv.DictReader((out / "effect.csv").read_text("utf-8").splitlines()))
    assert float(rows[0]["ci_high"]) == pytest.approx(4.3701, rel=1e-4)
    assert json.loads((out / "effect.json").read_text("utf-8"))["disclaimer"] == DISCLAIMER
    svg = (out / "effect.svg").read_text("utf-8")
    assert "31/100 v 13/102" in svg
    assert "2.43 (1.35 to 4.37)" in svg
    again = tmp_path / "again"
    effect(*LIMIT, "--out", again)
    assert (again / "effect.svg").read_bytes() == (out / "effect.svg").read_bytes()


@pytest.mark.parametrize("counts", [(0, 40, 0, 41), (3, 40, 0, 41), (40, 40, 41, 41), (1, 1, 0, 1)], ids=str)
def test_a_figure_of_open_ends_is_drawn(effect, tmp_path, counts):
    names = ("--events-1", "--n-1", "--events-2", "--n-2")
    words = [word for pair in zip(names, counts, strict=True) for word in pair]
    assert effect(*words, "--out", tmp_path / "out").code == 0
    svg = (tmp_path / "out" / "effect.svg").read_text("utf-8")
    assert "∞" in svg
    assert "nan" not in svg.lower()


def test_one_proportion(effect, tmp_path):
    found = effect("--measure", "P", "--events-1", 3, "--n-1", 40, "--method", "exact", "--json").document
    assert set(found) >= FIXED
    assert (found["method"], found["p"]) == ("exact", None)
    low, high = beta.ppf(0.025, 3, 38), beta.ppf(0.975, 4, 37)
    assert (found["ci_low"], found["ci_high"]) == pytest.approx((low, high), rel=1e-9)
    shown = effect("--measure", "P", "--events-1", 3, "--n-1", 40, "--all", "--out", tmp_path / "p")
    assert sum(row.startswith("P/") for row in shown.stdout.splitlines()) == 11
    assert sorted(path.name for path in (tmp_path / "p").iterdir()) == ["effect.csv", "effect.json"]


def test_strata_are_pooled_tested_and_listed(effect, strata, tmp_path):
    found = effect("--strata", strata, "--measure", "OR", "--all", "--json").document
    assert set(found) >= FIXED
    assert (found["method"], found["p_method"][:15]) == ("mantel-haenszel", "Cochran-Mantel-")
    assert [row["stratum"] for row in found["strata"]] == ["young", "old"]
    assert {test["name"] for test in found["homogeneity"]} == {"breslow-day", "tarone", "woolf"}
    assert {item["method"] for item in found["methods"]} == {"mantel-haenszel", "mn", "exact", "midp"}
    exact = effect("--strata", strata, "--measure", "OR", "--method", "exact", "--json").document
    assert exact["estimate"] == pytest.approx(found["estimate"], rel=0.02)
    shown = effect("--strata", strata, "--out", tmp_path / "s")
    assert "stratum/young\t18/48 v 9/50" in shown.stdout
    assert "2 strata, 31/100 v 13/102" in (tmp_path / "s" / "effect.svg").read_text("utf-8")


def test_pairs(effect):
    found = effect("--pairs", "20,12,5,63", "--measure", "RD", "--json").document
    assert set(found) >= FIXED
    assert found["estimate"] == pytest.approx(0.07)
    assert found["p"] == pytest.approx(0.08955507, rel=1e-6)
    assert "mcnemar-exact" in {test["name"] for test in found["tests"]}


WRONG = {
    "counts that do not add up": (
        (*LIMIT[:3], 30, *LIMIT[4:]),
        ExitCode.INPUT,
        "31 events among 30 patients",
    ),
    "a count that is missing": (LIMIT[:6], ExitCode.USAGE, "--n-2 is missing"),
    "no counts": ((), ExitCode.USAGE, "--events-1 is missing"),
    "an unknown method": (
        (*LIMIT, "--method", "magic"),
        ExitCode.USAGE,
        "no method 'magic' of the risk ratio",
    ),
    "a level in percent": ((*LIMIT, "--level", "95"), ExitCode.USAGE, "'95' is no level between 0 and 1"),
    "a level in words": ((*LIMIT, "--level", "high"), ExitCode.USAGE, "'high' is no level"),
    "half a patient": (("--events-1", "1.5"), ExitCode.USAGE, "--events-1"),
    "two groups as one": (
        (*LIMIT, "--measure", "P"),
        ExitCode.USAGE,
        "--events-2 was given with --measure P",
    ),
    "pairs and counts": ((*LIMIT, "--pairs", "1,2,3,4"), ExitCode.USAGE, "--events-1 was given with --pairs"),
    "three pairs": (("--pairs", "1,2,3"), ExitCode.USAGE, "four whole numbers"),
    "pairs of the wrong measure": (("--pairs", "1,2,3,4"), ExitCode.USAGE, "pairs have the measures OR"),
    "strata that are not there": (("--strata", "none.csv"), ExitCode.USAGE, "there is no such file"),
}


@pytest.mark.parametrize(("words", "code", "found"), WRONG.values(), ids=WRONG)
def test_wrong_usage_is_a_sentence(effect, words, code, found):
    shown = effect(*words)
    assert shown.code == code
    assert found in shown.sentence


BAD_STRATA = {
    "nothing": ("", "it holds no rows"),
    "titles only": ("stratum,events_1,n_1,events_2,n_2\n", "it holds no rows"),
    "a missing column": (
        "stratum,events_1,n_1,events_2\na,1,2,3\n",
        "no column 'n_2'. Its columns are: stratum",
    ),
    "a column twice": (STRATA.replace("events_2", "events_1"), "the column 'events_1' comes twice"),
    "a column without title": (STRATA.replace("events_2", ""), "column 4 has no title"),
    "a word": (STRATA.replace("18", "many"), "line 2: 'events_1' is 'many'"),
    "too many events": (STRATA.replace("18", "49"), "line 2, group 1: 49 events among 48 patients"),
    "a name twice": (STRATA.replace("old", "young"), "the stratum 'young' is given twice"),
    "a cell too many": (STRATA.replace("18", "1,8"), "line 2: it has 6 cells under 5 titles"),
    "an open quotation": (STRATA.replace("18", '"18'), "not valid CSV"),
}


@pytest.mark.parametrize(("text", "found"), BAD_STRATA.values(), ids=BAD_STRATA)
def test_bad_strata_are_refused_with_their_line(effect, strata, text, found):
    strata.write_text(text, encoding="utf-8")
    shown = effect("--strata", strata)
    assert shown.code == ExitCode.INPUT
    assert "strata.csv" in shown.sentence
    assert found in shown.sentence


def test_strata_in_another_encoding_are_refused(effect, strata):
    strata.write_bytes(STRATA.replace("young", "junge Männer").encode("latin-1"))
    shown = effect("--strata", strata)
    assert (shown.code, "not UTF-8 text" in shown.sentence) == (ExitCode.INPUT, True)
    assert effect("--strata", strata, "--measure", "P").code == ExitCode.USAGE
