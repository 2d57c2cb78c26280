"""The vocabulary: every name that a fact may have. One meaning, one unit and one spelling a name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType

from tissueclock.core.errors import InputError, InternalError
from tissueclock.facts.clinical_facts import CLINICAL_FACTS
from tissueclock.facts.definition import FactDefinition, Kind
from tissueclock.facts.exports import CHOICES, EXPORT_NAMES, PLAIN, ExportName
from tissueclock.facts.imaging_facts import IMAGING_FACTS

_WORD = "[a-z0-9]+(?:-[a-z0-9]+)*"
_JUDGEMENT = re.compile(rf"judgement\.(?P<trial>{_WORD})\.(?P<criterion>{_WORD})")
_PRINTABLE = re.compile(
    r"(?!.*[0-9]{3})[A-Za-z][A-Za-z0-9_.-]{0,59}"
)  # a run of digits may be an ID or a date


@cache
def vocabulary() -> Mapping[str, FactDefinition]:
    """Return every fixed fact by name: imaging first, then clinical. Judgements are defined by pattern."""
    found: dict[str, FactDefinition] = {}
    for definition in IMAGING_FACTS + CLINICAL_FACTS:
        if definition.name in found:
            raise InternalError(f"the fact '{definition.name}' is defined twice.")
        synonyms = definition.synonyms + PLAIN.get(definition.name, ())
        found[definition.name] = replace(definition, synonyms=synonyms)
    return MappingProxyType(found)


def definition_of(name: str) -> FactDefinition:
    """Return the definition of the fact called `name`, or of a judgement `judgement.<trial>.<criterion>`.

    Raises InputError for an unknown name, with the closest known ones.
    """
    found = vocabulary().get(name) or _judgement(name)
    if found is None:
        raise _unknown(name)
    return found


def canonical_name(name: str) -> str:
    """Return the vocabulary's name for a name or synonym in any letter case; otherwise `name` itself."""
    return name if name in vocabulary() else _spellings().get(name.strip().lower(), name)


def resolved(name: str) -> ExportName:
    """Return the fact that `name` means, in any spelling, with the unit that the name says.

    A name of the vocabulary says the vocabulary's unit; one that leaves the unit open has the unit ""
    although its fact has one. An unknown name comes back as it is.
    """
    found = EXPORT_NAMES.get(name.strip().lower())
    if found is not None:
        return found
    fact = canonical_name(name)
    definition = vocabulary().get(fact)
    return ExportName(fact, definition.unit if definition else "")


def canonical_word(name: str, word: str) -> str:
    """Return the vocabulary's word for a word of the fact `name` in any letter case or as exports code it."""
    wanted = word.strip().lower()
    known = {choice.lower(): choice for choice in definition_of(name).choices}
    return known.get(wanted) or CHOICES.get(name, {}).get(wanted, word)


def is_known(name: str) -> bool:
    """Tell whether `name` is a fact, a synonym or an export's name of one, or a judgement."""
    return resolved(name).fact in vocabulary() or judgement_parts(name) is not None


def judgement_parts(name: str) -> tuple[str, str] | None:
    """Return (trial, criterion) of the name of a judgement, or None for any other name."""
    match = _JUDGEMENT.fullmatch(name)
    return (match["trial"], match["criterion"]) if match else None


def is_imaging(name: str) -> bool:
    """Tell whether the fact describes tissue on imaging: volumes, ratios, scores of a scan.

    Vessels, haemorrhage and shift are reported by a reader and count as clinical.
    """
    return any(definition.name == name for definition in IMAGING_FACTS)


NOT_REPEATED = "with the name found there (it is not repeated here)"


def quoted(name: str) -> str:
    """Return a name from a file in quotes, unless it may hold data: a title can be a patient's name or ID."""
    return f"'{name}'" if _PRINTABLE.fullmatch(name) else NOT_REPEATED


@cache
def _spellings() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for definition in vocabulary().values():
        for spelling in (definition.name, *definition.synonyms):
            if (
                found.setdefault(spelling.lower(), definition.name) != definition.name
                or spelling.lower() in EXPORT_NAMES
            ):
                raise InternalError(f"'{spelling}' names two facts.")
    return MappingProxyType(found)


def _judgement(name: str) -> FactDefinition | None:
    parts = judgement_parts(name)
    if parts is None:
        return None
    trial, criterion = parts
    return FactDefinition(
        name=name,
        label=f"judgement on '{criterion}'",
        kind=Kind.BOOLEAN,
        definition=f"a person's judgement: the statement of criterion '{criterion}' of '{trial}' holds",
        source="DESIGN: contract of the criteria",
    )


def _unknown(name: str) -> InputError:
    """Return the error for a name that is no fact: shown only if it is like one, not a person's."""
    close = difflib.get_close_matches(name.lower(), _spellings(), n=3, cutoff=0.6)
    names = list(dict.fromkeys(_spellings()[spelling] for spelling in close))
    suggestion = f"Did you mean {' or '.join(names)}? " if names else ""
    like_a_fact = bool(names) or name in ("judgement", "clock")
    return InputError(
        f"there is no fact {quoted(name) if like_a_fact else NOT_REPEATED}.",
        remedy=f"{suggestion}The reference of facts lists every name.",
        about=name,
    )
