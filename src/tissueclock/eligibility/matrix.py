"""Trials against families of criteria: at one look, where all trials differ about one patient.

A criterion stands in the column of the first fact that its rule reads; one that reads imaging of several
families (core or ASPECTS, say) stands in each of those. A cell is the worst of its criteria.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tissueclock.eligibility.outcome import Assessment, CriterionResult, Decision, Outcome

FAMILIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "age": ("age",),
        "NIHSS": ("nihss", "nihss_initial", "nihss_pre_rand"),
        "pre-stroke mRS": ("prestroke_mrs", "barthel_prestroke"),
        "window": (
            *("lkw_to_", "discovery_to_", "progression_to_", "sleep_midpoint_to_", "imaging_to_", "mri_to_"),
            *("rand_to_", "wake_up", "onset_known", "symptom_duration_min"),
        ),
        "ASPECTS": ("aspects_", "mca_third"),
        "core": ("core_", "predicted_core_ml"),
        "mismatch": ("mismatch_", "hypoperfus", "tmax", "dwi_flair_mismatch", "flair_sir", "cbv_index"),
        "occlusion": ("occlusion_", "cervical_ica_stenosis_pct", "collateral_grade"),
    }
)
"""The columns, with the facts (or, up to an underscore, the starts of their names) that belong to each."""

OTHER = "other"
COLUMNS = (*FAMILIES, OTHER)
_IMAGING = ("ASPECTS", "core", "mismatch")
_WORST_FIRST = (Outcome.FAIL, Outcome.UNKNOWN, Outcome.PASS, Outcome.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Cell:
    """One trial's criteria of one family.

    `outcome` is None where the trial has none. `criteria` are the ids that have this outcome. `decides` is
    False where all of them are for strata or analysis; `recalled` is True where none of those that have this
    outcome was read in a source.
    """

    outcome: Outcome | None
    criteria: tuple[str, ...] = ()
    decides: bool = True
    recalled: bool = False

    @property
    def word(self) -> str:
        """The cell in print: the outcome, `-` for no criterion, in brackets where it does not decide."""
        if self.outcome is None:
            return "-"
        mark = " recalled" if self.recalled else ""
        word = f"{self.outcome.value}{mark}"
        return word if self.decides else f"({word})"

    def to_json(self) -> dict[str, Any] | None:
        """Return the cell as JSON values; None where there is no criterion."""
        if self.outcome is None:
            return None
        return {
            "outcome": self.outcome.value,
            "criteria": list(self.criteria),
            "decides": self.decides,
            "recalled": self.recalled,
        }


@dataclass(frozen=True, slots=True)
class Row:
    """One trial: its decision and a cell for each of COLUMNS."""

    trial: str
    title: str
    decision: Decision
    cells: tuple[Cell, ...]


def matrix(assessments: Sequence[Assessment]) -> tuple[Row, ...]:
    """Return a row for each assessment, in their order."""
    return tuple(Row(item.trial, item.title, item.decision, _cells(item)) for item in assessments)


def matrix_json(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the matrix as JSON values: trial -> column -> cell."""
    return {
        row.trial: {name: cell.to_json() for name, cell in zip(COLUMNS, row.cells, strict=True)}
        for row in rows
    }


def family_of(fact: str) -> str:
    """Return the column of a fact."""
    for family, starts in FAMILIES.items():
        if any(fact == start or (fact.startswith(start) and _is_start(start)) for start in starts):
            return family
    return OTHER


def families_of(facts: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of a criterion that reads these facts."""
    found = dict.fromkeys(family_of(fact) for fact in facts)
    imaging = tuple(family for family in found if family in _IMAGING)
    return imaging or tuple(found)[:1]


def _is_start(start: str) -> bool:
    return start.endswith("_") or start in ("hypoperfus", "tmax")


def _cells(assessment: Assessment) -> tuple[Cell, ...]:
    by_column: dict[str, list[CriterionResult]] = {name: [] for name in COLUMNS}
    for result in assessment.criteria:
        for family in families_of(result.facts):
            by_column[family].append(result)
    return tuple(_cell(results) for results in by_column.values())


def _cell(results: Sequence[CriterionResult]) -> Cell:
    deciding = [item for item in results if item.role == "gate"]
    counted = deciding or results
    if not counted:
        return Cell(None)
    outcome = next(_worst(counted))
    shown = [item for item in counted if item.outcome is outcome]
    return Cell(
        outcome,
        tuple(item.id for item in shown),
        decides=bool(deciding),
        recalled=all(item.confidence != "found" for item in shown),
    )


def _worst(results: Sequence[CriterionResult]) -> Iterator[Outcome]:
    present = {item.outcome for item in results}
    return (outcome for outcome in _WORST_FIRST if outcome in present)
