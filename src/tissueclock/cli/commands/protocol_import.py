"""`tissueclock protocol import` and `tissueclock protocol confirm`: from a registration to a trial's file."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from tissueclock.cli.console import Console
from tissueclock.cli.files import write_output
from tissueclock.core.errors import ExitCode, InputError
from tissueclock.core.files import content_of
from tissueclock.eligibility.judge import judge
from tissueclock.protocol.lint.finding import Level
from tissueclock.protocol.lint.linter import lint
from tissueclock.protocol.registration.confirm import confirmed, trial_of
from tissueclock.protocol.registration.draft import Draft, drafted
from tissueclock.protocol.registration.read import read_registration
from tissueclock.protocol.registration.write_toml import draft_toml


def run_import(arguments: Namespace, console: Console) -> ExitCode:
    """Write a draft of the registration in `arguments.file`; warn of what a person has to settle."""
    _refuse_overwriting(arguments.out)
    registration = read_registration(content_of(arguments.file), arguments.file.name)
    draft = drafted(registration, arguments.id, arguments.as_of)
    text = draft_toml(draft)
    document = {"draft": draft.to_json(), "toml": text, "warnings": list(draft.warnings)}
    if arguments.out is not None:
        write_output(arguments.out, text.encode("utf-8"), [arguments.file])
    for warning in draft.warnings:
        console.progress(f"warning: {warning}")
    if arguments.out is None:
        console.text(document, text)
    else:
        console.result(document, [_summary(draft, arguments.out)])
    return ExitCode.DONE


def run_confirm(arguments: Namespace, console: Console) -> ExitCode:
    """Write the draft of `arguments.file` as confirmed, by whom and today (UTC)."""
    _refuse_overwriting(arguments.out)
    content, today = content_of(arguments.file), datetime.now(UTC).date()
    text = confirmed(content, arguments.file.name, arguments.by, today)
    trial = trial_of(text, arguments.out.name)
    write_output(arguments.out, text, [arguments.file])
    findings = lint(text, arguments.out.name, judge)
    errors = sum(finding.level is Level.ERROR for finding in findings)
    if errors:
        console.progress(f"warning: the linter still finds {errors} errors: tissueclock protocol lint FILE")
    document = {
        "id": trial.id,
        "state": trial.standing.state.value,
        "confirmed_by": trial.standing.confirmed_by,
        "confirmed_on": today.isoformat(),
        "lint_errors": errors,
    }
    line = f"{trial.id}\tconfirmed\t{trial.standing.confirmed_by}\t{today.isoformat()}"
    console.result(document, [line])
    return ExitCode.DONE


def _summary(draft: Draft, out: Path) -> str:
    found = draft.to_json()
    counts = f"criteria {len(draft.criteria)}\tguesses {found['guesses']}\tdoubts {found['doubts']}"
    return f"{draft.id}\tdraft\t{out.name}\t{counts}"


def _refuse_overwriting(out: Path | None) -> None:
    """Raise InputError where the file exists: a draft that somebody has edited is a person's work too."""
    if out is not None and out.exists():
        raise InputError("it exists already.", where=out.name, remedy="Name another file with --out.")
