"""What the trials' rules say of patients that tell them apart, against what the sources print."""

import tomllib
from decimal import Decimal
from importlib import resources
from itertools import product

import pytest

from tissueclock.eligibility.evaluate import assess
from tissueclock.eligibility.outcome import Decision, Outcome
from tissueclock.facts.derive import complete
from tissueclock.facts.entries import case_from_table
from tissueclock.protocol.load import SETTINGS, parse_protocol
from tissueclock.protocol.model import Confidence, Role
from tissueclock.protocol.registry import protocol, protocols

TISSUE = ("core-volume", "mismatch-ratio", "mismatch-volume")


def assessed(trial, facts, scope="full"):
    return assess(protocol(trial), complete(case_from_table(facts, "typed")), scope)


def outcomes(trial, facts):
    return {item.id: item.outcome.value for item in assessed(trial, facts).criteria}


@pytest.mark.parametrize(
    ("core", "hypoperfused", "end_low", "defuse_3"),
    [
        ("18.75", "33.75", ("pass", "pass", "fail"), ("pass", "pass", "pass")),
        ("50", "90", ("fail", "pass", "pass"), ("pass", "pass", "pass")),
        ("0", "100", ("pass", "pass", "pass"), ("pass", "pass", "pass")),
        ("49.9", "89.81", ("pass", "fail", "pass"), ("pass", "fail", "pass")),
    ],
)
def test_end_low_and_defuse_3_differ_where_their_sources_do(core, hypoperfused, end_low, defuse_3):
    volumes = {"core_ml": Decimal(core), "hypoperfused_ml": Decimal(hypoperfused)}
    for trial, expected in (("rescue-end-low", end_low), ("defuse-3", defuse_3)):
        assert tuple(outcomes(trial, volumes)[name] for name in TISSUE) == expected


AGES, SCORES, CORES = (79, 80, 90), (9, 10, 19, 20, 30), (0, 20, 21, 22, 30, 31, 32, 50, 51, 60)


def in_a_printed_group(age, nihss, core):
    """DAWN's groups A, B and C as the registration prints them."""
    group_a = age >= 80 and nihss >= 10 and core < 21
    group_b = age < 80 and nihss >= 10 and core < 31
    group_c = age < 80 and nihss >= 20 and 31 <= core < 51
    return group_a or group_b or group_c


def answer_whatever_fills_the_gaps(age, nihss, core):
    """The answer that every way of filling the gaps (None) gives, or unknown."""
    choices = zip((age, nihss, core), (AGES, SCORES, CORES), strict=True)
    filled = product(*(every if value is None else (value,) for value, every in choices))
    answers = {in_a_printed_group(*person) for person in filled}
    return "unknown" if len(answers) > 1 else "pass" if True in answers else "fail"


def test_dawns_limits_together_are_its_three_groups_also_with_gaps():
    for person in product((None, *AGES), (None, *SCORES), (None, *CORES)):
        known = zip(("age", "nihss", "core_ml"), person, strict=True)
        found = outcomes("dawn", {name: value for name, value in known if value is not None})
        parts = {found[name] for name in found if name.startswith("core-") or name == "nihss"}
        together = "fail" if "fail" in parts else "unknown" if "unknown" in parts else "pass"
        assert together == answer_whatever_fills_the_gaps(*person), person


@pytest.mark.parametrize("trial", protocols())
def test_a_verdict_that_rests_on_recalled_criteria_alone_says_so(trial):
    """Worked cases that fail by recalled criteria alone keep the verdict, and it is marked."""
    deciding = {item.id: item for item in protocol(trial).criteria if item.role is Role.GATE}
    for case in protocol(trial).cases:
        found = assess(protocol(trial), complete(case.facts()))
        failed = [item for item in found.criteria if item.outcome is Outcome.FAIL and item.id in deciding]
        recalled = [item for item in failed if deciding[item.id].confidence is not Confidence.FOUND]
        marked = any("recalled criteria alone" in line for line in found.assumed)
        assert marked == bool(failed and len(recalled) == len(failed))
        assert all("this criterion is recalled" in item.because for item in recalled)
        assert not failed or found.decision is Decision.INELIGIBLE


@pytest.mark.parametrize("trial", ["dawn", "defuse-2", "defuse-3", "laste"])
def test_the_files_with_recalled_criteria_show_such_a_verdict(trial):
    assumed = [
        line for case in protocol(trial).cases for line in assess(protocol(trial), case.facts()).assumed
    ]
    assert any("recalled criteria alone" in line for line in assumed)


@pytest.mark.parametrize("trial", ["rescue-japan-limit", "laste"])
@pytest.mark.parametrize("modality", SETTINGS["aspects_from"])
def test_aspects_is_read_from_the_scan_that_the_setting_names(trial, modality):
    text = resources.files("tissueclock.protocol.trials").joinpath(f"{trial}.toml").read_text("utf-8")
    values = tomllib.loads(text, parse_float=Decimal) | {"settings": {"aspects_from": modality}}
    values["case"], values["limit"] = [], []
    parsed = parse_protocol(values, f"{trial}.toml", "")
    read = {name for item in parsed.criteria for name in item.facts if name.startswith("aspects")}
    assert read == {f"aspects_{modality}"}
    found = assess(parsed, case_from_table({f"aspects_{modality}": 6}, "typed"), "imaging")
    assert found.decision is Decision.INELIGIBLE
    assert f"setting aspects_from = {modality}" in found.assumed


def test_the_profile_of_defuse_2_decides_nobody_in_or_out():
    by_role = {
        role: [item.id for item in protocol("defuse-2").criteria if item.role is role] for role in Role
    }
    assert by_role[Role.ANALYSIS] == ["mismatch-ratio", "mismatch-volume", "core-volume", "severe-delay"]
    huge = {"core_ml": 200, "hypoperfused_ml": 210, "tmax10_ml": 200}
    assert assessed("defuse-2", huge).decision is Decision.UNDETERMINED
    assert assessed("defuse-2", huge, "imaging").decision is Decision.UNDETERMINED
