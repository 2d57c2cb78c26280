"""`tissueclock bench`: how well and how fast this version measures what is known."""

from __future__ import annotations

import os
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tissueclock.bench.diffusion import suite as diffusion
from tissueclock.bench.eligibility import eligibility
from tissueclock.bench.isles import isles
from tissueclock.bench.kudo import kudo
from tissueclock.bench.registry import write_registry
from tissueclock.bench.speed import Study, speed
from tissueclock.bench.validation.report import lines_of
from tissueclock.bench.validation.rows import Level
from tissueclock.bench.validation.suite import Suite, publish
from tissueclock.cli.console import Console
from tissueclock.core.errors import ExitCode, UsageError
from tissueclock.protocol.registry import protocols

_FIRST_SEED = 101
"""The tests use lower seeds: what is tuned there must not be shown here."""
_REPEATS = 3
_CASES = 10_000
_OPTIONS = (
    ("repeats", ("speed",)),
    ("cases", ("eligibility",)),
    ("write_cohort", ("eligibility",)),
    ("full", ("accuracy",)),
    *((name, ("accuracy", "diffusion")) for name in ("quick", "workers", "out", "page")),
)
"""Which suites an option belongs to."""


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Measure one suite: digital patients (perfusion or diffusion), a grid, a whole study, or decisions."""
    _refuse_options_of_others(arguments)
    if arguments.data is not None:
        return _isles(arguments, console)
    if arguments.suite == "accuracy":
        return _accuracy(arguments, console)
    if arguments.suite == "diffusion":
        return _diffusion(arguments, console)
    if arguments.suite == "eligibility":
        cases = _at_least_one("--cases", arguments.cases, _CASES)
        if arguments.write_cohort is not None:
            return _write_cohort(arguments.write_cohort, cases, console)
        counted = eligibility(cases, _FIRST_SEED, console.progress)
        console.result({"eligibility": [row.to_json() for row in counted]}, [row.line() for row in counted])
        return ExitCode.DONE
    if arguments.suite == "kudo":
        grid = kudo(console.progress)
        console.result({"kudo": [row.to_json() for row in grid]}, [row.line() for row in grid])
        return ExitCode.DONE
    repeats = _at_least_one("--repeats", arguments.repeats, _REPEATS)
    timings = speed(Study(), repeats, console.progress)
    console.result({"speed": [item.to_json() for item in timings]}, [item.line() for item in timings])
    return ExitCode.DONE


def _accuracy(arguments: Namespace, console: Console) -> ExitCode:
    workers = _at_least_one("--workers", arguments.workers, 1)
    level = Level.FULL if arguments.full else Level.QUICK if arguments.quick else Level.DEFAULT
    with _folder(arguments.out) as folder:
        document = _validated(Suite(level=level, folder=folder, workers=workers), arguments, console)
    console.result({"accuracy": document}, lines_of(document))
    return ExitCode.DONE


def _diffusion(arguments: Namespace, console: Console) -> ExitCode:
    workers = _at_least_one("--workers", arguments.workers, 1)
    with _folder(arguments.out) as folder:
        suite = diffusion.DiffusionSuite(quick=arguments.quick, folder=folder, workers=workers)
        document = suite.run(console.progress)
    if arguments.page is not None:
        diffusion.publish(document, arguments.page)
    console.result({"diffusion": document}, diffusion.lines_of(document))
    return ExitCode.DONE


@contextmanager
def _folder(out: Path | None) -> Iterator[Path]:
    """Give the user's folder, which must be writable, or one for the time being."""
    if out is not None:
        _require_folder(out)
        yield out
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def _validated(suite: Suite, arguments: Namespace, console: Console) -> dict[str, Any]:
    document = suite.run(console.progress)
    if arguments.page is not None:
        publish(document, arguments.page, console.progress)
    return document


def _require_folder(folder: Path) -> None:
    """Refuse a folder that cannot be written before hours are spent on it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        raise UsageError(
            "the folder cannot be written.", where=f"--out {folder}", remedy="Give a folder of your own."
        )


def _refuse_options_of_others(arguments: Namespace) -> None:
    suite = arguments.suite if arguments.data is None else arguments.data
    for option, suites in _OPTIONS:
        if getattr(arguments, option) not in (None, False) and suite not in suites:
            raise UsageError(
                f"--{option.replace('_', '-')} was given.",
                where=f"--suite {suite}" if arguments.data is None else f"bench {suite}",
                remedy=f"Leave it out: it belongs to {' and '.join(f'--suite {suite}' for suite in suites)}.",
            )


def _isles(arguments: Namespace, console: Console) -> ExitCode:
    """Measure the cases of a user's ISLES 2018 data; 5 where some of them could not be measured."""
    found = isles(arguments.path, arguments.interval, console.progress)
    console.result({"isles": found.to_json()}, found.lines())
    return ExitCode.DONE if len(found.measured) == len(found.rows) else ExitCode.PARTIAL


def _write_cohort(path: Path, cases: int, console: Console) -> ExitCode:
    try:
        write_registry(path, tuple(protocols().values()), _FIRST_SEED, cases)
    except OSError as error:
        raise UsageError(
            f"the cohort cannot be written ({error.strerror}).",
            remedy="Name another file for --write-cohort.",
        ) from error
    words = f"{cases} invented cases, for: tissueclock assess --facts FILE"
    console.result({"cohort_file": {"cases": cases}}, [f"{path.name}\t{words}"])
    return ExitCode.DONE


def _at_least_one(option: str, given: int | None, default: int) -> int:
    number = default if given is None else given
    if number < 1:
        raise UsageError(f"{option} is {number}.", remedy="Use 1 or more.")
    return number
