"""`tissueclock bench`: how well and how fast this version measures digital patients."""

from __future__ import annotations

from argparse import Namespace

from tissueclock.bench.accuracy import accuracy
from tissueclock.cli.console import Console
from tissueclock.core.errors import ExitCode, UsageError

_FIRST_SEED = 101
"""The tests use lower seeds: what is tuned there must not be shown here."""


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Measure every case of the benchmark over several seeds."""
    if arguments.repeats < 1:
        raise UsageError(f"--repeats is {arguments.repeats}.", remedy="Use 1 or more.")
    rows = accuracy(range(_FIRST_SEED, _FIRST_SEED + arguments.repeats), console.progress)
    console.result({"accuracy": [row.to_json() for row in rows]}, [row.line() for row in rows])
    return ExitCode.DONE
