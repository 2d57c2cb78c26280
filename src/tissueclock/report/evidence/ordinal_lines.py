"""The analysis of the modified Rankin Scale as rows of text and as a table for CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from tissueclock.evidence.ordinal.analysis import OrdinalAnalysis
from tissueclock.evidence.ordinal.benefit import Joint, needed_to_treat
from tissueclock.evidence.ordinal.estimate import Estimate, HypothesisTest
from tissueclock.evidence.ordinal.means import MeanDifference
from tissueclock.report.format import rounded

_COLUMNS = (
    *("name", "estimate", "ci_low", "ci_high", "statistic", "df", "p"),
    *("method", "interval", "p_method", "reason"),
)


def ordinal_lines(found: OrdinalAnalysis) -> Iterator[str]:
    """Yield the analysis as rows, tab-separated, id first; what cannot be estimated says why."""
    arms = (f"{name} (n = {n})" for name, n in zip(found.table.arms, found.table.n, strict=True))
    yield "\t".join(("arms", *arms, "an odds ratio above 1: better in the first"))
    for name, level in zip(found.table.arms, found.table.counts, strict=True):
        cells = (f"{grade}: {count}" for grade, count in zip(found.table.levels, level, strict=True))
        yield "\t".join(("mrs", name, *cells))
    yield from _common_lines(found)
    yield from _pair_lines(found)
    yield from _mean_lines(found)
    for item in found.dichotomies:
        counts = " v ".join(f"{e}/{n}" for e, n in zip(item.events, item.n, strict=True))
        effects = ((item.odds_ratio, "OR"), (item.risk_ratio, "RR"), (item.risk_difference, "RD"))
        words = (f"{name} {estimate_words(effect, 3 if name == 'RD' else 2)}" for effect, name in effects)
        yield "\t".join((f"mrs-{item.cut}", counts, *words, p_words(item.pearson.p)))
    yield from _benefit_lines(found)


def _common_lines(found: OrdinalAnalysis) -> Iterator[str]:
    common, confidence = found.common_or, _percent(found.settings.level)
    adjusted = f"adjusted for {', '.join(common.adjusted_for)}" if common.adjusted_for else "unadjusted"
    limits = _limits(common.profile_low, common.profile_high)
    yield "\t".join(
        (
            "common_or",
            *estimate_cells(common.estimate, confidence),
            f"profile {limits}",
            f"LR {p_words(common.ratio.p)}",
            adjusted,
        )
    )
    if found.adjusted:
        crude = found.adjusted.crude
        yield "\t".join(("common_or_unadjusted", *estimate_cells(crude.estimate, confidence)))
        for name, effect in found.adjusted.columns[1:]:
            yield "\t".join((f"  {name}", *estimate_cells(effect, confidence)))
        for cut, effect in found.adjusted.at_cuts:
            yield "\t".join((f"  arm at {cut}", *estimate_cells(effect, confidence)))
    yield "\t".join(("proportional_odds_test", *cells_of_test(found.proportionality)))
    for test in found.proportionality_tests:
        if test is not found.proportionality:
            yield "\t".join(("  or by", *cells_of_test(test)))


def _pair_lines(found: OrdinalAnalysis) -> Iterator[str]:
    confidence = _percent(found.settings.level)
    pairs = found.pairs
    shares = (f"{name} {rounded(100 * share, 1)} %" for name, share in _shares(found))
    yield "\t".join(("pairs", *shares))
    yield "\t".join(
        (
            "generalized_or",
            *estimate_cells(found.generalised_or, confidence),
            f"ties {found.settings.ties.value}",
        )
    )
    yield "\t".join(("win_ratio", *estimate_cells(found.win_ratio, confidence), "ties dropped"))
    yield "\t".join(("win_odds", *estimate_cells(found.win_odds, confidence), "ties split"))
    yield "\t".join(("net_benefit", *estimate_cells(found.net_benefit, confidence, 3)))
    yield "\t".join(("wilcoxon", *cells_of_test(found.wilcoxon[0])))
    yield "\t".join(
        ("brunner_munzel", f"better {rounded(pairs.better, 3)}", *cells_of_test(found.brunner_munzel))
    )
    if found.van_elteren:
        yield "\t".join(("van_elteren", *cells_of_test(found.van_elteren)))


def _shares(found: OrdinalAnalysis) -> tuple[tuple[str, float], ...]:
    return ("won", found.pairs.win), ("lost", found.pairs.loss), ("tied", found.pairs.tie)


def _mean_lines(found: OrdinalAnalysis) -> Iterator[str]:
    confidence = _percent(found.settings.level)
    utilities = found.settings.utilities.name
    for name, item, note in (
        ("utility_mrs", found.utility, f"utilities {utilities}, 0 to 10"),
        ("mean_mrs", found.mean_grade, "below 0: better in the first"),
    ):
        yield "\t".join((name, _means(item), *estimate_cells(item.difference, confidence), note))


def _benefit_lines(found: OrdinalAnalysis) -> Iterator[str]:
    benefit = found.benefit
    needed = needed_to_treat(benefit.net)
    net = needed.words() if needed else f"none ({benefit.net.reason})"
    yield f"nnt_net\t{net}\tone better level, pairs won minus lost"
    for name, joint in (("nnt_best", benefit.best), ("nnt_worst", benefit.worst)):
        yield f"{name}\t{_needed(joint)}\tjoint outcome table of least movement"
    shares = " to ".join(rounded(100 * share, 1) for share in benefit.bounds.benefit)
    yield f"benefit_bounds\t{shares} %\twhatever the joint outcome table"


def _needed(joint: Joint) -> str:
    parts = (("NNTB", "better", joint.benefit), ("NNTH", "worse", joint.harm))
    numbers = (f"{name} {rounded(1 / share, 1)}" for name, _, share in parts if share)
    shares = (f"{word} {rounded(100 * share, 1)} %" for _, word, share in parts)
    return f"{', '.join(numbers) or 'nobody changes'} ({', '.join(shares)})"


def shift_words(found: OrdinalAnalysis) -> str:
    """Return the common odds ratio as the caption of a figure."""
    common = found.common_or
    which = "Adjusted common odds ratio" if common.adjusted_for else "Common odds ratio"
    cells = estimate_cells(common.estimate, _percent(found.settings.level))
    if cells[0] == "none":
        return f"{which} for a better outcome: none ({cells[1]})"
    return f"{which} for a better outcome {cells[0]} ({cells[1]}), {cells[2]}"


def estimate_cells(found: Estimate, confidence: str, decimals: int = 2) -> tuple[str, ...]:
    """Return estimate, interval and p as cells; or the estimate, where there is one, and the reason."""
    if found.estimate is None:
        return ("none", found.reason)
    value = rounded(found.estimate, decimals)
    if found.ci_low is None or found.ci_high is None:
        return (value, found.reason)
    limits = f"{rounded(found.ci_low, decimals)} to {rounded(found.ci_high, decimals)}"
    return (value, f"{confidence} CI {limits}", p_words(found.p))


def estimate_words(found: Estimate, decimals: int = 2) -> str:
    """Return an estimate with its interval in brackets, or why there is none."""
    if found.estimate is None or found.ci_low is None or found.ci_high is None:
        return f"none ({found.reason})"
    low, high = rounded(found.ci_low, decimals), rounded(found.ci_high, decimals)
    return f"{rounded(found.estimate, decimals)} ({low} to {high})"


def cells_of_test(found: HypothesisTest) -> tuple[str, ...]:
    """Return method, statistic with degrees of freedom, and p, or the reason why there is none."""
    if found.statistic is None:
        return (found.method, "none", found.reason)
    df = "" if found.df is None else f" on {rounded(found.df, 0 if float(found.df).is_integer() else 1)} df"
    return (found.method, f"{rounded(found.statistic, 2)}{df}", p_words(found.p))


def p_words(p: float | None) -> str:
    """Return a p to four decimals, or that it is smaller."""
    if p is None:
        return "P none"
    return "P <0.0001" if p < 0.0001 else f"P {rounded(p, 4)}"


def _limits(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return "none"
    bottom, top = "0" if low is None else rounded(low, 2), "infinity" if high is None else rounded(high, 2)
    return f"{bottom} to {top}"


def _means(item: MeanDifference) -> str:
    if item.means is None:
        return "means none"
    return " v ".join(rounded(mean, 2) for mean in item.means)


def _percent(level: float) -> str:
    return f"{100 * level:g} %"


def ordinal_csv(found: OrdinalAnalysis) -> bytes:
    """Return every estimate and test as a row of a CSV, numbers unrounded, empty where there is none."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    rows: list[tuple[str, Estimate | HypothesisTest]] = [*_effects(found), *_tests(found)]
    for name, item in rows:
        values = {"name": name, **item.to_json()}
        writer.writerow(["" if values.get(column) is None else values[column] for column in _COLUMNS])
    return text.getvalue().encode("utf-8")


def _tests(found: OrdinalAnalysis) -> Iterator[tuple[str, HypothesisTest]]:
    yield "common_or", found.common_or.ratio
    yield from (("proportional_odds_test", test) for test in found.proportionality_tests)
    yield from (("wilcoxon", test) for test in found.wilcoxon)
    yield "brunner_munzel", found.brunner_munzel
    if found.van_elteren:
        yield "van_elteren", found.van_elteren
    yield from ((f"mrs-{item.cut}", item.pearson) for item in found.dichotomies)


def _effects(found: OrdinalAnalysis) -> Iterator[tuple[str, Estimate]]:
    yield "common_or", found.common_or.estimate
    if found.adjusted:
        yield "common_or_unadjusted", found.adjusted.crude.estimate
        yield from ((f"covariate {name}", effect) for name, effect in found.adjusted.columns[1:])
        yield from ((f"arm at {cut}", effect) for cut, effect in found.adjusted.at_cuts)
    yield "generalized_or", found.generalised_or
    yield "win_ratio", found.win_ratio
    yield "win_odds", found.win_odds
    yield "net_benefit", found.net_benefit
    yield "utility_mrs", found.utility.difference
    yield "mean_mrs", found.mean_grade.difference
    for item in found.dichotomies:
        yield f"or mrs-{item.cut}", item.odds_ratio
        yield f"rr mrs-{item.cut}", item.risk_ratio
        yield f"rd mrs-{item.cut}", item.risk_difference
