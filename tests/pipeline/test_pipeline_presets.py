"""The contract of every registered preset: it states everything, and nothing else."""

from __future__ import annotations

import copy
import tomllib
from dataclasses import fields, replace
from importlib import resources

import pytest

from tissueclock.anatomy.settings import AnatomySettings
from tissueclock.core.errors import InputError, UsageError
from tissueclock.core.provenance import digest
from tissueclock.core.registry import TomlDocument
from tissueclock.image.series import Modality
from tissueclock.lesion.settings import LesionSettings
from tissueclock.perfusion.quality_settings import QualitySettings
from tissueclock.perfusion.settings import PerfusionSettings
from tissueclock.pipeline.preset import PRESETS, preset_for, read_preset

NAMES = tuple(PRESETS.entries())
LAYERS = {
    "anatomy": AnatomySettings,
    "perfusion": PerfusionSettings,
    "lesion": LesionSettings,
    "quality": QualitySettings,
}
TABLES = ((), *((name,) for name in LAYERS), ("perfusion", "deconvolution"))


def content(name: str) -> bytes:
    return resources.files("tissueclock.pipeline.presets").joinpath(f"{name}.toml").read_bytes()


def document(name: str) -> TomlDocument:
    """Return a preset that may be changed."""
    return replace(PRESETS.get(name), table=copy.deepcopy(dict(PRESETS.get(name).table)))


def table_at(found: TomlDocument, path: tuple[str, ...]) -> dict:
    table = found.table
    for key in path:
        table = table[key]
    return table


def test_the_defaults_are_registered():
    assert {"ct-default", "dsc-default"} <= set(NAMES)
    assert preset_for(Modality.CT).name == "ct-default"
    assert preset_for(Modality.MR).name == "dsc-default"


@pytest.mark.parametrize("name", NAMES)
def test_it_reads_and_states_every_setting(name):
    preset, table = read_preset(PRESETS.get(name)), tomllib.loads(content(name).decode())
    assert (preset.name, preset.title, preset.modality.value) == (name, table["title"], table["modality"])
    for layer, settings in LAYERS.items():
        stated = set(table[layer]) - {"deconvolution"}
        assert stated == {field.name for field in fields(settings)}
        for key in stated:
            value = getattr(getattr(preset, layer), key)
            assert (list(value) if isinstance(value, tuple) else value) == table[layer][key]
    assert preset.deconvolution.to_table() == table["perfusion"]["deconvolution"]


@pytest.mark.parametrize("name", NAMES)
def test_its_digest_is_that_of_its_bytes(name):
    assert read_preset(PRESETS.get(name)).digest == digest(content(name))
    assert digest(content(name)) != digest(content(name) + b" ")


@pytest.mark.parametrize("path", TABLES, ids=lambda path: ".".join(path) or "top")
@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_key_is_refused_by_name(name, path):
    changed = document(name)
    table_at(changed, path)["invented"] = 1.0
    with pytest.raises(InputError, match="'invented'") as refused:
        read_preset(changed)
    assert name in refused.value.where


@pytest.mark.parametrize("path", TABLES, ids=lambda path: ".".join(path) or "top")
@pytest.mark.parametrize("name", NAMES)
def test_every_missing_key_is_refused_by_name(name, path):
    for key in table_at(document(name), path):
        changed = document(name)
        del table_at(changed, path)[key]
        missing = "method" if key == "deconvolution" else key
        with pytest.raises(InputError, match=f"'{missing}' is (missing|not stated)"):
            read_preset(changed)


@pytest.mark.parametrize(
    ("path", "key", "value", "words"),
    [
        (("lesion",), "delay_s", "six", "delay_s = 'six' has the wrong type"),
        (("lesion",), "delay_s", 0.0, "must be at least 1"),
        (("lesion",), "tmax_ladder_s", [2.0, 60.0], "must be at most 20"),
        (("perfusion",), "smoothing", "median", "must be one of adaptive, bilateral, gaussian, none"),
        ((), "modality", "PET", "modality = 'PET'"),
        ((), "anatomy", 3, r"\[anatomy\]: it is no table"),
        (("perfusion",), "deconvolution", "csvd", r"\[perfusion.deconvolution\]: it is no table"),
    ],
)
@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_value_is_refused(name, path, key, value, words):
    changed = document(name)
    table_at(changed, path)[key] = value
    with pytest.raises(InputError, match=words):
        read_preset(changed)


def test_an_unknown_method_is_answered_with_the_known_ones():
    changed = document("ct-default")
    changed.table["perfusion"]["deconvolution"]["method"] = "magic"
    with pytest.raises(UsageError, match="no deconvolution method 'magic'") as refused:
        read_preset(changed)
    assert "csvd" in refused.value.remedy


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_is_for_its_modality_only(name):
    modality = read_preset(PRESETS.get(name)).modality
    other = Modality.MR if modality is Modality.CT else Modality.CT
    assert preset_for(modality, name).name == name
    with pytest.raises(UsageError, match=f"'{name}' is for {modality.value}"):
        preset_for(other, name)


def test_an_unknown_preset_is_answered_with_the_known_ones():
    with pytest.raises(UsageError, match="no preset 'nope'") as refused:
        preset_for(Modality.CT, "nope")
    assert all(name in refused.value.remedy for name in NAMES)


def test_the_presets_of_the_trials_hold_their_published_limits():
    """Lansberg 2012, Lancet Neurol 11:860; Albers 2018, N Engl J Med 378:708."""
    for name, modality in (("defuse-2", "MR"), ("defuse-3", "CT"), ("defuse-3-mr", "MR")):
        preset = read_preset(PRESETS.get(name))
        assert preset.modality.value == modality
        assert preset.lesion.delay_s == 6.0
        assert 10.0 in preset.lesion.tmax_ladder_s
    assert read_preset(PRESETS.get("defuse-3")).lesion.core_cbf_percent == 30.0
