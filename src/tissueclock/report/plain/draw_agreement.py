"""How far trials agree beyond chance: a square of kappas, numbers in every cell."""

from __future__ import annotations

from collections.abc import Iterator

from tissueclock.core.notice import DISCLAIMER
from tissueclock.eligibility.cohort.kappa import Kappa, kappa_words
from tissueclock.eligibility.cohort.result import CohortResult, Pair
from tissueclock.report.plain import svg

_CELL, _LEFT, _TOP = 38.0, 200.0, 230.0
_LEAST_WIDTH = 760.0
_LOW, _MIDDLE, _HIGH = (163, 20, 46), (247, 248, 250), (18, 74, 120)
_NONE = "#e3e6ea"
_DARK_FROM = 0.55  # our choice: from here on white figures are easier to read
_NOTES = (
    "Below the diagonal: all cases, three answers. Above: eligible or not, the cases that both decide.",
    "On it: how many are eligible. Grey: no case, or one trial gives every case the same answer.",
)


def draw_agreement(result: CohortResult) -> str:
    """Return the picture: below the diagonal all cases in three answers, above it those that both decide."""
    side = len(result.counts) * _CELL
    width, height = max(_LEFT + side + 60, _LEAST_WIDTH), _TOP + side + 114
    title = "How far the trials agree on the same cases"
    description = f"Cohen's kappa of every pair of {len(result.counts)} trials on {result.n} cases"
    return svg.picture(width, height, title, description, _parts(result, height))


def _parts(result: CohortResult, height: float) -> Iterator[str]:
    yield svg.text(24, 34, "How far the trials agree on the same cases", size=18, weight=600)
    yield svg.text(
        24, 56, f"Cohen's kappa, {svg.number(result.n)} cases, scope {result.scope}", fill=svg.MUTED
    )
    yield from _names(result)
    places = {counts.trial: at for at, counts in enumerate(result.counts)}
    for pair in result.pairs:
        first, second = places[pair.first], places[pair.second]
        yield _cell(second, first, pair, pair.of_three, "eligible, undetermined, ineligible")
        yield _cell(first, second, pair, pair.of_two, "decided by both")
    yield from _legend(height)


def _names(result: CohortResult) -> Iterator[str]:
    for at, counts in enumerate(result.counts):
        middle = (at + 0.5) * _CELL
        yield svg.text(_LEFT - 8, _TOP + middle + 4, counts.title, anchor="end")
        yield svg.text(_LEFT + middle + 4, _TOP - 8, counts.title, turn=-60)
        yield svg.box(_LEFT + at * _CELL, _TOP + at * _CELL, _CELL - 1, _CELL - 1, "#fff", stroke=svg.LINE)
        yield svg.text(
            _LEFT + middle, _TOP + middle + 3, counts.eligible, size=9, anchor="middle", fill=svg.MUTED
        )


def _cell(row: int, column: int, pair: Pair, kappa: Kappa, what: str) -> str:
    x, y = _LEFT + column * _CELL, _TOP + row * _CELL
    value = kappa.kappa if kappa.interval else None
    dark = value is not None and abs(value) >= _DARK_FROM
    words = "\u2013" if value is None else f"{value:z.2f}".replace("-", "\u2212")
    parts = [
        svg.box(x, y, _CELL - 1, _CELL - 1, _NONE if value is None else _colour(value)),
        svg.text(
            x + _CELL / 2 - 0.5,
            y + _CELL / 2 + 4,
            words,
            size=11,
            anchor="middle",
            fill="#fff" if dark else svg.INK,
        ),
    ]
    return svg.group(parts, f"{pair.first}, {pair.second} ({what}): {kappa_words(kappa)}")


def _legend(height: float) -> Iterator[str]:
    y = height - 84
    yield svg.text(24, y, "-1".replace("-", "\u2212"), size=11)
    for step in range(41):
        yield svg.box(44 + step * 5, y - 10, 5, 12, _colour(step / 20 - 1))
    yield svg.text(254, y, "1", size=11)
    yield svg.text(276, y, "0: no better than chance", size=11, fill=svg.MUTED)
    for up, words in enumerate((DISCLAIMER, *_NOTES[::-1])):
        yield svg.text(24, height - 18 - 18 * up, words, size=11, fill=svg.MUTED)


def _colour(value: float) -> str:
    """Return red below zero, near white at zero, blue above."""
    end, share = (_HIGH, value) if value >= 0 else (_LOW, -value)
    mixed = (round(a + (b - a) * share) for a, b in zip(_MIDDLE, end, strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)
