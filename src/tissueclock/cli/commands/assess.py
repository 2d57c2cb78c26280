"""`tissueclock assess`: typed facts against trials, without a scan and without numpy."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tissueclock.cli.argument import argument_of
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
from tissueclock.cli.commands.protocol import chosen_protocols, typed_facts
from tissueclock.cli.console import Console
from tissueclock.core.errors import ExitCode, UsageError
from tissueclock.core.files import json_text, write_atomically
from tissueclock.core.notice import DISCLAIMER
from tissueclock.eligibility.answer import Answer, answer
from tissueclock.eligibility.case_page import case_page
from tissueclock.eligibility.matrix import matrix
from tissueclock.eligibility.predicates import derived
from tissueclock.facts.case import CaseFacts
from tissueclock.protocol.model import Protocol


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Judge the facts of one file, or count a file of many cases; exits 0 whatever it finds."""
    trials = chosen_protocols(arguments.trial)
    if is_cohort_run(arguments):
        return assess_cohort(arguments, trials, console)
    case = derived(_typed(arguments.facts, arguments.case, trials))
    found = answer(trials, case, arguments.scope)
    write_exports(arguments, console, case, trials, found.assessments)
    argument, argument_lines = argument_of(case, trials)
    document = {**found.to_json(), **argument}
    lines = _table(found) if arguments.table else [*_lines(found), *argument_lines]
    if arguments.out is not None:
        lines += [f"written\t{path}" for path in _write(arguments.out, found, document)]
    console.result(document, aligned(lines) if console.on_terminal else lines)
    return ExitCode.DONE


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


def _write(folder: Path, found: Answer, document: Mapping[str, Any]) -> tuple[Path, ...]:
    """Write the page and its document; raises UsageError where the folder cannot take them."""
    contents = {
        folder / "assess.html": case_page(found),
        folder / "assess.json": json_text({**document, "disclaimer": DISCLAIMER}).encode("utf-8"),
    }
    try:
        for path, content in contents.items():
            write_atomically(path, content)
    except OSError as error:
        raise UsageError(
            f"nothing can be written there ({error.strerror}).",
            where=f"--out {folder.name}",
            remedy="Name a folder that you may write to.",
        ) from error
    return tuple(contents)
