"""Options of `evidence ris` and `evidence prisma`. Nothing heavy is imported here."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from tissueclock.cli.evidence.shared_options import add_out
from tissueclock.cli.options import add_json


def configure_ris(parser: ArgumentParser) -> None:
    """Options of `evidence ris`."""
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE.ris", help="what a search found, a file a database"
    )
    add_out(parser, "records and duplicates as CSV, and a document")
    add_json(parser)


def configure_prisma(parser: ArgumentParser) -> None:
    """Options of `evidence prisma`."""
    parser.add_argument("file", type=Path, metavar="FILE.toml", help="the counts of every step")
    add_out(parser, "the flow diagram and a document")
    add_json(parser)
