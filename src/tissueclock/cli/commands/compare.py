"""`tissueclock compare OURS THEIRS`: how far two sources of volumes, or maps, agree."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tissueclock.cli.console import Console
from tissueclock.core.errors import ExitCode, UsageError
from tissueclock.core.files import json_text, write_atomically
from tissueclock.core.notice import DISCLAIMER
from tissueclock.pipeline.compare import compare_volumes
from tissueclock.pipeline.compare_maps import compare_maps
from tissueclock.pipeline.folder import require_folder, writing
from tissueclock.pipeline.volumes import is_volumes
from tissueclock.report.agreement_figures import draw_bland_altman, draw_flips, draw_scatter
from tissueclock.report.comparison import Comparison
from tissueclock.report.comparison_page import comparison_lines, comparison_page
from tissueclock.report.map_comparison import map_lines, map_page


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Compare and write what was asked for; exits 0 however far the two are apart."""
    for path in (arguments.ours, arguments.theirs):
        if not path.exists():
            raise UsageError("there is no such file or folder.", where=path.name, remedy="Check the path.")
    if arguments.out:
        require_folder(arguments.out)
    if is_volumes(arguments.theirs):
        _refuse("--cbf", arguments.cbf, "another program's maps")
        return _volumes(arguments, console)
    _refuse("--cases", arguments.cases, "volumes of many cases")
    return _maps(arguments, console)


def _refuse(option: str, given: object, belongs_to: str) -> None:
    if given:
        raise UsageError(f"{option} was given.", remedy=f"Leave it out: it belongs to {belongs_to}.")


def _volumes(arguments: Namespace, console: Console) -> ExitCode:
    ids = arguments.cases
    found = compare_volumes(arguments.ours, arguments.theirs)
    document = {"compare": {"kind": "volumes", **found.to_json(ids=ids)}}
    if arguments.out:
        _write(arguments.out, document, {"compare.html": comparison_page(found, ids=ids), **_pictures(found)})
    console.result(document, list(comparison_lines(found, ids=ids)))
    return ExitCode.DONE


def _maps(arguments: Namespace, console: Console) -> ExitCode:
    found = compare_maps(arguments.ours, arguments.theirs, arguments.cbf)
    document = {"compare": {"kind": "maps", **found.to_json()}}
    if arguments.out:
        _write(arguments.out, document, {"compare.html": map_page(found)})
    console.result(document, list(map_lines(found)))
    return ExitCode.DONE


def _pictures(found: Comparison) -> dict[str, str]:
    pictures = {"compare-flips.svg": draw_flips(found.rules)}
    for measure in found.measures:
        pictures[f"compare-{measure.name}-scatter.svg"] = draw_scatter(measure)
        pictures[f"compare-{measure.name}-bland-altman.svg"] = draw_bland_altman(measure)
    return pictures


def _write(out: Path, document: Mapping[str, Any], texts: Mapping[str, str]) -> None:
    """Write the files of a comparison, the document last."""
    whole = json_text({**document, "disclaimer": DISCLAIMER})
    with writing(out):
        for name, text in {**texts, "compare.json": whole}.items():
            write_atomically(out / name, text.encode("utf-8"))
