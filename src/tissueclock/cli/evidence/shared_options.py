"""Options that several analyses of evidence have. Nothing heavy is imported here."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path


def add_out(parser: ArgumentParser, what: str) -> None:
    """Add `--out DIR`; `what` says what is written there."""
    parser.add_argument("--out", type=Path, metavar="DIR", help=f"write {what} there")
