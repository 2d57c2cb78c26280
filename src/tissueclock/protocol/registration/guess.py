"""A statement -> the rules that are safe to guess, what is left for a person, and what is in doubt.

A comparison is only guessed where the whole clause is a known phrase, a comparison, one number and a unit
that converts exactly. Whatever could turn its meaning (a condition, a negation, a range, a list of the other
kind, a lost sign) takes every guess of the statement away. An inclusion that joins clauses by "and", and
an exclusion that joins them by "or", is several criteria; joined otherwise it is left whole.

Words that no rule reads may belong to the other clauses too ("A > 1 or B > 2 despite treatment", "persistent
A > 1 or B > 2"), so they take every guess away as well. One place is held to be safe: in front of all
comparisons, as a clause of its own without a number or a quantity, joined by the "and" or "or" itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from tissueclock.core.errors import InputError
from tissueclock.protocol.model import CriterionKind
from tissueclock.protocol.registration.phrases import PHRASES, Phrase
from tissueclock.protocol.registration.plain import lost_sign, plain, unescaped
from tissueclock.protocol.registration.record import Statement
from tissueclock.protocol.rule import Limit, Within

_NUMBER = r"[0-9]{1,3}(?:[, ][0-9]{3})+(?![0-9])|[0-9]+(?:\.[0-9]+)?"
_CLAUSE = re.compile(
    r"(?:(?:the|an?|with|has|having|have) )*"
    r"(?P<name>[A-Za-z][A-Za-z' ()-]*?)?(?: (?:of|is|was|are|must be|should be))? ?"
    rf"(?P<sign>>=|<=|>|<) ?(?P<number>{_NUMBER}) ?(?P<unit>.*)",
    re.IGNORECASE,
)
_OF_AGE = re.compile(
    rf"(?P<name>)(?P<sign>>=|<=|>|<) ?(?P<number>{_NUMBER}) ?(?P<unit>(?:years?|yrs?) (?:old|of age))",
    re.IGNORECASE,
)
_SIGNLESS = re.compile(
    rf"(?P<name>[A-Za-z][A-Za-z' ()-]*?)(?: (?:of|is|was))? (?P<number>{_NUMBER}) ?(?P<unit>[A-Za-z/ ]*)"
)
_NO_SIGN = "a quantity with a number and no comparison sign: was it lost? Look it up in the registry"
_TWICE = "the same quantity twice: are these alternatives?"
_TOO_LONG = "a long text: which statements does it hold?"
_UNREAD = "a number that no rule reads: write a rule, or keep it a judgement"
_MAY_MODIFY = "'{0}': no rule reads these words, and they may belong to the numbers beside them"
_FEWEST_WORDS = 3  # our choice: "severe or baseline NIHSS" has two adjectives, not two clauses
_ENDS = " ;.,"
_LONGEST = 1000  # our choice: a statement with more characters is several, and patterns get slow on it
_MOST_DIGITS = 9  # our choice: no printed limit has more
_QUANTITY = re.compile(r"(?<![A-Za-z0-9.-])[0-9]|[<>]")
_HEAD = re.compile(
    r"(?P<head>.*\b(?:meets?|met|meeting|fulfils?|fulfilled) (?:all of )?the following criteria): "
    r"(?P<body>.+)",
    re.IGNORECASE,
)
_RESTRICTS = re.compile(
    rf"{_QUANTITY.pattern}|\b(?:patients?|subjects?|participants?|those|cases?|groups?|arms?|cohorts?"
    r"|windows?|hours?|onset)\b",
    re.IGNORECASE,
)
"""Words in front of a list that may say that it only holds for some."""

_MODIFIES = re.compile(
    r"^(?:after|as|at|before|by|despite|during|following|from|in|on|per|since|under|upon|using|with)\b"
    r"|\b(?:systolic|diastolic|pressure|BP|SBP|DBP|NIHSS|mRS|Rankin|ASPECTS?|core|mismatch|platelets?|INR"
    r"|glucose|sugar|life expectancy|age|aged)\b",
    re.IGNORECASE,
)
"""A clause that hangs on another one, or that names a quantity whose number stands elsewhere."""

_VETOES = tuple(
    (re.compile(pattern, re.IGNORECASE), doubt)
    for pattern, doubt in (
        (
            r"(?<![0-9.,])[0-9]{1,3}[.,][0-9]{3}(?![0-9]|[.,][0-9])",
            "thousands or decimals? A dot or a comma before three digits can be either",
        ),
        (r"x ?10[0-9] ?/|(?<![0-9.])10[369] ?/", "a power of ten has lost its superscript"),
        (
            r"\b(?:if|when|whenever|unless|except(?:ions?|ed|ing)?|only|provided|depending|whichever|in case"
            r"|until|despite|otherwise|regardless|barring|assuming|while|but|other than|rather than)\b",
            "a condition",
        ),
        (r"\b(?:who|whom|whose|which)\b", "a clause about some patients"),
        (
            r"^(?:for|in|among)\b|\b(?:for|among) (?:[\w-]+ ){0,3}"
            r"(?:patients|subjects|participants|those|cases)\b",
            "about some patients",
        ),
        (
            r"\bnon\b(?!-?contrast)|\b(?:no|not|without|never|neither|nor|cannot|excluding|excluded"
            r"|absence|absent|lack|lacking)\b|n't\b",
            "a negation",
        ),
        (r"\bbetween\b|[0-9] ?(?:-|\bto\b) ?[0-9]", "a range: does it include its ends?"),
        (r"\bwithin\b", "from when to when, and is the limit itself inside?"),
        (r"\band/or\b|\beither\b|\bat the same time\b|\bboth\b", "alternatives"),
        (r"\b(?:about|approximately|around|roughly|up to|over|under)\b|[~±]", "an inexact limit"),
        (r";|\. [A-Z]", "several statements in one line"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """One comparison that a clause states, with the clause in plain signs."""

    text: str
    rule: Within


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a statement was taken for: guessed rules, the rest that a person has to judge, and the doubt."""

    guesses: tuple[Guess, ...]
    rest: str
    doubt: str
    lost_sign: bool = False


def read_statement(statement: Statement, ages: frozenset[int] = frozenset()) -> Reading:
    """Read one statement; `ages` are limits in years that the registration states in fields of their own.

    An age without a unit is only taken for years where such a field says the same number.
    """
    if len(statement.text) > _LONGEST:
        return Reading(guesses=(), rest=unescaped(statement.text), doubt=_TOO_LONG)
    sentence, whole = plain(statement.text).rstrip(_ENDS), unescaped(statement.text).rstrip(_ENDS)
    lost = lost_sign(sentence)
    if not _QUANTITY.search(sentence) and not lost:
        return Reading(guesses=(), rest=whole, doubt="")
    doubt = lost or statement.doubt or _veto(sentence, statement.kind)
    if doubt:
        return Reading(guesses=(), rest=whole, doubt=doubt, lost_sign=bool(lost))
    return _read_clauses(sentence, statement.kind, ages)


def _veto(sentence: str, kind: CriterionKind) -> str:
    head = _HEAD.fullmatch(sentence)
    body = head["body"] if head else sentence
    other, word = ("or", "and") if kind is CriterionKind.INCLUSION else ("and", "or")
    for pattern, doubt in _VETOES:
        found = pattern.search(sentence)
        if found:
            return f"'{found[0].strip()}': {doubt}"
    if head and (_RESTRICTS.search(head["head"]) or kind is CriterionKind.EXCLUSION):
        return "a list under a condition"
    if re.search(rf"\b{other}\b", body, re.IGNORECASE):
        return f"'{other}' in an {kind.value}: which parts belong together?"
    if re.search(r", ", body) and not re.search(rf"\b{word}\b", body, re.IGNORECASE):
        return f"a list without '{word}': do all of its parts have to hold, or one?"
    if ":" in body or "(" in re.sub(r"\((?:NIHSS|mRS|INR|SBP|DBP)\)", "", body):
        return "a remark in brackets or after a colon beside a number"
    return ""


def _read_clauses(sentence: str, kind: CriterionKind, ages: frozenset[int]) -> Reading:
    head = _HEAD.fullmatch(sentence)
    word = "and" if kind is CriterionKind.INCLUSION else "or"
    pieces = re.split(rf"(,? {word} |, )", head["body"] if head else sentence)
    read = list(_read_parts([piece.strip() for piece in pieces[::2]], ages))
    guesses = tuple(found for found in read if isinstance(found, Guess))
    left = [found for found in read if isinstance(found, str)]
    if any(map(_is_signless, left)):
        return Reading(guesses=(), rest=sentence, doubt=_NO_SIGN, lost_sign=True)
    if any(map(_QUANTITY.search, left)):
        return Reading(guesses=(), rest=sentence, doubt=_UNREAD)
    doubtful = _modifier(read, [piece.strip() for piece in pieces[1::2]])
    if guesses and doubtful:
        return Reading(guesses=(), rest=sentence, doubt=_MAY_MODIFY.format(doubtful))
    if _clash([guess.rule for guess in guesses], kind):
        return Reading(guesses=(), rest=sentence, doubt=_TWICE)
    rest = f" {word} ".join([head["head"], *left] if head else left)
    return Reading(guesses=guesses, rest=rest, doubt="")


def _read_parts(parts: list[str], ages: frozenset[int]) -> Iterator[Guess | str]:
    """Yield the comparison that each part states, or its words; a bare comparison takes the name before."""
    subject = ""
    for part in parts:
        found = _guess(part, ages)
        if found is None and subject and part.startswith(("<", ">")):
            found = _guess(f"{subject} {part}", ages)
        subject = _subject(found.text) if found else ""
        yield found or part


def _modifier(read: list[Guess | str], joints: list[str]) -> str:
    """Return the first unread part that may say something about the comparisons, an empty text for none.

    Safe are only clauses in front of all comparisons: `joints` (what stands after each part) tell a clause,
    which the word of the list joins, from words that a comma sets off.
    """
    in_front = True
    for part, joint in zip(read, [*joints, ""], strict=True):
        if isinstance(part, Guess):
            in_front = False
        elif (
            not in_front or joint in ("", ",") or len(part.split()) < _FEWEST_WORDS or _MODIFIES.search(part)
        ):
            return part
    return ""


def _clash(rules: list[Within], kind: CriterionKind) -> bool:
    """Tell whether a line states one side of a quantity twice, or two sides that leave nothing of it."""
    lows = {rule.fact: rule.low for rule in rules if rule.low is not None}
    highs = {rule.fact: rule.high for rule in rules if rule.high is not None}
    if len(lows) + len(highs) < len(rules):
        return True
    ends = [(lows[fact], high) for fact, high in highs.items() if fact in lows]
    if kind is CriterionKind.INCLUSION:
        return any(low >= high for low, high in ends)
    return any(low <= high for low, high in ends)


def _is_signless(part: str) -> bool:
    match = _SIGNLESS.fullmatch(part.strip())
    return match is not None and any(phrase.pattern.fullmatch(match["name"].strip()) for phrase in PHRASES)


def _subject(clause: str) -> str:
    return re.split(r"[<>]", clause)[0].strip()


def _guess(clause: str, ages: frozenset[int]) -> Guess | None:
    """Return the comparison that a whole clause states, or None where any part of it is not understood."""
    old = _OF_AGE.fullmatch(clause)
    match = old or _CLAUSE.fullmatch(clause)
    if match is None:
        return None
    name, unit = "age" if old else (match["name"] or "").strip(), match["unit"].strip()
    found = set(_rules(name, match["sign"], _value(match["number"]), unit, ages))
    return Guess(text=clause, rule=found.pop()) if len(found) == 1 else None


def _rules(name: str, sign: str, value: Decimal, unit: str, ages: frozenset[int]) -> Iterator[Within]:
    for phrase in PHRASES:
        factor = _factor(phrase, unit) if phrase.pattern.fullmatch(name) else None
        if phrase.fact == "age" and not unit and phrase.pattern.fullmatch(name) and value in ages:
            factor = Fraction(1)
        limit = None if factor is None else _converted(value, factor)
        if limit is not None:
            try:
                yield _within(phrase.fact, sign, limit)
            except InputError:
                continue  # implausible in this unit, so it was not meant


def _within(fact: str, sign: str, limit: Limit) -> Within:
    if sign.startswith(">"):
        return Within(fact=fact, low=limit, includes_low=sign == ">=")
    return Within(fact=fact, high=limit, includes_high=sign == "<=")


def _factor(phrase: Phrase, unit: str) -> Fraction | None:
    return next((factor for pattern, factor in phrase.units if pattern.fullmatch(unit)), None)


def _value(number: str) -> Decimal:
    return Decimal(re.sub("[, ]", "", number))


def _converted(value: Decimal, factor: Fraction) -> Limit | None:
    """Return the number in the vocabulary's unit where that is a short decimal exactly; None otherwise."""
    if len(value.as_tuple().digits) > _MOST_DIGITS:
        return None
    if factor == 1 and value != value.to_integral_value():
        return value
    exact = Fraction(value) * factor
    scaled = exact * 10**_MOST_DIGITS
    if scaled.denominator != 1:
        return None
    return int(exact) if exact.denominator == 1 else Decimal(int(scaled)).scaleb(-_MOST_DIGITS).normalize()
