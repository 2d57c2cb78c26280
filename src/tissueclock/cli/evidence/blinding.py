"""Options of `evidence blinding`. Nothing heavy is imported here."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from tissueclock.cli.evidence.interval_level import add_interval_level
from tissueclock.cli.evidence.shared_options import add_out
from tissueclock.cli.options import add_json


def configure_blinding(parser: ArgumentParser) -> None:
    """Options of `evidence blinding`."""
    parser.add_argument(
        "file",
        type=Path,
        metavar="FILE.csv",
        help="guesses: arm,treatment,control,unknown; the treated arm first",
    )
    add_interval_level(parser)
    add_out(parser, "a figure, a table and a document")
    add_json(parser)
