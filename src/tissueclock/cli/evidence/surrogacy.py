"""The options of `tissueclock evidence surrogacy`. Nothing heavy is imported here."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from tissueclock.cli.evidence.cohort import count, seed
from tissueclock.cli.evidence.interval_level import add_interval_level
from tissueclock.cli.evidence.shared_options import add_out
from tissueclock.cli.options import add_json


def configure_surrogacy(parser: ArgumentParser) -> None:
    """Options of `evidence surrogacy`."""
    parser.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="CSV, a row a trial: trial,surrogate,outcome and perhaps weight",
    )
    parser.add_argument(
        "--replicates", type=count, default=2000, metavar="N", help="bootstrap samples of trials (2000)"
    )
    parser.add_argument("--seed", type=seed, default=1, metavar="N", help="seed of the bootstrap (1)")
    add_interval_level(parser)
    add_out(parser, "surrogacy.json")
    add_json(parser)
