"""What the tests of changes share: cases near limits, and a slow way to say what a change would do."""

from datetime import date
from fractions import Fraction

from hypothesis import strategies as st
from slow_rules import table_of, varied_cases

from tissueclock.core.errors import InputError
from tissueclock.core.exact import exact
from tissueclock.eligibility.evaluate import assess
from tissueclock.eligibility.outcome import Decision
from tissueclock.eligibility.predicates import derived
from tissueclock.facts.case import CaseFacts, Fact
from tissueclock.facts.definition import Kind
from tissueclock.facts.entries import case_from_table
from tissueclock.facts.vocabulary import definition_of
from tissueclock.protocol.load import parse_protocol
from tissueclock.protocol.registry import protocols

OTHER = {Decision.ELIGIBLE: Decision.INELIGIBLE, Decision.INELIGIBLE: Decision.ELIGIBLE}


def case_of(entries):
    """Return the complete case of typed entries."""
    return derived(case_from_table(entries, "test"))


def worked(trial, name, **entries):
    """Return the complete worked case of a registered trial, with entries changed; None takes one out."""
    (found,) = [case for case in protocols()[trial].cases if case.name == name]
    kept = {**found.entries, **entries}
    return case_of({key: value for key, value in kept.items() if value is not None})


class Drawn:
    """A trial, a complete case near its limits and what was typed; a dataclass would print at length."""

    def __init__(self, trial, case, typed):
        self.trial, self.case, self.typed = trial, case, typed

    def __repr__(self):
        known = {name: str(fact.known) for name, fact in self.typed.items() if fact.known is not None}
        return f"{self.trial.id}: {known}"

    def __iter__(self):
        return iter((self.trial, self.case))


BOUND = (
    *((name, (10, 30, 90)) for name in ("core_ml", "tmax2_ml", "tmax6_ml", "hypoperfused_ml")),
    *((name, ()) for name in ("anticoagulant", "warfarin", "direct_anticoagulant")),
    *((name, ()) for name in ("dawn_eligible", "defuse3_eligible")),
)
"""Facts that are bound to others by definition, or by another trial's rule, with limits to draw near."""


@st.composite
def trials_and_cases(draw):
    """Draw a registered trial and a consistent case near its limits; facts may be unknown or withheld."""
    trial = draw(st.sampled_from(list(protocols())).map(protocols().__getitem__))
    more = draw(st.sampled_from([(), (), BOUND]))
    cases = varied_cases(table_of("trials", trial.id), trial.cases, start=lambda case: case, more=more)
    typed, case = draw(cases.map(consistent).filter(bool))
    return Drawn(trial, case, typed)


def consistent(case):
    """Return what is typed and the complete case, or None if the facts contradict each other.

    Mismatch and ratio are left to follow from the volumes where these are there, and glucose is typed once.
    """
    follows = {"glucose_mmol_l"} if "glucose_mg_dl" in case else set()
    if {"core_ml", "hypoperfused_ml"} <= set(case) or {"core_ml", "tmax6_ml"} <= set(case):
        follows |= {"mismatch_ml", "mismatch_ratio"}
    if {"core_ml", "tmax2_ml"} <= set(case):
        follows |= {"mismatch_tmax2_ml", "mismatch_ratio_tmax2"}
    typed = CaseFacts.of(fact for name, fact in case.items() if name not in follows)
    try:
        return typed, derived(typed)
    except InputError:
        return None


def retyped(typed, values):
    """Return the complete case, had these values been typed with the rest of `typed`; glucose is one fact."""
    glucose = {"glucose_mg_dl", "glucose_mmol_l"}
    gone = set(values) | (glucose if glucose & set(values) else set())
    new = [Fact(name=name, value=value, source="typed") for name, value in values.items()]
    return derived(CaseFacts.of([*(fact for name, fact in typed.items() if name not in gone), *new]))


def verdict_after(trial, typed, values, scope="full"):
    """Return the slow evaluator's decision with other values typed, None where the facts then contradict."""
    try:
        return assess(trial, retyped(typed, values), scope).decision
    except InputError:
        return None


def grid(name, low, high, steps=24):
    """Return values of a fact strictly between two numbers: every whole number, or a fine grid."""
    low, high = sorted((exact(low), exact(high)))
    if definition_of(name).kind is Kind.INTEGER:
        return [value for value in range(int(low) - 1, int(high) + 2) if low < value < high]
    return [low + (high - low) * Fraction(step, steps) for step in range(1, steps)]


def known_numbers(case):
    """Return the known facts that are finite numbers."""
    return [
        fact
        for fact in case.values()
        if fact.known is not None and fact.value is not None and is_number(fact)
    ]


def is_number(fact: Fact) -> bool:
    return definition_of(fact.name).numeric


def invented_trial(*criteria, id="invented"):
    """Return a trial of (id, kind, rule) or (id, kind, rule, more keys)."""
    table = {
        "schema": 1,
        "id": id,
        "title": id.title(),
        "registration": "none",
        "citation": "none",
        "as_of": date(2026, 1, 1),
        "intervention": "none",
        "arms": ["one"],
        "primary_endpoint": "none",
        "imaging_note": "none",
        "sources": {"here": "Invented"},
        "criterion": [
            {
                "id": name,
                "kind": kind,
                "text": name,
                "rule": rule,
                "confidence": "found",
                "source": "here",
                "place": "here",
                **(more[0] if more else {}),
            }
            for name, kind, rule, *more in criteria
        ],
    }
    return parse_protocol(table, f"{id}.toml", id)


def leaf(fact, op, value):
    return {"fact": fact, "op": op, "value": value}
