"""What a report ought to say and may leave out: a checklist, apart from the arithmetic.

CONSORT 2025 (items on outcomes and estimation, harms, ancillary analyses) and PRISMA 2020 (items on effect
measures and synthesis) ask for these; here words and numbers are searched for, and only a reader can be sure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tissueclock.evidence.check.finding import Answer, ChecklistItem
from tissueclock.evidence.check.measure import Measure
from tissueclock.evidence.check.model import PrintedDocument, PrintedResult

_SICH = re.compile(r"\bsICH\b|\bsymptomatic\s+intra(?:cranial|cerebral)\s+h(?:a?e)morrhage", re.IGNORECASE)
_SICH_DEFINED = re.compile(
    r"\bECASS|\bSITS[- ]?MOST|\bNINDS|\bHeidelberg|\bPH[- ]?2\b|parenchymal\s+h(?:a?e)matoma\s+type|"
    r"NIHSS[^.]{0,60}(?:worsen|increase|deteriorat|4\s+points)|defined\s+as|\bdefinition\b",
    re.IGNORECASE,
)
_ADJUSTED_FOR = re.compile(
    r"adjust(?:ed|ing|ment)\s+(?:\w+\s+)?for\b|covariates?\b|controlling\s+for|after\s+adjustment",
    re.IGNORECASE,
)
_SCALE = re.compile(
    r"\blogit|\barcsin|freeman|\bGLMM|generali[sz]ed\s+linear\s+mixed|log[- ]transform|binomial[- ]normal",
    re.IGNORECASE,
)
_HETEROGENEITY = re.compile(
    r"\bI\s*-?\s*(?:\^?2|\u00b2|squared)|\btau|heterogeneity|prediction\s+interval", re.IGNORECASE
)
_MODEL = re.compile(
    r"random[- ]effects?|fixed[- ]effects?|DerSimonian|Mantel|REML|restricted\s+maximum|inverse[- ]variance",
    re.IGNORECASE,
)
_STUDIES_EACH = re.compile(
    r"\bk\s*=\s*\d|\(\s*\d+\s+(?:studies|trials|RCTs)|\b\d+\s+(?:studies|trials)\s+(?:reported|with)",
    re.IGNORECASE,
)
_SUBGROUP = re.compile(r"\bsub-?groups?\b|\bstrat(?:um|a)\b|\bamong\s+patients\s+with\b", re.IGNORECASE)
_INTERACTION = re.compile(r"\binteraction\b|\bheterogeneity\s+of\s+(?:treatment\s+)?effect", re.IGNORECASE)
_EARLY = re.compile(
    r"\b(?:stopped|terminated|halted|ended)\s+(?:early|prematurely)|early\s+termination", re.IGNORECASE
)
_PLANNED = re.compile(r"\bplanned\b|\btarget(?:ed)?\s+(?:sample|enrol)|\bsample\s+size\s+of\b", re.IGNORECASE)

Names = Iterable[str]


@dataclass(frozen=True, slots=True)
class _Question:
    """One item: whom it concerns, and who of them is silent; nobody concerned is not applicable."""

    id: str
    asks: str
    concerned: Callable[[PrintedDocument], bool]
    silent: Callable[[PrintedDocument], Names]


def checklist(document: PrintedDocument) -> tuple[ChecklistItem, ...]:
    """Return every item with its answer, and the results that are silent."""
    return tuple(_asked(question, document) for question in _QUESTIONS)


def _asked(question: _Question, document: PrintedDocument) -> ChecklistItem:
    if not question.concerned(document):
        return ChecklistItem(id=question.id, asks=question.asks, answer=Answer.NOT_APPLICABLE)
    silent = tuple(dict.fromkeys(question.silent(document)))
    answer = Answer.MISSING if silent else Answer.SAID
    return ChecklistItem(id=question.id, asks=question.asks, answer=answer, about=silent)


def _label(result: PrintedResult) -> str:
    return f"{result.where}: {result.name}" if result.where else result.name


def _labels(document: PrintedDocument, wanted: Callable[[PrintedResult], bool]) -> Iterator[str]:
    return (_label(result) for result in document.results if wanted(result))


def _has_effect(result: PrintedResult) -> bool:
    return (
        result.measure not in (Measure.UNKNOWN, Measure.PROPORTION, Measure.NNT)
        and result.estimate is not None
    )


def _is_comparison(result: PrintedResult) -> bool:
    return _has_effect(result) or len(result.arms) == 2


def _lacks_denominator(result: PrintedResult) -> bool:
    return any(arm.percent is not None and arm.n is None and not arm.sizes for arm in result.arms)


def _is_binary(document: PrintedDocument) -> bool:
    return any(arm.percent is not None for result in document.results for arm in result.arms)


def _lacks_interval(result: PrintedResult) -> bool:
    return _has_effect(result) and result.interval is None


def _p_alone(result: PrintedResult) -> bool:
    return result.p is not None and not _has_effect(result)


def _is_adjusted(document: PrintedDocument) -> bool:
    return any(result.adjusted for result in document.results)


def _silent_adjusted(document: PrintedDocument) -> Names:
    if document.text and _ADJUSTED_FOR.search(document.text):
        return ()
    return _labels(document, lambda result: bool(result.adjusted) and not result.adjusted_for)


def _ratios(document: PrintedDocument) -> tuple[str, ...]:
    named = (result.measure for result in document.results if _has_effect(result))
    kinds = {Measure.RR: "RR", Measure.OR: "OR"}
    return tuple(dict.fromkeys(kinds[measure] for measure in named if measure in kinds))


def _is_pooled(document: PrintedDocument) -> bool:
    return any(result.pooled for result in document.results)


def _pools_proportions(document: PrintedDocument) -> bool:
    return any(result.pooled and any(arm.interval for arm in result.arms) for result in document.results)


def _says(pattern: re.Pattern[str], what: str) -> Callable[[PrintedDocument], Names]:
    """Return a question to the text: the thing by name where the text does not say it."""
    return lambda document: () if pattern.search(document.text) else (what,)


def _mentions(pattern: re.Pattern[str]) -> Callable[[PrintedDocument], bool]:
    return lambda document: bool(document.text) and pattern.search(document.text) is not None


def _silent_studies(document: PrintedDocument) -> Names:
    if document.text and _STUDIES_EACH.search(document.text):
        return ()
    return _labels(document, lambda result: result.pooled and _has_effect(result) and result.studies is None)


def _silent_heterogeneity(document: PrintedDocument) -> Names:
    if document.text and _HETEROGENEITY.search(document.text):
        return ()
    return _labels(document, lambda result: result.pooled and _has_effect(result) and result.i2 is None)


_QUESTIONS = (
    _Question(
        "denominators",
        "Each percentage has its count and denominator",
        _is_binary,
        lambda document: _labels(document, _lacks_denominator),
    ),
    _Question(
        "intervals",
        "Each effect has a confidence interval",
        lambda document: any(map(_has_effect, document.results)),
        lambda document: _labels(document, _lacks_interval),
    ),
    _Question(
        "effects",
        "Each p-value stands beside an effect",
        lambda document: any(result.p is not None for result in document.results),
        lambda document: _labels(document, _p_alone),
    ),
    _Question(
        "one-measure",
        "Comparisons use one measure, not odds ratios beside risk ratios",
        lambda document: bool(_ratios(document)),
        lambda document: _ratios(document) if len(_ratios(document)) > 1 else (),
    ),
    _Question(
        "adjusted-for", "It is said what adjusted estimates are adjusted for", _is_adjusted, _silent_adjusted
    ),
    _Question(
        "sich-definition",
        "Symptomatic intracranial haemorrhage is defined",
        _mentions(_SICH),
        _says(_SICH_DEFINED, "symptomatic intracranial haemorrhage"),
    ),
    _Question(
        "interaction",
        "Subgroups are compared by a test of interaction",
        _mentions(_SUBGROUP),
        _says(_INTERACTION, "subgroups"),
    ),
    _Question(
        "planned-size",
        "A trial that stopped early says how many were planned",
        _mentions(_EARLY),
        _says(_PLANNED, "the planned number"),
    ),
    _Question("studies", "Each pooled effect says of how many studies", _is_pooled, _silent_studies),
    _Question(
        "heterogeneity",
        "Each pooled effect says how studies differ (I2, tau2)",
        _is_pooled,
        _silent_heterogeneity,
    ),
    _Question(
        "model",
        "The model of pooling is named",
        lambda document: _is_pooled(document) and bool(document.text),
        _says(_MODEL, "the model"),
    ),
    _Question(
        "scale",
        "The scale on which proportions were pooled is named",
        lambda document: _pools_proportions(document) and bool(document.text),
        _says(_SCALE, "pooled proportions"),
    ),
)
