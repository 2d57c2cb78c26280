"""All figures of one meta-analysis by name."""

from __future__ import annotations

from collections.abc import Mapping

from tissueclock.evidence.meta.synthesis import Synthesis
from tissueclock.report.evidence.drawing import Figure, pictures
from tissueclock.report.evidence.forest.draw import draw_forest
from tissueclock.report.evidence.forest.funnel import FEWEST, draw_funnel
from tissueclock.report.evidence.forest.of_synthesis import cumulative_of, forest_of, leave_one_out_of
from tissueclock.report.evidence.forest.words import ForestWords

MOST_STUDIES = 300
"""More do not fit on a picture that anybody prints (our choice)."""


def meta_figures(found: Synthesis, words: ForestWords) -> dict[str, Figure]:
    """Return forest, funnel (three studies or more), and what else was asked; none of too many studies."""
    if len(found.rows) > MOST_STUDIES:
        return {}
    figures = {"forest": draw_forest(forest_of(found, words))}
    if len(found.rows) >= FEWEST:
        figures["funnel"] = draw_funnel(found, words)
    if found.without:
        figures["leave-one-out"] = draw_forest(leave_one_out_of(found, words))
    if found.cumulative:
        figures["cumulative"] = draw_forest(cumulative_of(found, words))
    return figures


def drawn(figures: Mapping[str, Figure], name: str) -> dict[str, bytes]:
    """Return the figures as SVG and PNG by file name, each beginning with `name`."""
    files: dict[str, bytes] = {}
    for part, figure in figures.items():
        files |= pictures(f"{name}-{part}", figure)
    return files
