"""Abstracts that never were: seeded, with correct numbers made from drawn counts, in the styles of journals.

Every number that a checker could know to be wrong is a `Slot`: its text and what texts would be right. The
statistics are those of scipy and statsmodels, so that nothing here comes from the code under test.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from scipy.stats import chi2_contingency, fisher_exact, norm
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

Z = 1.959963984540054
TREATMENTS = (
    ("endovascular therapy", "medical care"),
    ("thrombectomy", "control"),
    ("tenecteplase", "alteplase"),
    ("rescue stenting", "standard care"),
    ("alteplase", "placebo"),
    ("intensive treatment", "usual care"),
)
OUTCOMES = (
    "a modified Rankin Scale score of 0 to 2 at 90 days",
    "functional independence",
    "a score of 0 to 3 on the modified Rankin scale",
    "successful reperfusion (mTICI 2b-3)",
    "early neurologic improvement at 24 hours",
    "an excellent functional outcome",
)
HARMS = (
    "symptomatic intracranial hemorrhage",
    "death from any cause at 90 days",
    "any intracranial hemorrhage within 48 hours",
    "serious adverse events",
    "recurrent ischemic stroke",
)


@dataclass(frozen=True)
class Style:
    """How a journal prints: signs, digits, and the words around an interval."""

    name: str
    point: str
    minus: str
    dash: str
    p: str
    leading_zero: bool
    ci: str
    versus: str
    spaced: bool

    def show(self, text: str) -> str:
        """Return a plain number as the journal prints it."""
        body = text.lstrip("-")
        if not self.leading_zero and body.startswith("0."):
            body = body[1:]
        return (self.minus if text.startswith("-") else "") + body.replace(".", self.point)


NEJM = Style("nejm", ".", "\u2212", " to ", "P", True, "95% confidence interval [CI], ", "vs.", False)
LANCET = Style("lancet", "\u00b7", "\u2212", "\u2013", "p", True, "95% CI ", "versus", False)
JAMA = Style("jama", ".", "\u2212", "-", "P", False, "95% CI, ", "vs", True)
STROKE = Style("stroke", ".", "-", "\u2013", "P", True, "95% CI, ", "versus", False)
BMJ = Style("bmj", ".", "-", " to ", "P", True, "95% confidence interval ", "v", False)
PLAIN = Style("plain", ".", "-", "-", "p", True, "95% CI: ", "vs", True)
STYLES = (NEJM, LANCET, JAMA, STROKE, BMJ, PLAIN)


@dataclass(frozen=True)
class Slot:
    """A printed number (or sign, or word): of which result, its role, and whether a text would be right."""

    group: int
    role: str
    text: str
    fits: Callable[[str], bool] = field(compare=False)


Piece = str | Slot


@dataclass(frozen=True)
class Abstract:
    """The pieces of a text, and the style that they are printed in."""

    pieces: tuple[Piece, ...]
    style: Style

    @property
    def slots(self) -> list[int]:
        """The places of the slots among the pieces."""
        return [at for at, piece in enumerate(self.pieces) if isinstance(piece, Slot)]

    def text(self) -> str:
        """Return the abstract as printed."""
        return "".join(piece if isinstance(piece, str) else self._shown(piece) for piece in self.pieces)

    def _shown(self, slot: Slot) -> str:
        return slot.text if slot.role in ("relation", "word") else self.style.show(slot.text)


def holds(text: str, exact: float) -> bool:
    """Tell whether a printed number may be an exact one, rounded either way."""
    value = Decimal(text)
    half = float(Decimal(10) ** value.as_tuple().exponent) / 2
    return abs(float(value) - exact) <= half + 1e-9


def round_to(exact: float, places: int) -> str:
    return f"{exact:.{places}f}"


def p_text(p: float, *, lancet: bool = False) -> tuple[str, str]:
    """Return relation and digits of a p-value as journals print them."""
    smallest = 0.0001 if lancet else 0.001
    if p < smallest:
        return "<", f"{smallest:.4f}" if lancet else "0.001"
    if p > 0.99:
        return ">", "0.99"
    if p >= 0.1995:
        return "=", f"{p:.2f}"
    return "=", f"{p:.3f}" if p < 0.01 or lancet else f"{p:.2f}"


class Writer:
    """Writes one abstract piece by piece."""

    def __init__(self, seed: int, style: Style | None = None) -> None:
        self.random = Random(seed)
        self.style = style or self.random.choice(STYLES)
        self.pieces: list[Piece] = []
        self.group = 0
        self.treatment, self.control = self.random.choice(TREATMENTS)
        self.n1 = self.random.choice((self.random.randint(38, 160), self.random.randint(160, 900)))
        self.n2 = self.n1 + self.random.randint(-6, 6)
        self.whole_percent = self.style is LANCET or self.random.random() < 0.2
        self.exact_test = self.random.random() < 0.4

    def fill(self, template: str, **parts: Piece | Sequence[Piece]) -> list[Piece]:
        """Return the pieces of a template; a name in braces is a part: a slot, words, or several of both."""
        found: list[Piece] = []
        for at, word in enumerate(re.split(r"{(\w+)}", template)):
            part = parts[word] if at % 2 else word
            found += [part] if isinstance(part, (str, Slot)) else part
        return found

    def say_filled(self, templates: str | Sequence[str], **parts: Piece | Sequence[Piece]) -> None:
        """Say one of the templates, filled."""
        template = templates if isinstance(templates, str) else self.random.choice(templates)
        self.pieces += self.fill(template, t=self.treatment, k=self.control, vs=self.style.versus, **parts)

    def slot(self, role: str, text: str, fits: Callable[[str], bool]) -> Slot:
        return Slot(self.group, role, text, fits)

    def draw(self, low: float, high: float) -> tuple[int, int]:
        """Return events of both groups, drawn around two rates."""
        rate = self.random.uniform(low, high)
        ratio = math.exp(self.random.gauss(0.25, 0.35))
        other = min(0.95, rate * ratio)
        return tuple(  # type: ignore[return-value]
            min(max(sum(self.random.random() < share for _ in range(n)), 1), n - 1)
            for share, n in ((other, self.n1), (rate, self.n2))
        )

    # --- parts of a result --------------------------------------------------------------------------------

    def percent(self, events: int, n: int) -> Slot:
        share = 100 * events / n
        text = round_to(share, 0 if self.whole_percent else 1)
        return self.slot("percent", text, lambda new: holds(new, share))

    def events(self, events: int, n: int) -> Slot:
        shown = self.percent(events, n).text
        return self.slot(
            "events", str(events), lambda new: int(new) <= n and holds(shown, 100 * int(new) / n)
        )

    def size(self, events: int, n: int) -> Slot:
        shown = self.percent(events, n).text
        return self.slot(
            "n", str(n), lambda new: int(new) >= events and holds(shown, 100 * events / int(new))
        )

    def p_of_counts(self, a: int, c: int) -> tuple[Slot, Slot]:
        values = p_values(a, self.n1, c, self.n2)
        p = values["fisher"] if self.exact_test else values["pearson"]
        relation, digits = p_text(p, lancet=self.style is LANCET)
        return self._p_slots(relation, digits, tuple(values.values()))

    def p_of_z(self, z: float) -> tuple[Slot, Slot]:
        p = 2 * norm.sf(abs(z))
        relation, digits = p_text(p, lancet=self.style is LANCET)
        return self._p_slots(relation, digits, (p,))

    def _p_slots(self, relation: str, digits: str, exact: tuple[float, ...]) -> tuple[Slot, Slot]:
        def right(sign: str, text: str) -> bool:
            if sign == "=":
                return any(holds(text, p) for p in exact)
            return any(p < float(text) if sign == "<" else p > float(text) for p in exact)

        return (
            self.slot("relation", relation, lambda new: right(new, digits)),
            self.slot("p", digits, lambda new: right(relation, new)),
        )

    def interval(
        self, estimate: str, low: str, high: str, fits: Sequence[Callable[[str], bool]]
    ) -> list[Piece]:
        e, lo, hi = (
            self.slot(role, text, fit)
            for role, text, fit in zip(("estimate", "low", "high"), (estimate, low, high), fits, strict=True)
        )
        return [e, lo, hi]

    def exact_interval(self, values: tuple[float, float, float], places: int) -> list[Piece]:
        """Return slots of an estimate with limits that counts give."""
        texts = [round_to(value, places) for value in values]
        fits = [lambda new, value=value: holds(new, value) for value in values]
        return self.interval(texts[0], texts[1], texts[2], fits)

    def free_interval(self, middle: float, se: float, *, log: bool, places: int) -> list[Piece]:
        """Return slots of an estimate with limits that only agree with each other."""
        ends = [middle, middle - Z * se, middle + Z * se]
        texts = [round_to(math.exp(x) if log else x, places) for x in ends]

        def fits(at: int) -> Callable[[str], bool]:
            return lambda new: symmetric([*texts[:at], new, *texts[at + 1 :]], log=log)

        return self.interval(texts[0], texts[1], texts[2], [fits(0), fits(1), fits(2)])

    def ci_words(self, low: Piece, high: Piece, unit: str = "") -> list[Piece]:
        return [self.style.ci, low, unit, self.dash(low), high, unit]

    def dash(self, low: Piece) -> str:
        """Return what parts two limits: a word where one is negative."""
        negative = isinstance(low, Slot) and low.text.startswith("-")
        return " to " if negative else self.style.dash

    def p_words(self, relation: Slot, digits: Slot) -> list[Piece]:
        space = " " if self.style.spaced else ""
        return [self.style.p, space, relation, space, digits]


def p_values(a: int, n1: int, c: int, n2: int) -> dict[str, float]:
    """Return the p-values in use, by scipy, and by Wald's tests written out."""
    table = [[a, n1 - a], [c, n2 - c]]
    found = {
        "pearson": chi2_contingency(table, correction=False).pvalue,
        "yates": chi2_contingency(table, correction=True).pvalue,
        "fisher": fisher_exact(table).pvalue,
        "likelihood": chi2_contingency(table, correction=False, lambda_="log-likelihood").pvalue,
    }
    for name, log, se in (
        ("wald rr", math.log(a / n1 / (c / n2)), rr_se(a, n1, c, n2)),
        ("wald or", math.log(a * (n2 - c) / ((n1 - a) * c)), or_se(a, n1, c, n2)),
    ):
        found[name] = 2 * norm.sf(abs(log / se))
    return found


def rr_se(a: int, n1: int, c: int, n2: int) -> float:
    return math.sqrt(1 / a - 1 / n1 + 1 / c - 1 / n2)


def or_se(a: int, n1: int, c: int, n2: int) -> float:
    return math.sqrt(1 / a + 1 / (n1 - a) + 1 / c + 1 / (n2 - c))


def rd_interval(a: int, n1: int, c: int, n2: int, method: str) -> tuple[float, float, float]:
    """Return the difference in percent with limits, by statsmodels."""
    low, high = confint_proportions_2indep(a, n1, c, n2, method=method, compare="diff")
    return 100 * (a / n1 - c / n2), 100 * low, 100 * high


def share_interval(events: int, n: int, method: str) -> tuple[float, float, float]:
    """Return a percentage with limits, by statsmodels."""
    low, high = proportion_confint(events, n, method=method)
    return 100 * events / n, 100 * low, 100 * high


def symmetric(texts: Sequence[str], *, log: bool) -> bool:
    """Tell whether unrounded numbers exist behind estimate and limits with the estimate in the middle."""
    ends = []
    for text in texts:
        value = Decimal(text)
        half = Decimal(10) ** value.as_tuple().exponent / 2
        low, high = float(value - half), float(value + half)
        if log:
            low, high = (math.log(x) if x > 0 else -math.inf for x in (low, high))
        ends.append((low, high))
    (e_low, e_high), (l_low, l_high), (h_low, h_high) = ends
    return l_low <= h_high and e_low <= (l_high + h_high) / 2 and e_high >= (l_low + h_low) / 2
