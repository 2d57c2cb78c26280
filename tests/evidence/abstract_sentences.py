"""The sentences of invented abstracts: each a function that makes a writer say one result."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from abstracts import (
    BMJ,
    HARMS,
    JAMA,
    LANCET,
    NEJM,
    OUTCOMES,
    STROKE,
    Abstract,
    Piece,
    Slot,
    Style,
    Writer,
    holds,
    or_se,
    rd_interval,
    round_to,
    rr_se,
    share_interval,
)
from scipy.stats import norm

Sentence = Callable[[Writer], None]
LONG_NAMES = MappingProxyType(
    {"RR": ("relative risk", "risk ratio"), "OR": ("odds ratio",), "HR": ("hazard ratio",)}
)
FLOWS = (
    "{all} patients were randomly assigned, {one} to {t} and {two} to {k}. ",
    "A total of {all} patients underwent randomization; {one} were assigned to the {t} group "
    "and {two} to the {k} "
    "group. ",
    "Between May 2015 and June 2018, {screened} patients were screened and {all} were randomly "
    "assigned to {t} "
    "(n={one}) or {k} (n={two}). ",
    "We enrolled {all} patients ({one} in the {t} group and {two} in the {k} group), who were "
    "randomized in a 1:1 "
    "ratio at 45 centers. ",
)
COUNTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "nejm": (
            "{what} occurred in {e1} of {n1} patients ({p1}%) in the {t} group and in {e2} of {n2} "
            "({p2}%) in the "
            "{k} group ({rest}). ",
            "{what} was observed in {e1} of {n1} patients [{p1}%] who received {t} {vs} {e2} "
            "of {n2} [{p2}%] who "
            "received {k} ({rest}). ",
        ),
        "lancet": (
            "{what} was recorded in {e1} ({p1}%) of {n1} patients in the {t} group {vs} {e2} ({p2}%)"
            " of {n2} patients "
            "in the {k} group ({rest}). ",
            "{what} occurred in {e1} ({p1}%) of {n1} participants allocated to {t} and {e2} ({p2}%) "
            "of {n2} allocated "
            "to {k} ({rest}). ",
        ),
        "jama": (
            "{what} occurred in {e1} patients ({p1}%) in the {t} group vs {e2} patients ({p2}%) in "
            "the {k} group "
            "({rest}). ",
            "{what} occurred in {e1} of {n1} patients ({p1}%) in the {t} group vs {e2} of {n2} "
            "patients ({p2}%) in "
            "the {k} group ({rest}). ",
        ),
        "stroke": (
            "{what} was seen in {p1}% ({e1}/{n1}) versus {p2}% ({e2}/{n2}) of patients ({rest}). ",
            "{what} was seen more or less often ({e1}/{n1} [{p1}%] versus {e2}/{n2} [{p2}%]; {rest}). ",
        ),
        "bmj": (
            "{what} was seen in {e1}/{n1} ({p1}%) of those in the {t} group and {e2}/{n2} ({p2}%) "
            "of those in the "
            "{k} group ({rest}). ",
        ),
        "plain": (
            "{what}: {e1}/{n1} ({p1}%) vs {e2}/{n2} ({p2}%) ({rest}). ",
            "{what} in {p1}% (n={e1}) of the {t} group vs {p2}% (n={e2}) of the {k} group ({rest}). ",
        ),
    }
)
NOISE = (
    "Patients with an ASPECTS of 3 to 5 were eligible if treated within 24 hours (NCT01234567). ",
    "The sample size gave 90% power to detect an absolute difference of 10% at an alpha of 5%. ",
    "Blood pressure was kept below 185/110 mm Hg; the dose was 0.9 mg/kg (maximum, 90 mg). ",
    "The median time from onset to puncture was 254 minutes, and 41 of the 45 centers enrolled. ",
    "The trial ran from 12/01/2014 to 06/30/2018 in 7 countries (2:1 in the first 3 months). ",
    "Core volume was below 70 mL, and a stenosis of more than 70% was an exclusion. ",
)


def anything(_: str) -> bool:
    """Whatever is printed here, nobody could know."""
    return True


def capitalised(words: str) -> str:
    return words[0].upper() + words[1:]


def name_of(writer: Writer, measure: str) -> str:
    """Return a measure as the journal calls it, with what stands before the number."""
    long = writer.random.choice(LONG_NAMES[measure])
    either = writer.random.choice((measure, long))
    return {
        LANCET: f"{either} ",
        STROKE: f"{either}, ",
        NEJM: f"{long}, ",
        BMJ: f"{long} ",
        JAMA: f"{measure}, ",
    }.get(writer.style, f"{measure} = ")


def effect_words(writer: Writer, measure: str, numbers: list[Piece]) -> list[Piece]:
    """Return an effect with its interval as the journal prints it."""
    estimate, low, high = numbers
    square = writer.style in (JAMA, STROKE) or (writer.style is LANCET and writer.random.random() < 0.3)
    template = "{name}{est} [{ci}]" if square else "{name}{est}, {ci}"
    if writer.style is NEJM:
        template = "{name}{est}; {ci}"
    elif writer.style.name == "plain":
        template = "{name}{est} ({ci})"
    return writer.fill(template, name=name_of(writer, measure), est=estimate, ci=writer.ci_words(low, high))


def effect_of(writer: Writer, measure: str, a: int, c: int) -> list[Piece]:
    """Return the effect of counts with its interval by Katz or Woolf."""
    n1, n2 = writer.n1, writer.n2
    if measure == "RR":
        log, se = math.log(a / n1 / (c / n2)), rr_se(a, n1, c, n2)
    else:
        log, se = math.log(a * (n2 - c) / ((n1 - a) * c)), or_se(a, n1, c, n2)
    exact = (math.exp(log), math.exp(log - 1.959964 * se), math.exp(log + 1.959964 * se))
    return effect_words(writer, measure, writer.exact_interval(exact, 2))


def say_counts(writer: Writer, what: str, a: int, c: int, rest: list[Piece]) -> None:
    """Say both groups with counts and percentages, and the rest in brackets."""
    n1, n2 = writer.n1, writer.n2
    writer.say_filled(
        COUNTS[writer.style.name],
        what=capitalised(what),
        rest=rest,
        e1=writer.events(a, n1),
        n1=writer.size(a, n1),
        p1=writer.percent(a, n1),
        e2=writer.events(c, n2),
        n2=writer.size(c, n2),
        p2=writer.percent(c, n2),
    )


def flow(writer: Writer) -> None:
    """Say how many were randomised, and into which groups."""
    total, n1, n2 = writer.n1 + writer.n2, writer.n1, writer.n2
    writer.say_filled(
        FLOWS,
        screened=str(total + 731),
        all=writer.slot("total", str(total), lambda new: int(new) == total),
        one=writer.slot("size", str(n1), lambda new: int(new) + n2 == total),
        two=writer.slot("size", str(n2), lambda new: n1 + int(new) == total),
    )


def women(writer: Writer) -> None:
    """Say the share of women of everybody."""
    total = writer.n1 + writer.n2
    count = int(total * writer.random.uniform(0.35, 0.6))
    writer.say_filled(
        "The mean (SD) age was 68.4 (11.2) years and {e} patients ({p}%) were women. ",
        e=writer.events(count, total),
        p=writer.percent(count, total),
    )


def binary(writer: Writer) -> None:
    """Say a ratio with everything that belongs to it."""
    writer.group += 1
    a, c = writer.draw(0.2, 0.5)
    effect = effect_of(writer, writer.random.choice(("RR", "OR")), a, c)
    rest = writer.fill("{effect}; {p}", effect=effect, p=writer.p_words(*writer.p_of_counts(a, c)))
    say_counts(writer, writer.random.choice(OUTCOMES), a, c, rest)


def difference(writer: Writer) -> None:
    """Say a difference of percentages, and in JAMA a ratio too."""
    writer.group += 1
    a, c = writer.draw(0.2, 0.5)
    method = writer.random.choice(("wald", "newcomb", "agresti-caffo"))
    estimate, low, high = writer.exact_interval(rd_interval(a, writer.n1, c, writer.n2, method), 1)
    template = "absolute difference, {est} percentage points; {ci}; {p}"
    if writer.style is JAMA:
        template = "absolute difference, {est}% [{ci}]; {ratio}; {p}"
    elif writer.style in (LANCET, BMJ):
        template = "risk difference {est} percentage points, {ci}; {p}"
    rest = writer.fill(
        template,
        est=estimate,
        ci=writer.ci_words(low, high, "%" if writer.style is JAMA else ""),
        ratio=effect_of(writer, "RR", a, c) if writer.style is JAMA else "",
        p=writer.p_words(*writer.p_of_counts(a, c)),
    )
    say_counts(writer, writer.random.choice(OUTCOMES), a, c, rest)


def harm(writer: Writer) -> None:
    """Say counts of a harm with p and no effect."""
    writer.group += 1
    a, c = writer.draw(0.05, 0.25)
    say_counts(writer, writer.random.choice(HARMS), a, c, writer.p_words(*writer.p_of_counts(a, c)))


def percents_only(writer: Writer) -> None:
    """Say two percentages and p; nobody can know the digits."""
    writer.group += 1
    a, c = writer.draw(0.05, 0.3)
    relation, p = (replace(slot, fits=anything) for slot in writer.p_of_counts(a, c))
    writer.say_filled(
        (
            "The rates of {what} were {one}% and {two}%, respectively ({p}). ",
            "There was no clear difference in {what} ({one}% {vs} {two}%; {p}). ",
        ),
        what=writer.random.choice(HARMS),
        one=free_percent(writer, 100 * a / writer.n1),
        two=free_percent(writer, 100 * c / writer.n2),
        p=writer.p_words(relation, p),
    )


def free_percent(writer: Writer, exact: float) -> Slot:
    """Return a percentage whose digits nobody could check."""
    return writer.slot("free", round_to(exact, 1), anything)


def ratio_of_percents(writer: Writer) -> None:
    """Say two percentages without counts, and their risk ratio."""
    writer.group += 1
    a, c = writer.draw(0.2, 0.5)
    writer.say_filled(
        "{what} was reached by {one}% in the {t} group as compared with {two}% in the {k} group ({effect}). ",
        what=capitalised(writer.random.choice(OUTCOMES)),
        one=free_percent(writer, 100 * a / writer.n1),
        two=free_percent(writer, 100 * c / writer.n2),
        effect=effect_of(writer, "RR", a, c),
    )


def hazard(writer: Writer) -> None:
    """Say a hazard ratio, with the word for its direction beside two percentages."""
    writer.group += 1
    log, se = writer.random.gauss(-0.2, 0.3), writer.random.uniform(0.1, 0.35)
    rate = writer.random.uniform(10, 30)
    one, two = free_percent(writer, rate * math.exp(log)), free_percent(writer, rate)
    right = "lower" if float(one.text) < float(two.text) else "higher"
    known = one.text != two.text and abs(log) > 0.01
    numbers = writer.free_interval(log, se, log=True, places=2)
    writer.say_filled(
        "Mortality was {word} in the {t} group than in the {k} group ({one}% {vs} {two}%; {effect}; {p}). ",
        word=writer.slot("word", right, (lambda new: new == right) if known else anything),
        one=one,
        two=two,
        effect=effect_words(writer, "HR", numbers),
        p=writer.p_words(*writer.p_of_z(log / se)),
    )


def shift(writer: Writer) -> None:
    """Say a common odds ratio, adjusted or not."""
    writer.group += 1
    log, se = writer.random.gauss(0.3, 0.3), writer.random.uniform(0.1, 0.3)
    estimate, low, high = writer.free_interval(log, se, log=True, places=2)
    writer.say_filled(
        (
            "The {name} for a better outcome was {est} ({ci}; {p}). ",
            "There was a shift in the distribution of the modified Rankin scale at 90 days "
            "({name}, {est}; {ci}). ",
        ),
        name=writer.random.choice(("common odds ratio", "adjusted common odds ratio")),
        est=estimate,
        ci=writer.ci_words(low, high),
        p=writer.p_words(*writer.p_of_z(log / se)),
    )


def adjusted(writer: Writer) -> None:
    """Say counts with an adjusted odds ratio, which they do not give."""
    writer.group += 1
    a, c = writer.draw(0.2, 0.5)
    crude = math.log(a * (writer.n2 - c) / ((writer.n1 - a) * c))
    log, se = crude + writer.random.gauss(0, 0.2), or_se(a, writer.n1, c, writer.n2) * 1.05
    estimate, low, high = writer.free_interval(log, se, log=True, places=2)
    rest = writer.fill(
        "{name}, {est}; {ci}; {p}",
        name=writer.random.choice(("adjusted odds ratio", "aOR", "adjusted OR")),
        est=estimate,
        ci=writer.ci_words(low, high),
        p=writer.p_words(*writer.p_of_z(log / se)),
    )
    say_counts(writer, writer.random.choice(OUTCOMES), a, c, rest)


def mean_difference(writer: Writer) -> None:
    """Say a difference of means."""
    writer.group += 1
    middle, se = writer.random.gauss(-0.6, 0.8), writer.random.uniform(0.3, 0.9)
    estimate, low, high = writer.free_interval(middle, se, log=False, places=1)
    relation, p = writer.p_of_z(middle / se)
    if abs(middle / se) <= 0.7:  # with one decimal the interval then allows almost every p
        relation, p = replace(relation, fits=anything), replace(p, fits=anything)
    writer.say_filled(
        "The mean difference in NIHSS score at 24 hours was {est} points ({ci}; {p}). ",
        est=estimate,
        ci=writer.ci_words(low, high),
        p=writer.p_words(relation, p),
    )


def spread(writer: Writer) -> None:
    """Say a median with its interquartile range."""
    writer.group += 1
    low, high = writer.random.randint(8, 14), writer.random.randint(19, 24)
    median = writer.random.randint(low + 1, high - 1)
    writer.say_filled(
        "The median NIHSS score at baseline was {m} (interquartile range, {low}{dash}{high}). ",
        m=writer.slot("median", str(median), lambda new: low <= int(new) <= high),
        low=writer.slot("low", str(low), lambda new: int(new) <= median),
        high=writer.slot("high", str(high), lambda new: int(new) >= median),
        dash=writer.style.dash,
    )


def subgroups(writer: Writer) -> None:
    """Say two strata and the p of their interaction."""
    logs, ses = (writer.random.gauss(0.5, 0.4), writer.random.gauss(0.0, 0.4)), (0.25, 0.3)
    z = abs(logs[0] - logs[1]) / math.hypot(*ses)
    strata: dict[str, list[Piece]] = {}
    for name, log, se in zip(("one", "two"), logs, ses, strict=True):
        writer.group += 1
        estimate, low, high = writer.free_interval(log, se, log=True, places=2)
        strata[name] = writer.fill("{est} [{ci}]", est=estimate, ci=writer.ci_words(low, high))
    far = writer.slot(
        "p", f"{2 * norm.sf(z):.2f}", lambda new: abs(norm.isf(max(float(new), 1e-4) / 2) - z) < 0.9
    )
    writer.say_filled(
        "The effect of treatment was as follows (odds ratio, {one} in patients with a target "
        "mismatch; odds ratio, "
        "{two} in those without; {letter} for interaction={p}). ",
        letter=writer.style.p,
        p=far,
        **strata,
    )


def one_group(writer: Writer) -> None:
    """Say one proportion with its interval."""
    writer.group += 1
    n = writer.n1
    count = max(2, int(n * writer.random.uniform(0.04, 0.3)))
    exact = share_interval(count, n, writer.random.choice(("wilson", "beta")))
    percent, low, high = writer.exact_interval(exact, 1)
    shown = percent.text if isinstance(percent, Slot) else ""
    writer.say_filled(
        "Vessel perforation occurred in {e} of {n} patients ({p}%; {ci}) in whom the procedure was "
        "attempted. ",
        e=writer.slot("events", str(count), lambda new: holds(shown, 100 * int(new) / n)),
        n=str(n),
        p=percent,
        ci=writer.ci_words(low, high),
    )


def stopped(writer: Writer) -> None:
    """Say that the trial stopped early, and with how many of how many planned."""
    total = writer.n1 + writer.n2
    writer.say_filled(
        "The trial was stopped early after enrolment of {total} of a planned {planned} patients. ",
        total=str(total),
        planned=writer.slot(
            "planned", str(total + writer.random.randint(40, 400)), lambda new: int(new) > total
        ),
    )


def noise(writer: Writer) -> None:
    """Say something with numbers that are no result."""
    writer.say_filled(NOISE)


RESULTS: tuple[Sentence, ...] = (
    *(binary, difference, harm, hazard, shift, adjusted, mean_difference, subgroups, one_group),
    *(ratio_of_percents, percents_only),
)


def trial_abstract(seed: int, style: Style | None = None) -> Abstract:
    """Return a randomised trial's abstract: who took part, a primary result, and four or five others."""
    writer = Writer(seed, style)
    noise(writer)
    flow(writer)
    if writer.random.random() < 0.5:
        writer.random.choice((women, spread, stopped))(writer)
    writer.random.choice((binary, difference))(writer)
    for sentence in writer.random.sample(RESULTS, writer.random.randint(3, 5)):
        sentence(writer)
    noise(writer)
    return Abstract(tuple(writer.pieces), writer.style)
