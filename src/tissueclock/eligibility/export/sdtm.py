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
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_YEAR_MONTH_DAY = r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_DATE = re.compile(
    r"(?<![0-9])(?:[0-9]{8}"
    rf"|{_YEAR_MONTH_DAY}[0-9]+"
    r"|[0-9]{4}[._-][0-9]{1,2}[._-][0-9]{1,2}"
    r"|[0-3]?[0-9][._-][0-3]?[0-9][._-](?:[0-9]{4}|[0-9]{2})"
    rf"|[0-3]?[0-9][._-]?{_MONTH}[._-]?(?:[0-9]{{4}}|[0-9]{{2}})"
    rf"|[0-9]{{4}}[._-]?{_MONTH}[._-]?[0-3]?[0-9])(?![0-9])"
    rf"|(?<![a-z]){_MONTH}[._-]?[0-3]?[0-9][._-](?:[0-9]{{4}}|[0-9]{{2}})(?![0-9])",
    re.IGNORECASE,
)
"""Eight digits, a day and more digits (a time), and days with separators or the name of a month."""

_LETTERS, _MARK = 4, 3


def ie_rows(protocol: Protocol, assessment: Assessment, study: str, subject: str) -> tuple[Row, ...]:
    """Return a row for each deciding criterion that is not met; open criteria are no exceptions.

    Raises UsageError where the study is no code, or the subject none that has a digit and looks like no date.
    """
    codes = test_codes(protocol)
    head = {"STUDYID": checked_code("study", study), "DOMAIN": "IE"}
    usubjid = f"{study}-{checked_subject(subject)}"
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
    """Return the code of a study or a subject, a word without spaces.

    Raises UsageError, without repeating it, for anything else.
    """
    if not _CODE.fullmatch(text):
        raise UsageError(
            f"the {noun} is not a code.",
            remedy="Use up to 40 letters, digits, dots, hyphens and underscores, without spaces.",
        )
    return text


def checked_subject(text: str) -> str:
    """Return the code of a subject: as `checked_code`, with a digit, and nothing in it shaped like a date.

    Raises UsageError, without repeating it, for anything else. A name with a number (`smith2`) and a day in
    six digits look like codes and are not recognised.
    """
    checked_code("subject", text)
    if not re.search("[0-9]", text):
        raise UsageError(
            "the subject is a word without a digit, which may be a name.",
            remedy="Give the number that the study has given to the subject, for example S-001.",
        )
    if _DATE.search(text):
        raise UsageError(
            "the subject has the shape of a date, which may be a day of birth.",
            remedy="Give the number that the study has given to the subject, for example S-001.",
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
