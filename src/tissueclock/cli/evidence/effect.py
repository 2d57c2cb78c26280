"""The options of `tissueclock evidence effect`. Nothing heavy is imported here."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path

from tissueclock.cli.evidence.interval_level import add_interval_level
from tissueclock.cli.evidence.shared_options import add_out
from tissueclock.cli.options import add_json


def configure_effect(parser: ArgumentParser) -> None:
    """Options of `evidence effect`."""
    counts = parser.add_argument_group("what was counted: two groups, one (--measure P), strata, or pairs")
    counts.add_argument("--events-1", type=int, metavar="N", help="events of group 1, the treatment")
    counts.add_argument("--n-1", type=int, metavar="N", help="patients of group 1")
    counts.add_argument("--events-2", type=int, metavar="N", help="events of group 2, the control")
    counts.add_argument("--n-2", type=int, metavar="N", help="patients of group 2")
    counts.add_argument(
        "--strata", type=Path, metavar="FILE", help="CSV: stratum,events_1,n_1,events_2,n_2, a row a stratum"
    )
    counts.add_argument(
        "--pairs",
        type=_four,
        metavar="B,F,S,N",
        help="pairs with the event in both, the first only, the second only, neither",
    )
    parser.add_argument(
        "--measure",
        choices=("RR", "OR", "RD", "P"),
        default="RR",
        help="risk ratio (default), odds ratio, risk difference, or one proportion",
    )
    parser.add_argument(
        "--method",
        metavar="NAME",
        help="of the interval: katz (RR), woolf (OR), wald (RD), wilson (P) or mantel-haenszel (strata) if "
        "none is named; an unknown name is answered with those that there are",
    )
    add_interval_level(parser)
    parser.add_argument(
        "--zero-cells",
        choices=("needed", "escalc", "always", "never"),
        default="needed",
        help="when 1/2 is added to each cell: where needed (default), wherever a cell is zero as metafor's "
        "escalc, always, or never",
    )
    parser.add_argument(
        "--event",
        choices=("favourable", "unfavourable"),
        default="favourable",
        help="whether the event is good (default), for the number needed to treat",
    )
    parser.add_argument(
        "--unconditional", action="store_true", help="add Barnard's and Boschloo's tests, which take longer"
    )
    parser.add_argument("--all", action="store_true", help="show every method of every measure")
    add_out(parser, "effect.json, effect.csv and a figure of every method's interval")
    add_json(parser)


def _four(text: str) -> tuple[int, ...]:
    words = text.split(",")
    if len(words) != 4 or not all(word.strip().isdecimal() for word in words):
        raise ArgumentTypeError("pairs are four whole numbers: both,first,second,neither")
    return tuple(int(word) for word in words)
