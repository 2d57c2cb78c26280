"""`tissueclock evidence ordinal`: the fixed keys, published trials, what is written, and every refusal."""

from __future__ import annotations

import json

import pytest

from tissueclock.core.errors import ExitCode
from tissueclock.core.notice import DISCLAIMER

COUNTS = "arm,0,1,2,3,4,5,6\ntreat,5,9,14,22,25,12,13\ncontrol,3,5,9,15,28,20,20\n"
KEYS = {
    *("common_or", "generalized_or", "win_ratio", "proportional_odds_test", "wilcoxon_p", "utility_mrs"),
    *("dichotomies", "n", "disclaimer"),
}


@pytest.fixture
def counts(tmp_path):
    path = tmp_path / "counts.csv"
    path.write_text(COUNTS, encoding="utf-8")
    return path


@pytest.fixture
def patients(tmp_path):
    rows = [f"{'ab'[n % 2]},{(3 * n + n % 5) % 7},{60 + n % 23},{n % 3}" for n in range(60)]
    path = tmp_path / "patients.csv"
    path.write_text("\n".join(["arm,mrs,age,site", *rows]) + "\n", encoding="utf-8")
    return path


def test_the_document_has_the_fixed_keys(tissueclock, counts):
    found = tissueclock("evidence", "ordinal", counts, "--json").document
    assert set(found) >= KEYS
    common = {"estimate", "ci_low", "ci_high", "p", "profile_ci_low", "profile_ci_high"}
    assert set(found["common_or"]) >= common
    assert found["common_or"]["estimate"] == pytest.approx(1.96749194915202, rel=1e-6)  # R: clm
    assert found["common_or"]["profile_ci_low"] == pytest.approx(1 / 0.833685853268691, rel=1e-4)
    assert found["generalized_or"]["ties"] == "split"
    assert found["generalized_or"]["estimate"] == pytest.approx(1.54388196387688, rel=1e-6)
    assert set(found["proportional_odds_test"]) >= {"statistic", "df", "p"}
    assert found["proportional_odds_test"]["p"] == pytest.approx(0.989057446703704, rel=1e-6)
    assert found["wilcoxon_p"] == pytest.approx(0.00782508468112476, rel=1e-6)
    assert found["n"] == [100, 100]
    assert [item["cut"] for item in found["dichotomies"]] == ["0-0", "0-1", "0-2", "0-3", "0-4", "0-5"]


def test_an_odds_ratio_above_1_is_better_for_the_first_arm(tissueclock, counts):
    turned = tissueclock("evidence", "ordinal", counts, "--treatment", "control", "--json").document
    assert turned["arms"] == ["control", "treat"]
    assert turned["common_or"]["estimate"] == pytest.approx(1 / 1.96749194915202, rel=1e-6)


PUBLISHED = [
    (("rescue-japan-limit",), "common_or", (2.42, 1.45, 4.02)),
    (("mr-clean",), "common_or", (1.66, 1.21, 2.28)),
    (("defuse-3",), "common_or", (2.77, 1.63, 4.71)),
    (("ims-iii",), "common_or", (1.17, 0.88, 1.57)),
    (("revascat",), "common_or", (1.57, 0.97, 2.55)),
    (("revascat", "--merge-5-6"), "common_or", (1.69, 1.04, 2.77)),
    (("tension",), "common_or", (2.50, 1.57, 4.00)),
    (("angel-aspect",), "generalized_or", (1.37, 1.11, 1.69)),
    (("laste", "--merge-5-6"), "generalized_or", (1.63, 1.29, 2.06)),
    (("select2", "--merge-5-6"), "generalized_or", (1.49, None, None)),
    (("select2",), "generalized_or", (1.38, None, None)),
    (("angel-aspect", "--ties", "drop"), "generalized_or", (1.46, None, None)),
]


@pytest.mark.parametrize(("words", "key", "numbers"), PUBLISHED, ids=lambda value: "-".join(map(str, value)))
def test_the_acceptance_values_are_reproduced(tissueclock, words, key, numbers):
    """To the printed digits: facts of the team, section A3."""
    found = tissueclock("evidence", "ordinal", "--trial", *words, "--json").document[key]
    shown = (found["estimate"], found["ci_low"], found["ci_high"])
    for ours, theirs in zip(shown, numbers, strict=True):
        assert theirs is None or ours == pytest.approx(theirs, abs=0.005 + 1e-9)


@pytest.mark.parametrize(("trial", "means"), [("tesla", (2.93, 2.27)), ("dawn", (5.54, 3.35))])
def test_the_published_utilities_are_reproduced(tissueclock, trial, means):
    found = tissueclock("evidence", "ordinal", "--trial", trial, "--json").document["utility_mrs"]
    assert found["means"] == pytest.approx(means, abs=0.005)
    assert found["weights"] == [10, 9.1, 7.6, 6.5, 3.3, 0, 0]


@pytest.mark.parametrize(
    ("trial", "cut", "measure", "numbers", "p"),
    [
        ("rescue-japan-limit", "0-3", "rr", (2.43, 1.35, 4.37), 0.0017),
        ("defuse-3", "0-2", "rr", (2.67, 1.60, 4.48), None),
        ("swift-prime", "0-2", "rr", (1.70, 1.23, 2.33), None),
        ("thrace", "0-2", "or", (1.55, 1.05, 2.30), 0.028),
    ],
)
def test_the_published_dichotomies_are_reproduced(tissueclock, trial, cut, measure, numbers, p):
    document = tissueclock("evidence", "ordinal", "--trial", trial, "--json").document
    found = next(item for item in document["dichotomies"] if item["cut"] == cut)
    shown = [found[measure][name] for name in ("estimate", "ci_low", "ci_high")]
    assert shown == pytest.approx(numbers, abs=0.005 + 1e-9)
    assert p is None or found["p"] == pytest.approx(p, abs=0.0005)


def test_rows_as_text_with_what_the_trial_printed(tissueclock):
    shown = tissueclock("evidence", "ordinal", "--trial", "rescue-japan-limit")
    *rows, last = shown.stdout.splitlines()
    assert (shown.code, shown.stderr, last) == (0, "", DISCLAIMER)
    assert "published\tmrs-shift\tcOR 2.42 (1.46 to 4.01)\tunadjusted\tfound" in rows
    assert any(row.startswith("common_or\t2.42\t95 % CI 1.45 to 4.02\tP 0.0007\t") for row in rows)


def test_what_is_recalled_is_marked(tissueclock):
    shown = tissueclock("evidence", "ordinal", "--trial", "mr-clean").stdout
    assert "published\tmrs-shift-unadjusted\tcOR 1.66 (1.21 to 2.28)\tunadjusted\trecalled\n" in shown


def test_patients_are_adjusted_for_their_columns(tissueclock, patients):
    words = ("evidence", "ordinal", patients, "--categorical", "site", "--strata", "site", "--json")
    found = tissueclock(*words).document
    assert found["common_or"]["adjusted_for"] == ["age", "site"]
    assert [item["column"] for item in found["covariates"]] == ["arm", "age", "site=1", "site=2"]
    assert found["van_elteren"]["p"] is not None
    assert found["common_or_unadjusted"]["adjusted_for"] == []
    crude = tissueclock("evidence", "ordinal", patients, "--covariates", "age", "--json").document
    assert crude["common_or"]["adjusted_for"] == ["age"]
    assert crude["common_or_unadjusted"] == found["common_or_unadjusted"]


def test_the_settings_are_used_and_named(tissueclock, counts):
    words = (
        "--ties",
        "drop",
        "--po-test",
        "score",
        "--utilities",
        "1,1,1,0,0,0,0",
        "--level",
        "0.9",
        "--merge-5-6",
    )
    found = tissueclock("evidence", "ordinal", counts, *words, "--json").document
    assert (found["level"], found["levels"][-1]) == (0.9, "5-6")
    assert (found["generalized_or"]["ties"], found["proportional_odds_test"]["method"]) == ("drop", "score")
    assert found["utility_mrs"]["utilities"] == "given"
    assert found["utility_mrs"]["estimate"] == pytest.approx(28 / 100 - 17 / 100)
    assert found["notes"] == ["The grades 5 and 6 are one level."]


def test_the_folder_holds_pictures_table_and_document(tissueclock, counts, tmp_path):
    out = tmp_path / "out"
    assert tissueclock("evidence", "ordinal", counts, "--out", out, "--labels", "counts", "--json").code == 0
    names = {"ordinal-bars", "ordinal-cuts"}
    pictures = {f"{name}.{kind}" for name in names for kind in ("svg", "png")}
    assert {file.name for file in out.iterdir()} == {*pictures, "ordinal.csv", "ordinal.json"}
    written = json.loads((out / "ordinal.json").read_text("utf-8"))
    assert written == tissueclock("evidence", "ordinal", counts, "--json").document
    assert "counts: modified Rankin Scale" in (out / "ordinal-bars.svg").read_text("utf-8")


WRONG = {
    "neither": ((), ExitCode.USAGE, "give a FILE or a --trial"),
    "both": (("COUNTS", "--trial", "dawn"), ExitCode.USAGE, "give a FILE or a --trial"),
    "no file": (("nowhere.csv",), ExitCode.USAGE, "nowhere.csv: there is no such file"),
    "no trial": (("--trial", "nope"), ExitCode.USAGE, "no published result of 'nope'"),
    "no counts": (("--trial", "escape"), ExitCode.INPUT, "no certain counts"),
    "columns of a trial": (("--trial", "dawn", "--strata", "x"), ExitCode.USAGE, "no columns"),
    "columns of counts": (("COUNTS", "--covariates", "age"), ExitCode.USAGE, "needs a file of patients"),
    "no such arm": (("COUNTS", "--treatment", "drug"), ExitCode.USAGE, "no arm 'drug'"),
    "a level of 95": (("COUNTS", "--level", "95"), ExitCode.USAGE, "between 0 and 1"),
    "a level in words": (("COUNTS", "--level", "high"), ExitCode.USAGE, "'high' is no number"),
    "no names": (("COUNTS", "--covariates", ","), ExitCode.USAGE, "names of columns"),
    "no utilities": (("COUNTS", "--utilities", "dwan"), ExitCode.USAGE, "no utilities 'dwan'"),
    "an mRS of 7": (("SEVEN",), ExitCode.INPUT, "seven.csv: the mRS of row 2 is 7"),
    "an empty arm": (("EMPTY",), ExitCode.INPUT, "empty.csv: the arm 'b' has no patients"),
}


@pytest.mark.parametrize(("words", "code", "found"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_analysed_is_one_sentence(tissueclock, counts, tmp_path, words, code, found):
    for name, text in (("seven.csv", "arm,mrs\na,1\nb,7\n"), ("empty.csv", "arm,0-3,4-6\na,1,2\nb,0,0\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    places = {"COUNTS": counts, "SEVEN": tmp_path / "seven.csv", "EMPTY": tmp_path / "empty.csv"}
    shown = tissueclock("evidence", "ordinal", *(places.get(word, word) for word in words))
    assert (shown.code, shown.stdout) == (code, "")
    assert found in shown.sentence


def test_a_separated_table_is_answered_without_nan(tissueclock, tmp_path):
    path = tmp_path / "separated.csv"
    path.write_text("arm,0,1,2,3,4,5,6\na,4,1,0,0,0,0,0\nb,0,0,2,0,0,0,3\n", encoding="utf-8")
    found = tissueclock("evidence", "ordinal", path, "--json").document  # which refuses NaN
    assert found["common_or"]["estimate"] is None
    assert "infinite" in found["common_or"]["reason"]
    assert found["common_or"]["profile_ci_low"] > 1
    assert found["proportional_odds_test"]["reason"]
    assert tissueclock("evidence", "ordinal", path, "--out", tmp_path / "out").code == 0
