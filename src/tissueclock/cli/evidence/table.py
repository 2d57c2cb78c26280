"""The table of `tissueclock evidence`: one row a sub-command, its options in a module beside this one."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable

from tissueclock.cli.command import Command
from tissueclock.cli.evidence.agreement import configure_agreement
from tissueclock.cli.evidence.blinding import configure_blinding
from tissueclock.cli.evidence.check import configure_check
from tissueclock.cli.evidence.cohort import configure_cohort
from tissueclock.cli.evidence.effect import configure_effect
from tissueclock.cli.evidence.interaction import configure_interaction
from tissueclock.cli.evidence.interim import configure_interim
from tissueclock.cli.evidence.meta import configure_meta
from tissueclock.cli.evidence.ordinal import configure_ordinal
from tissueclock.cli.evidence.pool import configure_pool
from tissueclock.cli.evidence.review import configure_prisma, configure_ris
from tissueclock.cli.evidence.safety import configure_safety
from tissueclock.cli.evidence.samplesize import configure_samplesize
from tissueclock.cli.evidence.sequential import configure_sequential
from tissueclock.cli.evidence.surrogacy import configure_surrogacy
from tissueclock.cli.evidence.survival import configure_survival
from tissueclock.core.notice import DISCLAIMER


def _command(name: str, summary: str, configure: Callable[[ArgumentParser], None]) -> Command:
    return Command(f"evidence {name}", summary, configure, f"tissueclock.cli.commands.evidence_{name}:run")


EVIDENCE: tuple[Command, ...] = (
    _command("agreement", "how far raters, measurements or masks agree", configure_agreement),
    _command("blinding", "whether the blinding held, by what was guessed", configure_blinding),
    _command("check", "recompute what printed results let be recomputed", configure_check),
    _command("cohort", "reperfusion within profiles, adjusted, weighted, matched", configure_cohort),
    _command("effect", "risk ratio, odds ratio or difference of two groups", configure_effect),
    _command("interaction", "whether an effect differs between strata", configure_interaction),
    _command(
        "interim",
        "what an interim look says of the end: conditional, predictive, Bayesian",
        configure_interim,
    ),
    _command("meta", "pool studies: fixed and random effects, heterogeneity, bias", configure_meta),
    _command("ordinal", "compare two arms on the modified Rankin Scale (mRS shift)", configure_ordinal),
    _command("pool", "pool trials from what they published: the evidence library", configure_pool),
    _command("prisma", "the flow diagram of a review, if its counts add up", configure_prisma),
    _command("ris", "the records of a literature search, each once", configure_ris),
    _command("safety", "a rule that stops a trial for harm, and how it behaves", configure_safety),
    _command("samplesize", "patients, power or the least effect of a planned trial", configure_samplesize),
    _command(
        "sequential",
        "bounds, power, futility and results of a group-sequential trial",
        configure_sequential,
    ),
    _command("surrogacy", "whether effects on growth tell effects on the outcome", configure_surrogacy),
    _command("survival", "curves, tests and hazard ratios of times to an event", configure_survival),
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
