"""A second, slow and obvious evaluator that shares nothing with the code under test but the TOML files.

True, False and None are yes, no and unknown; numbers are Fractions; an infinite ratio is the text "infinite".
`table_of` and `varied_cases` serve the property tests.
"""

import tomllib
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib import resources

from hypothesis import strategies as st

from tissueclock.facts.case import CaseFacts, Fact
from tissueclock.facts.definition import Kind
from tissueclock.facts.derive import complete
from tissueclock.facts.vocabulary import definition_of


@cache
def table_of(folder, name):
    """Return the raw TOML document of a trial or profile, its settings filled in."""
    text = resources.files(f"tissueclock.protocol.{folder}").joinpath(f"{name}.toml").read_text("utf-8")
    for setting, value in tomllib.loads(text).get("settings", {}).items():
        text = text.replace(f"{{{setting}}}", value)
    return tomllib.loads(text, parse_float=Decimal)


def plain(case):
    """Return name -> plain value of what a rule may see."""
    seen = {}
    for name, fact in case.items():
        if fact.withheld_by or (fact.value is None and not fact.infinite):
            continue
        seen[name] = "infinite" if fact.infinite else fact.value
        if isinstance(seen[name], (int, float, Decimal)) and not isinstance(seen[name], bool):
            seen[name] = Fraction(str(seen[name]))
    return seen


def holds(rule, seen):
    """Evaluate a raw rule; None is unknown."""
    if "all" in rule:
        answers = [holds(branch, seen) for branch in rule["all"]]
        return False if False in answers else None if None in answers else True
    if "any" in rule:
        answers = [holds(branch, seen) for branch in rule["any"]]
        return True if True in answers else None if None in answers else False
    if rule["fact"] not in seen:
        return None
    return compare(seen[rule["fact"]], rule["op"], rule["value"])


def compare(value, operator, limit):
    """Compare a known value with the printed limit."""
    if operator == "is":
        return value == limit
    if operator == "in":
        return any(word in limit for word in ({value} if isinstance(value, str) else value))
    if operator == "between":
        return compare(value, ">=", limit[0]) and compare(value, "<=", limit[1])
    if value == "infinite":
        return operator in (">", ">=")
    limit = Fraction(str(limit))
    return {">=": value >= limit, ">": value > limit, "<=": value <= limit, "<": value < limit}[operator]


def outcome(criterion, seen):
    """Return pass, fail, unknown or not-applicable for a raw criterion."""
    answer = holds(criterion["rule"], seen)
    if criterion["kind"] == "exclusion" and answer is not None:
        answer = not answer
    plainly = {True: "pass", False: "fail", None: "unknown"}[answer]
    applies = holds(criterion["applies_when"], seen) if "applies_when" in criterion else True
    if applies is False:
        return "not-applicable"
    return plainly if applies or plainly == "pass" else "unknown"


def decision(table, seen):
    """Return eligible, ineligible or undetermined for a raw trial."""
    outcomes = {outcome(item, seen) for item in table["criterion"] if item.get("role", "gate") == "gate"}
    if "fail" in outcomes:
        return "ineligible"
    return "undetermined" if "unknown" in outcomes or "pass" not in outcomes else "eligible"


def profile_class(table, seen):
    """Return the class of a raw profile."""
    if any(name not in seen for name in table.get("requires", [])):
        return "undetermined"
    for item in table["class"]:
        answer = holds(item["rule"], seen)
        if answer is None:
            return "undetermined"
        if answer:
            return item["label"]
    return table["otherwise"]["label"]


def leaves_of(thing):
    """Yield every raw comparison anywhere in a document."""
    if isinstance(thing, dict):
        if "op" in thing:
            yield thing
        for value in thing.values():
            yield from leaves_of(value)
    if isinstance(thing, list):
        for value in thing:
            yield from leaves_of(value)


@st.composite
def varied_cases(draw, table, worked_cases, start=complete, more=()):
    """Draw a worked case with a few facts set at or near a limit, unknown, withheld or gone.

    `start` makes the facts to begin with from those that were typed; `more` are facts to vary besides.

    Cases that are random throughout would all be ineligible.
    """
    limits = {}
    for leaf in leaves_of(table):
        values = leaf["value"] if isinstance(leaf["value"], list) else [leaf["value"]]
        limits.setdefault(leaf["fact"], []).extend(values)
    for name, values in more:
        limits.setdefault(name, []).extend(values)
    facts = dict(start(draw(st.sampled_from(worked_cases)).facts()))
    for name in draw(st.lists(st.sampled_from(sorted(limits)), max_size=4, unique=True)):
        facts[name] = draw(_random_fact(name, limits[name]))
    return CaseFacts.of(fact for fact in facts.values() if fact is not None)


def _random_fact(name, limits):
    known = _random_value(definition_of(name), limits).map(
        lambda value: Fact(
            name=name,
            value=None if value == "infinite" else value,
            infinite=value == "infinite",
            source="random",
        )
    )
    unknown = st.just(Fact(name=name, value=None, reason="random", source="random"))
    withheld = known.map(lambda fact: fact.withheld(("gate",)))
    return st.one_of(known, known, known, known, st.none(), unknown, withheld)


def _random_value(definition, limits):
    if definition.kind is Kind.BOOLEAN:
        return st.booleans()
    if definition.kind is Kind.CHOICE:
        return st.sampled_from(definition.choices)
    if definition.kind is Kind.SET:
        return st.frozensets(st.sampled_from(definition.choices))
    step = 1 if definition.kind is Kind.INTEGER else Decimal("0.01")
    near = [limit + shift * step for limit in limits for shift in (-1, 0, 1)]
    if definition.kind is Kind.NUMBER:
        near += [float(value) for value in near] + [Fraction(value) for value in near]
    return st.sampled_from(near + ["infinite"] * definition.may_be_infinite)
