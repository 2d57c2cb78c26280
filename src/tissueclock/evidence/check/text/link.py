"""Which numbers of a sentence belong together: groups, effect and p-value of one comparison."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tissueclock.evidence.check.text.item import ArmItem, EffectItem, HeterogeneityItem, Item, PItem
from tissueclock.evidence.check.text.words import VERSUS

_VERSUS = re.compile(
    rf"\s{VERSUS}\s|\b(?:group|arm)\b.*\band\b|\s+and\s+(?:in\s+)?$|\bcompared\b", re.IGNORECASE
)
_RESPECTIVELY = re.compile(r"\brespectively\b", re.IGNORECASE)
_NEAR = 60
"""How many letters may stand between an effect and its p-value (our choice)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The items of one result, each None or empty where there is none.

    `again`: the groups are those of the result before.
    """

    arms: tuple[ArmItem, ...] = ()
    again: bool = False
    effect: EffectItem | None = None
    p: PItem | None = None
    i2: HeterogeneityItem | None = None

    @property
    def start(self) -> int:
        """Where its first item starts."""
        return min(item.start for item in self._items())

    @property
    def end(self) -> int:
        """Where its last item ends."""
        return max(item.end for item in self._items())

    def _items(self) -> list[Item]:
        arms = () if self.again else self.arms
        return [item for item in (*arms, self.effect, self.p, self.i2) if item is not None]


def drafts_of(sentence: str, items: Sequence[Item]) -> tuple[Draft, ...]:
    """Return the results of a sentence, in order."""
    found = list(_Linker(sentence).linked(items))
    return tuple(sorted(found, key=lambda draft: draft.start))


class _Linker:
    """Goes through the items of one sentence: groups wait in a pool for the effect or p behind them."""

    def __init__(self, sentence: str) -> None:
        self._sentence = sentence
        self._together = _RESPECTIVELY.search(sentence) is not None
        self._pool: list[ArmItem] = []
        self._used: tuple[ArmItem, ...] = ()
        self._drafts: list[Draft] = []

    def linked(self, items: Sequence[Item]) -> Iterator[Draft]:
        for item in items:
            if isinstance(item, ArmItem):
                self._pool.append(item)
            elif isinstance(item, EffectItem):
                self._effect(item)
            elif isinstance(item, PItem):
                self._p(item)
            elif isinstance(item, HeterogeneityItem):
                self._i2(item)
        self._leave_pool()
        yield from self._drafts

    def _effect(self, item: EffectItem) -> None:
        waiting = self._last_without_effect()
        if waiting is not None and not self._pool and item.start - waiting.end <= _NEAR:
            self._drafts[-1] = replace(waiting, effect=item)
            return
        told = [draft.effect.measure for draft in self._drafts if draft.effect is not None]
        again = not self._pool
        others = again and item.measure in told  # the same measure once more is of others, or adjusted
        self._drafts.append(Draft(arms=() if others else self._groups(item.start), again=again, effect=item))

    def _last_without_effect(self) -> Draft | None:
        """Return the last draft if it is a p-value that stands before its effect."""
        if not self._drafts or self._drafts[-1].effect is not None or self._drafts[-1].p is None:
            return None
        return self._drafts[-1]

    def _p(self, item: PItem) -> None:
        if item.role:
            return
        last = self._drafts[-1] if self._drafts else None
        if last is not None and last.effect is not None and last.p is None and not self._pool:
            inside = last.effect.start <= item.start < last.effect.end
            if inside or 0 <= item.start - last.end <= _NEAR:
                self._drafts[-1] = replace(last, p=item)
                return
        again = not self._pool
        self._drafts.append(Draft(arms=self._groups(item.start), again=again, p=item))

    def _i2(self, item: HeterogeneityItem) -> None:
        last = self._drafts[-1] if self._drafts else None
        if last is not None and last.effect is not None and last.i2 is None:
            self._drafts[-1] = replace(last, i2=item)

    def _groups(self, start: int) -> tuple[ArmItem, ...]:
        """Return the groups that wait, as far as they are one comparison; what is left over stands alone."""
        pool, self._pool = self._pool, []
        if not pool:
            return self._used if self._drafts and start - self._drafts[-1].end <= _NEAR else ()
        chosen = self._chosen(pool)
        self._alone(item for item in pool if item not in chosen)
        self._used = chosen
        return chosen

    def _chosen(self, pool: list[ArmItem]) -> tuple[ArmItem, ...]:
        if self._together and len(pool) > 1:
            return tuple(pool) if len(pool) == 2 and self._is_versus(pool) else ()
        if len(pool) <= 2:
            return tuple(pool) if len(pool) == 1 or self._is_one_list(pool) else (pool[-1],)
        last = pool[-2:]
        return tuple(last) if self._is_versus(last) else ()

    def _between(self, pair: Sequence[ArmItem]) -> str:
        return self._sentence[pair[0].end : pair[1].start]

    def _is_one_list(self, pair: Sequence[ArmItem]) -> bool:
        """Tell whether no semicolon parts the two, but inside brackets, where it parts groups, too."""
        inside = self._sentence[: pair[0].start].count("(") > self._sentence[: pair[0].start].count(")")
        return ";" not in self._between(pair) or (inside and ")" not in self._between(pair))

    def _is_versus(self, pair: Sequence[ArmItem]) -> bool:
        return _VERSUS.search(self._between(pair)) is not None

    def _leave_pool(self) -> None:
        pool, self._pool = self._pool, []
        if not (len(pool) == 2 and self._is_versus(pool) and not self._together):
            self._alone(pool)
        elif len(self._drafts) == 1 and self._drafts[0].effect is not None and not self._drafts[0].arms:
            self._drafts[0] = replace(self._drafts[0], arms=tuple(pool))  # the groups stand behind the effect
        else:
            self._drafts.append(Draft(arms=tuple(pool)))

    def _alone(self, items: Iterator[ArmItem] | Sequence[ArmItem]) -> None:
        self._drafts += [Draft(arms=(item,)) for item in items]
