"""A draft that a person has settled -> the confirmed file: the same text, with who and when."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from decimal import Decimal
from typing import Any

from tissueclock.core.errors import InputError
from tissueclock.protocol.lint.draft import Draft
from tissueclock.protocol.lint.lines import line_of
from tissueclock.protocol.lint.standing import open_items
from tissueclock.protocol.load import parse_protocol
from tissueclock.protocol.model import Protocol
from tissueclock.protocol.registration.write_toml import quoted_text
from tissueclock.protocol.table import Table

_STATE = re.compile(r"""^[ \t]*state[ \t]*=[ \t]*(?:"draft"|'draft')[ \t]*(?:#.*)?$""", re.MULTILINE)
_LINE = re.compile(r"at line (\d+)")


def trial_of(content: bytes, file: str) -> Protocol:
    """Return the trial of a file in any state; raises InputError, with the line, if it cannot be read."""
    return parse_protocol(_table(content, file), file, "")


def confirmed(content: bytes, file: str, by: str, on: date) -> bytes:
    """Return the file with the state `confirmed`, by whom and on which day; all else is left as it is.

    Raises InputError if it cannot be read, is no draft, or still holds a guess or a doubt: all of them are
    listed with their lines.
    """
    values = _table(content, file)
    text = content.decode("utf-8")
    if not parse_protocol(values, file, "").draft:
        raise InputError("it is no draft.", where=file, remedy="There is nothing to confirm.")
    still_open = [
        f"line {line_of(text, spot.path)} ({spot.path.rpartition('.')[2]})"
        for spot in open_items(Draft(Table(values, file)))
    ]
    if still_open:
        raise InputError(
            f"{len(still_open)} guesses and doubts are open: {', '.join(still_open)}.",
            where=file,
            remedy="Compare each with 'verbatim'; take 'guess' out; take 'doubt' out or write an 'answer'.",
        )
    name = " ".join(by.split())
    if not name:
        raise InputError("nobody is named.", remedy="Name the person who confirms with --by.")
    lines = f'state = "confirmed"\nconfirmed_by = {quoted_text(name)}\nconfirmed_on = {on.isoformat()}'
    changed = _STATE.sub(lambda _: lines, text, count=1).encode("utf-8")
    expected = values | {"state": "confirmed", "confirmed_by": name, "confirmed_on": on}
    if _table(changed, file) != expected:
        raise InputError(
            "the line of its state is not written plainly.",
            where=file,
            remedy='Write it as: state = "draft"',
        )
    parse_protocol(expected, file, "")
    return changed


def _table(content: bytes, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode("utf-8"), parse_float=Decimal)
    except UnicodeDecodeError as error:
        raise InputError("it is not UTF-8 text.", where=f"{file}:1", remedy="Save it as UTF-8.") from error
    except (ValueError, RecursionError) as error:
        line = _LINE.search(str(error))
        where = f"{file}:{line[1] if line else 1}"
        raise InputError(
            f"it is not valid TOML: {error}.", where=where, remedy="Correct that line."
        ) from error
