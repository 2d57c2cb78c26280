"""`tissueclock inspect`: what every series of a study is, and why."""

from __future__ import annotations

from argparse import Namespace

from tissueclock.cli.console import Console
from tissueclock.core.errors import ExitCode
from tissueclock.scan.study_images import Listed, inspect_inputs


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Print one row a series: number, kind, what it was told by, modality, images, first file and reason."""
    listed, refused = inspect_inputs(arguments.inputs)
    rows = [_row(number, item) for number, item in enumerate(listed, start=1)]
    left = [f"-\tleft out\t\t\t\t\t{reason}" for reason in refused]
    document = {"series": [item.to_json() for item in listed], "left_out": list(refused)}
    console.result(document, [*rows, *left])
    return ExitCode.DONE


def _row(number: int, item: Listed) -> str:
    words = (item.kind.value, item.told_by, item.modality, str(item.images), item.label, item.reason)
    return "\t".join((str(number), *words))
