"""`tissueclock assess` for a CSV of many cases: counts, flows of exclusions, agreement, overlap."""

from __future__ import annotations

import csv
import io
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tissueclock.cli.console import Console
from tissueclock.cli.files import open_outputs, write_output
from tissueclock.core.errors import ExitCode, UsageError
from tissueclock.core.files import json_text
from tissueclock.core.notice import DISCLAIMER
from tissueclock.eligibility.cohort.kappa import kappa_words
from tissueclock.eligibility.cohort.result import CohortResult, Flow
from tissueclock.eligibility.cohort.tally import Rows, count_cohort
from tissueclock.facts.case import CaseFacts
from tissueclock.facts.cohort import Refusals, case_called, is_cohort, read_header
from tissueclock.protocol.model import Protocol
from tissueclock.protocol.registry import check_judgements
from tissueclock.report.plain.cohort_page import cohort_page
from tissueclock.report.plain.draw_agreement import draw_agreement
from tissueclock.report.plain.draw_flow import draw_flow
from tissueclock.report.plain.draw_overlap import draw_overlap

_OF_ONE_CASE = ("fhir", "ie", "ti", "study", "subject", "table")
_OF_MANY = (("decisions", "--decisions"), ("skip_bad_rows", "--skip-bad-rows"))


def is_cohort_run(arguments: Namespace) -> bool:
    """Tell whether many cases are asked for; raises UsageError where options do not fit the file."""
    given = [option for name, option in _OF_MANY if getattr(arguments, name)]
    many = is_cohort(arguments.facts)
    if given and (arguments.case is not None or not many):
        raise UsageError(
            f"{given[0]} was given for one case.",
            remedy="Leave it out: it belongs to a CSV of more than one row, without --case.",
        )
    if many and arguments.case is None:
        _refuse_exports(arguments)
    return many and arguments.case is None


def _refuse_exports(arguments: Namespace) -> None:
    for name in _OF_ONE_CASE:
        if getattr(arguments, name) not in (None, False):
            raise UsageError(
                f"--{name} was given for a cohort.", remedy="Leave it out, or name one case: --case ID."
            )


def case_of_cohort(path: Path, wanted: str, trials: Sequence[Protocol]) -> CaseFacts:
    """Return the facts of one case of a cohort; raises UsageError where the file or the case is not there."""
    if path.suffix.lower() != ".csv":
        raise UsageError("--case was given.", where=path.name, remedy="It belongs to a CSV of cases.")
    case = case_called(path, wanted)
    check_judgements(case, trials)
    return case


def assess_cohort(
    arguments: Namespace, trials: Sequence[Protocol], inputs: Sequence[Path], console: Console
) -> ExitCode:
    """Count a cohort under trials and write what was asked for; exits 0 whatever it finds."""
    path, out = arguments.facts, arguments.out
    check_judgements(read_header(path).facts, trials)
    refusals = Refusals()
    console.progress("reading and counting the cases")
    files = [arguments.decisions, out / "decisions.csv" if out else None]
    with _decisions([file for file in files if file], trials, inputs) as rows:
        result = count_cohort(
            path,
            trials,
            refusals,
            scope=arguments.scope,
            skip_bad_rows=arguments.skip_bad_rows,
            rows=rows,
        )
    document = {"cohort": {**result.to_json(), "left_out": _left_out(refusals)}}
    if out:
        for name, text in _texts(result, refusals, document).items():
            write_output(out / name, text.encode("utf-8"), inputs)
    console.result(document, list(_lines(result, refusals, arguments.trial or ())))
    return ExitCode.DONE


def _left_out(refusals: Refusals) -> dict[str, object]:
    lines = sorted(refusals.lines)
    return {"count": len(lines), "lines": lines, "first_reasons": refusals.reasons}


@contextmanager
def _decisions(
    files: Sequence[Path], trials: Sequence[Protocol], inputs: Sequence[Path]
) -> Iterator[Rows | None]:
    """Yield what writes a row a case into every file, whole or not at all; None without a file."""
    with open_outputs(files, inputs) as opened:
        texts = [io.TextIOWrapper(file, encoding="utf-8", newline="") for file in opened]
        writers = [csv.writer(text, lineterminator="\n") for text in texts]

        def write(rows: Sequence[tuple[str, ...]]) -> None:
            for writer in writers:
                writer.writerows(rows)

        write([("case_id", *(trial.id for trial in trials))])
        yield write if writers else None
        for text in texts:
            text.detach()


def _texts(result: CohortResult, refusals: Refusals, document: Mapping[str, object]) -> dict[str, str]:
    """Return the files of a folder by name, besides the decisions."""
    return {
        "cohort.json": json_text({**document, "disclaimer": DISCLAIMER}),
        "overlap.svg": draw_overlap(result),
        "agreement.svg": draw_agreement(result),
        **{f"flow-{flow.counts.trial}.svg": draw_flow(flow) for flow in result.flows},
        "cohort.html": cohort_page(result, left_out_words(refusals.lines)),
    }


def left_out_words(lines: Sequence[int]) -> str:
    """Return which rows of the file were not read, in a sentence."""
    if not lines:
        return "Every row of the file was read."
    return f"{len(lines)} rows were left out: lines {ranges(lines)}."


def ranges(numbers: Sequence[int]) -> str:
    """Return whole numbers with runs drawn together: 3, 17-19."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ", ".join("-".join(map(str, run)) for run in runs)


def _lines(result: CohortResult, refusals: Refusals, named: Sequence[str]) -> Iterator[str]:
    """Yield one row a trial, combination and pair; the flow of the trials that were named."""
    yield f"cohort\tcases {result.n}\tscope {result.scope}\tleft out {len(refusals.lines)}"
    if refusals.lines:
        yield f"left-out\tlines {ranges(refusals.lines)}"
        yield from (f"left-out\t{reason}" for reason in refusals.reasons)
    for counts in result.counts:
        yield (
            f"{counts.trial}\ttrial\teligible {counts.eligible}\tineligible {counts.ineligible}\t"
            f"undetermined {counts.undetermined}\t{counts.title}"
        )
    for flow in result.flows:
        if flow.counts.trial in named:
            yield from _flow_lines(flow)
    for item in result.largest:
        yield f"{'+'.join(item.trials)}\teligible under exactly these\t{item.n}"
    yield f"none\teligible under no trial\t{result.under_none}"
    for pair in result.pairs:
        yield (
            f"{pair.first}+{pair.second}\tagreement\tthree answers: {kappa_words(pair.of_three)}\t"
            f"both decided: {kappa_words(pair.of_two)}\teligible under both {pair.both}, either {pair.either}"
        )


def _flow_lines(flow: Flow) -> Iterator[str]:
    for step in flow.steps:
        yield (
            f"  {step.criterion}\texcluded {step.excluded}\tremain {step.remaining}\t"
            f"of them open {step.remaining_open}\tonly reason {step.only_reason}\t{step.text}"
        )
