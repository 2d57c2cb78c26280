"""Published limits on another program's maps: units, references, clusters, and numbers that are none."""

from dataclasses import replace

import numpy as np
import pytest

from tissueclock.core.errors import InputError
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality
from tissueclock.image.volume import Volume
from tissueclock.lesion.foreign import threshold
from tissueclock.pipeline.preset import preset_for

SETTINGS = preset_for(Modality.CT).lesion
GRID = Grid((20, 20, 10), np.diag([-2.0, 2.0, 5.0, 1.0]))
ML = GRID.voxel_ml
LESION = (slice(2, 12), slice(2, 12), slice(2, 6))
CORE = (slice(4, 8), slice(4, 8), slice(2, 6))


def volume(array, grid=GRID):
    return Volume(np.asarray(array, dtype=float), grid, "map", "as exported")


def tmax(lesion=8.0, normal=2.0):
    values = np.full(GRID.shape, normal)
    values[LESION] = lesion
    return values


def cbf(normal=50.0, core=0.29):
    values = np.full(GRID.shape, normal)
    values[CORE] = core * normal
    return values


def masks(delay, flow=None, *, unit="", relative=False, settings=SETTINGS):
    flow = None if flow is None else volume(flow)
    return threshold(volume(delay), unit, flow, settings, relative=relative)


def test_delay_and_core_are_counted_at_the_published_limits():
    found = masks(tmax(), cbf())
    assert np.count_nonzero(found.hypoperfused) == 400
    assert np.array_equal(np.argwhere(found.core), np.argwhere(cbf() < 20))
    assert found.grid.voxel_ml == pytest.approx(0.02)
    assert masks(tmax(lesion=6.0), cbf()).hypoperfused.sum() == 0
    assert masks(tmax(), cbf(core=0.31)).core.sum() == 0


def test_low_flow_outside_the_delay_is_no_core():
    flow = cbf()
    flow[15:, 15:, 0] = 1.0
    assert np.array_equal(masks(tmax(), flow).core, masks(tmax(), cbf()).core)


@pytest.mark.parametrize(("unit", "factor"), [("", 1.0), ("s", 1.0), ("", 1000.0), ("ms", 1000.0)])
def test_seconds_and_milliseconds_give_the_same_and_say_so(unit, factor):
    found = masks(tmax() * factor, cbf(), unit=unit)
    assert np.array_equal(found.hypoperfused, masks(tmax(), cbf()).hypoperfused)
    how = "as its side-car says" if unit else "told by its values"
    assert found.notes[0] == f"Tmax is in {'s' if factor == 1 else 'ms'}, {how}."


@pytest.mark.parametrize("factor", [0.1 / 8, 50.0, 1e5])
def test_a_tmax_in_no_known_unit_is_refused(factor):
    with pytest.raises(InputError, match="fits neither seconds nor milliseconds") as caught:
        masks(tmax() * factor)
    assert "Units" in caught.value.remedy


def test_a_tmax_without_a_positive_number_is_refused():
    with pytest.raises(InputError, match="no positive number"):
        masks(np.zeros(GRID.shape))
    with pytest.raises(InputError, match="no positive number"):
        masks(np.full(GRID.shape, np.nan))


@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_a_relative_flow_is_taken_as_it_is(scale):
    found = masks(tmax(), scale * cbf(normal=0.8, core=0.36), relative=True)
    assert np.count_nonzero(found.core) == 64  # 0.36 of 0.8 is 0.288 of their own reference
    assert masks(tmax(), scale * cbf(normal=0.8, core=0.36)).core.sum() == 0
    assert f"{scale:g} is normal" in found.notes[-1]


def test_a_relative_flow_that_is_none_is_refused():
    with pytest.raises(InputError, match="neither near 1 nor near 100") as caught:
        masks(tmax(), cbf(normal=20), relative=True)
    assert "--cbf absolute" in caught.value.remedy


def test_the_reference_leaves_the_highest_five_percent_out_and_is_stated():
    flow = cbf()
    flow[19:, :, :5] = 400.0  # 100 of 3600 normal voxels: above the 95th percentile
    found = masks(tmax(), flow)
    assert "CBF is divided by 50, its mean where Tmax is up to 4 s in both hemispheres" in found.notes[-1]


def test_the_reference_reads_only_tissue_without_delay():
    flow = cbf()
    flow[2:12, 2:4, 2:6] = 5000.0  # inside the delay: no normal tissue
    assert np.array_equal(masks(tmax(), flow).core, masks(tmax(), cbf()).core)


def test_numbers_that_are_none_are_told_and_change_nothing_else():
    delay, flow = tmax(), cbf()
    delay[0, 0, 0], delay[15, 15, :5] = np.nan, -1.0
    flow[4, 4, 2], flow[5, 5, 2] = np.nan, -3.0
    found = masks(delay, flow)
    assert np.count_nonzero(found.hypoperfused) == 400
    assert not found.core[4, 4, 2]
    assert found.core[5, 5, 2]
    told = " ".join(found.notes)
    assert "0 % of the voxels have no Tmax" in told
    assert "0.1 mL have a negative Tmax: taken as not delayed" in told
    assert "In 0.0 mL of the delayed tissue CBF is no number: not core." in found.notes
    assert "In 0.0 mL of the delayed tissue CBF is 0 or less: core." in found.notes


def test_without_flow_there_is_no_core():
    found = masks(tmax())
    assert (found.core, found.kept_core) == (None, None)


def test_two_maps_of_different_scans_are_refused():
    with pytest.raises(InputError, match="no tissue with Tmax up to 4 s"):
        masks(tmax(), np.zeros(GRID.shape))


def test_small_clusters_are_dropped_beside_the_whole():
    delay = tmax()
    delay[16, 16, 8] = 9.0
    found = masks(delay, cbf())
    assert np.count_nonzero(found.hypoperfused) == 401
    assert np.count_nonzero(found.kept_hypoperfused) == 400
    large = masks(delay, cbf(), settings=replace(SETTINGS, min_core_ml=2.0))
    assert (large.core.sum(), large.kept_core.sum()) == (64, 0)
