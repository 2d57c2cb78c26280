"""`tissueclock protocol card ID`: the one-page appraisal of a trial."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from tissueclock.cli.card_lines import card_rows, card_text
from tissueclock.cli.commands.protocol_published import key_results
from tissueclock.cli.console import Console
from tissueclock.cli.files import write_output
from tissueclock.core.errors import ExitCode, UsageError
from tissueclock.eligibility.card import Card, appraise
from tissueclock.protocol.registry import protocol, protocols, trial_file
from tissueclock.report.plain.card_page import card_page


def show_card(arguments: Namespace, console: Console) -> ExitCode:
    """Print the card of one trial, or write it as a page; raises UsageError for an unknown trial."""
    card = appraise(protocol(arguments.id), protocols().values(), key_results(arguments.id))
    if arguments.out is None:
        console.result(card.to_json(), card_text(card) if sys.stdout.isatty() else card_rows(card))
        return ExitCode.DONE
    _write(card, arguments.out)
    console.result({**card.to_json(), "out": arguments.out.name}, [f"{card.id}\tcard\t{arguments.out.name}"])
    return ExitCode.DONE


def _write(card: Card, path: Path) -> None:
    if path.suffix.lower() not in (".html", ".htm") or path.is_dir():
        raise UsageError("the card is a page.", where=path.name, remedy="Give a name that ends in .html.")
    write_output(path, card_page(card), [trial_file(card.id)])
