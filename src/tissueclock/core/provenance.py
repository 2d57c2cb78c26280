"""What ran, with which parameters, on which inputs, and its sentence for a Methods section."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from tissueclock import __version__

JsonValue = Any
"""None, bool, int, float, str, or lists and string-keyed mappings of these."""


def digest(*parts: bytes | bytearray | memoryview) -> str:
    """Return the SHA-256 of the parts, in order, as `sha256:<hex>`. Accepts anything with a buffer."""
    sha = hashlib.sha256()
    for part in parts:
        sha.update(part)
    return f"sha256:{sha.hexdigest()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that ran.

    `parameters` are JSON values whose names carry units; `inputs` maps a label to a digest; `sentence`
    is what a Methods section would say; `citations` are short references.
    """

    name: str
    sentence: str
    parameters: Mapping[str, JsonValue] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    citations: tuple[str, ...] = ()
    software: str = f"tissueclock {__version__}"

    def __post_init__(self) -> None:
        if not self.name or not self.sentence.endswith("."):
            raise ValueError(
                f"a step needs a name and a whole sentence, not {self.name!r}: {self.sentence!r}"
            )
        object.__setattr__(self, "parameters", MappingProxyType(dict(self.parameters)))
        object.__setattr__(self, "inputs", MappingProxyType(dict(self.inputs)))

    def to_json(self) -> dict[str, JsonValue]:
        """Return the step as JSON values."""
        return {
            "name": self.name,
            "sentence": self.sentence,
            "parameters": dict(self.parameters),
            "inputs": dict(self.inputs),
            "citations": list(self.citations),
            "software": self.software,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, JsonValue]) -> Step:
        """Rebuild a step that `to_json` wrote."""
        return cls(**{**document, "citations": tuple(document["citations"])})


@dataclass(frozen=True, slots=True)
class Provenance:
    """The steps behind a value, in the order in which they ran."""

    steps: tuple[Step, ...] = ()

    def then(self, *steps: Step) -> Provenance:
        """Return a longer provenance; this one is unchanged."""
        return Provenance(self.steps + steps)

    def methods_paragraph(self) -> str:
        """Return the Methods paragraph of what ran."""
        return " ".join(step.sentence for step in self.steps)

    def citations(self) -> tuple[str, ...]:
        """Return every citation once, in the order of first use."""
        return tuple(dict.fromkeys(citation for step in self.steps for citation in step.citations))

    def to_json(self) -> list[dict[str, JsonValue]]:
        """Return the steps as JSON values."""
        return [step.to_json() for step in self.steps]

    @classmethod
    def from_json(cls, documents: Iterable[Mapping[str, JsonValue]]) -> Provenance:
        """Rebuild a provenance that `to_json` wrote."""
        return cls(tuple(Step.from_json(document) for document in documents))
