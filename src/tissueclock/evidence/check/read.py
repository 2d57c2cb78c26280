"""Read printed results from the bytes of a file: TOML by its ending, or a text that is searched for them."""

from __future__ import annotations

from pathlib import PurePath

from tissueclock.core.errors import InputError
from tissueclock.evidence.check.model import PrintedDocument
from tissueclock.evidence.check.read_toml import read_toml
from tissueclock.evidence.check.text.read import read_text

_TEXTS = (".txt", ".md", ".text", "")
_LONGEST_BYTES = 2_000_000
"""A paper has a tenth of this (our choice); what is longer is no report of a trial."""


def read_printed(content: bytes, file: str) -> PrintedDocument:
    """Return what a file says was printed; `file` is its name.

    Raises InputError for another kind of file, one that is not UTF-8, an empty one, and for TOML that is not
    as `check.schema.json` says.
    """
    ending = PurePath(file).suffix.lower()
    if ending != ".toml" and ending not in _TEXTS:
        raise InputError(
            f"a file ending in '{ending}' is not read.",
            where=file,
            remedy="Give a .toml file, or the text of the report as .txt.",
        )
    if len(content) > _LONGEST_BYTES:
        raise InputError("it is longer than a report.", where=file, remedy="Give the part with the results.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("it is not UTF-8 text.", where=file, remedy="Save it as UTF-8.") from None
    if not text.strip() or "\0" in text:
        raise InputError("it holds no text.", where=file, remedy="Give the text of the report.")
    return read_toml(text, file) if ending == ".toml" else read_text(text)
