"""The options of `tissueclock evidence interaction`. Nothing heavy is imported here."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from tissueclock.cli.evidence.interval_level import add_interval_level
from tissueclock.cli.evidence.shared_options import add_out
from tissueclock.cli.options import add_json


def configure_interaction(parser: ArgumentParser) -> None:
    """Options of `evidence interaction`."""
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help="CSV, a row a stratum: stratum,events_1,n_1,events_2,n_2 or stratum,estimate,ci_low,ci_high or "
        "stratum,estimate,p",
    )
    parser.add_argument(
        "--printed",
        action="append",
        default=[],
        metavar="NAME=EST,LOW,HIGH",
        help="a stratum's printed effect, or NAME=EST,p=P (repeat)",
    )
    parser.add_argument("--trial", metavar="ID", help="the published strata of a trial, for example defuse-2")
    parser.add_argument("--kind", metavar="KIND", help="which outcome of the trial, for example mrs-0-2")
    parser.add_argument(
        "--by", default="", metavar="WHAT", help="what divides the strata, if the trial has several divisions"
    )
    parser.add_argument(
        "--measure",
        choices=("OR", "RR", "HR", "RD", "MD"),
        default="OR",
        help="odds ratio (default), risk ratio, hazard ratio, risk difference or mean difference",
    )
    add_interval_level(parser)
    add_out(parser, "interaction.json, interaction.csv and a figure")
    add_json(parser)
