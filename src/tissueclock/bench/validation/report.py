"""The results as lines for a terminal: targets first, then groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def lines_of(results: Mapping[str, Any]) -> list[str]:
    """Return the results as tab-separated lines."""
    return [*_rows(results), *_targets(results)]


def _rows(results: Mapping[str, Any]) -> Iterator[str]:
    for row in (*results["rows"], *results["groups"]):
        if row["kind"] == "patient":
            core, delay = (_errors(row[name]) for name in ("core", "tmax6"))
            yield f"{row['name']}\t{row['cases']} cases\tcore {core}\tTmax > 6 s {delay}\t{_dice(row)}"
        else:
            r = (row["maps"].get(f"{name} against {name}", {}).get("r") for name in ("cbf", "cbv", "mtt"))
            numbers = ", ".join("-" if value is None else f"{value:.3f}" for value in r)
            yield f"{row['name']}\t{row['cases']} cases\tr of CBF, CBV, MTT {numbers}"


def _errors(errors: Mapping[str, Any] | None) -> str:
    if errors is None:
        return "-"
    return f"bias {errors['bias_ml']:+.1f}, RMSE {errors['rmse_ml']:.1f}, worst {errors['worst_ml']:+.1f} mL"


def _dice(row: Mapping[str, Any]) -> str:
    values = (row["dice_core"], row["dice_tmax6"])
    return "Dice " + ", ".join("-" if value is None else f"{value:.2f}" for value in values)


def _targets(results: Mapping[str, Any]) -> Iterator[str]:
    words = {True: "met", False: "MISSED", None: "not judged"}
    for item in results["targets"]:
        found = "-" if item["found"] is None else f"{item['found']:.4g} {item['unit']}".strip()
        yield f"{words[item['met']]}\t{item['what']}\twanted {item['wanted']}\tfound {found}"
