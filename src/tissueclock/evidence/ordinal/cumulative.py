"""Cumulative logit models of patient rows: proportional, partly proportional or free, by Newton's method.

logit P(Y <= k) is linear in the parameters at each cut. With F the logistic function, a patient whose logits
at the cuts above and below the own level are u and l adds log F(u) + log F(-l) + log(1 - exp(l - u)) to the
log likelihood, which is concave; the lowest level has no l, the highest no u (McCullagh P, J R Stat Soc B
1980;42:109; Peterson B, Harrell FE, Appl Stat 1990;39:205 for effects that differ between cuts).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.special import expit, log_expit

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
_MOST_STEPS, _MOST_HALVINGS = 100, 60
_DONE = 1e-16
"""Newton's decrement, in squared standard errors, below which no further step is worth taking."""
_SETTLED = 1e-8
_NO_GAIN = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """The patients of one level: their columns (a 1 first), and which parameters belong to them at each cut.

    `up` is of the cut above, empty for the highest level, `down` of the one below, empty for the lowest.
    """

    columns: Floats
    up: Places
    down: Places

    def logits(self, at: Floats) -> tuple[Floats | None, Floats | None]:
        """Return the logits at the cut above and at the one below, None where there is no such cut."""
        above = self.columns @ at[self.up] if self.up.size else None
        below = self.columns @ at[self.down] if self.down.size else None
        return above, below

    def value(self, at: Floats) -> float:
        """Return the log likelihood of these patients; -inf where cuts are out of order."""
        above, below = self.logits(at)
        value = 0.0
        if above is not None:
            value += float(log_expit(above).sum())
        if below is not None:
            value += float(log_expit(-below).sum())
        if above is None or below is None:
            return value
        gap = above - below
        return value + float(np.log(-np.expm1(-gap)).sum()) if (gap > 0).all() else -np.inf

    def slopes(self, at: Floats) -> tuple[Floats, Floats, Floats]:
        """Return what each patient's log likelihood grows by with u and with l, and the pull between them."""
        above, below = self.logits(at)
        none = np.zeros(len(self.columns))
        pull = none if above is None or below is None else -1 / np.expm1(below - above) - 1
        up = none if above is None else expit(-above) + pull
        down = none if below is None else -expit(below) - pull
        return up, down, pull

    def chances(self, at: Floats) -> Floats:
        """Return the chance of this level for each patient."""
        above, below = self.logits(at)
        if above is None or below is None:
            return np.asarray(expit(-below) if below is not None else expit(above))
        return np.asarray(expit(above) * expit(-below) * -np.expm1(below - above))

    def bends(self, at: Floats) -> tuple[Floats, Floats, Floats]:
        """Return minus the second derivatives of each patient's log likelihood: in u, in l, and in both."""
        above, below = self.logits(at)
        _, _, pull = self.slopes(at)
        between = pull * (1 + pull)
        up = between if above is None else between + expit(above) * expit(-above)
        down = between if below is None else between + expit(below) * expit(-below)
        return up, down, -between


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """The patients of every level, and the number of parameters."""

    blocks: tuple[Block, ...]
    size: int

    def value(self, at: Floats) -> float:
        """Return the log likelihood; -inf where the cuts of a patient are out of order."""
        return sum(block.value(at) for block in self.blocks)

    def gradient(self, at: Floats) -> Floats:
        """Return the gradient of the log likelihood."""
        found = np.zeros(self.size)
        for block in self.blocks:
            up, down, _ = block.slopes(at)
            found[block.up] += up @ block.columns if block.up.size else 0.0
            found[block.down] += down @ block.columns if block.down.size else 0.0
        return found

    def information(self, at: Floats) -> Floats:
        """Return the observed information, minus the second derivatives of the log likelihood."""
        return self._gathered((block, *block.bends(at)) for block in self.blocks)

    def outer_slopes(self, at: Floats) -> Floats:
        """Return the sum of each patient's squared gradient, weighted by the chance of the level.

        Over designs that put all patients at one level after the other, it adds up to the expected
        information.
        """
        parts = []
        for block in self.blocks:
            chances, (up, down, _) = block.chances(at), block.slopes(at)
            parts.append((block, chances * up**2, chances * down**2, chances * up * down))
        return self._gathered(iter(parts))

    def rows(self) -> Floats:
        """Return the conditions that a direction never makes a patient less likely: rows @ direction <= 0."""
        found = []
        for block in self.blocks:
            for places, sign in ((block.up, -1.0), (block.down, 1.0)):
                if places.size:
                    row = np.zeros((len(block.columns), self.size))
                    row[:, places] = sign * block.columns
                    found.append(row)
        return np.concatenate(found)

    def _gathered(self, parts: Iterator[tuple[Block, Floats, Floats, Floats]]) -> Floats:
        found = np.zeros((self.size, self.size))
        for block, up, down, both in parts:
            if block.up.size:
                found[np.ix_(block.up, block.up)] += (block.columns.T * up) @ block.columns
            if block.down.size:
                found[np.ix_(block.down, block.down)] += (block.columns.T * down) @ block.columns
            if block.up.size and block.down.size:
                shared = (block.columns.T * both) @ block.columns
                found[np.ix_(block.up, block.down)] += shared
                found[np.ix_(block.down, block.up)] += shared
        return found


def design_of(level_of: Places, levels: int, same: Floats, free: Floats) -> Design:
    """Return the design: a parameter a cut, one a column of `same`, then those of `free` cut by cut.

    `level_of` is from 0 to `levels` - 1; `same` and `free` are patients x columns.
    """
    cuts, shared, loose = levels - 1, same.shape[1], free.shape[1]
    columns = np.concatenate([np.ones((len(level_of), 1)), same, free], axis=1)

    def places(cut: int) -> Places:
        if not 0 <= cut < cuts:
            return np.array([], dtype=np.intp)
        first = cuts + shared + cut * loose
        return np.array([cut, *range(cuts, cuts + shared), *range(first, first + loose)], dtype=np.intp)

    blocks = (Block(columns[level_of == j], places(j), places(j - 1)) for j in range(levels))
    return Design(tuple(block for block in blocks if len(block.columns)), cuts + shared + cuts * loose)


@dataclass(frozen=True, slots=True, eq=False)
class Peak:
    """Where the likelihood is highest. `decrement` is twice what the last step was expected to gain.

    `converged` is a peak that was reached; `settled` a likelihood that grows no more, which is so too where
    some estimate runs off to infinity.
    """

    at: Floats
    value: float
    information: Floats
    gradient: Floats
    decrement: float

    @property
    def converged(self) -> bool:
        """Whether no step is worth taking."""
        return self.decrement <= _DONE

    @property
    def settled(self) -> bool:
        """Whether the log likelihood is known to eight digits after the point."""
        return self.decrement <= _SETTLED


def climb(design: Design, start: Floats, held: int | None = None) -> Peak:
    """Maximise the likelihood from a start in order, with the parameter `held` kept where it is."""
    at, value = start.copy(), design.value(start)
    moving = np.arange(len(start)) != (-1 if held is None else held)
    gradient, information = design.gradient(at), design.information(at)
    decrement = np.inf
    for _ in range(_MOST_STEPS):
        step = np.zeros(len(at))
        try:
            step[moving] = np.linalg.solve(information[np.ix_(moving, moving)], gradient[moving])
        except np.linalg.LinAlgError:
            break
        decrement = float(gradient @ step)
        at, value = _moved(design, at, step, value)
        gradient, information = design.gradient(at), design.information(at)
        if decrement <= _DONE:
            break
    return Peak(at, value, information, gradient, max(decrement, 0.0))


def _moved(design: Design, at: Floats, step: Floats, value: float) -> tuple[Floats, float]:
    """Return the place after the step, halved for as long as the likelihood falls."""
    size = 1.0
    for _ in range(_MOST_HALVINGS):
        tried = at + size * step
        found = design.value(tried)
        if found >= value - 1e-12 * abs(value):
            return tried, found
        size /= 2
    return at, value


def separating_places(design: Design) -> tuple[int, ...] | None:
    """Return parameters with a direction in which the likelihood never falls, None where there is none.

    Along it every patient's cut above rises or stays and the cut below falls or stays (the arms, or a
    covariate, separate the levels): some estimate is infinite. Whether there is one is a linear program;
    parameters that it can do without are taken out one after the other, the first ones last.
    """
    rows = design.rows()
    moving = np.ones(design.size, dtype=bool)
    if not _has_direction(rows, moving):
        return None
    for place in range(design.size - 1, -1, -1):
        moving[place] = False
        moving[place] = not _has_direction(rows, moving)
    return tuple(int(place) for place in np.flatnonzero(moving))


def _has_direction(rows: Floats, moving: NDArray[np.bool_]) -> bool:
    bounds = np.stack([np.where(moving, -1.0, 0.0), np.where(moving, 1.0, 0.0)], axis=1)
    found = linprog(rows.sum(axis=0), A_ub=rows, b_ub=np.zeros(len(rows)), bounds=bounds)
    return bool(found.status == 0 and -found.fun > _NO_GAIN)
