"""Coverage: what is counted as inside, how widths are judged, and which stratum a patient is in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tissueclock.bench.validation.coverage import Coverage, by_stratum, stated_intervals, strata_of
from tissueclock.bench.validation.rows import PatientRow
from tissueclock.bench.validation.verdicts import true_case
from tissueclock.eligibility.predicates import derived
from tissueclock.facts.case import CaseFacts, Fact
from tissueclock.phantom.acquisition import Acquisition, Bolus


def measured(core_ml, tmax6_ml, **intervals):
    facts = {
        "core_ml": Fact(name="core_ml", value=core_ml, source="x", interval=intervals.get("core")),
        "tmax6_ml": Fact(name="tmax6_ml", value=tmax6_ml, source="x", interval=intervals.get("delay")),
    }
    if "ratio" in intervals:
        value = tmax6_ml / core_ml if core_ml else None
        facts["mismatch_ratio"] = Fact(
            name="mismatch_ratio", value=value, infinite=not core_ml, source="x", interval=intervals["ratio"]
        )
    return derived(CaseFacts(facts))


def test_both_ends_belong_to_an_interval():
    case = measured(20.0, 90.0, core=(18.0, 22.0), delay=(80.0, 100.0))
    for core_ml, inside in ((18.0, True), (22.0, True), (17.9, False), (22.1, False)):
        assert stated_intervals(true_case(core_ml, 90.0), case)["core_ml"]["inside"] is inside


def test_half_widths_are_over_4_ml_or_20_percent():
    case = measured(20.0, 90.0, core=(18.0, 22.0), delay=(81.0, 99.0))
    found = stated_intervals(true_case(10.0, 90.0), case)
    assert found["core_ml"]["half_width"] == pytest.approx(2 / 4)
    assert found["tmax6_ml"]["half_width"] == pytest.approx(9 / 18)


def test_an_infinite_ratio_is_inside_an_interval_without_an_end():
    true = true_case(0.0, 40.0)
    assert stated_intervals(true, measured(1.0, 40.0, ratio=(8.0, 100.0)))["mismatch_ratio"]["inside"]
    assert not stated_intervals(true, measured(1.0, 40.0, ratio=(8.0, 99.0)))["mismatch_ratio"]["inside"]
    assert stated_intervals(true, measured(0.0, 40.0, ratio=(8.0, 100.0)))["mismatch_ratio"]["inside"]


def test_what_states_no_interval_is_not_counted():
    assert stated_intervals(true_case(10.0, 90.0), measured(10.0, 90.0)) == {}
    assert Coverage.of("core_ml", [{"intervals": {}}]) == Coverage(0, 0, None)
    assert Coverage(0, 0, None).percent is None


def test_coverage_counts_and_takes_the_median_of_widths():
    records = [
        {"intervals": {"core_ml": {"inside": inside, "half_width": width}}}
        for inside, width in ((True, 0.5), (False, 1.0), (True, 2.0), (True, 0.7))
    ]
    found = Coverage.of("core_ml", records)
    assert (found.cases, found.inside, found.width) == (4, 3, pytest.approx(0.85))
    assert found.percent == 75


def row(noise=2.5, width_s=6.0):
    scan = replace(Acquisition(), noise_sd_hu=noise, bolus=Bolus(width_s=width_s))
    return PatientRow(name="x", group="cohort", acquisition=scan)


@pytest.mark.parametrize(
    ("core_ml", "size"),
    [
        (0.0, "core 0 mL"),
        (0.1, "core over 0 up to 15 mL"),
        (15.0, "core over 0 up to 15 mL"),
        (50.0, "core over 15 up to 50 mL"),
        (50.1, "core over 50 mL"),
        (None, "unknown"),
    ],
)
def test_strata_are_named_by_their_ends(core_ml, size):
    assert strata_of(row(), core_ml) == {
        "size": size,
        "noise": "noise up to 2.7 HU",
        "bolus": "bolus over 5 up to 7 s",
    }


def test_every_record_is_in_one_stratum_of_each_kind_in_order():
    cores, noises = (60.0, 0.0, 20.0, 5.0), (3.5, 2.0, 3.0, 2.5)
    records = [
        {"strata": strata_of(row(noise), core), "n": core} for core, noise in zip(cores, noises, strict=True)
    ]
    parts = list(by_stratum(records))
    assert [name for kind, name, _ in parts if kind == "size"] == [
        "core 0 mL",
        "core over 0 up to 15 mL",
        "core over 15 up to 50 mL",
        "core over 50 mL",
    ]
    assert [name for kind, name, _ in parts if kind == "noise"] == [
        "noise up to 2.7 HU",
        "noise over 2.7 up to 3.3 HU",
        "noise over 3.3 HU",
    ]
    for kind in ("size", "noise", "bolus"):
        assert sum(len(some) for one, _, some in parts if one == kind) == len(records)
