"""`tissueclock evidence ANALYSIS`: hand over to the analysis that was asked for."""

from __future__ import annotations

from argparse import Namespace

from tissueclock.cli.console import Console
from tissueclock.cli.evidence.table import EVIDENCE
from tissueclock.core.errors import ExitCode


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Run one analysis; its module is imported only now."""
    command = next(one for one in EVIDENCE if one.name == f"evidence {arguments.analysis}")
    return command.run()(arguments, console)
