"""`tissueclock evidence meta FILE.csv`: pool studies, and say what the estimate rests on."""

from __future__ import annotations

from argparse import Namespace

from tissueclock.cli.console import Console
from tissueclock.cli.evidence.output import deliver
from tissueclock.core.errors import ExitCode, InputError, UsageError
from tissueclock.core.notice import DISCLAIMER
from tissueclock.evidence.meta.analysis import Request, default_method, named_test
from tissueclock.evidence.meta.convention import CONVENTIONS
from tissueclock.evidence.meta.glmm.pool import GLMM
from tissueclock.evidence.meta.measures.base import Measure
from tissueclock.evidence.meta.synthesis import Extras, synthesise
from tissueclock.evidence.meta.table import StudyTable
from tissueclock.pipeline.evidence.study_table import read_study_table
from tissueclock.report.evidence.forest.figures import drawn, meta_figures
from tissueclock.report.evidence.forest.words import ARMS, ForestWords
from tissueclock.report.evidence.meta_lines import meta_lines, studies_csv

_NAME = "meta"
_CONFIDENCE, _RECALLED = "confidence", "recalled"
"""A column of this name marks studies whose numbers nobody read in a source."""


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Pool the studies of a file; an error of the studies names the file."""
    table, measure = read_study_table(arguments.file, arguments.measure)
    request = _request(arguments, measure)
    try:
        found = synthesise(table, request, _extras(arguments))
    except InputError as error:
        where = ", ".join(filter(None, (arguments.file.name, error.where)))
        raise InputError(error.found, where=where, remedy=error.remedy) from error
    lines = list(meta_lines(found))
    text = "\n".join([*lines, DISCLAIMER]) + "\n"
    files = {f"{_NAME}-studies.csv": studies_csv(found.rows), f"{_NAME}.txt": text.encode("utf-8")}
    if arguments.out is not None:
        figures = meta_figures(found, _words(arguments, table, measure))
        if not figures:
            console.progress(f"{len(found.rows)} studies are too many for a figure: none is drawn")
        files |= drawn(figures, _NAME)
    deliver(console, found.to_json(), lines, out=arguments.out, name=_NAME, files=files)
    return ExitCode.DONE


def _request(arguments: Namespace, measure: Measure) -> Request:
    convention = CONVENTIONS[arguments.convention]
    method = arguments.method or default_method(measure, convention)
    if arguments.model and method != GLMM:
        raise UsageError("--model was given.", remedy="Leave it out: it belongs to --method GLMM.")
    return Request(
        measure=measure,
        method=method,
        test=named_test(knapp_hartung=arguments.knapp_hartung, ad_hoc=arguments.ad_hoc),
        level=arguments.level,
        convention=convention,
        tau2_interval=arguments.tau2_interval,
        **({"model": arguments.model} if arguments.model else {}),
    )


def _extras(arguments: Namespace) -> Extras:
    return Extras(
        subgroup=arguments.subgroup,
        common_tau2=arguments.subgroup_tau2 == "common",
        moderators=tuple(arguments.moderator),
        bias=arguments.bias,
        leave_one_out=arguments.leave_one_out,
        cumulative=arguments.cumulative,
        influence=arguments.influence,
    )


def _words(arguments: Namespace, table: StudyTable, measure: Measure) -> ForestWords:
    """Return what the figures say besides their numbers."""
    sureness = table.columns.get(_CONFIDENCE, ())
    return ForestWords(
        title=arguments.title or f"{arguments.file.stem}: {measure.title}",
        arms=tuple(arguments.arms) if arguments.arms else ARMS,
        favours=tuple(arguments.favours) if arguments.favours else None,
        recalled=tuple(word.lower().startswith(_RECALLED) for word in sureness),
    )
