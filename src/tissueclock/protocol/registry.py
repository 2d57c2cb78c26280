"""The trials, profiles and guidelines that this version knows: one TOML file each, in a folder a kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from tissueclock.core.errors import InputError
from tissueclock.core.registry import TomlRegistry
from tissueclock.facts.vocabulary import judgement_parts
from tissueclock.protocol import model
from tissueclock.protocol.guideline import Guideline
from tissueclock.protocol.load import parse_profile, parse_protocol
from tissueclock.protocol.load_guideline import parse_guideline

_TRIALS = TomlRegistry("trial", "tissueclock.protocol.trials", exact_decimals=True)
_PROFILES = TomlRegistry("profile", "tissueclock.protocol.profiles", exact_decimals=True)
_GUIDELINES = TomlRegistry("guideline", "tissueclock.protocol.guidelines", exact_decimals=True)


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


_Entry = TypeVar("_Entry", bound=_Identified)


@cache
def protocols() -> Mapping[str, model.Protocol]:
    """Return every trial by id, sorted."""
    return _parsed(_TRIALS, parse_protocol)


def protocol(name: str) -> model.Protocol:
    """Return the trial called `name`; raises UsageError with the known ones."""
    _TRIALS.get(name)
    return protocols()[name]


def with_settings(trial: model.Protocol, settings: Mapping[str, str]) -> model.Protocol:
    """Return a registered trial with other values for those of its settings that are named.

    Raises InputError for a value that a setting does not have.
    """
    named = {name: value for name, value in settings.items() if name in trial.settings}
    if not named:
        return trial
    document = _TRIALS.get(trial.id)
    table = {**document.table, "settings": {**document.table["settings"], **named}}
    return parse_protocol(table, f"{trial.id}.toml", document.digest)


def trial_file(name: str) -> Path:
    """Return where the file of a registered trial lies, so that no command writes over it."""
    return Path(str(resources.files(_TRIALS.package).joinpath(f"{name}.toml")))


@cache
def profiles() -> Mapping[str, model.ProfileDefinition]:
    """Return every profile by id, sorted."""
    return _parsed(_PROFILES, parse_profile)


@cache
def guidelines() -> Mapping[str, Guideline]:
    """Return every guideline by id, sorted."""
    return _parsed(_GUIDELINES, parse_guideline)


def registered_contents() -> Iterator[tuple[str, bytes]]:
    """Yield (folder/file name, bytes) of every trial, profile and guideline, loadable or not."""
    for package in (_TRIALS.package, _PROFILES.package, _GUIDELINES.package):
        folder = package.rpartition(".")[2]
        files = [file for file in resources.files(package).iterdir() if file.name.endswith(".toml")]
        for file in sorted(files, key=lambda file: file.name.removesuffix(".toml")):
            yield f"{folder}/{file.name}", file.read_bytes()


def check_judgements(names: Iterable[str], others: Iterable[model.Protocol] = ()) -> None:
    """Raise InputError if the names (a case is one of its facts') hold a judgement that no known trial reads.

    The vocabulary accepts every judgement of the right form; only trials know which of them exist: the
    registered ones and `others`.
    """
    known = (*protocols().values(), *others)
    read = {fact for trial in known for item in trial.criteria for fact in item.facts}
    for name in names:
        if judgement_parts(name) and name not in read:
            raise InputError(f"no trial has a criterion that reads '{name}'.", remedy=_advice(name, known))


def _advice(name: str, known: Iterable[model.Protocol]) -> str:
    trial = (judgement_parts(name) or ("", ""))[0]
    found = [item for item in known if item.id == trial]
    if not found:
        return f"Known trials: {', '.join(protocols())}."
    names = {fact for item in found for criterion in item.criteria for fact in criterion.facts}
    return f"Known: {', '.join(sorted(filter(judgement_parts, names)))}."


def _parsed(
    registry: TomlRegistry, parse: Callable[[Mapping[str, Any], str, str], _Entry]
) -> Mapping[str, _Entry]:
    found = {}
    for name, document in registry.entries().items():
        entry = parse(document.table, f"{name}.toml", document.digest)
        if entry.id != name:
            raise InputError(f"its id is '{entry.id}'.", where=f"{name}.toml", remedy="Name it as the file.")
        found[name] = entry
    return MappingProxyType(dict(sorted(found.items())))
