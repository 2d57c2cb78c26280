"""The parts of a trial's published results: arms, strata, outcomes, interactions, and what does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from tissueclock.core.errors import InputError
from tissueclock.protocol.results.mrs import MrsTable
from tissueclock.protocol.results.values import (
    ArmResult,
    Counts,
    Effect,
    Kind,
    Origin,
    Printed,
    PValue,
    Role,
    check_percent,
)


class Design(Enum):
    """Whether the arms were allocated by chance. A cohort's arms are what happened to patients."""

    RANDOMISED = "randomised"
    COHORT = "cohort"


class Studied(Enum):
    """What the treatment arm got and the control did not; of a cohort, what the patients differ by."""

    ENDOVASCULAR = "endovascular"
    THROMBOLYSIS = "thrombolysis"
    RESCUE = "rescue"
    REPERFUSION = "reperfusion"


class SichDefinition(Enum):
    """The families of definitions of a symptomatic intracranial haemorrhage; counts differ between them."""

    NINDS = "NINDS"
    ECASS_2 = "ECASS II"
    ECASS_3 = "ECASS III"
    SITS_MOST = "SITS-MOST"
    HEIDELBERG = "Heidelberg"


class Check(Enum):
    """What numbers of one file have to agree; where they do not, a [[discrepancy]] says why."""

    MRS = "mrs"
    PERCENT = "percent"
    ESTIMATE = "estimate"
    ARM_SIZE = "arm-size"
    STRATA = "strata"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One side: `n` patients allocated to it (a cohort: of whom it is true), None where not known."""

    role: Role
    name: str
    origin: Origin
    n: int | None = None
    mrs: MrsTable | None = None

    def __post_init__(self) -> None:
        if self.n is not None and self.n < 1:
            raise InputError(f"an arm of {self.n} patients.", remedy="'n' is 1 or more.")
        if self.n is not None and self.mrs is not None and self.mrs.n > self.n:
            raise InputError(
                f"the scale is known of {self.mrs.n} patients, and the arm has {self.n}.",
                remedy="Correct one of the two.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """How many entered where not all of them are in an arm, in words too."""

    n: int
    text: str
    origin: Origin

    def __post_init__(self) -> None:
        if self.n < 1:
            raise InputError(f"{self.n} patients entered.", remedy="'n' is 1 or more.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """A part of the patients, `percent` of them as printed. Sizes by arm within one `by` divide everybody."""

    name: str
    by: str
    text: str
    origin: Origin
    sizes: Mapping[Role, int] = field(default_factory=dict)
    total: int | None = None
    percent: Printed | None = None

    def __post_init__(self) -> None:
        if self.percent is not None:
            check_percent(self.percent)
        if any(size < 1 for size in (*self.sizes.values(), *([] if self.total is None else [self.total]))):
            raise InputError(f"the stratum '{self.name}' is empty.", remedy="Sizes are 1 or more.")
        if self.sizes and self.total is not None:
            raise InputError(
                f"the stratum '{self.name}' has sizes by arm and a total.", remedy="Give one of them."
            )
        object.__setattr__(self, "sizes", MappingProxyType(dict(self.sizes)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One outcome as published: by arm, as an effect, or both; in all patients or in a stratum.

    `after_h` counts from randomisation (a cohort: from treatment). `derived` says that the counts were worked
    out from printed percentages. `statistic` names what the values of the arms are, for example `mean`.
    """

    id: str
    kind: Kind
    definition: str
    origin: Origin
    after_h: Printed | None = None
    stratum: str = ""
    results: Mapping[Role, ArmResult] = field(default_factory=dict)
    statistic: str = ""
    effect: Effect | None = None
    p: PValue | None = None
    derived: bool = False
    sich_definition: SichDefinition | None = None
    note: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "results", MappingProxyType(dict(self.results)))
        if not self.parts:
            raise InputError(f"the outcome '{self.id}' holds no number.", remedy="Leave it out.")
        if ("value" in self.parts) != bool(self.statistic):
            raise InputError("'value' and 'statistic' go together.", remedy="Name what the values are.")
        if self.derived and "counts" not in self.parts:
            raise InputError("counts that are derived and not given.", remedy="Leave 'derived' out.")
        if self.sich_definition is not None and self.kind is not Kind.SICH:
            raise InputError(f"'sich_definition' of the kind '{self.kind.value}'.", remedy="Leave it out.")
        for part in self.origin.less_certain:
            if part not in self.parts:
                raise InputError(
                    f"'{part}' is less certain and is not there.", remedy=f"Given: {', '.join(self.parts)}."
                )

    @property
    def parts(self) -> tuple[str, ...]:
        """Which parts are given: counts, percent, value, estimate, ci, p."""
        arms = self.results.values()
        given = {
            "counts": any(arm.counts is not None for arm in arms),
            "percent": any(arm.percent is not None for arm in arms),
            "value": any(arm.value is not None for arm in arms),
            "estimate": self.effect is not None and self.effect.estimate is not None,
            "ci": self.effect is not None and self.effect.interval is not None,
            "p": self.p is not None,
        }
        return tuple(part for part, there in given.items() if there)

    def counts(self, role: Role) -> Counts | None:
        """Return the counts of one arm, where they are given."""
        result = self.results.get(role)
        return None if result is None else result.counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """A published test of whether the effect differs between strata, with the difference where printed."""

    kind: Kind
    strata: tuple[str, ...]
    p: PValue
    origin: Origin
    effect: Effect | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if len(set(self.strata)) < 2:
            raise InputError("an interaction needs two strata.", remedy="Name them in 'strata'.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """Numbers of one outcome that do not agree, in which arms, and why that is left as it is."""

    outcome: str
    check: Check
    reason: str
    arms: tuple[Role, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyWarning:
    """What a public copy prints wrongly, and the check that shows it."""

    where: str
    problem: str
    check: str
