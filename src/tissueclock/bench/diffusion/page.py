"""The page on diffusion, written from the results of a run and from nothing else (Markdown)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from tissueclock.bench.diffusion.cases import Part
from tissueclock.bench.markdown import table

_PARTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        Part.CORE.value: (
            "The core",
            "Cores of 1 to 110 mL (asked for as acute tissue, log-uniform), any side and territory, SNR 30 "
            "to 80, the trace image or three directions, voxels of 2 to 3.4 mm in slices of 4 to 7 mm, heads "
            "that lie up to 5 mm and 4 degrees askew; four in ten each with leukoaraiosis and an artefact at "
            "the skull base, three in ten each with T2 shine-through, an old infarct, and more core outside "
            "the delay. Water moves at 0.50 to 0.65 of its usual pace in acute tissue. The truth is the "
            "volume of whole voxels, mostly acute tissue, whose noise-free ADC lies below the limit.",
        ),
        Part.NEGATIVE.value: (
            "No acute lesion",
            "Six kinds of patients in turn, SNR 20 to 80. Any core is a false one.",
        ),
        Part.REGISTRATION.value: (
            "Registration",
            "Patients with a stroke who move by up to 10 mm and 8 degrees in any direction between the "
            "perfusion run and diffusion, and again before FLAIR; three different grids. The error is the "
            "largest in the brain. The residual is what the report prints, and more than 3 mm of it withhold "
            "what rests on places.",
        ),
        Part.FLAIR.value: (
            "The FLAIR ratio",
            "Lesions of 2 to 80 mL in every territory, FLAIR signal of acute tissue 0.95 to 1.45 times the "
            "usual, FLAIR displaced by up to 5 mm and 4 degrees; four in ten with leukoaraiosis. Noise-free "
            "images read another ratio than the factor that was put in, where the two sides differ in their "
            "mix of grey and white matter. The verdict is judged where the factor is further than 0.05 from "
            "1.15.",
        ),
        Part.CLASSES.value: (
            "The DEFUSE 2 class",
            "Ten perfusion runs (voxels of 3.0 x 7.6 mm), each against ten diffusion scans of its own (3.1 "
            "x 6.2 mm); a patient has the delay of the run and the core of the scan. Truths were asked for "
            "2 to 30 % beside an edge. An edge is one that would change the class if it were crossed alone.",
        ),
    }
)


def page_of(results: Mapping[str, Any]) -> str:
    """Return the page."""
    parts = [*_opening(results), *_goals(results)]
    for part, (title, words) in _PARTS.items():
        tables = [item for item in results["tables"] if item["part"] == part]
        if tables:
            parts += [f"## {title}", words, *_tables(tables)]
    return "\n\n".join([*parts, *_limits()]) + "\n"


def _opening(results: Mapping[str, Any]) -> Iterator[str]:
    seeds = "; ".join(f"{name} {value}" for name, value in results["seeds"].items())
    yield "<!-- Written by `tissueclock bench --suite diffusion --page FILE`: do not edit. -->"
    yield "# Validation of diffusion"
    yield "Research use only. Not a medical device; not for diagnosis or treatment decisions."
    yield (
        "**Digital patients only. There is no in-vivo validation.** Nothing here says how well tissue of a "
        "real person is measured. It says what the program does to noise, voxels, other illness and "
        "displaced heads where the answer is known. How it is measured: "
        "[diffusion](../reference/diffusion.md); perfusion: [validation](validation.md)."
    )
    yield (
        f"Run: `{results['command']}` ({results['level']} level, {len(results['cases'])} cases), version "
        f"{results['version']}, code {results['code']}. Seeds: {seeds}. Nothing was tuned on them. Presets "
        "as shipped: defuse-2 (ADC < 600) and rapid-modern (ADC < 620)."
    )


def _goals(results: Mapping[str, Any]) -> Iterator[str]:
    yield "## Wanted and found"
    missed = [goal for goal in results["goals"] if goal["met"] is False]
    judged = [goal for goal in results["goals"] if goal["met"] is not None]
    yield (
        f"Of {len(judged)} goals {len(judged) - len(missed)} are met and {len(missed)} missed. A miss is a "
        "miss: each exception stands in the tables below."
    )
    words = {True: "yes", False: "**no**", None: "-"}
    rows = (
        (goal["what"], goal["wanted"], found_of(goal), words[goal["met"]], str(goal["cases"]))
        for goal in results["goals"]
    )
    yield table(("what", "wanted", "found", "met", "n"), rows)


def found_of(goal: Mapping[str, Any]) -> str:
    """Return what was found, with its unit."""
    if goal["found"] is None:
        return "not measured"
    return f"{goal['found']:.4g} {goal['unit']}".strip()


def _tables(tables: list[Mapping[str, Any]]) -> Iterator[str]:
    for item in tables:
        yield f"### {item['title']}"
        if item["words"]:
            yield str(item["words"])
        yield table(item["heads"], item["rows"]) if item["rows"] else "None."


def _limits() -> Iterator[str]:
    yield "## What this cannot show"
    yield (
        "- The head, its illnesses and the artefacts are drawn and chosen by us: a program can be right on "
        "them and wrong in a person. A lesion has a sharp border and one ADC for each tissue; a real one "
        "fades, and much of it may lie above the limit.\n"
        "- Noise is Rician and even over the field. Echo-planar images are not warped here, so a rigid "
        "registration can be as good as it is; with real distortion it cannot.\n"
        "- Patients are scanned on the same slab and lie still during each scan.\n"
        "- Shares over these patients are no rates in any population: they were drawn to find faults."
    )
