"""The options of `tissueclock evidence safety`. Nothing heavy is imported here."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError

from tissueclock.cli.evidence.design_options import counts, number, numbers, positive
from tissueclock.cli.evidence.shared_options import add_out
from tissueclock.cli.options import add_json

RULES = ("exact", "pocock", "spending", "bayes", "sprt")


def configure_safety(parser: ArgumentParser) -> None:
    """Options of `evidence safety`."""
    parser.add_argument(
        "--rate", type=number, required=True, metavar="P", help="event rate that is still acceptable: 0.053"
    )
    parser.add_argument(
        "--rule",
        choices=RULES,
        default="pocock",
        help="exact (one level at each look), pocock (that level lowered until alpha is kept over all looks, "
        "default), spending, bayes or sprt",
    )
    _add_looks(parser)
    parser.add_argument("--alpha", type=number, default=0.05, metavar="A", help="one-sided alpha (0.05)")
    parser.add_argument(
        "--limit",
        type=number,
        default=0.95,
        metavar="C",
        help="bayes: chance of a higher rate that stops (0.95)",
    )
    parser.add_argument(
        "--prior", type=pair, default=(0.5, 0.5), metavar="A,B", help="beta prior (0.5,0.5, Jeffreys)"
    )
    parser.add_argument(
        "--spending", default="of", metavar="NAME", help="spending: of (default), pocock, hsd or kd"
    )
    parser.add_argument("--parameter", type=number, metavar="X", help="of the spending function")
    parser.add_argument("--high-rate", type=number, metavar="P", help="sprt: the rate that is too high")
    parser.add_argument(
        "--beta", type=number, default=0.2, metavar="B", help="sprt: chance of missing that rate (0.2)"
    )
    parser.add_argument(
        "--true-rates",
        type=numbers,
        metavar="LIST",
        help="rates at which the rule's behaviour is computed (half, 1, 1.5, 2 and 3 times --rate)",
    )
    parser.add_argument("--seen", type=seen, metavar="X/N", help="events of patients so far, as 1/80")
    add_out(parser, "safety.json, safety.csv and a figure of the rule")
    add_json(parser)


def _add_looks(parser: ArgumentParser) -> None:
    parser.add_argument("--n", type=positive, metavar="N", help="patients of the whole trial")
    parser.add_argument("--every", type=positive, metavar="K", help="look after every so many patients (1)")
    parser.add_argument("--first", type=positive, metavar="M", help="no look before so many patients")
    parser.add_argument(
        "--looks-at", type=counts, metavar="LIST", help="look after so many patients: 20,40,60,80"
    )


def pair(text: str) -> tuple[float, float]:
    """Return two numbers with a comma between."""
    found = numbers(text)
    if len(found) != 2:
        raise ArgumentTypeError(f"'{text}' is not two numbers with a comma between")
    return found[0], found[1]


def seen(text: str) -> tuple[int, int]:
    """Return events and patients from `X/N`."""
    parts = text.split("/")
    if len(parts) != 2 or not all(part.strip().isdecimal() for part in parts):
        raise ArgumentTypeError(f"'{text}' is not EVENTS/PATIENTS, as 1/80")
    return int(parts[0]), int(parts[1])
