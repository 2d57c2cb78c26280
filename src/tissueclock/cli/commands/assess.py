"""`tissueclock assess`: typed facts against trials, without a scan and without numpy."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from tissueclock.cli.argument import argument_of
from tissueclock.cli.commands.assess_export import write_exports
from tissueclock.cli.commands.cohort import assess_cohort, case_of_cohort, is_cohort_run
from tissueclock.cli.commands.protocol import chosen_protocols, typed_facts
from tissueclock.cli.console import Console
from tissueclock.core.errors import ExitCode
from tissueclock.eligibility.evaluate import assess
from tissueclock.eligibility.outcome import Assessment, Outcome, Profile
from tissueclock.eligibility.predicates import derived
from tissueclock.eligibility.profiles import classify
from tissueclock.facts.case import CaseFacts
from tissueclock.protocol.registry import profiles


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Judge the facts of one file, or count a file of many cases; exits 0 whatever it finds."""
    trials = chosen_protocols(arguments.trial)
    if is_cohort_run(arguments):
        return assess_cohort(arguments, trials, console)
    case = derived(_typed(arguments.facts, arguments.case))
    assessments = [assess(trial, case, scope=arguments.scope) for trial in trials]
    write_exports(arguments, console, case, trials, assessments)
    found = [classify(definition, case) for definition in profiles().values()]
    argument, argument_lines = argument_of(case)
    document = {
        "facts": case.to_json(),
        "profiles": {profile.name: profile.label for profile in found},
        "profile_details": {profile.name: profile.to_json() for profile in found},
        "trials": {assessment.trial: assessment.to_json() for assessment in assessments},
        **argument,
    }
    console.result(document, [*profile_lines(found), *assessment_lines(assessments), *argument_lines])
    return ExitCode.DONE


def _typed(path: Path, case: str | None) -> CaseFacts:
    return typed_facts(path) if case is None else case_of_cohort(path, case)


def profile_lines(found: list[Profile]) -> Iterator[str]:
    """Yield one line a profile: id, class, why."""
    for profile in found:
        yield f"{profile.name}\tprofile\t{profile.label}\t{profile.because}"


def assessment_lines(assessments: list[Assessment]) -> Iterator[str]:
    """Yield, for each trial, its decision and every criterion that does not simply pass."""
    for assessment in assessments:
        yield f"{assessment.trial}\ttrial\t{assessment.decision.value}\t{assessment.title}"
        for result in assessment.criteria:
            if result.outcome not in (Outcome.PASS, Outcome.NOT_APPLICABLE):
                yield f"  {result.id}\t{result.outcome.value}\t{result.because}"
        if assessment.missing:
            yield f"  missing\t{', '.join(assessment.missing)}"
        for line in assessment.assumed:
            yield f"  assumed\t{line}"
