"""Invented abstracts by another hand: other sentences, other ways of printing, nothing marked.

They were written after the reader of texts, to see what it makes of a style that it was not made for.
"""

from __future__ import annotations

import math
import re
from random import Random

from abstracts import or_se, p_values, rr_se

WHO = (
    "We randomized {n} patients ({n1} intervention, {n2} control).",
    "{n} participants were randomised: {n1} to EVT plus medical management and {n2} to medical "
    "management alone.",
    "A total of {n} patients (EVT, n = {n1}; control, n = {n2}) were randomized.",
    "Of {n} randomized patients, {n1} received thrombectomy and {n2} received medical management.",
    "In this trial, {n} adults were randomly allocated to thrombectomy (n={n1}) or best medical "
    "care (n={n2}).",
)
WHAT = (
    "mRS 0-2 at 90 days",
    "functional independence",
    "sICH",
    "90-day mortality",
    "any ICH",
    "recanalization at 24 h",
)
HOW = (
    "{A} occurred in {a}/{n1} ({pa}%) vs {c}/{n2} ({pc}%) patients (RR {rr}, 95% CI {rl}-{rh}, P{p}).",
    "{A}: {pa}% ({a}/{n1}) vs. {pc}% ({c}/{n2}); odds ratio {o} [95% CI {ol} to {oh}]; p{p}.",
    "The rate of {b} was {pa}% in the EVT group and {pc}% in the control group (risk ratio, {rr}; "
    "95% confidence "
    "interval, {rl} to {rh}; P{p}).",
    "{A} was seen in {a} patients ({pa}%) with EVT and {c} patients ({pc}%) with medical care "
    "(P{p}; RR={rr}; "
    "95%CI={rl}–{rh}).",
    "{a} of {n1} patients ({pa}%) in the intervention arm and {c} of {n2} patients ({pc}%) in the "
    "control arm had "
    "{b} (OR = {o}, 95% CI: {ol}–{oh}, p{p}).",
    "For {b}, event rates were {a}/{n1} [{pa}%] versus {c}/{n2} [{pc}%], OR {o} (95% CI {ol}, {oh}), P{p}.",
    "{A} was achieved by {pa}% vs {pc}% (OR, {o} [{ol}-{oh}]; P{p}).",
    "{A} ({pa}% [{a} of {n1}] v {pc}% [{c} of {n2}]; relative risk {rr} ({rl} to {rh}), P{p}).",
)
SHIFT = (
    "The adjusted common odds ratio for a better outcome was {s} (95% CI {sl}–{sh}).",
    "Ordinal analysis favoured EVT (acOR {s}, 95% CI {sl} to {sh}).",
    "After adjustment for age and NIHSS, HR for death was {s} (95% CI, {sl}-{sh}).",
)
UPPER_LIMIT = re.compile(r"(?:(?<=[-–])|(?<=, )|(?<= to ))\d\.\d\d(?=[)\]])")


def other_abstract(seed: int) -> str:
    """Return an abstract with four results and an ordinal one."""
    random = Random(seed)
    n1 = random.randint(60, 500)
    n2 = n1 + random.randint(-8, 8)
    said = [random.choice(WHO).format(n=n1 + n2, n1=n1, n2=n2)]
    said += [_outcome(random, outcome, n1, n2) for outcome in random.sample(WHAT, 4)]
    log, se = random.gauss(0.4, 0.3), random.uniform(0.12, 0.3)
    said.append(random.choice(SHIFT).format(**_ratio("s", log, se)))
    return " ".join(said)


def with_another_upper_limit(text: str, seed: int) -> str:
    """Return the text with the first two digits of an upper limit changed round; empty if it has none."""
    found = [match for match in UPPER_LIMIT.finditer(text) if _moves(match.group())]
    if not found:
        return ""
    match = Random(seed).choice(found)
    return text[: match.start()] + _turned(match.group()) + text[match.end() :]


def _turned(limit: str) -> str:
    return f"{limit[2]}.{limit[0]}{limit[3]}"


def _moves(limit: str) -> bool:
    return "0." not in _turned(limit)[:2] and abs(math.log(float(_turned(limit)) / float(limit))) > 0.1


def _outcome(random: Random, outcome: str, n1: int, n2: int) -> str:
    rate = random.uniform(0.08, 0.45)
    a, c = max(2, round(n1 * min(0.9, rate * random.uniform(0.7, 1.9)))), max(2, round(n2 * rate))
    p = p_values(a, n1, c, n2)[random.choice(("pearson", "fisher"))]
    return random.choice(HOW).format(
        A=outcome[0].upper() + outcome[1:],
        b=outcome,
        a=a,
        c=c,
        n1=n1,
        n2=n2,
        pa=f"{100 * a / n1:.1f}",
        pc=f"{100 * c / n2:.1f}",
        p="<0.001" if p < 0.001 else f"={p:.3f}" if p < 0.01 else f"={p:.2f}",
        **_ratio("r", math.log(a / n1 / (c / n2)), rr_se(a, n1, c, n2), "rr"),
        **_ratio("o", math.log(a * (n2 - c) / ((n1 - a) * c)), or_se(a, n1, c, n2)),
    )


def _ratio(letter: str, log: float, se: float, name: str = "") -> dict[str, str]:
    ends = {name or letter: 0.0, f"{letter}l": -1.96, f"{letter}h": 1.96}
    return {key: f"{math.exp(log + z * se):.2f}" for key, z in ends.items()}
