"""The registered trials and profiles: found by id, bound to their bytes, and whole."""

import json
import re
from fractions import Fraction
from importlib import resources

import pytest

from tissueclock.core.errors import InputError, UsageError
from tissueclock.core.exact import exact
from tissueclock.core.provenance import digest
from tissueclock.core.registry import TomlRegistry
from tissueclock.facts.entries import case_from_table
from tissueclock.facts.vocabulary import judgement_parts
from tissueclock.protocol.registry import check_judgements, profiles, protocol, protocols
from tissueclock.protocol.rule import Within, facts_of, leaves

EVERY_TRIAL = [pytest.param(trial, id=name) for name, trial in protocols().items()]
EVERY_ENTRY = EVERY_TRIAL + [pytest.param(item, id=name) for name, item in profiles().items()]
FOLDERS = [("tissueclock.protocol.trials", protocols), ("tissueclock.protocol.profiles", profiles)]


def test_what_this_version_knows():
    assert "defuse-3" in protocols()
    assert set(profiles()) >= {"defuse-2", "mr-rescue"}
    assert protocol("defuse-3") is protocols()["defuse-3"]


def test_an_unknown_id_is_wrong_usage():
    with pytest.raises(UsageError, match=r"^there is no trial 'defuse-9'\. Known: .*defuse-3"):
        protocol("defuse-9")


@pytest.mark.parametrize(("package", "entries"), FOLDERS)
def test_every_file_is_registered_under_its_stem_with_its_digest(package, entries):
    files = [file for file in resources.files(package).iterdir() if file.name.endswith(".toml")]
    tomls = {file.name.removesuffix(".toml"): file.read_bytes() for file in files}
    assert {name: entry.digest for name, entry in entries().items()} == {
        name: digest(content) for name, content in tomls.items()
    }


def test_exact_decimals_are_read_as_printed():
    exact = TomlRegistry("profile", "tissueclock.protocol.profiles", exact_decimals=True).get("mr-rescue")
    binary = TomlRegistry("profile", "tissueclock.protocol.profiles").get("mr-rescue")
    limits = [item.table["class"][0]["rule"]["all"][1]["value"] for item in (exact, binary)]
    assert (str(limits[0]), type(limits[1])) == ("0.70", float)
    assert exact.digest == binary.digest


@pytest.mark.parametrize("entry", EVERY_ENTRY)
def test_every_limit_is_shown_by_a_case_below_at_and_above(entry):
    rules = [item.rule for item in getattr(entry, "criteria", ()) or entry.classes]
    typed = [case.facts() for case in entry.cases]
    for leaf in (leaf for rule in rules for leaf in leaves(rule) if isinstance(leaf, Within)):
        if leaf.fact.startswith(("mismatch_ratio", "mismatch_ml", "mismatch_tmax2_ml")):
            continue  # derived from volumes; the cases of the contract test show their limits
        values = [exact(value) for facts in typed if (value := facts.known(leaf.fact)) is not None]
        for limit in map(exact, leaf.limits):
            near = max(Fraction(1), limit / 5)
            assert any(limit - near <= value < limit for value in values), (
                f"no case below {leaf.fact} {limit}"
            )
            assert any(value == limit for value in values), f"no case at {leaf.fact} {limit}"
            assert any(limit < value <= limit + near for value in values), (
                f"no case above {leaf.fact} {limit}"
            )


@pytest.mark.parametrize("trial", EVERY_TRIAL)
def test_a_trial_is_whole(trial):
    assert re.fullmatch(r"[a-z0-9-]+", trial.id)
    assert {case.expect for case in trial.cases} == {"eligible", "ineligible", "undetermined"}
    assert any(not case.entries for case in trial.cases), "the empty case"
    for criterion in trial.criteria:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", criterion.id)
        assert not criterion.text.endswith(".")
        assert judgement_parts(facts_of(criterion.rule)[0]) in (None, (trial.id, criterion.id))


SIMPLE = (">=", ">", "<=", "<", "between", "in", "is_true", "is_false")
COLLECTED = {
    "DAWN": ("dawn", 17),
    "DEFUSE2": ("defuse-2", 6),
    "DEFUSE3": ("defuse-3", 20),
    "LASTE": ("laste", 7),
    "LIMIT": ("rescue-japan-limit", 7),
    "RESCUEENDLOW": ("rescue-end-low", 24),
}
DOUBTED = frozenset({("laste", "nihss")})
"""Criteria that the facts' corrections call doubtful, against the mark in the table."""


@pytest.mark.shared
@pytest.mark.parametrize("collected_id", COLLECTED)
def test_a_trial_has_every_criterion_of_the_collected_facts(shared, collected_id):
    """Each computable criterion collected from the sources: kind, fact, operator, limits, confidence."""
    trials = json.loads((shared / "facts" / "trials.json").read_text(encoding="utf-8"))["trials"]
    collected = next(trial for trial in trials if trial["id"] == collected_id)["criteria"]
    simple = [item for item in collected if item["op"] in SIMPLE]
    name, count = COLLECTED[collected_id]
    assert len(simple) == count
    ours = {(item.kind.value, *_printed(item.rule)): item for item in protocol(name).criteria}
    for item in simple:
        found = ours[(item["kind"], *_collected(item))]
        if (name, found.id) not in DOUBTED:
            assert found.confidence.value == item["confidence"], found.id


def _printed(rule):
    leaf = leaves(rule)[0]
    if not isinstance(leaf, Within):
        return leaf.fact, "", tuple(sorted(getattr(leaf, "words", ())))
    low = "" if leaf.low is None else ">=" if leaf.includes_low else ">"
    high = "" if leaf.high is None else "<=" if leaf.includes_high else "<"
    return leaf.fact, low + high, tuple(map(float, leaf.limits))


def _collected(item):
    value, operator = item["value"], item["op"]
    if operator in ("is_true", "is_false"):
        return item["variable"], "", ()
    if operator == "in":
        return item["variable"], "", tuple(sorted(value))
    limits = tuple(map(float, value)) if isinstance(value, list) else (float(value),)
    return item["variable"], ">=<=" if operator == "between" else operator, limits


def test_a_judgement_that_no_criterion_reads_is_refused():
    check_judgements(case_from_table({"judgement": {"defuse-3": {"seizure": False}}, "age": 70}, "typed"))
    with pytest.raises(
        InputError, match=r"reads 'judgement\.defuse-3\.seizzure'\. Known: .*defuse-3\.seizure"
    ):
        check_judgements(case_from_table({"judgement": {"defuse-3": {"seizzure": False}}}, "typed"))
    with pytest.raises(InputError, match=r"reads 'judgement\.defuse-9\.seizure'\. Known trials: .*defuse-3"):
        check_judgements(case_from_table({"judgement": {"defuse-9": {"seizure": False}}}, "typed"))


GAPS = (
    "break",
    "could not be read",
    "surely incomplete",
    "shortened packet",
    "more may exist",
    "in part only",
)
READ_WHOLE = frozenset({"dawn", "defuse-3", "escape", "rescue-end-low", "thrace"})


@pytest.mark.parametrize("name", protocols())
def test_a_trial_whose_lists_were_not_read_whole_says_so(name):
    """The head of a file and its key `unread` may not tell two stories."""
    item = protocols()[name]
    assert bool(item.unread) == (name not in READ_WHOLE)
    if any(gap in note for gap in GAPS for note in item.notes):
        assert item.unread
    assert not item.unread.endswith(".")
    assert len(item.unread) <= 130
