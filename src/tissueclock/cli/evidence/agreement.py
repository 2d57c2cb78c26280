"""Options of `evidence agreement`. Nothing heavy is imported here."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from math import isfinite
from pathlib import Path

from tissueclock.cli.evidence.interval_level import add_interval_level, words
from tissueclock.cli.evidence.shared_options import add_out
from tissueclock.cli.options import add_json

KINDS = ("kappa", "fleiss", "krippendorff", "icc", "bland-altman")


def configure_agreement(parser: ArgumentParser) -> None:
    """Options of `evidence agreement`."""
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE.csv", help="ratings: a row a case, a column a rater"
    )
    parser.add_argument(
        "--kind",
        action="append",
        choices=KINDS,
        default=[],
        help="make this analysis (repeat); default: every one that the ratings allow",
    )
    parser.add_argument(
        "--weights",
        choices=("none", "linear", "quadratic"),
        default="none",
        help="of kappa: what a disagreement still counts for, by its steps (none)",
    )
    parser.add_argument(
        "--scale",
        choices=("nominal", "ordinal", "interval", "ratio"),
        default="nominal",
        help="of Krippendorff's alpha (nominal)",
    )
    parser.add_argument("--raters", type=words, default=(), metavar="A,B,...", help="columns to read")
    parser.add_argument(
        "--categories", type=words, default=(), metavar="X,Y,...", help="the answers, in order"
    )
    parser.add_argument(
        "--counts", action="store_true", help="FILE is a square table of counts, the first rater in rows"
    )
    _add_masks(parser)
    add_interval_level(parser)
    add_out(parser, "figures, a table and a document")
    add_json(parser)


def _add_masks(parser: ArgumentParser) -> None:
    masks = parser.add_argument_group("two masks in place of FILE")
    masks.add_argument("--masks", nargs=2, type=Path, metavar=("A", "B"), help="NIfTI masks on one grid")
    masks.add_argument("--label", type=int, metavar="N", help="the value that belongs to the masks")
    masks.add_argument(
        "--points",
        choices=("boundary", "all"),
        default="boundary",
        help="distances between boundary voxels (default), or all voxels",
    )
    masks.add_argument(
        "--tolerance",
        action="append",
        type=_millimetres,
        metavar="MM",
        help="where surface Dice is told (repeat); default: 1 and 2",
    )


def _millimetres(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not isfinite(number) or number < 0:
        raise ArgumentTypeError(f"'{text}' is no distance in mm")
    return number
