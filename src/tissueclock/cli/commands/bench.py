"""`tissueclock bench`: how well and how fast this version measures what is known."""

from __future__ import annotations

from argparse import Namespace

from tissueclock.bench.accuracy import accuracy
from tissueclock.bench.kudo import kudo
from tissueclock.bench.speed import Study, speed
from tissueclock.cli.console import Console
from tissueclock.core.errors import ExitCode, UsageError

_FIRST_SEED = 101
"""The tests use lower seeds: what is tuned there must not be shown here."""
_REPEATS = 3


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Measure one suite: digital patients over seeds, the noise-free grid of Kudo 2013, or a whole study."""
    if arguments.suite == "kudo":
        if arguments.repeats is not None:
            raise UsageError(
                "--repeats was given.", where="--suite kudo", remedy="Leave it out: the grid has no noise."
            )
        grid = kudo(console.progress)
        console.result({"kudo": [row.to_json() for row in grid]}, [row.line() for row in grid])
        return ExitCode.DONE
    repeats = _REPEATS if arguments.repeats is None else arguments.repeats
    if repeats < 1:
        raise UsageError(f"--repeats is {repeats}.", remedy="Use 1 or more.")
    if arguments.suite == "speed":
        timings = speed(Study(), repeats, console.progress)
        console.result({"speed": [item.to_json() for item in timings]}, [item.line() for item in timings])
        return ExitCode.DONE
    rows = accuracy(range(_FIRST_SEED, _FIRST_SEED + repeats), console.progress)
    console.result({"accuracy": [row.to_json() for row in rows]}, [row.line() for row in rows])
    return ExitCode.DONE
