"""The options of `tissueclock evidence sequential`. Nothing heavy is imported here."""

from __future__ import annotations

from argparse import ArgumentParser

from tissueclock.cli.evidence.design_options import add_design, looks_of_rates, number, numbers, positive
from tissueclock.cli.evidence.shared_options import add_out
from tissueclock.cli.options import add_json


def configure_sequential(parser: ArgumentParser) -> None:
    """Options of `evidence sequential`."""
    add_design(parser)
    size = parser.add_argument_group("its size, and where it is given up")
    size.add_argument(
        "--power", type=number, metavar="P", help="find the effect that is seen with this chance"
    )
    size.add_argument(
        "--fixed-n", type=positive, metavar="N", help="patients of a fixed design: prints those of this one"
    )
    size.add_argument("--futility", metavar="NAME", help="spend beta by of, pocock, hsd or kd")
    size.add_argument("--futility-parameter", type=number, metavar="X", help="its parameter")
    size.add_argument(
        "--binding", action="store_true", help="futility has to be obeyed, which lowers the efficacy bounds"
    )
    size.add_argument(
        "--futility-z", type=numbers, metavar="LIST", help="futility bounds as given: one z an interim look"
    )
    size.add_argument(
        "--futility-conditional",
        type=number,
        metavar="P",
        help="give up where the conditional power, if the trend goes on, is below this",
    )
    seen = parser.add_argument_group("what was seen (write --z=-0.3,1.2 where the first is negative)")
    seen.add_argument("--z", type=numbers, metavar="LIST", help="z of the looks that were taken")
    seen.add_argument(
        "--counts",
        type=looks_of_rates,
        metavar="LIST",
        help="cumulative events/patients of both groups at each look: 12/40:5/41,21/70:9/72",
    )
    seen.add_argument("--fewer-is-better", action="store_true", help="with --counts: the event is bad")
    add_out(parser, "sequential.json, sequential.csv and a figure of the bounds")
    add_json(parser)
