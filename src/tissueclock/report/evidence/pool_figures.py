"""The figures of a pool: forest, funnel, without each trial, as trials were published."""

from __future__ import annotations

from collections.abc import Iterator

from tissueclock.evidence.library.analysis import PoolAnalysis
from tissueclock.protocol.pooling.model import GOOD
from tissueclock.protocol.results.values import Kind
from tissueclock.report.evidence.forest.figures import drawn, meta_figures
from tissueclock.report.evidence.forest.words import ForestWords


def pool_figures(found: PoolAnalysis, name: str) -> dict[str, bytes]:
    """Return the pictures by file name, each beginning with `name`; none where nothing was pooled."""
    if found.synthesis is None:
        return {}
    return drawn(meta_figures(found.synthesis, pool_words(found)), name)


def pool_words(found: PoolAnalysis) -> ForestWords:
    """Return what the figures of a pool say."""
    treatment, control = found.pool.arms
    return ForestWords(
        title=found.title,
        subtitle=found.pool.question,
        arms=found.pool.arms,
        favours=_sides(found.kind, treatment.lower(), control.lower()),
        axis="Common odds ratio" if found.kind is Kind.MRS_SHIFT else "",
        recalled=tuple(row.recalled for row in found.rows),
        notes=tuple(_notes(found)),
    )


def _sides(kind: Kind, treatment: str, control: str) -> tuple[str, str]:
    better = (f"favours {control}", f"favours {treatment}")
    return better if kind in GOOD else (better[1], better[0])


def _notes(found: PoolAnalysis) -> Iterator[str]:
    if found.kind is Kind.MRS_SHIFT:
        yield "Common odds ratios as printed by the trials, with variances from their intervals."
    else:
        yield "n/N: patients with the outcome, of those in whom it is known."
    if found.missing:
        gone = [item.title for item in found.missing]
        yield f"Without counts, or left out: {', '.join(gone)}."
    derived = [row.title for row in found.rows if row.derived]
    if derived:
        yield f"Counts worked out from printed percentages: {', '.join(derived)}."
    if found.pool.incomplete:
        yield f"{found.pool.incomplete[0].upper()}{found.pool.incomplete[1:]}."
