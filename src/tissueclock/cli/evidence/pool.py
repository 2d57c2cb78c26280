"""The options of `evidence pool`. Nothing heavy is imported here; a test compares its names with ours."""

from __future__ import annotations

from argparse import ArgumentParser

from tissueclock.cli.evidence.meta import add_pooling
from tissueclock.cli.evidence.shared_options import add_out
from tissueclock.cli.options import add_json

OUTCOMES = ("mrs-0-1", "mrs-0-2", "mrs-0-3", "mrs-shift", "death", "sich", "recanalisation")


def configure_pool(parser: ArgumentParser) -> None:
    """Options of `evidence pool`."""
    parser.add_argument("pool", nargs="?", metavar="POOL", help="its id; without one all pools are listed")
    parser.add_argument("--outcome", choices=OUTCOMES, help="what is pooled (default: the pool's first)")
    parser.add_argument(
        "--trial", action="append", default=[], metavar="ID", help="only this member; may come again"
    )
    parser.add_argument("--measure", metavar="NAME", help="RR, OR, RD, PETO or AS (default: the pool's)")
    add_pooling(parser)
    extras = parser.add_argument_group("more than the pooled effect")
    extras.add_argument("--bias", action="store_true", help="asymmetry, trim and fill, fail-safe numbers")
    extras.add_argument("--leave-one-out", action="store_true", help="pool without each trial in turn")
    extras.add_argument("--cumulative", action="store_true", help="pool as trials were published, by year")
    add_out(parser, "figures (SVG and PNG), the rows as CSV and text, and the document as JSON")
    add_json(parser)
