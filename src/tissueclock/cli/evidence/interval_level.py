"""The level of intervals as an option. Nothing heavy is imported here."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError


def add_interval_level(parser: ArgumentParser) -> None:
    """Add `--level`."""
    parser.add_argument(
        "--level", type=_level, default=0.95, metavar="SHARE", help="level of the intervals (0.95)"
    )


def _level(text: str) -> float:
    try:
        level = float(text)
    except ValueError:
        level = 0.0
    if not 0 < level < 1:
        raise ArgumentTypeError(f"'{text}' is no level between 0 and 1, such as 0.95")
    return level


def words(text: str) -> tuple[str, ...]:
    """Read words with commas between them; raises ArgumentTypeError where one is empty or comes twice."""
    found = tuple(word.strip() for word in text.split(","))
    if "" in found or len(set(found)) < len(found):
        raise ArgumentTypeError(f"'{text}' is no list of different words with commas between")
    return found
