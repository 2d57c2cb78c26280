"""The table of `tissueclock evidence`: one row a sub-command, its options in a module beside this one."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable

from tissueclock.cli.command import Command
from tissueclock.cli.evidence.cohort import configure_cohort
from tissueclock.cli.evidence.effect import configure_effect
from tissueclock.cli.evidence.interaction import configure_interaction
from tissueclock.cli.evidence.surrogacy import configure_surrogacy
from tissueclock.core.notice import DISCLAIMER


def _command(name: str, summary: str, configure: Callable[[ArgumentParser], None]) -> Command:
    return Command(f"evidence {name}", summary, configure, f"tissueclock.cli.commands.evidence_{name}:run")


EVIDENCE: tuple[Command, ...] = (
    _command("cohort", "reperfusion within profiles, adjusted, weighted, matched", configure_cohort),
    _command("effect", "risk ratio, odds ratio or difference of two groups", configure_effect),
    _command("interaction", "whether an effect differs between strata", configure_interaction),
    _command("surrogacy", "whether effects on growth tell effects on the outcome", configure_surrogacy),
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
