"""The eligibility suite: what it counts, and the command. How fast it is belongs into no test."""

import pytest

from tissueclock.bench.cohort import invented_cases
from tissueclock.bench.eligibility import eligibility
from tissueclock.bench.registry import registry_rows, write_registry
from tissueclock.cli.main import main
from tissueclock.eligibility.cohort.tally import count_cohort
from tissueclock.eligibility.evaluate import assess
from tissueclock.facts.cohort import Refusals
from tissueclock.protocol.registry import protocol, protocols

TRIALS = tuple(protocols().values())


def test_every_case_is_decided_against_every_trial_and_explained_alike():
    decide, explain, derive, cohort = eligibility(40, 7, lambda words, share: None)
    assert [row.work for row in (decide, explain, derive)] == ["decide", "explain", "derive"]
    assert (cohort.work, cohort.cases, sum(cohort.answers.values())) == ("cohort", 40, 40 * len(TRIALS))
    assert (decide.cases, decide.trials) == (40, len(TRIALS))
    assert sum(decide.answers.values()) == 40 * len(TRIALS)
    assert decide.answers == explain.answers
    assert derive.cases == sum(len(trial.cases) for trial in TRIALS)
    assert all(row.cases_per_second > 0 for row in (decide, explain, derive, cohort))


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
    assert [row.split("\t")[0] for row in rows[:-1]] == ["decide", "explain", "derive", "cohort"]
    assert "cases/s" in rows[0]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--cases", "0"], "--cases is 0. Use 1 or more."),
        (
            ["--repeats", "2"],
            "--repeats was given. Leave it out: it belongs to --suite speed.",
        ),
    ],
)
def test_an_option_that_does_not_fit_is_wrong_usage(capsys, words, sentence):
    assert main(["bench", "--suite", "eligibility", *words]) == 2
    assert sentence in capsys.readouterr().err


def test_cases_belong_to_this_suite(capsys):
    assert main(["bench", "--cases", "5"]) == 2
    assert "belongs to --suite eligibility" in capsys.readouterr().err


def test_an_invented_registry_is_the_same_for_the_same_seed_and_can_be_judged(tmp_path):
    first, again, other = (tmp_path / f"{name}.csv" for name in "abc")
    for path, seed in ((first, 3), (again, 3), (other, 4)):
        write_registry(path, TRIALS, seed, 300)
    assert first.read_bytes() == again.read_bytes() != other.read_bytes()
    refusals = Refusals()
    result = count_cohort(first, TRIALS, refusals)
    assert (result.n, refusals.lines) == (300, [])
    assert sum(counts.eligible > 0 for counts in result.counts) > len(TRIALS) / 2
    assert len(result.combinations) > len(TRIALS)


def test_the_registry_leaves_out_what_follows_and_asks_nothing_twice():
    header, *rows = registry_rows(TRIALS, 1, 20)
    assert header[0] == "case_id"
    assert len(set(header)) == len(header)
    assert not {"mismatch_ml", "mismatch_ratio", "dawn_eligible"} & set(header)
    assert len({row[0] for row in rows}) == 20


def test_the_command_writes_a_cohort_for_assess(capsys, tmp_path):
    path = tmp_path / "cohort.csv"
    assert main(["bench", "--suite", "eligibility", "--cases", "30", "--write-cohort", str(path)]) == 0
    assert capsys.readouterr().out.startswith("cohort.csv\t30 invented cases")
    assert main(["assess", "--facts", str(path)]) == 0
    assert capsys.readouterr().out.startswith("cohort\tcases 30\t")


def test_a_cohort_is_written_by_this_suite_only_and_not_over_a_folder(capsys, tmp_path):
    assert main(["bench", "--write-cohort", str(tmp_path / "c.csv")]) == 2
    assert "--write-cohort was given. Leave it out" in capsys.readouterr().err
    assert main(["bench", "--suite", "eligibility", "--write-cohort", str(tmp_path)]) == 2
    assert "Name another file for --write-cohort." in capsys.readouterr().err
