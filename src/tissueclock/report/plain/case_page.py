"""One case under several trials as a page of HTML that needs nothing else and opens offline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from html import escape
from types import MappingProxyType

from tissueclock import __version__
from tissueclock.eligibility.answer import Answer
from tissueclock.eligibility.argument import Argument
from tissueclock.eligibility.matrix import matrix
from tissueclock.eligibility.outcome import Assessment, CriterionResult, Decision, Profile
from tissueclock.facts.case import Fact
from tissueclock.facts.vocabulary import definition_of, judgement_parts
from tissueclock.report.plain.argument_sections import argument_sections
from tissueclock.report.plain.markup import matrix_table, sensitivity_sections
from tissueclock.report.plain.page import NOTICE, document, headed_table
from tissueclock.report.plain.symbols import SYMBOLS

_SCOPES: Mapping[str, str] = MappingProxyType(
    {
        "full": "Every criterion was asked.",
        "imaging": "Only criteria that read imaging were asked; all others were taken as met.",
        "computable": "Only criteria that the given facts answer were asked; all others were taken as met.",
    }
)
_TITLE = "Tissueclock: one case under several trials"
_CLOSEST_DECIMALS = 2


def case_page(found: Answer, argument: Argument) -> bytes:
    """Return the page, UTF-8; the same answer and argument give the same bytes."""
    return document(_TITLE, _body(found, argument), "case", "verdicts").encode("utf-8")


def _body(found: Answer, argument: Argument) -> Iterator[str]:
    titles = {item.trial: item.title for item in found.assessments}
    yield NOTICE
    yield "<h1>Under which trials would this patient have qualified?</h1>"
    words = f"Tissueclock {__version__}. {_SCOPES[found.scope]}"
    yield f'<p class="quiet">{escape(words)} What is borderline or missing changes no decision.</p>'
    yield _totals(found)
    yield "<h2>Where the trials differ</h2>"
    yield matrix_table(matrix(found.assessments))
    yield sensitivity_sections(found.sensitivity, titles)
    yield "<h2>Profiles</h2>"
    yield f'<div class="cards">{"".join(map(_card, found.profiles))}</div>'
    yield from argument_sections(argument)
    yield "<h2>Every criterion</h2>"
    yield from map(_criteria, found.assessments)
    yield "<h2>What was known</h2>"
    yield _facts(found)
    yield NOTICE


def _totals(found: Answer) -> str:
    counts = Counter(item.decision for item in found.assessments)
    items = "".join(
        f'<li class="verdict {decision.value}"><b>{counts[decision]}</b>'
        f"{SYMBOLS[decision]} {decision.value}</li>"
        for decision in (Decision.ELIGIBLE, Decision.UNDETERMINED, Decision.INELIGIBLE)
    )
    return f'<ul class="totals">{items}</ul>'


def _card(profile: Profile) -> str:
    notes = "".join(f'<p class="quiet">{escape(note)}</p>' for note in profile.notes)
    label = profile.label.replace("-", " ")
    return (
        f'<div class="card"><p class="quiet">{escape(profile.title)}</p><b>{escape(label)}</b>'
        f"<p>{escape(profile.because)}</p>{notes}</div>"
    )


def _criteria(item: Assessment) -> str:
    rows = headed_table(
        ("Outcome", "Criterion", "Because"), "".join(map(_criterion, item.criteria)), "criteria"
    )
    assumed = "".join(f'<p class="quiet">Assumed: {escape(words)}</p>' for words in item.assumed)
    return (
        f"<details><summary>{escape(item.title)}: {SYMBOLS[item.decision]} {item.decision.value}, "
        f"{len(item.criteria)} criteria</summary>{assumed}{rows}</details>"
    )


def _criterion(result: CriterionResult) -> str:
    role = "" if result.role == "gate" else f" · {result.role}, decides nothing"
    read = "" if result.confidence == "found" else f" · {result.confidence}, not read in a source"
    outcome = result.outcome.value
    return (
        f'<tr><td class="outcome {outcome}">{SYMBOLS[result.outcome]} {outcome.replace("-", " ")}</td>'
        f'<th scope="row">{escape(result.text)} <span class="quiet">'
        f"{escape(f'{result.id} · {result.kind}{role}{read}')}</span></th>"
        f"<td>{escape(result.because)}</td></tr>"
    )


def _facts(found: Answer) -> str:
    shown = [fact for name, fact in found.case.items() if not judgement_parts(name)]
    judged = len(found.case) - len(shown)
    words = f"And {judged} judgements of a person, which stand with their criteria." if judged else ""
    rows = "".join(map(_fact, shown))
    table = headed_table(("Fact", "Value", "Interval", "Source"), rows, "facts")
    return f'{table}<p class="quiet">{words}</p>'


def _fact(fact: Fact) -> str:
    interval = f"{fact.interval[0]:g} to {fact.interval[1]:g} {fact.unit}".rstrip() if fact.interval else "–"
    withheld = f", withheld by {', '.join(fact.withheld_by)}" if fact.withheld_by else ""
    label = definition_of(fact.name).label
    return (
        f'<tr><th scope="row">{escape(label)} <span class="quiet">{escape(fact.name)}</span></th>'
        f"<td>{escape(value_text(fact) + withheld)}</td><td>{escape(interval)}</td>"
        f'<td class="source quiet">{escape(fact.source)}</td></tr>'
    )


def value_text(fact: Fact) -> str:
    """Return the value of a fact in print, with its unit, or why it has none."""
    value = fact.value
    if fact.infinite:
        return "infinite"
    if value is None:
        return f"unknown: {fact.reason}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, frozenset):
        return ", ".join(sorted(value)) or "none"
    return (
        f"{_number(value) if isinstance(value, (float, Fraction, Decimal)) else value} {fact.unit}".rstrip()
    )


def _number(value: float | Fraction | Decimal) -> str:
    """Return a number as it was typed; a measured or derived one with few digits."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return f"{float(value):.{_CLOSEST_DECIMALS}f}".rstrip("0").rstrip(".")
