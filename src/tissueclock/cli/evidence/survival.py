"""Options of `evidence survival`. Nothing heavy is imported here."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from math import isfinite
from pathlib import Path

from tissueclock.cli.evidence.interval_level import add_interval_level
from tissueclock.cli.evidence.shared_options import add_out
from tissueclock.cli.options import add_json


def configure_survival(parser: ArgumentParser) -> None:
    """Options of `evidence survival`."""
    parser.add_argument("file", type=Path, metavar="FILE.csv", help="follow-up: a row a person")
    columns = parser.add_argument_group("columns")
    columns.add_argument("--time", default="time", metavar="COLUMN", help="time of follow-up (time)")
    columns.add_argument(
        "--event",
        default="event",
        metavar="COLUMN",
        help="0 none, 1 the event, 2 and on events that compete with it (event)",
    )
    columns.add_argument("--group", metavar="COLUMN", help="groups to compare; default: all are one")
    columns.add_argument("--reference", metavar="NAME", help="the group that others are compared with")
    columns.add_argument(
        "--strata", action="append", default=[], metavar="COLUMN", help="compare within these (repeat)"
    )
    columns.add_argument(
        "--covariate", action="append", default=[], metavar="COLUMN", help="adjust Cox's model (repeat)"
    )
    columns.add_argument(
        "--skip-incomplete", action="store_true", help="leave out rows that lack a cell, and count them"
    )
    _add_methods(parser)
    add_interval_level(parser)
    add_out(parser, "figures, tables and a document")
    add_json(parser)


def _add_methods(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--scale",
        choices=("log-log", "plain", "log", "logit", "arcsine"),
        default="log-log",
        help="of the intervals of survival (log-log)",
    )
    parser.add_argument(
        "--ties", choices=("efron", "breslow", "exact"), default="efron", help="of Cox's model (efron)"
    )
    parser.add_argument(
        "--rho",
        type=_number,
        default=0.0,
        metavar="R",
        help="log-rank weights: survival to this power (0); 1 is Peto and Peto's",
    )
    parser.add_argument(
        "--at", type=_numbers, default=(), metavar="T,T,...", help="tell survival at these times"
    )
    parser.add_argument(
        "--horizon", type=_number, metavar="T", help="of restricted means; default: the longest common one"
    )
    parser.add_argument("--unit", default="", metavar="WORD", help="unit of time, for the figures")


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not isfinite(number) or number < 0:
        raise ArgumentTypeError(f"'{text}' is no number from 0")
    return number


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(_number(word) for word in text.split(","))
