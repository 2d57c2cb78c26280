"""Pictures of agreement as SVG: differences over means, one source over the other, and flips by rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from tissueclock.eligibility.cohort.kappa import Kappa
from tissueclock.report.comparison import Measure, Pair, RuleAgreement
from tissueclock.report.format import compact, rounded
from tissueclock.report.plain import svg
from tissueclock.report.plot import Axis, nice_ticks

_WIDTH, _HEIGHT = 640.0, 430.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 66.0, 494.0, 52.0, 380.0
_SQUARE_RIGHT = _LEFT + _BOTTOM - _TOP
_BAND = "#e4ecf4"
_DASHED = "6 4"
_DOTTED = "2 4"
_LIMITS: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {"core_ml": (15, 50, 70), "mismatch_ml": (15,), "mismatch_ratio": (1.2, 1.8)}
)
"""Where rules decide, drawn into the scatter: a point between two such lines' crossings is a flip."""


def draw_bland_altman(measure: Measure) -> str:
    """Return differences (ours minus theirs) over the pairs' means, bias and limits with their intervals."""
    title = f"{measure.label}: difference over mean"
    words = f"Bland-Altman plot of {len(measure.pairs)} pairs; {bland_altman_words(measure)}"
    return svg.picture(_WIDTH, _HEIGHT, title, words, _bland_altman(measure, title))


def draw_scatter(measure: Measure) -> str:
    """Return ours over theirs on equal axes with the line of identity and the limits of rules."""
    title = f"{measure.label}: ours over theirs"
    words = f"Scatter of {len(measure.pairs)} pairs; {concordance_words(measure)}"
    return svg.picture(_SQUARE_RIGHT + 130, _HEIGHT, title, words, _scatter(measure, title))


def bland_altman_words(measure: Measure) -> str:
    """Return bias and limits of agreement with their intervals in one line."""
    found, unit = measure.agreement.bland_altman, f" {measure.unit}".rstrip()
    bias = f"bias {signed(found.bias)}{unit}"
    if found.bias_interval is None or found.lower is None or found.upper is None:
        return f"{bias}; too few pairs for limits"
    spans = [
        _span(item) for item in (found.bias_interval, found.lower_interval, found.upper_interval) if item
    ]
    return (
        f"{bias} ({spans[0]}); 95 % limits {signed(found.lower)} ({spans[1]}) to "
        f"{signed(found.upper)}{unit} ({spans[2]})"
    )


def slope_words(measure: Measure) -> str:
    """Return the proportional bias in one line, empty where there is none to tell."""
    found = measure.agreement.bland_altman
    if found.slope is None or found.slope_interval is None:
        return ""
    low, high = (_two(number) for number in found.slope_interval)
    return f"proportional bias {_two(found.slope)} ({low} to {high})"


def concordance_words(measure: Measure) -> str:
    """Return Lin's concordance with its interval in one line."""
    found = measure.agreement.concordance
    if found.rho_c is None:
        return f"CCC undefined: {found.reason}"
    if found.interval is None:
        return f"CCC {_three(found.rho_c)} (no interval: {found.reason})"
    return f"CCC {_three(found.rho_c)} ({_three(found.interval[0])} to {_three(found.interval[1])})"


def kappa_words(kappa: Kappa) -> str:
    """Return a kappa with its interval in one line."""
    if kappa.kappa is None:
        return f"kappa undefined: {kappa.reason}"
    if kappa.interval is None:
        return f"kappa {_two(kappa.kappa)} (no interval: {kappa.reason})"
    return f"kappa {_two(kappa.kappa)} ({_two(kappa.interval[0])} to {_two(kappa.interval[1])})"


def signed(number: float) -> str:
    """Return a difference in one decimal, two below 1, with its sign."""
    text = rounded(number, 1 if abs(number) >= 1 else 2)
    return text if number < 0 else f"+{text}"


def _span(interval: tuple[float, float]) -> str:
    return f"{signed(interval[0])} to {signed(interval[1])}"


def _two(number: float) -> str:
    return rounded(number, 2)


def _three(number: float) -> str:
    return rounded(number, 3)


def _axis(values: Sequence[float], start_px: float, end_px: float) -> Axis:
    """Return an axis that ends at round numbers around all values."""
    ticks = nice_ticks(min(values), max(values))
    return Axis(ticks[0], ticks[-1], start_px, end_px)


def _bland_altman(measure: Measure, title: str) -> Iterator[str]:
    found = measure.agreement.bland_altman
    means = [(pair.ours + pair.theirs) / 2 for pair in measure.pairs]
    differences = [pair.ours - pair.theirs for pair in measure.pairs]
    ends = [end for span in (found.lower_interval, found.upper_interval) if span for end in span]
    x, y = _axis(means, _LEFT, _RIGHT), _axis([0.0, *differences, *ends], _BOTTOM, _TOP)
    for span in (found.bias_interval, found.lower_interval, found.upper_interval):
        if span:
            yield svg.box(_LEFT, y.at(span[1]), _RIGHT - _LEFT, y.at(span[0]) - y.at(span[1]), _BAND)
    unit = f", {measure.unit}" if measure.unit else ""
    yield from _frame(title, x, y, f"mean of both{unit}", f"ours minus theirs{unit}")
    yield svg.line(_LEFT, y.at(0), _RIGHT, y.at(0), svg.MUTED)
    marks = [("bias", found.bias, ""), ("+1.96 SD", found.upper, _DASHED), ("-1.96 SD", found.lower, _DASHED)]
    shown = [_Mark(name, value, dash) for name, value, dash in marks if value is not None]
    yield from _marks(shown, y)
    if found.slope is not None:
        centre = sum(means) / len(means)
        low, high = (found.bias + found.slope * (end - centre) for end in (min(means), max(means)))
        yield _dashed(x.at(min(means)), y.at(low), x.at(max(means)), y.at(high), svg.CARE, _DOTTED)
        yield svg.text(_LEFT, 42, slope_words(measure) + ", dotted", size=12, fill=svg.MUTED)
    for mean, difference, pair in zip(means, differences, measure.pairs, strict=True):
        yield svg.group([_ring(x.at(mean), y.at(difference), svg.ACCENT)], pair.case)


@dataclass(frozen=True, slots=True)
class _Mark:
    """A horizontal line with its name and value beside the frame."""

    name: str
    value: float
    dash: str


def _marks(marks: Sequence[_Mark], y: Axis) -> Iterator[str]:
    """Yield the lines, and their texts far enough from each other to be read."""
    below = _TOP - 40
    for mark in sorted(marks, key=lambda mark: -mark.value):
        at = y.at(mark.value)
        below = max(at, below + 34)
        yield _dashed(_LEFT, at, _RIGHT, at, svg.ACCENT, mark.dash)
        yield svg.text(_RIGHT + 8, below - 2, mark.name, fill=svg.MUTED)
        yield svg.text(_RIGHT + 8, below + 14, signed(mark.value), size=14, weight=600)


def _scatter(measure: Measure, title: str) -> Iterator[str]:
    values = [0.0, *(value for pair in measure.pairs for value in (pair.ours, pair.theirs))]
    x, y = _axis(values, _LEFT, _SQUARE_RIGHT), _axis(values, _BOTTOM, _TOP)
    unit = f", {measure.unit}" if measure.unit else ""
    yield from _frame(title, x, y, f"theirs{unit}", f"ours{unit}", right=_SQUARE_RIGHT)
    yield svg.text(_LEFT, 42, concordance_words(measure), size=12, fill=svg.MUTED)
    limits = [limit for limit in _LIMITS.get(measure.name, ()) if x.low < limit < x.high]
    for limit in limits:
        yield _dashed(x.at(limit), _TOP, x.at(limit), _BOTTOM, svg.CARE, _DOTTED)
        yield _dashed(_LEFT, y.at(limit), _SQUARE_RIGHT, y.at(limit), svg.CARE, _DOTTED)
    yield svg.line(x.at(x.low), y.at(x.low), x.at(x.high), y.at(x.high), svg.MUTED, 1.2)
    for pair in measure.pairs:
        crossed = any(_crosses(pair, limit) for limit in limits)
        colour = svg.BAD if crossed else svg.ACCENT
        yield svg.group([_ring(x.at(pair.theirs), y.at(pair.ours), colour, solid=crossed)], pair.case)
    yield from _scatter_legend(limits)


def _crosses(pair: Pair, limit: float) -> bool:
    return (pair.ours < limit) is not (pair.theirs < limit)


def _scatter_legend(limits: Sequence[float]) -> Iterator[str]:
    left = _SQUARE_RIGHT + 14
    yield svg.line(left, _TOP + 6, left + 20, _TOP + 6, svg.MUTED, 1.2)
    yield svg.text(left + 26, _TOP + 10, "identity")
    if limits:
        yield _dashed(left, _TOP + 30, left + 20, _TOP + 30, svg.CARE, _DOTTED)
        yield svg.text(left + 26, _TOP + 34, f"limits {', '.join(map(compact, limits))}", size=11)
        yield _ring(left + 10, _TOP + 54, svg.BAD, solid=True)
        yield svg.text(left + 26, _TOP + 58, "crosses one")


def _frame(
    title: str, x: Axis, y: Axis, x_label: str, y_label: str, *, right: float = _RIGHT
) -> Iterator[str]:
    yield svg.text(_LEFT, 24, title, size=16, weight=600)
    for tick in x.ticks():
        yield svg.line(tick.at, _BOTTOM, tick.at, _BOTTOM + 5, svg.INK)
        yield svg.text(tick.at, _BOTTOM + 20, _minus(tick.text), anchor="middle")
    for tick in y.ticks():
        yield svg.line(_LEFT - 5, tick.at, _LEFT, tick.at, svg.INK)
        yield svg.text(_LEFT - 9, tick.at + 4, _minus(tick.text), anchor="end")
    yield svg.line(_LEFT, _BOTTOM, right, _BOTTOM, svg.INK)
    yield svg.line(_LEFT, _TOP, _LEFT, _BOTTOM, svg.INK)
    yield svg.text((_LEFT + right) / 2, _BOTTOM + 40, x_label, anchor="middle", fill=svg.MUTED)
    middle = (_TOP + _BOTTOM) / 2
    yield svg.text(18, middle, y_label, anchor="middle", fill=svg.MUTED, turn=-90)


def _minus(text: str) -> str:
    return text.replace("-", "−")


def _ring(x: float, y: float, colour: str, *, solid: bool = False) -> str:
    fill = colour if solid else "#fff"
    return (
        f'<circle cx="{x:g}" cy="{y:g}" r="4" fill="{fill}" fill-opacity="0.75" stroke="{colour}" '
        'stroke-width="1.5"/>'
    )


def _dashed(x1: float, y1: float, x2: float, y2: float, stroke: str, dash: str) -> str:
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    ends = f'x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"'
    return f'<line {ends} stroke="{stroke}" stroke-width="1.4"{dashes}/>'


_ROW, _NAME, _KAPPA_AT, _KAPPA_WIDTH, _BAR_AT, _BAR_WIDTH = 24.0, 230.0, 250.0, 200.0, 640.0, 130.0
_FLIPS_WIDTH = 980.0
_KAPPA_LOW = -0.5
"""What lies below is drawn here: such a kappa is worse than chance, and its size no matter."""


def draw_flips(rules: Sequence[RuleAgreement]) -> str:
    """Return one row a rule: kappa with its interval, and how many cases flip in which direction."""
    height = 92 + _ROW * len(rules) + 40
    words = f"kappa and flips of {len(rules)} rules"
    return svg.picture(_FLIPS_WIDTH, height, "Verdicts that flip", words, _flips(rules))


def _flips(rules: Sequence[RuleAgreement]) -> Iterator[str]:
    yield svg.text(20, 28, "Verdicts: agreement and flips", size=16, weight=600)
    bottom = 84 + _ROW * len(rules)
    for share in (_KAPPA_LOW, 0.0, 0.5, 1.0):
        at = _kappa_px(share)
        yield svg.line(at, 78, at, bottom, svg.LINE)
        yield svg.text(at, 72, _minus(f"{share:g}"), anchor="middle", size=11, fill=svg.MUTED)
    yield svg.text(_KAPPA_AT, 54, "kappa, 95 % interval", fill=svg.MUTED)
    yield svg.text(_BAR_AT - 14, 54, "ours yes, theirs no", anchor="end", fill=svg.MUTED)
    yield svg.text(_BAR_AT + 14, 54, "ours no, theirs yes", fill=svg.MUTED)
    yield svg.text(_FLIPS_WIDTH - 20, 54, "decided by one only", anchor="end", fill=svg.MUTED)
    yield svg.line(_BAR_AT, 62, _BAR_AT, bottom, svg.MUTED)
    most = max([1, *(len(flip.cases) for rule in rules for flip in rule.decided)])
    for at, rule in enumerate(rules):
        yield from _flip_row(rule, 84 + _ROW * (at + 0.5), most)


def _flip_row(rule: RuleAgreement, middle: float, most: int) -> Iterator[str]:
    yield svg.text(20, middle + 4, rule.id, size=12.5)
    yield from _kappa_marks(rule.kappa, middle)
    yield svg.text(_FLIPS_WIDTH - 20, middle + 4, rule.opened, anchor="end", fill=svg.MUTED)
    if len(rule.verdicts) > 3:
        changed = sum(len(flip.cases) for flip in rule.decided)
        yield svg.text(_BAR_AT + 6, middle + 4, f"{changed} change their class", size=12)
        return
    yes = rule.verdicts[0]
    lost = sum(len(flip.cases) for flip in rule.decided if flip.ours == yes)
    gained = sum(len(flip.cases) for flip in rule.decided if flip.theirs == yes)
    for count, sign, colour in ((lost, -1, svg.ACCENT), (gained, 1, svg.CARE)):
        width = _BAR_WIDTH * count / most
        yield svg.box(_BAR_AT - (width if sign < 0 else 0), middle - 7, width, 14, colour)
        anchor = "end" if sign < 0 else "start"
        yield svg.text(_BAR_AT + sign * (width + 6), middle + 4, count, anchor=anchor, size=12)


def _kappa_px(value: float) -> float:
    return _KAPPA_AT + _KAPPA_WIDTH * (max(value, _KAPPA_LOW) - _KAPPA_LOW) / (1 - _KAPPA_LOW)


def _kappa_marks(kappa: Kappa, middle: float) -> Iterator[str]:
    if kappa.kappa is None:
        yield svg.text(_kappa_px(0) + 6, middle + 4, "no kappa", size=11, fill=svg.MUTED)
        return
    if kappa.interval:
        low, high = (_kappa_px(end) for end in kappa.interval)
        yield svg.line(low, middle, high, middle, svg.INK, 1.5)
    yield svg.dot(_kappa_px(kappa.kappa), middle, 4.5, svg.INK)
