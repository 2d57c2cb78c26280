"""A draft enrols nobody and decides nothing; confirmed, the same file does."""

from dataclasses import replace

import pytest

from tissueclock.core.errors import InputError
from tissueclock.eligibility.decide import decider, readable
from tissueclock.eligibility.evaluate import SCOPES, assess
from tissueclock.eligibility.judge import judge
from tissueclock.eligibility.outcome import Decision
from tissueclock.eligibility.standing import as_written, require_confirmed
from tissueclock.facts.derive import complete
from tissueclock.protocol.registry import protocol
from tissueclock.protocol.standing import Origin, Standing, State

TRIAL = protocol("defuse-3")
FIRST, *REST = TRIAL.criteria
DRAFT = replace(
    TRIAL,
    standing=Standing(state=State.DRAFT),
    criteria=(replace(FIRST, origin=Origin(verbatim="As registered", guess=True)), *REST),
)
CASES = {case.name: complete(case.facts()) for case in TRIAL.cases}


def test_a_trial_that_was_never_a_draft_may_enrol():
    require_confirmed(TRIAL)


def test_a_draft_is_refused_for_enrolment():
    with pytest.raises(InputError, match="'defuse-3' is a draft, and nobody is enrolled") as caught:
        require_confirmed(DRAFT)
    assert "protocol confirm" in caught.value.remedy


@pytest.mark.parametrize("scope", SCOPES)
def test_a_draft_is_undetermined_whatever_is_known_and_says_so(scope):
    decisions = set()
    for case in CASES.values():
        found, confirmed = assess(DRAFT, case, scope), assess(TRIAL, case, scope)
        decisions.add(confirmed.decision)
        assert found.decision is Decision.UNDETERMINED
        assert found.assumed[0].startswith("'defuse-3' is a draft that nobody confirmed")
        assert FIRST.id in found.assumed[0]
        assert (found.criteria, found.assumed[1:]) == (confirmed.criteria, confirmed.assumed)
    assert {Decision.ELIGIBLE, Decision.INELIGIBLE} <= decisions


def test_the_fast_way_says_the_same():
    decide, confirmed = decider(DRAFT), decider(TRIAL)
    assert {decide(readable(case)) for case in CASES.values()} == {Decision.UNDETERMINED}
    assert {confirmed(readable(case)) for case in CASES.values()} == set(Decision)


def test_worked_cases_test_the_rules_of_a_draft_as_typed():
    assert [judge(DRAFT, case) for case in CASES.values()] == [judge(TRIAL, case) for case in CASES.values()]
    assert as_written(TRIAL) is TRIAL
    assert as_written(DRAFT) == TRIAL
