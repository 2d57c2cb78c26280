"""What an estimate rests on: without each study in turn, and as studies came in."""

from __future__ import annotations

from collections.abc import Sequence

from tissueclock.evidence.meta.pooled import PooledEffect
from tissueclock.evidence.meta.subgroups import PoolSome


def leave_one_out(k: int, pool_some: PoolSome) -> tuple[PooledEffect, ...]:
    """Return what is pooled without each of `k` >= 2 studies."""
    return tuple(pool_some([other for other in range(k) if other != left_out]) for left_out in range(k))


def cumulative(order: Sequence[int], pool_some: PoolSome) -> tuple[PooledEffect, ...]:
    """Return what is pooled after each study, in the order given by their numbers from 0."""
    return tuple(pool_some(order[: number + 1]) for number in range(len(order)))
