"""What every test may use: ../shared, a real Chromium, and an honest list of what was missing."""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

CHECKOUT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("TISSUECLOCK_SHARED") or CHECKOUT.parent / "shared")
SHARED_IS_HERE = (SHARED / "DESIGN.md").is_file()
IN_CI = os.environ.get("CI", "") not in ("", "0", "false")
CHROMIUM_ADVICE = "install chromium or google-chrome, or set TISSUECLOCK_CHROMIUM to one."
MISSING = re.compile(r"^(?:Skipped: )?(?P<thing>.+) is missing: ")

settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if IN_CI else "here")


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The root of the checkout."""
    return CHECKOUT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The team's reference material, ../shared; where it is absent the test is skipped."""
    if not SHARED_IS_HERE:
        pytest.skip("../shared is missing: the team's reference material, which a stranger's clone lacks.")
    return SHARED


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium: $TISSUECLOCK_CHROMIUM, chromium or google-chrome."""
    named = os.environ.get("TISSUECLOCK_CHROMIUM")
    found = shutil.which(named) if named else shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.skip(f"Chromium is missing: {CHROMIUM_ADVICE}")
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Any]:
    """A headless Playwright browser with a fresh profile that calls nobody."""
    from playwright.sync_api import sync_playwright

    quiet = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ]
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium's sandbox refuses root
    with sync_playwright() as playwright:
        instance = playwright.chromium.launch(executable_path=chromium, args=quiet + as_root)
        yield instance
        instance.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skip for want of something that ought to be there is a failure."""
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        reason = _skip_reason(report)
        if _ought_to_run(item, reason):
            report.outcome = "failed"
            report.longrepr = f"skipped although CI is set: {reason}"
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Name what was missing, with the number of tests that it cost."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = filter(None, (MISSING.match(_skip_reason(report)) for report in skipped))
    for thing, tests in sorted(Counter(reason["thing"] for reason in reasons).items()):
        terminalreporter.line(f"MISSING HERE: {thing} ({tests} test{'s' if tests > 1 else ''} skipped)")


def _skip_reason(report: Any) -> str:
    place_line_reason = report.longrepr
    return place_line_reason[2] if isinstance(place_line_reason, tuple) else str(place_line_reason)


def _ought_to_run(item: pytest.Item, reason: str) -> bool:
    missing = MISSING.match(reason)
    if missing and missing["thing"] != "../shared":
        return True
    uses_shared = "shared" in getattr(item, "fixturenames", ()) or item.get_closest_marker("shared")
    return SHARED_IS_HERE and bool(uses_shared or "shared" in reason)
