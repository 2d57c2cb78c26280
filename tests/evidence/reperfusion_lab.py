"""Small cohorts whose answers are known."""

from __future__ import annotations

import numpy as np

from tissueclock.evidence.cohort.rows import Cohort
from tissueclock.evidence.two_groups.table import TwoByTwo

COVARIATES = ("age", "nihss", "onset_to_treatment_h", "core_ml")


def rows_of(table: TwoByTwo) -> Cohort:
    """Return the patients behind counts."""
    exposure = np.repeat([1.0, 0.0], [table.n_1, table.n_2])
    outcome = np.concatenate(
        [
            np.repeat([1.0, 0.0], [table.events_1, table.n_1 - table.events_1]),
            np.repeat([1.0, 0.0], [table.events_2, table.n_2 - table.events_2]),
        ]
    )
    return Cohort(exposure=exposure, outcome=outcome)


def confounded() -> Cohort:
    """Return a cohort with one yes-or-no confounder and no effect of exposure within its levels."""
    rows = [
        *[(1.0, 1.0, 1.0)] * 36, *[(1.0, 1.0, 0.0)] * 4, *[(0.0, 1.0, 1.0)] * 9, *[(0.0, 1.0, 0.0)] * 1,
        *[(1.0, 0.0, 1.0)] * 1, *[(1.0, 0.0, 0.0)] * 9, *[(0.0, 0.0, 1.0)] * 4, *[(0.0, 0.0, 0.0)] * 36,
    ]  # fmt: skip
    exposure, young, outcome = (np.array(column) for column in zip(*rows, strict=True))
    return Cohort(exposure=exposure, outcome=outcome, covariates={"young": young})
