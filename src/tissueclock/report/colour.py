"""A perceptual colour table for maps, computed here, and the colours of the overlays.

The table runs through OKLCH (Ottosson 2020, "A perceptual color space for image processing"): lightness
rises evenly, so that it reads the same in grey print; hue turns from blue over red to yellow. The path is
our choice.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

LEVELS = 256
CORE_RGB = (255, 64, 200)
HYPOPERFUSED_RGB = (80, 220, 120)
MARKER_RGB = (255, 214, 64)

_LADDER_START = 0.30
"""The first step of a ladder is lighter than a black background (our choice)."""
_LIGHTNESS = (0.10, 0.97)
_HUE_DEG = (275.0, 465.0)
_CHROMA = 0.20
_OKLAB_TO_LMS = (
    (1.0, 0.3963377774, 0.2158037573),
    (1.0, -0.1055613458, -0.0638541728),
    (1.0, -0.0894841775, -1.2914855480),
)
_LMS_TO_LINEAR_RGB = (
    (4.0767416621, -3.3077115913, 0.2309699292),
    (-1.2684380046, 2.6097574011, -0.3413193965),
    (-0.0041960863, -0.7034186147, 1.7076147010),
)


@cache
def map_colours() -> NDArray[np.uint8]:
    """Return the table, LEVELS x 3 sRGB bytes, dark to light; read-only."""
    lightness = np.linspace(*_LIGHTNESS, LEVELS)
    hue = np.radians(np.linspace(*_HUE_DEG, LEVELS))
    rows = [_in_gamut(float(light), float(angle)) for light, angle in zip(lightness, hue, strict=True)]
    table = np.rint(255 * _gamma(np.array(rows))).astype(np.uint8)
    table.setflags(write=False)
    return table


def ladder_colours(steps: int) -> tuple[tuple[int, int, int], ...]:
    """Return one colour a step, evenly from a dark one to the table's lightest: the worse, the lighter."""
    shares = np.linspace(_LADDER_START, 1.0, steps) if steps > 1 else np.array([1.0])
    rows = map_colours()[np.rint(shares * (LEVELS - 1)).astype(np.intp)]
    return tuple((int(red), int(green), int(blue)) for red, green, blue in rows)


def ramp(
    steps: int, lightness: tuple[float, float], hue_deg: tuple[float, float], chroma: float
) -> tuple[tuple[int, int, int], ...]:
    """Return sRGB bytes of colours whose lightness and hue (OKLCH) go evenly from one end to the other."""
    path = zip(np.linspace(*lightness, steps), np.radians(np.linspace(*hue_deg, steps)), strict=True)
    rows = [np.rint(255 * _gamma(_in_gamut(float(light), float(hue), chroma))) for light, hue in path]
    return tuple((int(red), int(green), int(blue)) for red, green, blue in rows)


def _in_gamut(lightness: float, hue: float, chroma: float = _CHROMA) -> NDArray[np.float64]:
    """Return linear RGB of the largest chroma up to `chroma` that the screen can show (bisection)."""
    low, high = 0.0, chroma
    for _ in range(24):
        middle = (low + high) / 2
        inside = _is_displayable(_linear_rgb(lightness, middle, hue))
        low, high = (middle, high) if inside else (low, middle)
    return np.clip(_linear_rgb(lightness, low, hue), 0, 1)


def _is_displayable(linear: NDArray[np.float64]) -> bool:
    return bool(((linear >= 0) & (linear <= 1)).all())


def _linear_rgb(lightness: float, chroma: float, hue: float) -> NDArray[np.float64]:
    oklab = np.array([lightness, chroma * math.cos(hue), chroma * math.sin(hue)])
    return np.asarray(np.dot(_LMS_TO_LINEAR_RGB, np.dot(_OKLAB_TO_LMS, oklab) ** 3))


def _gamma(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return sRGB's transfer curve (IEC 61966-2-1)."""
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
