"""`tissueclock evidence check FILE`: recompute what printed results let be recomputed.

It exits 0 whatever it finds. Without `--out` it needs the standard library only; the figure that `--out`
writes needs the evidence extra.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace

from tissueclock.cli.command import Command
from tissueclock.cli.console import Console
from tissueclock.core.errors import ExitCode, UsageError
from tissueclock.core.files import content_of
from tissueclock.evidence.check.checker import CheckReport, check_document
from tissueclock.evidence.check.read import read_printed
from tissueclock.evidence.check.read_toml import check_schema
from tissueclock.report.plain.check_rows import check_lines


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Print findings and checklist, or the schema; with `--out` hand over to the module with the figure."""
    if arguments.schema:
        console.text({"schema": check_schema()}, json.dumps(check_schema(), indent=2) + "\n")
        return ExitCode.DONE
    if arguments.out is not None:
        return _WITH_FILES.run()(arguments, console)
    report = report_on(arguments)
    console.result(report.to_json(), list(check_lines(report)))
    return ExitCode.DONE


def report_on(arguments: Namespace) -> CheckReport:
    """Return what is found in the file; UsageError if there is none, InputError if it cannot be read."""
    if arguments.file is None:
        raise UsageError("no FILE was given.", remedy="Name a .toml or .txt file, or ask for --schema.")
    content = content_of(arguments.file)
    return check_document(read_printed(content, arguments.file.name))


def _no_options(parser: ArgumentParser) -> None:
    """The options are those of `evidence check` itself."""


_WITH_FILES = Command(
    "evidence check --out",
    "write the page and the figure",
    _no_options,
    "tissueclock.cli.commands.evidence_check_files:run",
)
