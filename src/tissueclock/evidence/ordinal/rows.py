"""One row a patient: the level on the scale, the arm, covariates, and perhaps a stratum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.errors import InputError
from tissueclock.evidence.ordinal.table import MERGED, MrsTable
from tissueclock.protocol.results.mrs import SEVEN_LEVELS, span_of

Floats = NDArray[np.float64]
_RANK = 1e-9
"""A column that the others explain but for this share of its spread counts as explained (our choice)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A covariate: one column of numbers, or one column for each category but the first.

    `columns` are columns by patient; `labels` name them.
    """

    name: str
    labels: tuple[str, ...]
    columns: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        if not self.columns or len(self.labels) != len(self.columns):
            raise InputError(f"the covariate '{self.name}' has no column.", remedy="Leave it out.")
        if not np.isfinite(np.array(self.columns)).all():
            raise InputError(f"the covariate '{self.name}' has a value that is no number.", remedy="Mend it.")


def category_term(name: str, values: Sequence[str]) -> Term:
    """Return one column of 0 and 1 for each category but the first one in order; InputError for only one."""
    categories = sorted(set(values), key=_natural)
    if len(categories) < 2:
        raise InputError(
            f"the covariate '{name}' is '{categories[0]}' for everybody.", remedy="Leave it out."
        )
    return Term(
        name=name,
        labels=tuple(f"{name}={category}" for category in categories[1:]),
        columns=tuple(tuple(float(value == category) for value in values) for category in categories[1:]),
    )


def _natural(text: str) -> tuple[int, float, str]:
    """Return a key by which 2 comes before 10, and numbers before words."""
    try:
        return 0, float(text), text
    except ValueError:
        return 1, 0.0, text


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdinalRows:
    """Patients with a known level: `level_of` are positions in `levels`, `first` is true in the first arm.

    Raises InputError for rows that differ in number, an arm without patients, and a covariate that the arm
    and the other covariates determine.
    """

    arms: tuple[str, str]
    level_of: tuple[int, ...]
    first: tuple[bool, ...]
    terms: tuple[Term, ...] = ()
    strata: tuple[str, ...] = ()
    levels: tuple[str, ...] = field(default=SEVEN_LEVELS)

    def __post_init__(self) -> None:
        lengths = {len(self.level_of), len(self.first), *([len(self.strata)] if self.strata else [])}
        lengths |= {len(column) for term in self.terms for column in term.columns}
        if len(lengths) != 1:
            raise InputError("the columns differ in length.", remedy="Give one row a patient.")
        if any(not 0 <= level < len(self.levels) for level in self.level_of):
            raise InputError("a patient's level is not on the scale.", remedy="Give 0 to 6.")
        twice = [name for name, count in Counter(term.name for term in self.terms).items() if count > 1]
        if twice:
            raise InputError(f"the covariate '{twice[0]}' is given twice.", remedy="Name it once.")
        self.table()  # which refuses an empty arm
        _check_rank(self)

    def table(self) -> MrsTable:
        """Return the counts by arm, without the covariates."""
        found = [[0] * len(self.levels) for _ in self.arms]
        for level, first in zip(self.level_of, self.first, strict=True):
            found[0 if first else 1][level] += 1
        return MrsTable(arms=self.arms, counts=(tuple(found[0]), tuple(found[1])), levels=self.levels)

    def merged_5_6(self) -> OrdinalRows:
        """Return the rows with 5 and 6 as one level; raises InputError as `MrsTable.merged_5_6`."""
        levels = self.table().merged_5_6().levels
        if levels == self.levels:
            return self
        last = levels.index(MERGED)
        level_of = tuple(min(level, last) for level in self.level_of)
        return OrdinalRows(
            arms=self.arms,
            level_of=level_of,
            first=self.first,
            terms=self.terms,
            strata=self.strata,
            levels=levels,
        )

    def used_cuts(self) -> tuple[str, ...]:
        """Return the cuts between levels in use by name: `0-2` is after the grade 2."""
        used = sorted(set(self.level_of))
        return tuple(f"0-{span_of(self.levels[level])[1]}" for level in used[:-1])

    def by_stratum(self) -> Floats:
        """Return counts, strata x 2 x levels, the strata in their order; empty without strata."""
        names = sorted(set(self.strata), key=_natural)
        found = np.zeros((len(names), 2, len(self.levels)))
        for stratum, level, first in zip(self.strata, self.level_of, self.first, strict=False):
            found[names.index(stratum), 0 if first else 1, level] += 1
        return found

    def matrix(self) -> Floats:
        """Return the arm (1 in the first) and the covariates, patients x columns."""
        columns = [np.array(self.first, dtype=np.float64)]
        columns += [np.array(column) for term in self.terms for column in term.columns]
        return np.stack(columns, axis=1)

    def labels(self) -> tuple[str, ...]:
        """Return the names of the columns of `matrix`; the arm's is `arm`."""
        return ("arm", *(label for term in self.terms for label in term.labels))


def _check_rank(rows: OrdinalRows) -> None:
    """Raise InputError naming the first column that those before it determine."""
    matrix = rows.matrix()
    basis = [np.full(len(matrix), len(matrix) ** -0.5)]
    for label, column in zip(rows.labels(), matrix.T, strict=True):
        centred = column - column.mean()
        spread = float(np.linalg.norm(centred))
        rest = centred
        for _ in range(2):  # twice, for what rounding leaves of the first time
            rest = rest - sum((one @ rest) * one for one in basis)
        left = float(np.linalg.norm(rest))
        if left <= _RANK * max(spread, 1e-300):
            why = (
                "is the same for everybody"
                if spread == 0
                else "follows from the arm and the covariates before it"
            )
            raise InputError(f"the covariate '{label}' {why}.", remedy="Leave it out.")
        basis.append(rest / left)
