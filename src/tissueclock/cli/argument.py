"""A case under guidelines, by time alone and by tissue, and its checks, in rows of text."""

from __future__ import annotations

from collections.abc import Iterator

from tissueclock.eligibility.argument import TREATMENT_WORDS, VIEW_WORDS, Argument, grade_words
from tissueclock.eligibility.guidelines import GuidelineAssessment, RecommendationResult, Support


def argument_lines(argument: Argument) -> Iterator[str]:
    """Yield what each guideline says, every recommendation that applies or is open, and every check."""
    for item in argument.guidelines:
        head = f"{item.guideline.issuer}, {item.guideline.version}"
        yield f"{item.guideline.id}\tguideline\t{_views_words(item)}\t{head}"
        for result in item.results:
            if result.support is not Support.NO:
                yield f"  {_line(result)}"
    for flag in argument.checks:
        yield f"{flag.id}\tcheck\t{flag.level.value}\t{flag.text}"


def _views_words(item: GuidelineAssessment) -> str:
    """Return what time alone and tissue say of each treatment, in one line."""
    return "; ".join(
        f"{VIEW_WORDS[view]}: "
        + ", ".join(f"{TREATMENT_WORDS[treatment]} {answer.value}" for treatment, answer in answers.items())
        for view, answers in item.views.items()
        if answers
    )


def _line(result: RecommendationResult) -> str:
    item = result.recommendation
    return "\t".join(
        (
            item.id,
            result.support.value,
            item.view.value,
            item.treatment.value,
            grade_words(item),
            result.because,
        )
    )
