"""Does the delayed tissue fit the occlusion and the collaterals that somebody typed? Warnings, no refusals.

Two people can both be right: a vessel opens between two scans, a foetal posterior artery leaves the carotid.
So every finding is a warning with a sentence, and no rule of a trial reads it. Every limit is our choice.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from tissueclock.core.exact import Number, exact
from tissueclock.core.quality import SHARE, Level, QualityFlag
from tissueclock.facts.case import CaseFacts

POSTERIOR = frozenset({"BA", "V4"})
LARGE = frozenset({"ICA_intracranial", "ICA_T", "M1"})
BRANCHES = frozenset({"M2", "A1", "A2"})

NO_DELAY_ML = 3
"""Our choice: less than the smallest cluster that is measured is no delayed tissue."""
FOSSA_FREE_ML = 1
"""Our choice: less than this in the posterior fossa is none; its border is an estimate."""
ELSEWHERE_ML = 50
"""Our choice: more than this is a territory of its own, not the edge of another or an old stenosis."""
FOSSA_SHARE = Fraction(1, 2)
"""Our choice: more than this share of the delayed tissue in the fossa is not an anterior territory."""
FOSSA_LEAST_ML = 10
"""Our choice: a share of less delayed tissue than this is not judged."""
BRANCH_ML = 200
"""Our choice: more than this is more than one branch supplies."""
HIGH_HIR, LOW_HIR = Fraction(7, 10), Fraction(3, 10)
"""Our choice. The median was 0.4 in DEFUSE 2 (Olivot JM et al., Stroke 2014;45:1018-1023). With good
collaterals on CTA it was 0.51 (SD 0.2), with poor ones 0.73 (0.13); 0.68 parted them best (PMC8003946)."""
HIR_LEAST_ML = 15
"""Our choice: the ratio of a smaller lesion is noise."""


def territory_warnings(case: CaseFacts) -> tuple[QualityFlag, ...]:
    """Return what in the measured delay contradicts the typed occlusion or collaterals.

    Reads only what rules may read: an unknown or withheld fact warns of nothing.
    """
    return (*_side(case), *_places(case), *_collaterals(case))


def _side(case: CaseFacts) -> Iterator[QualityFlag]:
    typed, seen = case.known("occlusion_side"), case.known("lesion_side")
    if typed in ("left", "right") and seen in ("left", "right") and typed != seen:
        yield _warning(
            "territory-side",
            f"The occlusion is stated on the {typed}, the delayed tissue lies on the {seen}.",
        )


def _places(case: CaseFacts) -> Iterator[QualityFlag]:
    sites, delayed_ml = case.known("occlusion_site"), _delayed_ml(case)
    if not isinstance(sites, frozenset) or delayed_ml is None:
        return
    if not sites:
        yield from _without_occlusion(delayed_ml)
        return
    named = ", ".join(sorted(sites))
    if sites & LARGE and delayed_ml < NO_DELAY_ML:
        yield _warning(
            "territory-no-delay",
            f"{named} is stated as occluded, and {_ml(delayed_ml)} of tissue are delayed: have collaterals "
            "made up for it, or has it opened?",
            delayed_ml,
            NO_DELAY_ML,
        )
    if sites <= BRANCHES and delayed_ml > BRANCH_ML:
        yield _warning(
            "territory-branch",
            f"Only {named} is stated as occluded, and {_ml(delayed_ml)} are delayed, more than a branch "
            "supplies.",
            delayed_ml,
            BRANCH_ML,
        )
    yield from _fossa(case, sites, named, delayed_ml)


def _without_occlusion(delayed_ml: Fraction) -> Iterator[QualityFlag]:
    if delayed_ml > ELSEWHERE_ML:
        yield _warning(
            "territory-no-occlusion",
            f"No vessel is stated as occluded, and {_ml(delayed_ml)} of tissue are delayed: a stenosis, a "
            "smaller vessel, or one that has opened?",
            delayed_ml,
            ELSEWHERE_ML,
        )


def _fossa(case: CaseFacts, sites: frozenset[str], named: str, delayed_ml: Fraction) -> Iterator[QualityFlag]:
    fossa_ml = _number(case, "tmax6_posterior_fossa_ml")
    if fossa_ml is None:
        return
    elsewhere_ml = delayed_ml - fossa_ml
    if sites <= POSTERIOR and fossa_ml < FOSSA_FREE_ML and elsewhere_ml > ELSEWHERE_ML:
        yield _warning(
            "territory-posterior",
            f"{named} is stated as occluded, and the posterior fossa has {_ml(fossa_ml)} of delayed tissue, "
            f"the rest of the brain {_ml(elsewhere_ml)}.",
            elsewhere_ml,
            ELSEWHERE_ML,
        )
    mostly_there = fossa_ml > FOSSA_SHARE * delayed_ml and delayed_ml >= FOSSA_LEAST_ML
    if not sites & POSTERIOR and mostly_there:
        yield _warning(
            "territory-anterior",
            f"{named} is stated as occluded, and {_ml(fossa_ml)} of {_ml(delayed_ml)} of delayed tissue "
            "lie in the posterior fossa.",
            fossa_ml / delayed_ml,
            FOSSA_SHARE,
            SHARE,
        )


def _collaterals(case: CaseFacts) -> Iterator[QualityFlag]:
    grade, ratio = _number(case, "collateral_grade"), _number(case, "hypoperfusion_intensity_ratio")
    delayed_ml = _delayed_ml(case)
    if grade is None or ratio is None or (delayed_ml is not None and delayed_ml < HIR_LEAST_ML):
        return
    told = f"{float(ratio):.2f} of the delayed tissue has Tmax > 10 s (hypoperfusion intensity ratio)"
    if grade == 3 and ratio > HIGH_HIR:
        yield _warning(
            "collaterals-good", f"Collaterals are stated as good, and {told}.", ratio, HIGH_HIR, SHARE
        )
    if grade <= 1 and ratio < LOW_HIR:
        yield _warning(
            "collaterals-poor",
            f"Collaterals are stated as absent or poor, and only {told}.",
            ratio,
            LOW_HIR,
            SHARE,
        )


def _delayed_ml(case: CaseFacts) -> Fraction | None:
    """Return the volume with Tmax > 6 s, or what is hypoperfused by whatever else was measured."""
    found = _number(case, "tmax6_ml")
    return _number(case, "hypoperfused_ml") if found is None else found


def _number(case: CaseFacts, name: str) -> Fraction | None:
    value: object = case.known(name)
    return exact(value) if isinstance(value, Number) and not isinstance(value, bool) else None


def _ml(volume: Fraction) -> str:
    return f"{float(volume):.1f} mL"


def _warning(
    id: str,
    text: str,
    value: Fraction | None = None,
    limit: Fraction | int | None = None,
    unit: str = "mL",
) -> QualityFlag:
    return QualityFlag(
        id=id,
        level=Level.WARN,
        value=None if value is None else float(value),
        limit=None if limit is None else float(limit),
        text=text,
        unit="" if value is None else unit,
    )
