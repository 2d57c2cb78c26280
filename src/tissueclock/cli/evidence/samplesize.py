"""The options of `tissueclock evidence samplesize`. Nothing heavy is imported here."""

from __future__ import annotations

from argparse import ArgumentParser

from tissueclock.cli.evidence.design_options import add_kind, number, numbers, positive
from tissueclock.cli.evidence.shared_options import add_out
from tissueclock.cli.options import add_json

METHODS = ("pooled", "unpooled", "continuity", "fisher")
MARGIN_METHODS = ("farrington-manning", "unpooled")


def configure_samplesize(parser: ArgumentParser) -> None:
    """Options of `evidence samplesize` and its three endpoints."""
    endpoints = parser.add_subparsers(dest="endpoint", required=True, metavar="ENDPOINT")
    for name, summary, configure in (
        ("proportions", "two proportions", _configure_proportions),
        (
            "noninferiority",
            "two proportions, the first worse by less than a margin",
            _configure_noninferiority,
        ),
        ("ordinal", "a shift on an ordinal scale such as the mRS", _configure_ordinal),
    ):
        configure(add_kind(endpoints, name, summary))


def _configure_proportions(parser: ArgumentParser) -> None:
    _add_rates(parser, "without it, and with sizes and power: which rates are detected")
    parser.add_argument(
        "--method",
        choices=METHODS,
        default="pooled",
        help="normal approximation with the pooled (default) or unpooled variance, with continuity "
        "correction, or Fisher's exact test",
    )
    _add_common(parser, alpha=0.05, sides=2)


def _configure_noninferiority(parser: ArgumentParser) -> None:
    _add_rates(parser, "of the first group")
    parser.add_argument(
        "--margin",
        type=number,
        required=True,
        metavar="D",
        help="by how much the first may be worse, above 0",
    )
    parser.add_argument(
        "--event",
        choices=("favourable", "unfavourable"),
        default="favourable",
        help="whether the event is good (default)",
    )
    parser.add_argument(
        "--method",
        choices=MARGIN_METHODS,
        default="farrington-manning",
        help="variance under the null hypothesis (farrington-manning)",
    )
    _add_common(parser, alpha=0.025, sides=1)


def _configure_ordinal(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--control",
        type=numbers,
        required=True,
        metavar="LIST",
        help="counts, shares or percentages of the second group's levels, best level first",
    )
    parser.add_argument(
        "--odds-ratio",
        type=number,
        metavar="X",
        help="common odds ratio, above 1 where the first group does better (Whitehead)",
    )
    parser.add_argument(
        "--treatment",
        type=numbers,
        metavar="LIST",
        help="the first group's levels instead, of whatever shape (Wilcoxon); with neither, and with sizes "
        "and power: which odds ratio is detected",
    )
    parser.add_argument("--merge-5-6", action="store_true", help="count mRS 5 and 6 as one level")
    _add_common(parser, alpha=0.05, sides=2)


def _add_rates(parser: ArgumentParser, first: str) -> None:
    parser.add_argument(
        "--rate-1", type=number, metavar="P", help=f"true rate of group 1, the treatment; {first}"
    )
    parser.add_argument(
        "--rate-2", type=number, required=True, metavar="P", help="true rate of group 2, the control"
    )


def _add_common(parser: ArgumentParser, *, alpha: float, sides: int) -> None:
    parser.add_argument("--power", type=number, metavar="P", help="find the patients that give this power")
    parser.add_argument(
        "--n-1", type=positive, metavar="N", help="patients enrolled in group 1: find the power"
    )
    parser.add_argument("--n-2", type=positive, metavar="N", help="patients enrolled in group 2")
    parser.add_argument(
        "--ratio", type=number, metavar="R", help="patients of group 1 over those of group 2 (1)"
    )
    parser.add_argument(
        "--alpha", type=number, default=alpha, metavar="A", help=f"alpha in total ({alpha:g})"
    )
    parser.add_argument(
        "--sides", type=int, choices=(1, 2), default=sides, help=f"sides of the test ({sides})"
    )
    parser.add_argument(
        "--dropout", type=number, default=0.0, metavar="SHARE", help="share of patients who will be lost (0)"
    )
    parser.add_argument(
        "--inflation",
        type=number,
        default=1.0,
        metavar="F",
        help="of a group-sequential design, as 'evidence sequential --power' prints it (1)",
    )
    add_out(parser, "samplesize.json, samplesize.csv and a curve of the power")
    add_json(parser)
