"""The results of a run: one summary a row and a group, and the targets; all of it JSON and one table."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from tissueclock.bench.validation.agreement import digits
from tissueclock.bench.validation.coverage import STATED, Coverage, by_stratum
from tissueclock.bench.validation.tally import Errors, Flips, Record, mean_of, median_of
from tissueclock.bench.validation.targets import targets
from tissueclock.bench.validation.verdicts import ANSWERS

DRAWN = ("cohort", "negative")
"""Groups of patients of whom each is a row of his own: only the group is summed up."""
_VOLUMES = ("core", "tmax6")
_MAP_NUMBERS = ("bias", "rmse", "rmse_tiles", "r")


def results(header: dict[str, Any], records: Sequence[Record]) -> dict[str, Any]:
    """Return the whole results as a JSON document; `header` says what was run, and how."""
    return {
        **header,
        "rows": [summary(name, some) for name, some in _by(records, "row") if some[0]["group"] not in DRAWN],
        "groups": [summary(name, some) for name, some in _by(records, "group")],
        "coverage": list(_coverage([record for record in records if record["group"] == "cohort"])),
        "targets": [target.to_json() for target in targets(records)],
        "worst": worst(records),
    }


def _coverage(records: Sequence[Record]) -> Iterator[dict[str, Any]]:
    """Yield one row a stratum of the cohort: how often the interval of each fact holds the truth."""
    measured = [record for record in records if "refused" not in record]
    for kind, stratum, some in (("all", "all", measured), *by_stratum(measured)):
        covered = {name: asdict(Coverage.of(name, some)) for name in STATED}
        yield {"kind": kind, "stratum": stratum, "cases": len(some), **covered}


def summary(name: str, records: Sequence[Record]) -> dict[str, Any]:
    """Return the summary of some cases, all of patients or all of the Kudo phantom."""
    measured = [record for record in records if "refused" not in record]
    head = {
        "name": name,
        "group": records[0]["group"],
        "kind": records[0]["kind"],
        "modality": "/".join(sorted({record["modality"] for record in records})),
        "cases": len(records),
        "refused": len(records) - len(measured),
    }
    body = _of_patients(records, measured) if head["kind"] == "patient" else _of_kudo(measured)
    return {**head, **body, "maps": _maps(measured)}


def worst(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Return the cases that were measured worst: by core, by Tmax > 6 s, and by overlap, each another one."""
    patients = [record for record in records if record["kind"] == "patient" and "refused" not in record]
    measures: tuple[tuple[str, Callable[[Record], float | None]], ...] = (
        ("largest error of the core", lambda record: _error(record, "core")),
        ("largest error of Tmax > 6 s", lambda record: _error(record, "tmax6")),
        ("least overlap of Tmax > 6 s", lambda record: _missing_overlap(record)),
    )
    found: list[dict[str, Any]] = []
    for why, measure in measures:
        known = [(value, record) for record in patients if (value := measure(record)) is not None]
        taken = {item["row"] for item in found}
        known = [(value, record) for value, record in known if record["row"] not in taken]
        if known:
            record = max(known, key=lambda item: item[0])[1]
            found.append({"why": why, **_shown(record)})
    return found


def table(results: dict[str, Any]) -> str:
    """Return the rows as CSV, one line a row of the suite, the columns of patients and Kudo side by side."""
    flat = [_flat(row) for row in results["rows"]]
    names = list(dict.fromkeys(name for row in flat for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    return text.getvalue()


def results_text(results: dict[str, Any]) -> str:
    """Return the results as JSON, one line a row, a group, a target: short, and easy to compare."""
    lines = []
    for name, value in results.items():
        inner = (
            "[\n" + ",\n".join(f"    {_json(item)}" for item in value) + "\n  ]"
            if isinstance(value, list)
            else _json(value)
        )
        lines.append(f'  "{name}": {inner}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _by(records: Sequence[Record], key: str) -> Iterable[tuple[str, list[Record]]]:
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(record[key], []).append(record)
    return found.items()


def _of_patients(records: Sequence[Record], measured: Sequence[Record]) -> dict[str, Any]:
    document: dict[str, Any] = {"withheld": sum(bool(record["gates"]) for record in measured)}
    for name in _VOLUMES:
        document[f"true_{name}_ml"] = digits(mean_of(r["truth"][f"{name}_ml"] for r in records))
        for title, truth in ((name, f"{name}_ml"), (f"{name}_by_voxels", f"{name}_voxels_ml")):
            errors = Errors.of((record[f"{name}_ml"], record["truth"][truth]) for record in measured)
            document[title] = None if errors is None else errors.to_json()
        document[f"dice_{name}"] = digits(median_of(record[f"dice_{name}"] for record in measured), 4)
    document["sides_right"] = sum(record["side"] == record["truth"]["side"] for record in measured)
    document["flips"] = {question: asdict(Flips.of(question, measured)) for question in ANSWERS}
    document["intervals"] = {name: asdict(Coverage.of(name, measured)) for name in STATED}
    document["seconds"] = digits(median_of(record["seconds"] for record in measured), 3)
    return document


def _of_kudo(measured: Sequence[Record]) -> dict[str, Any]:
    names = ("tmax_slope", "cbf_percent_per_s", "core_class_accuracy")
    return {name: digits(mean_of(record[name] for record in measured), 4) for name in names}


def _maps(measured: Sequence[Record]) -> dict[str, dict[str, float | None]]:
    titles = dict.fromkeys(title for record in measured for title in record["maps"])
    return {
        title: {
            number: digits(mean_of(r["maps"].get(title, {}).get(number) for r in measured), 4)
            for number in _MAP_NUMBERS
            if any(number in r["maps"].get(title, {}) for r in measured)
        }
        for title in titles
    }


def _error(record: Record, name: str) -> float | None:
    found, true = record[f"{name}_ml"], record["truth"][f"{name}_ml"]
    return None if found is None or true is None else abs(found - true)


def _missing_overlap(record: Record) -> float | None:
    return None if record["dice_tmax6"] is None else 1 - record["dice_tmax6"]


def _shown(record: Record) -> dict[str, Any]:
    keys = ("id", "row", "seed", "group", "modality", "core_ml", "tmax6_ml", "dice_tmax6", "gates", "truth")
    return {key: record[key] for key in keys}


def _flat(document: dict[str, Any], before: str = "") -> dict[str, Any]:
    """Return nested numbers as columns whose names are joined by points."""
    flat: dict[str, Any] = {}
    for name, value in document.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{before}{name}.")
        else:
            flat[before + name] = value
    return flat
