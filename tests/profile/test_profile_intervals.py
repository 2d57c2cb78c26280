"""Intervals: they hold what was measured, grow with what makes it unsure, and reach mismatch and ratio."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.facts.case import CaseFacts, Fact
from tissueclock.facts.derive import complete
from tissueclock.image.series import Modality
from tissueclock.pipeline.preset import PRESETS, preset_for, read_preset
from tissueclock.profile.intervals import RATIO_WITHOUT_END, intervals
from tissueclock.profile.settings import IntervalSettings

NOTHING = IntervalSettings(**{item.name: 0.0 for item in fields(IntervalSettings)})
ONE_EACH = replace(NOTHING, core_floor_ml=3.0, delay_floor_ml=4.0)


def measures(delay=90.0, low=80.0, high=95.0, core_low=15.0, core_high=26.0, contrast=30.0):
    return SimpleNamespace(
        hypoperfused_ml=delay,
        delay_low_ml=low,
        delay_high_ml=high,
        core_low_ml=core_low,
        core_high_ml=core_high,
        contrast_noise=contrast,
    )


def test_each_end_is_the_root_of_a_sum_of_squares():
    settings = replace(
        NOTHING, core_floor_ml=3.0, core_share_low=0.2, core_shift_low=0.5, core_shift_high=0.5
    )
    found = intervals(measures(), 20.0, settings)
    assert found.core[0] == pytest.approx(20 - math.sqrt(9 + 16 + 2.5**2))
    assert found.core[1] == pytest.approx(20 + math.sqrt(9 + 3**2))


def test_noise_hides_core_and_delay_by_the_square_of_the_contrast_over_it():
    settings = replace(NOTHING, core_noise_high=0.1, delay_noise_high=0.05)
    some, twice = (intervals(measures(contrast=c), 20.0, settings) for c in (20.0, 10.0))
    assert some.core[1] - 20 == pytest.approx(0.1 * 90 / 4)
    assert twice.core[1] - 20 == pytest.approx(4 * (some.core[1] - 20))
    assert twice.delay[1] - 90 == pytest.approx(4 * (some.delay[1] - 90))
    assert some.core[0] == 20
    assert some.delay[0] == 90


def test_mismatch_takes_over_the_ends_of_the_volumes():
    found = intervals(measures(), 20.0, ONE_EACH)
    assert found.mismatch == pytest.approx((70 - 5, 70 + 5))
    low, high = found.ratio
    assert low == pytest.approx(4.5 / math.exp(math.hypot(math.log(90 / 86), math.log(23 / 20))))
    assert high == pytest.approx(4.5 * math.exp(math.hypot(math.log(94 / 90), math.log(20 / 17))))


def test_a_ratio_whose_core_may_be_nothing_has_no_upper_end():
    assert intervals(measures(), 2.0, ONE_EACH).ratio[1] == RATIO_WITHOUT_END
    low, high = intervals(measures(), 0.0, ONE_EACH).ratio
    assert (low, high) == (pytest.approx(86 / 3), RATIO_WITHOUT_END)


def test_without_delayed_tissue_there_is_no_ratio_and_the_core_is_no_larger_than_it_may_be():
    found = intervals(measures(0.0, 0.0, 0.0, 0.0, 0.0), 0.0, ONE_EACH)
    assert found.ratio is None
    assert found.core == (0.0, 3.0)
    assert found.delay == (0.0, 4.0)
    assert intervals(measures(5.0, 5.0, 5.0), 4.0, replace(ONE_EACH, core_floor_ml=50.0)).core[1] == 9.0


def test_without_a_core_there_is_no_more_than_the_delay():
    found = intervals(measures(core_low=None, core_high=None), None, ONE_EACH)
    assert found.core is found.mismatch is found.ratio is None
    assert found.delay == (86.0, 94.0)


@given(
    delay=st.floats(0, 300),
    core_share=st.floats(0, 1),
    shift=st.floats(0, 60),
    contrast=st.floats(0, 100),
)
def test_an_interval_holds_what_was_measured(delay, core_share, shift, contrast):
    core = core_share * delay
    made = measures(delay, max(delay - shift, 0), delay + shift, max(core - shift, 0), core + shift, contrast)
    for modality in Modality:
        found = intervals(made, core, preset_for(modality).intervals)
        assert 0 <= found.core[0] <= core <= found.core[1]
        assert 0 <= found.delay[0] <= delay <= found.delay[1]
        assert found.mismatch[0] <= delay - core <= found.mismatch[1]
        if found.ratio is not None and core:
            assert found.ratio[0] <= min(delay / core, RATIO_WITHOUT_END) * (1 + 1e-9)
            assert found.ratio[1] >= min(delay / core, RATIO_WITHOUT_END) * (1 - 1e-9)


def test_a_derived_mismatch_keeps_the_interval_that_was_measured_an_infinite_ratio_too():
    volumes = [Fact(name="core_ml", value=0.0, source="x"), Fact(name="tmax6_ml", value=40.0, source="x")]
    mismatch = Fact(name="mismatch_ml", value=40.0, source="x", interval=(30.0, 45.0))
    ratio = Fact(name="mismatch_ratio", value=None, infinite=True, source="x", interval=(10.0, 100.0))
    case = complete(CaseFacts.of([*volumes, mismatch, ratio]))
    assert case["mismatch_ml"].interval == (30.0, 45.0)
    assert case["mismatch_ratio"].infinite
    assert case["mismatch_ratio"].interval == (10.0, 100.0)


def test_every_preset_states_its_intervals():
    for name in PRESETS.entries():
        assert read_preset(PRESETS.get(name)).intervals.delay_floor_ml > 0
