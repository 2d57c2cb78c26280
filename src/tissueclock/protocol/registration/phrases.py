"""How registrations name the quantities that the vocabulary knows, with the units that convert exactly.

A phrase that leaves open which fact is meant is not here: "ASPECTS" without its modality, "mRS" without
"before the stroke", "onset" where last known well may be meant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A way to name a fact, and the units in which its numbers may be printed."""

    pattern: re.Pattern[str]
    fact: str
    units: tuple[tuple[re.Pattern[str], Fraction], ...]


def _units(**factors: Fraction) -> tuple[tuple[re.Pattern[str], Fraction], ...]:
    return tuple((re.compile(_SPELT[name], re.IGNORECASE), factor) for name, factor in factors.items())


_SPELT: Mapping[str, str] = MappingProxyType(
    {
        "years": r"(?:years?|yrs?|y)(?: old| of age)?",
        "points": r"(?:points?)?",
        "ml": r"ml|cc|cm\^?3",
        "none": r"",
        "mmhg": r"mm ?hg",
        "mg_dl": r"mg ?/ ?dl",
        "mmol_l": r"mmol ?/ ?l",
        "giga": r"x ?10 ?\^ ?9 ?/ ?l|10 ?\^ ?9 ?/ ?l|x ?10 ?\^ ?3 ?/ ?ul|10 ?\^ ?3 ?/ ?ul",
        "each": r"/ ?mm\^?3|/ ?ul|cells ?/ ?mm\^?3|per mm\^?3|per ul|per microlit(?:er|re)",
        "hours": r"h|hrs?|hours?",
        "minutes": r"min|mins|minutes?",
        "days": r"days?",
        "months": r"mo|months?",
        "years_long": r"years?",
    }
)
_POINTS = _units(points=ONE)
_ML = _units(ml=ONE)
_NONE = _units(none=ONE)
_MMHG = _units(mmhg=ONE)
_HOURS = _units(hours=ONE, minutes=Fraction(1, 60), days=Fraction(24))
_NIHSS = (
    r"(?:NIHSS|NIH stroke scale|National Institutes? of Health Stroke Scale(?: \(NIHSS\))?)"
    r"(?: scores?)?"
)
_RANKIN = (
    r"(?:mRS|modified Rankin(?:'s)?(?: scale| score)?(?: \(mRS\))?|modified Rankin scale \(mRS\))"
    r"(?: scores?)?"
)
_CORE = (
    r"(?:(?:isch(?:a)?emic|infarct(?:ion)?) core|core infarct(?:ion)?|infarcted core|core)"
    r"(?: lesion)? volume(?: on \w+)?"
)
_RAND = r"randomi[sz]ation"
_PLATELETS = r"(?:platelets?|thrombocytes?)(?: counts?)?"
_GLUCOSE = r"(?:(?:blood|serum|plasma) )?(?:glucose|sugar)(?: levels?| concentrations?)?"


def _phrase(pattern: str, fact: str, units: tuple[tuple[re.Pattern[str], Fraction], ...]) -> Phrase:
    return Phrase(re.compile(pattern, re.IGNORECASE), fact, units)


PHRASES = (
    _phrase(r"(?:patients? |subjects? |participants? )?(?:age|aged)", "age", _units(years=ONE)),
    _phrase(rf"(?:baseline )?{_NIHSS}", "nihss", _POINTS),
    _phrase(rf"(?:initial|first) {_NIHSS}", "nihss_initial", _POINTS),
    _phrase(rf"{_NIHSS} (?:before|prior to) {_RAND}|pre-?{_RAND} {_NIHSS}", "nihss_pre_rand", _POINTS),
    _phrase(rf"(?:pre-?stroke|pre-?morbid) {_RANKIN}", "prestroke_mrs", _POINTS),
    _phrase(
        rf"{_RANKIN} (?:before|prior to) (?:the )?(?:index |qualifying )?stroke", "prestroke_mrs", _POINTS
    ),
    _phrase(
        rf"(?:NCCT|CT|non-?contrast CT)[ -]ASPECTS?(?: scores?)?(?: before {_RAND})?", "aspects_ct", _POINTS
    ),
    _phrase(r"ASPECTS?(?: scores?)? on (?:NCCT|CT|non-?contrast CT)", "aspects_ct", _POINTS),
    _phrase(rf"DWI[ -]ASPECTS?(?: scores?)?(?: before {_RAND})?", "aspects_dwi", _POINTS),
    _phrase(r"ASPECTS?(?: scores?)? on DWI", "aspects_dwi", _POINTS),
    _phrase(_CORE, "core_ml", _ML),
    _phrase(r"mismatch (?:ratio|rate)", "mismatch_ratio", _NONE),
    _phrase(r"mismatch volume", "mismatch_ml", _ML),
    _phrase(_PLATELETS, "platelets", _units(giga=ONE, each=Fraction(1, 1000))),
    _phrase(
        r"INR|international normali[sz]ed ratio(?: \(INR\))?",
        "inr",
        _NONE,
    ),
    _phrase(_GLUCOSE, "glucose_mg_dl", _units(mg_dl=ONE)),
    _phrase(_GLUCOSE, "glucose_mmol_l", _units(mmol_l=ONE)),
    _phrase(r"systolic (?:blood pressure|BP|pressure)(?: \(SBP\))?|SBP", "sbp", _MMHG),
    _phrase(r"diastolic (?:blood pressure|BP|pressure)(?: \(DBP\))?|DBP", "dbp", _MMHG),
    _phrase(
        r"(?:anticipated |expected )?life expectancy|expected survival(?: time)?",
        "life_expectancy_mo",
        _units(months=ONE, years_long=Fraction(12)),
    ),
    _phrase(rf"(?:symptom )?progression to {_RAND}(?: time)?", "progression_to_rand_h", _HOURS),
    _phrase(
        rf"(?:time from )?(?:last known well|LKW) to {_RAND}(?: time)?",
        "lkw_to_rand_h",
        _HOURS,
    ),
    _phrase(
        r"(?:time from )?(?:last known well|LKW) to (?:groin |arterial |femoral )?puncture(?: time)?",
        "lkw_to_puncture_h",
        _HOURS,
    ),
)
