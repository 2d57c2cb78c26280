"""Comparisons as rows of text, and as one page of HTML that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from tissueclock import __version__
from tissueclock.report.agreement_figures import (
    bland_altman_words,
    concordance_words,
    draw_bland_altman,
    draw_flips,
    draw_scatter,
    kappa_words,
    slope_words,
)
from tissueclock.report.comparison import Comparison, Measure, RuleAgreement
from tissueclock.report.format import rounded
from tissueclock.report.plain.page import NOTICE, document, picture, section, table

_HOW = (
    "Differences are ours minus theirs. Limits of agreement: bias and 1.96 SD, with 95 % intervals (Bland "
    "and Altman 1999). Proportional bias: slope of the difference on the pair's mean. CCC: Lin's "
    "concordance, interval by Fisher's z. Kappa: Cohen's, over the cases that both sources decide."
)


def comparison_lines(found: Comparison, *, ids: bool) -> Iterator[str]:
    """Yield the comparison as rows, tab-separated, id first; cases of one source by their ids with `ids`."""
    only_ours, only_theirs = len(found.only_ours), len(found.only_theirs)
    yield f"cases\tin both {found.both}\tonly ours {only_ours}\tonly theirs {only_theirs}"
    for name, cases in (("ours", found.only_ours), ("theirs", found.only_theirs)):
        if ids and cases:
            yield f"  only {name}\t{', '.join(cases)}"
    for measure in found.measures:
        yield "\t".join((measure.name, "measure", *_measure_cells(measure)))
    for rule in found.rules:
        yield f"{rule.id}\t{rule.kind}\t{kappa_words(rule.kappa)}\t{_counts_words(rule)}"
        for flip in rule.flips:
            yield f"  ours {flip.ours}, theirs {flip.theirs}\t{len(flip.cases)}\t{', '.join(flip.cases)}"
        if rule.left_out:
            yield f"  not asked\t{', '.join(rule.left_out)}"
    if found.silent:
        yield f"no answer\t{', '.join(found.silent)}"


def _measure_cells(measure: Measure) -> tuple[str, ...]:
    unit = f" {measure.unit}".rstrip()
    usual = measure.agreement.median_difference
    cells = (
        f"n {len(measure.pairs)}",
        bland_altman_words(measure),
        slope_words(measure),
        concordance_words(measure),
        f"median |difference| {rounded(usual, 1 if usual >= 1 else 2)}{unit}",
        "; ".join(f"{count} left out: {reason}" for reason, count in measure.left_out.items()),
    )
    return tuple(cell for cell in cells if cell)


def _counts_words(rule: RuleAgreement) -> str:
    flipped = sum(len(flip.cases) for flip in rule.decided)
    return f"{rule.kappa.n} decided by both, {flipped} flip, {rule.opened} decided by one"


def comparison_page(found: Comparison, *, ids: bool) -> str:
    """Return the page."""
    return page(f"Agreement on {found.both} cases", _body(found, ids=ids))


def page(title: str, body: Iterator[str]) -> str:
    """Return a whole page with the notice on top and the version below."""
    head = f"<h1>{escape(title)}</h1>{NOTICE}"
    foot = f'<p class="quiet">tissueclock {escape(__version__)}</p>'
    return document(title, (head, *body, foot), "comparison")


def _body(found: Comparison, *, ids: bool) -> Iterator[str]:
    only = f"only in ours: {len(found.only_ours)}, only in theirs: {len(found.only_theirs)}."
    yield f"<p>Cases in both sources: {found.both}, {only} {escape(_HOW)}</p>"
    if ids and (found.only_ours or found.only_theirs):
        sides = (("ours", found.only_ours), ("theirs", found.only_theirs))
        yield table(("only in", "cases"), [(name, ", ".join(cases)) for name, cases in sides])
    heads = ("measure", "n", "bias and limits", "CCC", "median |difference|", "left out")
    yield section("Measures", table(heads, map(_measure_row, found.measures), numbers=[1]))
    for measure in found.measures:
        pictures = (draw_scatter(measure), draw_bland_altman(measure))
        drawn = "".join(map(picture, pictures))
        yield section(measure.label[:1].upper() + measure.label[1:], f'<div class="pair">{drawn}</div>')
    yield section("Verdicts", picture(draw_flips(found.rules)))
    yield section(
        "Flips", table(("rule", "what it asks", "kappa", "flips and their cases"), list(_flip_rows(found)))
    )
    if found.silent:
        silent = escape(", ".join(found.silent))
        yield f'<p class="quiet">Without any answer from these columns: {silent}.</p>'


def _measure_row(measure: Measure) -> tuple[object, ...]:
    usual = measure.agreement.median_difference
    bias = f"{bland_altman_words(measure)}; {slope_words(measure)}".rstrip("; ")
    left_out = "; ".join(f"{count} {reason}" for reason, count in measure.left_out.items())
    shown = f"{rounded(usual, 1 if usual >= 1 else 2)} {measure.unit}".strip()
    return measure.label, len(measure.pairs), bias, concordance_words(measure), shown, left_out or "-"


def _flip_rows(found: Comparison) -> Iterator[tuple[object, ...]]:
    for rule in found.rules:
        flips = "; ".join(
            f"ours {flip.ours}, theirs {flip.theirs} ({len(flip.cases)}): {', '.join(flip.cases)}"
            for flip in rule.flips
        )
        asks = ", ".join(rule.asked) if rule.asked else rule.title
        left_out = f" (not asked: {', '.join(rule.left_out)})" if rule.left_out else ""
        kappa = f"{kappa_words(rule.kappa)}, {rule.kappa.n} decided by both"
        yield rule.id, f"{asks}{left_out}", kappa, flips or "none"
