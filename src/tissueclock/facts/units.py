"""Units as people spell them, and the conversions that hold by definition whatever is measured.

mEq/L are mmol/L for ions of one charge; sodium and potassium are the only ions in the vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

_SPELLINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "mL": ("ml", "cm3", "cm^3", "cm³", "cc"),
        "h": ("h", "hr", "hrs", "hour", "hours"),
        "min": ("min", "mins", "minute", "minutes"),
        "s": ("s", "sec", "second", "seconds"),
        "years": ("years", "year", "y", "yr"),
        "days": ("days", "day", "d"),
        "months": ("months", "month", "mo"),
        "points": ("points", "point"),
        "grade": ("grade",),
        "cm": ("cm",),
        "mm": ("mm",),
        "weeks": ("weeks", "week", "wk"),
        "umol/L": ("umol/l", "µmol/l", "μmol/l", "micromol/l"),
        "g/dL": ("g/dl",),
        "g/L": ("g/l",),
        "mEq/L": ("meq/l",),
        "1/uL": ("/ul", "/µl", "1/ul", "/mm3", "1/mm3", "cells/ul"),
        "%": ("%", "percent"),
        "mmHg": ("mmhg",),
        "mg/dL": ("mg/dl",),
        "mmol/L": ("mmol/l",),
        "10^9/L": ("10^9/l", "x10^9/l", "10^3/ul", "10^3/µl"),
        "mL/100 g/min": ("ml/100g/min",),
        "mL/min/1.73 m2": ("ml/min/1.73m2", "ml/min/1.73m²"),
        "": ("", "1", "ratio"),
    }
)

_FACTORS: Mapping[tuple[str, str], Fraction] = MappingProxyType(
    {
        ("min", "h"): Fraction(1, 60),
        ("h", "min"): Fraction(60),
        ("days", "h"): Fraction(24),
        ("weeks", "days"): Fraction(7),
        ("years", "months"): Fraction(12),
        ("mm", "cm"): Fraction(1, 10),
        ("1/uL", "10^9/L"): Fraction(1, 1000),
        ("mEq/L", "mmol/L"): Fraction(1),
    }
)


def factor_between(written: str, unit: str) -> Fraction | None:
    """Return what a number in the unit `written` is multiplied by to be in `unit`; None if it cannot be."""
    found = unit_spelled(written)
    if found == unit:
        return Fraction(1)
    return None if found is None else _FACTORS.get((found, unit))


def unit_spelled(written: str) -> str | None:
    """Return the vocabulary's unit that is spelled so, or None; an empty text is that of plain numbers."""
    spelling = "".join(written.lower().split())
    return next((unit for unit, spellings in _SPELLINGS.items() if spelling in spellings), None)
