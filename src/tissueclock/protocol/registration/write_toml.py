"""Draft -> the text of a TOML file that the loader accepts and a person edits."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tissueclock.core.notice import DISCLAIMER
from tissueclock.protocol.registration.draft import Draft, DraftCriterion
from tissueclock.protocol.rule import Is, Limit, OneOf, Within

_ADVICE = (
    "# The sentences are the registrant's. The rules are guesses of a program: compare each with its",
    "# 'verbatim', correct it and take 'guess' out; settle each 'doubt' and take it out, or write what",
    "# you found as 'answer'; say the criteria in your own words; add worked cases. Nobody is enrolled,",
    "# and nothing is decided, before: tissueclock protocol confirm THIS.toml --by NAME --out FILE.toml",
)
_NOT_STATED = "not stated in the registration"


def draft_toml(draft: Draft) -> str:
    """Return the file: keys as in the format of trials, each criterion below the line that it came from."""
    lines = [*_head(draft), *_conduct(draft)]
    for criterion in draft.criteria:
        lines += ["", *_criterion(criterion)]
    lines += ["", "[[case]]", 'name = "empty"', 'expect = "undetermined"']
    return "\n".join(lines) + "\n"


def _head(draft: Draft) -> Iterator[str]:
    read, day = draft.registration, draft.as_of.isoformat()
    number = read.number or "a registration without a number"
    yield f"# DRAFT, written by tissueclock from {_comment(read.where)}. {DISCLAIMER}"
    yield from _ADVICE
    yield ""
    yield "schema = 1"
    yield 'state = "draft"'
    yield f"id = {quoted_text(draft.id)}"
    yield f"title = {quoted_text(read.acronym or read.title or draft.id)}"
    yield f"registration = {quoted_text(number)}"
    yield f"citation = {quoted_text(f'Registration {number}, last updated {day}: {read.title or draft.id}')}"
    yield f"as_of = {day}"
    yield f"intervention = {quoted_text('; '.join(read.interventions or read.arms) or _NOT_STATED)}"
    yield f"arms = {_texts(read.arms)}"
    yield f"primary_endpoint = {quoted_text('; '.join(read.primary) or _NOT_STATED)}"
    yield f"imaging_note = {quoted_text(f'{_NOT_STATED}: say what measured core and hypoperfusion')}"
    yield f"notes = {_texts(tuple(_notes(draft)))}"


def _notes(draft: Draft) -> Iterator[str]:
    read = draft.registration
    if read.status:
        yield f"Status: {read.status}"
    if read.enrolment:
        yield f"Enrolment: {read.enrolment}"
    yield from read.dates
    yield from (f"Secondary endpoint: {outcome}" for outcome in read.secondary)


def _conduct(draft: Draft) -> Iterator[str]:
    read, day = draft.registration, draft.as_of.isoformat()
    yield from ("", "[sources]")
    source = f"Registration {read.number}".strip() + f", last updated {day}, read from {read.where}"
    yield f"registration = {quoted_text(source)}"
    if read.allocation.upper() == "RANDOMIZED":
        masking = f"; masking: {read.masking}" if read.masking else ""
        yield from ("", "[randomisation]", f"ratio = {quoted_text(_NOT_STATED)}")
        yield f"method = {quoted_text(f'allocation: {read.allocation}{masking}')}"
        yield from ('confidence = "found"', 'source = "registration"')
    yield from ("", "[[version]]", f"day = {day}", 'text = "The registration as last updated"')


def _criterion(item: DraftCriterion) -> Iterator[str]:
    yield f"# {_comment(item.where)}"
    yield "[[criterion]]"
    yield f"id = {quoted_text(item.id)}"
    yield f"kind = {quoted_text(item.kind.value)}"
    yield f"text = {quoted_text(item.text)}"
    yield f"verbatim = {quoted_text(item.verbatim)}"
    yield f"rule = {_rule(item.rule)}"
    if item.guess:
        yield "guess = true"
    if item.doubt:
        yield f"doubt = {quoted_text(item.doubt)}"
    yield 'confidence = "found"'
    yield 'source = "registration"'
    yield f"place = {quoted_text(item.place)}"


def _rule(rule: Within | OneOf | Is) -> str:
    if isinstance(rule, Is):
        return (
            f'{{ fact = {quoted_text(rule.fact)}, op = "is", value = {"true" if rule.answer else "false"} }}'
        )
    if isinstance(rule, OneOf):
        return (
            f'{{ fact = {quoted_text(rule.fact)}, op = "in", value = {_texts(tuple(sorted(rule.words)))} }}'
        )
    if rule.low is not None:
        sign = ">=" if rule.includes_low else ">"
    else:
        sign = "<=" if rule.includes_high else "<"
    return f'{{ fact = {quoted_text(rule.fact)}, op = "{sign}", value = {_number(rule.limits[0])} }}'


def _number(limit: Limit) -> str:
    return str(limit) if isinstance(limit, int) else f"{limit:f}"


def quoted_text(text: str) -> str:
    """Return a TOML string. JSON's escapes are TOML's, but for DEL and halves of a character."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")


def _texts(texts: tuple[str, ...]) -> str:
    return f"[{', '.join(map(quoted_text, texts))}]"


def _comment(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)
