"""What an estimate rests on: each study left out, as they came in, their influence and their predictions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from meta_lab import GEN, PAIRS, effects, split

from tissueclock.core.errors import InputError
from tissueclock.evidence.meta.influence import influence, predictions
from tissueclock.evidence.meta.pool import PoolSettings, pool
from tissueclock.evidence.meta.sensitivity import cumulative, leave_one_out

QUICK = settings(max_examples=30)
NAMES = tuple("abcdef")
YI = np.array([0.1, 0.2, 0.0, 0.15, 0.1, 3.0])
VI = np.array([0.02, 0.05, 0.03, 0.04, 0.03, 0.02])


def pooled_some(yi, vi, settings):
    all_effects = effects(yi, vi)
    return lambda some: pool([all_effects[i] for i in some], GEN, settings)


@QUICK
@given(PAIRS)
def test_a_fixed_effect_without_a_study_follows_from_the_whole(pairs):
    yi, vi = split(pairs)
    settings = PoolSettings(method="FE")
    whole = pool(effects(yi, vi), GEN, settings)
    total = float(np.sum(1 / vi))
    for i, found in enumerate(leave_one_out(len(yi), pooled_some(yi, vi, settings))):
        expected = (whole.beta * total - yi[i] / vi[i]) / (total - 1 / vi[i])
        assert found.beta == pytest.approx(expected, abs=1e-8)
        assert found.k == len(yi) - 1


def test_studies_come_in_one_by_one_in_the_order_given():
    steps = cumulative((5, 0, 1, 2, 3, 4), pooled_some(YI, VI, PoolSettings()))
    assert [step.k for step in steps] == [1, 2, 3, 4, 5, 6]
    assert steps[0].beta == pytest.approx(3.0)
    assert steps[-1].beta == pytest.approx(pool(effects(YI, VI), GEN, PoolSettings()).beta)


def test_the_study_that_is_off_is_seen():
    rows = influence(NAMES, YI, VI, PoolSettings())
    assert max(rows, key=lambda row: abs(row.rstudent)).study == "f"
    assert abs(rows[5].rstudent) > 10
    assert rows[5].influential
    assert rows[5].tau2_without < 0.01 < min(row.tau2_without for row in rows[:5])
    assert rows[5].covariance_ratio < 1


def test_diagnostics_by_a_fit_without_each():
    settings = PoolSettings(method="REML")
    rows = influence(NAMES, YI, VI, settings)
    whole = pool(effects(YI, VI), GEN, settings)
    for i, row in enumerate(rows):
        keep = [j for j in range(6) if j != i]
        rest = pooled_some(YI, VI, settings)(keep)
        moved = whole.beta - rest.beta
        assert row.cook_d == pytest.approx(moved**2 / whole.se**2)
        assert row.rstudent == pytest.approx(
            (YI[i] - rest.beta) / np.sqrt(VI[i] + rest.heterogeneity.tau2 + rest.se**2)
        )
        assert row.q_without == pytest.approx(rest.heterogeneity.q)
        assert row.weight_percent == pytest.approx(whole.weights_percent[i])
        assert row.hat == pytest.approx(row.weight_percent / 100)
    assert sum(row.hat for row in rows) == pytest.approx(1.0)


@QUICK
@given(PAIRS)
def test_predictions_lie_between_a_study_and_the_mean(pairs):
    yi, vi = split(pairs)
    mean = pool(effects(yi, vi), GEN, PoolSettings())
    for study, row in zip(
        yi, predictions([str(i) for i in range(len(yi))], yi, vi, PoolSettings()), strict=True
    ):
        low, high = sorted((study, mean.beta))
        assert low - 1e-9 <= row.beta <= high + 1e-9
        assert row.interval[0] <= row.beta <= row.interval[1]


def test_without_a_variance_between_studies_all_predictions_are_the_mean():
    rows = predictions(NAMES[:5], YI[:5], VI[:5], PoolSettings(method="FE"))
    assert {round(row.beta, 12) for row in rows} == {round(rows[0].beta, 12)}


def test_two_studies_have_no_influence():
    with pytest.raises(InputError, match="2 studies say nothing of each other's influence"):
        influence(NAMES[:2], YI[:2], VI[:2], PoolSettings())


def test_the_documents_name_the_study():
    row = influence(NAMES, YI, VI, PoolSettings())[0].to_json()
    assert row["study"] == "a"
    assert row["influential"] is False
    assert set(predictions(NAMES, YI, VI, PoolSettings())[0].to_json()) == {
        "study",
        "beta",
        "se",
        "pi_low",
        "pi_high",
    }
