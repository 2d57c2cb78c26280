"""What is missing on a machine is skipped by name, and in CI a skip of what is there is a failure."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import pytest

def test_reads_shared(shared):
    assert (shared / "DESIGN.md").read_text() == "a design"

def test_skips_over_shared(shared):
    pytest.skip("no scan of that vendor")

def test_needs_chromium(chromium):
    pass

def test_is_of_another_system():
    pytest.skip("root may write everywhere")

@pytest.mark.xfail(reason="a known gap", strict=True)
def test_gap():
    raise AssertionError
"""


@pytest.fixture
def suite(tmp_path: Path, checkout: Path):
    """Run a small suite under the real conftest.py; returns the lines that pytest printed."""
    (tmp_path / "conftest.py").write_text((checkout / "tests" / "conftest.py").read_text(encoding="utf-8"))
    (tmp_path / "test_things.py").write_text(TESTS)
    material = tmp_path / "material"
    material.mkdir()

    def run(*, ci: bool, shared: bool, chromium: bool) -> list[str]:
        if shared:
            (material / "DESIGN.md").write_text("a design")
        environment = {
            **os.environ,
            "CI": "true" if ci else "",
            "TISSUECLOCK_SHARED": str(material),
            "TISSUECLOCK_CHROMIUM": sys.executable if chromium else "no-such-program",
        }
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
        result = subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        return result.stdout.splitlines()

    return run


def closing(lines: list[str]) -> str:
    """Return pytest's closing line without its time."""
    return lines[-1].rpartition(" in ")[0]


def test_missing_things_are_listed_before_the_closing_line(suite):
    lines = suite(ci=False, shared=False, chromium=False)
    assert closing(lines) == "4 skipped, 1 xfailed"
    listed = [line for line in lines if line.startswith("MISSING HERE")]
    assert listed == [
        "MISSING HERE: ../shared (2 tests skipped)",
        "MISSING HERE: Chromium (1 test skipped)",
    ]


def test_nothing_is_listed_where_nothing_is_missing(suite):
    lines = suite(ci=False, shared=True, chromium=True)
    assert closing(lines) == "2 passed, 2 skipped, 1 xfailed"
    assert not any(line.startswith("MISSING HERE") for line in lines)


def test_in_ci_a_missing_chromium_is_a_failure(suite):
    lines = suite(ci=True, shared=False, chromium=False)
    assert closing(lines) == "3 skipped, 1 xfailed, 1 error"
    assert any("skipped although CI is set: Skipped: Chromium is missing: install" in line for line in lines)


def test_in_ci_nothing_of_shared_is_skipped_where_it_is_there(suite):
    lines = suite(ci=True, shared=True, chromium=True)
    assert closing(lines) == "1 failed, 2 passed, 1 skipped, 1 xfailed"
    assert any("skipped although CI is set: Skipped: no scan of that vendor" in line for line in lines)


@pytest.mark.browser
def test_the_browser_opens_a_page(browser):
    page = browser.new_page()
    page.set_content("<title>A report</title>")
    assert page.title() == "A report"
    page.close()
