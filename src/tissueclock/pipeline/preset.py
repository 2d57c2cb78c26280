"""Presets: one TOML file names every limit of an analysis, one table a layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tissueclock.anatomy.settings import AnatomySettings
from tissueclock.core.errors import InputError, UsageError
from tissueclock.core.registry import TomlDocument, TomlRegistry
from tissueclock.core.settings import settings_from_table
from tissueclock.diffusion.settings import DiffusionSettings
from tissueclock.image.series import Modality
from tissueclock.lesion.adc_core import AdcCoreSettings
from tissueclock.lesion.flair import FlairSettings
from tissueclock.lesion.settings import LesionSettings
from tissueclock.perfusion.deconvolve.base import Deconvolution
from tissueclock.perfusion.quality_settings import QualitySettings
from tissueclock.perfusion.settings import PerfusionSettings
from tissueclock.profile.settings import IntervalSettings

PRESETS = TomlRegistry("preset", "tissueclock.pipeline.presets")
_DEFAULTS = ((Modality.CT, "ct-default"), (Modality.MR, "dsc-default"))
_MR_KEYS = ("diffusion", "adc_core", "flair")
_KEYS = ("title", "modality", "anatomy", "perfusion", "lesion", "intervals", "quality")


@dataclass(frozen=True, slots=True, kw_only=True)
class MrSettings:
    """The settings of what is measured beside perfusion on MR."""

    diffusion: DiffusionSettings
    adc_core: AdcCoreSettings
    flair: FlairSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A named, complete set of settings; its digest is that of the file's bytes. `mr` is None on CT."""

    name: str
    digest: str
    title: str
    modality: Modality
    anatomy: AnatomySettings
    perfusion: PerfusionSettings
    deconvolution: Deconvolution
    lesion: LesionSettings
    intervals: IntervalSettings
    quality: QualitySettings
    mr: MrSettings | None


def preset_for(modality: Modality, name: str | None = None) -> Preset:
    """Return the preset called `name`, or the default of the modality.

    Raises UsageError for an unknown name, or for a preset of another modality.
    """
    chosen = name or dict(_DEFAULTS)[modality]
    preset = read_preset(PRESETS.get(chosen))
    if preset.modality is not modality:
        raise UsageError(
            f"the preset '{chosen}' is for {preset.modality.value}, the scan is {modality.value}.",
            remedy="Choose another, or leave --preset out.",
        )
    return preset


def read_preset(document: TomlDocument) -> Preset:
    """Split a preset file into the layers' settings; every key must be known, every setting stated."""
    table, where = document.table, f"preset {document.name}"
    modality = _modality(table["modality"], where) if "modality" in table else None
    known = _KEYS if modality is Modality.CT else (*_KEYS, *_MR_KEYS)
    for key in table:
        if key not in known:
            raise InputError(
                f"unknown table or key '{key}'.", where=where, remedy=f"Known: {', '.join(known)}."
            )
    for key in known if modality is not None else _KEYS:
        if key not in table:
            raise InputError(f"'{key}' is missing.", where=where, remedy="Add it.")
    anatomy, perfusion, lesion, intervals, quality = (
        _table(table, key, f"{where} [{key}]")
        for key in ("anatomy", "perfusion", "lesion", "intervals", "quality")
    )
    flat = {key: value for key, value in perfusion.items() if key != "deconvolution"}
    method = _table({"deconvolution": {}, **perfusion}, "deconvolution", f"{where} [perfusion.deconvolution]")
    return Preset(
        name=document.name,
        digest=document.digest,
        title=str(table["title"]),
        modality=_modality(table["modality"], where),
        anatomy=settings_from_table(AnatomySettings, anatomy, f"{where} [anatomy]"),
        perfusion=settings_from_table(PerfusionSettings, flat, f"{where} [perfusion]"),
        deconvolution=Deconvolution.from_table(method, f"{where} [perfusion.deconvolution]"),
        lesion=settings_from_table(LesionSettings, lesion, f"{where} [lesion]"),
        intervals=settings_from_table(IntervalSettings, intervals, f"{where} [intervals]"),
        quality=settings_from_table(QualitySettings, quality, f"{where} [quality]"),
        mr=_mr(table, where) if modality is Modality.MR else None,
    )


def _mr(table: Mapping[str, Any], where: str) -> MrSettings:
    diffusion, core, flair = (_table(table, key, f"{where} [{key}]") for key in _MR_KEYS)
    return MrSettings(
        diffusion=settings_from_table(DiffusionSettings, diffusion, f"{where} [diffusion]"),
        adc_core=settings_from_table(AdcCoreSettings, core, f"{where} [adc_core]"),
        flair=settings_from_table(FlairSettings, flair, f"{where} [flair]"),
    )


def _table(table: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    found = table[key]
    if not isinstance(found, Mapping):
        raise InputError("it is no table.", where=where, remedy="State its settings one a line.")
    return found


def _modality(value: object, where: str) -> Modality:
    try:
        return Modality(value)
    except ValueError:
        raise InputError(f"modality = {value!r}.", where=where, remedy="Use CT or MR.") from None
