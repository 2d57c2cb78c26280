"""Digital patients that are made and analysed once in a session, when a test first asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from digital_scans import RECIPES, Run, analyze, make, run

from tissueclock.phantom.head import build_head


@dataclass(frozen=True)
class Case:
    """A patient: the scan's folder, the truth in numbers, and the analysis in `run.out`."""

    scan: Path
    truth: Mapping[str, Any]
    run: Run


@pytest.fixture(scope="session", autouse=True)
def one_head() -> Iterator[None]:
    """Draw the head of a grid once: it is the same for every patient on it, and takes most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tissueclock.phantom.patient.build_head", cache(build_head))
        yield


@pytest.fixture(scope="session")
def case(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Case]:
    """Return the analysed patient of a recipe by its name."""

    @cache
    def made(name: str) -> Case:
        folder = tmp_path_factory.mktemp(name)
        truth = make(RECIPES[name], folder)
        return Case(folder / "scan", truth, analyze(folder / "scan", out=folder / "out"))

    return made


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The demonstration, in a folder that somebody else uses too."""
    out = tmp_path_factory.mktemp("demo")
    (out / "mine.txt").write_text("not yours", encoding="utf-8")
    (out / "maps").mkdir()
    (out / "maps" / "mine.nii.gz").write_bytes(b"not yours")
    return run("demo", "--out", out, "--json", out=out)
