"""The suite as a whole: its cases in a folder, what they come to, its lines and its page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tissueclock import __version__
from tissueclock.bench.diffusion import classes, core, flair, negative, registration
from tissueclock.bench.diffusion.cases import EXTENTS, Case, Extent, Part, cases
from tissueclock.bench.diffusion.goals import Goal, Record, Table
from tissueclock.bench.diffusion.page import found_of, page_of
from tissueclock.bench.ledger import Ledger, digest_of
from tissueclock.bench.runner import run_all
from tissueclock.bench.validation.summary import results_text
from tissueclock.core.files import write_atomically
from tissueclock.core.notice import DISCLAIMER
from tissueclock.pipeline.watch import Progress

SUITE, RESULTS_FILE = "diffusion", "results.json"
_NUMBERS_COME_FROM = (
    *("core", "facts", "image", "scan", "anatomy", "perfusion", "diffusion", "phantom", "lesion", "profile"),
    *("protocol", "eligibility", "pipeline"),
    *(f"bench/diffusion/{name}.py" for name in ("cases", "draws", "scene", "core", "negative")),
    *(f"bench/diffusion/{name}.py" for name in ("registration", "flair", "classes")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """How a part is measured, and what its records come to."""

    measure: Callable[[int], dict[str, Any]]
    goals: Callable[[Sequence[Record]], Iterator[Goal]]
    tables: Callable[[Sequence[Record]], Iterator[Table]]


_WORK: Mapping[Part, _Work] = MappingProxyType(
    {
        Part.CORE: _Work(measure=core.measure, goals=core.goals, tables=core.tables),
        Part.NEGATIVE: _Work(measure=negative.measure, goals=negative.goals, tables=negative.tables),
        Part.REGISTRATION: _Work(
            measure=registration.measure, goals=registration.goals, tables=registration.tables
        ),
        Part.FLAIR: _Work(measure=flair.measure, goals=flair.goals, tables=flair.tables),
        Part.CLASSES: _Work(measure=classes.measure, goals=classes.goals, tables=classes.tables),
    }
)


def measure_case(case: Case) -> dict[str, Any]:
    """Simulate and measure one case; return its record as JSON values."""
    return {"id": case.id, "part": case.part.value, **_WORK[case.part].measure(case.seed)}


@dataclass(frozen=True, kw_only=True)
class DiffusionSuite:
    """A level of the suite, its folder, and how many processes run it."""

    quick: bool
    folder: Path
    workers: int = 1

    def run(self, progress: Progress) -> dict[str, Any]:
        """Run what is not done, write results.json, and return the results."""
        code, chosen = digest_of(_NUMBERS_COME_FROM), cases(self.quick)
        ledger = Ledger.open(self.folder, SUITE, code)
        run_all(chosen, measure_case, ledger, self.workers, progress)
        done = ledger.done()
        document = results(self._header(code), [done[case.id] for case in chosen])
        write_atomically(self.folder / RESULTS_FILE, results_text(document).encode())
        return document

    def _header(self, code: str) -> dict[str, Any]:
        return {
            "suite": SUITE,
            "version": __version__,
            "code": code,
            "level": "quick" if self.quick else "default",
            "command": f"tissueclock bench --suite diffusion{' --quick' if self.quick else ''}",
            "seeds": {part.value: _span(extent, self.quick) for part, extent in EXTENTS.items()},
            "disclaimer": DISCLAIMER,
        }


def results(header: Mapping[str, Any], records: Sequence[Record]) -> dict[str, Any]:
    """Return the whole results as a JSON document: goals, then tables by part, then every case."""
    by_part = {part: [record for record in records if record["part"] == part] for part in Part}
    return {
        **header,
        "goals": [goal.to_json() for part, some in by_part.items() for goal in _WORK[part].goals(some)],
        "tables": [
            {"part": part.value, **table.to_json()}
            for part, some in by_part.items()
            if some
            for table in _WORK[part].tables(some)
        ],
        "cases": list(records),
    }


def lines_of(document: Mapping[str, Any]) -> list[str]:
    """Return the goals as tab-separated lines, id first."""
    words = {True: "met", False: "MISSED", None: "-"}
    return [
        "\t".join(
            (
                goal["id"],
                words[goal["met"]],
                goal["what"],
                f"wanted {goal['wanted']}",
                f"found {found_of(goal)}",
                f"{goal['cases']} cases",
            )
        )
        for goal in document["goals"]
    ]


def publish(document: Mapping[str, Any], page: Path) -> None:
    """Write the page of some results."""
    write_atomically(page, page_of(document).encode())


def _span(extent: Extent, quick: bool) -> str:
    count = extent.quick if quick else extent.cases
    last = extent.first_seed + count - 1
    return str(last) if count == 1 else f"{extent.first_seed} to {last}"
