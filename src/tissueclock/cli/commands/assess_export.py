"""What `tissueclock assess` writes for other systems: FHIR Observations, and SDTM rows."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from tissueclock.cli.console import Console
from tissueclock.cli.files import write_output
from tissueclock.core.errors import UsageError
from tissueclock.core.files import json_text
from tissueclock.eligibility.export.fhir_facts import facts_bundle
from tissueclock.eligibility.export.sdtm import IE_COLUMNS, TI_COLUMNS, csv_text, ie_rows, ti_rows
from tissueclock.eligibility.outcome import Assessment, Outcome
from tissueclock.eligibility.standing import require_confirmed
from tissueclock.facts.case import CaseFacts
from tissueclock.protocol.model import Protocol


def write_exports(
    arguments: Namespace,
    console: Console,
    case: CaseFacts,
    trials: Sequence[Protocol],
    assessments: Sequence[Assessment],
    inputs: Sequence[Path],
) -> None:
    """Write what `--fhir`, `--ie` and `--ti` ask for; raises UsageError where they lack what they need."""
    contents = []
    if arguments.fhir is not None:
        contents.append((arguments.fhir, json_text(facts_bundle(case))))
    if arguments.ie is not None or arguments.ti is not None:
        _check(arguments, trials)
    if arguments.ie is not None:
        rows = ie_rows(trials[0], assessments[0], arguments.study, arguments.subject)
        contents.append((arguments.ie, csv_text(IE_COLUMNS, rows)))
        _say_what_is_open(assessments[0], console)
    if arguments.ti is not None:
        contents.append((arguments.ti, csv_text(TI_COLUMNS, ti_rows(trials[0], arguments.study))))
    for path, content in contents:
        write_output(path, content.encode("utf-8"), inputs)


def _check(arguments: Namespace, trials: Sequence[Protocol]) -> None:
    if len(trials) != 1:
        raise UsageError("SDTM rows belong to one trial.", remedy="Name it with --trial ID.")
    require_confirmed(trials[0])
    if arguments.scope != "full":
        raise UsageError("SDTM rows need every criterion.", remedy="Leave --scope out.")
    needed = ["study"] if arguments.ie is None else ["study", "subject"]
    for name in needed:
        if getattr(arguments, name) is None:
            raise UsageError(f"SDTM rows need --{name}.", remedy=f"Give the {name}'s code, not a name.")


def _say_what_is_open(assessment: Assessment, console: Console) -> None:
    is_open = [result.id for result in assessment.criteria if result.outcome is Outcome.UNKNOWN]
    if is_open:
        console.progress(f"warning: open, so in no row of IE: {', '.join(is_open)}")
