"""What the checker says: findings of arithmetic, and a checklist of what a report leaves out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, TypeVar

Subject = TypeVar("Subject")


class Level(Enum):
    """ERROR: no unrounded numbers agree. WARNING: only an unusual method could. INFO: worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """What a check saw: what is printed, what comes out, and the arithmetic in a sentence or two.

    `suggestion` says what would agree; empty, the numbers are tried one by one for a slip of the pen.
    """

    level: Level
    printed: str
    recomputed: str
    why: str
    suggestion: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Generic[Subject]):
    """One check. `sentence` says what a result that passes is like."""

    id: str
    sentence: str
    run: Callable[[Subject], Iterator[Spot]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding: the check's id, and which result it is about, by name and place."""

    id: str
    level: Level
    result: str
    where: str
    printed: str
    recomputed: str
    why: str
    suggestion: str

    def to_json(self) -> dict[str, Any]:
        """Return the finding as JSON values; no suggestion is null."""
        return {
            "id": self.id,
            "level": self.level.value,
            "printed": self.printed,
            "recomputed": self.recomputed,
            "why": self.why,
            "suggestion": self.suggestion or None,
            "result": self.result,
            "where": self.where,
        }

    def text(self) -> str:
        """Return the finding as one line, id first."""
        cells = (self.id, self.level.value, self.where or "-", self.result or "-")
        return "\t".join((*cells, self.printed, self.recomputed, self.why, self.suggestion or "-"))


class Answer(Enum):
    """Whether a report says what it ought to. Words are searched for: only a reader can be sure."""

    SAID = "said"
    MISSING = "missing"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistItem:
    """One thing that a report ought to say, and about which results it is silent."""

    id: str
    asks: str
    answer: Answer
    about: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the item as JSON values."""
        return {
            "id": self.id,
            "asks": self.asks,
            "answer": self.answer.value,
            "about": list(self.about),
        }

    def text(self) -> str:
        """Return the item as one line, id first."""
        return "\t".join((self.id, self.answer.value, self.asks, ", ".join(self.about) or "-"))
