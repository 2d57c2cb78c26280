"""Every limit of every trial is held by its worked cases: change one, and some case of the file must notice.

A mutant is a trial with one comparison changed: `>=` to `>`, a limit one step off, a yes turned into a no, a
word added to a list or taken from it, `all` turned into `any`. It is caught if a worked case no longer gets
the decision, or the list of failing criteria, that the file states.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from tissueclock.core.truth import Truth
from tissueclock.eligibility.evaluate import assess
from tissueclock.eligibility.finding import find
from tissueclock.facts.case import CaseFacts
from tissueclock.facts.definition import Kind
from tissueclock.facts.derive import complete
from tissueclock.facts.vocabulary import definition_of
from tissueclock.protocol.model import Criterion, CriterionKind, Protocol, Role, WorkedCase
from tissueclock.protocol.registry import protocols
from tissueclock.protocol.rule import AllOf, AnyOf, Is, Leaf, OneOf, Rule, Within

TARGET = 0.98


@dataclass(frozen=True)
class Judged:
    """A worked case with its facts and what each criterion makes of it, before any change."""

    case: WorkedCase
    facts: CaseFacts
    outcomes: dict[str, str]


def step_of(leaf: Within, limit: int | Decimal) -> int | Decimal:
    """One unit of the last printed digit: 1 for 70, 0.1 for 1.8."""
    if definition_of(leaf.fact).kind is Kind.INTEGER or isinstance(limit, int):
        return 1
    return Decimal(1).scaleb(int(limit.as_tuple().exponent))


def changed_leaves(leaf: Leaf) -> Iterator[Leaf]:
    if isinstance(leaf, Is):
        yield replace(leaf, answer=not leaf.answer)
    elif isinstance(leaf, OneOf):
        for word in definition_of(leaf.fact).choices:
            words = leaf.words ^ {word}
            if words:
                yield replace(leaf, words=words)
    else:
        yield from changed_limits(leaf)


def changed_limits(leaf: Within) -> Iterator[Within]:
    for end in ("low", "high"):
        limit = getattr(leaf, end)
        if limit is None:
            continue
        yield replace(leaf, **{f"includes_{end}": not getattr(leaf, f"includes_{end}")})
        for moved in (limit - step_of(leaf, limit), limit + step_of(leaf, limit)):
            if not definition_of(leaf.fact).complaint(moved):
                yield replace(leaf, **{end: moved})


def changed_rules(rule: Rule) -> Iterator[Rule]:
    if not isinstance(rule, (AllOf, AnyOf)):
        yield from changed_leaves(rule)
        return
    if len(rule.branches) > 1:
        yield (AnyOf if isinstance(rule, AllOf) else AllOf)(rule.branches)
    for place, branch in enumerate(rule.branches):
        for changed in changed_rules(branch):
            yield type(rule)((*rule.branches[:place], changed, *rule.branches[place + 1 :]))


def changed_criteria(criterion: Criterion) -> Iterator[Criterion]:
    for rule in changed_rules(criterion.rule):
        yield replace(criterion, rule=rule)
    if criterion.applies_when is not None:
        for rule in changed_rules(criterion.applies_when):
            yield replace(criterion, applies_when=rule)
        yield replace(criterion, applies_when=None)


def outcome_of(criterion: Criterion, facts: CaseFacts) -> str:
    """The outcome of one criterion alone; `test_the_shortcut_agrees` holds it against `assess`."""
    truth = find(criterion.rule, facts).truth
    wanted = Truth.YES if criterion.kind is CriterionKind.INCLUSION else Truth.NO
    outcome = "unknown" if truth is Truth.UNKNOWN else "pass" if truth is wanted else "fail"
    if criterion.applies_when is None:
        return outcome
    applies = find(criterion.applies_when, facts).truth
    if applies is Truth.NO:
        return "not-applicable"
    return outcome if applies is Truth.YES or outcome == "pass" else "unknown"


def decision_of(trial: Protocol, outcomes: dict[str, str]) -> str:
    gates = {outcomes[item.id] for item in trial.criteria if item.role is Role.GATE}
    if "fail" in gates:
        return "ineligible"
    return "undetermined" if "unknown" in gates or "pass" not in gates else "eligible"


def judged_cases(trial: Protocol) -> list[Judged]:
    found = []
    for case in trial.cases:
        facts = complete(case.facts())
        outcomes = {item.id: outcome_of(item, facts) for item in trial.criteria}
        found.append(Judged(case, facts, outcomes))
    return found


def as_stated(trial: Protocol, case: WorkedCase, outcomes: dict[str, str]) -> bool:
    """Tell whether these outcomes are what the worked case states."""
    failed = tuple(name for name, outcome in outcomes.items() if outcome == "fail")
    return decision_of(trial, outcomes) == case.expect and case.fails in (None, failed)


def is_caught(trial: Protocol, mutant: Criterion, cases: list[Judged]) -> bool:
    return any(
        not as_stated(trial, item.case, item.outcomes | {mutant.id: outcome_of(mutant, item.facts)})
        for item in cases
    )


def survivors(trial: Protocol) -> tuple[int, list[str]]:
    """Return how many mutants the trial has, and those that no case notices."""
    cases, count, found = judged_cases(trial), 0, []
    for criterion in trial.criteria:
        for mutant in changed_criteria(criterion):
            count += 1
            if not is_caught(trial, mutant, cases):
                found.append(f"{trial.id}: {mutant.id}: {mutant.rule} when {mutant.applies_when}")
    return count, found


def test_the_shortcut_agrees_with_the_evaluator():
    for trial in protocols().values():
        for item in judged_cases(trial):
            found = assess(trial, item.facts)
            assert {result.id: result.outcome.value for result in found.criteria} == item.outcomes
            assert found.decision.value == decision_of(trial, item.outcomes) == item.case.expect


def test_the_worked_cases_catch_a_change_of_any_limit_or_operator(record_property):
    counts = {name: survivors(trial) for name, trial in protocols().items()}
    shares = [f"{name}: {count - len(left)} of {count} caught" for name, (count, left) in counts.items()]
    alive = [mutant for _, left in counts.values() for mutant in left]
    total = sum(count for count, _ in counts.values())
    record_property("caught", "; ".join(shares))
    assert 1 - len(alive) / total >= TARGET, "\n".join([*shares, *alive])


def test_a_trial_without_cases_at_its_limits_is_noticed():
    trial = protocols()["defuse-3"]
    few = replace(trial, cases=tuple(case for case in trial.cases if "," not in case.name))
    count, left = survivors(few)
    assert len(left) / count > 1 - TARGET
