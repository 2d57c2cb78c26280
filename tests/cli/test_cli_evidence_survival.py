"""`evidence survival`: rows, documents, files, competing causes, and every refusal."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tissueclock.core.notice import DISCLAIMER

PEOPLE = """id,days,dead,arm,site,age
1,3,1,old,x,70
2,8,1,old,y,64
3,8,0,old,x,81
4,12,1,old,y,77
5,20,0,old,x,59
6,6,1,new,x,66
7,14,0,new,y,72
8,22,1,new,x,80
9,25,0,new,y,61
10,25,0,new,x,58
"""
COLUMNS = ("--time", "days", "--event", "dead", "--group", "arm")


@pytest.fixture
def people(tmp_path):
    def write(text=PEOPLE):
        path = tmp_path / "people.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def rows(shown):
    *lines, last = shown.stdout.splitlines()
    assert (shown.code, last) == (0, DISCLAIMER), shown.stderr
    return {line.split("\t")[0]: line.split("\t")[1:] for line in lines}


def test_two_groups_by_rows(tissueclock, people):
    found = rows(tissueclock("evidence", "survival", people(), *COLUMNS, "--at", "10,30"))
    assert found["median/old"] == ["median time", "12.000 (95 % 3.000 to none)", "n 5, 3 with the event"]
    assert found["median/new"][1:] == ["undefined", "n 5, 2 with the event; fewer than half had it"]
    assert found["survival/old/10"][1].startswith("0.600 (95 % ")
    assert found["survival/old/30"][1:] == ["undefined", "nobody was followed for so long"]
    assert found["rmst/new"][0] == "restricted mean to 20"
    assert {"log-rank", "hazard-ratio/new v old", "proportional/new v old", "rmst-difference/new"} <= set(
        found
    )


def test_the_reference_turns_the_hazard_ratio_over(tissueclock, people):
    words = ("evidence", "survival", people(), *COLUMNS, "--json")
    one = tissueclock(*words).document["survival"]["cox"]["coefficients"][0]
    other = tissueclock(*words, "--reference", "new").document["survival"]["cox"]["coefficients"][0]
    assert (one["name"], other["name"]) == ("new v old", "old v new")
    assert one["hazard_ratio"] * other["hazard_ratio"] == pytest.approx(1)


def test_the_document_has_curves_tests_model_and_means(tissueclock, people):
    found = tissueclock("evidence", "survival", people(), *COLUMNS, "--at", "5,30", "--json").document[
        "survival"
    ]
    assert found["columns"]["group"] == "arm"
    assert [group["group"] for group in found["groups"]] == ["old", "new"]
    old = found["groups"][0]
    assert [row["time"] for row in old["curve"]] == [3, 8, 12, 20]
    assert [row["at_risk"] for row in old["curve"]] == [5, 4, 2, 1]
    assert old["survival_at"][1]["survival"] is None
    assert found["log_rank"]["observed"] == [3, 2]
    assert found["cox"]["ties"] == "efron"
    assert found["cumulative_incidence"] == []
    assert found["restricted_mean_differences"][0]["horizon"] == 20


def test_methods_are_those_that_are_asked_for(tissueclock, people):
    words = ("evidence", "survival", people(), *COLUMNS)
    plain = tissueclock(*words, "--scale", "plain", "--level", "0.9", "--at", "9").stdout
    assert "(90 % " in plain
    model = tissueclock(*words, "--ties", "exact", "--rho", "1", "--horizon", "9", "--json").document[
        "survival"
    ]
    assert (model["cox"]["ties"], model["log_rank"]["rho"]) == ("exact", 1)
    assert model["proportional_hazards_test"] == []
    assert model["restricted_mean_differences"][0]["horizon"] == 9


def test_strata_and_covariates(tissueclock, people):
    words = ("evidence", "survival", people(), *COLUMNS, "--strata", "site")
    found = tissueclock(*words, "--covariate", "age", "--json").document["survival"]
    assert (found["log_rank"]["strata"], found["cox"]["strata"]) == (2, 2)
    assert [one["name"] for one in found["cox"]["coefficients"]] == ["new v old", "age"]
    assert [test["name"] for test in found["proportional_hazards_test"]] == ["new v old", "age", "global"]
    worded = tissueclock("evidence", "survival", people(), *COLUMNS[:4], "--covariate", "site", "--json")
    assert [one["name"] for one in worded.document["survival"]["cox"]["coefficients"]] == ["site: y v x"]


def test_competing_causes_have_incidences_and_grays_test(tissueclock, people, tmp_path):
    text = PEOPLE.replace("3,8,0,old", "3,8,2,old").replace("7,14,0,new", "7,14,2,new")
    words = ("evidence", "survival", people(text), *COLUMNS, "--at", "10,40")
    found = rows(tissueclock(*words, "--out", tmp_path / "out", "--unit", "days"))
    assert found["incidence/old/1/10"][1].startswith("0.400 (95 % ")
    assert found["incidence/new/2/10"][1].startswith("0.000 ")
    assert found["incidence/old/1/40"][1:] == ["undefined", "nobody was followed for so long"]
    assert {"gray/1", "gray/2"} <= set(found)
    assert found["hazard-ratio/new v old"][0] == "hazard ratio, cause-specific"
    assert found["median/old"][2] == "n 5, 4 with any event"
    assert (tmp_path / "out" / "survival-incidence.svg").is_file()
    document = tissueclock(*words, "--json").document["survival"]
    assert document["causes"] == [1, 2]
    assert document["curves_are_of"] == "any event"
    assert document["cumulative_incidence"][0]["incidence_at"][1]["incidence"] is None


def test_one_group_has_a_curve_and_no_comparison(tissueclock, people, tmp_path):
    found = rows(tissueclock("evidence", "survival", people(), *COLUMNS[:4], "--out", tmp_path / "out"))
    assert found["cox"] == ["hazard ratio", "undefined", "there is one group and no covariate"]
    assert "log-rank" not in found
    assert (tmp_path / "out" / "survival.png").is_file()


def test_files_hold_the_rows_the_curves_and_the_document(tissueclock, people, tmp_path):
    out = tmp_path / "out"
    shown = tissueclock("evidence", "survival", people(), *COLUMNS, "--out", out, "--json")
    assert {path.name for path in out.iterdir()} == {
        "survival.csv", "survival-curves.csv", "survival.json", "survival.svg", "survival.png",
    }  # fmt: skip
    assert json.loads((out / "survival.json").read_text("utf-8")) == shown.document
    curves = list(csv.DictReader(io.StringIO((out / "survival-curves.csv").read_text("utf-8"))))
    assert (curves[0]["group"], curves[0]["time"], curves[0]["at_risk"]) == ("old", "3.0", "5")
    assert DISCLAIMER in (out / "survival.svg").read_text("utf-8")


def test_incomplete_rows_are_refused_or_left_out_and_counted(tissueclock, people):
    text = PEOPLE.replace("4,12,1,old", "4,NA,1,old").replace("9,25,0,new", "9,25,,new")
    refused = tissueclock("evidence", "survival", people(text), *COLUMNS)
    assert refused.code == 3
    assert "2 rows lack a cell of days, dead, arm, the first on line 5" in refused.sentence
    found = rows(tissueclock("evidence", "survival", people(text), *COLUMNS, "--skip-incomplete"))
    assert found["incomplete"] == ["2 rows were left out"]
    document = tissueclock(
        "evidence", "survival", people(text), *COLUMNS, "--skip-incomplete", "--json"
    ).document
    assert (document["survival"]["rows_left_out"], document["survival"]["n"]) == (2, 8)


def test_a_hazard_ratio_without_limit_is_no_number(tissueclock, people):
    text = "time,event,group\n" + "".join(f"{time},1,a\n{time},0,b\n" for time in range(1, 8))
    found = rows(tissueclock("evidence", "survival", people(text), "--group", "group"))
    assert found["cox"][1] == "undefined"
    assert "'b v a' has no limit" in found["cox"][2]


NAMES = "time,event,name\n" + "".join(f"{at},1,n{at}\n" for at in range(13))
REFUSED = {
    "no such column": (PEOPLE, ("--time", "weeks", "--event", "dead"), 2, "no column 'weeks'. It has: id,"),
    "no such group": (PEOPLE, (*COLUMNS, "--reference", "best"), 2, "no group 'best'. Groups are: old"),
    "a time below 0": (PEOPLE.replace("1,3,1", "1,-3,1"), COLUMNS, 3, "the cell is a time below 0"),
    "a word for a time": (PEOPLE.replace("1,3,1", "1,soon,1"), COLUMNS, 3, "the cell is no number"),
    "an endless time": (PEOPLE.replace("1,3,1", "1,1e300,1"), COLUMNS, 3, "the cell is no number"),
    "an event of 0.5": (PEOPLE.replace("1,3,1", "1,3,0.5"), COLUMNS, 3, "is no whole number"),
    "an event of -1": (PEOPLE.replace("1,3,1", "1,3,-1"), COLUMNS, 3, "is no event"),
    "no event": ("time,event\n1,0\n2,2\n", (), 3, "nobody had the event: column 'event' has no 1"),
    "nothing complete": ("time,event\nNA,1\n", ("--skip-incomplete",), 3, "no row is complete"),
    "names as a covariate": (NAMES, ("--covariate", "name"), 3, "13 different words"),
    "too late a horizon": (PEOPLE, (*COLUMNS, "--horizon", "90"), 2, "horizon 90 is not between 0 and 20"),
    "a horizon below 0": (PEOPLE, (*COLUMNS, "--horizon", "-1"), 2, "is no number from 0"),
    "no times": (PEOPLE, (*COLUMNS, "--at", "1,x"), 2, "is no number from 0"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "options", "code", "found"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_says_what_and_where(tissueclock, people, text, options, code, found):
    shown = tissueclock("evidence", "survival", people(text), *options)
    assert shown.code == code
    assert found in shown.sentence
