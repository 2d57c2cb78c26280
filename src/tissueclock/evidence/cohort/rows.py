"""The patients of a cohort as columns of numbers: exposure, outcome, profile, covariates, growth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.errors import InputError
from tissueclock.evidence.two_groups.strata import Strata
from tissueclock.evidence.two_groups.table import TwoByTwo

Vector = NDArray[np.float64]

FEWEST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """One number a patient in every column; NaN is unknown.

    `exposure` is 1 or 0 and always known (reperfused or not), `outcome` 1 for the favourable one, `profile`
    the name of the stratum ("" where unknown), `covariates` numbers by name, `growth` mL, and `simulated`
    says that no patient is behind it. Raises InputError for columns of different length, too few patients, or
    an exposure that does not vary.
    """

    exposure: Vector
    outcome: Vector
    profile: tuple[str, ...] = ()
    covariates: Mapping[str, Vector] = field(default_factory=dict)
    growth: Vector | None = None
    simulated: bool = False
    exposure_name: str = "exposure"
    outcome_name: str = "outcome"

    def __post_init__(self) -> None:
        object.__setattr__(self, "covariates", MappingProxyType(dict(self.covariates)))
        columns = [self.exposure, self.outcome, *self.covariates.values()]
        sizes = {column.size for column in columns} | ({len(self.profile)} if self.profile else set())
        if len(sizes | ({self.growth.size} if self.growth is not None else set())) > 1:
            raise InputError("the columns differ in length.")
        if self.n < FEWEST:
            raise InputError(f"{self.n} patients are too few.", remedy=f"Give {FEWEST} or more.")
        _check_binary(self.exposure, self.exposure_name, complete=True)
        _check_binary(self.outcome, self.outcome_name, complete=False)

    @property
    def n(self) -> int:
        """The number of patients."""
        return int(self.exposure.size)

    @property
    def strata_names(self) -> tuple[str, ...]:
        """The profiles in the order in which the rows name them, without unknown ones."""
        return tuple(dict.fromkeys(name for name in self.profile if name))

    def where(self, kept: NDArray[np.bool_]) -> Cohort:
        """Return the patients of a mask; raises InputError as the construction does."""
        return replace(
            self,
            exposure=self.exposure[kept],
            outcome=self.outcome[kept],
            profile=tuple(name for name, keep in zip(self.profile, kept, strict=True) if keep)
            if self.profile
            else (),
            covariates={name: column[kept] for name, column in self.covariates.items()},
            growth=None if self.growth is None else self.growth[kept],
        )

    def in_profile(self, name: str) -> NDArray[np.bool_]:
        """Return which patients are in a profile."""
        return np.array([own == name for own in self.profile], dtype=bool)

    def complete(self, covariates: Sequence[str]) -> NDArray[np.bool_]:
        """Return which patients have a known outcome and all of these covariates."""
        kept = ~np.isnan(self.outcome)
        for name in covariates:
            kept &= ~np.isnan(self.covariates[name])
        return kept

    def columns(self, covariates: Sequence[str]) -> list[tuple[str, Vector]]:
        """Return the named covariates as columns of a model."""
        return [(name, self.covariates[name]) for name in covariates]

    def table(self) -> TwoByTwo:
        """Return the counts of patients with a known outcome; raises InputError for an empty group."""
        known = ~np.isnan(self.outcome)
        counts = []
        for value in (1.0, 0.0):
            group = known & (self.exposure == value)
            counts.append((int(self.outcome[group].sum()), int(group.sum())))
        (a, n_1), (c, n_2) = counts
        return TwoByTwo(events_1=a, n_1=n_1, events_2=c, n_2=n_2)

    def strata(self) -> Strata:
        """Return the counts of every profile; raises InputError for a profile with an empty group."""
        tables = []
        for name in self.strata_names:
            try:
                tables.append(self.where(self.in_profile(name)).table())
            except InputError as error:
                raise InputError(
                    f"the profile '{name}' cannot be compared: {error.found}",
                    remedy="Leave it out, or join it with another.",
                ) from None
        return Strata(self.strata_names, tuple(tables))


def _check_binary(column: Vector, name: str, *, complete: bool) -> None:
    known = column[~np.isnan(column)]
    if complete and known.size < column.size:
        raise InputError(
            f"'{name}' is unknown in {column.size - known.size} patients.",
            remedy="Leave these rows out, and say so: who was exposed cannot be guessed.",
        )
    if not set(np.unique(known)) <= {0.0, 1.0}:
        raise InputError(f"'{name}' holds other numbers than 0 and 1.", remedy="Write yes or no, 1 or 0.")
    if complete and np.unique(known).size < 2:
        raise InputError(f"'{name}' is the same in all patients.", remedy="There is nothing to compare.")
