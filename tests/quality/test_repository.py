"""What the repository may hold, and what its documents must say."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tissueclock import __version__
from tissueclock.core.errors import ExitCode

LARGEST_FILE_BYTES = 1_000_000
NOT_OURS = re.compile(r"\.git|\.venv.*|\..+_cache|__pycache__|\.hypothesis|tissueclock-demo|dist|build")
# Put together from pieces, so that this file does not hold what it forbids.
HOSTS = tuple(
    ".".join(pieces)
    for pieces in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("debian", "org"),
        ("ubuntu", "com"),
        ("registry", "npmjs", "org"),
    )
)
MACHINE_PATH = re.compile(
    r"(?<![\w.~})])/(?:" + "|".join(("work", "root", "tmp", "home", "opt/wheels")) + r")/"
)


def repository_files(checkout: Path) -> list[Path]:
    """Return the files that are or would be committed; without git, all but those of tools."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=checkout,
        capture_output=True,
        check=False,
    )
    if listing.returncode == 0:
        found = [checkout / os.fsdecode(name) for name in listing.stdout.split(b"\0") if name]
        return [path for path in found if path.is_file()]
    return [
        path
        for path in checkout.rglob("*")
        if path.is_file() and not any(map(NOT_OURS.fullmatch, path.relative_to(checkout).parts))
    ]


@pytest.fixture(scope="module")
def texts(checkout: Path) -> dict[str, str]:
    """The text files of the repository by path."""
    found = {}
    for path in repository_files(checkout):
        content = path.read_bytes()
        if b"\0" not in content:
            found[path.relative_to(checkout).as_posix()] = content.decode("utf-8")
    return found


def lines_with(texts: dict[str, str], pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()}"
        for name, text in texts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def test_there_is_something_to_check(texts):
    assert {"pyproject.toml", "run", "tests/quality/test_repository.py"} <= set(texts)


def test_no_file_names_a_package_registry(texts):
    assert lines_with(texts, re.compile("|".join(map(re.escape, HOSTS)))) == []


def test_no_file_names_a_path_of_a_machine(texts):
    assert lines_with(texts, MACHINE_PATH) == []


@pytest.mark.parametrize(
    ("line", "is_machine_path"),
    [
        ("open('/" + "work/main/x')", True),
        ("see /" + "root/.cache", True),
        ("the../work/ folder", False),
        ("frame/work/a", False),
        ("a/home/b", False),
    ],
)
def test_machine_paths_are_told_from_others(line, is_machine_path):
    assert bool(MACHINE_PATH.search(line)) is is_machine_path


def test_no_file_is_large(checkout):
    large = [path for path in repository_files(checkout) if path.stat().st_size > LARGEST_FILE_BYTES]
    assert large == []


def test_the_locks_name_no_host_and_pin_with_hashes(texts):
    for name in ("requirements/demo.txt", "requirements/test.txt"):
        assert "://" not in texts[name]
        assert not re.search(r"^--", texts[name], re.MULTILINE)
        pins = [entry for entry in re.split(r"\n(?=\S)", texts[name]) if entry.strip()]
        assert pins
        assert all("==" in pin and "--hash=sha256:" in pin for pin in pins)


def test_the_test_packages_hold_those_of_the_demo(texts):
    demo, test = (
        set(re.findall(r"^([\w.-]+==[\w.]+)", texts[f"requirements/{name}.txt"], re.MULTILINE))
        for name in ("demo", "test")
    )
    assert demo <= test


def test_the_commands_may_be_executed(checkout):
    assert os.access(checkout / "run", os.X_OK)


def test_the_changelog_has_an_entry_for_this_version(texts):
    assert re.search(rf"^## \[{re.escape(__version__)}\]", texts["CHANGELOG.md"], re.MULTILINE)


def test_the_citation_file_names_this_version(texts):
    assert f'version: "{__version__}"' in texts["CITATION.cff"]


def test_what_the_guides_name_exists(checkout, texts):
    guides = texts["CONTRIBUTING.md"] + texts["docs/explanation/layers.md"]
    named = set(re.findall(r"`(\w[\w.-]*/[\w./-]*\w)/?`", guides))
    roots = (checkout, checkout / "src" / "tissueclock")
    assert len(named) > 20
    assert {name for name in named if not any((root / name).exists() for root in roots)} == set()


def test_every_exit_code_is_documented(texts):
    docs = "\n".join(text for name, text in texts.items() if re.match(r"(docs/.*|README)\.md$", name))
    section = re.search(r"^#+ Exit codes$(.*?)(?=^#|\Z)", docs, re.MULTILINE | re.DOTALL | re.IGNORECASE)
    assert section, "no page of docs/ has a heading 'Exit codes'"
    listed = {int(code) for code in re.findall(r"^[|*-]\s*`?(\d)\b", section[1], re.MULTILINE)}
    assert listed == set(ExitCode)
