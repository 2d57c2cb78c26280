"""An analysis of survival as rows: curves, tests, hazard ratios, means, causes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tissueclock.evidence.survival.analysis import (
    QUARTILES,
    Curve,
    SurvivalAnalysis,
    curve_rows,
    incidence_at,
    incidence_rows,
    survival_at,
)
from tissueclock.evidence.survival.log_rank import LogRank
from tissueclock.report.evidence.estimate_rows import EstimateRow, csv_bytes, fixed

_COLUMNS = (
    *("group", "cause", "time", "at_risk", "events", "censored", "survival", "incidence"),
    *("standard_error", "ci_low", "ci_high", "cumulative_hazard", "cumulative_hazard_se"),
)


def survival_rows(found: SurvivalAnalysis) -> Iterator[EstimateRow]:
    """Yield every estimate of the analysis."""
    event = "any event" if found.competing else "the event"
    for curve in found.curves:
        yield from _curve(curve, found, event)
    yield from _incidences(found)
    specific = ", cause-specific" if found.competing else ""
    yield from _log_rank(found.log_rank, specific)
    for test in found.gray:
        remark = test.reason or f"chi2({test.df}) {fixed(test.statistic, 3)}"
        yield EstimateRow(f"gray/{test.cause}", "Gray's test", test.statistic, p=test.p, remark=remark)
    yield from _cox(found, specific)
    for one in found.differences:
        yield EstimateRow(
            f"rmst-difference/{one.first}",
            f"restricted mean to {one.horizon:g}, minus that of {one.second}, {event}",
            one.difference,
            one.interval,
            one.p,
        )


def _curve(found: Curve, whole: SurvivalAnalysis, event: str) -> Iterator[EstimateRow]:
    curve, group = found.curve, found.group
    middle, low, high = found.quartiles[QUARTILES.index(0.5)]
    remark = f"n {curve.n}, {int(curve.events.sum())} with {event}"
    if middle is None:
        remark += "; fewer than half had it"
    yield EstimateRow(f"median/{group}", "median time", middle, (low, high), remark=remark)
    for time in whole.asked.at:
        row = survival_at(found, time, whole.asked)
        words = "" if row["survival"] is not None else "nobody was followed for so long"
        ends = (row["ci_low"], row["ci_high"])
        what = f"share without {event} at {time:g}"
        yield EstimateRow(f"survival/{group}/{time:g}", what, row["survival"], ends, remark=words)
    mean = found.mean
    what = f"restricted mean to {mean.horizon:g}"
    yield EstimateRow(f"rmst/{group}", what, mean.mean, mean.interval)


def _incidences(found: SurvivalAnalysis) -> Iterator[EstimateRow]:
    last = {curve.group: float(curve.curve.times[-1]) for curve in found.curves}
    for one in found.incidences:
        for time in found.asked.at or (last[one.group],):
            row = incidence_at(one, time, found)
            name = f"incidence/{one.group}/{one.cause}/{time:g}"
            words = "" if row["incidence"] is not None else "nobody was followed for so long"
            ends = (row["ci_low"], row["ci_high"])
            what = f"cumulative incidence of cause {one.cause} at {time:g}"
            yield EstimateRow(name, what, row["incidence"], ends, remark=words)


def _log_rank(found: LogRank, specific: str) -> Iterator[EstimateRow]:
    strata = f", {found.strata} strata" if found.strata > 1 else ""
    weights = "" if found.rho == 0 else f", rho {found.rho:g}"
    counts = ", ".join(
        f"{group} {fixed(seen, 2).removesuffix('.00')} v {fixed(expected, 2)} expected"
        for group, seen, expected in zip(found.groups, found.observed, found.expected, strict=True)
    )
    if len(found.groups) > 1:
        remark = found.reason or f"chi2, {found.df} df; {counts}"
        what = f"log-rank test{strata}{weights}{specific}"
        yield EstimateRow("log-rank", what, found.statistic, p=found.p, remark=remark)


def _cox(found: SurvivalAnalysis, specific: str) -> Iterator[EstimateRow]:
    model = found.cox
    if model is None:
        yield EstimateRow("cox", "hazard ratio", None, remark=found.cox_reason)
        return
    strata = f", {model.strata} strata" if model.strata > 1 else ""
    for one in model.coefficients:
        what = f"hazard ratio{specific}{strata}"
        yield EstimateRow(f"hazard-ratio/{one.name}", what, one.hazard_ratio, one.interval, one.p)
    concordance = EstimateRow("concordance", "of Cox's model", model.concordance)
    yield concordance
    for test in found.proportionality:
        what = f"test of proportional hazards, chi2, {test.df} df"
        yield EstimateRow(f"proportional/{test.name}", what, test.statistic, p=test.p)


def curves_csv(found: SurvivalAnalysis) -> bytes:
    """Return all curves as one CSV, unrounded: those of any event first, then the incidence of each cause."""
    lines: list[Sequence[object]] = [_COLUMNS]
    for curve in found.curves:
        for row in curve_rows(curve, found.asked):
            lines.append([{"group": curve.group, **row}.get(name) for name in _COLUMNS])
    for one in found.incidences:
        for step in incidence_rows(one, found.asked):
            lines.append([{"group": one.group, "cause": one.cause, **step}.get(name) for name in _COLUMNS])
    return csv_bytes(lines)
