"""Options of `tissueclock evidence check`. Nothing heavy is imported here."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from tissueclock.cli.evidence.shared_options import add_out
from tissueclock.cli.options import add_json


def configure_check(parser: ArgumentParser) -> None:
    """Add the file, `--schema`, `--out` and `--json`."""
    parser.add_argument(
        "file",
        type=Path,
        nargs="?",
        metavar="FILE",
        help="printed results typed as .toml, or a text (.txt, .md) that is searched for them",
    )
    parser.add_argument(
        "--schema", action="store_true", help="print the JSON schema of the .toml file and stop"
    )
    add_out(parser, "check.html, check.json, check.csv and a figure")
    add_json(parser)
