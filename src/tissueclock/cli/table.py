"""The table of commands: name, short help, options and `package:function`. The one lazy place."""

from __future__ import annotations

import importlib
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass

from tissueclock.cli import options
from tissueclock.cli.console import Console
from tissueclock.core.errors import ExitCode, UsageError

Run = Callable[[Namespace, Console], ExitCode]
_IMAGING = frozenset({"numpy", "scipy", "pydicom", "nibabel", "PIL", "jinja2"})


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `target` is imported only when the command runs."""

    name: str
    summary: str
    configure: Callable[[ArgumentParser], None]
    target: str

    def run(self) -> Run:
        """Import and return the function behind the command; raises UsageError where an extra is missing."""
        module, function = self.target.split(":")
        try:
            run: Run = getattr(importlib.import_module(module), function)
        except ModuleNotFoundError as error:
            if (error.name or "").split(".")[0] not in _IMAGING:
                raise
            raise UsageError(
                f"'{self.name}' needs the imaging extra.", remedy="Run: pip install 'tissueclock[imaging]'"
            ) from error
        return run


def _command(name: str, summary: str, configure: Callable[[ArgumentParser], None]) -> Command:
    return Command(name, summary, configure, f"tissueclock.cli.commands.{name}:run")


COMMANDS = (
    _command(
        "demo",
        "a digital patient, as DICOM, through the whole street, and its report",
        options.configure_demo,
    ),
    _command("analyze", "measure a CT or MR perfusion scan and judge it", options.configure_analyze),
    _command("phantom", "make digital reference objects with their truth", options.configure_phantom),
    _command("assess", "judge typed facts against trials, without a scan", options.configure_assess),
    _command("protocol", "list, show, lint, import, confirm and export trials", options.configure_protocol),
    _command("compare", "how far two sources of volumes, or maps, agree", options.configure_compare),
    _command("bench", "how well and how fast digital patients are measured", options.configure_bench),
)
