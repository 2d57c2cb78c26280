"""Is there haemorrhage, and does "may have thrombolysis" contradict what else was stated? Warnings only.

`ivt_eligible` is one answer of a person, and rules read it as given. These checks say where other facts of
the case speak against it; they change no answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from tissueclock.core.exact import Number, exact
from tissueclock.core.quality import Level, QualityFlag
from tissueclock.facts.case import CaseFacts

LEAST_PLATELETS = 100
"""10^9/L. Fewer speak against alteplase: AHA/ASA 2019 (Stroke 2019;50:e344-e418), recalled."""
MOST_INR = Fraction(17, 10)
"""A higher INR speaks against alteplase: the same guideline, recalled."""


def haemorrhage_warnings(case: CaseFacts, *, unasked: int = 0, trials: int = 0) -> tuple[QualityFlag, ...]:
    """Return a warning for haemorrhage, and for each fact that contradicts `ivt_eligible = true`.

    `unasked` of `trials` asked have no criterion on haemorrhage; without trials the number is left out.
    Reads only what rules may read: an unknown or withheld fact warns of nothing.
    """
    bled, may_lyse = case.known("ich_on_imaging") is True, case.known("ivt_eligible") is True
    found = [*(_haemorrhage(unasked, trials) if bled else ())]
    if may_lyse:
        found += _against_thrombolysis(case, bled=bled)
    return tuple(found)


def _haemorrhage(unasked: int, trials: int) -> Iterator[QualityFlag]:
    told = f"; {unasked} of the {trials} trials asked have no criterion on it" if trials else ""
    yield QualityFlag(
        id="haemorrhage",
        level=Level.WARN,
        value=None,
        limit=None,
        text=f"Haemorrhage is on the imaging{told}.",
    )


def _against_thrombolysis(case: CaseFacts, *, bled: bool) -> Iterator[QualityFlag]:
    if bled:
        yield QualityFlag(
            id="thrombolysis-with-haemorrhage",
            level=Level.WARN,
            value=None,
            limit=None,
            text="The patient is stated as eligible for thrombolysis, and haemorrhage is on the imaging.",
        )
    platelets, inr = _number(case, "platelets"), _number(case, "inr")
    if platelets is not None and platelets < LEAST_PLATELETS:
        yield _beyond(
            "platelets",
            f"the platelets are {float(platelets):g} x 10^9/L, below the {LEAST_PLATELETS} x 10^9/L",
            platelets,
            LEAST_PLATELETS,
        )
    if inr is not None and inr > MOST_INR:
        yield _beyond("inr", f"the INR is {float(inr):g}, above the {float(MOST_INR):g}", inr, MOST_INR)


def _beyond(fact: str, words: str, value: Fraction, limit: Fraction | int) -> QualityFlag:
    return QualityFlag(
        id=f"thrombolysis-with-{fact}",
        level=Level.WARN,
        value=float(value),
        limit=float(limit),
        text=f"The patient is stated as eligible for thrombolysis, and {words} of AHA/ASA 2019.",
    )


def _number(case: CaseFacts, name: str) -> Fraction | None:
    value: object = case.known(name)
    return exact(value) if isinstance(value, Number) and not isinstance(value, bool) else None
