"""Curves that are not of our making: osipy's maps with its own input, and real dual-echo signals (BNI).

Both lie in ../shared/data with their provenance. osipy's maps have CBF 22 to 63, MTT 3.5 to 6.2 s and a
narrow bolus; the curves are made here, by a fine convolution that shares no code with the phantoms. BNI's are
mean signals of a patient with a tumour; no truth comes with them but the input concentration by its authors.
"""

from types import SimpleNamespace

import numpy as np
import pytest
from curves_lab import as_curves
from scipy.io import loadmat

from tissueclock.bench.kudo import METHODS
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.perfusion.aif.base import InputCurve
from tissueclock.perfusion.concentration import concentration, find_baseline
from tissueclock.perfusion.deconvolve.base import Deconvolution
from tissueclock.perfusion.maps import voxel_maps
from tissueclock.perfusion.time_axis import even_axis
from tissueclock.pipeline.preset import preset_for

pytestmark = pytest.mark.shared
SETTINGS = preset_for(Modality.MR).perfusion
FINE_S = 0.05


def measured(curves, vessel):
    """Maps by every method; `vessel` is the input at the curves' frame times."""
    axis = even_axis(curves.times_s, SETTINGS.resample_s, SETTINGS.cubic_up_to_s)
    aif = InputCurve(
        values=axis.matrix(0) @ np.asarray(vessel, dtype=float),
        start_s=float(axis.times_s[0]),
        step_s=axis.step_s,
        voxel=(0, 0, 0),
        position_mm=(0.0, 0.0, 0.0),
        voxels=(0,),
    )
    return {
        table["method"]: voxel_maps(curves, aif, axis, Deconvolution.from_table(table, "test"), SETTINGS, 1.0)
        for table in METHODS
    }


@pytest.fixture(scope="module")
def osipy(shared):
    """Every sixteenth voxel of the maps, and what each method reads on curves made from them."""
    folder = shared / "data" / "osipy_dsc_maps_dro" / "tests" / "fixtures" / "osipi_dro" / "dsc"
    stored = {name: np.load(folder / f"{name}.npy") for name in ("aif", "time", "mask", "cbf", "cbv", "mtt")}
    cbf, cbv, mtt = (stored[name][stored["mask"]][::16].astype(float) for name in ("cbf", "cbv", "mtt"))
    times = stored["time"].astype(float)
    fine = np.arange(0.0, times[-1] + FINE_S, FINE_S)
    vessel = np.interp(fine, times, stored["aif"])
    passed = [np.convolve(vessel, np.exp(-fine / of))[: fine.size] - vessel / 2 for of in mtt]
    curves = [
        np.interp(times, fine, flow / 6000 / SETTINGS.kh_over_rho * FINE_S * curve)
        for flow, curve in zip(cbf, passed, strict=True)
    ]
    maps = measured(as_curves(np.stack(curves, axis=1), times), stored["aif"])
    return SimpleNamespace(cbf=cbf, cbv=cbv, mtt=mtt, maps=maps)


def test_volume_of_foreign_maps_is_recovered(osipy):
    for maps in osipy.maps.values():
        assert maps.cbv == pytest.approx(osipy.cbv, rel=0.01)


def test_flow_and_transit_time_of_foreign_maps_keep_their_order(osipy):
    for maps in osipy.maps.values():
        assert np.corrcoef(maps.cbf, osipy.cbf)[0, 1] > 0.99
        assert np.corrcoef(maps.mtt, osipy.mtt)[0, 1] > 0.99


def test_osvd_underestimates_the_flow_of_foreign_maps_least(osipy):
    share = {name: np.median(maps.cbf / osipy.cbf) for name, maps in osipy.maps.items()}
    assert max(share, key=share.get) == "osvd"
    assert 0.7 < share["osvd"] < 0.85
    assert 0.55 < share["csvd"] < 0.65


@pytest.fixture(scope="module")
def bni(shared):
    """Artery and white matter: the second echo through our code, and both echoes free of T1."""
    folder = shared / "data" / "bni_dual_echo_dsc_curves" / "src" / "original" / "LCB_BNI_USA"
    stored = loadmat(folder / "notebooks" / "data.mat")
    echo_s = float(stored["TE1"][0, 0]), float(stored["TE2"][0, 0])
    both = np.stack([stored["AIF_SIt"], stored["NAWM_SIt"]], axis=-1).astype(float)
    second = np.repeat(both[1][:, :, None, None], 24, axis=2)  # 24 voxels each: a baseline needs vessels
    series = TimeSeries(
        stored=np.rint(second / 2).astype(np.int16),
        slope=np.array(2.0),
        intercept=np.array(0.0),
        times_s=float(stored["TR"][0, 0]) * np.arange(second.shape[0])[:, None],
        grid=Grid((2, 24, 1), np.eye(4)),
        modality=Modality.MR,
        echo_time_s=echo_s[1],
    )
    baseline = find_baseline(series, SETTINGS.baseline_rise)
    curves, _ = concentration(series, np.ones(series.grid.shape, dtype=bool), baseline)
    relative = both / both[:, : baseline.frames].mean(axis=1, keepdims=True)
    dual = np.log(relative[0] / relative[1]) / (echo_s[1] - echo_s[0])
    shipped = stored["AIF_Ct"].ravel()
    return SimpleNamespace(curves=curves, baseline=baseline, dual=dual, shipped=shipped)


def test_the_baseline_of_real_signals_ends_where_the_shipped_input_starts(bni):
    first = int(np.flatnonzero(bni.shipped > 0.05 * bni.shipped.max())[0])
    assert abs(bni.baseline.frames - first) <= 2


def test_a_real_single_echo_agrees_with_both_echoes(bni):
    artery, white = bni.curves.values[:, 0], bni.curves.values[:, 24]
    assert artery == pytest.approx(bni.dual[:, 0], abs=0.05 * bni.dual[:, 0].max())
    assert np.corrcoef(white, bni.dual[:, 1])[0, 1] > 0.99
    assert white.max() == pytest.approx(bni.dual[:, 1].max(), rel=0.1)
    assert artery.argmax() == bni.shipped.argmax()
    assert np.corrcoef(artery, bni.shipped)[0, 1] > 0.9


def test_real_white_matter_reads_like_undelayed_tissue(bni):
    """No truth, but bounds: CBF and CBV lack scale on DSC, MTT and Tmax do not."""
    for maps in measured(bni.curves, bni.curves.values[:, 0]).values():
        assert maps.tmax[0] == pytest.approx(0.0, abs=0.1)  # the artery against itself
        assert maps.cbv[0] == pytest.approx(100 * SETTINGS.kh_over_rho, rel=1e-3)
        assert 1.0 < maps.tmax[24] < 5.0
        assert 3.0 < maps.mtt[24] < 9.0
