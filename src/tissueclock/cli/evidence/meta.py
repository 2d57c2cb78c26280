"""The options of `evidence meta`. Nothing heavy is imported here; a test compares its names with ours."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path

from tissueclock.cli.evidence.shared_options import add_out
from tissueclock.cli.options import add_json

MEASURES = "RR, OR, RD, PETO, AS; PR, PLN, PLO, PAS, PFT; MD, SMD, ROM; GEN"
METHODS = "FE, DL, PM, PMM, REML, ML, HE, SJ, EB, HS, HSk, MH, PETO, GLMM"
CONVENTIONS = ("metafor", "revman")
TAU2_INTERVALS = ("q-profile", "profile-likelihood", "jackson")
MODELS = ("UM.FS", "UM.RS", "CM.EL", "CM.AL")


def configure_meta(parser: ArgumentParser) -> None:
    """Options of `evidence meta`."""
    parser.add_argument("file", type=Path, metavar="FILE", help="CSV, a row a study")
    parser.add_argument("--measure", metavar="NAME", help=f"{MEASURES} (default with yi,vi only)")
    add_pooling(parser)
    parser.add_argument("--model", choices=MODELS, help="of GLMM with OR (default UM.FS)")
    parser.add_argument(
        "--tau2-interval", choices=TAU2_INTERVALS, default=TAU2_INTERVALS[0], help="default: q-profile"
    )
    _add_extras(parser)
    _add_words(parser)
    add_out(parser, "figures (SVG and PNG), the studies as CSV, the rows as text and the document as JSON")
    add_json(parser)


def add_pooling(parser: ArgumentParser) -> None:
    """Add how effects are pooled: of a file's studies and of a registered pool alike."""
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


def _add_extras(parser: ArgumentParser) -> None:
    extras = parser.add_argument_group("more than the pooled effect")
    extras.add_argument("--subgroup", metavar="COLUMN", help="pool each group, and test their differences")
    extras.add_argument(
        "--subgroup-tau2",
        choices=("separate", "common"),
        default="separate",
        help="a tau2 for each group (default), or one for all",
    )
    extras.add_argument(
        "--moderator", action="append", default=[], metavar="COLUMN", help="meta-regression; may come again"
    )
    extras.add_argument("--bias", action="store_true", help="asymmetry, trim and fill, fail-safe numbers")
    extras.add_argument("--leave-one-out", action="store_true", help="pool without each study in turn")
    extras.add_argument("--cumulative", metavar="COLUMN", help="pool as studies come in, by this column")
    extras.add_argument("--influence", action="store_true", help="diagnostics and best predictions")


def _add_words(parser: ArgumentParser) -> None:
    words = parser.add_argument_group("the figures of --out")
    words.add_argument(
        "--title", metavar="TEXT", help="stands above them (default: the file and the measure)"
    )
    words.add_argument(
        "--arms", nargs=2, metavar=("FIRST", "SECOND"), help="names of the two groups of a file with two arms"
    )
    words.add_argument("--favours", nargs=2, metavar=("LEFT", "RIGHT"), help="words beside no effect")


def _level(text: str) -> float:
    try:
        level = float(text)
    except ValueError:
        level = 0.0
    if not 0 < level < 1:
        raise ArgumentTypeError(f"'{text}' is no share between 0 and 1, such as 0.95")
    return level
