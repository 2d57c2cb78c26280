"""`result.json` against its published schema, and documents that the schema must refuse."""

import copy
import json
import math
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from sample_report import (
    coreless_model,
    dsc_model,
    failed_model,
    number,
    sample_facts,
    sample_model,
    sample_profiles,
)

from tissueclock.core.errors import InternalError
from tissueclock.core.files import json_text
from tissueclock.core.notice import DISCLAIMER
from tissueclock.report.json import plain_json, result_document, result_schema

KEYS = [
    "schema",
    "software",
    "disclaimer",
    "input",
    "preset",
    "facts",
    "profiles",
    "profile_details",
    "trials",
    "quality",
    "curves",
    "diffusion",
    "motion",
    "sampling",
    "provenance",
    "timing_s",
]
MODELS = {"normal": sample_model, "failed": failed_model, "coreless": coreless_model, "dsc": dsc_model}


def validator():
    schema = result_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_every_result_is_valid_and_survives_a_round_trip(make):
    document = result_document(make())
    validator().validate(document)
    assert json.loads(json_text(document)) == document


def test_the_keys_are_the_agreed_ones():
    document = result_document(sample_model())
    assert list(document) == KEYS
    assert document["schema"] == 1
    assert document["disclaimer"] == DISCLAIMER


def test_numbers_are_unrounded_and_have_units():
    core = result_document(sample_model())["facts"]["core_ml"]
    assert core == {"value": 21.8, "unit": "mL", "interval": [18.9, 26.3], "source": "core_cbf_ml"}


def test_an_infinite_ratio_is_null_and_infinite():
    ratio = result_document(coreless_model())["facts"]["mismatch_ratio"]
    assert ratio["value"] is None
    assert ratio["infinite"] is True


def test_a_withheld_fact_keeps_its_value():
    core = result_document(failed_model())["facts"]["core_ml"]
    assert core["value"] == 21.8
    assert core["withheld"] is True
    assert core["withheld_by"] == ["bolus-width"]


def test_an_unknown_core_is_null_with_a_reason():
    document = result_document(dsc_model())
    assert document["facts"]["core_ml"]["value"] is None
    assert document["facts"]["core_ml"]["reason"] == "there is no diffusion scan"
    assert document["preset"]["core_rule"] is None


def test_profiles_trials_and_quality():
    document = result_document(failed_model())
    assert document["profiles"] == {"defuse-2": "undetermined", "mr-rescue": "undetermined"}
    assert document["profile_details"]["defuse-2"]["withheld_by"] == ["bolus-width"]
    assert document["trials"]["defuse-3"]["decision"] == "undetermined"
    assert document["quality"]["verdict"] == "fail"
    assert [flag["level"] for flag in document["quality"]["flags"]] == ["fail", "warn", "pass"]


def test_curves_and_where_they_lie():
    curves = result_document(sample_model())["curves"]
    assert len(curves["times_s"]) == len(curves["aif"]) == len(curves["vof"]) == 40
    assert curves["aif_location"] == [30, 40, 4]
    assert curves["aif_location_mm"] == [27.0, 23.0, -8.0]
    assert curves["offset"]["normal_median_s"] == 1.9


def test_the_class_of_a_profile_is_named_as_assess_names_it():
    found = result_document(sample_model())["profile_details"]["defuse-2"]
    assert found["class"] == found["label"] == "target-mismatch"
    assert set(sample_profiles()[0].to_json()) <= set(found)


def test_the_baseline_stands_with_the_curves():
    curves = result_document(sample_model())["curves"]
    assert (curves["baseline_frames"], curves["baseline_end_s"]) == (6, 7.5)
    unknown = result_document(dsc_model())["curves"]
    assert (unknown["baseline_frames"], unknown["baseline_end_s"]) == (None, None)


def test_motion_has_a_value_for_every_frame():
    motion = result_document(sample_model())["motion"]
    columns = ("times_s", "displacement_mm", "rotation_deg", "residual_mm", "realigned")
    assert {len(motion[name]) for name in columns} == {40}
    assert (motion["interpolated"], motion["excluded"]) == ([24], [39])
    assert motion["realigned"][24:26] == [False, True]
    assert (motion["displacement_mm"][24], motion["displacement_mm"][39]) == (4.0, None)
    assert (motion["warn_mm"], motion["fail_mm"]) == (0.7, 3.5)


def test_sampling_gives_every_slice_its_times():
    sampling = result_document(sample_model())["sampling"]
    assert (sampling["interval_s"], sampling["longest_gap_s"]) == (1.5, 6.0)
    assert [len(timing["slices"]) for timing in sampling["timings"]] == [6, 6]
    assert sampling["timings"][1]["offsets_s"] == [0.0, 0.0, 0.25, 0.25, 0.5, 0.5]


def test_motion_and_sampling_that_nobody_recorded_are_null():
    document = result_document(dsc_model())
    assert (document["motion"], document["sampling"]) == (None, None)


def test_what_was_not_measured_of_the_curves_is_null():
    curves = result_document(dsc_model())["curves"]
    assert (curves["vof"], curves["vof_location"], curves["vof_location_mm"]) == (None, None, None)
    assert result_document(sample_model(offset=None))["curves"]["offset"] is None


def test_nan_and_infinity_become_null_and_exact_numbers_stay_numbers():
    model = sample_model(
        input={"noise": math.nan, "shape": (np.int64(3), np.float32(0.5)), "row": np.array([1.0, math.inf])},
        facts=sample_facts().with_facts(
            number("mismatch_ratio", Fraction(9, 2)), number("nihss", 12), number("core_ml", Decimal("21.8"))
        ),
    )
    document = result_document(model)
    validator().validate(document)
    assert document["input"] == {"noise": None, "shape": [3, 0.5], "row": [1.0, None]}
    assert document["facts"]["mismatch_ratio"]["value"] == 4.5
    assert document["facts"]["core_ml"]["value"] == 21.8


def test_an_object_is_refused_rather_than_printed():
    with pytest.raises(InternalError, match=r"a PosixPath cannot stand in result\.json|a WindowsPath"):
        plain_json({"file": Path("x")})


def test_nothing_names_the_patient():
    assert "DP-0001" not in json_text(result_document(sample_model()))


def change(path, value):
    def edit(document):
        *parents, last = path
        for key in parents:
            document = document[key]
        document[last] = value

    return edit


def drop(path):
    def edit(document):
        *parents, last = path
        for key in parents:
            document = document[key]
        del document[last]

    return edit


BROKEN = {
    "unknown key": change(["extra"], 1),
    "missing disclaimer": drop(["disclaimer"]),
    "another version": change(["schema"], 2),
    "a decision in other words": change(["trials", "defuse-3", "decision"], "maybe"),
    "an outcome in other words": change(["trials", "defuse-3", "criteria", 0, "outcome"], "yes"),
    "a criterion of no kind": change(["trials", "defuse-3", "criteria", 0, "kind"], "gate"),
    "a verdict in other words": change(["quality", "verdict"], "good"),
    "a flag that is not a number": change(["quality", "flags", 0, "value"], "43"),
    "null without a reason": change(["facts", "core_ml", "value"], None),
    "infinite with a value": change(["facts", "core_ml", "infinite"], True),
    "withheld by nobody": change(["facts", "core_ml", "withheld"], True),
    "half an interval": change(["facts", "core_ml", "interval"], [1.0]),
    "no unit": drop(["facts", "core_ml", "unit"]),
    "a fact of no known form": change(["facts", "Core ML"], {"value": 1}),
    "a location that is no voxel": change(["curves", "aif_location"], [1.5, 2, 3]),
    "a curve with a gap": change(["curves", "aif", 3], None),
    "a realignment in other words": change(["motion", "realigned", 0], "yes"),
    "a frame before the first": change(["motion", "excluded"], [-1]),
    "half a sampling": drop(["sampling", "timings", 0, "offsets_s"]),
    "a baseline of no frame": change(["curves", "baseline_frames"], 0),
    "a profile without its class": drop(["profile_details", "defuse-2", "class"]),
    "a step without a sentence": drop(["provenance", 0, "sentence"]),
    "seconds as text": change(["timing_s", "total"], "10 s"),
    "software without what it was validated on": drop(["software", "validated_on"]),
}


@pytest.mark.parametrize("edit", BROKEN.values(), ids=BROKEN)
def test_the_schema_refuses(edit):
    document = copy.deepcopy(result_document(sample_model()))
    edit(document)
    with pytest.raises(jsonschema.ValidationError):
        validator().validate(document)


def property_names(schema):
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for part in schema.values():
            yield from property_names(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from property_names(part)


def test_the_reference_describes_every_key():
    page = Path(__file__).parents[2] / "docs" / "reference" / "result-json.md"
    text = page.read_text(encoding="utf-8")
    missing = [name for name in set(property_names(result_schema())) if f"`{name}`" not in text]
    assert missing == []
