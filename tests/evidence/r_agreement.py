"""How ours is held against R: rows of pairs, a tolerance, exceptions with reasons, and the page they make.

A page says how many numbers agree and lists what does not, so that it is the same on every machine: of the
differences it prints the order of the bound that they stay under, never their last digits.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CASES = Path(__file__).parents[1] / "cases"
VALIDATION = Path(__file__).parents[2] / "validation" / "evidence"
BOUNDS = (1e-9, 1e-6, 1e-4)


@dataclass(frozen=True)
class Pair:
    """One number of ours beside R's. None is what is undefined, infinite or not there."""

    case: str
    call: str
    number: str
    ours: float | None
    theirs: float | None

    @property
    def difference(self) -> float:
        """The relative difference; absolute where R's is 0; infinite where only one has a number."""
        if self.theirs is None or self.ours is None:
            return 0.0 if self.theirs is self.ours else math.inf
        apart = abs(self.ours - self.theirs)
        return apart / abs(self.theirs) if self.theirs else apart


@dataclass(frozen=True)
class Excuse:
    """Why the numbers of a call (and name) differ, and by how much at most they may."""

    call: str
    numbers: tuple[str, ...]
    most: float
    reason: str
    case: str = ""

    def covers(self, pair: Pair) -> bool:
        """Tell whether a pair is meant."""
        if not pair.call.startswith(self.call) or self.case not in ("", pair.case):
            return False
        return not self.numbers or any(pair.number.startswith(name) for name in self.numbers)


def case(name: str) -> dict[str, Any]:
    """Return a case as R wrote it."""
    return json.loads((CASES / f"{name}.json").read_text("utf-8"))


def known(value: float | None) -> float | None:
    """Return a number as JSON has it: None for an infinite one."""
    return value if value is not None and math.isfinite(value) else None


def pairs_of(name: str, call: str, found: Mapping[str, tuple[float | None, Any]]) -> Iterator[Pair]:
    """Yield the pairs of one call from number -> (ours, R's)."""
    for number, (ours, theirs) in found.items():
        yield Pair(name, call, number, known(ours), None if theirs is None else float(theirs))


def judged(pairs: Sequence[Pair], excuses: Sequence[Excuse], tolerance: float) -> list[Pair]:
    """Return the pairs that neither agree nor have an excuse."""
    return [
        pair
        for pair in pairs
        if pair.difference > tolerance
        and not any(excuse.covers(pair) and pair.difference <= excuse.most for excuse in excuses)
    ]


def page(
    title: str,
    words: Sequence[str],
    pairs: Sequence[Pair],
    excuses: Sequence[Excuse],
    left_out: Mapping[str, str],
    tolerance: float,
) -> str:
    """Return the Markdown page of an agreement."""
    lines = [f"# {title}", "", *words, ""]
    lines += [
        "| case | numbers | agree | excused | largest difference of those that agree |",
        "|---|---|---|---|---|",
    ]
    for name in dict.fromkeys(pair.case for pair in pairs):
        own = [pair for pair in pairs if pair.case == name]
        agree = [pair.difference for pair in own if pair.difference <= tolerance]
        counts = f"{len(own)} | {len(agree)} | {len(own) - len(agree)}"
        lines.append(f"| `{name}` | {counts} | {_bound(max(agree, default=0.0))} |")
    agree = [pair for pair in pairs if pair.difference <= tolerance]
    lines += ["", f"In all {len(pairs)} numbers, {len(agree)} of them within {tolerance:g} relative.", ""]
    lines += ["## Numbers that differ, and why", "", "| call in R | numbers | how many | at most | reason |"]
    lines.append("|---|---|---|---|---|")
    for excuse in excuses:
        apart = [pair for pair in pairs if pair.difference > tolerance and _first(excuses, pair) is excuse]
        names = ", ".join(f"`{name}`" for name in excuse.numbers) or "all"
        most = "-" if math.isinf(excuse.most) else f"{excuse.most:g}"
        lines.append(f"| `{excuse.call}` | {names} | {len(apart)} | {most} | {excuse.reason} |")
    if left_out:
        lines += ["", "## What is not compared", "", "| call in R | reason |", "|---|---|"]
        lines += [f"| `{call}` | {reason} |" for call, reason in left_out.items()]
    return "\n".join([*lines, ""])


def _first(excuses: Sequence[Excuse], pair: Pair) -> Excuse | None:
    """Return the excuse that a pair goes under."""
    fitting = (excuse for excuse in excuses if excuse.covers(pair) and pair.difference <= excuse.most)
    return next(fitting, None)


def _bound(difference: float) -> str:
    return next((f"below {bound:g}" for bound in BOUNDS if difference < bound), f"{difference:.0e}")
