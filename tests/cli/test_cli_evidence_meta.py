"""`evidence meta`: its document, its rows, its files, its errors."""

from __future__ import annotations

import csv
import json
import re

import pytest

from tissueclock.cli.evidence import meta as options
from tissueclock.core.errors import ExitCode
from tissueclock.core.notice import DISCLAIMER
from tissueclock.evidence.meta.convention import CONVENTIONS
from tissueclock.evidence.meta.glmm.fit import ODDS_RATIO_MODELS
from tissueclock.evidence.meta.pool import TAU2_INTERVALS

TWO_ARMS = (
    "study,ai,n1i,ci,n2i,year,site\nRESCUE-Japan LIMIT,31,100,13,102,2022,east\n"
    "ANGEL-ASPECT,108,230,75,225,2023,east\nSELECT2,67,177,32,171,2023,west\n"
)
ONE_ARM = "study,xi,ni\na,0,18\nb,2,40\nc,5,62\nd,9,100\n"
EFFECTS = "study,yi,vi\na,0.2,0.04\nb,0.5,0.02\nc,0.1,0.09\n"
FIXED_KEYS = {
    *("measure", "method", "k", "estimate", "ci_low", "ci_high", "p", "pi_low", "pi_high", "beta", "se"),
    *("tau2", "i2", "h2", "q", "q_p"),
}


@pytest.fixture
def pooled(tissueclock, tmp_path):
    """Pool a text."""

    def run(text, *words):
        path = tmp_path / "studies.csv"
        path.write_text(text, encoding="utf-8")
        return tissueclock("evidence", "meta", path, *words)

    return run


@pytest.mark.parametrize(
    "method", ["FE", "MH", "DL", "PM", "REML", "ML", "HE", "SJ", "EB", "HS", "HSk", "PMM"]
)
def test_the_document_has_the_fixed_keys_for_every_method(pooled, method):
    document = pooled(TWO_ARMS, "--measure", "RR", "--method", method, "--json").document
    assert set(document) >= FIXED_KEYS
    assert (document["measure"], document["method"], document["k"]) == ("RR", method, 3)
    assert document["ci_low"] < document["estimate"] < document["ci_high"]


@pytest.mark.parametrize(
    ("text", "measures"), [(TWO_ARMS, "RR OR RD PETO AS"), (ONE_ARM, "PR PLN PLO PAS PFT")]
)
def test_every_measure_of_the_issue_is_pooled(pooled, text, measures):
    for measure in measures.split():
        document = pooled(text, "--measure", measure, "--json").document
        assert document["measure"] == measure
        assert len(document["studies"]) == document["k"]


def test_the_published_pool_by_the_command_that_the_docs_show(pooled):
    document = pooled(
        TWO_ARMS, "--measure", "RR", "--method", "DL", "--convention", "revman", "--json"
    ).document
    assert [round(document[key], 2) for key in ("estimate", "ci_low", "ci_high")] == [1.78, 1.28, 2.48]
    assert document["convention"] == "revman"


def test_effects_need_no_measure(pooled):
    shown = pooled(EFFECTS, "--json")
    assert (shown.code, shown.document["measure"], shown.document["method"]) == (0, "GEN", "REML")


def test_knapp_hartung_and_the_level_change_the_interval(pooled):
    words = ("--measure", "RR", "--method", "DL", "--json")
    plain, knapp, ad_hoc, narrow = (
        pooled(TWO_ARMS, *words, *more).document
        for more in ((), ("--knapp-hartung",), ("--knapp-hartung", "--ad-hoc"), ("--level", "0.8"))
    )
    assert (plain["test"], plain["df"], knapp["test"], knapp["df"]) == ("z", None, "knapp-hartung", 2)
    assert knapp["ci_low"] < 1 < plain["ci_low"]
    assert ad_hoc["test"] == "knapp-hartung-ad-hoc"
    assert plain["ci_low"] < narrow["ci_low"]
    assert narrow["level"] == 0.8


def test_a_model_of_counts_names_its_model(pooled):
    document = pooled(TWO_ARMS, "--measure", "OR", "--method", "GLMM", "--model", "CM.AL", "--json").document
    assert (document["method"], document["model"]) == ("GLMM", "CM.AL")
    assert pooled(ONE_ARM, "--measure", "PLO", "--method", "GLMM", "--json").document["model"] == "UM"


def test_the_interval_of_tau2_is_by_the_method_asked_for(pooled):
    words = ("--measure", "RR", "--tau2-interval", "profile-likelihood", "--json")
    assert pooled(TWO_ARMS, *words).document["tau2_ci_method"] == "profile-likelihood"


ROWS = {
    "measure": r"RR, risk ratio",
    "RESCUE-Japan LIMIT": r"ai 31 n1i 100 ci 13 n2i 102\t2\.432\t1\.354 to 4\.37\tweight \d+\.\d %",
    "pooled": r"k 3\t1\.7\d+ \(1\.2\d+ to 2\.4\d+\)\t95 % interval\tp = 0\.000\d\tREML, z, "
    r"convention metafor \(R\)",
    "analysis scale": r"beta 0\.5\d+\tse 0\.1\d+\t0\.2\d+ to 0\.9\d+",
    "prediction": r"\S+ to \S+\t95 % of true effects of new studies",
    "heterogeneity": r"tau2 \S+ \(0 to \S+, q-profile\)\tI2 56\.\d % \(0\.0 to 98\.\d\)"
    r"\tH2 \S+\tQ 4\.679 \(df 2, p = 0\.0964\)",
}


def test_the_rows_begin_with_their_name(pooled):
    shown = pooled(TWO_ARMS, "--measure", "RR")
    rows = dict(line.split("\t", 1) for line in shown.stdout.splitlines()[:-1])
    for name, pattern in ROWS.items():
        assert re.fullmatch(pattern, rows[name]), rows[name]
    assert shown.stdout.splitlines()[-1] == DISCLAIMER
    assert shown.stderr == ""


def test_the_rows_of_all_extras(pooled):
    words = ("--bias", "--leave-one-out", "--cumulative", "year", "--influence", "--moderator", "year")
    shown = pooled(TWO_ARMS, "--measure", "OR", "--subgroup", "site", *words)
    assert shown.code == 0, shown.stderr
    begins = [line.split("\t")[0] for line in shown.stdout.splitlines()]
    for name in (
        *(
            "site east",
            "site west",
            "subgroup differences",
            "year",
            "moderators",
            "left over",
            "egger",
            "harbord",
        ),
        *("begg", "trim and fill L0", "fail-safe n rosenthal", "without SELECT2", "after SELECT2"),
    ):
        assert name in begins
    assert sum(name == "SELECT2" for name in begins) == 3  # the study, its influence, its prediction
    assert all("nan" not in line for line in shown.stdout.splitlines())


def test_one_tau2_for_all_subgroups_is_tested_by_f_with_knapp_hartung(pooled):
    text = TWO_ARMS + "TENSION,20,125,16,128,2023,west\n"
    shown = pooled(
        text, "--measure", "RR", "--subgroup", "site", "--subgroup-tau2", "common", "--knapp-hartung"
    )
    assert re.search(
        r"^subgroup differences\tF \S+ \(df 1 and 2, p = \S+\)\tone tau2 for all$", shown.stdout, re.M
    )


def test_mantel_haenszel_brings_its_tests(pooled):
    shown = pooled(TWO_ARMS, "--measure", "OR", "--method", "MH")
    assert re.search(r"^breslow_day\tchi-square \S+ \(df 2, p = \S+\)$", shown.stdout, re.M)
    assert re.search(r"^prediction\tnot known\t", shown.stdout, re.M)


def test_p_of_a_proportion_is_explained_and_corrections_are_named(pooled):
    shown = pooled(ONE_ARM, "--measure", "PLO")
    assert "seldom the question" in shown.stdout
    assert re.search(r"^a\txi 0 ni 18\t.*\t1/2 added$", shown.stdout, re.M)
    assert "note\tstudies with an empty cell, of which every cell got 1/2: 1\n" in shown.stdout


def test_the_files_hold_what_was_printed(pooled, tmp_path):
    out = tmp_path / "out"
    shown = pooled(TWO_ARMS.replace("SELECT2", "=SELECT2"), "--measure", "RR", "--out", out)
    pictures = [f"meta-{part}.{kind}" for part in ("forest", "funnel") for kind in ("svg", "png")]
    expected = ["meta-studies.csv", "meta.json", "meta.txt", *pictures]
    assert sorted(path.name for path in out.iterdir()) == sorted(expected)
    assert (out / "meta.txt").read_text(encoding="utf-8") == shown.stdout
    document = json.loads((out / "meta.json").read_text(encoding="utf-8"))
    assert document["disclaimer"] == DISCLAIMER
    with (out / "meta-studies.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["study"] for row in rows] == ["RESCUE-Japan LIMIT", "ANGEL-ASPECT", "'=SELECT2"]
    assert float(rows[0]["estimate"]) == document["studies"][0]["estimate"]
    assert (rows[0]["exact_ci_low"], rows[0]["corrected"]) == ("", "no")


def test_the_figures_say_what_they_are_told(pooled, tmp_path):
    sure = TWO_ARMS.replace("year,site", "year,confidence").replace("2022,east", "2022,recalled-uncertain")
    words = (
        "--title",
        "Large core",
        "--arms",
        "Thrombectomy",
        "Care",
        "--favours",
        "favours care",
        "favours it",
    )
    assert (
        pooled(
            sure, "--measure", "OR", *words, "--cumulative", "year", "--leave-one-out", "--out", tmp_path
        ).code
        == 0
    )
    svg = (tmp_path / "meta-forest.svg").read_text(encoding="utf-8")
    for text in ("Large core", "Thrombectomy", "← favours care", "favours it →", "RESCUE-Japan LIMIT †"):
        assert f">{text}</text>" in svg
    assert ">ANGEL-ASPECT</text>" in svg
    for part in ("leave-one-out", "cumulative", "funnel"):
        assert (tmp_path / f"meta-{part}.png").read_bytes().startswith(b"\x89PNG")


def test_too_many_studies_are_not_drawn_and_it_is_said(pooled, tmp_path):
    rows = "".join(f"s{number},0.{number:03d},0.1\n" for number in range(1, 302))
    shown = pooled(f"study,yi,vi\n{rows}", "--method", "FE", "--out", tmp_path / "many")
    assert (shown.code, "301 studies are too many for a figure" in shown.stderr) == (0, True)
    assert not list((tmp_path / "many").glob("*.svg"))


USAGE = {
    "no measure": ((TWO_ARMS,), "no measure was named"),
    "an unknown measure": ((TWO_ARMS, "--measure", "XX"), "no measure 'XX'"),
    "an unknown method": ((TWO_ARMS, "--measure", "RR", "--method", "XX"), "no method 'XX'"),
    "a method of others": ((ONE_ARM, "--measure", "PLO", "--method", "MH"), "does not go with measure PLO"),
    "a level in percent": ((EFFECTS, "--level", "95"), "no share between 0 and 1"),
    "a word as level": ((EFFECTS, "--level", "all"), "no share between 0 and 1"),
    "ad hoc alone": ((EFFECTS, "--ad-hoc"), "--ad-hoc was given alone"),
    "a model of no model": ((TWO_ARMS, "--measure", "OR", "--model", "UM.FS"), "it belongs to --method GLMM"),
    "an unknown column": ((EFFECTS, "--subgroup", "site"), "no column 'site'"),
    "an unknown convention": ((EFFECTS, "--convention", "spss"), "--convention"),
}


@pytest.mark.parametrize(("words", "found"), USAGE.values(), ids=USAGE)
def test_wrong_usage(pooled, words, found):
    shown = pooled(*words)
    assert (shown.code, shown.stdout) == (ExitCode.USAGE, "")
    assert found in shown.sentence


UNSUITABLE = {
    "one study": (("study,yi,vi\na,1,1\n",), "studies.csv: there is one study: nothing can be pooled"),
    "no study": (("study,yi,vi\n",), "studies.csv: it holds no rows"),
    "no event": (
        ("study,ai,n1i,ci,n2i\na,0,9,0,9\nb,0,8,0,8\n", "--measure", "RR"),
        "studies.csv: there is no event in any study",
    ),
    "counts that do not add up": (
        ("study,ai,n1i,ci,n2i\na,10,9,0,9\nb,0,8,0,8\n", "--measure", "RR"),
        "studies.csv, line 2, 'a': ai is 10 of n1i 9",
    ),
    "a variance of 0": (("study,yi,vi\na,1,0\nb,1,1\n",), "vi is 0; a variance is above 0"),
    "a missing column": (("study,ai,n1i,ci\na,1,9,0\n", "--measure", "RR"), "'n2i' is missing"),
    "a part without events": (
        (
            "study,ai,n1i,ci,n2i\na,0,9,2,9\nb,3,8,0,8\n",
            "--measure",
            "OR",
            "--method",
            "MH",
            "--leave-one-out",
        ),
        "studies.csv, 1 of 2 studies: an arm has no event",
    ),
    "two studies and --bias": (("study,yi,vi\na,1,1\nb,1,2\n", "--bias"), "too few studies"),
}


@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
@pytest.mark.parametrize(("words", "found"), UNSUITABLE.values(), ids=UNSUITABLE)
def test_unsuitable_input(pooled, words, found, as_json):
    shown = pooled(*words, *(["--json"] if as_json else []))
    assert shown.code == ExitCode.INPUT
    assert found in shown.sentence
    if as_json:
        assert shown.document["error"]["code"] == ExitCode.INPUT


def test_no_such_file(tissueclock, tmp_path):
    shown = tissueclock("evidence", "meta", tmp_path / "none.csv", "--measure", "RR")
    assert (shown.code, shown.sentence) == (
        ExitCode.USAGE,
        "tissueclock: none.csv: there is no such file. Check the path.",
    )


def test_the_options_are_those_of_the_code():
    assert tuple(CONVENTIONS) == options.CONVENTIONS
    assert tuple(ODDS_RATIO_MODELS) == options.MODELS
    assert TAU2_INTERVALS == options.TAU2_INTERVALS


# --- the page of the reference -----------------------------------------------------------------------------


@pytest.fixture
def page(checkout):
    return (checkout / "docs" / "reference" / "evidence-meta.md").read_text(encoding="utf-8")


def test_what_the_page_shows_is_what_is_printed(page, tissueclock, tmp_path, monkeypatch):
    for name, text in re.findall(r"```csv (\S+)\n(.*?)```", page, re.DOTALL):
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    shown = re.findall(r"```\n\$ tissueclock (.*?)\n(.*?)```", page, re.DOTALL)
    assert len(shown) >= 2
    for words, text in shown:
        assert tissueclock(*words.split()).stdout == text


def test_the_code_of_the_page_runs(page, capsys):
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    exec(compile(code, "page", "exec"), {})
    assert capsys.readouterr().out.startswith("1.7")


def test_the_page_names_every_measure_and_method(page):
    for name in (*re.findall(r"\w+", options.MEASURES), *options.METHODS.split(", "), *options.MODELS):
        assert re.search(rf"\| .*{re.escape(name)}", page), name
