"""What must hold for every trial and profile, on cases at and near every limit, with gaps."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slow_rules import decision, holds, outcome, plain, profile_class, table_of, varied_cases

from tissueclock.core.truth import Truth
from tissueclock.eligibility.evaluate import assess
from tissueclock.eligibility.finding import find
from tissueclock.eligibility.outcome import UNDETERMINED, Decision, Outcome
from tissueclock.eligibility.profiles import classify
from tissueclock.facts.case import CaseFacts, Fact
from tissueclock.facts.derive import complete
from tissueclock.protocol.registry import profiles, protocols
from tissueclock.protocol.rule import AllOf, AnyOf, Is

TRIALS = pytest.mark.parametrize("trial", [pytest.param(item, id=name) for name, item in protocols().items()])
PROFILES = pytest.mark.parametrize(
    "profile", [pytest.param(item, id=name) for name, item in profiles().items()]
)
DEFINITE = (Decision.ELIGIBLE, Decision.INELIGIBLE)
PLENTY = settings(max_examples=100)


def cases(entry, folder):
    return varied_cases(table_of(folder, entry.id), entry.cases)


def without_some(data, case):
    """Return the case with some facts taken away."""
    kept = data.draw(st.sets(st.sampled_from(sorted(case)))) if len(case) else set()
    return CaseFacts.of(fact for name, fact in case.items() if name in kept)


@TRIALS
@PLENTY
@given(data=st.data())
def test_a_slow_evaluator_agrees(trial, data):
    case = data.draw(cases(trial, "trials"))
    table, seen = table_of("trials", trial.id), plain(case)
    found = assess(trial, case)
    assert {item.id: item.outcome.value for item in found.criteria} == {
        item["id"]: outcome(item, seen) for item in table["criterion"]
    }
    assert found.decision.value == decision(table, seen)


@TRIALS
@PLENTY
@given(data=st.data())
def test_knowing_more_never_turns_a_verdict_into_the_other(trial, data):
    case = data.draw(cases(trial, "trials"))
    fewer = without_some(data, case)
    before, after = assess(trial, fewer).decision, assess(trial, case).decision
    assert before is Decision.UNDETERMINED or before is after


@TRIALS
@PLENTY
@given(data=st.data())
def test_a_decision_fits_its_criteria(trial, data):
    case = data.draw(cases(trial, "trials"))
    found = assess(trial, case)
    outcomes = {item.outcome for item in found.criteria if item.role == "gate"}
    assert (found.decision is Decision.INELIGIBLE) == (Outcome.FAIL in outcomes)
    assert bool(found.missing) == (Outcome.UNKNOWN in outcomes)
    assert all(case.known(name) is None for name in found.missing)
    assert all(item.because for item in found.criteria)
    assert [item.id for item in found.criteria] == [item.id for item in trial.criteria]


@TRIALS
def test_the_empty_case_is_undetermined(trial):
    for scope in ("full", "imaging", "computable"):
        assert assess(trial, CaseFacts.of(), scope).decision is Decision.UNDETERMINED


@TRIALS
def test_no_single_fact_makes_anybody_eligible(trial):
    facts = {(fact.name, repr(fact.value)): fact for case in trial.cases for fact in case.facts().values()}
    for fact in facts.values():
        assert assess(trial, CaseFacts.of([fact])).decision is not Decision.ELIGIBLE, fact


@TRIALS
def test_an_eligible_patient_needs_every_fact(trial):
    """Take away any fact that a deciding criterion reads, and the answer stays open or the same."""
    eligible = [complete(case.facts()) for case in trial.cases if case.expect == "eligible"]
    for case in eligible[:5]:
        for name in case:
            fewer = CaseFacts.of(fact for other, fact in case.items() if other != name)
            found = assess(trial, fewer)
            assert found.decision in (Decision.ELIGIBLE, Decision.UNDETERMINED)
            assert (found.decision is Decision.UNDETERMINED) == (name in found.missing)


@PROFILES
@PLENTY
@given(data=st.data())
def test_a_slow_evaluator_agrees_on_profiles(profile, data):
    case = data.draw(cases(profile, "profiles"))
    found = classify(profile, case)
    assert found.label == profile_class(table_of("profiles", profile.id), plain(case))
    assert bool(found.missing) == (found.label == UNDETERMINED)


@PROFILES
@PLENTY
@given(data=st.data())
def test_knowing_more_never_changes_a_class(profile, data):
    case = data.draw(cases(profile, "profiles"))
    before = classify(profile, without_some(data, case)).label
    assert before in (UNDETERMINED, classify(profile, case).label)


NAMES = ("pregnant", "consent", "coma", "diabetes")
leaf = st.builds(lambda name, answer: Is(fact=name, answer=answer), st.sampled_from(NAMES), st.booleans())
trees = st.recursive(
    leaf,
    lambda rules: st.builds(
        lambda combine, branches: combine(tuple(branches)),
        st.sampled_from([AllOf, AnyOf]),
        st.lists(rules, min_size=1, max_size=3),
    ),
    max_leaves=8,
)


def raw(rule):
    """Return a rule as its TOML table."""
    if isinstance(rule, Is):
        return {"fact": rule.fact, "op": "is", "value": rule.answer}
    return {"all" if isinstance(rule, AllOf) else "any": [raw(branch) for branch in rule.branches]}


def answers(given_answers):
    return CaseFacts.of(Fact(name=name, value=value, source="s") for name, value in given_answers.items())


@given(trees, st.dictionaries(st.sampled_from(NAMES), st.booleans()), st.tuples(*[st.booleans()] * 4))
def test_a_definite_answer_survives_every_way_of_filling_the_gaps(rule, known, filling):
    partly = find(rule, answers(known))
    wholly = find(rule, answers(dict(zip(NAMES, filling, strict=True)) | known))
    assert wholly.truth is not Truth.UNKNOWN
    assert partly.truth in (Truth.UNKNOWN, wholly.truth)
    assert partly.truth is Truth.of(holds(raw(rule), known))
    assert bool(partly.missing) == (partly.truth is Truth.UNKNOWN)
