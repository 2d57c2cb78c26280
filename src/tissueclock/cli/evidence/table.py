"""The table of `tissueclock evidence`: one row a sub-command, its options in a module beside this one."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable

from tissueclock.cli.command import Command
from tissueclock.cli.evidence.meta import configure_meta
from tissueclock.cli.evidence.pool import configure_pool
from tissueclock.core.notice import DISCLAIMER


def _command(name: str, summary: str, configure: Callable[[ArgumentParser], None]) -> Command:
    return Command(f"evidence {name}", summary, configure, f"tissueclock.cli.commands.evidence_{name}:run")


EVIDENCE: tuple[Command, ...] = (
    _command("meta", "pool studies: fixed and random effects, heterogeneity, bias", configure_meta),
    _command("pool", "pool trials from what they published: the evidence library", configure_pool),
)


def configure_evidence(parser: ArgumentParser) -> None:
    """Add the sub-commands to `evidence`; the one that was chosen is `arguments.analysis`."""
    analyses = parser.add_subparsers(dest="analysis", required=True, metavar="ANALYSIS")
    for command in EVIDENCE:
        sub = analyses.add_parser(
            command.name.removeprefix("evidence "),
            help=command.summary,
            description=command.summary[0].upper() + command.summary[1:] + ".",
            epilog=DISCLAIMER,
            allow_abbrev=False,
        )
        command.configure(sub)
