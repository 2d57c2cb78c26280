"""A volume by side, and its part in the posterior fossa."""

from __future__ import annotations

from dataclasses import dataclass

from tissueclock.lesion.masks import LesionMasks, Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A volume in mL by side, which add up to it; and its part in the posterior fossa, None where unknown."""

    right_ml: float
    left_ml: float
    posterior_fossa_ml: float | None

    @classmethod
    def of(cls, mask: Mask, masks: LesionMasks, posterior_fossa: Mask | None) -> Parts:
        """Measure the parts of a mask."""
        return cls(
            right_ml=masks.ml(mask & masks.right),
            left_ml=masks.ml(mask & ~masks.right),
            posterior_fossa_ml=None if posterior_fossa is None else masks.ml(mask & posterior_fossa),
        )
