"""Pools as data: every file of ours holds together, and what a file may not say is refused with its place."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from importlib import resources

import pytest

from tissueclock.core.errors import InputError, UsageError
from tissueclock.core.provenance import digest
from tissueclock.facts.case import CaseFacts
from tissueclock.protocol.model import Confidence
from tissueclock.protocol.pooling.load import parse_pool
from tissueclock.protocol.pooling.model import GOOD, OUTCOMES, outcome_word
from tissueclock.protocol.pooling.registry import pool_of, pools
from tissueclock.protocol.registry import protocols
from tissueclock.protocol.results.parts import Studied
from tissueclock.protocol.results.registry import published
from tissueclock.protocol.results.values import Kind, Role

NAMES = ("early-window", "hermes", "large-core", "late-thrombolysis", "late-window", "rescue-stenting")
SMALL = """
schema = 1
id = "example"
title = "An example"
question = "Does it help?"
treatment = "It"
control = "Nothing"
outcomes = ["mrs-0-2", "death"]
measure = "RR"
[sources]
paper = "Invented paper"
memory = "Expert memory; not read in a source"
[members]
text = "Two by name"
trials = ["dawn"]
[[group]]
name = "One"
trials = ["dawn"]
[[study]]
id = "own"
title = "Own"
year = 2020
citation = "Invented 2020"
group = "Other"
design = "cohort"
confidence = "recalled"
source = "memory"
counts."mrs-0-2" = { treatment = { events = 1, n = 10 }, control = { events = 2, n = 11 } }
[[left_out]]
title = "Gone"
reason = "another comparator"
confidence = "found"
source = "paper"
[[printed]]
name = "A review"
outcome = "death"
measure = "RR"
estimate = 0.80
ci = [0.70, 0.91]
method = "DL"
convention = "revman"
trials = ["own"]
confidence = "found"
source = "paper"
"""


def parsed(text: str = SMALL):
    return parse_pool(tomllib.loads(text, parse_float=Decimal), "example.toml", "digest")


def changed(old: str, new: str) -> str:
    assert old in SMALL
    return SMALL.replace(old, new)


def test_the_pools_of_the_issue_are_there():
    assert tuple(pools()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_pool_names_trials_that_have_files(name):
    pool = pool_of(name)
    for trial in (*pool.trials, *(trial for group in pool.groups for trial in group.trials)):
        assert trial in published()
        assert trial in protocols()
    recipes = [item.recipe for item in pool.printed if item.recipe]
    known = {*published(), *(study.id for study in pool.studies)}
    assert all(trial in known for recipe in recipes for trial in recipe.trials)


@pytest.mark.parametrize("name", NAMES)
def test_every_pool_is_explained(name):
    pool = pool_of(name)
    assert pool.question.endswith("?")
    assert pool.cautions
    assert all(item.origin.source in pool.sources.values() for item in (*pool.studies, *pool.printed))
    for study in pool.studies:
        if "memory" in study.origin.source:
            assert study.origin.confidence is not Confidence.FOUND


def test_the_digest_is_that_of_the_bytes():
    folder = resources.files("tissueclock.protocol.pools")
    for name, pool in pools().items():
        assert pool.digest == digest(folder.joinpath(f"{name}.toml").read_bytes())


def test_an_unknown_pool_is_answered_with_those_that_exist():
    with pytest.raises(UsageError, match="there is no pool 'nope'") as caught:
        pool_of("nope")
    assert all(name in caught.value.remedy for name in NAMES)


def test_every_part_of_a_file_is_read():
    pool = parsed()
    assert (pool.id, pool.arms, pool.outcomes) == ("example", ("It", "Nothing"), (Kind.MRS_0_2, Kind.DEATH))
    (study,), (gone,), (printed,) = pool.studies, pool.left_out, pool.printed
    assert (study.counts[Kind.MRS_0_2][Role.CONTROL].n, study.randomised, study.derived) == (11, False, False)
    assert (gone.title, gone.reason) == ("Gone", "another comparator")
    assert (printed.effect.interval, printed.recipe.trials) == ((Decimal("0.70"), Decimal("0.91")), ("own",))
    assert (pool.group_of("dawn"), pool.group_of("mr-clean")) == ("One", "")
    assert pool.printed_of(Kind.DEATH) == (printed,)


def test_a_rule_is_read_as_two_patients():
    rule = pool_of("large-core").rule
    assert (rule.studied, rule.takes.known("aspects_ct"), rule.refuses.known("aspects_ct")) == (
        Studied.ENDOVASCULAR,
        4,
        9,
    )
    assert isinstance(rule.takes, CaseFacts)


def test_words_and_outcomes_are_one_to_one():
    assert all(OUTCOMES[outcome_word(kind)] is kind for kind in OUTCOMES.values())
    assert {Kind.DEATH, Kind.SICH}.isdisjoint(GOOD)


NAMED = 'trials = ["dawn"]\n[[group]]'
RULE = 'studied = "endovascular"\ntakes = { age = 60 }\nrefuses = { age = 90 }\n[[group]]'
COUNTS = 'counts."mrs-0-2" = { treatment = { events = 1, n = 10 }, control = { events = 2, n = 11 } }'
EFFECT = 'measure = "RR"\nestimate = 0.80\nci = [0.70, 0.91]\n'
RECIPE = 'method = "DL"\nconvention = "revman"\ntrials = ["own"]\n'
# (what stands in the file, what is put there instead, what is found)
REFUSED = {
    "an unknown key": ("question", "questions", "unknown key 'questions'"),
    "another schema": ("schema = 1", "schema = 2", "unknown schema"),
    "an unknown outcome": ('"death"]', '"deaths"]', "there is no outcome 'deaths'"),
    "no outcome": ('["mrs-0-2", "death"]', "[]", "a pool without outcomes"),
    "an outcome twice": ('"death"]', '"death", "death"]', "'death-90d' is given twice"),
    "no pooled measure": ('"RR"\n[sources]', '"HR"\n[sources]', "pools of 'HR'"),
    "members by name and by rule": (NAMED, f'trials = ["dawn"]\n{RULE}', "by name and by rule"),
    "a rule of one patient": (NAMED, RULE.replace("refuses = { age = 90 }", ""), "one to refuse"),
    "a fact that is none": (NAMED, RULE.replace("age = 90", "agee = 90"), "agee"),
    "an unknown treatment": (NAMED, RULE.replace("endovascular", "magic"), "'studied' is 'magic'"),
    "more events than patients": ("events = 1, n = 10", "events = 11, n = 10", "11 events in 10"),
    "an arm that is missing": (", control = { events = 2, n = 11 }", "", "'events' is missing"),
    "counts of no outcome": ('counts."mrs-0-2"', "counts.sich", "'sich', which is no outcome"),
    "a study without counts": (COUNTS, "", "'own' has no counts"),
    "memory that is found": ('"recalled"', '"found"', "what rests on memory"),
    "an unknown source": ('"paper"\n[[printed]]', '"papers"\n[[printed]]', "no source 'papers'"),
    "an interval upside down": ("[0.70, 0.91]", "[0.91, 0.70]", "upside down"),
    "nothing printed": (EFFECT, "", "prints nothing"),
    "neither recipe nor reason": (RECIPE, "", "no reason is given"),
    "a printed pool of no outcome": ('outcome = "death"', 'outcome = "sich"', "no outcome of the pool"),
    "words for percentages": (RECIPE, f'percent = ["a"]\n{RECIPE}', "must be numbers"),
    "three percentages": (RECIPE, f"percent = [1, 2, 3]\n{RECIPE}", "3 percentages"),
    "a trial in two groups": (
        "[[study]]",
        '[[group]]\nname = "Two"\ntrials = ["dawn"]\n[[study]]',
        "'dawn' is given twice",
    ),
}


@pytest.mark.parametrize(("old", "new", "found"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_refused(old, new, found):
    with pytest.raises(InputError, match=found) as caught:
        parsed(changed(old, new))
    assert str(caught.value).startswith("example.toml")


def test_a_pool_of_its_own_studies_needs_no_trials():
    assert parsed(changed(NAMED, "[[group]]")).trials == ()


def test_a_pool_without_any_member_is_refused():
    head, _, rest = changed(NAMED, "[[group]]").partition("[[study]]")
    with pytest.raises(InputError, match="a pool without members"):
        parsed(head + "[[left_out]]" + rest.partition("[[left_out]]")[2])
