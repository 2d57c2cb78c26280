"""Settings of the anatomy layer: what counts as bone, brain and fluid."""

from __future__ import annotations

from dataclasses import dataclass

from tissueclock.core.settings import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class AnatomySettings:
    """How the brain is found. All values are our choice unless a source stands beside them."""

    bone_hu: float = setting("CT: denser than this is bone", low=100, high=500)
    csf_hu: float = setting("CT: brain is denser than this, fluid is not", low=5, high=30)
    dense_hu: float = setting("CT: brain is less dense than this before contrast arrives", low=60, high=120)
    csf_signal: float = setting(
        "MR: fluid is brighter than this multiple of the brain's median", low=1.1, high=3
    )
    rim_mm: float = setting("brain this close to the skull is taken for fluid mixed with bone", low=0, high=5)
    bridge_mm: float = setting("links between brain and scalp thinner than twice this are cut", low=1, high=8)
