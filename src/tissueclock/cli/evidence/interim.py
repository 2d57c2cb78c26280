"""The options of `tissueclock evidence interim`. Nothing heavy is imported here."""

from __future__ import annotations

from argparse import ArgumentParser, _ActionsContainer

from tissueclock.cli.evidence.design_options import (
    add_design,
    add_kind,
    count,
    counts,
    number,
    numbers,
    positive,
)
from tissueclock.cli.evidence.safety import pair
from tissueclock.cli.evidence.shared_options import add_out
from tissueclock.cli.options import add_json


def configure_interim(parser: ArgumentParser) -> None:
    """Options of `evidence interim` and its four kinds."""
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
    for name, summary, configure in (
        ("power", "conditional and predictive power of a z or of counts", _configure_power),
        ("proportions", "posterior and predictive chances of two proportions", _configure_proportions),
        ("behaviour", "how a Bayesian rule with interim looks behaves at true rates", _configure_behaviour),
        ("utility", "posterior chances of the utility-weighted mRS", _configure_utility),
    ):
        configure(add_kind(kinds, name, summary))


def _configure_power(parser: ArgumentParser) -> None:
    seen = parser.add_argument_group("what was seen")
    seen.add_argument(
        "--z", type=number, metavar="Z", help="z at the interim, above 0 where group 1 is better"
    )
    _add_counts(seen, required=False)
    seen.add_argument("--fewer-is-better", action="store_true", help="with counts: the event is bad")
    seen.add_argument(
        "--fraction", type=number, required=True, metavar="T", help="fraction of the information that is in"
    )
    parser.add_argument(
        "--final-z", type=number, metavar="B", help="one look to come with this bound, in place of a design"
    )
    effect = parser.add_argument_group("the planned effect, one of")
    effect.add_argument("--drift", type=number, metavar="X", help="expected z at full information")
    effect.add_argument(
        "--power", type=number, metavar="P", help="the drift that gives the design this power"
    )
    effect.add_argument(
        "--rate-1", type=number, metavar="P", help="true rate of group 1, with the three below"
    )
    effect.add_argument("--rate-2", type=number, metavar="P", help="true rate of group 2")
    effect.add_argument("--end-1", type=positive, metavar="N", help="final patients of group 1")
    effect.add_argument("--end-2", type=positive, metavar="N", help="final patients of group 2")
    parser.add_argument(
        "--prior-drift",
        type=pair,
        metavar="MEAN,SD",
        help="normal prior of the drift for predictive power (flat)",
    )
    add_design(parser)
    _add_output(parser)


def _configure_proportions(parser: ArgumentParser) -> None:
    _add_counts(parser, required=True)
    _add_rule(parser)
    parser.add_argument(
        "--end-1", type=positive, metavar="N", help="final patients of group 1: predict success"
    )
    parser.add_argument("--end-2", type=positive, metavar="N", help="final patients of group 2")
    _add_output(parser)


def _configure_behaviour(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--looks-at", type=counts, required=True, metavar="LIST", help="patients of each group at the looks"
    )
    parser.add_argument(
        "--rates-1", type=numbers, required=True, metavar="LIST", help="true rates of group 1, one by one"
    )
    parser.add_argument("--rate-2", type=number, required=True, metavar="P", help="true rate of group 2")
    parser.add_argument(
        "--give-up", type=number, metavar="C", help="give up at an interim where the chance is at most this"
    )
    _add_rule(parser)
    _add_output(parser)


def _add_rule(parser: ArgumentParser) -> None:
    for group in (1, 2):
        parser.add_argument(
            f"--prior-{group}",
            type=pair,
            default=(0.5, 0.5),
            metavar="A,B",
            help=f"beta prior of group {group} (0.5,0.5, Jeffreys)",
        )
    parser.add_argument(
        "--margin", type=number, default=0.0, metavar="D", help="better by more than this (0)"
    )
    parser.add_argument("--fewer-is-better", action="store_true", help="the event is bad")
    _add_limit(parser)


def _configure_utility(parser: ArgumentParser) -> None:
    parser.add_argument("--mrs-1", type=counts, metavar="LIST", help="patients of group 1 with mRS 0 to 6")
    parser.add_argument("--mrs-2", type=counts, metavar="LIST", help="patients of group 2 with mRS 0 to 6")
    parser.add_argument("--trial", metavar="ID", help="the published counts of a trial instead")
    parser.add_argument(
        "--weights",
        type=numbers,
        metavar="LIST",
        help="utilities, best level first (DAWN: 10,9.1,7.6,6.5,3.3,0,0)",
    )
    parser.add_argument(
        "--prior",
        type=numbers,
        default=(1.0,),
        metavar="LIST",
        help="Dirichlet prior, one number or one a level (1)",
    )
    parser.add_argument(
        "--margin", type=number, default=0.0, metavar="D", help="better by more than this (0)"
    )
    _add_limit(parser)
    _add_output(parser)


def _add_counts(parser: _ActionsContainer, *, required: bool) -> None:
    for group, who in ((1, "the treatment"), (2, "the control")):
        parser.add_argument(
            f"--events-{group}",
            type=count,
            required=required,
            metavar="N",
            help=f"events of group {group}, {who}",
        )
        parser.add_argument(
            f"--n-{group}", type=count, required=required, metavar="N", help=f"patients of group {group}"
        )


def _add_limit(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--limit", type=number, default=0.975, metavar="C", help="chance above which it is a success (0.975)"
    )


def _add_output(parser: ArgumentParser) -> None:
    add_out(parser, "interim.json, interim.csv and a figure")
    add_json(parser)
