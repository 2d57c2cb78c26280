"""The analysis of a cohort in rows of text."""

from __future__ import annotations

from collections.abc import Iterator

from tissueclock.evidence.cohort.analysis import Adjusted, ModelInteraction, Ratio
from tissueclock.evidence.cohort.caveats import numbered
from tissueclock.evidence.cohort.growth import Growth, Median
from tissueclock.evidence.cohort.missing import Pooled
from tissueclock.evidence.cohort.propensity import Propensity
from tissueclock.evidence.cohort.surrogacy import Share, Surrogacy
from tissueclock.evidence.cohort.whole import CohortAnalysis, gaps
from tissueclock.evidence.two_groups.effect import StudyEffect
from tissueclock.report.evidence.effect_words import effect_words, level_words, p_words, value_words
from tissueclock.report.evidence.interaction_words import interaction_words
from tissueclock.report.format import rounded


def cohort_rows(found: CohortAnalysis) -> Iterator[str]:
    """Yield the rows of an analysis: what it is of, every part, what was skipped, and the caveats."""
    cohort, level = found.cohort, found.plan.level
    kind = "simulated patients" if cohort.simulated else "patients"
    yield f"cohort\t{cohort.n} {kind}\texposure {cohort.exposure_name}, outcome {cohort.outcome_name}"
    for name, count in gaps(cohort).items():
        if count:
            yield f"gap/{name}\tunknown in {count} of {cohort.n}"
    yield _study_row("crude", found.crude)
    for name, study in found.by_profile:
        yield _study_row(f"profile/{name}", study)
    for item in found.interactions:
        yield f"interaction/{item.measure}\t{interaction_words(item)}"
    for model in found.model_interactions:
        yield _model_row(model, level)
    for one in found.adjusted:
        yield from _adjusted_rows(one, level)
    if found.propensity is not None:
        yield from _propensity_rows(found.propensity, level)
    for way in found.missing:
        yield _missing_row(way, level)
    if found.growth is not None:
        yield from _growth_rows(found.growth, level)
    if found.surrogacy is not None:
        yield from _surrogacy_rows(found.surrogacy)
    for skipped in found.skipped:
        yield f"skipped/{skipped.part}\t{skipped.reason}"
    yield from numbered(found.caveats)


def _study_row(name: str, found: StudyEffect) -> str:
    return (
        f"{name}\t{found.table.words()}\tOR {effect_words(found.effect)}, p {p_words(found.test.p)}, Pearson"
    )


def ratio_words(found: Ratio, level: float) -> str:
    """Return a ratio with its interval and p; the profile interval where there is one."""
    low, high = found.profile_ci or (found.ci_low, found.ci_high)
    kind = " profile" if found.profile_ci else ""
    interval = f"{level_words(level)}{kind} {value_words(low)} to {value_words(high)}"
    return f"{found.measure} {value_words(found.estimate)} ({interval}), p {p_words(found.p)}"


def _model_row(model: ModelInteraction, level: float) -> str:
    beside = f" given {', '.join(model.covariates)}" if model.covariates else ""
    wald = "" if model.ratio is None else f"{ratio_words(model.ratio, level)}; "
    test = f"likelihood ratio {rounded(model.lr_statistic, 2)}, df {model.df}, p {p_words(model.lr_p)}"
    return f"interaction/logistic\t{wald}{test}\t{model.n} patients{beside}"


def _adjusted_rows(found: Adjusted, level: float) -> Iterator[str]:
    name = f"adjusted/{found.name}"
    penalty = ", Firth" if found.firth else ""
    given = f"{found.n} patients, given {', '.join(found.covariates)}{penalty}"
    yield f"{name}\t{ratio_words(found.odds_ratio, level)}\t{given}"
    if found.risk_ratio is not None:
        yield f"{name}\t{ratio_words(found.risk_ratio, level)}\tmodified Poisson"
    one, other = (rounded(100 * risk, 1) for risk in (found.risk_exposed, found.risk_unexposed))
    low, high = (rounded(100 * end, 1) for end in found.risk_difference_ci)
    difference = f"{rounded(100 * found.risk_difference, 1)} ({level_words(level)} {low} to {high}) points"
    yield f"{name}\tstandardised {one} % v {other} %, difference {difference}"
    e = found.e_value
    values = f"E-value {rounded(e.estimate, 2)}, of the interval {rounded(e.interval, 2)}"
    yield f"{name}\t{values}\tfrom the {e.how}"
    for note in found.notes:
        yield f"{name}\t{note}"


def _propensity_rows(found: Propensity, level: float) -> Iterator[str]:
    who = f"{found.n} patients, {found.left_out} left out"
    yield f"propensity\tc-statistic {rounded(found.c_statistic, 2)}\t{who}"
    for balance in found.balance:
        matched = "" if balance.matched is None else f", matched {rounded(balance.matched, 2)}"
        words = f"before {rounded(balance.before, 2)}, weighted {rounded(balance.weighted, 2)}{matched}"
        yield f"balance/{balance.covariate}\t{words}\tstandardised difference"
    for item in found.weighted:
        ends = " to ".join(value_words(end) for end in item.risk_ratio_ci)
        interval = f"{level_words(level)} {ends}"
        sizes = f"effective n {item.effective_n[0]:.0f} and {item.effective_n[1]:.0f}"
        words = f"RR {value_words(item.risk_ratio)} ({interval}), p {p_words(item.p)}"
        yield f"weighted/{item.target}\t{words}\t{sizes}"
    if found.matched is not None:
        pairs = found.matched
        low, high = (rounded(100 * end, 1) for end in pairs.difference_ci)
        words = (
            f"difference {rounded(100 * pairs.difference, 1)} ({level_words(level)} {low} to {high}) points"
        )
        rest = f"{pairs.pairs} pairs, {pairs.exposed_without_match} exposed without a match"
        yield f"matched\t{words}, p {p_words(pairs.p)}, McNemar\t{rest}"
    for note in found.notes:
        yield f"propensity\t{note}"


def _missing_row(found: Pooled, level: float) -> str:
    low, high = value_words(found.ci_low), value_words(found.ci_high)
    words = f"OR {value_words(found.estimate)} ({level_words(level)} {low} to {high}), p {p_words(found.p)}"
    rest = f"{found.n} patients"
    if found.imputations is not None and found.missing_information is not None:
        share = rounded(100 * found.missing_information, 0)
        rest += f", {found.imputations} imputations, seed {found.seed}, {share} % of the information missing"
    return f"missing/{found.way}\t{words}\t{rest}"


def median_words(found: Median, level: float) -> str:
    """Return "23.7 mL (95 % 14.7 to 29.9), quartiles -5.3 and 56.2"."""
    interval = ""
    if found.ci_ml is not None:
        low, high = (rounded(end, 1) for end in found.ci_ml)
        interval = f" ({level_words(level)} {low} to {high})"
    quartiles = " and ".join(rounded(end, 1) for end in found.quartiles_ml)
    return f"median {rounded(found.median_ml, 1)} mL{interval}, quartiles {quartiles}"


def _growth_rows(found: Growth, level: float) -> Iterator[str]:
    for name, group in (("exposed", found.exposed), ("unexposed", found.unexposed)):
        yield f"growth/{name}\t{median_words(group, level)}\t{group.n} patients"
    low, high = (rounded(end, 1) for end in found.shift_ci_ml)
    shift = f"{rounded(found.shift_ml, 1)} mL ({level_words(level)} {low} to {high}), p {p_words(found.p)}"
    yield f"growth/shift\t{shift}\tHodges-Lehmann, exposed minus unexposed"
    for item in found.quantiles:
        low, high = (rounded(end, 1) for end in item.ci_ml)
        words = (
            f"{rounded(item.difference_ml, 1)} mL ({level_words(level)} {low} to {high}), p {p_words(item.p)}"
        )
        given = f", given {', '.join(found.covariates)}" if found.covariates else ""
        yield f"growth/quantile-{item.quantile:g}\t{words}\tquantile regression{given}"


def _surrogacy_rows(found: Surrogacy) -> Iterator[str]:
    level = level_words(found.level)
    parts = (
        ("explained", found.explained, "proportion of the log odds ratio that goes with growth (Freedman)"),
        ("total", found.total_effect, "risk difference"),
        ("direct", found.direct_effect, "risk difference not through growth"),
        ("indirect", found.indirect_effect, "risk difference through growth"),
        ("mediated", found.mediated, "indirect over total"),
    )
    for name, share, what in parts:
        yield f"surrogacy/{name}\t{_share_words(share, level)}\t{what}"
    yield (
        f"surrogacy\t{found.n} patients, {found.left_out} left out\t{found.replicates} bootstrap samples "
        f"({found.failed_replicates} failed), seed {found.seed}"
    )
    yield from (row.replace("caveat", "surrogacy-caveat", 1) for row in numbered(found.caveats))


def _share_words(found: Share, level: str) -> str:
    estimate, low, high = (rounded(x, 2) for x in (found.estimate, found.ci_low, found.ci_high))
    return f"{estimate} ({level} {low} to {high})"
