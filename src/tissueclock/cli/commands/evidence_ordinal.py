"""`tissueclock evidence ordinal FILE`: two arms on the modified Rankin Scale."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from types import MappingProxyType

from tissueclock.cli.console import Console
from tissueclock.cli.evidence.output import deliver
from tissueclock.core.errors import ExitCode, UsageError
from tissueclock.evidence.ordinal.analysis import (
    OrdinalAnalysis,
    Proportionality,
    Settings,
    analyse_rows,
    analyse_table,
)
from tissueclock.evidence.ordinal.means import utilities
from tissueclock.evidence.ordinal.pairs import Ties
from tissueclock.evidence.ordinal.table import MrsTable
from tissueclock.pipeline.ordinal import Choices, OrdinalInput, published_ordinal, read_ordinal
from tissueclock.report.evidence.cut_odds import cut_odds
from tissueclock.report.evidence.drawing import pictures
from tissueclock.report.evidence.grotta import Labels, grotta_bar
from tissueclock.report.evidence.ordinal_lines import ordinal_csv, ordinal_lines, shift_words

_TITLE = "modified Rankin Scale"
_ADJUSTED = MappingProxyType({True: "adjusted", False: "unadjusted", None: "adjustment not known"})


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Analyse, print, and write what was asked for."""
    given = _given(arguments)
    found = _analysed(given, arguments)
    document = {**given.to_json(), **found.to_json()}
    files = _files(given, found, Labels(arguments.labels)) if arguments.out else {}
    deliver(console, document, list(_lines(given, found)), out=arguments.out, name="ordinal", files=files)
    return ExitCode.DONE


def _given(arguments: Namespace) -> OrdinalInput:
    """Return the two arms; raises UsageError unless there is one source of them."""
    if (arguments.file is None) == (arguments.trial is None):
        raise UsageError("give a FILE or a --trial, one of the two.", remedy="See --help.")
    choices = Choices(
        treatment=arguments.treatment,
        covariates=arguments.covariates,
        categorical=arguments.categorical,
        strata=arguments.strata,
        exclude_missing=arguments.missing == "exclude",
    )
    if arguments.trial is None:
        given = read_ordinal(arguments.file, choices)
    elif choices != Choices():
        raise UsageError(
            "a published trial has no columns, and its treatment is the first arm.",
            remedy="Leave out --treatment, --covariates, --categorical, --strata and --missing.",
        )
    else:
        given = published_ordinal(arguments.trial)
    return given.merged_5_6() if arguments.merge_5_6 else given


def _analysed(given: OrdinalInput, arguments: Namespace) -> OrdinalAnalysis:
    settings = Settings(
        level=arguments.level,
        ties=Ties(arguments.ties),
        proportionality=Proportionality[arguments.po_test.upper()],
        utilities=utilities(arguments.utilities),
    )
    if isinstance(given.data, MrsTable):
        return analyse_table(given.data, settings)
    return analyse_rows(given.data, settings)


def _lines(given: OrdinalInput, found: OrdinalAnalysis) -> Iterator[str]:
    yield from ordinal_lines(found)
    for item in given.published:
        limits = "" if item["ci"] is None else f" ({item['ci'][0]} to {item['ci'][1]})"
        effect = f"{item['measure']} {item['estimate']}{limits}"
        yield "\t".join(
            ("published", item["outcome"], effect, _ADJUSTED[item["adjusted"]], item["confidence"])
        )
    for note in given.notes:
        yield f"note\t{note}"


def _files(given: OrdinalInput, found: OrdinalAnalysis, labels: Labels) -> dict[str, bytes]:
    bars = grotta_bar(
        found.table, title=f"{given.title}: {_TITLE}", caption=shift_words(found), labels=labels
    )
    cuts = cut_odds(found, title=f"{given.title}: odds ratio at each cut")
    return {
        **pictures("ordinal-bars", bars),
        **pictures("ordinal-cuts", cuts),
        "ordinal.csv": ordinal_csv(found),
    }
