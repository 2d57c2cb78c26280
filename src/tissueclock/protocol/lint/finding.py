"""What the linter finds, and what a check is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, TypeVar

from tissueclock.core.errors import InputError

_QUOTED = re.compile(r"'([^']+)'")
Subject = TypeVar("Subject")


class Level(Enum):
    """An ERROR makes the file unfit to judge patients; a WARNING is for a second look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """What a check saw: where in the document, what, and what to do.

    `path` is as in the errors of the loader, for example `criterion[3].rule`; `word` is a text whose line
    inside that table is the better one to name.
    """

    path: str
    found: str
    remedy: str
    word: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Generic[Subject]):
    """One rule of the linter. `sentence` says what a file that passes is like."""

    id: str
    level: Level
    sentence: str
    run: Callable[[Subject], Iterator[Spot]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LintFinding:
    """One finding. `criterion` is the id of the criterion, class or case that it is about, or empty."""

    file: str
    line: int
    level: Level
    check: str
    criterion: str
    found: str
    remedy: str

    def to_json(self) -> dict[str, Any]:
        """Return the finding as JSON values."""
        return {
            "file": self.file,
            "line": self.line,
            "level": self.level.value,
            "check": self.check,
            "criterion": self.criterion,
            "found": self.found,
            "remedy": self.remedy,
        }

    def text(self) -> str:
        """Return the finding as one line: place, level, check, criterion, what, what to do."""
        place = f"{self.file}:{self.line}"
        return "\t".join(
            (place, self.level.value, self.check, self.criterion or "-", f"{self.found} {self.remedy}")
        )


def name_in(found: str) -> str:
    """Return the first name that a sentence quotes, or an empty string."""
    match = _QUOTED.search(found)
    return match.group(1) if match else ""


def spot_of(error: InputError, path: str, word: str = "") -> Spot:
    """Return what the loader's error says, at its own place where it has one, else at `path`."""
    _, _, own = error.where.partition(": ")
    remedy = error.remedy or "Correct it."
    return Spot(path=own or path, found=error.found, remedy=remedy, word=word)
