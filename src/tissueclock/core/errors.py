"""The error tree. Every class has one exit code; every message says what was found, where, and what to do.

TissueclockError            (never raised itself)
├── UsageError         2    wrong options, an unknown name, an input that does not exist
├── InputError         3    the input is unsuitable or unreadable
└── InternalError      1    an invariant of ours does not hold: a bug

Exit 4 (quality control withheld the verdict) and 5 (some cases of a batch failed) are outcomes, not
errors: everything is written, so the commands return them. Messages never hold a patient's name, birth
date or ID, nor a whole path of the machine.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The documented exit codes of every command."""

    DONE = 0
    BUG = 1
    USAGE = 2
    INPUT = 3
    WITHHELD = 4
    PARTIAL = 5


class TissueclockError(Exception):
    """An error that is shown to a user in three parts: what was found, where, and what to do.

    `about` is what it is about, for whoever looks for the place; it is never shown.
    """

    exit_code = ExitCode.BUG

    def __init__(self, found: str, *, where: str = "", remedy: str = "", about: str = "") -> None:
        super().__init__(found)
        self.about = about
        self.found = found
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f" {self.remedy}" if self.remedy else ""
        return f"{place}{self.found}{advice}"


class UsageError(TissueclockError):
    """The command was called wrongly."""

    exit_code = ExitCode.USAGE


class InputError(TissueclockError):
    """The input is unsuitable or unreadable."""

    exit_code = ExitCode.INPUT


class InternalError(TissueclockError):
    """An invariant of this program does not hold; please report it."""

    exit_code = ExitCode.BUG
