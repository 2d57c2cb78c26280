"""The options of `tissueclock evidence cohort`. Nothing heavy is imported here."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path

from tissueclock.cli.evidence.interval_level import add_interval_level
from tissueclock.cli.evidence.shared_options import add_out
from tissueclock.cli.options import add_json


def configure_cohort(parser: ArgumentParser) -> None:
    """Options of `evidence cohort`."""
    parser.add_argument("file", type=Path, metavar="FILE", help="CSV with a row a patient")
    roles = parser.add_argument_group("which column is what")
    roles.add_argument("--exposure", metavar="COLUMN", help="yes or no: whether the patient reperfused")
    roles.add_argument("--outcome", metavar="COLUMN", help="yes or no, or numbers with --favourable")
    roles.add_argument(
        "--favourable", default="", metavar="RULE", help="which numbers are favourable, as '<=2' of the mRS"
    )
    roles.add_argument("--profile", default="", metavar="COLUMN", help="the strata of the interaction")
    roles.add_argument(
        "--adjust", type=_names, default=(), metavar="COLUMN,...", help="covariates of every adjusted part"
    )
    roles.add_argument("--growth", default="", metavar="COLUMN", help="infarct growth in mL")
    parser.add_argument("--surrogacy", action="store_true", help="how much of the effect goes with growth")
    parser.add_argument("--firth", action="store_true", help="logistic regression with Firth's penalty")
    parser.add_argument(
        "--imputations",
        type=count,
        default=20,
        metavar="N",
        help="imputed cohorts where data are missing (20)",
    )
    parser.add_argument("--replicates", type=count, default=500, metavar="N", help="bootstrap samples (500)")
    parser.add_argument("--seed", type=seed, default=1, metavar="N", help="seed of all that is drawn (1)")
    simulation = parser.add_argument_group("instead of analysing: a simulated cohort to try this on")
    simulation.add_argument(
        "--simulate",
        type=count,
        metavar="N",
        help="write FILE with N invented patients, marked as simulated",
    )
    add_interval_level(parser)
    add_out(parser, "cohort.json, cohort.csv and figures")
    add_json(parser)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if not all(names):
        raise ArgumentTypeError("columns are names with commas between")
    return names


def count(text: str) -> int:
    """Return a number from 2 to 100000."""
    if not text.isdecimal() or not 2 <= int(text) <= 100_000:
        raise ArgumentTypeError(f"'{text}' is no number from 2 to 100000")
    return int(text)


def seed(text: str) -> int:
    """Return a seed."""
    if not text.isdecimal():
        raise ArgumentTypeError(f"'{text}' is no whole number, 0 or more")
    return int(text)
