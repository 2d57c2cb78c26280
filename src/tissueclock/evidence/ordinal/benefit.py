"""How many patients end one grade better or more: bounds over joint outcome tables.

A trial shows the grades of each arm, not what a patient would have had in the other one. A joint outcome
table says how many patients have grade i with the first arm's treatment and j with the second's; the arms
are its margins (Saver JL, Arch Neurol 2004;61:1066; Saver JL et al, Stroke 2009;40:2433). Three answers:

* over all tables with these margins, the share that benefits has sharp bounds (Makarov's inequality);
* over those that move patients no further than the margins require, in grades summed over patients: nobody
  is harmed unless a lead at some cut demands it. Moves of one grade help most patients, long ones fewest;
* with independent outcomes, as if each patient's pair were drawn: the pairs' wins and losses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from tissueclock.core.errors import InternalError
from tissueclock.evidence.ordinal.estimate import Estimate
from tissueclock.evidence.ordinal.table import MrsTable
from tissueclock.evidence.two_groups.nnt import Needed, number_needed

Whole = NDArray[np.int64]
_DEFINITION = "better by one level of the scale or more"


@dataclass(frozen=True, slots=True)
class Joint:
    """A joint outcome table: `counts[i][j]` of `n` end at level i in the first arm, at j in the second."""

    counts: tuple[tuple[int, ...], ...]

    @property
    def n(self) -> int:
        """All patients of the table."""
        return sum(map(sum, self.counts))

    @property
    def benefit(self) -> float:
        """The share with a better level in the first arm."""
        return sum(sum(row[place + 1 :]) for place, row in enumerate(self.counts)) / self.n

    @property
    def harmed(self) -> int:
        """The patients with a worse level in the first arm."""
        return sum(sum(row[:place]) for place, row in enumerate(self.counts))

    @property
    def harm(self) -> float:
        """The share with a worse level in the first arm."""
        return self.harmed / self.n

    def to_json(self) -> dict[str, Any]:
        """Return shares, numbers needed, and the table in percent."""
        return {
            "benefit": self.benefit,
            "harm": self.harm,
            "nntb": reciprocal(self.benefit),
            "nnth": reciprocal(self.harm),
            "table_percent": [[100 * count / self.n for count in row] for row in self.counts],
        }


def reciprocal(share: float) -> float | None:
    """Return patients to treat for one of a share; None for a share of 0, which no number of them gives."""
    return 1 / share if share > 0 else None


def needed_to_treat(net: Estimate) -> Needed | None:
    """Return 1 / net benefit, with an interval that may run through infinity; None without an interval."""
    if net.estimate is None or net.ci_low is None or net.ci_high is None:
        return None
    interval = (net.ci_low, net.ci_high)
    return number_needed(net.estimate, interval, method="U statistic", event_is_good=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The least and the most that can benefit, and be harmed, whatever the joint outcome table."""

    benefit: tuple[float, float]
    harm: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Benefit:
    """Who benefits: `best` and `worst` (by benefit less harm) among tables of least movement, and `bounds`.

    `moved` is that movement in levels a patient. `net` is the net benefit of the pairs, `win` and `loss` its
    parts.
    """

    best: Joint
    worst: Joint
    moved: float
    bounds: Bounds
    win: float
    loss: float
    net: Estimate

    def to_json(self) -> dict[str, Any]:
        """Return every part, with the number needed to treat of each."""
        (low, high), (harm_low, harm_high) = self.bounds.benefit, self.bounds.harm
        return {
            "definition": _DEFINITION,
            "independent": {
                "benefit": self.win,
                "harm": self.loss,
                "nntb": reciprocal(self.win),
                "nnth": reciprocal(self.loss),
                **_nnt_json(needed_to_treat(self.net)),
            },
            "least_movement": {
                "levels_a_patient": self.moved,
                "best": self.best.to_json(),
                "worst": self.worst.to_json(),
            },
            "any_table": {
                "benefit_low": low,
                "benefit_high": high,
                "harm_low": harm_low,
                "harm_high": harm_high,
                "nntb_best": reciprocal(high),
                "nntb_worst": reciprocal(low),
            },
        }


def benefit_of(table: MrsTable, win: float, loss: float, net: Estimate) -> Benefit:
    """Return the bounds of a table, with shares of pairs and their net benefit as `pairs` gives them."""
    supply, demand = _margins(table)
    place = np.arange(len(supply))
    gain = np.sign(place[None, :] - place[:, None]).astype(np.float64)  # 1 where the first arm is better
    lead = np.cumsum(supply - demand)
    allowed = _least_moves(lead)
    return Benefit(
        best=joint_table(supply, demand, -gain, allowed),
        worst=joint_table(supply, demand, gain, allowed),
        moved=int(np.abs(lead).sum()) / int(supply.sum()),
        bounds=bounds_of(table),
        win=win,
        loss=loss,
        net=net,
    )


def _margins(table: MrsTable) -> tuple[Whole, Whole]:
    """Return both arms as whole numbers with the same sum."""
    first, second = (np.array(counts, dtype=np.int64) for counts in table.counts)
    return first * second.sum(), second * first.sum()


def _least_moves(lead: Whole) -> NDArray[np.bool_]:
    """Return the cells of tables of least movement, from the lead of the first arm after each level.

    Movement is least where every cut is crossed in one direction only, that of the lead, and by no more than
    the lead (optimal transport on a line).
    """
    levels = len(lead)
    allowed = np.eye(levels, dtype=bool)
    for low in range(levels):
        for high in range(low + 1, levels):
            crossed = lead[low:high]
            allowed[low, high] = (crossed > 0).all()
            allowed[high, low] = (crossed < 0).all()
    return allowed


def bounds_of(table: MrsTable) -> Bounds:
    """Return Makarov's bounds: at least the largest lead at a cut, at most what no cut forbids."""
    supply, demand = _margins(table)
    total = int(supply.sum())
    up_to, others = np.cumsum(supply), np.cumsum(demand)
    lead = up_to - others
    return Bounds(
        benefit=(max(int(lead.max()), 0) / total, int((up_to - supply + total - others).min()) / total),
        harm=(max(int(-lead.min()), 0) / total, int((others - demand + total - up_to).min()) / total),
    )


def joint_table(
    supply: Whole, demand: Whole, cost: NDArray[np.float64], allowed: NDArray[np.bool_] | None = None
) -> Joint:
    """Return a cheapest joint table with these whole margins, of the allowed cells only.

    A corner of a transport problem is whole, and so is the answer.
    """
    levels = len(supply)
    rows = np.kron(np.eye(levels), np.ones(levels))
    columns = np.kron(np.ones(levels), np.eye(levels))
    most = np.full(cost.shape, np.inf) if allowed is None else np.where(allowed, np.inf, 0.0)
    found = linprog(
        cost.ravel(),
        A_eq=np.concatenate([rows, columns]),
        b_eq=np.concatenate([supply, demand]),
        bounds=np.stack([np.zeros(most.size), most.ravel()], axis=1),
        method="highs-ds",
    )
    if found.status != 0:
        raise InternalError("a joint outcome table was not found.", remedy="Please report it.")
    counts = np.rint(found.x).astype(np.int64).reshape(levels, levels)
    if (counts.sum(axis=1) != supply).any() or (counts.sum(axis=0) != demand).any():
        raise InternalError("a joint outcome table does not add up.", remedy="Please report it.")
    return Joint(tuple(tuple(int(count) for count in row) for row in counts))


def _nnt_json(needed: Needed | None) -> dict[str, Any]:
    """Return the number needed to treat for one net benefit, by the keys of `evidence effect`."""
    names = ("nnt", "nnt_point", "nnt_ci", "nnt_text")
    none = {"nnt_ci": [None, None], "nnt_text": "no interval of the net benefit"}
    found = needed.to_json() if needed else none
    return {name: found.get(name) for name in names}
