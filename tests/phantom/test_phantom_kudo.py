"""The Kudo grid: its ranges, its layout, and that its curves hold what its maps say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tissueclock.core.errors import UsageError
from tissueclock.image.series import Modality
from tissueclock.phantom.acquisition import Acquisition, Bolus
from tissueclock.phantom.kinetics import KH_OVER_RHO, arterial_curve, tissue_curve
from tissueclock.phantom.kudo import DELAYS_S, KUDO_ACQUISITION, MTTS_S, KudoPhantom, kudo_phantom
from tissueclock.phantom.rule_truth import RuleMethod


@pytest.fixture(scope="module")
def kudo() -> KudoPhantom:
    return kudo_phantom(tile_voxels=2)


def enhancement(phantom: KudoPhantom) -> np.ndarray:
    signal = phantom.series.stored * phantom.series.slope[0, 0]
    return signal - signal[:3].mean(axis=0)


def test_the_ranges_are_the_published_ones(kudo: KudoPhantom) -> None:
    tiles = kudo.tiles.array
    assert (kudo.cbf.array[tiles].min(), kudo.cbf.array[tiles].max()) == (2.5, 87.5)
    assert (kudo.cbv.array[tiles].min(), kudo.cbv.array[tiles].max()) == (1.0, 5.0)
    assert kudo.mtt.array[tiles].max() == 24.0
    assert kudo.mtt.array[tiles].min() == pytest.approx(24 / 7)
    assert (kudo.delay.array[tiles].min(), kudo.delay.array[tiles].max()) == (0.0, 3.0)


def test_flow_is_two_and_a_half_k_times_volume(kudo: KudoPhantom) -> None:
    for column in range(7):
        tile = kudo.cbf.array[2 * column, 0, 1:]
        np.testing.assert_allclose(tile, 2.5 * (column + 1) * kudo.cbv.array[0, 0, 1:], rtol=1e-6)


def test_sections_are_three_residues_of_five_volumes_after_the_vessels(kudo: KudoPhantom) -> None:
    assert kudo.series.grid.shape == (14, 14, 16)
    assert kudo.residue == (None, *["exponential"] * 5, *["triangular"] * 5, *["box"] * 5)
    assert kudo.cbv.array[0, 0, 1:].tolist() == [1, 2, 3, 4, 5] * 3
    assert (kudo.residue[15], kudo.cbv.array[0, 0, 15]) == ("box", 5)  # the one that the paper states
    assert np.isnan(kudo.cbf.array[..., 0]).all()
    assert np.isfinite(kudo.cbf.array[..., 1:]).all()


def test_masks_part_the_grid(kudo: KudoPhantom) -> None:
    masks = [mask.array for mask in (kudo.tiles, kudo.artery, kudo.vein)]
    assert [int(mask.sum()) for mask in masks] == [14 * 14 * 15, 6 * 14, 6 * 14]
    assert not (masks[0] & masks[1]).any()
    assert not (masks[1] & masks[2]).any()


def test_vessels_show_the_true_input_curves(kudo: KudoPhantom) -> None:
    for mask, curve in ((kudo.artery, kudo.aif), (kudo.vein, kudo.vof)):
        shown = enhancement(kudo)[:, mask.array]
        np.testing.assert_allclose(shown, curve.values[:, None] + 0 * shown, atol=0.06)


def test_areas_give_the_blood_volume() -> None:
    run = replace(
        KUDO_ACQUISITION, frames=200, quantum_hu=1.0, bolus=Bolus(peak_hu=20_000.0)
    )  # no rounding to speak of
    phantom = kudo_phantom(run, tile_voxels=1)
    area = np.trapezoid(enhancement(phantom), dx=1.0, axis=0)
    volume = 100 * KH_OVER_RHO * area / np.trapezoid(phantom.aif.values, dx=1.0)
    tiles = phantom.tiles.array
    np.testing.assert_allclose(volume[tiles], phantom.cbv.array[tiles], rtol=0.01)


def test_rows_are_the_same_curve_later() -> None:
    run = replace(KUDO_ACQUISITION, quantum_hu=1.0, bolus=Bolus(peak_hu=20_000.0))
    curves = enhancement(kudo_phantom(run, tile_voxels=1))
    first, last = curves[:, :, 0, 1:], curves[:, :, 6, 1:]
    np.testing.assert_allclose(last[3:], first[:-3], atol=2.0)  # 3 s, frames 1 s apart
    assert not np.allclose(last, first, atol=2.0)


def test_residues_differ_where_volume_and_transit_are_equal(kudo: KudoPhantom) -> None:
    curves = enhancement(kudo)[:, -1, 0, :]
    assert np.abs(curves[:, 5] - curves[:, 10]).max() > 1
    assert np.abs(curves[:, 10] - curves[:, 15]).max() > 1


def test_it_also_comes_as_noisy_dsc() -> None:
    run = Acquisition(modality=Modality.MR, snr=80.0, frames=40)
    phantom = kudo_phantom(run, tile_voxels=1)
    assert phantom.series.echo_time_s == 0.03
    assert phantom.series.frame(0)[phantom.tiles.array].mean() == pytest.approx(100, abs=1)
    assert phantom.aif.unit == "1/s"


def test_impossible_tiles_and_offsets_are_refused() -> None:
    with pytest.raises(UsageError, match="tiles of 0 voxels"):
        kudo_phantom(tile_voxels=0)
    with pytest.raises(UsageError, match="The grid has 16"):
        kudo_phantom(Acquisition(slice_offsets_s=(0.0, 1.0)))


def test_the_rule_method_reads_what_it_reads_curve_by_curve(kudo: KudoPhantom) -> None:
    """The maps against the rule method applied to one tile's curve, worked out here."""
    times = KUDO_ACQUISITION.kept_times_s
    artery = arterial_curve(KUDO_ACQUISITION.bolus, float(times[-1]))
    curve = tissue_curve(artery, 60 * 2.0 / 6.0, 2.0, 1.5, "triangular").at(times)
    method = RuleMethod.of(times, artery.at(times))
    tmax_s, cbf = method.peaks(method.residues(times, curve[:, None]))
    column, row, section = 2 * MTTS_S.index(6.0), 2 * DELAYS_S.index(1.5), 1 + 5 + 1
    assert kudo.rule_tmax.array[column, row, section] == pytest.approx(tmax_s[0], rel=1e-5)
    assert kudo.rule_cbf.array[column, row, section] == pytest.approx(cbf[0], rel=1e-5)
    assert np.isnan(kudo.rule_tmax.array[..., 0]).all()


def test_sections_may_be_chosen_and_slices_may_be_thinner() -> None:
    phantom = kudo_phantom(KUDO_ACQUISITION, 1, (("mixture", 2.0), ("gamma", 4.0)), slice_mm=5.0)
    assert phantom.series.grid.shape == (7, 7, 3)
    assert phantom.series.grid.spacing_mm == (1.6, 1.6, 5.0)
    assert phantom.residue == (None, "mixture", "gamma")
    assert phantom.cbv.array[0, 0, 1:].tolist() == [2.0, 4.0]
