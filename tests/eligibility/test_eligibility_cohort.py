"""A cohort's counts are those of judging its cases one by one, and they add up."""

from collections import Counter
from dataclasses import replace
from itertools import combinations

import pytest
from cohort_lab import ANSWERS, TRIALS, registry, slow_flow, slowly
from hypothesis import given, settings
from hypothesis import strategies as st

from tissueclock.core.errors import InputError, UsageError
from tissueclock.eligibility.cohort.decide import Deciders
from tissueclock.eligibility.cohort.result import LARGEST_COMBINATIONS
from tissueclock.eligibility.cohort.tally import count_cohort
from tissueclock.eligibility.evaluate import SCOPES
from tissueclock.facts import cohort
from tissueclock.facts.cohort import Refusals
from tissueclock.protocol.registry import protocol
from tissueclock.protocol.standing import Standing, State

STEP = ("failed", "unknown", "excluded", "remaining", "remaining_open", "only_reason", "only_reason_rest_met")


def counted(path, trials=TRIALS, **options):
    """Return the result and the decisions, {id: {trial: answer}}."""
    rows = []
    result = count_cohort(path, trials, Refusals(), rows=rows.extend, **options)
    return result, {row[0]: dict(zip((t.id for t in trials), row[1:], strict=True)) for row in rows}


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("blanks", [0.0, 0.05, 0.6])
def test_every_count_is_that_of_judging_case_by_case(tmp_path, scope, blanks):
    path = registry(tmp_path / "c.csv", 3, 60, blanks)
    slow = slowly(path, scope)
    result, decisions = counted(path, scope=scope)
    expected = {
        name: {trial: found.decision.value for trial, found in by_trial.items()}
        for name, by_trial in slow.items()
    }
    assert decisions == expected
    for flow in result.flows:
        answers = Counter(found[flow.counts.trial] for found in expected.values())
        assert {name: getattr(flow.counts, name) for name in ANSWERS} == {n: answers[n] for n in ANSWERS}
        steps = slow_flow([by_trial[flow.counts.trial] for by_trial in slow.values()], scope)
        assert {step.criterion: {name: getattr(step, name) for name in STEP} for step in flow.steps} == {
            name: {key: counts[key] for key in STEP} for name, counts in steps.items()
        }


def test_overlap_and_pairs_are_those_of_the_decisions(tmp_path):
    result, decisions = counted(registry(tmp_path / "c.csv", 5, 400, 0.002))
    sets = Counter(
        tuple(trial for trial, answer in row.items() if answer == "eligible") for row in decisions.values()
    )
    assert result.under_none == sets.pop((), 0)
    assert {item.trials: item.n for item in result.combinations} == sets
    assert [item.n for item in result.combinations] == sorted(sets.values(), reverse=True)
    assert len(result.pairs) == len(TRIALS) * (len(TRIALS) - 1) // 2
    for pair, (first, second) in zip(result.pairs, combinations(TRIALS, 2), strict=True):
        rows = [(row[first.id], row[second.id]) for row in decisions.values()]
        assert pair.table == tuple(tuple(rows.count((a, b)) for b in ANSWERS) for a in ANSWERS)
        assert pair.both == rows.count(("eligible", "eligible"))
        assert pair.either == sum("eligible" in row for row in rows)
        assert pair.of_three.n == 400
        assert pair.of_two.n == sum("undetermined" not in row for row in rows)


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), cases=st.integers(1, 40), blanks=st.sampled_from([0.0, 0.01, 0.3, 1.0]))
def test_everything_adds_up(tmp_path_factory, seed, cases, blanks):
    result, _ = counted(registry(tmp_path_factory.mktemp("c") / "c.csv", seed, cases, blanks))
    assert result.n == cases
    assert sum(item.n for item in result.combinations) + result.under_none == cases
    assert sum(item.n for item in result.largest) + result.in_smaller + result.under_none == cases
    for flow in result.flows:
        assert flow.counts.n == cases
        left = cases
        for step in flow.steps:
            left -= step.excluded
            assert step.remaining == left
            assert 0 <= step.remaining_open <= step.remaining
            assert step.only_reason_rest_met <= step.only_reason <= step.failed
        assert left == flow.counts.eligible + flow.counts.undetermined
        assert sum(step.only_reason for step in flow.steps) <= flow.counts.ineligible
        if blanks == 1.0:
            assert flow.counts.undetermined == cases


def test_the_size_of_a_batch_changes_nothing(tmp_path, monkeypatch):
    path = registry(tmp_path / "c.csv", 8, 50, 0.02)
    whole = counted(path)
    monkeypatch.setattr(cohort, "_BATCH_ROWS", 7)
    assert counted(path) == whole


def test_the_order_of_trials_and_asking_for_one_change_no_answer(tmp_path):
    path = registry(tmp_path / "c.csv", 9, 40)
    _, decisions = counted(path)
    assert counted(path, TRIALS[::-1])[1] == decisions
    (only,) = counted(path, (protocol("defuse-3"),))[0].flows
    assert only.counts.eligible == sum(row["defuse-3"] == "eligible" for row in decisions.values())


def test_a_typed_predicate_is_checked_against_its_criteria(tmp_path):
    """DAWN asks for 18 years or more; a child does not meet it, whatever was typed."""
    path = tmp_path / "c.csv"
    path.write_text("id,age,dawn_eligible\na,10,false\nb,70,true\nc,,\n", encoding="utf-8")
    assert counted(path)[0].n == 3
    path.write_text("id,age,dawn_eligible\na,70,true\nb,10,true\nc,x,\n", encoding="utf-8")
    refusals = Refusals()
    with pytest.raises(InputError, match=r"2 rows .* line 3: 'dawn_eligible' contradicts .* DAWN"):
        count_cohort(path, TRIALS, refusals)
    assert sorted(refusals.lines) == [3, 4]
    result, decisions = counted(path, skip_bad_rows=True)
    assert (result.n, list(decisions)) == (1, ["a"])


@pytest.mark.parametrize("scope", SCOPES)
def test_volumes_at_limits_and_infinite_ratios_are_judged_alike(tmp_path, scope):
    path = tmp_path / "c.csv"
    volumes = (
        "18.75,33.75",
        "50,90",
        "50,51",
        "0,100",
        "0,0",
        "0.0,14.9",
        "70,140",
        "69.9,126",
        ",100",
        "10,",
        ",",
    )
    path.write_text("\n".join(("core_ml,tmax6_ml,aspects_ct,age", *(f"{v},8,70" for v in volumes))), "utf-8")
    slow = slowly(path, scope)
    assert counted(path, scope=scope)[1] == {
        name: {trial: found.decision.value for trial, found in row.items()} for name, row in slow.items()
    }
    assert len({tuple(row.values()) for row in counted(path, scope="imaging")[1].values()}) > 4


def test_a_typed_predicate_stands_where_its_criteria_are_open(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("id,dawn_eligible,age\na,true,70\nb,false,70\nc,,70\n", encoding="utf-8")
    slow = slowly(path)
    late = "mr-clean-late"
    found = {name: row[late] for name, row in counted(path)[1].items()}
    assert found == {name: row[late].decision.value for name, row in slow.items()}
    assert found == {"a": "ineligible", "b": "undetermined", "c": "undetermined"}


def test_a_predicate_is_derived_from_the_criteria_of_its_trial(tmp_path):
    path = registry(tmp_path / "c.csv", 4, 30, 0.03)
    slow = slowly(path)
    deciders = Deciders(TRIALS, TRIALS)
    batch = next(iter(cohort.read_batches(path, deciders.coders, Refusals())))
    assert deciders.consistent(batch, Refusals()) is batch
    assert [found.eligible.bit_count() for found in deciders.decide(batch)] == [
        sum(row[trial.id].decision.value == "eligible" for row in slow.values()) for trial in TRIALS
    ]


def test_no_case_and_no_such_scope_are_refused(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("id,age\na,x\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"c.csv: it holds no case that can be read"):
        count_cohort(path, TRIALS, Refusals(), skip_bad_rows=True)
    with pytest.raises(UsageError, match="no scope 'all'"):
        count_cohort(path, TRIALS, Refusals(), scope="all")


def test_the_document_holds_everything_and_the_largest_combinations(tmp_path):
    result, _ = counted(registry(tmp_path / "c.csv", 6, 300))
    document = result.to_json()
    assert set(document) == {"n", "scope", "trials", "agreement", "overlap", "flow"}
    assert list(document["trials"]) == list(document["flow"]) == [trial.id for trial in TRIALS]
    overlap = document["overlap"]
    assert len(overlap["combinations"]) == min(len(result.combinations), LARGEST_COMBINATIONS)
    shown = sum(item["n"] for item in overlap["combinations"])
    assert shown + overlap["in_smaller_combinations"] + overlap["under_none"] == 300
    assert {tuple(item["trials"]) for item in overlap["pairs"]} == {
        tuple(item["trials"]) for item in document["agreement"]
    }
    assert document["trials"]["dawn"]["digest"] == protocol("dawn").digest


@pytest.mark.parametrize("scope", SCOPES)
def test_a_draft_decides_nobody_in_a_cohort(tmp_path, scope):
    confirmed = protocol("wake-up")
    draft = replace(confirmed, standing=Standing(state=State.DRAFT))
    path = registry(tmp_path / "c.csv", 3, 60, 0.05)
    result, decisions = counted(path, trials=(draft,), scope=scope)
    assert {answer for row in decisions.values() for answer in row.values()} == {"undetermined"}
    assert (result.counts[0].eligible, result.counts[0].ineligible) == (0, 0)
    assert all(step.excluded == 0 for step in result.flows[0].steps)
    certain, _ = counted(path, trials=(confirmed,), scope=scope)
    assert certain.counts[0].ineligible > 0
