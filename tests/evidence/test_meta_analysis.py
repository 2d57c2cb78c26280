"""A request for a meta-analysis: its defaults, what is refused, what a reader is told, and the extras."""

from __future__ import annotations

import json
import math

import pytest
from meta_lab import BCG_COUNTS, one_arms, two_arms

from tissueclock.core.errors import InputError, UsageError
from tissueclock.evidence.meta.analysis import METHODS, Request, analyse, default_method, named_test
from tissueclock.evidence.meta.convention import CONVENTIONS, METAFOR
from tissueclock.evidence.meta.measures.base import MEASURES
from tissueclock.evidence.meta.pool import AD_HOC, KNAPP_HARTUNG, PoolSettings, T, Z, pool
from tissueclock.evidence.meta.studies import Given
from tissueclock.evidence.meta.synthesis import Extras, synthesise
from tissueclock.evidence.meta.table import StudyTable

REVMAN = CONVENTIONS["revman"]
LARGE_CORE = ((31, 100, 13, 102), (108, 230, 75, 225), (67, 177, 32, 171))
"""mRS 0-3 at 90 days in RESCUE-Japan LIMIT, ANGEL-ASPECT and SELECT2, as in their published results."""


def request(measure="RR", method="REML", **others):
    return Request(measure=MEASURES.get(measure), method=method, **others)


def test_the_published_pool_is_revmans_and_not_the_plain_one():
    studies = two_arms(*LARGE_CORE)
    revman = analyse(studies, request(method="DL", convention=REVMAN))
    assert [round(x, 2) for x in (revman.estimate, *revman.ci)] == [1.78, 1.28, 2.48]
    plain = analyse(studies, request(method="DL"))
    assert [round(x, 3) for x in plain.ci] == [1.285, 2.466]


def test_in_revman_studies_without_events_are_left_out_of_ratios_only():
    studies = two_arms(*LARGE_CORE, (0, 20, 0, 20))
    ratio = analyse(studies, request(method="DL", convention=REVMAN))
    assert (ratio.k, ratio.weights_percent[3]) == (3, 0.0)
    assert ratio.notes == ("studies left out, having no event or nothing else: 1",)
    assert sum(ratio.weights_percent) == pytest.approx(100)
    difference = analyse(studies, request("RD", "DL", convention=REVMAN))
    assert (difference.k, difference.weights_percent[3] > 0) == (4, True)


def test_revman_pools_proportions_and_given_effects_too():
    shares = analyse(one_arms((3, 57), (14, 230), (9, 100)), request("PLO", "DL", convention=REVMAN))
    plain = analyse(one_arms((3, 57), (14, 230), (9, 100)), request("PLO", "DL"))
    assert shares.beta == plain.beta
    assert shares.pi != plain.pi


def test_elsewhere_they_are_kept_and_the_reader_is_told():
    found = analyse(two_arms(*LARGE_CORE, (0, 20, 0, 20), (0, 9, 1, 9)), request("OR"))
    assert found.k == 5
    assert found.notes == (
        "studies with an empty cell, of which every cell got 1/2: 2",
        "of these kept without any event, or with nothing else: 1",
    )


def test_an_interval_that_leaves_0_to_1_is_pointed_at():
    found = analyse(one_arms((0, 8), (1, 9), (0, 7)), request("PR"))
    assert found.ci[0] < 0
    assert "an interval leaves 0 to 1, where no proportion is: PLO and PFT stay within" in found.notes
    assert analyse(one_arms((0, 8), (1, 9), (0, 7)), request("PFT")).ci[0] >= 0


@pytest.mark.parametrize(
    ("measure", "convention", "method"),
    [("RR", METAFOR, "REML"), ("PFT", METAFOR, "REML"), ("PETO", METAFOR, "PETO"), ("RR", REVMAN, "DL")],
)
def test_a_method_that_is_not_named(measure, convention, method):
    assert default_method(MEASURES.get(measure), convention) == method


def test_names_of_tests():
    assert named_test(knapp_hartung=False, ad_hoc=False) == Z
    assert named_test(knapp_hartung=True, ad_hoc=False) == KNAPP_HARTUNG
    assert named_test(knapp_hartung=True, ad_hoc=True) == AD_HOC
    with pytest.raises(UsageError, match="--ad-hoc was given alone"):
        named_test(knapp_hartung=False, ad_hoc=True)


WRONG = {
    "no such method": ({"method": "XX"}, "no method 'XX'"),
    "no such model": ({"model": "XX"}, "no model 'XX'"),
    "MH of a proportion": ({"measure": "PLO", "method": "MH"}, "method MH does not go with measure PLO"),
    "Peto of a risk ratio": ({"method": "PETO"}, "method PETO does not go with measure RR"),
    "a model of a risk ratio": ({"method": "GLMM"}, "method GLMM does not go with measure RR"),
    "a t of a fixed effect": ({"method": "FE", "test": KNAPP_HARTUNG}, "method FE has no Knapp-Hartung"),
    "a likelihood of moments": (
        {"method": "DL", "tau2_interval": "profile-likelihood"},
        "method DL has no profile likelihood",
    ),
}


@pytest.mark.parametrize(("wrong", "words"), WRONG.values(), ids=WRONG)
def test_a_request_that_does_not_exist(wrong, words):
    with pytest.raises(UsageError, match=words) as error:
        request(**wrong)
    assert error.value.remedy


def test_the_settings_nearest_to_a_request():
    assert request(method="MH").settings == PoolSettings(method="FE")
    assert request("PLO", "GLMM", test=KNAPP_HARTUNG).settings == PoolSettings(method="REML", test=T)
    assert request(method="PM", level=0.9).settings == PoolSettings(method="PM", level=0.9)


GIVEN = [Given(study=name, yi=y, vi=0.1) for name, y in (("a", 0.2), ("b", 0.4), ("c", 0.5))]
UNFIT = {
    "no study": (lambda: analyse([], request()), InputError, "there is no study"),
    "one study": (lambda: analyse(two_arms(LARGE_CORE[0]), request()), InputError, "there is one study"),
    "no event": (
        lambda: analyse(two_arms((0, 9, 0, 9), (0, 5, 0, 5)), request()),
        InputError,
        "there is no event",
    ),
    "no event, MH": (
        lambda: analyse(two_arms((0, 9, 0, 9), (0, 5, 0, 5)), request("RD", "MH")),
        InputError,
        "there is no event",
    ),
    "nothing else": (
        lambda: analyse(two_arms((9, 9, 9, 9), (5, 5, 5, 5)), request("OR")),
        InputError,
        "nothing but events in any study",
    ),
    "no event at all": (
        lambda: analyse(one_arms((0, 9), (0, 5)), request("PLO")),
        InputError,
        "no event in any",
    ),
    "counts are needed": (lambda: analyse(GIVEN, request("OR", "MH")), UsageError, "method MH needs counts"),
    "sizes are needed": (lambda: analyse(GIVEN, request("PFT")), InputError, "needs the size of every study"),
}


@pytest.mark.parametrize(("call", "kind", "words"), UNFIT.values(), ids=UNFIT)
def test_studies_that_cannot_be_pooled(call, kind, words):
    with pytest.raises(kind, match=words) as error:
        call()
    assert error.value.remedy


def test_no_event_is_a_result_on_the_scales_that_need_no_correction():
    for name in ("PAS", "PFT"):
        found = analyse(one_arms((0, 9), (0, 50)), request(name))
        assert found.estimate == pytest.approx(0.0, abs=2e-3)
        assert found.ci[1] < 0.12


@pytest.mark.parametrize("method", METHODS)
def test_every_method_gives_a_whole_document(method):
    measure = {"PETO": "PETO", "GLMM": "OR"}.get(method, "RR")
    document = analyse(two_arms(*BCG_COUNTS), request(measure, method)).to_json()
    json.dumps(document, allow_nan=False)
    assert (document["method"], document["k"]) == (method, 13)
    assert document["ci_low"] < document["estimate"] < document["ci_high"] < 1
    assert (document["tau2"] == 0) is (method in ("FE", "MH", "PETO"))


# --- extras ------------------------------------------------------------------------------------------------

TABLE = StudyTable(
    studies=tuple(two_arms(*BCG_COUNTS)),
    columns={
        "latitude": ("44", "55", "42", "52", "13", "44", "19", "13", "27", "42", "18", "33", "33"),
        "allocation": ("r", "r", "r", "r", "a", "a", "r", "r", "r", "s", "s", "s", "s"),
        "mixed": ("1", "2", "3", "x", "5", "6", "7", "8", "9", "10", "11", "12", "13"),
        "holes": ("", *"23456789abcd"),
    },
)


def test_all_extras_at_once_make_one_document():
    extras = Extras(
        subgroup="allocation",
        moderators=("latitude", "allocation", "latitude"),
        bias=True,
        leave_one_out=True,
        cumulative="latitude",
        influence=True,
    )
    document = synthesise(TABLE, request("OR"), extras).to_json()
    json.dumps(document, allow_nan=False)
    assert len(document["studies"]) == len(document["leave_one_out"]) == len(document["influence"]) == 13
    assert [row["name"] for row in document["regression"]["coefficients"]] == [
        *("intercept", "latitude", "allocation=r", "allocation=s"),
    ]
    assert [group["group"] for group in document["subgroups"]["groups"]] == ["a", "r", "s"]
    assert [step["at"] for step in document["cumulative"]][:4] == ["13", "13", "18", "19"]
    assert document["cumulative"][-1]["beta"] == pytest.approx(document["beta"])
    assert {"asymmetry", "begg", "trim_fill", "fail_safe", "notes"} == set(document["bias"])


def test_nothing_is_added_that_was_not_asked():
    document = synthesise(TABLE, request(), Extras()).to_json()
    assert not {"subgroups", "regression", "bias", "leave_one_out", "cumulative", "influence"} & set(document)


def test_an_odds_ratio_by_mantel_and_haenszel_brings_its_tests():
    document = synthesise(
        TABLE, request("OR", "MH"), Extras(leave_one_out=True, cumulative="latitude")
    ).to_json()
    assert {"cochran_mantel_haenszel", "breslow_day", "tarone"} <= set(document)
    assert "tarone" not in synthesise(TABLE, request("RR", "MH"), Extras()).to_json()


def test_notes_of_the_table_are_kept():
    table = StudyTable(studies=TABLE.studies, notes=("two are called alike",))
    assert synthesise(table, request(), Extras()).pooled.notes == ("two are called alike",)


def test_one_tau2_for_all_subgroups():
    extras = Extras(subgroup="allocation", common_tau2=True)
    groups = synthesise(TABLE, request(), extras).to_json()["subgroups"]["groups"]
    assert len({group["tau2"] for group in groups}) == 1


ASKED = {
    "influence by counts": (
        request("OR", "MH"),
        Extras(influence=True),
        UsageError,
        "--influence does not go",
    ),
    "moderators of a model": (
        request("OR", "GLMM"),
        Extras(moderators=("latitude",)),
        UsageError,
        "--moderator",
    ),
    "one tau2 by counts": (
        request("OR", "MH"),
        Extras(subgroup="allocation", common_tau2=True),
        UsageError,
        "--subgroup-tau2 common",
    ),
    "cumulative model": (request("OR", "GLMM"), Extras(cumulative="latitude"), UsageError, "--cumulative"),
    "tau2 without subgroups": (request(), Extras(common_tau2=True), UsageError, "given alone"),
    "no such column": (request(), Extras(subgroup="nope"), UsageError, "there is no column 'nope'"),
    "a hole": (request(), Extras(subgroup="holes"), InputError, "'holes' is empty for 's0'"),
    "numbers and words": (request(), Extras(moderators=("mixed",)), InputError, r"numbers and words \('x'\)"),
}


@pytest.mark.parametrize(("asked", "extras", "kind", "words"), ASKED.values(), ids=ASKED)
def test_extras_that_cannot_be_had(asked, extras, kind, words):
    with pytest.raises(kind, match=words) as error:
        synthesise(TABLE, asked, extras)
    assert error.value.remedy


@pytest.mark.parametrize(
    "extras", [Extras(subgroup="arm"), Extras(cumulative="year"), Extras(leave_one_out=True)]
)
def test_a_part_that_cannot_be_pooled_is_named(extras):
    rows = ((0, 10, 2, 10), (0, 12, 1, 12), (3, 20, 5, 20))
    table = StudyTable(
        studies=tuple(two_arms(*rows)), columns={"arm": ("x", "x", "y"), "year": ("1", "2", "3")}
    )
    with pytest.raises(InputError, match="an arm has no event") as error:
        synthesise(table, request("OR", "MH"), extras)
    assert error.value.where in ("subgroup 'x'", "the first 1 by 'year'", "2 of 3 studies")


def test_numbers_in_words_are_ordered_as_numbers():
    table = StudyTable(
        studies=TABLE.studies, columns={"year": tuple(str(10 * i % 130) for i in range(13, 0, -1))}
    )
    steps = synthesise(table, request(), Extras(cumulative="year")).cumulative
    years = [float(at) for _, at, _ in steps]
    assert years == sorted(years)
    assert not math.isclose(years[0], years[-1])


def test_given_effects_pool_as_the_counts_that_they_came_from():
    counts = analyse(two_arms(*BCG_COUNTS), request("OR"))
    from_counts = synthesise(TABLE, request("OR"), Extras()).rows
    given = [Given(study=row.effect.study, yi=row.effect.yi, vi=row.effect.vi) for row in from_counts]
    assert analyse(given, request("OR")).estimate == counts.estimate
    assert pool([row.effect for row in from_counts], MEASURES.get("OR"), PoolSettings()).beta == counts.beta
