"""`result.json`: everything on the report, with units; `result.schema.json` beside this file describes it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from importlib import resources
from typing import Any

import numpy as np

from tissueclock.core.errors import InternalError
from tissueclock.core.notice import DISCLAIMER
from tissueclock.core.provenance import JsonValue
from tissueclock.eligibility.matrix import matrix, matrix_json
from tissueclock.eligibility.outcome import Profile
from tissueclock.report.model import CurvePlot, Location, MotionTrace, OffsetCurve, ReportModel, Sampling
from tissueclock.report.notice import VALIDATED_ON

SCHEMA_VERSION = 1


def result_document(model: ReportModel) -> dict[str, JsonValue]:
    """Return the document of `result.json` as plain JSON values; what is not finite is null."""
    document = {
        "schema": SCHEMA_VERSION,
        "software": {"name": model.software, "version": model.version, "validated_on": VALIDATED_ON},
        "disclaimer": DISCLAIMER,
        "input": model.input,
        "preset": _preset(model),
        "facts": model.facts.to_json(),
        "profiles": {profile.name: profile.label for profile in model.profiles},
        "profile_details": {profile.name: _profile(profile) for profile in model.profiles},
        "trials": {assessment.trial: assessment.to_json() for assessment in model.assessments},
        **_changes(model),
        "quality": {"verdict": model.verdict.value, "flags": [flag.to_json() for flag in model.flags]},
        "curves": None if model.curves is None else _curves(model.curves, model.offset),
        "diffusion": None if model.diffusion is None else model.diffusion.to_json(),
        "motion": None if model.motion is None else _motion(model.motion),
        "sampling": None if model.sampling is None else _sampling(model.sampling),
        "provenance": model.provenance.to_json(),
        "timing_s": model.timing_s,
    }
    plain: dict[str, JsonValue] = plain_json(document)
    return plain


def result_schema() -> dict[str, JsonValue]:
    """Return the JSON Schema (2020-12) of `result.json`."""
    text = resources.files("tissueclock.report").joinpath("result.schema.json").read_text(encoding="utf-8")
    schema: dict[str, JsonValue] = json.loads(text)
    return schema


def plain_json(value: Any) -> JsonValue:
    """Return `value` in the types that JSON has: exact numbers as floats, arrays as lists, NaN as None.

    Raises InternalError for anything else, so that no object's text lands in a result by accident.
    """
    if isinstance(value, Mapping):
        return {str(key): plain_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_json(item) for item in value]
    if isinstance(value, np.ndarray | np.generic):
        return plain_json(value.tolist())
    if isinstance(value, (float, Decimal, Fraction)):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, int, str)):
        return value
    raise InternalError(f"a {type(value).__name__} cannot stand in result.json.")


def _changes(model: ReportModel) -> dict[str, JsonValue]:
    """Return what would change a verdict, and the matrix; nothing where nobody asked."""
    if model.sensitivity is None:
        return {}
    return {**model.sensitivity.to_json(), "matrix": matrix_json(matrix(model.assessments))}


def _preset(model: ReportModel) -> dict[str, JsonValue]:
    return {
        "name": model.preset_name,
        "digest": model.preset_digest,
        "core_rule": model.core_rule,
        "delay_rule": model.delay_rule,
    }


def _profile(profile: Profile) -> dict[str, JsonValue]:
    return {
        "title": profile.title,
        "digest": profile.digest,
        "class": profile.label,
        "label": profile.label,
        "because": profile.because,
        "missing": profile.missing,
        "withheld_by": profile.withheld_by,
        "notes": profile.notes,
    }


def _curves(curves: CurvePlot, offset: OffsetCurve | None) -> dict[str, JsonValue]:
    return {
        "times_s": curves.times_s,
        "unit": curves.unit,
        "aif": curves.aif,
        "aif_location": curves.aif_location.voxel,
        "aif_location_mm": curves.aif_location.ras_mm,
        "arrival_s": curves.arrival_s,
        "baseline_frames": curves.baseline_frames,
        "baseline_end_s": curves.baseline_end_s,
        "vof": curves.vof,
        "vof_location": _voxel(curves.vof_location),
        "vof_location_mm": curves.vof_location.ras_mm if curves.vof_location else None,
        "offset": None if offset is None else _offset(offset),
    }


def _motion(motion: MotionTrace) -> dict[str, JsonValue]:
    return {
        "times_s": motion.times_s,
        "displacement_mm": motion.shift_mm,
        "rotation_deg": motion.rotation_deg,
        "residual_mm": motion.residual_mm,
        "realigned": motion.realigned,
        "interpolated": motion.interpolated,
        "excluded": motion.excluded,
        "warn_mm": motion.warn_mm,
        "fail_mm": motion.fail_mm,
    }


def _sampling(sampling: Sampling) -> dict[str, JsonValue]:
    return {
        "interval_s": sampling.interval_s,
        "longest_gap_s": max(sampling.gaps_s),
        "timings": [
            {"times_s": timing.times_s, "slices": timing.slices, "offsets_s": timing.offsets_s}
            for timing in sampling.timings
        ],
    }


def _voxel(location: Location | None) -> tuple[int, int, int] | None:
    return location.voxel if location else None


def _offset(offset: OffsetCurve) -> dict[str, JsonValue]:
    return {
        "mtt_s": offset.mtt_s,
        "tmax_s": offset.tmax_s,
        "limit_s": offset.limit_s,
        "normal_median_s": offset.normal_median_s,
    }
