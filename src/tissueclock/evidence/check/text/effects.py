"""Find effects with their intervals, and p-values, in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tissueclock.core.errors import InputError
from tissueclock.evidence.check.measure import Measure
from tissueclock.evidence.check.model import Method, PrintedInterval, PrintedP, Relation
from tissueclock.evidence.check.number import PrintedNumber, printed
from tissueclock.evidence.check.text import words
from tissueclock.evidence.check.text.item import EffectItem, HeterogeneityItem, Mention, PItem, SpreadItem

_ROLE = re.compile(r"interaction|trend|heterogeneity|non-?inferiority|int\b")
_METHODS = (
    (re.compile(r"boot", re.IGNORECASE), Method.BOOTSTRAP),
    (re.compile(r"profile", re.IGNORECASE), Method.PROFILE),
    (re.compile(r"exact|clopper", re.IGNORECASE), Method.EXACT),
    (re.compile(r"score|newcombe|wilson", re.IGNORECASE), Method.SCORE),
    (re.compile(r"cr(?:ed|I)|bayes|BCI|HDI|HPD", re.IGNORECASE), Method.CREDIBLE),
    (re.compile(r"wald|asymptotic", re.IGNORECASE), Method.WALD),
)
_WORDS_BETWEEN = 40
"""How many letters may part an estimate and its interval (our choice)."""
_TIME = re.compile(r"\b(?:at|by|within|after|through|until|day|week|month)\s+\d+$", re.IGNORECASE)
_WORDS_BEFORE = 80
"""How many letters may part the word for a ratio and a number with limits without a name (our choice)."""
_NO_UNIT = (Measure.RD, Measure.MEAN_DIFFERENCE, Measure.MEDIAN_DIFFERENCE, Measure.UNKNOWN)


def p_items(sentence: str) -> Iterator[PItem]:
    """Yield every p-value of a sentence."""
    for match in words.P.finditer(sentence):
        relation = match["relation"].strip()
        if relation in ("of", "was", "is", ":") and not match["value"]:
            continue
        role = " ".join(filter(None, (match["before"], match["role"], match["after"])))
        sides = 1 if "sided" in role or re.match(r"[^.;]{0,12}one-sided", sentence[match.end() :]) else 2
        p = PrintedP(_relation(relation), _p_number(match), sides)
        named = _ROLE.search(role)
        yield PItem(start=match.start(), end=match.end(), p=p, role=named.group() if named else "")


def mentions(sentence: str) -> tuple[Mention, ...]:
    """Return the words for measures in a sentence, in order."""
    found = []
    for match in words.MEASURE.finditer(sentence):
        measure, adjusted = words.mention_of(match)
        found.append(Mention(start=match.start(), end=match.end(), measure=measure, adjusted=adjusted))
    return tuple(found)


def effect_items(sentence: str, named: Sequence[Mention]) -> Iterator[EffectItem]:
    """Yield effects: first those with an interval called so, then a measure with a number behind it.

    p-values are blanks in `sentence`, since they may stand between an estimate and its interval.
    """
    taken: list[EffectItem] = []
    for match in words.CI.finditer(sentence):
        item = _with_interval(sentence, match, named)
        if item is not None:
            taken.append(item)
    for mention in named:
        item = _behind_measure(sentence, mention)
        if item is not None and not any(item.overlaps(other) for other in taken):
            taken.append(item)
    for match in words.WITHOUT_NAME.finditer(sentence):
        item = _without_name(match, named)
        if item is not None and not any(item.overlaps(other) for other in taken):
            taken.append(item)
    yield from _joined(sorted(taken, key=lambda item: item.start))


def _joined(items: Sequence[EffectItem]) -> Iterator[EffectItem]:
    """Yield effects, an estimate and an interval that only words part as one."""
    waiting: EffectItem | None = None
    for item in items:
        if waiting is not None and item.estimate is None and item.start - waiting.end <= _WORDS_BETWEEN:
            item = replace(item, start=waiting.start, estimate=waiting.estimate, measure=waiting.measure)
        elif waiting is not None:
            yield waiting
        waiting = item if item.interval is None else None
        if waiting is None:
            yield item
    if waiting is not None:
        yield waiting


def spread_items(sentence: str) -> Iterator[SpreadItem]:
    """Yield every median with its interquartile range."""
    for match in words.SPREAD.finditer(sentence):
        median, low, high = (printed(words.digits(match[name])) for name in ("median", "low", "high"))
        yield SpreadItem(start=match.start(), end=match.end(), median=median, low=low, high=high)


def heterogeneity_items(sentence: str) -> Iterator[HeterogeneityItem]:
    """Yield every I2."""
    for match in words.HETEROGENEITY.finditer(sentence):
        yield HeterogeneityItem(start=match.start(), end=match.end(), i2=printed(words.digits(match["i2"])))


def _relation(text: str) -> Relation:
    return Relation.BELOW if "<" in text else Relation.ABOVE if ">" in text else Relation.EQUAL


def _p_number(match: re.Match[str]) -> PrintedNumber:
    power = match["power"] or match["power2"]
    number = words.digits(match["number"])
    return printed(f"{number}e{power.replace(' ', '')}" if power else number)


def _with_interval(sentence: str, match: re.Match[str], named: Sequence[Mention]) -> EffectItem | None:
    level = float(match["level"] or 95)
    if not 50 <= level < 100:
        return None
    before = sentence[: match.start()]
    found = _direct(before) or _farther(before, match)
    start = match.start() if found is None else found.start()
    unit = (match["high_unit"] or "").strip() if found is None else (found["unit"] or "").strip()
    unit = unit or (match["high_unit"] or "").strip()
    mention = _nearest(named, start)
    measure, adjusted = _measure(mention, unit)
    low, high = printed(words.digits(match["low"])), printed(words.digits(match["high"]))
    method = _method(f"{match['kind']} {match['name']}")
    return EffectItem(
        start=start,
        end=match.end(),
        measure=measure,
        adjusted=adjusted,
        estimate=None if found is None else printed(words.digits(found["estimate"])),
        interval=PrintedInterval(low, high, level, method),
    )


def _without_name(match: re.Match[str], named: Sequence[Mention]) -> EffectItem | None:
    """Return a ratio whose limits are not called an interval, if the word for a ratio stands close before."""
    mention = _nearest(named, match.start())
    if mention is None or not mention.measure.is_ratio or match.start() - mention.end > _WORDS_BEFORE:
        return None
    return EffectItem(
        start=match.start(),
        end=match.end() - 1,
        measure=mention.measure,
        adjusted=mention.adjusted,
        estimate=printed(words.digits(match["estimate"])),
        interval=_interval(match),
    )


def _direct(before: str) -> re.Match[str] | None:
    """Return the number right before an interval, unless it is a time such as "at 90 days"."""
    found = words.BEFORE_CI.search(before)
    return None if found is None or _TIME.search(before[: found.end("estimate")]) else found


def _farther(before: str, interval: re.Match[str]) -> re.Match[str] | None:
    """Return a number a few words before an interval, if it can only be its estimate: it lies inside."""
    found = words.FARTHER_BEFORE_CI.search(before)
    if found is None or not (found["unit"] or "." in found["estimate"]):
        return None
    low, estimate, high = (
        float(words.digits(text)) for text in (interval["low"], found["estimate"], interval["high"])
    )
    return found if low <= estimate <= high else None


def _nearest(named: Sequence[Mention], start: int) -> Mention | None:
    """Return the last mention before a place."""
    before = [mention for mention in named if mention.end <= start]
    return before[-1] if before else None


def _measure(mention: Mention | None, unit: str) -> tuple[Measure, bool]:
    """Return the measure of a number with a unit: percentages are no ratios, points are differences."""
    if "point" in unit or unit == "pp":
        return Measure.RD, mention is not None and mention.adjusted
    if unit:
        if mention is not None and mention.measure in _NO_UNIT:
            return Measure.RD, mention.adjusted
        return Measure.PROPORTION, False
    if mention is None:
        return Measure.UNKNOWN, False
    return mention.measure, mention.adjusted


def _behind_measure(sentence: str, mention: Mention) -> EffectItem | None:
    match = words.AFTER_MEASURE.match(sentence, mention.end)
    if match is None:
        return None
    measure, adjusted = _measure(mention, (match["unit"] or "").strip())
    if measure is Measure.PROPORTION:
        return None
    interval = None
    if match["range"]:
        interval = _interval(match)
    elif not _looks_final(sentence, match):
        return None
    return EffectItem(
        start=mention.start,
        end=match.end(),
        measure=measure,
        adjusted=adjusted,
        estimate=printed(words.digits(match["estimate"])),
        interval=interval,
    )


def _looks_final(sentence: str, match: re.Match[str]) -> bool:
    """Tell whether a number behind a measure is its value, and no part of a range or of a longer number."""
    return re.match(r"\s*(?:[-/:]\s*\d|to\s+\d|[A-Za-z]?\d|%\s*CI)", sentence[match.end() :]) is None


def _interval(match: re.Match[str]) -> PrintedInterval | None:
    try:
        return PrintedInterval(printed(words.digits(match["low"])), printed(words.digits(match["high"])))
    except InputError:
        return None


def _method(text: str) -> Method:
    return next((method for pattern, method in _METHODS if pattern.search(text)), Method.UNSAID)
