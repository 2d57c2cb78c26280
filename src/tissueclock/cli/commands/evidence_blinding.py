"""`tissueclock evidence blinding FILE`: did the blinding hold, by what was guessed."""

from __future__ import annotations

from argparse import Namespace

from tissueclock.cli.console import Console
from tissueclock.cli.evidence.output import deliver
from tissueclock.core.errors import ExitCode
from tissueclock.evidence.agreement.blinding import blinding_indices
from tissueclock.pipeline.agreement import read_guesses
from tissueclock.report.evidence.agreement_plot import draw_blinding
from tissueclock.report.evidence.agreement_rows import blinding_rows
from tissueclock.report.evidence.drawing import pictures
from tissueclock.report.evidence.estimate_rows import estimate_csv, estimate_lines


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Compute the indices of James and of Bang; exits 0 whatever they say."""
    treated, control = read_guesses(arguments.file)
    indices = blinding_indices(treated, control, arguments.level)
    rows = list(blinding_rows(indices))
    document = {
        "blinding": {
            "file": arguments.file.name,
            "level": arguments.level,
            "treated": treated.arm,
            "control": control.arm,
            "indices": [index.to_json() for index in indices],
        }
    }
    files = {}
    if arguments.out is not None:
        figure = draw_blinding((treated, control), indices, arguments.level)
        files = {"blinding.csv": estimate_csv(rows), **pictures("blinding", figure)}
    lines = list(estimate_lines(rows, arguments.level))
    deliver(console, document, lines, out=arguments.out, name="blinding", files=files)
    return ExitCode.DONE
