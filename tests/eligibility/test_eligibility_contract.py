"""Every registered trial and profile passes its own worked cases: a new file brings its own tests."""

from decimal import Decimal
from fractions import Fraction

import pytest

from tissueclock.eligibility.evaluate import assess
from tissueclock.eligibility.outcome import Outcome
from tissueclock.eligibility.profiles import classify
from tissueclock.facts.case import INFINITE
from tissueclock.facts.derive import complete
from tissueclock.facts.entries import case_from_table
from tissueclock.protocol.registry import profiles, protocol, protocols

TRIAL_CASES = [
    pytest.param(trial, case, id=f"{trial.id}: {case.name}")
    for trial in protocols().values()
    for case in trial.cases
]
PROFILE_CASES = [
    pytest.param(profile, case, id=f"{profile.id}: {case.name}")
    for profile in profiles().values()
    for case in profile.cases
]
MISMATCH = ("core-volume", "mismatch-ratio", "mismatch-volume")


@pytest.mark.parametrize(("trial", "case"), TRIAL_CASES)
def test_a_trial_passes_its_own_cases(trial, case):
    found = assess(trial, complete(case.facts()))
    assert found.decision.value == case.expect, [item.because for item in found.criteria]
    failed = tuple(item.id for item in found.criteria if item.outcome is Outcome.FAIL)
    assert case.fails in (None, failed)
    assert case.missing in (None, found.missing)


@pytest.mark.parametrize(("profile", "case"), PROFILE_CASES)
def test_a_profile_passes_its_own_cases(profile, case):
    found = classify(profile, complete(case.facts()))
    assert found.label == case.expect, found.because
    assert case.missing in (None, found.missing)


def mismatch_of(**volumes):
    """Return the outcomes of DEFUSE 3's three limits on tissue."""
    found = assess(protocol("defuse-3"), complete(case_from_table(volumes, "typed")), scope="imaging")
    outcomes = {item.id: item.outcome.value for item in found.criteria}
    return tuple(outcomes[name] for name in MISMATCH)


TENTHS = range(1, 700)


def test_binary_fractions_would_turn_219_of_the_699_verdicts():
    """Why this matters: dividing the two floats misses the limit for cores from 0.1 to 69.9 mL."""
    cores = [Decimal(tenth) / 10 for tenth in TENTHS]
    assert sum(float(core * Decimal("1.8")) / float(core) < 1.8 for core in cores) == 219


@pytest.mark.parametrize("number", [Decimal, float, Fraction])
def test_a_ratio_of_exactly_1_8_always_holds(number):
    for tenth in TENTHS:
        core = Decimal(tenth) / 10
        volumes = {"core_ml": number(core), "hypoperfused_ml": number(core * Decimal("1.8"))}
        assert mismatch_of(**volumes)[:2] == ("pass", "pass"), core


@pytest.mark.parametrize("number", [Decimal, float])
def test_a_hair_less_than_1_8_never_holds(number):
    for tenth in TENTHS:
        core = Decimal(tenth) / 10
        volumes = {
            "core_ml": number(core),
            "hypoperfused_ml": number(core * Decimal("1.8") - Decimal("1e-6")),
        }
        assert mismatch_of(**volumes)[1] == "fail", core


def test_1_8_and_15_ml_hold_at_exactly_the_limit():
    assert mismatch_of(core_ml=Decimal("18.75"), hypoperfused_ml=Decimal("33.75")) == ("pass", "pass", "pass")
    assert mismatch_of(core_ml=50, hypoperfused_ml=90) == ("pass", "pass", "pass")


def test_no_core_passes_and_nothing_at_all_stays_open():
    assert (
        complete(case_from_table({"core_ml": 0, "hypoperfused_ml": 100}, "t")).known("mismatch_ratio")
        is INFINITE
    )
    assert mismatch_of(core_ml=0, hypoperfused_ml=100) == ("pass", "pass", "pass")
    assert mismatch_of(core_ml=0, hypoperfused_ml=0) == ("pass", "unknown", "fail")
