"""`tissueclock assess`: typed facts against trials, without a scan and without numpy."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tissueclock.cli.argument import argument_lines
from tissueclock.cli.case_lines import (
    aligned,
    detail_lines,
    matrix_lines,
    profile_lines,
    sensitivity_lines,
    trial_lines,
)
from tissueclock.cli.commands.assess_export import write_exports
from tissueclock.cli.commands.cohort import assess_cohort, case_of_cohort, is_cohort_run
from tissueclock.cli.commands.protocol import typed_facts
from tissueclock.cli.console import Console
from tissueclock.cli.files import refuse_inputs, write_output
from tissueclock.cli.local_rules import chosen_trials
from tissueclock.core.errors import ExitCode, InputError
from tissueclock.core.files import json_text
from tissueclock.core.notice import DISCLAIMER
from tissueclock.eligibility.answer import Answer, answer
from tissueclock.eligibility.argument import Argument, argument_of
from tissueclock.eligibility.matrix import matrix
from tissueclock.eligibility.predicates import derived
from tissueclock.facts.case import CaseFacts
from tissueclock.protocol.model import Protocol
from tissueclock.report.plain.case_page import case_page

_PAGE, _DOCUMENT = "assess.html", "assess.json"


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Judge the facts of one file, or count a file of many cases; exits 0 whatever it finds."""
    inputs = _inputs(arguments)
    refuse_inputs(_outputs(arguments), inputs)
    trials = chosen_trials(arguments.trial, arguments.setting)
    if is_cohort_run(arguments):
        return assess_cohort(arguments, trials, inputs, console)
    case = _derived(_typed(arguments.facts, arguments.case, trials), arguments.facts)
    found = answer(trials, case, arguments.scope)
    write_exports(arguments, console, case, trials, found.assessments, inputs)
    argument = argument_of(case, trials)
    document = {**found.to_json(), **argument.to_json()}
    lines = _table(found) if arguments.table else [*_lines(found), *argument_lines(argument)]
    if arguments.out is not None:
        contents = _contents(found, argument, document)
        for name, content in contents.items():
            write_output(arguments.out / name, content, inputs)
        lines += [f"written\t{arguments.out / name}" for name in contents]
    console.result(document, aligned(lines) if console.on_terminal else lines)
    return ExitCode.DONE


def _derived(case: CaseFacts, path: Path) -> CaseFacts:
    """Return the case with what follows; a contradiction is one of the file that holds the facts."""
    try:
        return derived(case)
    except InputError as error:
        raise InputError(error.found, where=error.where or path.name, remedy=error.remedy) from error


def _inputs(arguments: Namespace) -> tuple[Path, ...]:
    """Return the files that the command reads: the facts, and the rules that were given as files."""
    rules = (Path(word) for word in arguments.trial or () if word.endswith(".toml"))
    return (arguments.facts, *rules)


def _outputs(arguments: Namespace) -> Iterator[Path]:
    """Yield the files that the options name, and those of one case in `--out`."""
    for path in (arguments.decisions, arguments.fhir, arguments.ie, arguments.ti):
        if path is not None:
            yield path
    if arguments.out is not None:
        yield from (arguments.out / name for name in (_PAGE, _DOCUMENT))


def _typed(path: Path, case: str | None, trials: Sequence[Protocol]) -> CaseFacts:
    return typed_facts(path, trials) if case is None else case_of_cohort(path, case, trials)


def _lines(found: Answer) -> list[str]:
    return [
        *profile_lines(found.profiles),
        *trial_lines(found.assessments, found.scope),
        *detail_lines(found.assessments),
        *sensitivity_lines(found.sensitivity),
    ]


def _table(found: Answer) -> list[str]:
    return list(matrix_lines(matrix(found.assessments)))


def _contents(found: Answer, argument: Argument, document: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the page and its document by name."""
    return {
        _PAGE: case_page(found, argument),
        _DOCUMENT: json_text({**document, "disclaimer": DISCLAIMER}).encode("utf-8"),
    }
