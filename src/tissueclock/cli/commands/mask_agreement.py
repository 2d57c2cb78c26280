"""`tissueclock evidence agreement --masks A B`: overlap, volumes and distances of two masks."""

from __future__ import annotations

from argparse import Namespace

from tissueclock.cli.console import Console
from tissueclock.cli.evidence.output import deliver
from tissueclock.core.errors import ExitCode, UsageError
from tissueclock.image.overlap import TOLERANCES_MM, Points
from tissueclock.pipeline.mask_agreement import compare_masks
from tissueclock.report.evidence.agreement_plot import draw_distances
from tissueclock.report.evidence.agreement_rows import mask_rows
from tissueclock.report.evidence.drawing import pictures
from tissueclock.report.evidence.estimate_rows import estimate_csv, estimate_lines


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Compare two masks; the first is the reference."""
    if arguments.kind or arguments.counts or arguments.raters or arguments.categories:
        raise UsageError("an option of ratings was given.", remedy="Leave it out: masks have no raters.")
    first, second = arguments.masks
    found = compare_masks(
        first,
        second,
        label=arguments.label,
        points=Points(arguments.points),
        tolerances_mm=tuple(arguments.tolerance or TOLERANCES_MM),
    )
    rows = list(mask_rows(found))
    document = {"masks": {"first": first.name, "second": second.name, **found.to_json()}}
    files = {} if arguments.out is None else {"masks.csv": estimate_csv(rows)}
    if arguments.out is not None and found.distances is not None:
        files |= pictures("masks-distances", draw_distances(found.distances, (first.name, second.name)))
    deliver(
        console,
        document,
        list(estimate_lines(rows, arguments.level)),
        out=arguments.out,
        name="masks",
        files=files,
    )
    return ExitCode.DONE
