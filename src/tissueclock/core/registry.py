"""A folder is a registry: of modules that each hold one constant, or of TOML files.

Discovery is explicit (one folder of ours), cached and frozen; a duplicate name is refused, and an
unknown one is answered with the known ones.
"""

from __future__ import annotations

import importlib
import pkgutil
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Generic, Protocol, TypeVar

from tissueclock.core.errors import InternalError, UsageError
from tissueclock.core.provenance import digest


class Named(Protocol):
    """Anything that is registered has a name."""

    @property
    def name(self) -> str:
        """The name that users type."""


Entry = TypeVar("Entry", bound=Named)


@dataclass(frozen=True, slots=True)
class ModuleRegistry(Generic[Entry]):
    """The modules of one package, each holding one constant, for example `METHOD`."""

    noun: str
    package: str
    constant: str

    def entries(self) -> Mapping[str, Entry]:
        """Return name -> entry, sorted by name."""
        return _discover_modules(self)

    def get(self, name: str) -> Entry:
        """Return the entry called `name`; raises UsageError with the known names."""
        return _pick(self.noun, self.entries(), name)


@dataclass(frozen=True, slots=True)
class TomlDocument:
    """One TOML file of ours: its name (the file's stem), its content and the digest of its bytes."""

    name: str
    table: Mapping[str, Any]
    digest: str


@dataclass(frozen=True, slots=True)
class TomlRegistry:
    """The TOML files of one package folder, for example the presets.

    With `exact_decimals` their decimals are read as Decimal instead of float.
    """

    noun: str
    package: str
    exact_decimals: bool = False

    def entries(self) -> Mapping[str, TomlDocument]:
        """Return name -> document, sorted by name."""
        return _discover_toml(self)

    def get(self, name: str) -> TomlDocument:
        """Return the document called `name`; raises UsageError with the known names."""
        return _pick(self.noun, self.entries(), name)


def _pick(noun: str, entries: Mapping[str, Entry], name: str) -> Entry:
    try:
        return entries[name]
    except KeyError:
        known = ", ".join(entries)
        raise UsageError(f"there is no {noun} '{name}'.", remedy=f"Known: {known}.") from None


@cache
def _discover_modules(registry: ModuleRegistry[Any]) -> Mapping[str, Any]:
    package = importlib.import_module(registry.package)
    found: dict[str, Any] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
        module = importlib.import_module(f"{registry.package}.{info.name}")
        entry = getattr(module, registry.constant, None)
        if entry is None:
            continue
        if entry.name in found:
            raise InternalError(f"two files register the {registry.noun} '{entry.name}'.", where=info.name)
        found[entry.name] = entry
    return MappingProxyType(found)


@cache
def _discover_toml(registry: TomlRegistry) -> Mapping[str, TomlDocument]:
    parse_float: Callable[[str], Any] = Decimal if registry.exact_decimals else float
    found = {}
    for file in sorted(resources.files(registry.package).iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            content = file.read_bytes()
            name = file.name.removesuffix(".toml")
            table = tomllib.loads(content.decode("utf-8"), parse_float=parse_float)
            found[name] = TomlDocument(name, MappingProxyType(table), digest(content))
    return MappingProxyType(found)
