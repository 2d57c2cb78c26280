"""The line of a place in a TOML text: the standard parser keeps none, so headers and keys are counted."""

from __future__ import annotations

import re

_STEP = re.compile(r"(?P<name>[^.\[\]]+)(?:\[(?P<index>\d+)\])?")
_NAMES = ("id", "label", "name", "fact")
_HEADER = re.compile(r"\s*\[\[?\s*(?P<name>[^\[\]]+?)\s*\]\]?\s*(?:#.*)?")


def line_of(text: str, path: str, word: str = "") -> int:
    """Return the line (from 1) of `path`, for example `criterion[3].rule`, as near as it can be found.

    Inside the table that the path starts with it is the line that holds `word`, else that of the longest part
    of the path that is found, else that of the table's id, label or name, else its first line.
    """
    lines = text.splitlines()
    steps = [(match["name"], int(match["index"] or 0)) for match in _STEP.finditer(path)]
    first, last = _block(lines, steps)
    for number in range(first, last):
        if word and word in lines[number] and not lines[number].lstrip().startswith("#"):
            return number + 1
    names = [name for name, _ in steps[bool(first) :]]
    for name in [*reversed(names), *(_NAMES if steps and steps[0][1] else ())]:
        found = _key(lines, name, first, last)
        if found is not None:
            return found + 1
    return first + 1


def _block(lines: list[str], steps: list[tuple[str, int]]) -> tuple[int, int]:
    """Return the first line of the table that the path starts with, and the one after its last."""
    if not steps:
        return 0, len(lines)
    name, index = steps[0]
    starts = [number for number, line in enumerate(lines) if _header(line) == name]
    if not 0 < max(index, 1) <= len(starts):
        return 0, len(lines)
    first = starts[max(index, 1) - 1]
    for number in range(first + 1, len(lines)):
        header = _header(lines[number])
        if header and not header.startswith(f"{name}."):
            return first, number
    return first, len(lines)


def _header(line: str) -> str:
    match = _HEADER.fullmatch(line)
    return match["name"] if match else ""


def _key(lines: list[str], name: str, first: int, last: int) -> int | None:
    """Return the line of a key, or of the header of a sub-table of that name."""
    key = re.compile(rf"\s*{re.escape(name)}\s*=|\s*\[\[?\s*(?:[^\[\]]*\.)?{re.escape(name)}\s*[\].]")
    return next((number for number in range(first, last) if key.match(lines[number])), None)
