"""The suite as a whole: run a level in a folder, sum it up there, and write the page with its pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tissueclock import __version__
from tissueclock.bench.validation import draws, table
from tissueclock.bench.validation.ledger import SUITE, code_digest, open_ledger
from tissueclock.bench.validation.page import page_of, picture_name
from tissueclock.bench.validation.pictures import picture
from tissueclock.bench.validation.rows import Case, Level, PatientRow
from tissueclock.bench.validation.run import run_cases
from tissueclock.bench.validation.summary import results, results_text
from tissueclock.bench.validation.summary import table as csv_table
from tissueclock.core.files import write_atomically
from tissueclock.core.notice import DISCLAIMER
from tissueclock.pipeline.watch import Progress

RESULTS_FILE, TABLE_FILE = "results.json", "results.csv"


@dataclass(frozen=True, kw_only=True)
class Suite:
    """A level of the suite, its folder, and how many processes run it."""

    level: Level
    folder: Path
    workers: int = 1

    @property
    def command(self) -> str:
        """What a user types to get the same."""
        word = "" if self.level is Level.DEFAULT else f" --{self.level.name.lower()}"
        return f"tissueclock bench --suite accuracy{word}"

    def run(self, progress: Progress) -> dict[str, Any]:
        """Run what is not done, write results.json and results.csv, and return the results."""
        ledger = open_ledger(self.folder)
        cases = table.cases(self.level)
        run_cases(cases, ledger, self.workers, progress)
        done = ledger.done()
        document = results(self._header(cases), [done[case.id] for case in cases])
        write_atomically(self.folder / RESULTS_FILE, results_text(document).encode())
        write_atomically(self.folder / TABLE_FILE, csv_table(document).encode())
        return document

    def _header(self, cases: tuple[Case, ...]) -> dict[str, Any]:
        return {
            "suite": SUITE,
            "version": __version__,
            "code": code_digest(),
            "level": self.level.name.lower(),
            "command": self.command,
            "seeds": _seeds(cases),
            "cases": len(cases),
            "disclaimer": DISCLAIMER,
        }


def publish(document: Mapping[str, Any], page: Path, progress: Progress) -> None:
    """Write the page of some results to `page`, its pictures into a folder of the same name beside it."""
    for number, item in enumerate(document["worst"]):
        progress(f"drawing {item['id']}", number / len(document["worst"]))
        row = _patient(str(item["row"]))
        name = picture_name(number)
        write_atomically(page.parent / page.stem / name, picture(row, int(item["seed"]), str(item["why"])))
    write_atomically(page, page_of(document, page.stem).encode())


def _patient(name: str) -> PatientRow:
    rows = {row.name: row for row in table.rows(Level.FULL) if isinstance(row, PatientRow)}
    return rows[name]


def _seeds(cases: tuple[Case, ...]) -> dict[str, str]:
    """Return the seeds in words, by kind of row."""
    own = [case.seed for case in cases if case.row.own_seed is None]
    shared = sorted({seed for seed in own if seed < table.FIRST_HELD_OUT_SEED})
    held_out = sorted({seed for seed in own if seed >= table.FIRST_HELD_OUT_SEED})
    drawn = f"{draws.COHORT_SEED} + n in the cohort, {draws.NEGATIVE_SEED} + n without a stroke"
    return {"rows": _span(shared), "held out": _span(held_out), "drawn patients": drawn}


def _span(seeds: list[int]) -> str:
    if not seeds:
        return "none"
    return str(seeds[0]) if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
