"""`tissueclock evidence interaction`: whether an effect differs between strata, from counts or from print."""

from __future__ import annotations

import csv
import io
from argparse import Namespace
from typing import Any

from tissueclock.cli.console import Console
from tissueclock.cli.evidence.output import deliver
from tissueclock.core.errors import ExitCode, UsageError
from tissueclock.core.files import content_of
from tissueclock.evidence.cohort.caveats import EXPOSURE_CAVEATS, numbered
from tissueclock.evidence.cohort.interaction import Interaction, interaction
from tissueclock.evidence.cohort.published_strata import PublishedInteraction, published_interaction
from tissueclock.pipeline.interaction_file import printed_effect, read_interaction
from tissueclock.protocol.results.registry import results
from tissueclock.report.evidence.drawing import pictures
from tissueclock.report.evidence.interaction_plot import draw_interaction
from tissueclock.report.evidence.interaction_words import interaction_rows

_SOURCES = ("FILE", "--printed", "--trial")


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Compute the interaction from the one source that is given, and print it."""
    given = [name for name, value in zip(_SOURCES, _values(arguments), strict=True) if value]
    if len(given) != 1:
        raise UsageError(
            "there is nothing to compare." if not given else f"{' and '.join(given)} were given.",
            remedy="Give a FILE, --printed twice or more, or --trial with --kind.",
        )
    if arguments.kind and not arguments.trial:
        raise UsageError("--kind was given without --trial.", remedy="Leave it out, or name the trial.")
    if arguments.trial:
        return _trial(arguments, console)
    found = _typed(arguments)
    return _deliver(arguments, console, found, {}, [], "Effect by stratum")


def _values(arguments: Namespace) -> tuple[Any, ...]:
    return arguments.file, arguments.printed, arguments.trial


def _typed(arguments: Namespace) -> Interaction:
    measure, level = arguments.measure, arguments.level
    if arguments.file:
        return read_interaction(content_of(arguments.file), arguments.file.name, measure, level)
    effects = [printed_effect(text, measure, level) for text in arguments.printed]
    return interaction(effects, measure, level=level)


def _trial(arguments: Namespace, console: Console) -> ExitCode:
    if not arguments.kind:
        raise UsageError("--kind is missing.", remedy="Name an outcome of the trial, for example mrs-0-2.")
    published = results(arguments.trial)
    found = published_interaction(published, arguments.kind, by=arguments.by, level=arguments.level)
    more = {
        "trial": published.trial,
        "citation": published.citation,
        "kind": arguments.kind,
        "by": found.by,
        "published_p": found.published_p or None,
        "adjusted": found.adjusted,
        "recalled": found.recalled,
        "caveats": [] if found.randomised else list(EXPOSURE_CAVEATS),
    }
    title = f"{published.trial}, {arguments.kind}, by {found.by}"
    return _deliver(arguments, console, found.found, more, _published_rows(found), title)


def _published_rows(found: PublishedInteraction) -> list[str]:
    rows = [
        f"published\tp {found.published_p}" if found.published_p else "published\tno test of the interaction"
    ]
    if found.adjusted:
        rows.append("note\tAt least one printed effect is adjusted.")
    if found.recalled:
        rows.append("note\tThe printed numbers are recalled, not read in a source.")
    return rows if found.randomised else [*rows, *numbered(EXPOSURE_CAVEATS)]


def _deliver(
    arguments: Namespace,
    console: Console,
    found: Interaction,
    more: dict[str, Any],
    rows: list[str],
    title: str,
) -> ExitCode:
    files: dict[str, bytes] = {}
    if arguments.out is not None:
        if more.get("recalled"):
            title = f"{title} (recalled)"
        files = {"interaction.csv": _csv(found), **pictures("interaction", draw_interaction(found, title))}
    document = {**found.to_json(), **more}
    lines = [*interaction_rows(found), *rows]
    deliver(console, document, lines, out=arguments.out, name="interaction", files=files)
    return ExitCode.DONE


def _csv(found: Interaction) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("stratum", "measure", "estimate", "ci_low", "ci_high", "se", "how"))
    for stratum in found.to_json()["strata"]:
        numbers = (stratum[key] for key in ("estimate", "ci_low", "ci_high", "se"))
        writer.writerow((stratum["stratum"], found.measure, *numbers, stratum["how"]))
    return text.getvalue().encode("utf-8")
