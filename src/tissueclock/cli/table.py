"""The table of commands: name, short help, options and `package:function`. The one lazy place."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable

from tissueclock.cli import options
from tissueclock.cli.command import Command
from tissueclock.cli.evidence.table import configure_evidence


def _command(name: str, summary: str, configure: Callable[[ArgumentParser], None]) -> Command:
    return Command(name, summary, configure, f"tissueclock.cli.commands.{name}:run")


COMMANDS = (
    _command(
        "demo",
        "a digital patient, as DICOM, through the whole street, and its report",
        options.configure_demo,
    ),
    _command("analyze", "measure a CT or MR perfusion scan and judge it", options.configure_analyze),
    _command("inspect", "tell what every series of a study is, and why", options.configure_inspect),
    _command("phantom", "make digital reference objects with their truth", options.configure_phantom),
    _command("assess", "judge typed facts against trials, without a scan", options.configure_assess),
    _command("protocol", "list, show, lint, import, confirm and export trials", options.configure_protocol),
    _command("compare", "how far two sources of volumes, or maps, agree", options.configure_compare),
    _command("evidence", "effects, shift, pooling, checks and monitoring of trials", configure_evidence),
    _command("bench", "how well and how fast digital patients are measured", options.configure_bench),
)
