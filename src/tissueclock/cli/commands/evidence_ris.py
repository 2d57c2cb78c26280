"""`tissueclock evidence ris FILE ...`: the records of a search, each once."""

from __future__ import annotations

from argparse import Namespace

from tissueclock.cli.console import Console
from tissueclock.cli.evidence.output import deliver
from tissueclock.core.errors import ExitCode
from tissueclock.pipeline.review import read_search
from tissueclock.report.evidence.review_rows import duplicates_csv, records_csv, search_lines


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Read, put together what is one, and tell how many there were."""
    found = read_search(arguments.files)
    files = {"records.csv": records_csv(found), "duplicates.csv": duplicates_csv(found)}
    document = {"search": found.to_json()}
    deliver(console, document, list(search_lines(found)), out=arguments.out, name="records", files=files)
    return ExitCode.DONE
