"""A meta-analysis as the lines of a forest plot, and of its leave-one-out and cumulative plots."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tissueclock.evidence.meta.measures.base import Measure
from tissueclock.evidence.meta.pooled import PooledEffect
from tissueclock.evidence.meta.rows import StudyRow
from tissueclock.evidence.meta.studies import Given, OneArm, TwoArm, TwoMeans
from tissueclock.evidence.meta.subgroups import Subgroups
from tissueclock.evidence.meta.synthesis import Synthesis
from tissueclock.report.evidence.forest import numbers
from tissueclock.report.evidence.forest.parts import GAP, Forest, Line, Mark
from tissueclock.report.evidence.forest.words import ForestWords, method_words, recalled_words

_LONGEST_NAME = 48


def forest_of(found: Synthesis, words: ForestWords) -> Forest:
    """Return the plot of all studies with their pooled effect; of subgroups, each with its own.

    Raises ValueError where there are more lines than a picture holds.
    """
    measure = found.request.measure
    page = _Page(found, words)
    lines = page.grouped(found.subgroups) if found.subgroups else page.plain()
    return Forest(
        title=words.title,
        subtitle=words.subtitle,
        heads=("Study", *page.cell_heads, page.effect_head, "Weight"),
        lines=tuple(lines),
        axis=words.axis_of(measure),
        ratio=measure.ratio,
        null=measure.null,
        reference=found.pooled.estimate,
        favours=words.sides_of(measure),
        footer=(
            method_words(found.request, found.pooled),
            *([f"Pooled as a {measure.title}."] if measure.null is None else []),
            *(f"{note[0].upper()}{note[1:]}." for note in found.pooled.notes),
            *words.notes,
            *recalled_words(words),
        ),
    )


def leave_one_out_of(found: Synthesis, words: ForestWords) -> Forest:
    """Return what is pooled without each study; `found` was asked for it."""
    steps = [(row.effect.study, one) for row, one in zip(found.rows, found.without, strict=True)]
    return _steps(found, words, "Left out", steps)


def cumulative_of(found: Synthesis, words: ForestWords) -> Forest:
    """Return what is pooled after each study, in order; `found` was asked for it."""
    steps = [(f"{study} ({at})" if at not in study else study, one) for study, at, one in found.cumulative]
    return _steps(found, words, "After", steps, whole=False)


class _Page:
    """The lines of one analysis, with its decimals."""

    def __init__(self, found: Synthesis, words: ForestWords) -> None:
        self.found, self.words = found, words
        self.ratio = found.request.measure.ratio
        self.decimals = _decimals(found)
        self.level = numbers.percent_of(found.request.level)
        kind = type(found.rows[0].study)
        self.cell_heads = _cell_heads(kind, words, found.request.measure)
        self.effect_head = f"{_short(found.request.measure)} ({self.level} CI)"

    def plain(self) -> Iterator[Line]:
        """Yield every study and the total."""
        for index in range(len(self.found.rows)):
            yield self.study(index)
        yield from self.total(everything=True)

    def grouped(self, groups: Subgroups) -> Iterator[Line]:
        """Yield every subgroup with its subtotal, the total, and the test of their differences."""
        for name, members, pooled in zip(groups.names, groups.members, groups.effects, strict=True):
            yield Line(mark=Mark.NONE, name=name, bold=True)
            for index in members:
                yield self.study(index, indent=1)
            yield self.pooled("Subtotal", pooled, members, sub=True)
            if pooled.k > 1:
                yield _note(f"Heterogeneity: {numbers.heterogeneity(pooled.heterogeneity)}", indent=1)
            yield GAP
        yield from self.total(everything=False)
        yield _note(_difference(groups))

    def study(self, index: int, indent: int = 0) -> Line:
        """Return the line of a study."""
        row = self.found.rows[index]
        share = row.weight_percent
        return Line(
            mark=Mark.POINT if share is None else Mark.SQUARE,
            name=_shortened(row.effect.study),
            cells=_cells(row),
            estimate=row.estimate,
            ci=row.ci,
            effect=numbers.effect(row.estimate, row.ci, self.decimals),
            weight="" if share is None else f"{share:.1f}%",
            share=share or 0.0,
            recalled=bool(self.words.recalled) and self.words.recalled[index],
            indent=indent,
        )

    def total(self, *, everything: bool) -> Iterator[Line]:
        """Yield the pooled effect, the prediction interval, heterogeneity and the test of the effect."""
        pooled, every = self.found.pooled, range(len(self.found.rows))
        yield self.pooled("Total" if everything else "All", pooled, every)
        if pooled.pi is not None:
            yield Line(
                mark=Mark.BAR,
                name="Prediction interval",
                ci=pooled.pi,
                effect=f"({numbers.interval(pooled.pi, self.decimals)})",
            )
        yield _note(f"Heterogeneity: {numbers.heterogeneity(pooled.heterogeneity)}")
        if self.found.request.measure.null is not None:
            yield _note(f"Test of the effect: {numbers.statistic(pooled)}")

    def pooled(self, name: str, pooled: PooledEffect, members: Sequence[int], *, sub: bool = False) -> Line:
        """Return the line of a pooled effect with the sums of its studies."""
        rows = [self.found.rows[index] for index in members]
        shares = [row.weight_percent for row in rows]
        known = [share for share in shares if share is not None]
        return Line(
            mark=Mark.DIAMOND,
            name=f"{name} ({len(rows)} {'study' if len(rows) == 1 else 'studies'})",
            cells=_sums(rows),
            estimate=pooled.estimate,
            ci=pooled.ci,
            effect=numbers.effect(pooled.estimate, pooled.ci, self.decimals),
            weight=f"{sum(known):.1f}%" if len(known) == len(rows) else "",
            bold=True,
            sub=sub,
            indent=1 if sub else 0,
        )


def _steps(
    found: Synthesis,
    words: ForestWords,
    head: str,
    steps: Sequence[tuple[str, PooledEffect]],
    *,
    whole: bool = True,
) -> Forest:
    measure, decimals = found.request.measure, _decimals(found)
    lines = [_step(name, one, decimals) for name, one in steps]
    if whole:
        lines.append(replace(_step("None", found.pooled, decimals), mark=Mark.DIAMOND, bold=True))
    level = numbers.percent_of(found.request.level)
    return Forest(
        title=words.title,
        subtitle=words.subtitle,
        heads=(head, "k", "I²", "τ²", "p", f"{_short(measure)} ({level} CI)", ""),
        lines=tuple(lines),
        axis=words.axis_of(measure),
        ratio=measure.ratio,
        null=measure.null,
        reference=found.pooled.estimate if whole else None,
        favours=words.sides_of(measure),
        footer=(method_words(found.request, found.pooled, bar=False), *words.notes),
    )


def _step(name: str, pooled: PooledEffect, decimals: int) -> Line:
    het = pooled.heterogeneity
    p = numbers.p_words(pooled.p).removeprefix("p ").removeprefix("= ")
    return Line(
        mark=Mark.POINT,
        name=_shortened(name),
        cells=(str(pooled.k), "–" if het.i2 is None else f"{het.i2:.0f}%", f"{het.tau2:.3g}", p),
        estimate=pooled.estimate,
        ci=pooled.ci,
        effect=numbers.effect(pooled.estimate, pooled.ci, decimals),
    )


def _decimals(found: Synthesis) -> int:
    values = [value for row in found.rows for value in (row.estimate, *row.ci)]
    return numbers.decimals_for(
        [value for value in values if math.isfinite(value)], ratio=found.request.measure.ratio
    )


def _short(measure: Measure) -> str:
    """Return the measure's letters, of proportions the word."""
    if measure.null is None:
        return "Proportion"
    return {"GEN": "Effect", "PETO": "Peto OR"}.get(measure.name, measure.name)


def _cell_heads(kind: type, words: ForestWords, measure: Measure) -> tuple[str, ...]:
    if kind is TwoArm:
        return tuple(f"{arm}\nn/N" for arm in words.arms)
    if kind is OneArm:
        return ("Events/\npatients",)
    if kind is TwoMeans:
        return tuple(f"{arm}\nmean (SD), N" for arm in words.arms)
    return (f"log {_short(measure)}\n(SE)" if measure.ratio else "Effect\n(SE)",)


def _cells(row: StudyRow) -> tuple[str, ...]:
    study = row.study
    if isinstance(study, TwoArm):
        return f"{study.ai}/{study.n1i}", f"{study.ci}/{study.n2i}"
    if isinstance(study, OneArm):
        return (f"{study.xi}/{study.ni}",)
    if isinstance(study, TwoMeans):
        return _mean(study.m1i, study.sd1i, study.n1i), _mean(study.m2i, study.sd2i, study.n2i)
    return (f"{row.effect.yi:.3f} ({math.sqrt(row.effect.vi):.3f})".replace("-", numbers.MINUS),)


def _mean(mean: float, sd: float, n: int) -> str:
    return f"{mean:.4g} ({sd:.3g}), {n}".replace("-", numbers.MINUS)


def _sums(rows: Sequence[StudyRow]) -> tuple[str, ...]:
    """Return the sums of counts, for readers: nothing is pooled from them."""
    studies = [row.study for row in rows]
    if all(isinstance(study, Given) for study in studies):
        return ("",)
    two = [study for study in studies if isinstance(study, TwoArm)]
    one = [study for study in studies if isinstance(study, OneArm)]
    if two:
        return (
            f"{sum(study.ai for study in two)}/{sum(study.n1i for study in two)}",
            f"{sum(study.ci for study in two)}/{sum(study.n2i for study in two)}",
        )
    if one:
        return (f"{sum(study.xi for study in one)}/{sum(study.ni for study in one)}",)
    means = [study for study in studies if isinstance(study, TwoMeans)]
    return str(sum(study.n1i for study in means)), str(sum(study.n2i for study in means))


def _note(words: str, indent: int = 0) -> Line:
    return Line(mark=Mark.NONE, name=words, small=True, indent=indent)


def _difference(groups: Subgroups) -> str:
    name, dfs = (
        ("χ²", f"df = {groups.df}") if groups.df2 is None else ("F", f"df = {groups.df}, {groups.df2}")
    )
    kind = "one τ² for all" if groups.common_tau2 else "a τ² for each"
    return (
        f"Subgroup differences: {name} = {groups.statistic:.2f}, {dfs}, {numbers.p_words(groups.p)} ({kind})"
    )


def _shortened(name: str) -> str:
    """Return a name on one line, without what no page can show, and not too long."""
    name = " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1].rstrip()}…"
