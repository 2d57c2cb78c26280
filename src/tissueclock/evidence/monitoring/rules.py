"""How a design spreads its alpha over the looks: spending functions, classical shapes and fixed bounds.

A spending function says how much of alpha may have been used up when a fraction of the information is in
(Lan KKG, DeMets DL, Biometrika 1983;70:659-663); the looks need not be planned. A classical shape fixes how
the bounds relate to each other instead, and one constant makes them use up alpha.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from scipy.special import ndtr, ndtri

from tissueclock.core.errors import UsageError

Spend = Callable[[float, float, float], float]
"""Return what is spent at a fraction of the information: of (fraction, alpha, parameter)."""


class Kind(Enum):
    """What a rule fixes."""

    SPENDING = "spending function"
    SHAPE = "classical shape"
    FIXED = "fixed bounds at the interims"


@dataclass(frozen=True, slots=True)
class Parameter:
    """The number that a rule leaves open: its symbol, default and range, ends included."""

    symbol: str
    default: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Rule:
    """One way of spreading alpha, and where it was published."""

    name: str
    title: str
    kind: Kind
    source: str
    parameter: Parameter | None = None
    spend: Spend | None = None


@dataclass(frozen=True, slots=True)
class ChosenRule:
    """A rule with its parameter, 0 where it has none."""

    rule: Rule
    value: float

    def spent(self, information: Sequence[float], alpha: float) -> tuple[float, ...]:
        """Return the cumulative alpha of a spending function at each fraction of the information."""
        if self.rule.spend is None:
            raise ValueError(f"{self.rule.name} is no spending function")
        return tuple(self.rule.spend(fraction, alpha, self.value) for fraction in information)

    def shape(self, information: Sequence[float]) -> tuple[float, ...]:
        """Return how the z bounds of a classical shape relate: C t^(Delta - 1/2), here without C."""
        return tuple(fraction ** (self.value - 0.5) for fraction in information)

    @property
    def words(self) -> str:
        """The title, with the parameter where there is one to choose."""
        parameter = self.rule.parameter
        return f"{self.rule.title}, {parameter.symbol} {self.value:g}" if parameter else self.rule.title


def choose_rule(name: str, value: float | None = None) -> ChosenRule:
    """Return the rule called `name` with its parameter, the default unless given.

    Raises UsageError for an unknown rule, a parameter that the rule does not have, or one out of its range.
    """
    if name not in RULES:
        raise UsageError(f"there is no boundary '{name}'.", remedy=f"Known: {', '.join(RULES)}.")
    rule = RULES[name]
    if rule.parameter is None:
        if value is not None:
            raise UsageError(f"'{name}' has no parameter.", remedy="Leave --parameter out.")
        return ChosenRule(rule, _FIXED_SHAPES.get(name, 0.0))
    chosen = rule.parameter.default if value is None else value
    if not rule.parameter.low <= chosen <= rule.parameter.high:
        raise UsageError(
            f"the parameter {rule.parameter.symbol} of '{name}' is {chosen:g}.",
            remedy=f"Use {rule.parameter.low:g} to {rule.parameter.high:g}.",
        )
    return ChosenRule(rule, chosen)


def choose_spending(name: str, value: float | None = None) -> ChosenRule:
    """Return a rule that is a spending function, as beta needs one; raises UsageError as `choose_rule`."""
    chosen = choose_rule(name, value)
    if chosen.rule.kind is not Kind.SPENDING:
        known = ", ".join(rule.name for rule in RULES.values() if rule.kind is Kind.SPENDING)
        raise UsageError(f"'{name}' is no spending function.", remedy=f"Spend beta by one of: {known}.")
    return chosen


def _obrien_fleming(fraction: float, alpha: float, _: float) -> float:
    return float(2 * ndtr(ndtri(alpha / 2) / math.sqrt(fraction)))


def _pocock(fraction: float, alpha: float, _: float) -> float:
    return alpha * math.log1p((math.e - 1) * fraction)


def _hwang_shih_decani(fraction: float, alpha: float, gamma: float) -> float:
    if gamma == 0:
        return alpha * fraction
    return alpha * math.expm1(-gamma * fraction) / math.expm1(-gamma)


def _kim_demets(fraction: float, alpha: float, rho: float) -> float:
    return float(alpha * fraction**rho)


_LD = "Lan KKG, DeMets DL, Biometrika 1983;70:659-663"
_WT = "Wang SK, Tsiatis AA, Biometrics 1987;43:193-199"
_ALL = (
    Rule("of", "O'Brien-Fleming type spending", Kind.SPENDING, _LD, spend=_obrien_fleming),
    Rule("pocock", "Pocock type spending", Kind.SPENDING, _LD, spend=_pocock),
    Rule(
        "hsd",
        "Hwang-Shih-DeCani spending",
        Kind.SPENDING,
        "Hwang IK, Shih WJ, DeCani JS, Stat Med 1990;9:1439-1445",
        Parameter("gamma", -4.0, -40.0, 40.0),
        _hwang_shih_decani,
    ),
    Rule(
        "kd",
        "Kim-DeMets power spending",
        Kind.SPENDING,
        "Kim K, DeMets DL, Biometrika 1987;74:149-154",
        Parameter("rho", 3.0, 0.05, 50.0),
        _kim_demets,
    ),
    Rule(
        "of-constant",
        "O'Brien-Fleming bounds",
        Kind.SHAPE,
        "O'Brien PC, Fleming TR, Biometrics 1979;35:549-556",
    ),
    Rule("pocock-constant", "Pocock bounds", Kind.SHAPE, "Pocock SJ, Biometrika 1977;64:191-199"),
    Rule("wang-tsiatis", "Wang-Tsiatis bounds", Kind.SHAPE, _WT, Parameter("Delta", 0.25, -0.5, 0.7)),
    Rule(
        "haybittle-peto",
        "Haybittle-Peto bounds",
        Kind.FIXED,
        "Haybittle JL, Br J Radiol 1971;44:793-797; Peto R et al., Br J Cancer 1976;34:585-612",
        Parameter("z at the interims", 3.0, 2.0, 8.0),
    ),
)
RULES: Mapping[str, Rule] = MappingProxyType({rule.name: rule for rule in _ALL})
_FIXED_SHAPES: Mapping[str, float] = MappingProxyType({"of-constant": 0.0, "pocock-constant": 0.5})
"""Delta of the two shapes that have names of their own."""
