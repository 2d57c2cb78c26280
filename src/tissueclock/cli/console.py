"""Where output goes: results on stdout, all else on stderr; with --json stdout is one JSON document."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import Any, TextIO

from tissueclock.core.errors import TissueclockError
from tissueclock.core.files import json_text
from tissueclock.core.notice import DISCLAIMER


class Console:
    """The two streams of a command."""

    def __init__(self, *, json: bool) -> None:
        self.json = json

    def result(self, document: Mapping[str, Any], lines: list[str]) -> None:
        """Print a result once: as JSON with the disclaimer, or as lines with the disclaimer last."""
        if self.json:
            _write(sys.stdout, json_text({**document, "disclaimer": DISCLAIMER}))
        else:
            _write(sys.stdout, "\n".join([*lines, DISCLAIMER]) + "\n")

    def progress(self, line: str) -> None:
        """Say what is going on, on stderr."""
        _write(sys.stderr, f"{line}\n")

    def error(self, error: TissueclockError) -> None:
        """Print an error on stderr; with --json also as the document on stdout."""
        _write(sys.stderr, f"tissueclock: {error}\n")
        if self.json:
            document = {
                "code": int(error.exit_code),
                "found": error.found,
                "where": error.where,
                "remedy": error.remedy,
            }
            _write(sys.stdout, json_text({"error": document, "disclaimer": DISCLAIMER}))


def settle() -> None:
    """Send what is still buffered, so that a reader who has gone away is no error at the very end."""
    _write(sys.stdout, "")
    _write(sys.stderr, "")


def _write(stream: TextIO | None, text: str) -> None:
    """Write and flush. A closed stream or pipe swallows the text: the command's work and exit code stand."""
    if stream is None:
        return
    try:
        try:
            stream.write(text)
        except UnicodeEncodeError:
            stream.write(_in_ascii(text))
        stream.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _in_ascii(text: str) -> str:
    r"""Return text with \u escapes, as JSON has them, for a terminal that has fewer characters."""
    return "".join(letter if letter.isascii() else json.dumps(letter)[1:-1] for letter in text)
