"""A meta-analysis as rows of text, and its studies as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from tissueclock.evidence.meta.analysis import Request
from tissueclock.evidence.meta.bias.panel import BiasPanel
from tissueclock.evidence.meta.normal import Interval
from tissueclock.evidence.meta.pooled import PooledEffect
from tissueclock.evidence.meta.regression import Regression
from tissueclock.evidence.meta.rows import StudyRow
from tissueclock.evidence.meta.subgroups import Subgroups
from tissueclock.evidence.meta.synthesis import Synthesis

_SMALLEST_P = 0.0001


def meta_lines(found: Synthesis) -> Iterator[str]:
    """Yield the rows, tab-separated, name first: every study, the pooled effect, and what else was asked."""
    yield "\t".join(("measure", f"{found.request.measure.name}, {found.request.measure.title}"))
    for row in found.rows:
        yield "\t".join(_study_cells(row))
    yield from _pooled_lines(found.pooled, found.request)
    for name, test in found.homogeneity.items():
        yield f"{name}\tchi-square {number(test.statistic)} (df {test.df}, {p_words(test.p)})"
    if found.subgroups:
        yield from _subgroup_lines(found.subgroups)
    if found.regression:
        yield from _regression_lines(found.regression)
    if found.bias:
        yield from _bias_lines(found.bias)
    yield from _sensitivity_lines(found)
    for note in found.pooled.notes:
        yield f"note\t{note}"


def number(value: float | None) -> str:
    """Return a number in four digits, `not known` for None."""
    return "not known" if value is None else f"{value:.4g}"


def p_words(p: float) -> str:
    """Return `p = 0.0123`, or `p < 0.0001`."""
    return f"p < {_SMALLEST_P:.4f}" if p < _SMALLEST_P else f"p = {p:.4f}"


def interval(ends: Interval | None) -> str:
    """Return `low to high`, `not known` for None."""
    return "not known" if ends is None else f"{number(ends[0])} to {number(ends[1])}"


def _study_cells(row: StudyRow) -> Sequence[str]:
    counts = " ".join(f"{name} {getattr(row.study, name):g}" for name in row.study.columns)
    weight = () if row.weight_percent is None else (f"weight {row.weight_percent:.1f} %",)
    corrected = ("1/2 added",) if row.effect.corrected else ()
    return row.effect.study, counts, number(row.estimate), interval(row.ci), *weight, *corrected


def _pooled_lines(pooled: PooledEffect, request: Request) -> Iterator[str]:
    level = f"{100 * pooled.level:g} %"
    how = (
        f"{f'{pooled.method} {pooled.model}'.rstrip()}, {pooled.test}, convention {request.convention.title}"
    )
    yield f"pooled\tk {pooled.k}\t{_effect(pooled)}\t{level} interval\t{p_words(pooled.p)}\t{how}"
    if request.measure.null is None:
        yield "p\tof a proportion it tests that the analysis scale is at 0, which is seldom the question"
    yield f"analysis scale\tbeta {number(pooled.beta)}\tse {number(pooled.se)}\t{interval(pooled.beta_ci)}"
    yield f"prediction\t{interval(pooled.pi)}\t{level} of true effects of new studies"
    found = pooled.heterogeneity
    tau2 = f"tau2 {number(found.tau2)}"
    if found.tau2_ci:
        tau2 += f" ({interval(found.tau2_ci)}, {found.tau2_ci_method})"
    q = f"Q {number(found.q)} (df {found.q_df}"
    q += f", {p_words(found.q_p)})" if found.q_p is not None else ")"
    i2 = "I2 not known" if found.i2 is None else f"I2 {found.i2:.1f} %"
    if found.i2_ci:
        i2 += f" ({found.i2_ci[0]:.1f} to {found.i2_ci[1]:.1f})"
    yield f"heterogeneity\t{tau2}\t{i2}\tH2 {number(found.h2)}\t{q}"


def _effect(pooled: PooledEffect) -> str:
    return f"{number(pooled.estimate)} ({interval(pooled.ci)})"


def _subgroup_lines(found: Subgroups) -> Iterator[str]:
    for name, pooled in zip(found.names, found.effects, strict=True):
        yield f"{found.column} {name}\tsubgroup\tk {pooled.k}\t{_effect(pooled)}\t{p_words(pooled.p)}\t" + (
            f"tau2 {number(pooled.heterogeneity.tau2)}"
        )
    if found.df2 is None:
        test = f"chi-square {number(found.statistic)} (df {found.df}"
    else:
        test = f"F {number(found.statistic)} (df {found.df} and {found.df2}"
    kind = "one tau2 for all" if found.common_tau2 else "a tau2 for each"
    yield f"subgroup differences\t{test}, {p_words(found.p)})\t{kind}"


def _regression_lines(found: Regression) -> Iterator[str]:
    for one in found.coefficients:
        cells = (f"beta {number(one.beta)}", f"se {number(one.se)}", interval(one.ci), p_words(one.p))
        yield "\t".join((one.name, "coefficient", *cells))
    name = "chi-square" if found.df is None else "F"
    dfs = f"df {found.qm_df}" if found.df is None else f"df {found.qm_df} and {found.df}"
    r2 = "R2 not known" if found.r2 is None else f"R2 {found.r2:.1f} %"
    yield f"moderators\t{name} {number(found.qm)} ({dfs}, {p_words(found.qm_p)})\t{r2}"
    left = f"Q {number(found.qe)} (df {found.qe_df}, {p_words(found.qe_p)})"
    yield f"left over\ttau2 {number(found.tau2)}\tI2 {found.i2:.1f} %\t{left}"


def _bias_lines(found: BiasPanel) -> Iterator[str]:
    for one in found.tests:
        kind = "z" if one.df is None else "t"
        df = "" if one.df is None else f", df {one.df}"
        test = f"{kind} {number(one.statistic)}{df}, {p_words(one.p)}"
        limit = f"limit {number(one.limit)} ({interval(one.limit_ci)})"
        yield f"{one.name}\tasymmetry\tbias {number(one.bias)}\tse {number(one.se)}\t{test}\t{limit}"
    rank = found.rank
    kind = "exact" if rank.exact else "normal"
    yield f"begg\trank test\tKendall's tau {number(rank.tau)}\t{p_words(rank.p)} ({kind})"
    for filled in found.filled:
        if filled.found is None or filled.pooled is None:
            yield f"trim and fill {filled.estimator}\t{filled.reason}"
        else:
            missing = f"{filled.found.missing} filled in on the {filled.found.side}"
            how = f"{_effect(filled.pooled)} by {filled.pooled.method}"
            yield f"trim and fill {filled.estimator}\t{missing}\t{how}"
    for safe in found.fail_safe:
        yield f"fail-safe n {safe.name}\t{safe.number}"
    for note in found.notes:
        yield f"note\t{note}"


def _sensitivity_lines(found: Synthesis) -> Iterator[str]:
    for row, pooled in zip(found.rows, found.without, strict=False):
        yield f"without {row.effect.study}\t{_brief(pooled)}"
    for study, at, pooled in found.cumulative:
        yield f"after {study}\t{at}\t{_brief(pooled)}"
    for one in found.influence:
        cells = (
            f"rstudent {number(one.rstudent)}",
            f"dffits {number(one.dffits)}",
            f"Cook's D {number(one.cook_d)}",
            f"cov.r {number(one.covariance_ratio)}",
            f"hat {number(one.hat)}",
            "influential" if one.influential else "",
        )
        yield "\t".join((one.study, "influence", *(cell for cell in cells if cell)))
    for expected in found.predictions:
        ends = interval(expected.interval)
        yield f"{expected.study}\tbest prediction\t{number(expected.beta)} ({ends}, analysis scale)"


def _brief(pooled: PooledEffect) -> str:
    found = pooled.heterogeneity
    i2 = "I2 not known" if found.i2 is None else f"I2 {found.i2:.1f} %"
    return f"k {pooled.k}\t{_effect(pooled)}\t{p_words(pooled.p)}\ttau2 {number(found.tau2)}\t{i2}"


def studies_csv(rows: Sequence[StudyRow]) -> bytes:
    """Return the studies with their effects, intervals and weights as CSV, unrounded; unknown is empty."""
    documents = [row.to_json() for row in rows]
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(documents[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _csv_cell(value) for name, value in row.items()} for row in documents)
    return text.getvalue().encode("utf-8")


def _csv_cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@"):
        return f"'{value}"  # a spreadsheet would take it for a formula
    return "" if value is None else value
