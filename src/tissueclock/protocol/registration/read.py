"""The bytes of a registration -> Registration, whichever of the two forms it has."""

from __future__ import annotations

import re

from tissueclock.core.errors import InputError
from tissueclock.protocol.registration.clinicaltrials import registration_of_json
from tissueclock.protocol.registration.record import Registration
from tissueclock.protocol.registration.text_export import registration_of_text

_LARGEST = 5_000_000  # our choice: bytes; the longest records with results are near 3 MB
_ADVICE = "Give a ClinicalTrials.gov record (API version 2, JSON) or the text of a registration, as UTF-8."


def read_registration(content: bytes, file: str) -> Registration:
    """Read a registration; `file` is its name, for messages.

    Raises InputError, with the line, for an empty file, another kind of document, or malformed JSON.
    """
    if len(content) > _LARGEST:
        raise InputError("it is larger than any registration.", where=f"{file}:1", remedy=_ADVICE)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError("it is not UTF-8 text.", where=f"{file}:{line}", remedy=_ADVICE) from error
    start = text.lstrip()[:200].lower()
    if not start:
        raise InputError("it is empty.", where=f"{file}:1", remedy=_ADVICE)
    if re.match(r"<(?:!doctype|html|\?xml)", start):
        raise InputError("it is HTML or XML.", where=f"{file}:1", remedy=_ADVICE)
    read = registration_of_json if start[0] in "{[" else registration_of_text
    return read(text, file)
