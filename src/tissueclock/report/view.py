"""What the report says in words and rows, the same for the page and for the pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from tissueclock.core.provenance import JsonValue
from tissueclock.core.quality import Level
from tissueclock.eligibility.outcome import Assessment, Outcome
from tissueclock.facts.case import Fact
from tissueclock.facts.vocabulary import definition_of
from tissueclock.image.series import Modality
from tissueclock.report.axial import levels_with
from tissueclock.report.format import (
    HeadlinePart,
    Printed,
    State,
    compact,
    interval_text,
    position_text,
    printed,
    sentence,
    words,
)
from tissueclock.report.model import Location, ReportModel
from tissueclock.report.montage import summary_levels
from tissueclock.report.notice import CT_CORE_ERROR, INTERVALS_ARE, RELATIVE_FLOW, SVD_FLOW

_LONGEST_LIST = 8


@dataclass(frozen=True, slots=True)
class RowSpec:
    """Which fact stands in a row, under which label, with how many decimals."""

    name: str
    label: str
    decimals: int = 1


_GROUPS = (
    (
        "Delay",
        tuple(RowSpec(f"tmax{limit}_ml", f"Tmax > {limit} s") for limit in (2, 4, 6, 8, 10)),
    ),
    (
        "Flow, within delayed tissue",
        (
            RowSpec("core_cbf38_ml", "CBF < 38 % of reference"),
            RowSpec("core_cbf34_ml", "CBF < 34 % of reference"),
            RowSpec("core_cbf_ml", "CBF < 30 % of reference"),
            RowSpec("core_cbf20_ml", "CBF < 20 % of reference"),
            RowSpec("core_reference_low_ml", "CBF < 30 %, reference 20 % lower"),
            RowSpec("core_reference_high_ml", "CBF < 30 %, reference 20 % higher"),
        ),
    ),
    (
        "Core and mismatch",
        (
            RowSpec("core_ml", "Core"),
            RowSpec("core_adc_ml", "Core on diffusion"),
            RowSpec("hypoperfused_ml", "Hypoperfused"),
            RowSpec("mismatch_ml", "Mismatch (difference of volumes)"),
            RowSpec("mismatch_voxelwise_ml", "Mismatch voxel by voxel (information only)"),
            RowSpec("mismatch_ratio", "Mismatch ratio"),
            RowSpec("hypoperfusion_intensity_ratio", "Hypoperfusion intensity ratio (HIR)", 2),
            RowSpec("cbv_index", "CBV index", 2),
            RowSpec("unknown_perfusion_ml", "Too little bolus to judge"),
        ),
    ),
    (
        "Reference and coverage",
        (
            RowSpec("reference_ml", "Reference tissue"),
            RowSpec("reference_cbf", "Mean flow of the reference"),
            RowSpec("normal_tmax_s", "Median Tmax of normal tissue"),
            RowSpec("brain_ml", "Brain in the scan"),
            RowSpec("slab_coverage_cm", "Slab"),
        ),
    ),
)
_PRINTED_ELSEWHERE = frozenset({"lesion_side"})
_BANNERS = MappingProxyType(
    {
        Level.PASS: "Quality checks passed",
        Level.WARN: "Quality: read with care",
        Level.FAIL: "Quality control failed: verdict withheld",
    }
)
_SIDES = MappingProxyType(
    {
        "left": "Left (the patient's left, on the right of the pictures)",
        "right": "Right (the patient's right, on the left of the pictures)",
        "bilateral": "Bilateral",
        "none": "None (no cluster of delayed tissue)",
    }
)


@dataclass(frozen=True, slots=True)
class FactRow:
    """One row of a table of facts."""

    label: str
    value: Printed
    interval: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class FactGroup:
    """Rows under one heading."""

    title: str
    rows: tuple[FactRow, ...]

    @property
    def has_intervals(self) -> bool:
        """Whether any row has an interval."""
        return any(row.interval for row in self.rows)


@dataclass(frozen=True, slots=True)
class Banner:
    """The quality verdict in words, and the reasons for it."""

    level: Level | None
    title: str
    reasons: tuple[str, ...]


def label_items(model: ReportModel) -> tuple[tuple[str, str], ...]:
    """Return what names the patient, as (word, value); nothing for an anonymous report."""
    if model.label is None:
        return ()
    return (
        ("Name", model.label.patient_name or "not stated"),
        ("ID", model.label.patient_id or "not stated"),
        ("Accession", model.label.accession or "not stated"),
        ("Acquired", model.label.acquired_at or "not stated"),
    )


def label_line(model: ReportModel) -> str:
    """Return the label as one line."""
    return "  |  ".join(f"{word}: {value}" for word, value in label_items(model)) or "Anonymous report"


def banner(model: ReportModel) -> Banner:
    """Return the quality verdict with the text of every check that did not pass, the worst first."""
    if not model.flags:
        return Banner(None, "Quality was not checked", ())
    worst_first = [
        flag.text for level in (Level.FAIL, Level.WARN) for flag in model.flags if flag.level is level
    ]
    return Banner(model.verdict, _BANNERS[model.verdict], tuple(worst_first))


def headline_notes(parts: Iterable[HeadlinePart]) -> tuple[str, ...]:
    """Return why parts of the headline are not measured or withheld, equal reasons together."""
    labels: dict[tuple[State, str], list[str]] = {}
    for part in parts:
        if part.value.state is not State.KNOWN:
            labels.setdefault((part.value.state, part.value.reason), []).append(part.label)
    return tuple(
        f"{', '.join(found)}: {reason if state is State.WITHHELD else f'not measured, {reason}'}."
        for (state, reason), found in labels.items()
    )


def side_text(model: ReportModel) -> str:
    """Return the side of the lesion in words, the patient's."""
    value = printed(model.facts.get("lesion_side"))
    if value.state is State.UNKNOWN:
        return f"Not measured ({value.reason})"
    side = _SIDES[value.text]
    return f"{side}: withheld" if value.state is State.WITHHELD else side


def summary_items(model: ReportModel) -> tuple[tuple[str, str], ...]:
    """Return what stands under the headline, as (word, text): the side, and the class of every profile."""
    classes = ((profile.title, words(profile.label).capitalize()) for profile in model.profiles)
    return (("Side", side_text(model)), *classes)


def slices_note(model: ReportModel) -> str:
    """Return which slices the montage shows."""
    shown, present = len(summary_levels(model)), len(levels_with(model.brain, model.grid))
    order = "from the feet to the head, in radiological convention (R: the patient's right)"
    return f"{present} slices {order}." if shown == present else f"{shown} of {present} slices {order}."


def fact_groups(model: ReportModel) -> tuple[FactGroup, ...]:
    """Return the tables of volumes: a row for every fact that the model has, a group for every row."""
    groups = (FactGroup(title, tuple(_rows(model, specs))) for title, specs in _GROUPS)
    return tuple(group for group in groups if group.rows)


def other_facts(model: ReportModel) -> tuple[FactRow, ...]:
    """Return the facts that no group shows, by their definition, with their source."""
    grouped = {spec.name for _, specs in _GROUPS for spec in specs} | _PRINTED_ELSEWHERE
    return tuple(
        FactRow(sentence(definition_of(fact.name).definition), printed(fact), "", fact.source)
        for fact in model.facts.values()
        if fact.name not in grouped
    )


def fact_footnotes(model: ReportModel) -> tuple[str, ...]:
    """Return what stands under the tables: what intervals are, and what flow is on this modality."""
    intervals = (INTERVALS_ARE,) if any(fact.interval for fact in model.facts.values()) else ()
    flow = (CT_CORE_ERROR, SVD_FLOW) if model.modality is Modality.CT else (RELATIVE_FLOW,)
    return intervals + flow


def decision_reason(assessment: Assessment) -> str:
    """Return what a decision rests on: the criteria that fail, else how many are open."""
    texts = {outcome: [r.text for r in assessment.criteria if r.outcome is outcome] for outcome in Outcome}
    if texts[Outcome.FAIL]:
        return f"fails: {'; '.join(texts[Outcome.FAIL])}"
    if texts[Outcome.UNKNOWN]:
        return f"{len(texts[Outcome.UNKNOWN])} of {len(assessment.criteria)} criteria open"
    return f"none of {len(assessment.criteria)} criteria stands in the way"


def listed(names: Sequence[str]) -> str:
    """Return names as a list, a long one cut and counted; the criteria and the JSON hold all of them."""
    shown = ", ".join(names[:_LONGEST_LIST])
    return f"{shown} and {len(names) - _LONGEST_LIST} more" if len(names) > _LONGEST_LIST else shown or "–"


def input_rows(model: ReportModel) -> tuple[tuple[str, str], ...]:
    """Return what was read as (words, text), nested tables flattened."""
    return tuple(_flat(model.input))


def plain_text(value: JsonValue) -> str:
    """Return a JSON value as people read it; long lists are counted."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "not stated"
    if isinstance(value, float):
        return compact(value)
    if isinstance(value, Mapping):
        return "; ".join(f"{label} {text}" for label, text in _flat(value))
    if isinstance(value, (list, tuple)):
        return listed([plain_text(item) for item in value])
    return str(value)


def location_text(location: Location) -> str:
    """Return where a curve was read."""
    voxel = ", ".join(str(index) for index in location.voxel)
    return f"voxel {voxel}; {position_text(location.ras_mm)}"


def _rows(model: ReportModel, specs: tuple[RowSpec, ...]) -> Iterator[FactRow]:
    for spec in specs:
        fact = model.facts.get(spec.name)
        if fact is not None:
            relative = fact.name == "reference_cbf" and model.modality is Modality.MR
            value = printed(fact, spec.decimals, "(relative)" if relative else None)
            interval = interval_text(fact, spec.decimals)
            yield FactRow(_label(model, spec), value, interval, _note(fact, value))


def _label(model: ReportModel, spec: RowSpec) -> str:
    """Return a row's label, with this preset's threshold where the fact has no fixed one."""
    rule = {"core_ml": model.core_rule, "hypoperfused_ml": model.delay_rule}.get(spec.name)
    return f"{spec.label} ({rule})" if rule else spec.label


def _note(fact: Fact, value: Printed) -> str:
    """Return why a fact is unknown, or what the core is from; a failed gate is named beside the headline."""
    if value.state is State.UNKNOWN:
        return value.reason
    return f"from {fact.source}" if fact.name == "core_ml" else ""


def _flat(table: Mapping[str, JsonValue], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        label = f"{prefix}{words(key)}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{label}: ")
        else:
            yield label, plain_text(value)
