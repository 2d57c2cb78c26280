"""`tissueclock evidence effect`: two groups by counts, one proportion, strata or pairs."""

from __future__ import annotations

import csv
import io
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from tissueclock.cli.console import Console
from tissueclock.cli.evidence.output import deliver
from tissueclock.core.errors import ExitCode, UsageError
from tissueclock.core.files import content_of
from tissueclock.evidence.two_groups.effect import Effect, effect, every_effect, finite, study_effect
from tissueclock.evidence.two_groups.measure import Measure
from tissueclock.evidence.two_groups.paired import (
    Pairs,
    paired_difference,
    paired_json,
    paired_odds_ratio,
    paired_tests,
)
from tissueclock.evidence.two_groups.proportion import RULES, Proportion, proportion
from tissueclock.evidence.two_groups.significance import all_tests
from tissueclock.evidence.two_groups.stratified import every_stratified, stratified_effect
from tissueclock.evidence.two_groups.table import TwoByTwo, ZeroCells
from tissueclock.pipeline.strata_file import read_strata
from tissueclock.report.evidence.drawing import pictures
from tissueclock.report.evidence.effect_plot import draw_effects
from tissueclock.report.evidence.effect_words import (
    effect_rows,
    proportion_words,
    study_rows,
    test_rows,
)

_TWO, _ONE = ("events_1", "n_1", "events_2", "n_2"), ("events_1", "n_1")


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Compute what the counts allow, print it, and write the figure where asked."""
    if arguments.strata is not None:
        _refuse(arguments, (*_TWO, "pairs"), "--strata")
        return _strata(arguments, console)
    if arguments.pairs is not None:
        _refuse(arguments, _TWO, "--pairs")
        return _pairs(arguments, console)
    if arguments.measure == "P":
        _require(arguments, _ONE)
        _refuse(arguments, ("events_2", "n_2"), "--measure P")
        return _proportion(arguments, console)
    _require(arguments, _TWO)
    return _two_groups(arguments, console)


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _refuse(arguments: Namespace, names: Sequence[str], beside: str) -> None:
    for name in names:
        if getattr(arguments, name) is not None:
            raise UsageError(f"{_option(name)} was given with {beside}.", remedy="Leave one of them out.")


def _require(arguments: Namespace, names: Sequence[str]) -> None:
    missing = [_option(name) for name in names if getattr(arguments, name) is None]
    if missing:
        raise UsageError(f"{missing[0]} is missing.", remedy=f"Give {', '.join(map(_option, names))}.")


def _two_groups(arguments: Namespace, console: Console) -> ExitCode:
    table = TwoByTwo(**{name: getattr(arguments, name) for name in _TWO})
    found = study_effect(
        table,
        Measure(arguments.measure),
        arguments.method,
        level=arguments.level,
        zero_cells=ZeroCells(arguments.zero_cells),
        event_is_good=arguments.event == "favourable",
    )
    groups = [
        proportion(table.events_1, table.n_1, level=arguments.level),
        proportion(table.events_2, table.n_2, level=arguments.level),
    ]
    tests = all_tests(table, unconditional=arguments.unconditional)
    every = list(every_effect(table, level=arguments.level)) if arguments.all or arguments.out else []
    document = {
        **found.to_json(),
        "groups": [asdict(group) for group in groups],
        "tests": [asdict(test) for test in tests],
        **({"methods": [item.to_json() for item in every]} if arguments.all else {}),
    }
    rows = [*study_rows(found), *(f"group-{n}\t{proportion_words(g)}" for n, g in enumerate(groups, 1))]
    rows += [*test_rows(tests), *effect_rows(every if arguments.all else [])]
    _deliver(console, arguments, document, rows, every, f"{table.words()}")
    return ExitCode.DONE


def _strata(arguments: Namespace, console: Console) -> ExitCode:
    if arguments.measure == "P":
        raise UsageError("--measure P has no strata.", remedy="Use RR, OR or RD.")
    strata = read_strata(content_of(arguments.strata), arguments.strata.name)
    measure = Measure(arguments.measure)
    found = stratified_effect(strata, measure, arguments.method, level=arguments.level)
    needed = found.needed(event_is_good=arguments.event == "favourable")
    own = [effect(t, measure, level=arguments.level) for t in strata.tables]
    every = list(every_stratified(strata, level=arguments.level)) if arguments.all or arguments.out else []
    named = list(zip(strata.names, strata.tables, own, strict=True))
    document = {
        **found.to_json(),
        **needed.to_json(),
        "strata": [{"stratum": n, "counts": asdict(t), **item.to_json()} for n, t, item in named],
        **({"methods": [item.to_json() for item in every]} if arguments.all else {}),
    }
    rows = [*effect_rows([found.effect]), *test_rows([*found.tests, *found.homogeneity])]
    rows += [f"nnt\t{needed.words()}\t1/RD over strata, {needed.method} interval"]
    rows += [f"stratum/{n}\t{t.words()}\t{next(effect_rows([item]))}" for n, t, item in named]
    rows += [*effect_rows(every if arguments.all else [])]
    _deliver(console, arguments, document, rows, every, f"{len(own)} strata, {strata.total().words()}")
    return ExitCode.DONE


def _pairs(arguments: Namespace, console: Console) -> ExitCode:
    pairs = Pairs(**dict(zip(Pairs.__slots__, arguments.pairs, strict=True)))
    by_measure = {"OR": paired_odds_ratio, "RD": paired_difference}
    if arguments.measure not in by_measure or arguments.method is not None:
        raise UsageError(
            "pairs have the measures OR (conditional, exact) and RD (Newcombe's for pairs).",
            remedy="Give --measure OR or RD and no --method.",
        )
    found = by_measure[arguments.measure](pairs, arguments.level)
    tests = paired_tests(pairs)
    document = {**paired_json(pairs, found), "tests": [asdict(test) for test in tests]}
    _deliver(console, arguments, document, [*effect_rows([found]), *test_rows(tests)], [found], "pairs")
    return ExitCode.DONE


def _proportion(arguments: Namespace, console: Console) -> ExitCode:
    counts = arguments.events_1, arguments.n_1
    found = proportion(*counts, arguments.method or "wilson", arguments.level)
    every = [proportion(*counts, name, arguments.level) for name in RULES] if arguments.all else []
    nothing = {"p": None, "p_method": "none: one group is compared with nothing", "nnt": None}
    document = {
        "measure": "P",
        **asdict(found),
        **nothing,
        **({"methods": [asdict(item) for item in every]} if arguments.all else {}),
    }
    rows = [f"P/{item.method}\t{proportion_words(item)}" for item in (every or [found])]
    _deliver(console, arguments, document, rows, [], "", proportions=every or [found])
    return ExitCode.DONE


def _deliver(
    console: Console,
    arguments: Namespace,
    document: Mapping[str, Any],
    rows: Sequence[str],
    every: Sequence[Effect],
    title: str,
    proportions: Sequence[Proportion] = (),
) -> None:
    files: dict[str, bytes] = {}
    if arguments.out is not None:
        files["effect.csv"] = _csv(every, proportions)
        if every:
            files |= pictures("effect", draw_effects(every, title))
    deliver(console, document, rows, out=arguments.out, name="effect", files=files)


def _csv(effects: Sequence[Effect], proportions: Sequence[Proportion]) -> bytes:
    """Return every method as a row; an infinite or undefined number is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ("measure", "method", "estimate", "ci_low", "ci_high", "level", "added_to_cells", "title")
    )
    for item in effects:
        numbers = [finite(value) for value in (item.estimate, item.ci_low, item.ci_high)]
        writer.writerow((item.measure.value, item.method, *numbers, item.level, item.added, item.title))
    for one in proportions:
        writer.writerow(("P", one.method, one.estimate, one.ci_low, one.ci_high, one.level, 0.0, ""))
    return text.getvalue().encode("utf-8")
