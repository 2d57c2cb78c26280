"""`evidence agreement` and `evidence blinding`: rows, documents, files, and every refusal."""

from __future__ import annotations

import csv
import io
import json

import nibabel as nib
import numpy as np
import pytest

from tissueclock.core.notice import DISCLAIMER

PEFR = "id,wright,mini\n1,494,512\n2,395,430\n3,516,520\n4,434,428\n5,476,500\n"
READS = "case_id,ann,bob\na,yes,yes\nb,no,no\nc,yes,no\nd,no,no\ne,yes,yes\nf,NA,no\n"
COUNTS = "first,0,1,2\n0,10,2,0\n1,1,9,3\n2,0,2,8\n"
GUESSES = "arm,treatment,control,unknown\nactive,28,10,12\nsham,14,20,16\n"


@pytest.fixture
def written(tmp_path):
    def write(text, name="table.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def rows(shown):
    *lines, last = shown.stdout.splitlines()
    assert last == DISCLAIMER
    return {line.split("\t")[0]: line.split("\t")[1:] for line in lines}


def test_measurements_give_limits_concordance_and_correlation(tissueclock, written):
    shown = tissueclock("evidence", "agreement", written(PEFR))
    found = rows(shown)
    assert shown.code == 0
    reach = 2.776445 * 263**0.5 / 5**0.5  # t of 4 degrees of freedom; the variance by hand
    assert found["bias"][1] == f"-15.000 (95 % {-15 - reach:.3f} to {reach - 15:.3f})"
    assert {"ICC(1,1)", "ICC(3,k)", "lower-limit", "upper-limit", "ccc", "slope"} <= set(found)
    assert found["kappa"][0] == "Cohen's kappa"


def test_words_give_kappa_and_say_what_was_left_out(tissueclock, written):
    shown = tissueclock("evidence", "agreement", written(READS))
    found = rows(shown)
    assert found["kappa"][1].startswith("0.615 (95 % ")
    assert found["icc"] == ["left out", "answers are words, not numbers"]
    assert found["incomplete"] == ["1 of 6 cases lack an answer; only krippendorff reads them"]
    assert found["krippendorff"][2] == "n 5, 10 answers"


def test_the_document_has_every_analysis_and_is_finite(tissueclock, written):
    document = tissueclock("evidence", "agreement", written(PEFR), "--json").document["agreement"]
    assert document["difference"] == "wright minus mini"
    assert document["bland_altman"]["bias"] == -15
    assert [form["form"] for form in document["icc"]["forms"]][:2] == ["ICC(1,1)", "ICC(2,1)"]
    assert (document["rows"], document["rows_complete"], document["left_out"]) == (5, 5, {})
    one = tissueclock("evidence", "agreement", written(PEFR), "--kind", "icc", "--json").document["agreement"]
    assert (one["kappa"], one["bland_altman"]) == (None, None)
    assert one["icc"] == document["icc"]


def test_weights_and_order_of_words_change_kappa(tissueclock, written):
    table = written("id,a,b\n1,low,high\n2,mid,mid\n3,high,mid\n4,low,low\n5,high,high\n")
    base = ("evidence", "agreement", table, "--kind", "kappa", "--weights", "quadratic")
    refused = tissueclock(*base)
    assert (refused.code, "weights need categories in order" in refused.sentence) == (3, True)
    ordered = tissueclock(*base, "--categories", "low,mid,high", "--json").document["agreement"]["kappa"]
    other = tissueclock(*base, "--categories", "low,high,mid", "--json").document["agreement"]["kappa"]
    assert ordered["categories"] == ["low", "mid", "high"]
    assert ordered["kappa"] != other["kappa"]


def test_a_table_of_counts_is_that_of_its_pairs(tissueclock, written):
    pairs = (
        [(0, 0)] * 10 + [(0, 1)] * 2 + [(1, 0)] + [(1, 1)] * 9 + [(1, 2)] * 3 + [(2, 1)] * 2 + [(2, 2)] * 8
    )
    long = written("a,b\n" + "".join(f"{a},{b}\n" for a, b in pairs), "long.csv")
    words = ("--weights", "linear", "--kind", "kappa", "--json")
    counted = tissueclock("evidence", "agreement", written(COUNTS), "--counts", *words).document["agreement"]
    rated = tissueclock("evidence", "agreement", long, *words).document["agreement"]
    assert counted["kappa"] == rated["kappa"]
    assert counted["rows"] == 35


def test_three_raters_and_a_choice_of_them(tissueclock, written):
    table = written("id,a,b,c\n1,1,1,2\n2,2,2,2\n3,3,3,3\n4,1,1,1\n")
    found = rows(tissueclock("evidence", "agreement", table, "--scale", "ordinal"))
    assert found["kappa"] == ["left out", "kappa is of two raters, not 3"]
    assert "ordinal" in found["krippendorff"][0]
    assert found["fleiss"][-1] == "n 4, 3 raters"
    two = rows(tissueclock("evidence", "agreement", table, "--raters", "a,b"))
    assert two["kappa"][1] == "1.000 (95 % 1.000 to 1.000)"


def test_the_level_is_that_of_the_intervals(tissueclock, written):
    found = rows(tissueclock("evidence", "agreement", written(PEFR), "--level", "0.9"))
    assert "(90 % " in found["bias"][1]


def test_files_are_the_rows_the_document_and_pictures(tissueclock, written, tmp_path):
    out = tmp_path / "out"
    shown = tissueclock("evidence", "agreement", written(PEFR), "--out", out, "--json")
    names = {
        f"agreement-{name}.{end}"
        for name in ("bland-altman", "scatter", "icc", "matrix")
        for end in ("svg", "png")
    }
    assert {path.name for path in out.iterdir()} == names | {"agreement.csv", "agreement.json"}
    assert json.loads((out / "agreement.json").read_text("utf-8")) == shown.document
    table = {
        row["id"]: row for row in csv.DictReader(io.StringIO((out / "agreement.csv").read_text("utf-8")))
    }
    assert float(table["bias"]["value"]) == shown.document["agreement"]["bland_altman"]["bias"]
    assert DISCLAIMER in (out / "agreement-icc.svg").read_text("utf-8")


def test_blinding_by_rows_document_and_picture(tissueclock, written, tmp_path):
    shown = tissueclock("evidence", "blinding", written(GUESSES), "--out", tmp_path / "out")
    found = rows(shown)
    assert found["james"][1] == "0.522 (95 % 0.424 to 0.620)"
    assert found["bang active"][2] == "n 50; more right guesses than chance gives"
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "blinding.csv", "blinding.json", "blinding.png", "blinding.svg",
    }  # fmt: skip
    document = tissueclock("evidence", "blinding", written(GUESSES), "--json").document["blinding"]
    assert [index["name"] for index in document["indices"]] == ["james", "bang active", "bang sham"]


@pytest.fixture
def masks(tmp_path):
    def write(name, values, affine=None):
        image = nib.Nifti1Image(values, np.diag([2.0, 2.0, 5.0, 1.0]) if affine is None else affine)
        nib.save(image, tmp_path / f"{name}.nii.gz")
        return tmp_path / f"{name}.nii.gz"

    return write


def boxes():
    first, second = np.zeros((2, 8, 8, 6), dtype=np.uint8)
    first[2:6, 2:6, 1:4] = 1
    second[3:6, 2:6, 1:5] = 1
    return first, second


def test_two_masks_by_hand(tissueclock, masks, tmp_path):
    first, second = boxes()
    words = ("evidence", "agreement", "--masks", masks("a", first), masks("b", second))
    found = tissueclock(*words, "--out", tmp_path / "out", "--tolerance", "2", "--json").document["masks"]
    assert found["overlap"]["voxels"] == {"first": 48, "second": 48, "both": 36}
    assert found["overlap"]["volume_ml"]["first"] == pytest.approx(48 * 0.02)
    assert found["overlap"]["dice"] == 0.75
    assert found["distances"]["hausdorff_mm"] == 5
    assert [item["tolerance_mm"] for item in found["distances"]["surface_dice"]] == [2]
    assert (tmp_path / "out" / "masks-distances.png").is_file()
    whole = tissueclock(*words, "--points", "all", "--json").document["masks"]["distances"]
    assert (whole["points"], whole["n_first"]) == ("all", 48)


def test_an_empty_mask_has_no_distance_and_a_tilted_grid_neither(tissueclock, masks):
    first, second = boxes()
    empty = tissueclock("evidence", "agreement", "--masks", masks("a", first), masks("b", 0 * second))
    assert rows(empty)["dice"][1] == "0.000"
    assert rows(empty)["hausdorff-mm"][1:] == ["undefined", "a mask is empty: no distance to it exists"]
    tilted = np.array([[2.0, 0, 0.5, 0], [0, 2, 0, 0], [0, 0, 5, 0], [0, 0, 0, 1]])
    paths = masks("c", first, tilted), masks("d", second, tilted)
    assert (
        "not perpendicular"
        in rows(tissueclock("evidence", "agreement", "--masks", *paths))["hausdorff-mm"][2]
    )


def test_a_label_chooses_one_of_several_masks(tissueclock, masks):
    first, second = boxes()
    paths = masks("a", first * 2 + second), masks("b", second)
    refused = tissueclock("evidence", "agreement", "--masks", *paths)
    assert (refused.code, "3 different values beside 0" in refused.sentence) == (3, True)
    chosen = tissueclock("evidence", "agreement", "--masks", *paths, "--label", "1", "--json").document
    assert chosen["masks"]["overlap"]["voxels"]["first"] == 12


def test_masks_on_two_grids_are_refused(tissueclock, masks):
    first, second = boxes()
    other = np.diag([2.0, 2.0, 4.0, 1.0])
    shown = tissueclock("evidence", "agreement", "--masks", masks("a", first), masks("b", second, other))
    assert (shown.code, "different grids" in shown.sentence) == (3, True)


REFUSED = {
    "one rater": ("id,a\n1,2\n", (), 3, "no two raters"),
    "no answer": ("id,a,b\n1,NA,\n", (), 3, "no answer"),
    "no such column": (PEFR, ("--raters", "wright,max"), 2, "no column 'max'"),
    "an answer out of the list": (READS, ("--categories", "yes,maybe"), 3, "line 3, column 'ann'"),
    "nothing can be made": (READS, ("--kind", "icc"), 3, "nothing that was asked"),
    "two titles alike": ("id,a,a\n1,2,3\n", (), 3, "the column 'a' comes twice"),
    "no title": ("id,a,\n1,2,3\n", (), 3, "column 3 has no title"),
    "a short row": ("id,a,b\n1,2\n", (), 3, "line 2: it has 2 cells under 3 titles"),
    "semicolons": ("id;a;b\n1;2;3\n", (), 3, "not separated by commas"),
    "only titles": ("id,a,b\n", (), 3, "no rows"),
    "a broken quotation": ('id,a,b\n1,"2,3\n', (), 3, "not valid CSV"),
    "counts that are not square": ("x,a,b\na,1,2\n", ("--counts",), 3, "same categories in the same order"),
    "a count below 0": ("x,a,b\na,1,-2\nb,1,2\n", ("--counts",), 3, "column 'b': the cell is below 0"),
    "half a count": ("x,a,b\na,1,0.5\nb,1,2\n", ("--counts",), 3, "is no whole number"),
    "a word for a count": ("x,a,b\na,1,many\nb,1,2\n", ("--counts",), 3, "is no number"),
    "no case": ("x,a,b\na,0,0\nb,0,0\n", ("--counts",), 3, "counts no case"),
    "raters of counts": (COUNTS, ("--counts", "--raters", "0,1"), 2, "gives kappa only"),
    "a level of 95": (PEFR, ("--level", "95"), 2, "no level between 0 and 1"),
    "a word twice": (PEFR, ("--raters", "a,a"), 2, "different words"),
    "masks too": (PEFR, ("--masks", "a", "b"), 2, "one of FILE and --masks"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "options", "code", "found"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_says_what_and_where(tissueclock, written, text, options, code, found):
    shown = tissueclock("evidence", "agreement", written(text), *options)
    assert shown.code == code
    assert found in shown.sentence


GUESSES_REFUSED = {
    "no such title": ("arm,treatment,control\na,1,2\nb,1,2\n", "no column 'unknown'"),
    "three arms": (GUESSES + "third,1,2,3\n", "3 arms"),
    "nobody": ("arm,treatment,control,unknown\na,0,0,0\nb,1,2,3\n", "arm 'a' has no guess"),
    "more than people": ("arm,treatment,control,unknown\na,1e30,0,0\nb,1,2,3\n", "is no count so large"),
    "an empty cell": ("arm,treatment,control,unknown\na,,0,0\nb,1,2,3\n", "the cell is empty"),
}


@pytest.mark.parametrize(("text", "found"), GUESSES_REFUSED.values(), ids=GUESSES_REFUSED)
def test_guesses_that_do_not_add_up_are_refused(tissueclock, written, text, found):
    shown = tissueclock("evidence", "blinding", written(text))
    assert (shown.code, found in shown.sentence) == (3, True)


def test_a_missing_file_and_an_option_of_raters_with_masks_are_wrong_usage(tissueclock, tmp_path):
    gone = tmp_path / "gone.csv"
    assert tissueclock("evidence", "agreement", gone).code == 2
    assert tissueclock("evidence", "agreement").code == 2
    assert tissueclock("evidence", "agreement", "--masks", gone, gone).code == 2
    mixed = tissueclock("evidence", "agreement", "--masks", gone, gone, "--counts")
    assert (mixed.code, "an option of ratings" in mixed.sentence) == (2, True)


def test_bytes_that_are_no_text_are_refused(tissueclock, tmp_path):
    path = tmp_path / "latin.csv"
    path.write_bytes("id,a,b\n1,f\xfcnf,2\n".encode("latin-1"))
    shown = tissueclock("evidence", "agreement", path)
    assert (shown.code, "not UTF-8" in shown.sentence) == (3, True)
