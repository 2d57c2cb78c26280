"""What a reader of a pool must know before believing it, worked out from its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tissueclock.evidence.library.rows import LibraryRow
from tissueclock.evidence.meta.pooled import PooledEffect
from tissueclock.protocol.results.values import Kind

_FEW = 5
"""Fewer studies say little about the variance between them (our choice)."""


def row_cautions(rows: Sequence[LibraryRow], kind: Kind) -> Iterator[str]:
    """Yield what the rows make doubtful: memory, derived counts, design; definitions, times of bleeding."""
    yield from _origins(rows)
    observed = [row.title for row in rows if not row.randomised]
    if observed:
        yield (
            f"{len(observed)} of {len(rows)} rows are not randomised ({', '.join(observed)}): patients "
            "differ by more than the treatment"
        )
    if kind is Kind.MRS_SHIFT:
        yield from _effects(rows)
    if kind is Kind.SICH:
        yield from _definitions(rows)
        yield from _times(rows)


def model_cautions(pooled: PooledEffect, fixed: PooledEffect) -> Iterator[str]:
    """Yield what depends on the model: a fixed effect that disagrees about no effect, and few studies."""
    if _excludes(pooled) != _excludes(fixed) and fixed.method != pooled.method:
        firm, other = (pooled, fixed) if _excludes(pooled) else (fixed, pooled)
        yield (
            f"the model decides: the interval excludes no effect by {firm.method} ({_ends(firm)}) and not by "
            f"{other.method} ({_ends(other)})"
        )
    if pooled.k < _FEW and pooled.method != fixed.method and pooled.test == "z":
        yield (
            f"{pooled.k} studies say little of the variance between them: intervals by z are too narrow "
            "then, see --knapp-hartung"
        )


def _excludes(pooled: PooledEffect) -> bool:
    return pooled.beta_ci[0] > 0 or pooled.beta_ci[1] < 0


def _ends(pooled: PooledEffect) -> str:
    return f"{pooled.ci[0]:.2f} to {pooled.ci[1]:.2f}"


def _origins(rows: Sequence[LibraryRow]) -> Iterator[str]:
    recalled = [row.title for row in rows if row.recalled]
    if recalled:
        yield f"{len(recalled)} of {len(rows)} rows are recalled, read in no source: {', '.join(recalled)}"
    derived = [row.title for row in rows if row.derived]
    if derived:
        yield f"counts worked out from printed percentages: {', '.join(derived)}"


def _effects(rows: Sequence[LibraryRow]) -> Iterator[str]:
    names = {row.effect for row in rows}
    if names - {""}:
        yield (
            "common odds ratios as printed, their variances from the printed intervals: rounding and, of "
            "adjusted ones, the covariates are in them"
        )
    if len(names) > 1:
        shown = ", ".join(f"{row.title} {row.effect}" for row in rows)
        yield f"adjusted and unadjusted odds ratios are mixed, and do not mean the same ({shown})"


def _definitions(rows: Sequence[LibraryRow]) -> Iterator[str]:
    known = {row.sich_definition.value for row in rows if row.sich_definition}
    unknown = [row.title for row in rows if row.sich_definition is None]
    if unknown:
        yield (
            f"the trial's definition of a symptomatic haemorrhage was not read for {len(unknown)} of "
            f"{len(rows)} rows: their counts may not mean the same"
        )
    if len(known) > 1:
        yield f"definitions of a symptomatic haemorrhage differ: {', '.join(sorted(known))}"


def _times(rows: Sequence[LibraryRow]) -> Iterator[str]:
    known = sorted({row.after_h for row in rows if row.after_h is not None})
    unknown = [row.title for row in rows if row.after_h is None]
    if len(known) > 1:
        shown = "; ".join(
            f"{hours} h: {', '.join(row.title for row in rows if row.after_h == hours)}" for hours in known
        )
        yield f"haemorrhages were counted within different times ({shown})"
    if unknown:
        yield f"the time within which haemorrhages were counted is not known: {', '.join(unknown)}"
