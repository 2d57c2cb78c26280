"""The tables of the presets that MR has and CT has not."""

from __future__ import annotations

import copy
from dataclasses import fields, replace

import pytest
from diffusion_lab import CORE, SETTINGS

from tissueclock.core.errors import InputError
from tissueclock.diffusion.settings import DiffusionSettings
from tissueclock.image.series import Modality
from tissueclock.lesion.adc_core import AdcCoreSettings
from tissueclock.lesion.flair import FlairSettings
from tissueclock.pipeline.preset import PRESETS, preset_for, read_preset

TABLES = {"diffusion": DiffusionSettings, "adc_core": AdcCoreSettings, "flair": FlairSettings}
MR = [name for name in PRESETS.entries() if read_preset(PRESETS.get(name)).modality is Modality.MR]


def document(name):
    return replace(PRESETS.get(name), table=copy.deepcopy(dict(PRESETS.get(name).table)))


def test_the_published_limits_of_adc():
    """600: DEFUSE 2; 620: DEFUSE 3 and SELECT2. 1.15: MR WITNESS."""
    limits = {name: preset_for(Modality.MR, name).mr.adc_core.limit_adc for name in MR}
    assert limits == {"defuse-2": 600.0, "defuse-3-mr": 620.0, "dsc-default": 620.0, "rapid-modern": 620.0}
    assert {preset_for(Modality.MR, name).mr.flair.limit_ratio for name in MR} == {1.15}


def test_the_lab_measures_as_the_default_preset_does():
    mr = preset_for(Modality.MR).mr
    assert (mr.diffusion, mr.adc_core) == (SETTINGS, CORE)


@pytest.mark.parametrize("name", MR)
def test_every_setting_is_stated_and_read(name):
    preset, table = preset_for(Modality.MR, name), PRESETS.get(name).table
    for key, settings in TABLES.items():
        assert set(table[key]) == {field.name for field in fields(settings)}
        read = {item: getattr(getattr(preset.mr, key), item) for item in table[key]}
        assert read == {item: tuple(v) if isinstance(v, list) else v for item, v in table[key].items()}


@pytest.mark.parametrize("key", TABLES)
def test_a_table_that_is_missing_or_wrong_is_refused(key):
    missing, unknown, wrong = (document("defuse-2") for _ in range(3))
    del missing.table[key]
    unknown.table[key]["invented"] = 1.0
    wrong.table[key][next(iter(wrong.table[key]))] = -1.0
    for changed, words in ((missing, f"'{key}' is missing"), (unknown, "'invented'"), (wrong, "at least")):
        with pytest.raises(InputError, match=words):
            read_preset(changed)


def test_a_preset_of_ct_has_none_of_them():
    assert preset_for(Modality.CT).mr is None
    changed = document("ct-default")
    changed.table["diffusion"] = document("defuse-2").table["diffusion"]
    with pytest.raises(InputError, match="unknown table or key 'diffusion'"):
        read_preset(changed)
