"""Whose scan it is: shown on the report and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """Patient and study identification, for the report's label only.

    It has no readable `repr`, so that no log line or traceback can carry it.
    """

    patient_name: str = ""
    patient_id: str = ""
    accession: str = ""
    acquired_at: str = ""

    def __repr__(self) -> str:
        return "Identity(...)"
