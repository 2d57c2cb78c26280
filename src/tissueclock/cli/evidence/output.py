"""What an analysis of evidence prints and leaves in `--out DIR`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tissueclock.cli.console import Console
from tissueclock.core.files import json_text, write_atomically
from tissueclock.core.notice import DISCLAIMER
from tissueclock.pipeline.folder import require_folder, writing


def deliver(
    console: Console,
    document: Mapping[str, Any],
    lines: Sequence[str],
    *,
    out: Path | None,
    name: str,
    files: Mapping[str, bytes],
) -> None:
    """Print the document or the lines; with `out` write `files`, and last the document as `NAME.json`.

    Raises UsageError where `out` is a file or may not be written to.
    """
    if out is not None:
        require_folder(out)
        whole = json_text({**document, "disclaimer": DISCLAIMER}).encode("utf-8")
        with writing(out):
            for file, content in {**files, f"{name}.json": whole}.items():
                write_atomically(out / file, content)
    console.result(document, list(lines))
