"""One number of R beside ours, and what the comparisons of all cases share."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from r_roots import uniroot

from tissueclock.evidence.meta.heterogeneity import (
    i2_of_tau2,
    typical_variance,
)
from tissueclock.evidence.meta.linear import ones, weighted_fit
from tissueclock.evidence.meta.normal import chi2_quantile
from tissueclock.evidence.meta.pool import AD_HOC, KNAPP_HARTUNG, Z, columns
from tissueclock.evidence.meta.quadratic_form import upper_tail
from tissueclock.evidence.meta.studies import OneArm, StudyEffect, TwoArm
from tissueclock.evidence.meta.tau2 import cochran_q

CASES = Path(__file__).parents[1] / "cases"
CLOSED, ITERATED = 1e-6, 1e-4
ROOTS, SCORING, PROPORTIONS, OWN_Z, DEVIANCE = "roots", "scoring", "proportions", "own z", "deviance"
TESTS = {"z": Z, "knha": KNAPP_HARTUNG, "adhoc": AD_HOC}
TWO_ARM = ("meta_bcg", "meta_largecore_mrs03", "meta_li_magnesium")
ONE_ARM = ("meta_prop_pritz", "meta_prop_sich_synthetic")
META = ("metapkg_bcg", "metapkg_largecore", "metapkg_prop_sich")
BIAS = ("meta_bias_bcg", "meta_bias_egger_magnesium")


@dataclass(frozen=True)
class Compared:
    """One number of R beside ours. `as_r` is what our functions give where R does something else, `why`."""

    case: str
    call: str
    name: str
    ours: float | None
    theirs: float
    as_r: float | None = None
    why: str = ""

    @property
    def limit(self) -> float:
        iterated = re.search(
            r"REML|'ML'|glmm|GLMM|type='PL'|ci_het|tau2_[lu]b|J_", f"{self.call} {self.name}"
        )
        return ITERATED if iterated else CLOSED

    @property
    def difference(self) -> float:
        return relative(self.ours, self.theirs)

    @property
    def agrees(self) -> bool:
        return self.difference <= self.limit

    @property
    def explained(self) -> bool:
        """Whether doing what R does gives R's number."""
        limit = ITERATED if self.why == DEVIANCE else CLOSED
        return self.as_r is not None and relative(self.as_r, self.theirs) <= limit


def relative(ours: float | None, theirs: float) -> float:
    """Return the relative difference; of 0 the absolute one, and infinity where we have no number."""
    if ours is None or not math.isfinite(ours):
        return math.inf
    return abs(ours - theirs) / abs(theirs) if theirs else abs(ours)


def load(name: str) -> dict[str, Any]:
    return json.loads((CASES / f"{name}.json").read_text("utf-8"))


def compared(
    case: str, call: str, ours: dict[str, Any], out: dict[str, Any], as_r=None, why: str = ""
) -> Iterator[Compared]:
    """Yield one comparison a number that R has, lists entry by entry."""
    for name, mine in ours.items():
        theirs = out[name]
        if theirs is None or theirs == []:
            continue
        other = (as_r or {}).get(name)
        if isinstance(theirs, list) and isinstance(theirs[0], list):
            mine, theirs = np.ravel(mine).tolist(), np.ravel(theirs).tolist()
        if not isinstance(theirs, list):
            mine, theirs, other = [mine], [theirs], None if other is None else [other]
        others = other or [None] * len(theirs)
        for number, (a, b, c) in enumerate(zip(mine, theirs, others, strict=True)):
            if b is not None:
                label = name if len(theirs) == 1 else f"{name}[{number}]"
                yield Compared(case, call, label, None if a is None else float(a), float(b), c, why)


def two_arms(inputs: dict[str, Any], names: Sequence[str] = TwoArm.columns) -> list[TwoArm]:
    rows = zip(*(inputs[name] for name in names), strict=True)
    return [TwoArm(study=str(i), ai=a, n1i=b, ci=c, n2i=d) for i, (a, b, c, d) in enumerate(rows)]


def one_arm(x: Sequence[int], n: Sequence[int]) -> list[OneArm]:
    return [OneArm(study=str(i), xi=a, ni=b) for i, (a, b) in enumerate(zip(x, n, strict=True))]


def given(yi: Sequence[float], vi: Sequence[float]) -> list[StudyEffect]:
    return [StudyEffect(study=str(i), yi=y, vi=v) for i, (y, v) in enumerate(zip(yi, vi, strict=True))]


def rma_numbers(pooled, out: dict[str, Any]) -> dict[str, Any]:
    """Return ours by R's names, of a random or fixed effect."""
    found = pooled.heterogeneity
    numbers = {
        "beta": pooled.beta,
        "se": pooled.se,
        "stat": pooled.statistic,
        "p": pooled.p,
        "ci_lb": pooled.beta_ci[0],
        "ci_ub": pooled.beta_ci[1],
        "tau2": found.tau2,
        "se_tau2": found.tau2_se,
        "I2": found.i2,
        "H2": found.h2,
        "Q": found.q,
        "Q_df": found.q_df,
        "Q_p": found.q_p,
        "pi_lb": pooled.beta_pi and pooled.beta_pi[0],
        "pi_ub": pooled.beta_pi and pooled.beta_pi[1],
        "back": [pooled.estimate, *pooled.ci],
    }
    return {name: value for name, value in numbers.items() if name in out}


def q_profile_as_r(yi, vi, design) -> list[float]:
    """Return the Q-profile interval with R's root finder."""
    df = len(yi) - design.shape[1]
    return [
        uniroot(lambda t, p=p: cochran_q(yi, vi, design, t) - chi2_quantile(p, df), 0.0)
        for p in (0.025, 0.975)
    ]


def het_numbers(effects, pooled, case: str, call: str, out: dict[str, Any]) -> Iterator[Compared]:
    """Yield metafor's confint: tau2, tau, I2 and H2, each with its interval."""
    yi, vi = columns(effects)
    typical = typical_variance(vi, ones(len(yi)))

    def table(ends: Sequence[float]) -> dict[str, list[float]]:
        tau2 = [pooled.heterogeneity.tau2, *ends]
        return {
            "tau2": tau2,
            "tau": [t**0.5 for t in tau2],
            "I2": [i2_of_tau2(t, typical) for t in tau2],
            "H2": [t / typical + 1 for t in tau2],
        }

    ours = table(pooled.heterogeneity.tau2_ci)
    as_r = table(q_profile_as_r(yi, vi, ones(len(yi))))
    yield from compared(case, f"{call}, ci_het", ours, out["ci_het"], as_r, ROOTS)


def exceeds(yi, vi, weights, tau2: float) -> float:
    """Return the chance of Q with fixed weights above what it is, at a tau2: formed as a matrix."""
    half = np.diag(weights) - np.outer(weights, weights) / np.sum(weights)
    root = np.sqrt(vi + tau2)
    values = np.linalg.eigvalsh(root[:, None] * half * root)[1:]
    return upper_tail(weighted_fit(yi, weights, ones(len(yi))).residual_squares, values)
