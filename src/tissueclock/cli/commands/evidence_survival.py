"""`tissueclock evidence survival FILE`: curves, tests, hazard ratios and competing causes of a follow-up."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from tissueclock.cli.console import Console
from tissueclock.cli.evidence.output import deliver
from tissueclock.core.errors import ExitCode, UsageError
from tissueclock.evidence.survival.analysis import Asked, SurvivalAnalysis, analyse
from tissueclock.evidence.survival.kaplan_meier import Scale
from tissueclock.evidence.survival.partial_likelihood import Ties
from tissueclock.pipeline.survival import Columns, ReadFollowUp, read_follow_up
from tissueclock.report.evidence.estimate_rows import estimate_csv, estimate_lines
from tissueclock.report.evidence.survival_plot import survival_pictures
from tissueclock.report.evidence.survival_rows import curves_csv, survival_rows


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Analyse a table of follow-up; exits 0 whatever it says."""
    columns = Columns(
        time=arguments.time,
        event=arguments.event,
        group=arguments.group,
        strata=tuple(arguments.strata),
        covariates=tuple(arguments.covariate),
        reference=arguments.reference,
    )
    read = read_follow_up(arguments.file, columns, skip_incomplete=arguments.skip_incomplete)
    found = _analyse(read, arguments)
    rows = list(survival_rows(found))
    lines = list(estimate_lines(rows, arguments.level))
    if read.left_out:
        lines.append(f"incomplete\t{read.left_out} rows were left out")
    files: dict[str, bytes] = {}
    if arguments.out is not None:
        files = {"survival.csv": estimate_csv(rows), "survival-curves.csv": curves_csv(found)}
        files |= survival_pictures(found, arguments.unit)
    document = _document(arguments, columns, read, found)
    deliver(console, document, lines, out=arguments.out, name="survival", files=files)
    return ExitCode.DONE


def _analyse(read: ReadFollowUp, arguments: Namespace) -> SurvivalAnalysis:
    asked = Asked(
        scale=Scale(arguments.scale),
        level=arguments.level,
        ties=Ties(arguments.ties),
        rho=arguments.rho,
        at=arguments.at,
        horizon=arguments.horizon,
    )
    try:
        return analyse(read.data, asked, read.covariates)
    except ValueError as error:
        raise UsageError(f"{error}.", remedy="Choose another --horizon.") from error


def _document(
    arguments: Namespace, columns: Columns, read: ReadFollowUp, found: SurvivalAnalysis
) -> dict[str, Any]:
    named = {"time": columns.time, "event": columns.event, "group": columns.group}
    return {
        "survival": {
            "file": arguments.file.name,
            "columns": {**named, "strata": list(columns.strata), "covariates": list(columns.covariates)},
            "rows_left_out": read.left_out,
            **found.to_json(),
        }
    }
