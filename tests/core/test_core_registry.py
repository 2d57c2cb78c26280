"""A folder is a registry: what lies in it is found, named once, and cannot be changed."""

import itertools
import sys
from pathlib import Path

import pytest

from tissueclock.core.errors import InternalError, UsageError
from tissueclock.core.provenance import digest
from tissueclock.core.registry import ModuleRegistry, TomlRegistry

numbers = itertools.count()
METHOD = "from types import SimpleNamespace\nMETHOD = SimpleNamespace(name={name!r})\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty package of a name that no other test has used, since discovery is cached."""
    package = tmp_path / f"a_registry_{next(numbers)}"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield package
    for name in [name for name in sys.modules if name.startswith(package.name)]:
        del sys.modules[name]


def modules(folder: Path, **methods: str) -> ModuleRegistry:
    """Write one module a method, and return their registry."""
    for module, name in methods.items():
        (folder / f"{module}.py").write_text(METHOD.format(name=name), encoding="utf-8")
    return ModuleRegistry("method", folder.name, "METHOD")


def test_modules_are_found_by_the_name_that_they_give(folder):
    registry = modules(folder, truncated="tsvd", circulant="csvd")
    assert list(registry.entries()) == ["csvd", "tsvd"]
    assert registry.get("tsvd").name == "tsvd"


def test_a_module_without_the_constant_is_no_entry(folder):
    (folder / "helpers.py").write_text("OTHER = 1\n", encoding="utf-8")
    assert list(modules(folder, circulant="csvd").entries()) == ["csvd"]


def test_an_unknown_name_is_answered_with_the_known_ones(folder):
    registry = modules(folder, truncated="tsvd", circulant="csvd")
    with pytest.raises(UsageError, match=r"^there is no method 'svd'\. Known: csvd, tsvd\.$"):
        registry.get("svd")


def test_a_name_that_two_files_give_is_refused(folder):
    registry = modules(folder, first="csvd", second="csvd")
    with pytest.raises(InternalError, match=r"^second: two files register the method 'csvd'\.$"):
        registry.entries()


def test_discovery_is_cached_and_frozen(folder):
    registry = modules(folder, circulant="csvd")
    entries = registry.entries()
    modules(folder, late="late")
    assert registry.entries() is entries
    with pytest.raises(TypeError):
        entries["mine"] = registry.get("csvd")


def toml(folder: Path, **files: str) -> TomlRegistry:
    for stem, content in files.items():
        (folder / f"{stem}.toml").write_text(content, encoding="utf-8")
    return TomlRegistry("preset", folder.name)


def test_toml_files_are_found_by_their_stem(folder):
    registry = toml(folder, mr="", ct="[perfusion]\nstep_s = 0.5\n")
    assert list(registry.entries()) == ["ct", "mr"]
    document = registry.get("ct")
    assert document.name == "ct"
    assert document.table["perfusion"] == {"step_s": 0.5}


def test_the_digest_is_that_of_the_bytes(folder):
    assert toml(folder, ct="a = 1 # Å\n").get("ct").digest == digest("a = 1 # Å\n".encode())


def test_other_files_are_left_alone(folder):
    (folder / "ct.toml.orig").write_text("not = [toml", encoding="utf-8")
    assert list(toml(folder, ct="").entries()) == ["ct"]


def test_an_unknown_preset_is_answered_with_the_known_ones(folder):
    with pytest.raises(UsageError, match=r"^there is no preset 'xr'\. Known: ct, mr\.$"):
        toml(folder, ct="", mr="").get("xr")


def test_a_toml_document_cannot_be_changed(folder):
    document = toml(folder, ct="a = 1\n").get("ct")
    with pytest.raises(TypeError):
        document.table["a"] = 2
