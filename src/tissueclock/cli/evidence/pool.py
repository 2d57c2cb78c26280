"""The options of `evidence pool`. Nothing heavy is imported here; a test compares its names with ours."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError

from tissueclock.cli.evidence.meta import CONVENTIONS, METHODS
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
    parser.add_argument(
        "--method", metavar="NAME", help=f"{METHODS}; default REML, of PETO PETO, with revman DL"
    )
    parser.add_argument("--knapp-hartung", action="store_true", help="test by Knapp and Hartung, plain")
    parser.add_argument(
        "--ad-hoc", action="store_true", help="with --knapp-hartung: never narrower than without"
    )
    parser.add_argument(
        "--convention", choices=CONVENTIONS, default="metafor", help="what Q, I2 and prediction follow"
    )
    parser.add_argument(
        "--level", type=_level, default=0.95, metavar="SHARE", help="of every interval (0.95)"
    )
    extras = parser.add_argument_group("more than the pooled effect")
    extras.add_argument("--bias", action="store_true", help="asymmetry, trim and fill, fail-safe numbers")
    extras.add_argument("--leave-one-out", action="store_true", help="pool without each trial in turn")
    extras.add_argument("--cumulative", action="store_true", help="pool as trials were published, by year")
    add_out(parser, "figures (SVG and PNG), the rows as CSV and text, and the document as JSON")
    add_json(parser)


def _level(text: str) -> float:
    try:
        level = float(text)
    except ValueError:
        level = 0.0
    if not 0 < level < 1:
        raise ArgumentTypeError(f"'{text}' is no share between 0 and 1, such as 0.95")
    return level
