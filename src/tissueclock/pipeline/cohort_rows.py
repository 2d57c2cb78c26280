"""Patient rows of a cohort from a CSV: which column is what, and what its cells mean.

Refusals name line and column, never what a cell holds.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.errors import InputError, UsageError
from tissueclock.evidence.cohort.rows import Cohort
from tissueclock.pipeline.plain_csv import PlainTable

Vector = NDArray[np.float64]

UNKNOWN = frozenset({"", "na", "n/a", "unknown", "nan"})
SIMULATED_COLUMN = "simulated"
MOST_LEVELS = 8
_YES, _NO = frozenset({"yes", "y", "true", "1"}), frozenset({"no", "n", "false", "0"})
_RULE = re.compile(r"(<=|>=|==|<|>)\s*(-?[0-9]+(?:\.[0-9]+)?)")
_COMPARE: Mapping[str, Callable[[float, float], bool]] = MappingProxyType(
    {"<=": operator.le, ">=": operator.ge, "==": operator.eq, "<": operator.lt, ">": operator.gt}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Which column is what. `favourable` is a rule as "<=2" for an outcome in numbers, "" for yes or no."""

    exposure: str
    outcome: str
    favourable: str = ""
    profile: str = ""
    growth: str = ""
    covariates: tuple[str, ...] = ()

    def columns(self) -> tuple[str, ...]:
        """Return every column that is named; raises UsageError for one with two roles."""
        named = [self.exposure, self.outcome, self.profile, self.growth, *self.covariates]
        found = [name for name in named if name]
        for name in found:
            if found.count(name) > 1:
                raise UsageError(f"the column '{name}' has two roles.", remedy="Name it once.")
        return tuple(found)


def cohort_of(table: PlainTable, roles: Roles) -> tuple[Cohort, tuple[str, ...]]:
    """Return the cohort, and the names of its covariates: words become one 0/1 column a level but the first.

    A file with a column `simulated` that says yes is a simulated cohort. Raises InputError for cells that are
    neither numbers, yes or no, nor unknown; UsageError for a column with two roles or a rule that is none.
    """
    table.require(roles.columns())
    covariates: dict[str, Vector] = {}
    for name in roles.covariates:
        covariates |= covariate_columns(table, name)
    cohort = Cohort(
        exposure=yes_or_no(table, roles.exposure),
        outcome=outcome_column(table, roles.outcome, roles.favourable),
        profile=profile_column(table, roles.profile) if roles.profile else (),
        covariates=covariates,
        growth=numbers(table, roles.growth) if roles.growth else None,
        simulated=is_simulated(table),
        exposure_name=roles.exposure,
        outcome_name=f"{roles.outcome} {roles.favourable}".strip(),
    )
    return cohort, tuple(covariates)


def is_simulated(table: PlainTable) -> bool:
    """Tell whether any row says that it is simulated."""
    if SIMULATED_COLUMN not in table.titles:
        return False
    return any(row[SIMULATED_COLUMN].lower() in _YES for row in table.rows)


def yes_or_no(table: PlainTable, title: str) -> Vector:
    """Return a column of yes and no as 1 and 0, NaN where it is unknown."""
    return _column(table, title, _yes_or_no, "yes or no, 1 or 0")


def numbers(table: PlainTable, title: str) -> Vector:
    """Return a column of numbers, NaN where it is unknown."""
    return _column(table, title, _number, "a number with a decimal point")


def outcome_column(table: PlainTable, title: str, favourable: str) -> Vector:
    """Return 1 for the favourable outcome: a yes, or a number that fulfils the rule."""
    if not favourable:
        return yes_or_no(table, title)
    match = _RULE.fullmatch(favourable.strip())
    if match is None:
        raise UsageError(f"'{favourable}' is no rule.", remedy="Write one such as '<=2'.")
    compare, limit = _COMPARE[match[1]], float(match[2])
    column = numbers(table, title)
    return np.array([math.nan if math.isnan(x) else float(compare(x, limit)) for x in column])


def profile_column(table: PlainTable, title: str) -> tuple[str, ...]:
    """Return a column of names, "" where it is unknown; raises InputError for more than eight names."""
    found = tuple("" if row[title].lower() in UNKNOWN else row[title] for row in table.rows)
    _few_levels(table, title, set(found) - {""})
    return found


def covariate_columns(table: PlainTable, title: str) -> dict[str, Vector]:
    """Return a covariate as columns of numbers: itself, or a 0/1 column for each word but the first."""
    cells = [row[title] for row in table.rows]
    known = [cell for cell in cells if cell.lower() not in UNKNOWN]
    if all(_number(cell) is not None for cell in known):
        return {title: numbers(table, title)}
    if all(_yes_or_no(cell) is not None for cell in known):
        return {title: yes_or_no(table, title)}
    levels = sorted(set(known))
    _few_levels(table, title, set(levels))
    return {
        f"{title}={level}": np.array(
            [math.nan if cell.lower() in UNKNOWN else float(cell == level) for cell in cells]
        )
        for level in levels[1:]
    }


def _few_levels(table: PlainTable, title: str, levels: set[str]) -> None:
    if len(levels) > MOST_LEVELS:
        raise InputError(
            f"the column '{title}' holds {len(levels)} different words.",
            where=table.file,
            remedy=f"Use numbers, or {MOST_LEVELS} words at most.",
        )


def _column(table: PlainTable, title: str, read: Callable[[str], float | None], kind: str) -> Vector:
    found = []
    for place, row in table.numbered():
        cell = row[title]
        value = math.nan if cell.lower() in UNKNOWN else read(cell)
        if value is None:
            raise InputError(
                f"the cell of '{title}' cannot be read.",
                where=place,
                remedy=f"It must be {kind}; leave it empty where it is unknown.",
            )
        found.append(value)
    return np.array(found)


def _yes_or_no(cell: str) -> float | None:
    word = cell.lower()
    return 1.0 if word in _YES else 0.0 if word in _NO else None


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def cohort_csv(cohort: Cohort) -> bytes:
    """Return a cohort as CSV, an unknown cell empty; a simulated one has the column that says so."""
    titles = [cohort.exposure_name, cohort.outcome_name, *cohort.covariates]
    columns = [cohort.exposure, cohort.outcome, *cohort.covariates.values()]
    if cohort.growth is not None:
        titles, columns = [*titles, "growth_ml"], [*columns, cohort.growth]
    lines = [",".join(["profile", *titles, SIMULATED_COLUMN])]
    simulated = "yes" if cohort.simulated else "no"
    for at, profile in enumerate(cohort.profile):
        cells = ("" if math.isnan(column[at]) else f"{column[at]:g}" for column in columns)
        lines.append(",".join([profile, *cells, simulated]))
    return ("\n".join(lines) + "\n").encode("utf-8")
