"""Presets: one TOML file names every limit of an analysis, one table a layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tissueclock.anatomy.settings import AnatomySettings
from tissueclock.core.errors import InputError, UsageError
from tissueclock.core.registry import TomlDocument, TomlRegistry
from tissueclock.core.settings import settings_from_table
from tissueclock.image.series import Modality
from tissueclock.lesion.settings import LesionSettings
from tissueclock.perfusion.deconvolve.base import Deconvolution
from tissueclock.perfusion.quality import QualitySettings
from tissueclock.perfusion.settings import PerfusionSettings

PRESETS = TomlRegistry("preset", "tissueclock.pipeline.presets")
_DEFAULTS = ((Modality.CT, "ct-default"), (Modality.MR, "dsc-default"))
_KEYS = ("title", "modality", "anatomy", "perfusion", "lesion", "quality")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A named, complete set of settings; its digest is that of the file's bytes."""

    name: str
    digest: str
    title: str
    modality: Modality
    anatomy: AnatomySettings
    perfusion: PerfusionSettings
    deconvolution: Deconvolution
    lesion: LesionSettings
    quality: QualitySettings


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
    for key in table:
        if key not in _KEYS:
            raise InputError(
                f"unknown table or key '{key}'.", where=where, remedy=f"Known: {', '.join(_KEYS)}."
            )
    for key in _KEYS:
        if key not in table:
            raise InputError(f"'{key}' is missing.", where=where, remedy="Add it.")
    perfusion: Mapping[str, Any] = table["perfusion"]
    flat = {key: value for key, value in perfusion.items() if key != "deconvolution"}
    return Preset(
        name=document.name,
        digest=document.digest,
        title=str(table["title"]),
        modality=Modality(table["modality"]),
        anatomy=settings_from_table(AnatomySettings, table["anatomy"], f"{where} [anatomy]"),
        perfusion=settings_from_table(PerfusionSettings, flat, f"{where} [perfusion]"),
        deconvolution=Deconvolution.from_table(
            perfusion.get("deconvolution", {}), f"{where} [perfusion.deconvolution]"
        ),
        lesion=settings_from_table(LesionSettings, table["lesion"], f"{where} [lesion]"),
        quality=settings_from_table(QualitySettings, table["quality"], f"{where} [quality]"),
    )
