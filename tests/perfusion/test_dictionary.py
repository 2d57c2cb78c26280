"""Estimates beside the rule method: what a dictionary recovers, also of residues that it does not hold."""

import numpy as np
import pytest
from curves_lab import as_curves, bolus, input_curve, tissue
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import lognorm

from tissueclock.image.series import Modality
from tissueclock.perfusion.deconvolve.base import Deconvolution
from tissueclock.perfusion.dictionary import FAMILIES, Dictionary, estimate, estimation_step
from tissueclock.perfusion.maps import voxel_maps
from tissueclock.perfusion.time_axis import even_axis
from tissueclock.pipeline.preset import preset_for

PERFUSION = preset_for(Modality.CT).perfusion
RULE = Deconvolution.from_table({"method": "csvd", "relative_cutoff": 0.15}, "test")
KH = 0.705
TIMES_S = np.arange(0.0, 60.5, 1.5)
FINE_S = np.arange(0.0, 90.0, 0.05)
AIF = input_curve(np.arange(0.0, 60.01, 0.5))
DICTIONARY = Dictionary.of(AIF, TIMES_S, KH)


def lognormal(times_s, mtt_s):
    """Transit times no entry has: a log-normal distribution with a long tail."""
    spread = 0.8
    return lognorm.sf(times_s, spread, scale=mtt_s * np.exp(-(spread**2) / 2))


def two_compartments(times_s, mtt_s):
    """Most blood passes fast, some slowly."""
    return 0.7 * np.exp(-times_s / (0.5 * mtt_s)) + 0.3 * np.exp(-times_s * 0.3 / (0.65 * mtt_s))


UNKNOWN = {"lognormal": lognormal, "two-compartments": two_compartments}


def passage(residue, mtt_s, delay_s, cbf=30.0, times_s=TIMES_S):
    """The curve of tissue, convolved on a fine axis by the trapezoid rule."""
    artery, shape = bolus(FINE_S), residue(FINE_S, mtt_s)
    whole = np.convolve(artery, shape)[: FINE_S.size] - 0.5 * artery * shape[0]
    return np.interp(times_s - delay_s, FINE_S, whole, left=0.0) * 0.05 * cbf / 6000.0 / KH


def found(columns, noise_sd):
    values = np.asarray(columns, dtype=np.float32)
    return DICTIONARY.match(values, np.full(values.shape[1], noise_sd, dtype=np.float32))


def rms(error):
    return float(np.sqrt(np.mean(np.square(error))))


def crowd(residue, seed, count=400, noise=1.0):
    """Curves of random flow, transit time and delay, with noise, and their truth."""
    rng = np.random.default_rng(seed)
    mtt, delay, cbv = rng.uniform(3, 15, count), rng.uniform(0, 8, count), rng.uniform(1.5, 5, count)
    cbf = 60 * cbv / mtt
    clean = np.stack([passage(residue, *each) for each in zip(mtt, delay, cbf, strict=True)], axis=1)
    return clean + rng.normal(0, noise, clean.shape), delay, cbf, mtt


@pytest.mark.parametrize("name", FAMILIES)
def test_residues_start_at_one_and_hold_their_transit_time(name):
    for mtt_s in (2.0, 7.0, 20.0):
        times = np.arange(0.0, 400.0, 0.01)
        residue = FAMILIES[name](times, mtt_s)
        assert residue[0] == 1.0
        assert (np.diff(residue) <= 1e-12).all()
        assert np.trapezoid(residue, times) == pytest.approx(mtt_s, rel=0.01)


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("delay_s", [-1.0, 0.0, 3.0, 9.0])
def test_what_the_dictionary_holds_is_recovered_without_noise(name, delay_s):
    mtt_s = float(np.geomspace(2.0, 24.0, 10)[5])
    got = found(passage(FAMILIES[name], mtt_s, delay_s)[:, None], 0.01)
    assert got.delay_s[0] == pytest.approx(delay_s, abs=0.25)
    assert got.mtt_s[0] == pytest.approx(mtt_s, rel=0.2)
    assert got.flow[0] == pytest.approx(30.0, rel=0.2)


@pytest.mark.parametrize("name", [*FAMILIES, *UNKNOWN])
def test_delay_is_right_within_a_second_whatever_the_family(name):
    """Tmax is late by its offset and scatters; here its mean error is even forgiven."""
    noisy, delay, _, _ = crowd({**FAMILIES, **UNKNOWN}[name], seed=4)
    axis = even_axis(TIMES_S[:, None], 0.5, 3.0)
    tmax = voxel_maps(as_curves(noisy, TIMES_S), AIF, axis, RULE, PERFUSION, 1.0).tmax
    got = found(noisy, 1.0)
    assert rms(got.delay_s - delay) < 1.1
    assert abs(np.mean(got.delay_s - delay)) < 0.6
    assert rms(got.delay_s - delay) < 0.6 * float(np.std(tmax - delay))


@pytest.mark.parametrize("name", [*FAMILIES, *UNKNOWN])
def test_flow_follows_the_true_flow_and_is_off_by_no_more_than_the_family(name):
    """How much flow an unknown residue means cannot be known: a box reads 40 % high, long tails 30 % low."""
    noisy, _, cbf, _ = crowd({**FAMILIES, **UNKNOWN}[name], seed=6)
    got = found(noisy, 1.0)
    assert 0.65 < float(np.mean(got.flow) / np.mean(cbf)) < 1.5
    assert np.corrcoef(got.flow, cbf)[0, 1] > 0.9


@settings(max_examples=15, deadline=None)
@given(st.floats(2.5, 20.0), st.floats(0.0, 7.0), st.floats(0.5, 3.0))
def test_a_later_curve_is_later_by_as_much_and_flows_the_same(mtt_s, delay_s, later_s):
    columns = [passage(lognormal, mtt_s, delay_s + shift) for shift in (0.0, later_s)]
    got = found(np.stack(columns, axis=1), 0.3)
    assert got.delay_s[1] - got.delay_s[0] == pytest.approx(later_s, abs=0.5)  # a step of the dictionary
    assert got.flow[1] == pytest.approx(got.flow[0], rel=0.2)


@given(st.floats(0.2, 5.0))
def test_a_taller_curve_flows_more_and_is_no_later(factor):
    column = passage(two_compartments, 6.0, 2.0)
    one, other = found(column[:, None], 0.5), found(factor * column[:, None], factor * 0.5)
    assert other.flow[0] == pytest.approx(factor * one.flow[0], rel=1e-3)
    assert other.delay_s[0] == pytest.approx(one.delay_s[0], abs=1e-3)


def test_the_venous_scaling_lowers_flow_alone():
    curves = as_curves(passage(lognormal, 5.0, 1.0)[:, None], TIMES_S)
    sd = np.full(1, 0.5, dtype=np.float32)
    one, half = (estimate(curves, sd, AIF, PERFUSION, scaling) for scaling in (1.0, 2.0))
    assert half.flow[0] == pytest.approx(one.flow[0] / 2, rel=1e-5)
    assert half.delay_s[0] == pytest.approx(one.delay_s[0])


def test_the_matrix_product_is_the_sum_over_entries():
    """The definition: every entry is scaled to fit best, and weighs as much as it makes the curve likely."""
    noisy, *_ = crowd(lognormal, seed=8, count=5, noise=2.0)
    dictionary = DICTIONARY
    entries = (dictionary.basis @ dictionary.entries).astype(float)
    got = dictionary.match(noisy.astype(np.float32), np.full(5, 2.0, dtype=np.float32))
    for voxel in range(5):
        curve = noisy[:, voxel] - noisy[:, voxel].mean()
        sd = np.hypot(2.0, 0.1 * curve.std())
        amplitude = np.maximum(entries.T @ curve, 0.0)
        misfit = ((curve[:, None] - amplitude * entries) ** 2).sum(axis=0) / sd**2
        weight = np.exp(-0.5 * (misfit - misfit.min()))
        weight /= weight.sum()
        assert got.delay_s[voxel] == pytest.approx(weight @ dictionary.delay_s, abs=0.02)
        assert got.mtt_s[voxel] == pytest.approx(weight @ dictionary.mtt_s, rel=0.01)
        assert got.flow[voxel] == pytest.approx(weight @ (amplitude * dictionary.flow), rel=0.01)


def test_few_components_hold_the_whole_dictionary():
    assert DICTIONARY.basis.shape[1] < 20
    assert (np.linalg.norm(DICTIONARY.entries, axis=0) > 0.99).all()


def test_slices_are_compared_at_their_own_times():
    times = np.stack([TIMES_S[:40], TIMES_S[:40] + 0.75], axis=1)
    columns = np.stack([passage(lognormal, 6.0, 3.0, times_s=times[:, number]) for number in (0, 1)], axis=1)
    got = estimate(
        as_curves(columns, times, (1, 1, 2)), np.full(2, 0.1, dtype=np.float32), AIF, PERFUSION, 1.0
    )
    assert got.delay_s[1] == pytest.approx(got.delay_s[0], abs=0.1)


def test_a_flat_curve_has_finite_numbers_and_no_flow():
    got = found(np.zeros((TIMES_S.size, 1)), 1.0)
    assert np.isfinite([got.delay_s[0], got.mtt_s[0]]).all()
    assert got.flow[0] == 0.0


def test_undelayed_fast_tissue_of_the_lab_reads_next_to_no_delay():
    """A slower residue that starts earlier makes nearly the same curve, and counts too."""
    got = found(tissue(TIMES_S, cbf=60, mtt_s=4.0)[:, None], 0.3)
    assert got.delay_s[0] == pytest.approx(0.0, abs=0.7)


def test_the_step_says_that_no_rule_reads_it():
    step = estimation_step()
    assert "No published limit" in step.sentence
    assert step.parameters["families"] == list(FAMILIES)
