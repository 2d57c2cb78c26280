"""Invented cohorts as CSV, and the slow way of counting them: one `assess` a case and trial."""

import csv
from collections import Counter
from functools import cache
from random import Random

from tissueclock.bench.registry import registry_rows
from tissueclock.core.errors import InputError
from tissueclock.eligibility.evaluate import assess
from tissueclock.eligibility.predicates import derived
from tissueclock.facts.cohort import read_cases
from tissueclock.protocol.registry import protocols

TRIALS = tuple(protocols().values())
ANSWERS = ("eligible", "undetermined", "ineligible")


@cache
def drawn():
    """Return the header and the rows that cohorts are sampled from."""
    return list(registry_rows(TRIALS, 1, 600))


def registry(path, seed, cases, blanks=0.0):
    """Write an invented registry in which a share of cells is taken away; returns the path."""
    random = Random(seed)
    header, *invented = drawn()
    rows = [
        [f"case-{number}", *("" if random.random() < blanks else cell for cell in row[1:])]
        for number, row in enumerate(random.sample(invented, cases))
    ]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def slowly(path, scope="full"):
    """Return {id: {trial: assessment}} of every row that can be read."""
    found = {}
    for name, typed in read_cases(path):
        try:
            case = derived(typed)
        except InputError:
            continue
        found[name] = {trial.id: assess(trial, case, scope) for trial in TRIALS}
    return found


@cache
def gates_of(trial):
    return [item for item in protocols()[trial].criteria if item.role.value == "gate"]


def slow_flow(assessments, scope):
    """Walk every case through the criteria of its trial, one by one; returns {criterion: counts}."""
    steps = {}
    for found in assessments:
        outcomes = {item.id: item.outcome.value for item in found.criteria if item.role == "gate"}
        failing = [name for name, outcome in outcomes.items() if outcome == "fail"]
        anything_open = "unknown" in outcomes.values()
        is_open, is_out = False, False
        for gate in gates_of(found.trial):
            if scope == "imaging" and not gate.imaging:
                continue
            counts = steps.setdefault(gate.id, Counter())
            outcome = outcomes.get(gate.id, "left out")
            counts["failed"] += outcome == "fail"
            counts["unknown"] += outcome == "unknown"
            counts["excluded"] += outcome == "fail" and not is_out
            is_out |= outcome == "fail"
            is_open |= outcome == "unknown"
            counts["remaining"] += not is_out
            counts["remaining_open"] += is_open and not is_out
            counts["only_reason"] += failing == [gate.id]
            counts["only_reason_rest_met"] += failing == [gate.id] and not anything_open
    return steps
