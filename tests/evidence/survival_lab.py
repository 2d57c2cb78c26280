"""Follow-ups drawn for tests, and slow versions of what survival computes."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from tissueclock.evidence.survival.data import FollowUp, follow_up


@st.composite
def follow_ups(draw: st.DrawFn, *, groups: int = 2, causes: int = 1, strata: int = 1) -> FollowUp:
    """Draw people with many ties: times 0-8, each group with somebody, at least one event of cause 1."""
    n = draw(st.integers(max(4, groups), 25))
    whole = st.integers(0, 8)
    times = draw(st.lists(whole, min_size=n, max_size=n))
    ended = draw(st.lists(st.integers(0, causes), min_size=n, max_size=n))
    ended[0] = 1
    group = [
        *range(groups),
        *draw(st.lists(st.integers(0, groups - 1), min_size=n - groups, max_size=n - groups)),
    ]
    stratum = draw(st.lists(st.integers(0, strata - 1), min_size=n, max_size=n))
    return follow_up(times, ended, [f"g{at}" for at in group], [f"s{at}" for at in stratum])


def slow_survival(times: np.ndarray, events: np.ndarray, moment: float) -> float:
    """Return Kaplan-Meier at a moment: the product, person by person, of what each time leaves."""
    alive = 1.0
    for time in sorted(set(times[events])):
        if time <= moment:
            risk = sum(1 for other in times if other >= time)
            alive *= (
                1
                - sum(1 for other, event in zip(times, events, strict=True) if event and other == time) / risk
            )
    return alive


def a_trial(n: int, hazard_ratio: float, seed: int, *, censored: float = 0.3) -> FollowUp:
    """Return two equal groups with constant hazards; the second's is the first's times the ratio."""
    draw = np.random.default_rng(seed)
    group = np.repeat([0, 1], n)
    time = draw.exponential(1 / np.where(group == 1, hazard_ratio, 1.0))
    end = draw.exponential(1 / censored, size=2 * n)
    names = ["control" if at == 0 else "treated" for at in group]
    return follow_up(np.minimum(time, end), (time <= end).astype(int), names)
