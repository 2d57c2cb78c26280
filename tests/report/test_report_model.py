"""A report model is consistent, or it is not constructed."""

from dataclasses import replace

import numpy as np
import pytest
from sample_report import LABEL, SHAPE, head_grid, sample_curves, sample_model

from tissueclock.core.quality import Level
from tissueclock.image.grid import Grid
from tissueclock.image.volume import Volume
from tissueclock.report.model import Location, OffsetCurve, Window


def other_grid():
    return Grid(SHAPE, np.diag([3.0, 3.0, 3.0, 1.0]))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"brain": np.ones((2, 2, 2), dtype=bool)}, "brain is a boolean mask"),
        ({"core": np.zeros(SHAPE, dtype=np.uint8)}, "core is a boolean mask"),
        ({"hypoperfused": np.zeros(SHAPE)}, "hypoperfused is a boolean mask"),
        ({"core_rule": None}, "the rule that made it"),
        ({"maps": {"tmax": Volume(np.zeros(SHAPE), other_grid(), "Tmax", "s")}}, "another grid"),
        ({"maps": {"adc": Volume(np.zeros(SHAPE), head_grid(), "ADC", "")}}, "no map 'adc'"),
    ],
)
def test_parts_that_do_not_fit_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        sample_model(**changes)


def test_a_curve_from_outside_the_grid_is_refused():
    outside = replace(sample_curves(head_grid()), aif_location=Location((88, 0, 0), (0.0, 0.0, 0.0)))
    with pytest.raises(ValueError, match=r"voxel \(88, 0, 0\) lies outside"):
        sample_model(curves=outside)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"aif": [1.0, 2.0]}, "aif must hold 40 finite numbers"),
        ({"aif": [float("nan")] * 40}, "aif must hold 40 finite numbers"),
        ({"times_s": [1.0] * 40}, "must increase"),
        ({"vof": None}, "come together"),
    ],
)
def test_broken_curves_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        replace(sample_curves(head_grid()), **changes)


def test_a_broken_offset_curve_is_refused():
    with pytest.raises(ValueError, match="tmax_s must hold 2 finite numbers"):
        OffsetCurve(mtt_s=(2, 4), tmax_s=(1,), limit_s=6, normal_median_s=None)


@pytest.mark.parametrize(("level", "width"), [(40, 0), (40, -1), (float("nan"), 80), (40, float("inf"))])
def test_a_broken_window_is_refused(level, width):
    with pytest.raises(ValueError, match="positive width"):
        Window(level, width)


def test_what_it_holds_cannot_be_changed():
    source = {"kind": "nifti"}
    model = sample_model(input=source)
    source["kind"] = "dicom"
    assert model.input == {"kind": "nifti"}
    with pytest.raises(ValueError, match="read-only"):
        model.core[0, 0, 0] = True
    with pytest.raises(TypeError):
        model.maps["tmax"] = None


def test_a_location_knows_its_position():
    place = Location.at(head_grid(), np.array([0, 0, 0]))
    assert place == Location((0, 0, 0), (87.0, 103.0, -40.0))


def test_the_text_of_a_model_names_nobody():
    text = repr(sample_model(label=LABEL))
    assert LABEL.patient_id not in text
    assert LABEL.patient_name not in text


def test_the_verdict_is_the_worst_flag():
    assert sample_model().verdict is Level.PASS
