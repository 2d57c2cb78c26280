"""`protocol show`: after the criteria how the trial was run, and what it published."""

from __future__ import annotations

import pytest

from tissueclock.cli.commands.protocol_published import published_document, published_lines
from tissueclock.protocol.registry import protocol, protocols
from tissueclock.protocol.results.registry import published


@pytest.fixture
def rows(tissueclock):
    """The rows after the criteria by their first field; a field that comes twice fails."""

    def read(name):
        lines = tissueclock("protocol", "show", name).stdout.splitlines()
        fields = [line.split("\t") for line in lines[1 + len(protocol(name).criteria) : -1]]
        names = [field[0] for field in fields]
        assert len(set(names)) == len(names), [item for item in names if names.count(item) > 1]
        return {field[0]: field[1:] for field in fields}

    return read


@pytest.fixture
def shown(tissueclock):
    return lambda name: tissueclock("protocol", "show", name, "--json").document


# --- how it was run


@pytest.mark.parametrize("name", protocols())
def test_everything_of_the_conduct_is_shown(rows, shown, name):
    trial, found, document = protocol(name), rows(name), shown(name)
    kinds = [row.partition("/")[0] for row in found]
    for kind, items in (("visit", trial.visits), ("version", trial.versions), ("reading", trial.readings)):
        assert kinds.count(kind) == len(items)
    assert [found[f"note/{number}"] for number in range(1, len(trial.notes) + 1)] == [
        [n] for n in trial.notes
    ]
    assert [item["name"] for item in document["visits"]] == [visit.name for visit in trial.visits]
    assert [item["after_h"] for item in document["visits"]] == [visit.after_h for visit in trial.visits]
    assert [item["question"] for item in document["readings"]] == [item.question for item in trial.readings]
    assert document["notes"] == list(trial.notes)
    assert [item["text"] for item in document["versions"]] == [item.text for item in trial.versions]


def test_randomisation_and_visits_are_marked_where_recalled(rows, shown):
    found = rows("laste")
    assert found["randomisation"][0] == "1:1"
    assert found["randomisation"][-1] == "[recalled-uncertain]"
    assert found["visit/24 h"] == ["24 h", "no window stated", "NIHSS, imaging", "[recalled]"]
    assert found["visit/day 90"][0] == "90 d"
    assert shown("laste")["randomisation"]["confidence"] == "recalled-uncertain"


def test_a_cohort_was_not_randomised(rows, shown):
    assert rows("defuse-2")["randomisation"] == ["none: nobody was randomised"]
    assert shown("defuse-2")["randomisation"] is None


def test_a_reading_names_the_criteria_that_it_touches(rows):
    question, reading, criteria = rows("dawn")["reading/2"]
    assert question.endswith("?")
    assert reading.startswith("That bound only names the group")
    assert criteria == "core-of-any-group"


# --- what it published


def test_a_trial_without_results_says_so(rows, shown):
    assert rows("rescue-end-low")["published"] == ["none"]
    assert shown("rescue-end-low")["published"] is None


@pytest.mark.parametrize("name", sorted(set(protocols()) & set(published())))
def test_the_results_have_a_digest_of_their_own(rows, shown, name):
    document = shown(name)
    assert document["published"]["digest"] == published()[name].digest == rows(name)["published"][-1]
    assert document["published"]["digest"] != document["digest"]


@pytest.mark.parametrize("name", published())
def test_every_result_has_its_row_and_its_entry(name):
    item, document = published()[name], published_document(name)
    fields = [line.split("\t") for line in published_lines(name)]
    assert len({field[0] for field in fields}) == len(fields)
    kinds = [field[0].partition("/")[0] for field in fields]
    for kind, items in (
        ("arm", item.arms),
        ("mrs", [arm for arm in item.arms if arm.mrs]),
        ("stratum", item.strata),
        ("outcome", item.outcomes),
        ("interaction", item.interactions),
        ("discrepancy", item.discrepancies),
        ("warning", item.warnings),
        ("result-note", item.notes),
    ):
        assert kinds.count(kind) == len(items), kind
    assert [entry["id"] for entry in document["outcomes"]] == [outcome.id for outcome in item.outcomes]
    for field, outcome in zip([f for f in fields if f[0].startswith("outcome/")], item.outcomes, strict=True):
        assert field[-1] == f"[{outcome.origin.confidence.value}]"
        assert field[-2].startswith("read in " if field[-1] == "[found]" else "RECALLED")
        assert len(field) == 8


def test_the_scale_counts_and_effect_as_a_reader_sees_them(rows):
    found = rows("defuse-3")
    assert found["mrs/treatment"][0] == "0: 9; 1: 15; 2: 17; 3: 14; 4: 17; 5: 7; 6: 13; n = 92"
    assert found["outcome/mrs-0-2"][:4] == [
        "mrs-0-2",
        "Modified Rankin Scale 0 to 2 at 90 days",
        "41 of 92 against 15 of 90",
        "RR 2.67 (95 % CI 1.60 to 4.48), p < 0.001",
    ]
    assert found["outcome/serious-adverse-event"][-2:] == [
        "RECALLED, not read: Expert memory; not read in a source",
        "[recalled]",
    ]


def test_what_is_less_certain_doubtful_or_worked_out_says_so(rows):
    dawn, laste = rows("dawn"), rows("laste")
    better = dawn["outcome/mrs-0-2"]
    assert better[2] == "52 of 107 (49 %) against 13 of 99 (13 %); counts worked out from percentages"
    assert better[3] == "aRD 33 (95 % CrI 24 to 44)"
    assert better[-2].endswith("; counts RECALLED, not read")
    assert "DOUBTFUL: The printed deaths" in laste["mrs/control"][1]
    assert laste["discrepancy/1"][:3] == ["death-90d", "mrs", "treatment, control"]


def test_merged_levels_percentages_and_no_counts_look_different():
    tension, escape, late = (published_lines(name) for name in ("tension", "escape", "mr-clean-late"))
    assert any("\t0-1: 10; 2: 11; 3: 18; 4: 24; 5: 15; 6: 46; n = 124\t" in line for line in tension)
    assert any("\t0: 15 %; 1: 21 %; 2: 18 %; 3: 16 %;" in line for line in escape)
    assert any("\tno counts, n = 255\tNo counts: the public rebuild" in line for line in late)


def test_strata_and_interactions_of_mr_rescue():
    lines = published_lines("mr-rescue")
    assert any(
        "\tpenumbral against non-penumbral\tmean difference 0.88, p = 0.14\t" in line for line in lines
    )
    document = published_document("mr-rescue")
    assert document["strata"][0]["sizes"] == {"treatment": 34, "control": 34}
    assert document["interactions"][0]["p"] == {"sign": "=", "value": 0.14}
    assert document["enrolment"]["n"] == 127


def test_numbers_are_numbers_in_the_document(shown):
    results = shown("defuse-3")["published"]
    (good,) = [item for item in results["outcomes"] if item["id"] == "mrs-0-2"]
    assert good["treatment"] == {"events": 41, "n": 92, "percent": None, "value": None}
    assert (good["measure"], good["estimate"], good["ci"]) == ("RR", 2.67, [1.6, 4.48])
    assert (good["p"], good["adjusted"]) == ({"sign": "<", "value": 0.001}, False)
    assert results["arms"][0]["mrs"]["counts"] == [9, 15, 17, 14, 17, 7, 13]
