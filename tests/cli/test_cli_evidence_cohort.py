"""`evidence cohort`, `interaction` and `surrogacy`: documents, rows, files, and wrong usage."""

from __future__ import annotations

import json
import re

import pytest

from tissueclock.core.errors import ExitCode
from tissueclock.core.notice import DISCLAIMER

COLUMNS = ("--exposure", "reperfusion", "--outcome", "favourable")
ADJUST = ("--profile", "profile", "--adjust", "age,nihss", "--growth", "growth_ml")
PRINTED = ("--printed", "target=8.8,2.7,29.0", "--printed", "other=0.2,0.0,1.6")
MRS = """id,reperfused,mrs,site,simulated
a,yes,1,north,no
b,yes,2,south,no
c,yes,5,north,no
d,no,2,south,no
e,no,6,north,no
f,no,4,south,no
g,no,,north,no
h,yes,0,east,no
i,no,3,east,no
j,yes,3,east,no
"""


@pytest.fixture
def evidence(tissueclock):
    return lambda *words: tissueclock("evidence", *words)


@pytest.fixture
def simulated(evidence, tmp_path):
    path = tmp_path / "cohort.csv"
    assert evidence("cohort", path, "--simulate", 150, "--seed", 3).code == 0
    return path


@pytest.fixture
def mrs(tmp_path):
    path = tmp_path / "mrs.csv"
    path.write_text(MRS, encoding="utf-8")
    return path


def test_the_interaction_of_defuse_2_from_its_printed_intervals(evidence):
    shown = evidence("interaction", *PRINTED, "--json")
    assert shown.code == 0, shown.stderr
    found = shown.document
    assert (found["measure"], found["df"], found["q"]) == ("OR", 1, None)
    assert found["z"] == pytest.approx(3.10, abs=5e-3)
    assert found["p"] == pytest.approx(0.002, abs=1e-4)
    assert found["contrast"] == pytest.approx(44)
    rows = evidence("interaction", *PRINTED).stdout.splitlines()
    assert rows[0].startswith("stratum/target\t8.80 (95 % 2.69 to 28.84)\tSE 0.606")
    assert rows[2] == "interaction/OR\tratio of ORs 44.00 (95 % 4.01 to 482.31), z 3.10, p 0.0020"


def test_the_interaction_of_a_cohorts_file_warns_of_its_exposure(evidence, tmp_path):
    shown = evidence("interaction", "--trial", "defuse-2", "--kind", "mrs-0-2", "--out", tmp_path / "out")
    assert "p 0.56" in shown.stdout
    assert "Immortal time" in shown.stdout
    assert "published\tno test of the interaction" in shown.stdout
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "interaction.csv",
        "interaction.json",
        "interaction.png",
        "interaction.svg",
    ]
    document = json.loads((tmp_path / "out" / "interaction.json").read_text("utf-8"))
    assert (document["trial"], document["adjusted"]) == ("defuse-2", True)
    svg = (tmp_path / "out" / "interaction.svg").read_text("utf-8")
    assert "target mismatch" in svg
    assert "Interaction: ratio of ORs 2.11" in svg


def test_recalled_strata_are_marked(evidence, tmp_path):
    words = ("interaction", "--trial", "mr-rescue", "--kind", "mrs-score", "--by", "penumbral pattern")
    shown = evidence(*words, "--out", tmp_path)
    assert "The printed numbers are recalled" in shown.stdout
    assert "published\tp = 0.14" in shown.stdout
    assert "Immortal" not in shown.stdout
    assert "(recalled)" in (tmp_path / "interaction.svg").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        (
            "stratum,events_1,n_1,events_2,n_2\na,18,48,9,50\nb,13,52,4,52\n",
            (),
            "interaction/OR\tratio of ORs",
        ),
        ("stratum,events_1,n_1,events_2,n_2\na,18,48,9,50\nb,13,52,4,52\nc,2,9,4,8\n", (), "Q "),
        ("stratum,estimate,ci_low,ci_high\na,2,1,4\nb,1,0.5,2\n", ("--measure", "RR"), "ratio of RRs 2.00"),
        ("stratum,estimate,p\na,0.5,0.23\nb,-0.4,0.32\n", ("--measure", "MD"), "differences 0.90"),
        ("stratum,events_1,n_1,events_2,n_2\na,18,48,9,50\nb,13,52,4,52\n", ("--measure", "RD"), "0.022"),
    ],
)
def test_strata_from_a_file(evidence, tmp_path, text, words, found):
    path = tmp_path / "strata.csv"
    path.write_text(text, encoding="utf-8")
    shown = evidence("interaction", path, *words, "--out", tmp_path / "out")
    assert shown.code == 0, shown.stderr
    assert found in shown.stdout


WRONG = {
    "nothing": ((), ExitCode.USAGE, "there is nothing to compare"),
    "two sources": ((*PRINTED, "--trial", "defuse-2"), ExitCode.USAGE, "--printed and --trial were given"),
    "a trial without a kind": (("--trial", "defuse-2"), ExitCode.USAGE, "--kind is missing"),
    "a kind without a trial": ((*PRINTED, "--kind", "sich"), ExitCode.USAGE, "--kind was given without"),
    "an unknown trial": (("--trial", "nope", "--kind", "sich"), ExitCode.USAGE, "Known: "),
    "a kind without strata": (("--trial", "dawn", "--kind", "mrs-0-2"), ExitCode.USAGE, "no two strata"),
    "two limits": (("--printed", "a=1,2"), ExitCode.USAGE, "'a=1,2' is no printed effect"),
    "a word": (("--printed", "a=1,b,c"), ExitCode.USAGE, "is no printed effect"),
    "no name": (("--printed", "=1,0.5,2"), ExitCode.USAGE, "is no printed effect"),
    "one stratum": (("--printed", "a=1,0.5,2"), ExitCode.INPUT, "there are 1 strata"),
    "limits the wrong way": ((*PRINTED, "--printed", "c=2,3,1"), ExitCode.INPUT, "c: the estimate 2 is not"),
}


@pytest.mark.parametrize(("words", "code", "found"), WRONG.values(), ids=WRONG)
def test_wrong_usage_of_the_interaction(evidence, words, code, found):
    shown = evidence("interaction", *words)
    assert shown.code == code
    assert found in shown.sentence


@pytest.mark.parametrize(
    ("text", "words", "code", "found"),
    [
        ("stratum,estimate,ci_low,ci_high\na,x,1,4\n", (), ExitCode.INPUT, "line 2: 'estimate' is 'x'"),
        ("stratum,estimate\na,2\n", (), ExitCode.INPUT, "no column 'p'"),
        (
            "stratum,events_1,n_1,events_2,n_2\na,1,2,1,2\n",
            ("--measure", "MD"),
            ExitCode.USAGE,
            "MD has no counts",
        ),
    ],
)
def test_a_bad_file_of_strata(evidence, tmp_path, text, words, code, found):
    path = tmp_path / "strata.csv"
    path.write_text(text, encoding="utf-8")
    shown = evidence("interaction", path, *words)
    assert (shown.code, found in shown.sentence) == (code, True)


def test_a_simulated_cohort_is_named_as_such_everywhere(evidence, simulated, tmp_path):
    out = tmp_path / "out"
    words = ("cohort", simulated, *COLUMNS, *ADJUST, "--imputations", 2, "--out", out)
    shown = evidence(*words)
    assert shown.code == 0, shown.stderr
    rows = shown.stdout.splitlines()
    assert rows[0] == "cohort\t150 simulated patients\texposure reperfusion, outcome favourable"
    assert "caveat-1\tSIMULATED DATA: no patient is behind these numbers." in rows
    assert rows[-1] == DISCLAIMER
    assert {path.name for path in out.iterdir()} == {
        "cohort.csv",
        "cohort.json",
        *(f"cohort-{name}.{kind}" for name in ("profiles", "balance", "growth") for kind in ("svg", "png")),
    }
    for name in ("profiles", "balance", "growth"):
        assert "(SIMULATED DATA)" in (out / f"cohort-{name}.svg").read_text("utf-8")
    assert (out / "cohort.csv").read_text("utf-8").splitlines()[1].endswith(",yes")
    document = json.loads((out / "cohort.json").read_text("utf-8"))
    assert (document["simulated"], document["title"]) == (True, "Cohort (SIMULATED DATA)")
    assert {item["way"] for item in document["missing"]} == {"complete", "failure", "multiple"}
    assert [item["name"] for item in document["adjusted"]] == ["all", "target mismatch", "no target mismatch"]
    starts = {row.split("\t")[0].split("/")[0] for row in rows}
    assert starts >= {
        "crude",
        "profile",
        "interaction",
        "adjusted",
        "balance",
        "weighted",
        "matched",
        "growth",
    }


def test_the_seed_decides_what_is_drawn(evidence, simulated, tmp_path):
    words = ("cohort", simulated, *COLUMNS, *ADJUST, "--imputations", 2, "--json")
    one, again, other = (evidence(*words, "--seed", seed).document for seed in (1, 1, 2))
    assert one == again
    assert one["missing"] != other["missing"]
    same = tmp_path / "same.csv"
    evidence("cohort", same, "--simulate", 150, "--seed", 3)
    assert same.read_bytes() == simulated.read_bytes()


def test_surrogacy_with_its_caveats(evidence, simulated):
    words = ("cohort", simulated, *COLUMNS, "--growth", "growth_ml", "--surrogacy", "--replicates", 20)
    shown = evidence(*words)
    assert re.search(r"^surrogacy/explained\t", shown.stdout, re.MULTILINE)
    assert "20 bootstrap samples (0 failed), seed 1" in shown.stdout
    assert "surrogacy-caveat-5\tOne cohort cannot show" in shown.stdout


def test_the_modified_rankin_scale_by_a_rule_and_words_as_covariate(evidence, mrs):
    words = ("cohort", mrs, "--exposure", "reperfused", "--outcome", "mrs", "--favourable", "<=2")
    shown = evidence(*words, "--adjust", "site", "--firth", "--imputations", 2, "--json")
    assert shown.code == 0, shown.stderr
    found = shown.document
    assert found["outcome"] == "mrs <=2"
    assert found["simulated"] is False
    assert found["gaps"]["mrs <=2"] == 1
    assert (found["counts"] if "counts" in found else found["crude"]["counts"]) == {
        "events_1": 3,
        "n_1": 5,
        "events_2": 1,
        "n_2": 4,
    }
    assert found["plan"]["covariates"] == ["site=north", "site=south"]
    assert found["adjusted"][0]["firth"] is True


COHORT_WRONG = {
    "no exposure": (("--outcome", "mrs"), ExitCode.USAGE, "--exposure is missing"),
    "no outcome": (("--exposure", "reperfused"), ExitCode.USAGE, "--outcome is missing"),
    "surrogacy without growth": (
        ("--exposure", "reperfused", "--outcome", "mrs", "--surrogacy"),
        ExitCode.USAGE,
        "--surrogacy was given without --growth",
    ),
    "a column that is not there": (
        ("--exposure", "evt", "--outcome", "mrs"),
        ExitCode.INPUT,
        "no column 'evt'",
    ),
    "a column with two roles": (
        ("--exposure", "reperfused", "--outcome", "mrs", "--adjust", "mrs"),
        ExitCode.USAGE,
        "the column 'mrs' has two roles",
    ),
    "numbers without a rule": (
        ("--exposure", "reperfused", "--outcome", "mrs"),
        ExitCode.INPUT,
        "line 3: the cell of 'mrs' cannot be read. It must be yes or no",
    ),
    "no rule": (
        ("--exposure", "reperfused", "--outcome", "mrs", "--favourable", "good"),
        ExitCode.USAGE,
        "'good' is no rule",
    ),
    "words as growth": (
        ("--exposure", "reperfused", "--outcome", "mrs", "--favourable", "<3", "--growth", "site"),
        ExitCode.INPUT,
        "the cell of 'site' cannot be read",
    ),
    "too many words": (
        ("--exposure", "reperfused", "--outcome", "mrs", "--favourable", "<3", "--profile", "id"),
        ExitCode.INPUT,
        "the column 'id' holds 10 different words",
    ),
    "an empty name": (("--adjust", "age,,nihss"), ExitCode.USAGE, "columns are names with commas between"),
    "one imputation": (("--imputations", "1"), ExitCode.USAGE, "'1' is no number from 2"),
    "a seed in words": (("--seed", "one"), ExitCode.USAGE, "'one' is no whole number"),
    "few simulated": (("--simulate", "10"), ExitCode.USAGE, "10 simulated patients"),
}


@pytest.mark.parametrize(("words", "code", "found"), COHORT_WRONG.values(), ids=COHORT_WRONG)
def test_wrong_usage_of_the_cohort(evidence, mrs, words, code, found):
    shown = evidence("cohort", mrs, *words)
    assert shown.code == code
    assert found in shown.sentence


def test_a_refusal_never_repeats_a_cell(evidence, mrs):
    mrs.write_text(MRS.replace("a,yes,1", "a,Secret Name,1"), encoding="utf-8")
    shown = evidence("cohort", mrs, "--exposure", "reperfused", "--outcome", "mrs", "--favourable", "<=2")
    assert shown.code == ExitCode.INPUT
    assert "Secret" not in shown.stdout + shown.stderr


def test_trials_tell_an_r2_from_ten_on(evidence, tmp_path):
    path = tmp_path / "trials.csv"
    rows = [f"t{at},{-3 * at},{0.1 * at + 0.05 * (at % 3):.3f},{90 + at}" for at in range(1, 12)]
    path.write_text("\n".join(["trial,surrogate,outcome,weight", *rows]) + "\n", encoding="utf-8")
    found = evidence("surrogacy", path, "--replicates", 100, "--json").document
    assert found["trials"] == 11
    assert 0.9 < found["r2_ci"][0] <= found["r2"] <= 1
    assert "A high R2" in evidence("surrogacy", path, "--replicates", 100).stdout
    path.write_text(
        "\n".join(["trial,surrogate,outcome", *(r.rpartition(",")[0] for r in rows[:4])]), "utf-8"
    )
    shown = evidence("surrogacy", path)
    assert shown.code == ExitCode.INPUT
    assert "R2 over 4 trials is refused" in shown.sentence
