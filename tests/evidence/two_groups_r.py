"""Two groups beside R: every call of the cases, what of ours answers it, and the page of the agreement.

`python tests/evidence/two_groups_r.py` writes the page; a test holds the page to what this computes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from r_agreement import VALIDATION, Excuse, Pair, case, page, pairs_of

from tissueclock.evidence.two_groups.effect import effect, normal_quantile
from tissueclock.evidence.two_groups.measure import Measure
from tissueclock.evidence.two_groups.nnt import number_needed
from tissueclock.evidence.two_groups.paired import Pairs, mcnemar, mcnemar_exact
from tissueclock.evidence.two_groups.proportion import proportion
from tissueclock.evidence.two_groups.score_strata import score_over_strata
from tissueclock.evidence.two_groups.significance import (
    barnard,
    boschloo,
    central_mid_p,
    fisher,
    fisher_central,
    fisher_mid_p,
    likelihood_ratio,
    n_minus_1,
    pearson,
    yates,
)
from tissueclock.evidence.two_groups.strata import (
    Strata,
    breslow_day,
    cochran_mantel_haenszel,
    exact_over_strata,
    exact_test_over_strata,
    mantel_haenszel,
    woolf_homogeneity,
)
from tissueclock.evidence.two_groups.table import TwoByTwo

TOLERANCE = 1e-6
TABLES = (
    *("t22_rjl_mrs03", "t22_rjl_mrs02", "t22_rjl_any_ich", "t22_rjl_sich"),
    *("t22_large", "t22_full", "t22_zero_both"),
)
DIFFERENCES = {
    "wald": "wald",
    "waldcc": "wald-cc",
    "ac": "agresti-caffo",
    "score": "newcombe",
    "scorecc": "newcombe-cc",
    "mn": "mn",
    "mee": "mee",
    "blj": "brown-li",
    "ha": "hauck-anderson",
    "hal": "haldane",
    "jp": "jeffreys-perks",
}
RATIOS = {
    "katz.log": "katz",
    "adj.log": "adjusted-log",
    "bailey": "bailey",
    "koopman": "koopman",
    "noether": "noether",
    "sinh-1": "inverse-sinh",
}
Found = Mapping[str, tuple[float | None, Any]]
Answer = Callable[[TwoByTwo, str, Any], Found]


def _limits(table: TwoByTwo, measure: Measure, name: str, theirs: Any, label: str = "") -> Found:
    found = effect(table, measure, name)
    prefix = f"{label} " if label else ""
    ours = (found.estimate, found.ci_low, found.ci_high)
    names = ("estimate", "lower", "upper")
    return {f"{prefix}{n}": pair for n, pair in zip(names, zip(ours, theirs, strict=True), strict=True)}


def _proportions(table: TwoByTwo, call: str, out: Any) -> Found:
    counts = (table.events_1, table.n_1) if "arm 1" in call else (table.events_2, table.n_2)
    found: dict[str, tuple[float | None, Any]] = {}
    for name, theirs in out.items():
        if name == "blaker":
            continue
        own = proportion(*counts, name)
        ours = (own.estimate, own.ci_low, own.ci_high)
        found |= {
            f"{name} {n}": (o, t)
            for n, o, t in zip(("estimate", "lower", "upper"), ours, theirs, strict=True)
        }
    return found


def _exact_proportion(table: TwoByTwo, call: str, out: Any) -> Found:
    counts = (table.events_1, table.n_1) if "arm 1" in call else (table.events_2, table.n_2)
    own = proportion(*counts, "clopper-pearson")
    return {"lower": (own.ci_low, out["ci"][0]), "upper": (own.ci_high, out["ci"][1])}


def _many(measure: Measure, names: Mapping[str, str]) -> Answer:
    def answer(table: TwoByTwo, call: str, out: Any) -> Found:
        found: dict[str, tuple[float | None, Any]] = {}
        for name, theirs in out.items():
            found |= _limits(table, measure, names[name], theirs, name)
        return found

    return answer


def _score(table: TwoByTwo, call: str, out: Any) -> Found:
    measure = Measure(call.split("contrast='")[1][:2])
    plain = "skew=FALSE" in call
    theirs = (out["est"], out["lb"], out["ub"])
    found = dict(_limits(table, measure, "mn" if plain else "laud", theirs))
    return found | ({"p": (n_minus_1(table).p, out["p_2sided"])} if plain else {})


def _wald(measure: Measure, key: str, name: str) -> Answer:
    def answer(table: TwoByTwo, call: str, out: Any) -> Found:
        found = dict(_limits(table, measure, name, (out[key], *out["ci"])))
        own = effect(table, measure, name)
        return found | {"SE": (own.se, out["log_se"])}

    return answer


def _needed(table: TwoByTwo, call: str, out: Any) -> Found:
    own = effect(table, Measure.RD, "wald")
    needed = number_needed(own.estimate, (own.ci_low, own.ci_high), method="wald", event_is_good=True)
    found = dict(_limits(table, Measure.RD, "wald", (out["rd"], *out["ci"]), "rd"))
    ends = {
        f"nnt {n}": pair
        for n, pair in zip(
            ("first", "second"), zip(needed.limits, out["nnt_from_bounds"], strict=True), strict=True
        )
    }
    return found | {"SE": (own.se, out["se"]), "nnt": (needed.point, out["nnt"])} | ends


def _fisher(table: TwoByTwo, call: str, out: Any) -> Found:
    return {"p": (fisher(table).p, out["p"]), **_limits(table, Measure.OR, "exact", (out["or"], *out["ci"]))}


def _central(table: TwoByTwo, call: str, out: Any) -> Found:
    return {
        "p": (fisher_central(table).p, out["p"]),
        **_limits(table, Measure.OR, "exact", (out["or"], *out["ci"])),
    }


def _central_mid(table: TwoByTwo, call: str, out: Any) -> Found:
    own = effect(table, Measure.OR, "midp")
    ends = {"lower": (own.ci_low, out["ci"][0]), "upper": (own.ci_high, out["ci"][1])}
    return {"p": (central_mid_p(table).p, out["p"])} | ends


def _tight(table: TwoByTwo, call: str, out: Any) -> Found:
    mid = effect(table, Measure.OR, "midp")
    exact = _limits(table, Measure.OR, "exact", (out["or"], *out["ci"]))
    return dict(exact) | {
        "mid-p lower": (mid.ci_low, out["midp_ci"][0]),
        "mid-p upper": (mid.ci_high, out["midp_ci"][1]),
    }


def _chi_squares(table: TwoByTwo, call: str, out: Any) -> Found:
    own = {
        "pearson": pearson(table),
        "yates": yates(table),
        "n_minus_1": n_minus_1(table),
        "G": likelihood_ratio(table),
    }
    statistics = {name: (test.statistic, out[name]) for name, test in own.items()}
    return statistics | {f"{name} p": (test.p, out[f"{name}_p"]) for name, test in own.items()}


def _epi(table: TwoByTwo, call: str, out: Any) -> Found:
    per_100 = [value / 100 for value in out["ar_wald_per100"]]
    return {
        **_limits(table, Measure.RR, "katz", out["rr"], "rr"),
        **_limits(table, Measure.OR, "woolf", out["or"], "or"),
        **_limits(table, Measure.RD, "wald", per_100, "rd"),
    }


ANSWERS: Mapping[str, Answer] = {
    "DescTools::BinomCI": _proportions,
    "binom.test": _exact_proportion,
    "DescTools::BinomDiffCI": _many(Measure.RD, DIFFERENCES),
    "DescTools::BinomRatioCI": _many(Measure.RR, RATIOS),
    "ratesci::scoreci": _score,
    "OR, Woolf": _wald(Measure.OR, "or", "woolf"),
    "RR, Katz": _wald(Measure.RR, "rr", "katz"),
    "OR, Haldane-Anscombe": _wald(Measure.OR, "or", "haldane"),
    "RD, Wald": _needed,
    "fisher.test(M)   #": _fisher,
    "exact2x2(M, tsmethod='minlike')": lambda table, call, out: {"p": (fisher(table).p, out["p"])},
    "exact2x2(M, tsmethod='central')": _central,
    "exact2x2(M, tsmethod='central', midp=TRUE)": _central_mid,
    "Fisher mid-P": lambda table, call, out: {"p": (fisher_mid_p(table).p, out["p"])},
    "conditional MLE OR": _tight,
    "chisq.test(M)": _chi_squares,
    "exact2x2::boschloo": lambda table, call, out: {"p": (boschloo(table).p, out["p"])},
    "uncondExact2x2": lambda table, call, out: {"p": (barnard(table).p, out["p"])},
    "epiR::epi.2by2": _epi,
}
LEFT_OUT = {
    "DescTools::BinomCI(blaker)": "not offered; R steps through it by 0.00001",
    "fisher.test(M, 'greater'/'less')": "one-sided p are not offered; both sides are in `fisher-central`",
    "exact2x2(M, tsmethod='minlike') interval": "not offered; R has it to 4 decimals only",
    "exact2x2(M, tsmethod='blaker')": "not offered; R has it to 4 decimals only",
    "ratio of risk ratios, glm(...)": "in the page on interaction, `cohort.md`",
}
LOOSE = (
    "R stops its search for the root early; the equation itself is solved here to 1e-14, and a test checks it"
)
EXCUSES = (
    Excuse("DescTools::BinomCI", ("midp", "lik"), 2e-3, LOOSE),
    Excuse(
        "DescTools::BinomDiffCI",
        ("mee",),
        1e-3,
        LOOSE + "; `mn` of ratesci, which differs by N/(N-1) only, agrees to 1e-9",
    ),
    Excuse("DescTools::BinomRatioCI", ("koopman",), 1e-4, LOOSE),
    Excuse(
        "fisher.test(M)   #",
        ("estimate", "lower", "upper"),
        2e-4,
        "R's own note: good to 2e-4; the tight version below it agrees",
    ),
    Excuse(
        "exact2x2(M, tsmethod='central')",
        ("estimate", "lower", "upper"),
        2e-4,
        "the same numbers as `fisher.test`",
    ),
    Excuse(
        "exact2x2(M, tsmethod='central', midp=TRUE)",
        ("lower", "upper"),
        1e-4,
        LOOSE + "; the tight version agrees",
    ),
    Excuse(
        "exact2x2::boschloo",
        (),
        1e-3,
        "R looks at 100 values of the common chance and misses the top between them; "
        "scipy with 256 points agrees with ours, and a test checks it",
    ),
    Excuse(
        "uncondExact2x2",
        (),
        7e-2,
        "as for Boschloo; in 14/100 v 8/102 the top is a narrow peak near 1 that R's grid misses altogether",
    ),
    Excuse("mantelhaen.test(A, exact=TRUE)", ("or", "lower", "upper"), 2e-4, LOOSE),
    Excuse(
        "fisher.test(M)   #",
        ("estimate",),
        math.inf,
        "no events: R says 0; the odds ratio is 0/0, undefined here",
        "t22_zero_both",
    ),
    Excuse("exact2x2(M, tsmethod='central')", ("estimate",), math.inf, "the same", "t22_zero_both"),
    Excuse(
        "ratesci::scoreci",
        ("p",),
        math.inf,
        "no events: R says 1; the test is undefined here",
        "t22_zero_both",
    ),
)


def _answer(call: str) -> Answer | None:
    """Return what answers a call: of the beginnings that fit the longest."""
    fits = [start for start in ANSWERS if call.startswith(start)]
    return ANSWERS[max(fits, key=len)] if fits else None


def table_pairs(name: str) -> Iterator[Pair]:
    """Yield every number of one table's case."""
    found = case(name)
    counts = found["inputs"]
    table = TwoByTwo(events_1=counts["a"], n_1=counts["n1"], events_2=counts["c"], n_2=counts["n2"])
    for result in found["results"]:
        answer = _answer(result["call"])
        if answer is not None:
            yield from pairs_of(name, result["call"], answer(table, result["call"], result["out"]))


def strata_of_the_case() -> Strata:
    """Return the six strata of the stratified case."""
    rows = case("t22_stratified")["inputs"]
    names = [f"site {site}, {age}" for site, age in zip(rows["site"], rows["age"], strict=True)]
    counts = zip(rows["a"], rows["n1"], rows["c"], rows["n2"], strict=True)
    tables = [TwoByTwo(events_1=a, n_1=n, events_2=c, n_2=m) for a, n, c, m in counts]
    return Strata(tuple(names), tuple(tables))


def strata_pairs() -> Iterator[Pair]:
    """Yield every number of the stratified case that belongs here."""
    strata = strata_of_the_case()
    for result in case("t22_stratified")["results"]:
        found = _over_strata(strata, result["call"], result["out"])
        yield from pairs_of("t22_stratified", result["call"], found)


def _over_strata(strata: Strata, call: str, out: Any) -> Found:
    if call.startswith("mantelhaen.test(A, exact=TRUE)"):
        own, test = exact_over_strata(strata), exact_test_over_strata(strata)
        ends = {"lower": (own.ci_low, out["ci"][0]), "upper": (own.ci_high, out["ci"][1])}
        return {"p": (test.p, out["p"]), "or": (own.estimate, out["or"])} | ends
    if call.startswith("mantelhaen.test"):
        return _cmh(strata, "correct=TRUE" in call, out)
    if call.startswith("DescTools::BreslowDayTest"):
        plain, tarone = breslow_day(strata), breslow_day(strata, tarone=True)
        return {
            "bd": (plain.statistic, out["bd"]),
            "bd p": (plain.p, out["bd_p"]),
            "tarone": (tarone.statistic, out["tarone"]),
            "tarone p": (tarone.p, out["tarone_p"]),
        }
    if call.startswith("Woolf"):
        test = woolf_homogeneity(strata, Measure.OR)
        return {"statistic": (test.statistic, out["stat"]), "p": (test.p, out["p"])}
    if call.startswith("metafor::rma.mh"):
        return _rma_mh(strata, Measure(call.split("measure='")[1][:2]), out)
    if call.startswith("ratesci"):
        own = score_over_strata(strata, Measure(call.split("contrast='")[1][:2]))
        return {
            "lower": (own.ci_low, out["lb"]),
            "estimate": (own.estimate, out["est"]),
            "upper": (own.ci_high, out["ub"]),
        }
    return {}


def _cmh(strata: Strata, corrected: bool, out: Any) -> Found:
    test = cochran_mantel_haenszel(strata, corrected=corrected)
    found: dict[str, tuple[float | None, Any]] = {
        "statistic": (test.statistic, out["stat"]),
        "p": (test.p, out["p"]),
    }
    if "or_mh" in out:
        own = mantel_haenszel(strata, Measure.OR)
        found |= {
            "or": (own.estimate, out["or_mh"]),
            "lower": (own.ci_low, out["ci_rbg"][0]),
            "upper": (own.ci_high, out["ci_rbg"][1]),
        }
    return found


def _rma_mh(strata: Strata, measure: Measure, out: Any) -> Found:
    own = mantel_haenszel(strata, measure)
    z, key = normal_quantile(0.95), "rd" if measure is Measure.RD else "log_rr"
    middle = own.estimate if measure is Measure.RD else math.log(own.estimate)
    low = own.ci_low if measure is Measure.RD else math.log(own.ci_low)
    return {
        "estimate": (middle, out[key]),
        "SE": (own.se, out["se"]),
        "lower": (low, out[key] - z * out["se"]),
    }


def mcnemar_pairs() -> Iterator[Pair]:
    """Yield every number of McNemar's case."""
    for result in case("mcnemar")["results"]:
        out = result["out"]
        pairs = Pairs(both=out["n11"], first=out["n12"], second=out["n21"], neither=out["n22"])
        plain, corrected, exact = mcnemar(pairs), mcnemar(pairs, corrected=True), mcnemar_exact(pairs)
        found = {
            "chi2": (plain.statistic, out["chi2"]),
            "p": (plain.p, out["p"]),
            "chi2 corrected": (corrected.statistic, out["chi2_cc"]),
            "p corrected": (corrected.p, out["p_cc"]),
            "p exact": (exact.p, out["p_exact"]),
        }
        yield from pairs_of("mcnemar", result["call"], found)


def published_pairs() -> Iterator[Pair]:
    """Yield every number of the published figures of RESCUE-Japan LIMIT that comes from counts."""
    for result in case("published_checks")["results"]:
        out = result["out"]
        if "rr_ci_katz" not in out:
            continue
        table = TwoByTwo(events_1=out["a"], n_1=out["n1"], events_2=out["c"], n_2=out["n2"])
        found = {
            **_limits(table, Measure.RR, "katz", (out["rr"], *out["rr_ci_katz"])),
            "p pearson": (pearson(table).p, out["p_pearson"]),
            "p yates": (yates(table).p, out["p_yates"]),
            "p fisher": (fisher(table).p, out["p_fisher"]),
        }
        yield from pairs_of("published_checks", result["call"], found)


def every_pair() -> list[Pair]:
    """Return every number that is compared."""
    tables = [pair for name in TABLES for pair in table_pairs(name)]
    return [*tables, *strata_pairs(), *mcnemar_pairs(), *published_pairs()]


def two_groups_page(pairs: Sequence[Pair]) -> str:
    """Return the page on agreement."""
    words = (
        "Research use only. Not a medical device; not for diagnosis or treatment decisions.",
        "",
        "Every number of the cases that R 4.2.2 computed (DescTools, ratesci, exact2x2, epiR, metafor)",
        "beside `tissueclock.evidence.two_groups`. The cases are `tests/cases/t22_*.json`, `mcnemar.json`",
        "and `published_checks.json`. Written by `python tests/evidence/two_groups_r.py`;",
        "`tests/evidence/test_two_groups_agreement.py` recomputes it.",
    )
    return page("Two groups: agreement with R", words, pairs, EXCUSES, LEFT_OUT, TOLERANCE)


if __name__ == "__main__":
    VALIDATION.mkdir(parents=True, exist_ok=True)
    (VALIDATION / "two-groups.md").write_text(two_groups_page(every_pair()), "utf-8")
