"""The folder of a run of the accuracy suite: which code its numbers come from."""

from __future__ import annotations

from pathlib import Path

from tissueclock.bench.ledger import Ledger, digest_of

SUITE = "accuracy"
_NUMBERS_COME_FROM = (
    *("core", "facts", "image", "scan", "anatomy", "perfusion", "phantom", "lesion", "profile"),
    *("protocol", "eligibility", "pipeline"),
    *(f"bench/validation/{name}.py" for name in ("agreement", "draws", "kudo_case", "patient_case")),
    *(f"bench/validation/{name}.py" for name in ("rows", "table", "verdicts")),
)


def code_digest() -> str:
    """Return a digest of the installed code that the suite's numbers come from."""
    return digest_of(_NUMBERS_COME_FROM)


def open_ledger(folder: Path) -> Ledger:
    """Return the folder's ledger; UsageError where it holds the run of other code."""
    return Ledger.open(folder, SUITE, code_digest())
