"""The options of `tissueclock evidence ordinal`. Nothing heavy is imported here."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path

from tissueclock.cli.evidence.shared_options import add_out
from tissueclock.cli.options import add_json


def configure_ordinal(parser: ArgumentParser) -> None:
    """Options of `evidence ordinal`."""
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help="CSV: arm,0,1,2,3,4,5,6 (a row an arm) or arm,mrs[,covariates] (a row a patient)",
    )
    parser.add_argument("--trial", metavar="ID", help="instead of FILE: the scale that this trial published")
    parser.add_argument("--treatment", metavar="NAME", help="the first arm; default: the one named first")
    parser.add_argument("--merge-5-6", action="store_true", help="take the grades 5 and 6 for one level")
    parser.add_argument(
        "--ties",
        choices=("split", "drop"),
        default="split",
        help="tied pairs in the generalised odds ratio: half a win each (default), or left out",
    )
    parser.add_argument(
        "--po-test",
        choices=("ratio", "score", "brant"),
        default="ratio",
        help="which test of proportional odds comes first; all three are printed (default: ratio)",
    )
    parser.add_argument(
        "--utilities",
        default="dawn",
        metavar="NAME",
        help="dawn (default), who-disability or eq-5d; or seven numbers, from mRS 0 to 6",
    )
    _add_columns(parser)
    parser.add_argument("--level", type=_level, default=0.95, metavar="P", help="of intervals (0.95)")
    parser.add_argument(
        "--labels", choices=("percent", "counts"), default="percent", help="what the bars of the figure say"
    )
    add_out(parser, "the stacked bars and the odds ratios by cut (SVG, PNG), a CSV and the document")
    add_json(parser)


def _add_columns(parser: ArgumentParser) -> None:
    """Options about the columns of a file of patients."""
    parser.add_argument(
        "--covariates",
        type=_names,
        metavar="A,B",
        help="adjust for these columns only; default: all but ids and the strata",
    )
    parser.add_argument(
        "--categorical", type=_names, default=(), metavar="A,B", help="columns of numbers that are categories"
    )
    parser.add_argument("--strata", metavar="COLUMN", help="strata of van Elteren's test")
    parser.add_argument(
        "--missing",
        choices=("refuse", "exclude"),
        default="refuse",
        help="refuse a file with missing values (default), or exclude such patients and count them",
    )


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise ArgumentTypeError("give names of columns with commas between")
    return names


def _level(text: str) -> float:
    try:
        level = float(text)
    except ValueError:
        raise ArgumentTypeError(f"'{text}' is no number") from None
    if not 0 < level < 1:
        raise ArgumentTypeError("a level lies between 0 and 1: 0.95")
    return level
