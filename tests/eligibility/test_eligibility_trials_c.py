"""Compound rules of six trials against the expressions of the team's facts, over a grid and with gaps."""

import json
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from importlib import resources
from itertools import product
from types import MappingProxyType

import pytest

from tissueclock.eligibility.evaluate import assess
from tissueclock.eligibility.outcome import Decision
from tissueclock.facts.derive import complete
from tissueclock.facts.entries import case_from_table
from tissueclock.protocol.load import SETTINGS, parse_protocol
from tissueclock.protocol.registry import protocol

CORES = (0, Decimal("49.99"), 50, Decimal("50.01"), Decimal("69.99"), 70, 85, 100, Decimal("100.01"), 180)
GRIDS: Mapping[str, Mapping[str, tuple]] = MappingProxyType(
    {
        "select2": {"aspects_ct": tuple(range(11)), "core_ml": CORES},
        "angel-aspect": {
            "aspects_ct": tuple(range(11)),
            "core_ml": CORES,
            "lkw_to_rand_h": (0, Decimal("5.99"), 6, Decimal("6.01"), 24),
        },
        "tension": {"aspects_ct": tuple(range(11))},
        "tesla": {"aspects_ct": tuple(range(11))},
        "mr-clean-late": {
            "collateral_grade": (0, 1, 2, 3),
            "dawn_eligible": (False, True),
            "defuse3_eligible": (False, True),
        },
        "angel-reboot": {"etici_rank": tuple(range(7)), "residual_stenosis_pct": (0, 70, 71, 100)},
    }
)
LIMITS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "select2": ("large-core",),
        "angel-aspect": ("core-volume", "late-above-aspects-5"),
        "tension": ("aspects",),
        "tesla": ("aspects",),
        "mr-clean-late": ("collaterals", "meets-dawn", "meets-defuse-3"),
        "angel-reboot": ("failed-thrombectomy",),
    }
)
EXPRESSIONS: Mapping[str, str] = MappingProxyType(
    {
        "select2": "(3<=aspects_ct<=5) or core_ml>=50",
        "angel-aspect": "(3<=aspects_ct<=5) or (70<=core_ml<=100 and "
        "(aspects_ct<3 or (aspects_ct>5 and lkw_to_rand_h>=6)))",
        "tension": "3<=aspects<=5",
        "tesla": "2<=aspects_ct<=5",
        "mr-clean-late": "collateral_grade>=1 and not (dawn_eligible or defuse3_eligible)",
        "angel-reboot": "etici_rank<=2 or residual_stenosis_pct>70",
    }
)
"""`imaging_rule.expr` of ../shared/facts/trials.json; a test below compares them where it is there."""


def outcomes(trial, facts):
    found = assess(protocol(trial), complete(case_from_table(facts, "typed")), "full")
    return {item.id: item.outcome.value for item in found.criteria}


def together(trial, facts, limits):
    """What these limits say as one: any no is no, else any gap is a gap. Not applicable is no obstacle."""
    answers = outcomes(trial, facts)
    found = {answers[name] for name in limits}
    return "fail" if "fail" in found else "unknown" if "unknown" in found else "pass"


def holds(expression, facts):
    names = {**facts, "aspects": facts.get("aspects_ct")}
    return bool(eval(expression, {"__builtins__": {}}, names))


def patients(grid, *, gaps):
    for values in product(*((None, *every) if gaps else every for every in grid.values())):
        yield dict(zip(grid, values, strict=True))


def answer_whatever_fills_the_gaps(rule, grid, facts):
    """The answer that every way of filling the gaps (None) gives, or unknown."""
    choices = ((name, every if facts[name] is None else (facts[name],)) for name, every in grid.items())
    names, values = zip(*choices, strict=True)
    answers = {rule(dict(zip(names, filled, strict=True))) for filled in product(*values)}
    return "unknown" if len(answers) > 1 else "pass" if True in answers else "fail"


def known(facts):
    return {name: value for name, value in facts.items() if value is not None}


@pytest.mark.parametrize("trial", GRIDS)
def test_the_limits_together_are_the_expression_also_with_gaps(trial):
    grid, expression = GRIDS[trial], compile(EXPRESSIONS[trial], trial, "eval")
    for facts in patients(grid, gaps=True):
        expected = answer_whatever_fills_the_gaps(lambda filled: holds(expression, filled), grid, facts)
        assert together(trial, known(facts), LIMITS[trial]) == expected, facts


def test_select2_shuts_the_door_of_the_core_to_aspects_0_to_2():
    """The exclusions of the registration, which the expression does not hold."""
    grid, doors = GRIDS["select2"], ("large-core", "no-large-core", "aspects-too-low")

    def enters(facts):
        return 3 <= facts["aspects_ct"] <= 5 or (facts["aspects_ct"] >= 6 and facts["core_ml"] >= 50)

    for facts in patients(grid, gaps=True):
        expected = answer_whatever_fills_the_gaps(enters, grid, facts)
        assert together("select2", known(facts), doors) == expected, facts


@pytest.mark.shared
def test_the_expressions_are_those_of_the_teams_facts(shared):
    listed = json.loads((shared / "facts" / "trials.json").read_text("utf-8"))["trials"]
    rules = {item["id"]: item["imaging_rule"]["expr"] for item in listed}
    assert {trial: rules[trial.replace("-", "").upper()] for trial in EXPRESSIONS} == EXPRESSIONS


LARGE_CORE = (
    ("select2", LIMITS["select2"] + ("no-large-core", "aspects-too-low")),
    *((trial, LIMITS[trial]) for trial in ("angel-aspect", "tension", "tesla")),
    ("laste", ("aspects",)),
)


@pytest.mark.parametrize(
    ("aspects", "core", "hours", "admitted"),
    [
        (4, 62, 4, ("select2", "angel-aspect", "tension", "tesla", "laste")),
        (2, 85, 4, ("angel-aspect", "tesla", "laste")),
        (1, 85, 4, ("angel-aspect", "laste")),
        (1, 180, 4, ("laste",)),
        (8, 60, 8, ("select2",)),
        (8, 85, 8, ("select2", "angel-aspect")),
        (8, 85, 4, ("select2",)),
        (8, 20, 8, ()),
    ],
)
def test_one_patient_is_large_core_for_one_trial_and_not_for_another(aspects, core, hours, admitted):
    facts = {"aspects_ct": aspects, "core_ml": core, "lkw_to_rand_h": hours}
    assert tuple(t for t, limits in LARGE_CORE if together(t, facts, limits) == "pass") == admitted


def test_an_nihss_of_6_is_refused_by_tesla_alone():
    """TESLA prints > 6; a review's table has >= 6 as the others do."""
    answers = {t: outcomes(t, {"nihss": 6})["nihss"] for t in ("tesla", "select2", "angel-aspect", "tension")}
    assert answers == {"tesla": "fail", "select2": "pass", "angel-aspect": "pass", "tension": "pass"}


@pytest.mark.parametrize(("diabetes", "stroke"), [*product((True, False), repeat=2)])
def test_diabetes_and_stroke_exclude_together_in_select2_and_alone_in_defuse_3(diabetes, stroke):
    facts = {"ivt_given": True, "lkw_to_ivt_h": 4, "age": 60, "nihss": 12, "anticoagulant": False}
    facts |= {"mca_third": False, "diabetes": diabetes, "prior_stroke": stroke}
    answers = [outcomes(trial, facts)["thrombolysis-from-3-h"] for trial in ("select2", "defuse-3")]
    assert answers == ["fail" if diabetes and stroke else "pass", "fail" if diabetes or stroke else "pass"]


@pytest.mark.parametrize(("trial", "wrong"), [("tension", 6), ("angel-reboot", 5)])
@pytest.mark.parametrize("modality", SETTINGS["aspects_from"])
def test_aspects_is_read_from_the_scan_that_the_setting_names(trial, wrong, modality):
    text = resources.files("tissueclock.protocol.trials").joinpath(f"{trial}.toml").read_text("utf-8")
    values = tomllib.loads(text, parse_float=Decimal) | {"settings": {"aspects_from": modality}}
    values["case"], values["limit"] = [], []
    parsed = parse_protocol(values, f"{trial}.toml", "")
    read = {name for item in parsed.criteria for name in item.facts if name.startswith("aspects")}
    assert read - {"aspects_posterior"} == {f"aspects_{modality}"}
    facts = {"occlusion_site": ["M1"], f"aspects_{modality}": wrong}
    found = assess(parsed, case_from_table(facts, "typed"), "imaging")
    assert found.decision is Decision.INELIGIBLE
    assert f"setting aspects_from = {modality}" in found.assumed


@pytest.mark.parametrize(
    ("sites", "asked"),
    [
        (["M1"], {"aspects": "unknown", "aspects-posterior": "not-applicable"}),
        (["BA"], {"aspects": "not-applicable", "aspects-posterior": "unknown"}),
        (["ICA_T", "V4"], {"aspects": "unknown", "aspects-posterior": "unknown"}),
        (["M2"], {"aspects": "not-applicable", "aspects-posterior": "not-applicable"}),
    ],
)
def test_angel_reboot_asks_for_the_aspects_of_the_circulation_that_is_occluded(sites, asked):
    found = outcomes("angel-reboot", {"occlusion_site": sites})
    assert {name: found[name] for name in asked} == asked


@pytest.mark.parametrize("trial", ["tension", "mr-clean-late", "angel-reboot"])
def test_the_files_with_recalled_criteria_show_a_verdict_that_rests_on_them_alone(trial):
    found = [assess(protocol(trial), complete(case.facts())) for case in protocol(trial).cases]
    marked = [item for item in found if "recalled criteria alone" in " ".join(item.assumed)]
    assert marked
    assert {item.decision for item in marked} == {Decision.INELIGIBLE}
