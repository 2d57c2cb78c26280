"""Subgroups: each pooled by itself, and a test of whether they differ.

With a variance between studies of its own for every subgroup, or with one that all share. The test is the
heterogeneity of the subgroups' estimates (Borenstein M, Higgins JPT, Prev Sci 2013;14:134).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tissueclock.core.errors import InputError
from tissueclock.evidence.meta.measures.base import Measure
from tissueclock.evidence.meta.normal import chi2_upper
from tissueclock.evidence.meta.pool import PoolSettings, columns, pool
from tissueclock.evidence.meta.pooled import PooledEffect
from tissueclock.evidence.meta.regression import Moderator, design_of, regress_on
from tissueclock.evidence.meta.studies import StudyEffect

PoolSome = Callable[[Sequence[int]], PooledEffect]
"""Pools the studies whose numbers, from 0, are given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subgroups:
    """The pooled effect of every subgroup, in the order of their names, and the test of their differences.

    `common_tau2` says that one variance between studies holds for all. `df2` is None for a chi-square, else
    the statistic is an F with `df` and `df2` degrees of freedom.
    """

    column: str
    common_tau2: bool
    names: tuple[str, ...]
    members: tuple[tuple[int, ...], ...]
    effects: tuple[PooledEffect, ...]
    statistic: float
    df: int
    df2: int | None
    p: float

    def to_json(self) -> dict[str, Any]:
        """Return the subgroups with their pooled effects, and the test."""
        groups = zip(self.names, self.effects, strict=True)
        test = {name: getattr(self, name) for name in ("statistic", "df", "df2", "p")}
        return {
            "column": self.column,
            "tau2": "common" if self.common_tau2 else "separate",
            "groups": [{"group": name, **effect.to_json()} for name, effect in groups],
            "difference": test,
        }


def separate_subgroups(column: str, values: Sequence[str], pool_some: PoolSome) -> Subgroups:
    """Return subgroups that are pooled each by itself.

    The test is Q of their estimates, a chi-square. Raises InputError where there is one subgroup only.
    """
    names, members = _members(column, values)
    effects = tuple(map(pool_some, members))
    weights = np.array([1 / one.se**2 for one in effects])
    betas = np.array([one.beta for one in effects])
    q = float(np.sum(weights * (betas - np.average(betas, weights=weights)) ** 2))
    df = len(names) - 1
    return Subgroups(
        column=column,
        common_tau2=False,
        names=names,
        members=members,
        effects=effects,
        statistic=q,
        df=df,
        df2=None,
        p=chi2_upper(q, df),
    )


def common_tau2_subgroups(
    column: str,
    values: Sequence[str],
    effects: Sequence[StudyEffect],
    measure: Measure,
    settings: PoolSettings,
) -> Subgroups:
    """Return subgroups that share one tau2: that of a meta-regression on the subgroup, whose test is given.

    Raises InputError where there is one subgroup only, or no more studies than subgroups.
    """
    names, members = _members(column, values)
    yi, vi = columns(effects)
    design, coefficients = design_of([Moderator(name=column, values=tuple(values))], len(values))
    found = regress_on(yi, vi, design, coefficients, settings)
    pooled = tuple(
        pool([effects[index] for index in some], measure, settings, tau2=found.shared_tau2)
        for some in members
    )
    return Subgroups(
        column=column,
        common_tau2=True,
        names=names,
        members=members,
        effects=pooled,
        statistic=found.qm,
        df=found.qm_df,
        df2=found.df,
        p=found.qm_p,
    )


def _members(column: str, values: Sequence[str]) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...]]:
    names = tuple(sorted(set(values)))
    if len(names) < 2:
        raise InputError(f"'{column}' has one value only.", remedy="A subgroup needs another beside it.")
    members = tuple(tuple(i for i, value in enumerate(values) if value == name) for name in names)
    return names, members
