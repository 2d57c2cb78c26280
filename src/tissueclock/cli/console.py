"""Where output goes: results on stdout, all else on stderr; with --json stdout is one JSON document."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

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
            sys.stdout.write(json_text({**document, "disclaimer": DISCLAIMER}))
        else:
            sys.stdout.write("\n".join([*lines, DISCLAIMER]) + "\n")
        sys.stdout.flush()

    def progress(self, line: str) -> None:
        """Say what is going on, on stderr."""
        print(line, file=sys.stderr, flush=True)

    def error(self, error: TissueclockError) -> None:
        """Print an error on stderr; with --json also as the document on stdout."""
        print(f"tissueclock: {error}", file=sys.stderr, flush=True)
        if self.json:
            document = {
                "code": int(error.exit_code),
                "found": error.found,
                "where": error.where,
                "remedy": error.remedy,
            }
            sys.stdout.write(json_text({"error": document, "disclaimer": DISCLAIMER}))
            sys.stdout.flush()
