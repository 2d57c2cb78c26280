"""What the report says in words and rows, the same for the page and for the pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from tissueclock.core.provenance import JsonValue
from tissueclock.core.quality import SHARE, Level, QualityFlag, failed_gates
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
from tissueclock.report.notice import CT_CORE_ERROR, INTERVALS_ARE, RELATIVE_FLOW, SVD_FLOW

_LONGEST_LIST = 8
_TURNS = MappingProxyType(dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A))))


@dataclass(frozen=True, slots=True)
class RowSpec:
    """Which fact stands in a row, under which label, with how many decimals."""

    name: str
    label: str
    decimals: int = 1


_HIR = RowSpec(
    "hypoperfusion_intensity_ratio", "Hypoperfusion intensity ratio (HIR): Tmax > 10 s over Tmax > 6 s", 2
)
_REFERENCE = (
    RowSpec("reference_ml", "Reference tissue"),
    RowSpec("reference_cbf", "Mean flow of the reference"),
)
_LATE = RowSpec("ttp45_ml", "Relative TTP > 4.5 s (no input curve; a check of Tmax > 6 s)")
_BESIDE_LADDER = MappingProxyType({"tmax": (_LATE, _HIR), "cbf": _REFERENCE})
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
        "By side and posterior fossa",
        (
            RowSpec("core_left_ml", "Core, patient's left"),
            RowSpec("core_right_ml", "Core, patient's right"),
            RowSpec("core_posterior_fossa_ml", "Core, posterior fossa"),
            RowSpec("tmax6_left_ml", "Tmax > 6 s, patient's left"),
            RowSpec("tmax6_right_ml", "Tmax > 6 s, patient's right"),
            RowSpec("tmax6_posterior_fossa_ml", "Tmax > 6 s, posterior fossa"),
        ),
    ),
    (
        "Core and mismatch",
        (
            RowSpec("core_ml", "Core"),
            RowSpec("core_adc_ml", "Core on diffusion"),
            RowSpec("hypoperfused_ml", "Hypoperfused"),
            _LATE,
            RowSpec("mismatch_ml", "Mismatch (difference of volumes)"),
            RowSpec("mismatch_voxelwise_ml", "Mismatch voxel by voxel (information only)"),
            RowSpec("mismatch_ratio", "Mismatch ratio"),
            _HIR,
            RowSpec("cbv_index", "CBV index", 2),
            RowSpec("unknown_perfusion_ml", "Too little bolus to judge"),
        ),
    ),
    (
        "Reference and coverage",
        (
            *_REFERENCE,
            RowSpec("normal_tmax_s", "Median Tmax of normal tissue"),
            RowSpec("brain_ml", "Brain in the scan"),
            RowSpec("slab_coverage_cm", "Slab"),
        ),
    ),
)
_HEADLINE = (
    ("core_ml", "core", 0),
    ("hypoperfused_ml", "hypoperfused", 0),
    ("mismatch_ml", "mismatch", 0),
    ("mismatch_ratio", "ratio", 1),
)
_PRINTED_ELSEWHERE = frozenset({"lesion_side"})
_BANNERS = MappingProxyType(
    {
        Level.PASS: "Quality checks passed",
        Level.WARN: "Quality: read with care",
        Level.FAIL: "Quality control failed: verdict withheld",
    }
)
_PAGES = (
    ("summary", "{} report"),
    ("volumes", "Volumes and ladders"),
    ("rules", "Profiles and trials"),
    ("maps", "Perfusion maps"),
    ("diffusion", "Diffusion"),
    ("quality", "Quality"),
    ("methods", "Methods and provenance"),
)
_NAME_UNITS = MappingProxyType({"s": "s", "mm": "mm", "cm": "cm", "ml": "mL", "deg": "degrees", "hu": "HU"})
_SIDES = MappingProxyType(
    {
        "left": "Left (the patient's left, on the right of the pictures)",
        "right": "Right (the patient's right, on the left of the pictures)",
        "bilateral": "Bilateral",
        "none": "None (no cluster of delayed tissue)",
    }
)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the report: its name (an anchor, and the name of the picture), title and number."""

    name: str
    title: str
    number: int
    of: int

    @property
    def number_text(self) -> str:
        """The page number: "2 of 6"."""
        return f"{self.number} of {self.of}"


@dataclass(frozen=True, slots=True)
class FlagRow:
    """One quality check with its value and limit in print."""

    flag: QualityFlag
    value: str
    limit: str


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


def pages(model: ReportModel) -> tuple[Page, ...]:
    """Return the pages of the report; without maps or diffusion there is no page of them."""
    absent = {
        *(() if model.maps else ("maps",)),
        *(() if model.diffusion is not None else ("diffusion",)),
    }
    subject = model.subject.capitalize()
    found = [(name, title.format(subject)) for name, title in _PAGES if name not in absent]
    return tuple(Page(name, title, number, len(found)) for number, (name, title) in enumerate(found, 1))


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
    """Return the label as one line, without marks that would turn the direction of what follows them."""
    pairs = (f"{word}: {value.translate(_TURNS)}" for word, value in label_items(model))
    return "  |  ".join(pairs) or "Anonymous report"


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


def withheld_note(model: ReportModel) -> str:
    """Return what stands beside pictures whose volumes are withheld; nothing where none is."""
    gates = failed_gates(model.flags)
    if not gates:
        return ""
    names = ", ".join(words(gate) for gate in gates)
    return f"Withheld by {names}: masks and maps are shown to be looked at; no rule reads their volumes."


def rule_notes(model: ReportModel) -> tuple[str, ...]:
    """Return the rules behind the headline in sentences; a number that is unknown needs none."""
    core, delay = model.facts.get("core_ml"), model.facts.get("hypoperfused_ml")
    notes = []
    if core is not None and core.source and _has(core):
        within = f", within {model.delay_rule}" if model.core_rule and model.modality is Modality.CT else ""
        notes.append(f"Core: {core.source}{within}.")
    if delay is not None and delay.source and _has(delay):
        notes.append(f"Hypoperfused: {delay.source}.")
    if _has(model.facts.get("mismatch_ml")):
        notes.append("Mismatch: hypoperfused minus core, as volumes. Ratio: hypoperfused over core.")
    spans = tuple(_spans(model))
    if spans:
        notes.append(f"90 % intervals (repeatability): {'; '.join(spans)}.")
    return tuple(notes)


def _spans(model: ReportModel) -> Iterator[str]:
    """Yield the intervals behind the headline, rounded as it is."""
    for name, word, decimals in _HEADLINE:
        fact = model.facts.get(name)
        if fact is not None and _has(fact) and fact.interval is not None:
            yield f"{word} {interval_text(fact, decimals)} {fact.unit}".rstrip()


def _has(fact: Fact | None) -> bool:
    return fact is not None and (fact.value is not None or fact.infinite)


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
    side = (("Side", side_text(model)),) if model.curves is not None else ()
    return (*side, *flair_items(model), *classes)


def flair_items(model: ReportModel) -> Iterator[tuple[str, str]]:
    """Yield what FLAIR says beside diffusion, where it was measured."""
    if model.diffusion is None or model.diffusion.flair_verdict is None:
        return
    ratio = printed(model.facts.get("flair_sir"), 2)
    why = f" ({ratio.reason})" if ratio.state is State.UNKNOWN else ""
    yield "DWI against FLAIR", f"{model.diffusion.flair_verdict}, ratio {ratio.marked}{why}"


def slices_note(model: ReportModel, shown: int) -> str:
    """Return which slices a montage of `shown` slices shows."""
    present = len(levels_with(model.brain, model.grid))
    number = str(present) if shown == present else f"{shown} of {present}"
    order = "from the feet to the head, in radiological convention (R: the patient's right)"
    return f"{number} slice{'' if present == 1 else 's'} {order}."


def maps_note(model: ReportModel, shown: int) -> str:
    """Return which slices the rows of maps show, and what their colours leave out."""
    faint = model.faint is not None and bool(model.faint.any())
    black = " Voxels with too little bolus to judge are black." if faint else ""
    return f"{slices_note(model, shown)} Values beyond the ends of a scale are drawn as its ends.{black}"


def fact_groups(model: ReportModel) -> tuple[FactGroup, ...]:
    """Return the tables of volumes: a row for every fact that the model has and that no ladder shows."""
    shown = {name for ladder in model.ladders for name in ladder.facts}
    groups = (
        FactGroup(title, tuple(_rows(model, [spec for spec in specs if spec.name not in shown])))
        for title, specs in _GROUPS
    )
    return tuple(group for group in groups if group.rows)


def ladder_rows(model: ReportModel, ladder: str) -> tuple[FactRow, ...]:
    """Return what stands beside a ladder's volumes: HIR beside Tmax, the reference beside CBF."""
    return tuple(_rows(model, _BESIDE_LADDER.get(ladder, ())))


def flag_rows(model: ReportModel) -> tuple[FlagRow, ...]:
    """Return the quality checks, each number with its unit."""
    return tuple(
        FlagRow(flag, _flag_number(flag, flag.value), _flag_number(flag, flag.limit)) for flag in model.flags
    )


def _flag_number(flag: QualityFlag, value: float | None) -> str:
    if value is None:
        return "–"
    factor, unit = (100.0, "%") if flag.unit == SHARE else (1.0, flag.unit)
    return f"{compact(factor * value)} {unit}".rstrip()


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
    if model.curves is None:
        return (*intervals, "Without a perfusion run, delay and mismatch are unknown.")
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


def _rows(model: ReportModel, specs: Iterable[RowSpec]) -> Iterator[FactRow]:
    for spec in specs:
        fact = model.facts.get(spec.name)
        if fact is not None and (_has(fact) or model.curves is not None):
            relative = fact.name == "reference_cbf" and model.modality is Modality.MR
            value = printed(fact, spec.decimals, "(relative)" if relative else None)
            interval = f"{interval_text(fact, spec.decimals)} {fact.unit}" if fact.interval else ""
            yield FactRow(_label(model, spec), value, interval.rstrip(), _note(fact, value))


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
    """Yield (words, text); a unit at the end of a name moves behind the value, where people look for it."""
    for key, value in table.items():
        name, _, last = key.rpartition("_")
        unit = _NAME_UNITS.get(last, "") if name else ""
        label = f"{prefix}{words(name if unit else key)}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{label}: ")
        else:
            text = plain_text(value)
            yield label, f"{text} {unit}" if unit and value not in (None, [], ()) else text
