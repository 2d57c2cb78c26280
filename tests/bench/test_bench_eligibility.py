"""The eligibility suite: what it counts, and the command. How fast it is belongs into no test."""

import pytest

from tissueclock.bench.cohort import invented_cases
from tissueclock.bench.eligibility import eligibility
from tissueclock.cli.main import main
from tissueclock.eligibility.evaluate import assess
from tissueclock.protocol.registry import protocol, protocols

TRIALS = tuple(protocols().values())


def test_every_case_is_decided_against_every_trial_and_explained_alike():
    decide, explain, derive = eligibility(40, 7, lambda words, share: None)
    assert [row.work for row in (decide, explain, derive)] == ["decide", "explain", "derive"]
    assert (decide.cases, decide.trials) == (40, len(TRIALS))
    assert sum(decide.answers.values()) == 40 * len(TRIALS)
    assert decide.answers == explain.answers
    assert derive.cases == sum(len(trial.cases) for trial in TRIALS)
    assert all(row.cases_per_second > 0 for row in (decide, explain, derive))


def test_a_case_that_lacks_one_criterion_lacks_that_one():
    cases = [case for case in invented_cases(TRIALS, 7, 200) if case.lacks]
    assert len(cases) > 100
    for case in cases:
        found = assess(protocol(case.trial), case.facts).criteria
        gates = [item for item in found if item.role == "gate"]
        assert [item.id for item in gates if item.outcome.value in ("fail", "unknown")] == [case.lacks]


def test_the_command_prints_a_row_a_kind_of_work(capsys):
    assert main(["bench", "--suite", "eligibility", "--cases", "5"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert [row.split("\t")[0] for row in rows[:-1]] == ["decide", "explain", "derive"]
    assert "cases/s" in rows[0]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--cases", "0"], "--cases is 0. Use 1 or more."),
        (
            ["--repeats", "2"],
            "--repeats was given. Leave it out: it belongs to --suite accuracy and --suite speed.",
        ),
    ],
)
def test_an_option_that_does_not_fit_is_wrong_usage(capsys, words, sentence):
    assert main(["bench", "--suite", "eligibility", *words]) == 2
    assert sentence in capsys.readouterr().err


def test_cases_belong_to_this_suite(capsys):
    assert main(["bench", "--cases", "5"]) == 2
    assert "belongs to --suite eligibility" in capsys.readouterr().err
