"""`tissueclock analyze`: one perfusion scan to maps, volumes, profile, verdicts and a report."""

from __future__ import annotations

from argparse import Namespace

from tissueclock.cli.commands.protocol import typed_facts
from tissueclock.cli.console import Console
from tissueclock.cli.local_rules import chosen_trials
from tissueclock.core.errors import ExitCode
from tissueclock.core.quality import Level
from tissueclock.lesion.masks import Side
from tissueclock.perfusion.inputs import ChosenInputs
from tissueclock.pipeline.choices import Choices
from tissueclock.pipeline.run import Request, run_analysis
from tissueclock.report.format import headline, headline_text
from tissueclock.report.model import ReportModel
from tissueclock.report.view import flair_items


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Analyse the inputs and write the output folder; 4 where quality control withheld the verdict."""
    trials = chosen_trials(arguments.trial, arguments.setting)
    request = Request(
        inputs=tuple(arguments.inputs),
        out=arguments.out,
        preset=arguments.preset,
        typed=typed_facts(arguments.facts, trials),
        trials=trials,
        anonymous=arguments.anonymous,
        choices=_choices(arguments),
    )
    finished = run_analysis(request, console.progress)
    report = f"report\t{request.out / 'report.html'}"
    console.result(finished.document, [*result_lines(finished.analysis.model), report])
    return finished.analysis.exit_code


def _choices(arguments: Namespace) -> Choices:
    return Choices(
        inputs=ChosenInputs(aif=arguments.aif, vof=arguments.vof),
        exclude_frames=arguments.exclude_frames,
        side=None if arguments.side is None else Side(arguments.side),
    )


def result_lines(model: ReportModel) -> list[str]:
    """Return headline, quality with every check that did not pass, profiles and verdicts, one a line."""
    lines = [headline_text(headline(model)), f"quality\t{model.verdict.value}"]
    doubts = [flag for flag in model.flags if flag.level is not Level.PASS]
    lines += [f"  {flag.id}\t{flag.level.value}\t{flag.text}" for flag in doubts]
    lines += [f"flair\t{text}" for _, text in flair_items(model)]
    lines += [f"{profile.name}\tprofile\t{profile.label}" for profile in model.profiles]
    lines += [f"{item.trial}\ttrial\t{item.decision.value}" for item in model.assessments]
    return lines
