"""Search a text for printed results: a careful reader of English abstracts, not a clever one.

What is not understood is left out, and what was understood is part of the answer, so that a person can see
both. A number is only tied to another where the words leave little doubt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tissueclock.evidence.check.measure import Measure
from tissueclock.evidence.check.model import (
    PrintedArm,
    PrintedDocument,
    PrintedInteraction,
    PrintedResult,
    PrintedSpread,
)
from tissueclock.evidence.check.reproduce import attainable_sizes
from tissueclock.evidence.check.text.claims import direction_of, last_clause, significance_of
from tissueclock.evidence.check.text.counts import arm_items, count_before
from tissueclock.evidence.check.text.effects import (
    effect_items,
    heterogeneity_items,
    mentions,
    p_items,
    spread_items,
)
from tissueclock.evidence.check.text.flow import Groups, flows_of, groups_of, tells_of_groups
from tissueclock.evidence.check.text.item import (
    ArmItem,
    EffectItem,
    Item,
    PItem,
    Span,
    SpreadItem,
)
from tissueclock.evidence.check.text.link import Draft, drafts_of
from tissueclock.evidence.check.text.normal import NormalText, Sentence
from tissueclock.evidence.check.text.table import table_results
from tissueclock.evidence.check.text.words import COUNT, MEASURE, digits

_POOLED = re.compile(r"\bmeta-?\s?analy|\bsystematic\s+review|\bpooled\b", re.IGNORECASE)
_ADJUSTMENT = re.compile(
    r"(?<!un)\badjust(?:ed|ing|ment)|\bmultivaria|\bpropensity|\bcovaria|\binverse\s+probability|"
    r"\bmatch(?:ed|ing)\b",
    re.IGNORECASE,
)
_LACKING = re.compile(
    r"\bmissing\b|lost\s+to\s+follow|withdr[ae]w|\bexclud|modified\s+intention|\bavailable\b|\bcomplet|"
    r"per[- ]protocol|as[- ]treated|\bevaluable\b|\banaly[sz]ed\b",
    re.IGNORECASE,
)
_INTEGER = re.compile(rf"(?<![\w.,/-]){COUNT}(?![\w.,]\d|%)")
_OPENS_WITH_MEASURE = re.compile(
    r"\s*[(\[]?(?:The|This\s+(?:gave|corresponds?\s+to|corresponded\s+to)|An?)?\s*(?:an?\s+)?"
    r"(?:crude|unadjusted|corresponding|resulting|estimated|between-group)?\s*"
    rf"(?:{MEASURE.pattern})\s*(?:\([A-Z]{{2,3}}\)\s*)?(?:was|=|,|:|of|\d)"
)
_LONGEST_NAME = 70


@dataclass(frozen=True, slots=True)
class _Setting:
    """What the whole text says about each of its results."""

    text: NormalText
    groups: Groups
    numbers: frozenset[int]
    pooled: bool
    maybe_adjusted: bool
    may_lack: bool


@dataclass(frozen=True, slots=True)
class _Read:
    """A sentence with what stands in it."""

    sentence: Sentence
    items: tuple[Item, ...]
    drafts: tuple[Draft, ...]


def read_text(source: str) -> PrintedDocument:
    """Return every printed result that a text holds, with the lines where they stand."""
    text = NormalText(source)
    sentences = text.sentences()
    flows = flows_of(text, sentences)
    setting = _Setting(
        text=text,
        groups=groups_of(flows),
        numbers=frozenset(int(digits(match.group())) for match in _INTEGER.finditer(text.text)),
        pooled=_POOLED.search(text.text) is not None,
        maybe_adjusted=_ADJUSTMENT.search(MEASURE.sub(" ", text.text)) is not None,
        may_lack=_LACKING.search(text.text) is not None,
    )
    read = [_read(sentence) for sentence in sentences if not sentence.text.lstrip().startswith("|")]
    results: list[PrintedResult] = []
    interactions: list[PrintedInteraction] = []
    spreads: list[PrintedSpread] = []
    for before, here in zip([None, *read], read, strict=False):
        found = tuple(_results(here, before, setting))
        results += found
        interactions += list(_interactions(here, found, setting))
        spreads += list(_spreads(here, setting))
    results += table_results(text)
    return PrintedDocument(
        results=tuple(results),
        flows=flows,
        interactions=tuple(interactions),
        spreads=tuple(spreads),
        text=text.text,
    )


def items_of(sentence: str) -> tuple[Item, ...]:
    """Return everything that stands in a sentence, in order."""
    named = mentions(sentence)
    ps = tuple(p_items(sentence))
    plain = _blanked(sentence, ps)
    spreads = tuple(spread_items(plain))
    plain = _blanked(plain, spreads)
    shares = tuple(heterogeneity_items(plain))
    plain = _blanked(plain, shares)
    effects = tuple(_as_arm(sentence, effect) for effect in effect_items(plain, named))
    arms = arm_items(sentence, (*ps, *spreads, *shares, *effects))
    found: list[Item] = [*ps, *spreads, *shares, *arms, *effects]
    return tuple(sorted(found, key=lambda item: item.start))


def _read(sentence: Sentence) -> _Read:
    items = items_of(sentence.text)
    return _Read(sentence, items, drafts_of(sentence.text, items))


def _blanked(sentence: str, spans: Sequence[Span]) -> str:
    for span in spans:
        sentence = sentence[: span.start] + " " * (span.end - span.start) + sentence[span.end :]
    return sentence


def _as_arm(sentence: str, effect: EffectItem) -> EffectItem | ArmItem:
    """Return a percentage with an interval as a group of patients, with the count before it."""
    if effect.measure is not Measure.PROPORTION or effect.estimate is None:
        return effect
    count = count_before(sentence, effect.start)
    events, n, start = (None, None, effect.start) if count is None else count
    arm = PrintedArm(events=events, n=n, percent=effect.estimate, interval=effect.interval)
    return ArmItem(start=start, end=effect.end, arm=arm)


def _results(here: _Read, before: _Read | None, setting: _Setting) -> Iterator[PrintedResult]:
    end = 0
    for draft in here.drafts:
        carried = _carried(draft, here, before)
        result = _result(draft, here.sentence, end, setting, carried)
        end = draft.end
        if not _is_lone_percentage(result):
            yield result


def _is_lone_percentage(result: PrintedResult) -> bool:
    """Tell whether a result is a percentage of nobody named, of which nothing can be recomputed."""
    if result.estimate is not None or result.interval is not None or result.p is not None:
        return False
    (first, *others) = result.arms
    return not others and first.events is None and first.n is None and first.interval is None


def _carried(draft: Draft, here: _Read, before: _Read | None) -> tuple[ArmItem, ...]:
    """Return the groups of the sentence before, for an effect that opens a sentence without any."""
    if before is None or draft.arms or draft.effect is None or len(here.drafts) > 1:
        return ()
    if draft.effect.interval is None or not _OPENS_WITH_MEASURE.match(here.sentence.text):
        return ()
    last = before.drafts[-1] if before.drafts and not tells_of_groups(before.sentence.text) else None
    return last.arms if last is not None and last.effect is None and len(last.arms) == 2 else ()


def _result(
    draft: Draft, sentence: Sentence, begin: int, setting: _Setting, carried: tuple[ArmItem, ...]
) -> PrintedResult:
    effect = draft.effect
    clause = last_clause(sentence.text[begin : draft.start])
    said = f"{clause} {_words_inside(sentence.text, draft)}"
    arms = tuple(_sized(item.arm, setting) for item in (*draft.arms, *carried))
    measure = Measure.UNKNOWN if effect is None else effect.measure
    return PrintedResult(
        name=_name(clause if len(clause.split()) > 2 else sentence.text[begin : draft.start], measure),
        measure=measure,
        estimate=None if effect is None else effect.estimate,
        interval=None if effect is None else effect.interval,
        p=None if draft.p is None else draft.p.p,
        arms=arms,
        adjusted=True if effect is not None and effect.adjusted else None,
        maybe_adjusted=setting.maybe_adjusted,
        may_lack=setting.may_lack,
        pooled=setting.pooled,
        i2=None if draft.i2 is None else draft.i2.i2,
        direction=direction_of(said),
        significant=significance_of(said),
        where=f"line {setting.text.line(sentence.start + draft.start)}",
    )


def _words_inside(sentence: str, draft: Draft) -> str:
    """Return the words between the first and the last number of a result, measures blanked out."""
    return MEASURE.sub(" ", sentence[draft.start : draft.end])


def _sized(arm: PrintedArm, setting: _Setting) -> PrintedArm:
    """Return a group with the sizes that its n may be; another number of the text may explain it, too."""
    if setting.pooled or not setting.groups.sizes:
        return arm
    sizes = setting.groups.sizes
    if arm.n is None and arm.events and arm.percent is not None and 0 <= arm.percent.number <= 100:
        implied = attainable_sizes(arm.percent, arm.events)
        if not any(size in implied for size in sizes):
            others = setting.numbers - {arm.events}
            fitting = tuple(sorted(number for number in others if number in implied))
            sizes = fitting or sizes
    return replace(arm, sizes=sizes)


def _name(clause: str, measure: Measure) -> str:
    """Return the words before the numbers, shortened, as the name of a result."""
    plain = " ".join(re.sub(r"[(\[][^)\]]*$", " ", clause).split()).strip(" ,;:.-*)]")
    plain = re.sub(
        r"(?:\s+(?:was|were|is|of|in|an?|the|and|with|had|occurred|occurring|at))+$", "", plain
    ).strip(" ,;:.-")
    words = plain if len(plain) <= _LONGEST_NAME else f"... {plain[-_LONGEST_NAME:].partition(' ')[2]}"
    return words or measure.value


def _interactions(
    here: _Read, results: Sequence[PrintedResult], setting: _Setting
) -> Iterator[PrintedInteraction]:
    """Yield the test of two strata: exactly two effects of one measure before a p for interaction."""
    tests = [item for item in here.items if isinstance(item, PItem) and item.role in ("interaction", "int")]
    strata = [result for result in results if result.estimate is not None and result.interval is not None]
    if len(tests) != 1 or len(strata) != 2 or strata[0].measure is not strata[1].measure:
        return
    line = setting.text.line(here.sentence.start + tests[0].start)
    yield PrintedInteraction(
        name="interaction", strata=(strata[0], strata[1]), p=tests[0].p, where=f"line {line}"
    )


def _spreads(here: _Read, setting: _Setting) -> Iterator[PrintedSpread]:
    for item in here.items:
        if isinstance(item, SpreadItem):
            line = setting.text.line(here.sentence.start + item.start)
            yield PrintedSpread(
                name="median", median=item.median, low=item.low, high=item.high, where=f"line {line}"
            )
