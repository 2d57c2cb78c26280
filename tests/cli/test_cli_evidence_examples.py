"""The examples in the pages on agreement, survival and reviews print what the pages say."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from test_cli_evidence_review import FIRST, FLOW, SECOND

READS = ("8 7", "9 9", "6 6", "10 10", "5 7", "8 8", "7 6", "9 9", "4 5", "8 8", "6 8", "10 9")
PAGES = ("evidence-agreement.md", "evidence-survival.md", "evidence-review.md")


@pytest.fixture
def folder(tmp_path: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files that the examples read."""
    pairs = (f"{at},{read.replace(' ', ',')}" for at, read in enumerate(READS, start=1))
    gehan = json.loads((checkout / "tests" / "cases" / "surv_gehan.json").read_text("utf-8"))["inputs"]
    people = zip(gehan["time"], gehan["status"], gehan["grp"], strict=True)
    texts = {
        "reads.csv": "\n".join(["id,reader_a,reader_b", *pairs]),
        "guesses.csv": "arm,treatment,control,unknown\nthrombectomy,28,10,12\nmedical care,14,20,16\n",
        "gehan.csv": "\n".join(["time,event,arm", *(",".join(map(str, person)) for person in people)]),
        "first.ris": FIRST,
        "second.ris": SECOND,
        "wrong.toml": FLOW.replace("n = 1414", "n = 1400"),
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def examples(checkout: Path) -> list[tuple[str, str]]:
    """Return the commands of the pages and what they print there."""
    pages = "".join((checkout / "docs" / "reference" / name).read_text("utf-8") for name in PAGES)
    return re.findall(r"```\n\$ tissueclock (.*)\n((?:.+\n)+?)```", pages)


def test_every_example_prints_what_its_page_says(tissueclock, folder, checkout):
    found = examples(checkout)
    assert len(found) == 5
    for words, printed in found:
        shown = tissueclock(*shlex.split(words))
        assert shown.stdout + shown.stderr == printed, words


def test_the_flow_of_the_page_is_one_that_adds_up(tissueclock, folder, checkout):
    page = (checkout / "docs" / "reference" / "evidence-review.md").read_text("utf-8")
    (flow,) = re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL)
    (folder / "flow.toml").write_text(flow, encoding="utf-8")
    assert tissueclock("evidence", "prisma", "flow.toml").code == 0
