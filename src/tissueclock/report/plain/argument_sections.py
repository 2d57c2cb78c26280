"""Guidelines by time alone and by tissue, and warnings of the territory, as parts of the page of one case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from tissueclock.core.quality import QualityFlag
from tissueclock.eligibility.argument import (
    TREATMENT_WORDS,
    VIEW_WORDS,
    Argument,
    level_words,
    recalled_words,
)
from tissueclock.eligibility.guidelines import GuidelineAssessment, RecommendationResult, Support
from tissueclock.protocol.guideline import Treatment
from tissueclock.report.plain.page import headed_table
from tissueclock.report.plain.symbols import SYMBOLS

_VIEWS_NOTE = (
    "What each guideline says of a treatment if it reads the clock alone, and if it reads the state of the "
    "tissue. It decides nothing about a trial; open: a fact is missing."
)
_HEADS = ("Says", "Of", "Recommendation", "Class, level", "Because")


def argument_sections(argument: Argument) -> Iterator[str]:
    """Yield both sections, each with its heading."""
    yield f'<h2>By time alone and by tissue</h2><p class="quiet">{_VIEWS_NOTE}</p>'
    yield from map(_guideline, argument.guidelines)
    yield f"<h2>Does the delayed tissue fit the occlusion</h2>{_checks(argument.checks)}"


def _guideline(item: GuidelineAssessment) -> str:
    applying = [result for result in item.results if result.support in (Support.SUPPORTS, Support.AGAINST)]
    is_open = [result for result in item.results if result.support is Support.OPEN]
    none = '<p class="quiet">No recommendation applies for certain.</p>'
    return (
        f"<h3>{escape(f'{item.guideline.issuer}, {item.guideline.version}')}</h3>{_views(item)}"
        f"{_recommendations(applying) if applying else none}{_open(is_open)}"
    )


def _open(results: Sequence[RecommendationResult]) -> str:
    if not results:
        return ""
    summary = f"<summary>Open, since a fact is missing: {len(results)}</summary>"
    return f"<details>{summary}{_recommendations(results)}</details>"


def _views(item: GuidelineAssessment) -> str:
    rows = (
        f'<tr><th scope="row">By {VIEW_WORDS[view]}</th>'
        f"{''.join(_answer(answers.get(treatment)) for treatment in Treatment)}</tr>"
        for view, answers in item.views.items()
    )
    heads = ("", *(TREATMENT_WORDS[treatment].capitalize() for treatment in Treatment))
    return headed_table(heads, "".join(rows), "views")


def _answer(support: Support | None) -> str:
    if support is None:
        return '<td class="none">· no recommendation</td>'
    return _outcome(support)


def _outcome(support: Support) -> str:
    words = support.value.replace("-", " ")
    return f'<td class="outcome {support.value}">{SYMBOLS[support]} {words}</td>'


def _recommendations(results: Sequence[RecommendationResult]) -> str:
    rows = "".join(map(_recommendation, results))
    return f'<div class="scroll">{headed_table(_HEADS, rows, "recommendations")}</div>'


def _recommendation(result: RecommendationResult) -> str:
    item = result.recommendation
    rule = recalled_words(item.confidence)
    return (
        f'<tr>{_outcome(result.support)}<td class="asked">{TREATMENT_WORDS[item.treatment]}, by '
        f'{VIEW_WORDS[item.view]}</td><th scope="row">{escape(item.text)} '
        f'<span class="quiet">{escape(f"{item.id} {rule}".rstrip())}</span></th>'
        f'<td class="grade">{escape(_grade(result))}</td>'
        f'<td class="because">{escape(result.because)}</td></tr>'
    )


def _grade(result: RecommendationResult) -> str:
    item = result.recommendation
    level = level_words(item)
    words = f"{item.strength}, level {level}" if level else f"{item.strength}, no level"
    return f"{words} {recalled_words(item.grade_confidence)}".rstrip()


def _checks(checks: Sequence[QualityFlag]) -> str:
    if not checks:
        return '<p class="quiet">No warning. A fact that is unknown or withheld warns of nothing.</p>'
    items = "".join(
        f"<li>{SYMBOLS[flag.level]} {escape(flag.text)} "
        f'<span class="quiet">{escape(f"{flag.id}, {flag.level.value}")}</span></li>'
        for flag in checks
    )
    return f'<ul class="checks">{items}</ul><p class="quiet">A warning changes no decision.</p>'
