"""Parse the command line, run one command, and turn every error into a sentence and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from typing import NoReturn

from tissueclock import __version__
from tissueclock.cli.command import Command
from tissueclock.cli.console import Console, settle
from tissueclock.cli.table import COMMANDS
from tissueclock.core.errors import ExitCode, InternalError, TissueclockError, UsageError
from tissueclock.core.notice import DISCLAIMER

_EPILOG = f"""exit codes:
  0  done
  2  wrong usage, an unknown name, or an input that does not exist
  3  the input is unsuitable or unreadable
  4  quality control withheld the verdict (outputs are written)
  5  some cases of a batch failed
  1  a bug

{DISCLAIMER}"""


class _Parser(ArgumentParser):
    """A parser whose errors are ours."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}.", remedy=f"See '{self.prog} --help'.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    console = Console(json="--json" in words)
    try:
        command, namespace = _parse(words)
        return int(command.run()(namespace, console))
    except TissueclockError as error:
        console.error(error)
        return int(error.exit_code)
    except KeyboardInterrupt:
        console.progress("tissueclock: stopped.")
        return 130
    except Exception as error:  # noqa: BLE001 - the last resort: a traceback is a bug and may hold patient data
        console.error(_bug(error))
        return int(ExitCode.BUG)


def entry_point() -> NoReturn:
    """The console script."""
    try:
        sys.exit(main())
    finally:
        settle()


def _parse(words: list[str]) -> tuple[Command, Namespace]:
    parser = _Parser(
        prog="tissueclock",
        description="Turns an acute stroke scan into evidence.",
        epilog=_EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"tissueclock {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        sub = commands.add_parser(
            command.name,
            help=command.summary,
            description=command.summary[0].upper() + command.summary[1:] + ".",
            epilog=DISCLAIMER,
            allow_abbrev=False,
        )
        command.configure(sub)
    namespace = parser.parse_args(words)
    return next(command for command in COMMANDS if command.name == namespace.command), namespace


def _bug(error: Exception) -> InternalError:
    """Describe an unexpected error by its kind and place only: its message might hold patient data."""
    if os.environ.get("TISSUECLOCK_DEBUG"):
        traceback.print_exception(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].name}, line {frames[-1].lineno}" if frames else "unknown place"
    return InternalError(
        f"unexpected {type(error).__name__} in {place}.",
        remedy="This is a bug; please report it (TISSUECLOCK_DEBUG=1 shows where it comes from).",
    )
