"""`tissueclock evidence check FILE --out DIR`: the findings as a page, a table and a figure."""

from __future__ import annotations

from argparse import Namespace

from tissueclock.cli.commands.evidence_check import report_on
from tissueclock.cli.console import Console
from tissueclock.cli.evidence.output import deliver
from tissueclock.core.errors import ExitCode
from tissueclock.pipeline.folder import require_folder
from tissueclock.report.evidence.check_figure import check_pictures
from tissueclock.report.plain.check_page import check_page
from tissueclock.report.plain.check_rows import check_csv, check_lines


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Write the files, and print as without `--out`."""
    require_folder(arguments.out)
    report = report_on(arguments)
    files = {
        "check.html": check_page(report, arguments.file.name).encode("utf-8"),
        "check.csv": check_csv(report).encode("utf-8"),
        **check_pictures(report),
    }
    deliver(
        console,
        report.to_json(),
        list(check_lines(report)),
        out=arguments.out,
        name="check",
        files=files,
    )
    return ExitCode.DONE
