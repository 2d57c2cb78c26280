"""`tissueclock protocol export`: a registered trial in the form of another system."""

from __future__ import annotations

from argparse import Namespace

from tissueclock.cli.console import Console
from tissueclock.cli.files import write_output
from tissueclock.core.errors import ExitCode
from tissueclock.core.files import json_text
from tissueclock.eligibility.export.fhir_protocol import protocol_bundle
from tissueclock.protocol.registry import protocol, trial_file


def run_export(arguments: Namespace, console: Console) -> ExitCode:
    """Write one trial as a FHIR R5 bundle, to a file or to standard output."""
    trial = protocol(arguments.id)
    found = protocol_bundle(trial)
    if arguments.out is None:
        console.text({"bundle": found}, json_text(found))
        return ExitCode.DONE
    write_output(arguments.out, json_text(found).encode("utf-8"), [trial_file(trial.id)])
    console.result(
        {"bundle": found},
        [f"{trial.id}\t{arguments.format}\t{arguments.out.name}\tresources {len(found['entry'])}"],
    )
    return ExitCode.DONE
