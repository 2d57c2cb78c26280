"""Which trials admit the same cases: an UpSet plot.

Lex A, Gehlenborg N, Strobelt H, Vuillemot R, Pfister H, IEEE Trans Vis Comput Graph 2014;20:1983-1992.
"""

from __future__ import annotations

from collections.abc import Iterator

from tissueclock.core.notice import DISCLAIMER
from tissueclock.eligibility.cohort.result import CohortResult, Combination
from tissueclock.report.plain import svg

_ROW, _COLUMN, _DOT = 24.0, 34.0, 7.0
_LEFT, _NAMES, _TOP, _BARS = 24.0, 190.0, 96.0, 190.0
_SIZES = 130.0
_LEAST_COLUMNS = 12


def draw_overlap(result: CohortResult) -> str:
    """Return the picture: a column a combination, the largest first, and how many cases are in it."""
    columns = max(len(result.largest), _LEAST_COLUMNS)
    width = _LEFT + _SIZES + _NAMES + columns * _COLUMN + 40
    height = _TOP + _BARS + len(result.counts) * _ROW + 70
    title = "Who is eligible under the same trials"
    description = f"{result.n} cases; a column: those eligible under just this combination of trials"
    return svg.picture(width, height, title, description, _parts(result, width, height))


def _parts(result: CohortResult, width: float, height: float) -> Iterator[str]:
    yield svg.text(_LEFT, 34, "Who is eligible under the same trials", size=18, weight=600)
    yield svg.text(_LEFT, 56, _subtitle(result), fill=svg.MUTED)
    yield from _rows(result, width)
    tallest = max((item.n for item in result.largest), default=1)
    for at, item in enumerate(result.largest):
        yield svg.group(_column(result, item, _column_x(at), tallest), _hint(item))
    if not result.largest:
        yield svg.text(_column_x(0), _TOP + _BARS - 20, "no case is eligible under any trial", fill=svg.MUTED)
    yield svg.text(_LEFT, height - 34, _footnote(result), size=11, fill=svg.MUTED)
    yield svg.text(_LEFT, height - 16, DISCLAIMER, size=11, fill=svg.MUTED)


def _rows(result: CohortResult, width: float) -> Iterator[str]:
    """Yield a band a trial, with its name and how many cases are eligible under it."""
    largest = max((counts.eligible for counts in result.counts), default=0) or 1
    yield svg.text(_LEFT + _SIZES, _TOP + _BARS - 10, "eligible", size=11, anchor="end", fill=svg.MUTED)
    for at, counts in enumerate(result.counts):
        y = _TOP + _BARS + at * _ROW
        length = (_SIZES - 62) * counts.eligible / largest
        if at % 2 == 0:
            yield svg.box(_LEFT, y, width - 2 * _LEFT, _ROW, svg.SOFT)
        yield svg.box(_LEFT + _SIZES - length, y + 5, length, _ROW - 10, svg.ACCENT)
        yield svg.text(
            _LEFT + _SIZES - length - 5, y + 16, svg.number(counts.eligible), size=11, anchor="end"
        )
        yield svg.text(_LEFT + _SIZES + 12, y + 16, counts.title)


def _column(result: CohortResult, item: Combination, x: float, tallest: int) -> Iterator[str]:
    height = (_BARS - 40) * item.n / tallest
    yield svg.box(x - 11, _TOP + _BARS - 8 - height, 22, height, svg.ACCENT)
    yield svg.text(x, _TOP + _BARS - 13 - height, svg.number(item.n), size=10, anchor="middle")
    places = [at for at, counts in enumerate(result.counts) if counts.trial in item.trials]
    for at in range(len(result.counts)):
        yield svg.dot(x, _row_y(at), _DOT - 1, svg.INK if at in places else svg.LINE)
    yield svg.line(x, _row_y(places[0]), x, _row_y(places[-1]), svg.INK, 2.5)


def _subtitle(result: CohortResult) -> str:
    eligible = result.n - result.under_none
    return (
        f"{svg.number(result.n)} cases: {svg.number(eligible)} eligible under at least one trial, "
        f"{svg.number(result.under_none)} under none. A column: eligible under exactly the marked trials."
    )


def _footnote(result: CohortResult) -> str:
    hidden = len(result.combinations) - len(result.largest)
    if not hidden:
        return f"All {len(result.largest)} combinations are shown. Scope: {result.scope}."
    return (
        f"The {len(result.largest)} largest combinations; {hidden} smaller ones hold "
        f"{svg.number(result.in_smaller)} cases. Scope: {result.scope}."
    )


def _hint(item: Combination) -> str:
    return f"{item.n} cases: {', '.join(item.trials)}"


def _column_x(at: int) -> float:
    return _LEFT + _SIZES + _NAMES + (at + 0.5) * _COLUMN


def _row_y(at: int) -> float:
    return _TOP + _BARS + (at + 0.5) * _ROW
