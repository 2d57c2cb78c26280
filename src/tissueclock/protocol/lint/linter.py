"""The linter: every check over one TOML text, all findings at once, sorted by line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from tissueclock.core.errors import InputError
from tissueclock.protocol.lint import branches, cases, keys, rules, standing
from tissueclock.protocol.lint.draft import Definition, Draft, Judge, Loaded
from tissueclock.protocol.lint.finding import Check, Level, LintFinding, Spot, Subject, spot_of
from tissueclock.protocol.lint.lines import line_of
from tissueclock.protocol.load import parse_profile, parse_protocol
from tissueclock.protocol.load_guideline import parse_guideline
from tissueclock.protocol.table import Table

TEXT_CHECKS: tuple[Check[Draft], ...] = keys.CHECKS + rules.CHECKS + standing.CHECKS
"""What is asked of the document as typed."""

MEANING_CHECKS: tuple[Check[Loaded], ...] = rules.MEANING_CHECKS + branches.CHECKS + cases.CHECKS
"""What is asked of the definition, once the loader accepts the document."""

_MALFORMED, _REFUSED = "malformed", "refused"
_INDEX = re.compile(r"(criterion|class|recommendation|case|visit)\[(\d+)\]")
_LINE = re.compile(r"at line (\d+)")


def lint(content: bytes, file: str, judge: Judge) -> tuple[LintFinding, ...]:
    """Return every finding in the file of a trial, a profile or a guideline, by line.

    `file` is its name, `judge` answers the worked cases. What a definition means is only checked where the
    loader accepts the document; a document without an ERROR is one that the loader accepts.
    """
    try:
        text = content.decode("utf-8")
        table = Table(tomllib.loads(text, parse_float=Decimal), file)
    except UnicodeDecodeError:
        return (_malformed(file, 1, "it is not UTF-8 text.", "Save it as UTF-8."),)
    except (ValueError, RecursionError) as error:
        line = _LINE.search(str(error))
        number = int(line.group(1)) if line else len(text.splitlines()) or 1
        return (_malformed(file, number, f"it is not valid TOML: {error}.", "Correct that line."),)
    found = list(_findings(text, table, judge))
    return tuple(sorted(found, key=lambda finding: finding.line))


def _findings(text: str, table: Table, judge: Judge) -> Iterator[LintFinding]:
    draft = Draft(table)
    typed = list(_run(TEXT_CHECKS, draft, text, table))
    yield from typed
    try:
        definition = _parsed(draft)
    except InputError as error:
        if all(finding.level is not Level.ERROR for finding in typed):
            refused = Check(id=_REFUSED, level=Level.ERROR, sentence="The loader accepts it.", run=_nothing)
            yield _finding(refused, spot_of(error, ""), text, table)
        return
    yield from _run(MEANING_CHECKS, Loaded(table, definition, judge), text, table)


def _parsed(draft: Draft) -> Definition:
    values, file = draft.table.values, draft.table.file
    if draft.is_guideline:
        return parse_guideline(values, file, "")
    return parse_profile(values, file, "") if draft.is_profile else parse_protocol(values, file, "")


def _run(
    checks: Iterable[Check[Subject]], subject: Subject, text: str, table: Table
) -> Iterator[LintFinding]:
    for check in checks:
        for spot in check.run(subject):
            yield _finding(check, spot, text, table)


def _finding(check: Check[Subject], spot: Spot, text: str, table: Table) -> LintFinding:
    return LintFinding(
        file=table.file,
        line=line_of(text, spot.path, spot.word),
        level=check.level,
        check=check.id,
        criterion=_name_at(table.values, spot.path),
        found=spot.found,
        remedy=spot.remedy,
    )


def _name_at(values: Mapping[str, Any], path: str) -> str:
    """Return the id, label or name of the criterion, class or worked case that the path lies in."""
    match = _INDEX.match(path)
    if match is None:
        return ""
    items = values.get(match.group(1))
    item = items[int(match.group(2)) - 1] if isinstance(items, list) else None
    if not isinstance(item, Mapping):
        return ""
    return next((str(item[key]) for key in ("id", "label", "name") if key in item), "")


def _malformed(file: str, line: int, found: str, remedy: str) -> LintFinding:
    return LintFinding(
        file=file,
        line=line,
        level=Level.ERROR,
        check=_MALFORMED,
        criterion="",
        found=found,
        remedy=remedy,
    )


def _nothing(_: Draft) -> Iterator[Spot]:
    return iter(())
