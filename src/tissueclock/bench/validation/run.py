"""Runs the cases of the accuracy suite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tissueclock.bench.ledger import Ledger
from tissueclock.bench.runner import run_all
from tissueclock.bench.validation.kudo_case import measure_kudo
from tissueclock.bench.validation.patient_case import measure_patient
from tissueclock.bench.validation.rows import Case, PatientRow
from tissueclock.pipeline.watch import Progress


def run_case(case: Case) -> dict[str, Any]:
    """Simulate and measure one case; return its record as JSON values."""
    row = case.row
    patient = isinstance(row, PatientRow)
    found = measure_patient(row, case.seed) if isinstance(row, PatientRow) else measure_kudo(row, case.seed)
    return {
        "id": case.id,
        "row": row.name,
        "group": row.group,
        "kind": "patient" if patient else "kudo",
        "modality": row.acquisition.modality.value,
        "seed": case.seed,
        **found,
    }


def run_cases(cases: Sequence[Case], ledger: Ledger, workers: int, progress: Progress) -> None:
    """Run every case that the ledger does not hold; `workers` processes, this one alone for 1."""
    run_all(cases, run_case, ledger, workers, progress)
