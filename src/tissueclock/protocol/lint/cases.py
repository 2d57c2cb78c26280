"""Checks of the worked cases: whole, right, and on both sides of every limit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from tissueclock.core.errors import InputError
from tissueclock.core.exact import Number, exact
from tissueclock.facts.case import CaseFacts
from tissueclock.facts.definition import Kind
from tissueclock.facts.derive import complete
from tissueclock.facts.vocabulary import definition_of, judgement_parts
from tissueclock.protocol.guideline import NOTHING, Guideline
from tissueclock.protocol.lint.draft import Answer, Definition, Loaded, Part
from tissueclock.protocol.lint.finding import Check, Level, Spot, name_in, spot_of
from tissueclock.protocol.model import (
    DECISIONS,
    UNDETERMINED,
    Criterion,
    ProfileDefinition,
    WorkedCase,
)
from tissueclock.protocol.rule import AllOf, AnyOf, Limit, Rule, Within, facts_of, leaves

_NEAR = Fraction(1, 10)
"""Our choice: a case is just beside a limit within a tenth of it, at least 0.1, or 1 for whole numbers."""

_Judged = tuple[WorkedCase, CaseFacts]


def broken_cases(file: Loaded) -> Iterator[Spot]:
    """Yield every worked case whose facts are refused: unknown, implausible, in a wrong unit, contradictory.

    What a case hands on to those that extend it is said once.
    """
    said: set[str] = set()
    for path, case in _cases(file):
        try:
            complete(case.facts())
        except InputError as error:
            if error.found not in said:
                named = InputError(f"'{case.name}': {error.found}", remedy=error.remedy)
                yield spot_of(named, path, name_in(error.found))
            said.add(error.found)


def stray_judgements(file: Loaded) -> Iterator[Spot]:
    """Yield every judgement in a worked case that no criterion reads."""
    read = {name for part in file.parts for _, rule in part.rules for name in facts_of(rule)}
    said: set[str] = set()
    for path, case in _cases(file):
        for name in case.entries:
            if judgement_parts(name) and name not in read | said:
                said.add(name)
                yield Spot(
                    path=path,
                    found=f"'{case.name}' gives '{name}', which no criterion reads.",
                    remedy="Correct the name, or take it out.",
                    word=name.rpartition(".")[2],
                )


def wrong_expectations(file: Loaded) -> Iterator[Spot]:
    """Yield every worked case that is answered otherwise than it expects."""
    for path, case in _cases(file):
        facts = _facts(case)
        differs = "" if facts is None else _difference(case, file.judge(file.definition, facts))
        if differs:
            yield Spot(
                path=path,
                found=f"'{case.name}' {differs}.",
                remedy="Correct the expectation, or the rule.",
            )


def unknown_criteria(file: Loaded) -> Iterator[Spot]:
    """Yield every criterion that a worked case says fails and that does not exist."""
    known = {part.name for part in file.parts}
    for path, case in _cases(file):
        for name in case.fails or ():
            if name not in known:
                yield Spot(
                    path=path,
                    found=f"'{case.name}' names the criterion '{name}', which does not exist.",
                    remedy="Correct the name.",
                    word=name,
                )


def answers_without_case(file: Loaded) -> Iterator[Spot]:
    """Yield every answer that no worked case expects."""
    expected = {label for case in file.definition.cases for label in _expected(file.definition, case)}
    for label in _answers(file.definition):
        if label not in expected:
            yield Spot(path="case", found=f"no worked case expects '{label}'.", remedy="Add one.")


def empty_case(file: Loaded) -> Iterator[Spot]:
    """Yield that the empty case is not undetermined, or is not among the worked cases."""
    label = file.judge(file.definition, CaseFacts.of()).label
    if label != UNDETERMINED:
        yield Spot(
            path="",
            found=f"a case without facts is {label}.",
            remedy="Unknown is never yes: correct the rules.",
        )
    if all(case.entries for case in file.definition.cases):
        yield Spot(
            path="case",
            found="there is no worked case without facts.",
            remedy='Add [[case]] with name = "empty" and expect = "undetermined".',
        )


def uncovered_limits(file: Loaded) -> Iterator[Spot]:
    """Yield every numeric limit without a worked case just below, at and just above it."""
    judged = _judged(file)
    if len(judged) < len(file.definition.cases):
        return  # the broken ones may be those that are missing
    for part in file.parts:
        for path, leaf, limit in _limits_of(part):
            values = [value for _, facts in judged if (value := _number(facts, leaf.fact)) is not None]
            sides = _sides_without(values, leaf.fact, exact(limit))
            if sides:
                yield Spot(
                    path=path,
                    found=f"there is no worked case {' or '.join(sides)} the limit {leaf.fact} {limit}.",
                    remedy=f'Add [[limit]] with fact = "{leaf.fact}" and that value.',
                    word=leaf.fact,
                )


def unproven_limits(file: Loaded) -> Iterator[Spot]:
    """Yield every limit at which the worked cases would not notice that it is included or is not."""
    judged = _judged(file)
    for number, part in enumerate(file.parts):
        for path, leaf, limit in _limits_of(part):
            at = [item for item in judged if _number(item[1], leaf.fact) == exact(limit)]
            flipped = _with_rules_of(file.definition, number, leaf, _flipped(leaf, limit))
            if at and not any(_difference(case, file.judge(flipped, facts)) for case, facts in at):
                yield Spot(
                    path=path,
                    found=f"no worked case shows whether the limit {leaf.fact} {limit} is included.",
                    remedy="Add a case at the limit that nothing else decides.",
                    word=leaf.fact,
                )


def _cases(file: Loaded) -> Iterator[tuple[str, WorkedCase]]:
    return zip(file.case_paths(), file.definition.cases, strict=True)


def _judged(file: Loaded) -> list[_Judged]:
    """Return the worked cases that are not broken, with everything that follows from their facts."""
    return [(case, facts) for case in file.definition.cases if (facts := _facts(case)) is not None]


def _facts(case: WorkedCase) -> CaseFacts | None:
    try:
        return complete(case.facts())
    except InputError:
        return None


def _difference(case: WorkedCase, answer: Answer) -> str:
    """Return how the answer differs from what the worked case expects, or an empty string."""
    if answer.label != case.expect:
        return f"expects {case.expect} and is {answer.label}{_because(answer)}"
    if case.fails is not None and case.fails != answer.fails:
        return f"expects that {_listed(case.fails)} fail, and {_listed(answer.fails)} do"
    if case.missing is not None and case.missing != answer.missing:
        return f"expects that {_listed(case.missing)} are missing, and {_listed(answer.missing)} are"
    return ""


def _because(answer: Answer) -> str:
    if answer.fails:
        return f" ({_listed(answer.fails)} fail)"
    return f" ({_listed(answer.missing)} missing)" if answer.missing else ""


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"


def _answers(definition: Definition) -> tuple[str, ...]:
    if isinstance(definition, Guideline):
        return (*definition.ids, NOTHING, UNDETERMINED)
    return (*definition.labels, UNDETERMINED) if isinstance(definition, ProfileDefinition) else DECISIONS


def _expected(definition: Definition, case: WorkedCase) -> list[str]:
    """Return the answers that a worked case expects: of a guideline, each recommendation that applies."""
    return case.expect.split(", ") if isinstance(definition, Guideline) else [case.expect]


def _limits_of(part: Part) -> Iterator[tuple[str, Within, Limit]]:
    for path, rule in part.rules:
        for leaf in leaves(rule):
            if isinstance(leaf, Within):
                for limit in leaf.limits:
                    yield path, leaf, limit


def _number(facts: CaseFacts, name: str) -> Fraction | None:
    value: object = facts.known(name)
    return exact(value) if isinstance(value, Number) and not isinstance(value, bool) else None


def _sides_without(values: list[Fraction], name: str, limit: Fraction) -> list[str]:
    definition = definition_of(name)
    least = Fraction(1) if definition.kind is Kind.INTEGER else _NEAR
    near = max(least, abs(limit) * _NEAR)
    sides = []
    if (definition.low is None or definition.low < limit) and not any(
        limit - near <= value < limit for value in values
    ):
        sides.append("just below")
    if limit not in values:
        sides.append("at")
    if (definition.high is None or definition.high > limit) and not any(
        limit < value <= limit + near for value in values
    ):
        sides.append("just above")
    return sides


def _flipped(leaf: Within, limit: Limit) -> Within:
    if limit == leaf.low:
        return replace(leaf, includes_low=not leaf.includes_low)
    return replace(leaf, includes_high=not leaf.includes_high)


def _with_rules_of(definition: Definition, number: int, leaf: Within, other: Within) -> Definition:
    """Return the definition with one comparison of one criterion, class or recommendation changed."""
    if isinstance(definition, Guideline):
        item = definition.recommendations[number]
        put = replace(item, rule=_exchanged(item.rule, leaf, other))
        items = (*definition.recommendations[:number], put, *definition.recommendations[number + 1 :])
        return replace(definition, recommendations=items)
    if isinstance(definition, ProfileDefinition):
        changed = replace(
            definition.classes[number], rule=_exchanged(definition.classes[number].rule, leaf, other)
        )
        classes = (*definition.classes[:number], changed, *definition.classes[number + 1 :])
        return replace(definition, classes=classes)
    criterion: Criterion = definition.criteria[number]
    applies = criterion.applies_when
    new = replace(
        criterion,
        rule=_exchanged(criterion.rule, leaf, other),
        applies_when=None if applies is None else _exchanged(applies, leaf, other),
    )
    return replace(
        definition, criteria=(*definition.criteria[:number], new, *definition.criteria[number + 1 :])
    )


def _exchanged(rule: Rule, leaf: Within, other: Within) -> Rule:
    if isinstance(rule, (AllOf, AnyOf)):
        return type(rule)(tuple(_exchanged(branch, leaf, other) for branch in rule.branches))
    return other if rule == leaf else rule


CHECKS: tuple[Check[Loaded], ...] = (
    Check(
        id="broken-case",
        level=Level.ERROR,
        sentence="The facts of every worked case are known, plausible, in their unit and fit together.",
        run=broken_cases,
    ),
    Check(
        id="stray-judgement",
        level=Level.ERROR,
        sentence="Every judgement in a worked case is read by a criterion.",
        run=stray_judgements,
    ),
    Check(
        id="wrong-expectation",
        level=Level.ERROR,
        sentence="Every worked case is answered as it expects.",
        run=wrong_expectations,
    ),
    Check(
        id="unknown-criterion",
        level=Level.ERROR,
        sentence="The criteria that worked cases name exist.",
        run=unknown_criteria,
    ),
    Check(
        id="answer-without-case",
        level=Level.ERROR,
        sentence="Every answer is expected by a worked case.",
        run=answers_without_case,
    ),
    Check(
        id="empty-case",
        level=Level.ERROR,
        sentence="A case without facts is undetermined, and is a worked case.",
        run=empty_case,
    ),
    Check(
        id="uncovered-limit",
        level=Level.ERROR,
        sentence="Every numeric limit has a worked case just below, at and just above it.",
        run=uncovered_limits,
    ),
    Check(
        id="unproven-limit",
        level=Level.WARNING,
        sentence="The worked cases show of every limit whether it is included.",
        run=unproven_limits,
    ),
)
