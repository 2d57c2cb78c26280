"""ADC from weighted images and from a scanner's map: against its definition, the phantom, and wrong input."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from diffusion_lab import GRID, NONE, SETTINGS, measured, still_midline, study, weighted
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.core.errors import InputError
from tissueclock.diffusion.adc import adc_of, diffusion_maps, geometric_mean, noise_of, unit_of
from tissueclock.diffusion.result import DiffusionMaps
from tissueclock.image.grid import Grid
from tissueclock.image.volume import Volume
from tissueclock.image.weighted import Weighted

signals = st.floats(min_value=1.0, max_value=4000.0)


@given(st.lists(signals, min_size=1, max_size=6))
def test_the_geometric_mean_is_the_root_of_the_product(values):
    """Against the slow, obvious definition."""
    found = geometric_mean([np.full((1, 1, 1), value) for value in values])
    assert found[0, 0, 0] == pytest.approx(math.prod(values) ** (1 / len(values)), rel=1e-5)


def test_a_direction_without_signal_has_no_geometric_mean():
    assert geometric_mean([np.array([[[4.0]]]), np.array([[[0.0]]])])[0, 0, 0] == 0.0


@given(
    low=signals,
    adc=st.floats(min_value=0.0, max_value=3500.0),
    b=st.floats(min_value=300.0, max_value=1500.0),
)
def test_adc_is_what_the_signal_decayed_by(low, adc, b):
    found = adc_of(np.full((1, 1, 1), low), np.full((1, 1, 1), low * math.exp(-b * adc * 1e-6)), b)
    assert found[0, 0, 0] == pytest.approx(adc, abs=0.01)


def test_adc_is_not_a_number_where_a_signal_is_not_positive():
    low, trace = np.array([1.0, 0.0, -1.0, 5.0, 5.0, np.inf]), np.array([0.0, 1.0, 1.0, -2.0, np.inf, 5.0])
    found = adc_of(low, trace, 1000.0)
    assert np.isnan(found).all()


def test_b_values_must_differ():
    with pytest.raises(ValueError, match="must differ"):
        adc_of(np.ones(1), np.ones(1), 0.0)


def test_adc_of_a_noise_free_head_is_its_truth():
    """Without noise and smoothing every voxel has its tissues' ADC; directions and trace alike."""
    plain = replace(SETTINGS, smoothing_fwhm_mm=0.0)
    for directions in (0, 3):
        made = study(NONE, snr=math.inf, directions=directions)
        maps, _ = measured(weighted(made), diffusion=plain)
        brain = made.truth.brain.array
        assert maps.adc.array[brain] == pytest.approx(made.truth.adc.array[brain], abs=0.5)


def test_directions_are_averaged_geometrically():
    """White matter's directions differ by more than twice; their arithmetic mean reads too low."""
    made = study(NONE, snr=math.inf, directions=3)
    maps, _ = measured(weighted(made), diffusion=replace(SETTINGS, smoothing_fwhm_mm=0.0))
    wrong = adc_of(made.low.array, np.mean([image.array for image in made.high], axis=0), 1000.0)
    white = made.truth.brain.array & (np.abs(made.truth.adc.array - 740.0) < 1.0)
    assert white.sum() > 500
    assert np.median(maps.adc.array[white]) == pytest.approx(740.0, abs=0.5)
    assert np.median(wrong[white]) < 720.0
    assert "geometric mean of 3 directions" in maps.origin


def test_the_noise_of_adc_is_estimated_from_its_neighbourhoods():
    random = np.random.default_rng(3)
    adc = (800.0 + 50.0 * random.standard_normal((40, 40, 6))).astype(np.float32)
    grid = Grid((40, 40, 6), np.diag([2.0, 2.0, 5.0, 1.0]))
    assert noise_of(adc, np.ones(adc.shape, dtype=bool), grid) == pytest.approx(50.0, rel=0.05)
    assert noise_of(np.full_like(adc, np.nan), np.ones(adc.shape, dtype=bool), grid) == 0.0


def test_a_low_b_value_above_zero_counts_with_its_own():
    """b = 50 is no b = 0: the difference of b-values makes the ADC."""
    made = study(NONE, snr=math.inf)
    decayed = made.low.array * np.exp(-50e-6 * np.nan_to_num(made.truth.adc.array))
    low = Weighted(volume=Volume(decayed, GRID, "b = 50", "signal"), b=50.0)
    maps, _ = measured([low, weighted(made)[1]], diffusion=replace(SETTINGS, smoothing_fwhm_mm=0.0))
    brain = made.truth.brain.array
    assert maps.adc.array[brain] == pytest.approx(made.truth.adc.array[brain], abs=0.5)


def test_a_trace_image_is_preferred_to_the_directions_beside_it():
    made, traced = study(NONE, directions=3), study(NONE)
    images = [*weighted(made), Weighted(volume=traced.high[0], b=1000.0, is_trace=True)]
    maps, _ = measured(images)
    assert "trace image" in maps.origin
    assert np.array_equal(
        maps.adc.array, measured(weighted(traced)[1:] + weighted(made)[:1])[0].adc.array, True
    )


@pytest.mark.parametrize(("factor", "unit"), [(1.0, "10^-6 mm2/s"), (1e-3, "10^-3 mm2/s"), (1e-6, "mm2/s")])
def test_the_unit_of_a_scanners_map_is_told_by_its_values(factor, unit):
    made = study(NONE)
    own = Volume((made.vendor_adc.array * factor).astype(np.float64), GRID, "ADC", "as exported")
    bright = [Weighted(volume=made.high[0], b=None)]
    maps, _ = measured(bright, own)
    brain = made.truth.brain.array
    assert np.nanmedian(maps.adc.array[brain]) == pytest.approx(
        np.median(made.vendor_adc.array[brain]), rel=1e-4
    )
    assert maps.origin == f"the scanner's map, in {unit} as told by its values"
    assert maps.low is None


@pytest.mark.parametrize("scale", [0.1, 10.0, 100.0, 0.01])
def test_a_map_in_no_known_unit_is_refused(scale):
    made = study(NONE)
    wrong = Volume(made.vendor_adc.array * scale, GRID, "ADC", "")
    with pytest.raises(InputError, match=r"fits none of 10\^-6 mm2/s, 10\^-3 mm2/s, mm2/s") as caught:
        measured([Weighted(volume=made.high[0], b=None)], wrong)
    assert "rescaling" in caught.value.remedy


@given(st.floats(min_value=0.45, max_value=2.0))
def test_an_old_brain_is_no_error_of_scale(share):
    """Atrophy and age move the median, and never by a factor of three."""
    random = np.random.default_rng(1)
    values = np.concatenate([random.normal(800, 60, 900), random.normal(2900, 100, 100)]) * share
    assert unit_of(values, np.ones(values.shape, dtype=bool)) == (1.0, "10^-6 mm2/s")


def test_an_exponential_adc_is_no_adc():
    """exp(-b ADC) has the size of an ADC in 10^-3, but fluid is its lowest value."""
    made = study(NONE)
    ratio = np.divide(made.high[0].array, np.maximum(made.low.array, 1.0))
    with pytest.raises(InputError, match="fluid does not stand out"):
        measured([Weighted(volume=made.high[0], b=None)], Volume(ratio, GRID, "eADC", ""))


def test_a_map_without_a_bright_image_beside_it_is_refused():
    with pytest.raises(InputError, match="no diffusion-weighted image beside it"):
        measured([], study(NONE).vendor_adc)


@pytest.mark.parametrize(
    ("b_values", "words"),
    [
        ([], "there is no diffusion-weighted image"),
        ([None, None], "do not say their b-values"),
        ([0.0, 2500.0], "the b-values are 0, 2500 s/mm2"),
        ([1000.0], "the b-values are 1000 s/mm2"),
        ([0.0], "the b-values are 0 s/mm2"),
        ([150.0, 1000.0], "the b-values are 150, 1000 s/mm2"),
    ],
)
def test_what_is_missing_is_said(b_values, words):
    image = study(NONE).low
    with pytest.raises(InputError, match=words) as caught:
        measured([Weighted(volume=image, b=b) for b in b_values])
    assert caught.value.remedy


def test_of_several_high_b_values_the_one_nearest_to_1000_is_taken():
    made = study(NONE)
    more = Weighted(volume=study(NONE, b=1150.0).high[0], b=1150.0, is_trace=True)
    assert "b = 1000" in measured([*weighted(made), more])[0].origin


def test_maps_lie_on_one_grid_and_in_one_unit():
    made = study(NONE)
    inside = still_midline()[0].inside
    maps = diffusion_maps(weighted(made), None, inside, SETTINGS)
    other = Grid(GRID.shape, GRID.affine @ np.diag([1.1, 1, 1, 1]))
    with pytest.raises(ValueError, match="one grid"):
        replace(maps, trace=Volume(maps.trace.array, other, "DWI", ""))
    with pytest.raises(ValueError, match=r"10\^-6"):
        replace(maps, adc=Volume(maps.adc.array, GRID, "ADC", "mm2/s"))
    with pytest.raises(ValueError, match="finite"):
        replace(maps, noise_adc=math.nan)
    assert isinstance(maps, DiffusionMaps)


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
def test_what_has_no_signal_is_counted(value):
    """A lost slice has no ADC, so that a core in it is not seen: it must not pass for a smaller core."""
    made = study(NONE)
    low, high = weighted(made)
    array = np.array(high.volume.array)
    array[:, :, 8] = value
    maps, _ = measured([low, replace(high, volume=replace(high.volume, array=array))])
    inside = still_midline()[0].inside
    assert measured([low, high])[0].missing_ml == 0.0
    assert maps.missing_ml == pytest.approx(inside[:, :, 8].sum() * GRID.voxel_ml)
    own = np.array(made.vendor_adc.array)
    own[:, :, 8] = value
    bright = [Weighted(volume=high.volume, b=None)]
    taken, _ = measured(bright, Volume(own, GRID, "ADC", "as exported"))
    assert taken.missing_ml == pytest.approx(maps.missing_ml, abs=0.2)
