"""Where output goes: results on stdout, all else on stderr; with --json stdout is one JSON document."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import Any, TextIO

from tissueclock.core.errors import TissueclockError, UsageError
from tissueclock.core.files import json_text
from tissueclock.core.notice import DISCLAIMER

_BAR_CELLS = 24
_OVERWRITE = "\r\033[K"


def progress_bar(words: str, share: float) -> str:
    """Return a bar of fixed width, the share in percent, and what is going on."""
    done = round(_BAR_CELLS * min(max(share, 0.0), 1.0))
    return f"[{'#' * done}{'.' * (_BAR_CELLS - done)}] {100 * share:3.0f} % {words}"


class Console:
    """The two streams of a command."""

    def __init__(self, *, json: bool) -> None:
        self.json = json
        self._bar = False

    @property
    def on_terminal(self) -> bool:
        """Whether the lines of a result are read on a terminal, where columns may stand below each other."""
        return not self.json and sys.stdout is not None and sys.stdout.isatty()

    def result(self, document: Mapping[str, Any], lines: list[str], *, comment: str = "") -> None:
        """Print a result once: as JSON with the disclaimer, or as lines with the disclaimer last.

        `comment` begins a comment in the language of the lines, so that a file made of them stays valid.
        """
        self._clear()
        if self.json:
            _write(sys.stdout, json_text({**document, "disclaimer": DISCLAIMER}))
        else:
            _write(sys.stdout, "\n".join([*lines, comment + DISCLAIMER]) + "\n")

    def text(self, document: Mapping[str, Any], text: str) -> None:
        """Print a file once: as it is (it carries the notice itself), or as a JSON document about it."""
        if self.json:
            self.result(document, [])
            return
        self._clear()
        _write(sys.stdout, text)

    def progress(self, words: str, share: float | None = None) -> None:
        """Say what is going on, on stderr: a bar on a terminal where the share is known, else a line."""
        if share is None or not _is_terminal(sys.stderr):
            self._clear()
            _write(sys.stderr, f"{words}\n")
            return
        _write(sys.stderr, _OVERWRITE + progress_bar(words, share))
        self._bar = True

    def _clear(self) -> None:
        """Take the bar away before anything else is printed."""
        if self._bar:
            _write(sys.stderr, _OVERWRITE)
        self._bar = False

    def error(self, error: TissueclockError) -> None:
        """Print an error on stderr; with --json also as the document on stdout."""
        self._clear()
        _write(sys.stderr, f"tissueclock: {error}\n")
        if self.json:
            document = {
                "code": int(error.exit_code),
                "found": error.found,
                "where": error.where,
                "remedy": error.remedy,
            }
            _write(sys.stdout, json_text({"error": document, "disclaimer": DISCLAIMER}))


def _is_terminal(stream: TextIO | None) -> bool:
    """Return whether a bar can be drawn: on a terminal that understands more than lines."""
    return stream is not None and stream.isatty() and os.environ.get("TERM", "") not in ("", "dumb")


def settle() -> None:
    """Send what is still buffered, so that a reader who has gone away is no error at the very end."""
    _write(sys.stdout, "")
    _write(sys.stderr, "")


def _write(stream: TextIO | None, text: str) -> None:
    """Write and flush. A closed stream or pipe swallows the text: the command's work and exit code stand.

    Raises UsageError, once, where standard output cannot take it: a full disk.
    """
    if stream is None:
        return
    try:
        try:
            stream.write(text)
        except UnicodeEncodeError:
            stream.write(_in_ascii(text))
        stream.flush()
    except OSError as error:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        if stream is sys.stdout and not isinstance(error, BrokenPipeError):
            raise UsageError(
                f"the output cannot be written ({error.strerror}).", remedy="Make room, or write elsewhere."
            ) from error


def _in_ascii(text: str) -> str:
    r"""Return text with \u escapes, as JSON has them, for a terminal that has fewer characters."""
    return "".join(letter if letter.isascii() else json.dumps(letter)[1:-1] for letter in text)
