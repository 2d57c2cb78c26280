"""Options of a group-sequential design, and lists of numbers. Nothing heavy is imported here."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, _SubParsersAction
from math import isfinite

from tissueclock.core.notice import DISCLAIMER

SPENDING = (
    "of",
    "pocock",
    "hsd",
    "kd",
    "of-constant",
    "pocock-constant",
    "wang-tsiatis",
    "haybittle-peto",
)


def add_design(parser: ArgumentParser) -> None:
    """Add the options that make the plan of a group-sequential design."""
    group = parser.add_argument_group("the design")
    group.add_argument(
        "--looks", type=positive, metavar="K", help="looks, the final one included, evenly spaced"
    )
    group.add_argument(
        "--information",
        type=numbers,
        metavar="LIST",
        help="fractions of the information at the looks, the last 1: 0.33,0.67,1",
    )
    group.add_argument(
        "--spending",
        default="of",
        metavar="NAME",
        help=f"how alpha is spread over the looks: {', '.join(SPENDING)} (of)",
    )
    group.add_argument(
        "--parameter",
        type=number,
        metavar="X",
        help="gamma of hsd (-4), rho of kd (3), Delta of wang-tsiatis (0.25), z at the interims of "
        "haybittle-peto (3)",
    )
    group.add_argument("--alpha", type=number, default=0.05, metavar="A", help="alpha in total (0.05)")
    group.add_argument(
        "--sides", type=int, choices=(1, 2), default=2, help="two sides (default) spend half of alpha each"
    )
    group.add_argument(
        "--symmetric",
        action="store_true",
        help="count paths that have left below as gone: bounds lower by up to 5e-5 of their value",
    )


def add_kind(kinds: _SubParsersAction[ArgumentParser], name: str, summary: str) -> ArgumentParser:
    """Add a kind of an analysis and return its parser, made like those of the analyses."""
    return kinds.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=DISCLAIMER,
        allow_abbrev=False,
    )


def number(text: str) -> float:
    """Return a finite number."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise ArgumentTypeError(f"'{text}' is no finite number")
    return value


def numbers(text: str) -> tuple[float, ...]:
    """Return finite numbers with commas between."""
    return tuple(number(word) for word in text.split(","))


def positive(text: str) -> int:
    """Return a whole number above 0."""
    if not text.strip().isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"'{text}' is no whole number above 0")
    return int(text)


def count(text: str) -> int:
    """Return a whole number from 0."""
    if not text.strip().isdecimal():
        raise ArgumentTypeError(f"'{text}' is no whole number from 0")
    return int(text)


def counts(text: str) -> tuple[int, ...]:
    """Return whole numbers from 0 with commas between."""
    return tuple(count(word) for word in text.split(","))


def looks_of_rates(text: str) -> tuple[tuple[int, int, int, int], ...]:
    """Return events and patients of both groups at each look, from `12/40:5/41,21/70:9/72`."""
    return tuple(_pair_of_rates(word) for word in text.split(","))


def _pair_of_rates(word: str) -> tuple[int, int, int, int]:
    parts = word.replace(":", "/").split("/")
    if word.count(":") != 1 or len(parts) != 4 or not all(part.strip().isdecimal() for part in parts):
        raise ArgumentTypeError(f"'{word}' is no look: write EVENTS/PATIENTS:EVENTS/PATIENTS, as 12/40:5/41")
    first_events, first_n, second_events, second_n = (int(part) for part in parts)
    return first_events, first_n, second_events, second_n
