"""An eligibility log as CDISC SDTM rows: IE (what a subject did not meet) and TI (a trial's criteria).

After SDTMIG 3.4: IE holds only the criteria that were not met; IETESTCD has up to 8 letters, digits or
underscores and starts with no digit; IETEST is the statement, up to 200 characters (the exception from the
40 of other --TEST variables), shortened where it is longer; IEORRES is N for an inclusion that was not met
and Y for an exclusion that was.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
from collections.abc import Mapping, Sequence

from tissueclock.core.errors import InputError, UsageError
from tissueclock.eligibility.outcome import Assessment, Outcome
from tissueclock.protocol.model import Criterion, CriterionKind, Protocol, Role

IE_COLUMNS = (
    *("STUDYID", "DOMAIN", "USUBJID", "IESEQ", "IESPID"),
    *("IETESTCD", "IETEST", "IECAT", "IEORRES", "IESTRESC"),
)
TI_COLUMNS = ("STUDYID", "DOMAIN", "IETESTCD", "IETEST", "IECAT", "TIVERS")

Row = Mapping[str, str]

_LONGEST_TEST = 200
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_LETTERS, _MARK = 4, 3


def ie_rows(protocol: Protocol, assessment: Assessment, study: str, subject: str) -> tuple[Row, ...]:
    """Return a row for each deciding criterion that is not met; open criteria are no exceptions.

    Raises UsageError where the study or the subject is not a plain code: a name or a date is no identifier.
    """
    codes = test_codes(protocol)
    head = {"STUDYID": checked_code("study", study), "DOMAIN": "IE"}
    usubjid = f"{study}-{checked_code('subject', subject)}"
    failed = {result.id for result in assessment.criteria if result.outcome is Outcome.FAIL}
    stops = [item for item in _gates(protocol) if item.id in failed]
    rows = []
    for number, item in enumerate(stops, start=1):
        answer = "N" if item.kind is CriterionKind.INCLUSION else "Y"
        numbered = {"USUBJID": usubjid, "IESEQ": str(number), "IESPID": item.id}
        found = {"IEORRES": answer, "IESTRESC": answer}
        rows.append({**head, **numbered, **_test(item, codes), **found})
    return tuple(rows)


def ti_rows(protocol: Protocol, study: str) -> tuple[Row, ...]:
    """Return a row for each deciding criterion, with the version of the protocol that it belongs to."""
    codes = test_codes(protocol)
    head = {"STUDYID": checked_code("study", study), "DOMAIN": "TI"}
    version = {"TIVERS": version_of(protocol)}
    return tuple({**head, **_test(item, codes), **version} for item in _gates(protocol))


def version_of(protocol: Protocol) -> str:
    """Return the version of the criteria: the day of the latest version, else that of the document."""
    return (protocol.versions[-1].day if protocol.versions else protocol.as_of).isoformat()


def test_codes(protocol: Protocol) -> Mapping[str, str]:
    """Return IETESTCD by criterion: I or E, four letters of the id, and a mark made from the whole id.

    A code depends on nothing but its own criterion, so that it stays where others come and go. Raises
    InputError where two are alike.
    """
    codes = {item.id: _test_code(item) for item in _gates(protocol)}
    twice = {code for code in codes.values() if list(codes.values()).count(code) > 1}
    if twice:
        names = ", ".join(name for name, code in codes.items() if code in twice)
        raise InputError(f"the criteria {names} would share a short name.", remedy="Rename one of them.")
    return codes


def csv_text(columns: Sequence[str], rows: Sequence[Row]) -> str:
    """Return rows as CSV with a header; without rows the header alone."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def checked_code(noun: str, text: str) -> str:
    """Return an identifier; raises UsageError for anything that may be a name, without repeating it."""
    if not _CODE.fullmatch(text):
        raise UsageError(
            f"the {noun} is not a code.",
            remedy="Use up to 40 letters, digits, dots, hyphens and underscores, without spaces.",
        )
    return text


def _gates(protocol: Protocol) -> list[Criterion]:
    return [item for item in protocol.criteria if item.role is Role.GATE]


def _test(item: Criterion, codes: Mapping[str, str]) -> Row:
    text = " ".join(item.text.split())
    short = text if len(text) <= _LONGEST_TEST else f"{text[: _LONGEST_TEST - 3].rstrip()}..."
    return {"IETESTCD": codes[item.id], "IETEST": short, "IECAT": item.kind.value.upper()}


def _test_code(item: Criterion) -> str:
    letters = re.sub(r"[^A-Z0-9]", "", item.id.upper())[:_LETTERS]
    mark = base64.b32encode(hashlib.sha256(item.id.encode()).digest()).decode()[:_MARK]
    return f"{item.kind.value[0].upper()}{letters}{mark}"
