"""Trial and profile files: strict to the last key, with the file and the place in every complaint."""

import copy
import tomllib
from datetime import date
from decimal import Decimal

import pytest

from tissueclock.core.errors import InputError
from tissueclock.protocol.load import parse_profile, parse_protocol
from tissueclock.protocol.model import Confidence, CriterionKind, Role
from tissueclock.protocol.rule import AllOf, AnyOf, Is, OneOf, Within, rule_text

TRIAL = """
schema = 1
id = "example"
title = "EXAMPLE"
registration = "NCT00000000"
citation = "Nobody. Nowhere 2018;1:1"
as_of = 2018-02-22
intervention = "An intervention"
arms = ["intervention", "control"]
primary_endpoint = "An endpoint"
imaging_note = "A note"

[settings]
aspects_from = "dwi"

[sources]
paper = "The paper"

[[criterion]]
id = "core"
kind = "inclusion"
text = "Core below 70.0 mL"
rule = { fact = "core_ml", op = "<", value = 70.0 }
confidence = "found"
source = "paper"
place = "methods"

[[criterion]]
id = "large"
kind = "exclusion"
role = "stratum"
text = "ASPECTS 3 to 5, where the scan is CT, or judged so"
applies_when = { fact = "perfusion_modality", op = "is", value = "CT" }
confidence = "recalled-uncertain"
source = "paper"
place = "methods"
[criterion.rule]
any = [
  { fact = "aspects_{aspects_from}", op = "between", value = [3, 5] },
  { all = [{ fact = "judgement.example.large", op = "is", value = true },
           { fact = "occlusion_site", op = "in", value = ["M1"] }] },
]

[[case]]
name = "base"
facts = { core_ml = 60, judgement.example.large = false }
expect = "undetermined"

[[case]]
name = "derived"
extends = "base"
facts = { CORE_ML = 71, age = 70 }
without = ["judgement.example.large"]
expect = "ineligible"
fails = ["core"]
missing = []

[[limit]]
extends = "base"
fact = "core_ml"
facts = { aspects_dwi = 8 }
at = [[69.9, "eligible"], [70, "ineligible"]]
"""

PROFILE = """
schema = 1
id = "pattern"
title = "Pattern"
citation = "Nobody"
source = "Nowhere"
requires = ["core_ml"]

[[class]]
label = "large"
text = "Large"
rule = { fact = "core_ml", op = ">", value = 70 }

[otherwise]
label = "small"
text = "Small"

[[note]]
unless_known = "core_adc_ml"
text = "Not on diffusion."

[[case]]
name = "base"
facts = { core_ml = 60 }
expect = "small"
"""


def table(text):
    return copy.deepcopy(tomllib.loads(text, parse_float=Decimal))


@pytest.fixture(scope="module")
def example():
    return parse_protocol(table(TRIAL), "example.toml", "sha256:0")


def test_a_trial_is_read_as_written(example):
    assert (example.id, example.title, example.registration) == ("example", "EXAMPLE", "NCT00000000")
    assert (example.as_of, example.arms) == (date(2018, 2, 22), ("intervention", "control"))
    assert (example.digest, example.notes, dict(example.settings)) == (
        "sha256:0",
        (),
        {"aspects_from": "dwi"},
    )


def test_a_criterion_is_read_as_written(example):
    core, large = example.criteria
    assert core.rule == Within(fact="core_ml", high=Decimal("70.0"), includes_high=False)
    assert (core.kind, core.role, core.confidence) == (CriterionKind.INCLUSION, Role.GATE, Confidence.FOUND)
    assert (core.source, core.place, core.applies_when) == ("The paper", "methods", None)
    assert (large.kind, large.role, large.confidence) == (
        CriterionKind.EXCLUSION,
        Role.STRATUM,
        Confidence.UNCERTAIN,
    )
    assert large.applies_when == OneOf(fact="perfusion_modality", words=frozenset({"CT"}))


def test_a_rule_nests_and_a_setting_fills_its_name(example):
    judged = AllOf(
        (
            Is(fact="judgement.example.large", answer=True),
            OneOf(fact="occlusion_site", words=frozenset({"M1"})),
        )
    )
    assert example.criteria[1].rule == AnyOf((Within(fact="aspects_dwi", low=3, high=5), judged))
    assert example.criteria[1].facts == ("aspects_dwi", "judgement.example.large", "occlusion_site")


def test_a_criterion_is_imaging_if_its_rule_measures_tissue(example):
    assert [criterion.imaging for criterion in example.criteria] == [True, True]
    table_ = table(TRIAL)
    table_["criterion"][0]["rule"] = {"fact": "age", "op": ">=", "value": 18}
    assert not parse_protocol(table_, "example.toml", "").criteria[0].imaging


@pytest.mark.parametrize(
    ("operator", "value", "text"),
    [
        (">=", 18, "age >= 18 years"),
        (">", 18, "age > 18 years"),
        ("<=", 18, "age <= 18 years"),
        ("<", 18, "age < 18 years"),
        ("between", [18, 80], "18 <= age <= 80 years"),
    ],
)
def test_every_operator_means_what_it_says(operator, value, text):
    values = table(TRIAL)
    values["criterion"][0]["rule"] = {"fact": "age", "op": operator, "value": value}
    assert rule_text(parse_protocol(values, "example.toml", "").criteria[0].rule) == text


def test_a_case_extends_another_and_a_limit_expands(example):
    base, derived, below, at = example.cases
    assert dict(base.entries) == {"core_ml": 60, "judgement.example.large": False}
    assert dict(derived.entries) == {"core_ml": 71, "age": 70}
    assert (derived.fails, derived.missing, base.fails, base.missing) == (("core",), (), None, None)
    assert (below.name, below.expect, below.entries["core_ml"]) == (
        "base, core_ml = 69.9",
        "eligible",
        Decimal("69.9"),
    )
    assert (at.name, at.expect, at.entries["aspects_dwi"]) == ("base, core_ml = 70", "ineligible", 8)
    assert derived.facts().known("age") == 70


def test_the_facts_of_a_case_are_checked_when_they_are_asked_for():
    values = table(TRIAL)
    values["case"][0]["facts"]["core_ml"] = -1
    with pytest.raises(InputError, match="'core_ml' = -1 is below what is plausible"):
        parse_protocol(values, "example.toml", "").cases[0].facts()


CRITERION = "example.toml: criterion[1]"
WRONG = [
    (("schema",), 2, "example.toml: unknown schema."),
    (("colour",), "red", "unknown key 'colour'. Known: schema, id,"),
    (("title",), 3, "'title' must be a text."),
    (("title",), " ", "'title' is empty."),
    (("title",), None, "the key 'title' is missing."),
    (("as_of",), "2018", "'as_of' must be a date such as 2018-02-22."),
    (("arms",), ["a", 1], "'arms' must be a list of texts."),
    (("settings", "aspects_from"), "mri", "'aspects_from' is 'mri'. Known: ct, dwi."),
    (("settings", "colour"), "red", "settings: unknown key 'colour'. Known: aspects_from."),
    (("sources", "paper"), 3, "sources: 'paper' must be a text."),
    (("criterion",), {}, "'criterion' must be an array of tables."),
    (("criterion",), [1], "'criterion' must be an array of tables."),
    (("criterion",), [], "'example' has no criterion that decides who may enter."),
    (("criterion", 0, "colour"), "red", f"{CRITERION}: unknown key 'colour'."),
    (("criterion", 0, "id"), "large", "the criterion 'large' is given twice."),
    (("criterion", 0, "kind"), "maybe", f"{CRITERION}: 'kind' is 'maybe'. Known: inclusion, exclusion."),
    (("criterion", 0, "role"), "door", f"{CRITERION}: 'role' is 'door'. Known: gate, stratum, analysis."),
    (("criterion", 0, "confidence"), "sure", "Known: found, recalled, recalled-uncertain."),
    (("criterion", 0, "confidence"), None, f"{CRITERION}: the key 'confidence' is missing."),
    (("criterion", 0, "source"), "book", f"{CRITERION}: there is no source 'book'. Known: paper."),
    (("criterion", 0, "rule"), None, f"{CRITERION}.rule: the key 'fact' is missing."),
    (("criterion", 0, "rule", "fact"), "cor_ml", f"{CRITERION}.rule: there is no fact 'cor_ml'."),
    (("criterion", 0, "rule", "op"), "==", f"{CRITERION}.rule: unknown operator '=='. Known: >=, >, <=, <,"),
    (
        ("criterion", 0, "rule", "value"),
        7000,
        f"{CRITERION}.rule: the limit 7000 for 'core_ml' is above what is",
    ),
    (("criterion", 0, "rule", "value"), "70", f"{CRITERION}.rule: 'value' must be a number."),
    (("criterion", 0, "rule", "unit"), "mL", f"{CRITERION}.rule: unknown key 'unit'."),
    (("criterion", 0, "rule", "not"), {}, f"{CRITERION}.rule: unknown key 'not'."),
    (("criterion", 0, "rule"), {"all": []}, f"{CRITERION}: 'all' and 'any' need at least one branch."),
    (
        ("criterion", 0, "rule"),
        {"all": [], "fact": "age"},
        f"{CRITERION}.rule: unknown key 'fact'. Known: all.",
    ),
    (
        ("criterion", 0, "rule"),
        {"fact": "age", "op": "between", "value": [18]},
        "'value' must be two numbers.",
    ),
    (
        ("criterion", 0, "rule"),
        {"fact": "judgement.other.core", "op": "is", "value": True},
        "reads the judgement 'judgement.other.core'. Its own one is judgement.example.core.",
    ),
    (
        ("criterion", 1, "rule", "any", 1, "all", 0, "fact"),
        "nihs",
        "example.toml: criterion[2].rule.any[2].all[1]: there is no fact 'nihs'. Did you mean nihss",
    ),
    (
        ("criterion", 1, "applies_when", "fact"),
        "scan",
        "criterion[2].applies_when: there is no fact with the name",
    ),
    (("case", 0, "expect"), "maybe", "the worked case 'base' expects 'maybe'. Known: eligible, ineligible,"),
    (("case", 0, "colour"), "red", "case[1]: unknown key 'colour'."),
    (("case", 1, "name"), "base", "the worked case 'base' is given twice."),
    (("case", 1, "extends"), "later", "case[2]: there is no earlier case 'later' to extend."),
    (("case", 1, "without"), ["nihss"], "case[2]: there is no 'nihss' to leave out."),
    (("limit", 0, "at"), [[1, 2]], "limit[1]: 'at' must be a list of [value, expected]"),
    (("limit", 0, "at"), [[1, "eligible", "core"]], "limit[1]: 'at' must be a list of [value, expected]"),
    (("limit", 0, "at"), [[1, "maybe"]], "expects 'maybe'."),
]


def changed(text, path, value):
    """Return the document with the value at `path` replaced, or taken away where `value` is None."""
    document = table(text)
    place = document
    for key in path[:-1]:
        place = place[key]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return document


@pytest.mark.parametrize(("path", "value", "message"), WRONG, ids=str)
def test_a_wrong_trial_is_refused_with_its_place(path, value, message):
    with pytest.raises(InputError) as caught:
        parse_protocol(changed(TRIAL, path, value), "example.toml", "")
    assert str(caught.value).startswith("example.toml: ")
    assert message in str(caught.value)


def test_a_profile_is_read_as_written():
    profile = parse_profile(table(PROFILE), "pattern.toml", "sha256:1")
    assert (profile.labels, profile.requires, profile.otherwise) == (
        ("large", "small"),
        ("core_ml",),
        "small",
    )
    assert [(note.text, note.unless_known) for note in profile.notes] == [
        ("Not on diffusion.", "core_adc_ml")
    ]
    assert (profile.cases[0].expect, profile.digest) == ("small", "sha256:1")


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("otherwise", "label"), "large", "the class 'large' is given twice."),
        (("otherwise", "label"), "undetermined", "has a class of the name 'undetermined'."),
        (("otherwise", "rule"), {}, "otherwise: unknown key 'rule'."),
        (("class", 0, "role"), "gate", "class[1]: unknown key 'role'."),
        (("requires",), ["core"], "there is no fact 'core'."),
        (("note", 0, "unless_known"), "core", "note[1]: there is no fact 'core'."),
        (("case", 0, "expect"), "medium", "Known: large, small, undetermined."),
        (("intervention",), "x", "unknown key 'intervention'."),
    ],
)
def test_a_wrong_profile_is_refused_with_its_place(path, value, message):
    with pytest.raises(InputError) as caught:
        parse_profile(changed(PROFILE, path, value), "pattern.toml", "")
    assert str(caught.value).startswith("pattern.toml: ")
    assert message in str(caught.value)
