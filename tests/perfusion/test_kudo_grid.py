"""The rule method on the Kudo grid (Kudo 2013, Radiology 267:201): what it gets right, and its known bias."""

from dataclasses import replace

import numpy as np
import pytest

from tissueclock.image.series import Modality
from tissueclock.perfusion.aif.base import InputCurve
from tissueclock.perfusion.concentration import concentration, find_baseline
from tissueclock.perfusion.deconvolve.base import Deconvolution
from tissueclock.perfusion.maps import voxel_maps
from tissueclock.perfusion.time_axis import even_axis, shared_times
from tissueclock.phantom.kudo import KUDO_ACQUISITION, kudo_phantom
from tissueclock.pipeline.preset import preset_for


@pytest.fixture(scope="module", params=list(Modality), ids=lambda modality: modality.value)
def tiles(request):
    """Noise-free tiles, unsmoothed: measured maps beside the truth, one row a tile voxel."""
    phantom = kudo_phantom(replace(KUDO_ACQUISITION, modality=request.param), 4)
    series = phantom.series
    settings = preset_for(request.param).perfusion
    mask = phantom.tiles.array.astype(bool) | phantom.artery.array.astype(bool)
    raw, _ = concentration(series, mask, find_baseline(series, settings.baseline_rise))
    axis = even_axis(shared_times(raw.times_s), settings.resample_s, settings.cubic_up_to_s)
    artery = axis.resample(raw.within(phantom.artery.array.astype(bool))).mean(axis=1, dtype=float)
    aif = InputCurve(
        values=artery,
        start_s=float(axis.times_s[0]),
        step_s=axis.step_s,
        voxel=(0, 0, 0),
        position_mm=(0.0, 0.0, 0.0),
        voxels=(0,),
    )
    tissue = raw.within(phantom.tiles.array.astype(bool))
    method = Deconvolution.from_table({"method": "csvd", "relative_cutoff": 0.15}, "test")
    measured = voxel_maps(tissue, aif, axis, method, settings, 1.0)
    truth = {
        name: getattr(phantom, name).array.ravel()[tissue.index] for name in ("cbf", "cbv", "mtt", "delay")
    }
    residue = np.array(phantom.residue, dtype=object)[tissue.slice_index]
    return measured, truth, residue


def correlation(a, b):
    return float(np.corrcoef(a, b)[0, 1])


def test_volume_is_recovered_by_the_areas(tiles):
    measured, truth, _ = tiles
    assert correlation(measured.cbv, truth["cbv"]) >= 0.97


def test_flow_and_transit_time_keep_their_order(tiles):
    measured, truth, residue = tiles
    exponential = residue == "exponential"
    assert correlation(measured.cbf[exponential], truth["cbf"][exponential]) >= 0.93
    assert correlation(measured.mtt[exponential], truth["mtt"][exponential]) >= 0.95


def test_flow_is_underestimated_and_the_more_so_the_faster_it_is(tiles):
    """The reason for the label 'SVD-CBF, underestimates', and why published limits belong to this method."""
    measured, truth, residue = tiles
    exponential = residue == "exponential"
    if measured.cbf.max() > truth["cbf"].max():
        return  # on DSC pure blood saturates, so the scale of flow is lost; only its order is tested
    share = measured.cbf[exponential] / truth["cbf"][exponential]
    slow, fast = truth["mtt"][exponential] > 11, truth["mtt"][exponential] < 4.1
    assert 0.4 < np.median(share[fast]) < 0.65
    assert np.median(share[slow]) > 1.3 * np.median(share[fast])


def test_tmax_follows_the_delay_one_to_one(tiles):
    measured, truth, residue = tiles
    exponential = residue == "exponential"
    for mtt in np.unique(truth["mtt"][exponential]):
        same = exponential & (truth["mtt"] == mtt)
        slope = np.polyfit(truth["delay"][same], measured.tmax[same], 1)[0]
        assert slope == pytest.approx(1.0, abs=0.05)


def test_flow_does_not_depend_on_the_delay(tiles):
    measured, truth, residue = tiles
    exponential = (residue == "exponential") & (truth["cbv"] == 5)
    for mtt in np.unique(truth["mtt"]):
        flow = measured.cbf[exponential & (truth["mtt"] == mtt)]
        assert np.ptp(flow) <= 0.06 * flow.mean()
