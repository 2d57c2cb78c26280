"""What the tests of the meta-analysis share: drawn studies, and slow, obvious versions of the code."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st

from tissueclock.evidence.meta.measures.base import MEASURES
from tissueclock.evidence.meta.studies import OneArm, StudyEffect, TwoArm

GEN = MEASURES.get("GEN")
BCG_COUNTS = (
    *((4, 123, 11, 139), (6, 306, 29, 303), (3, 231, 11, 220), (62, 13598, 248, 12867)),
    *((33, 5069, 47, 5808), (180, 1541, 372, 1451), (8, 2545, 10, 629), (505, 88391, 499, 88391)),
    *((29, 7499, 45, 7277), (17, 1716, 65, 1665), (186, 50634, 141, 27338), (5, 2498, 3, 2341)),
    (27, 16913, 29, 17854),
)
"""BCG vaccine against tuberculosis (Colditz GA et al., JAMA 1994;271:698)."""


def two_arms(*rows: tuple[int, int, int, int]) -> list[TwoArm]:
    return [TwoArm(study=f"s{i}", ai=a, n1i=n1, ci=c, n2i=n2) for i, (a, n1, c, n2) in enumerate(rows)]


def one_arms(*rows: tuple[int, int]) -> list[OneArm]:
    return [OneArm(study=f"s{i}", xi=x, ni=n) for i, (x, n) in enumerate(rows)]


def effects(yi, vi) -> list[StudyEffect]:
    return [
        StudyEffect(study=f"s{i}", yi=float(y), vi=float(v))
        for i, (y, v) in enumerate(zip(yi, vi, strict=True))
    ]


YI = st.floats(-3, 3).map(lambda y: round(y, 3))
VI = st.floats(0.01, 2).map(lambda v: round(v, 3))
PAIRS = st.lists(st.tuples(YI, VI), min_size=3, max_size=12)


@st.composite
def arms(draw, smallest: int = 0):
    n1, n2 = draw(st.integers(5, 80)), draw(st.integers(5, 80))
    a, c = (draw(st.integers(smallest, n - smallest)) for n in (n1, n2))
    return a, n1, c, n2


ARMS = st.lists(arms(), min_size=2, max_size=8)
FULL_ARMS = st.lists(arms(smallest=1), min_size=2, max_size=8)


def split(pairs) -> tuple[np.ndarray, np.ndarray]:
    return np.array([y for y, _ in pairs]), np.array([v for _, v in pairs])


def slow_p(weights, design) -> np.ndarray:
    """Return P as it is written in the papers, a k x k matrix."""
    w = np.diag(weights)
    return w - w @ design @ np.linalg.inv(design.T @ w @ design) @ design.T @ w


def slow_tau2(name: str, yi, vi, design) -> tuple[float, float]:
    """Return tau2 and its error by the formulas of Viechtbauer (2005), with whole matrices."""
    k, p = design.shape
    v = np.diag(vi)
    base = {"HE": np.ones(k), "SJ": 1 / (vi + np.var(yi))}.get(name, 1 / vi)
    proj = slow_p(base, design)
    q = yi @ proj @ yi
    value, scale = {
        "DL": lambda: ((q - (k - p)) / np.trace(proj), 1 / np.trace(proj)),
        "HE": lambda: ((q - np.trace(proj @ v)) / (k - p), 1 / (k - p)),
        "HS": lambda: ((q - k) / base.sum(), 1 / base.sum()),
        "HSk": lambda: ((k / (k - p) * q - k) / base.sum(), k / (k - p) / base.sum()),
        "SJ": lambda: (np.var(yi) * q / (k - p), np.var(yi) / (k - p)),
    }[name]()
    value = max(0.0, float(value))
    spread = proj @ (v + value * np.eye(k))
    return value, float(scale * math.sqrt(2 * np.trace(spread @ spread)))


def slow_log_likelihood(yi, vi, design, tau2: float, *, restricted: bool) -> float:
    """Return the log-likelihood of tau2 with whole matrices, without constants."""
    inverse = np.diag(1 / (vi + tau2))
    rest = yi @ slow_p(1 / (vi + tau2), design) @ yi
    value = 0.5 * np.log(np.linalg.det(inverse)) - 0.5 * rest
    if restricted:
        value -= 0.5 * np.log(np.linalg.det(design.T @ inverse @ design))
    return float(value)
