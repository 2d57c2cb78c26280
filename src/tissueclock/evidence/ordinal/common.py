"""The common odds ratio of one table or of patient rows, with Wald's and profile limits and its tests."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from tissueclock.evidence.ordinal.bulk import Status, TableFits, fit_tables
from tissueclock.evidence.ordinal.estimate import Estimate, HypothesisTest, chi_square, finite, ratio_estimate
from tissueclock.evidence.ordinal.profile import profile_limits
from tissueclock.evidence.ordinal.regression import ARM, METHOD, ONE_LEVEL, WALD, RowsFit, ratio_test
from tissueclock.evidence.ordinal.rows import OrdinalRows
from tissueclock.evidence.ordinal.table import MrsTable


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonOr:
    """The common odds ratio for a better outcome in the first arm.

    `estimate` has Wald's interval and p. The profile limits are of the likelihood; one of them exists even
    where the estimate is infinite or 0. `ratio` is the likelihood ratio test of no effect.
    """

    estimate: Estimate
    profile_low: float | None
    profile_high: float | None
    ratio: HypothesisTest
    adjusted_for: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return every part by its name."""
        return {
            **self.estimate.to_json(),
            "profile_ci_low": self.profile_low,
            "profile_ci_high": self.profile_high,
            "likelihood_ratio": self.ratio.to_json(),
            "adjusted_for": list(self.adjusted_for),
        }


def common_or_of(table: MrsTable, level: float = 0.95) -> tuple[CommonOr, TableFits]:
    """Return the common odds ratio of a table, and the fit, an array of one, for further tests."""
    counts = table.array[None]
    fits = fit_tables(counts)
    low, high = (finite(float(np.exp(limit))) for limit in profile_limits(counts, fits, level)[0])
    reason = reason_of(table, fits)
    if reason:
        estimate = Estimate(method=METHOD, reason=reason)
    else:
        estimate = ratio_estimate(float(fits.log_or[0]), float(fits.se[0]), level, METHOD, WALD)
    found = CommonOr(
        estimate=estimate,
        profile_low=low if fits.status[0] != Status.SEPARATED_WORSE else None,
        profile_high=high,
        ratio=_ratio(fits, reason),
    )
    return found, fits


def reason_of(table: MrsTable, fits: TableFits) -> str:
    """Return why a table has no finite common odds ratio, or nothing."""
    first, second = table.arms
    return {
        Status.FITTED: "",
        Status.SEPARATED_BETTER: f"nobody in '{first}' is worse than anybody in '{second}': it is infinite",
        Status.SEPARATED_WORSE: f"nobody in '{first}' is better than anybody in '{second}': it is 0",
        Status.ONE_LEVEL: ONE_LEVEL,
        Status.NOT_CONVERGED: "the fit did not converge",
    }[Status(int(fits.status[0]))]


def _ratio(fits: TableFits, reason: str) -> HypothesisTest:
    if fits.status[0] in (Status.ONE_LEVEL, Status.NOT_CONVERGED):
        return HypothesisTest(method="likelihood ratio", reason=reason)
    return chi_square("likelihood ratio", float(fits.ratio()[0]), 1)


def adjusted_or_of(rows: OrdinalRows, fit: RowsFit, level: float = 0.95) -> CommonOr:
    """Return the common odds ratio of the arm, adjusted for the covariates of the rows."""
    limits = fit.profile(ARM, level)
    low, high = (None, None) if limits is None else map(math.exp, limits)
    return CommonOr(
        estimate=fit.estimate(ARM, level),
        profile_low=low,
        profile_high=high,
        ratio=ratio_test(rows, fit),
        adjusted_for=tuple(term.name for term in rows.terms),
    )
