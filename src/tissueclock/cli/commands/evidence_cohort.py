"""`tissueclock evidence cohort`: the analysis of patient rows, or a simulated cohort to try it on."""

from __future__ import annotations

import csv
import io
from argparse import Namespace
from collections.abc import Iterator

from tissueclock.cli.console import Console
from tissueclock.cli.evidence.output import deliver
from tissueclock.cli.files import write_output
from tissueclock.core.errors import ExitCode, UsageError
from tissueclock.core.files import content_of
from tissueclock.evidence.cohort.caveats import SIMULATED, title_of
from tissueclock.evidence.cohort.simulate import Design, simulated_cohort
from tissueclock.evidence.cohort.whole import CohortAnalysis, Plan, analyse
from tissueclock.evidence.two_groups.effect import StudyEffect
from tissueclock.pipeline.cohort_rows import Roles, cohort_csv, cohort_of
from tissueclock.pipeline.plain_csv import read_plain_table
from tissueclock.report.evidence.cohort_plots import draw_balance, draw_growth
from tissueclock.report.evidence.cohort_words import cohort_rows
from tissueclock.report.evidence.drawing import pictures
from tissueclock.report.evidence.interaction_plot import draw_interaction


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Analyse the rows of FILE, or write simulated ones to it."""
    if arguments.simulate is not None:
        return _simulate(arguments, console)
    missing = [name for name in ("exposure", "outcome") if not getattr(arguments, name)]
    if missing:
        raise UsageError(f"--{missing[0]} is missing.", remedy="Name the column.")
    if arguments.surrogacy and not arguments.growth:
        raise UsageError("--surrogacy was given without --growth.", remedy="Name the column of the growth.")
    roles = Roles(
        exposure=arguments.exposure,
        outcome=arguments.outcome,
        favourable=arguments.favourable,
        profile=arguments.profile,
        growth=arguments.growth,
        covariates=tuple(arguments.adjust),
    )
    table = read_plain_table(content_of(arguments.file), arguments.file.name)
    cohort, covariates = cohort_of(table, roles)
    plan = Plan(
        covariates=covariates,
        level=arguments.level,
        imputations=arguments.imputations,
        seed=arguments.seed,
        replicates=arguments.replicates,
        firth=arguments.firth,
        surrogacy=arguments.surrogacy,
    )
    found = analyse(cohort, plan)
    files = _files(found) if arguments.out is not None else {}
    document = {"title": title_of("Cohort", simulated=cohort.simulated), **found.to_json()}
    deliver(console, document, list(cohort_rows(found)), out=arguments.out, name="cohort", files=files)
    return ExitCode.DONE


def _simulate(arguments: Namespace, console: Console) -> ExitCode:
    cohort = simulated_cohort(Design(n=arguments.simulate), arguments.seed)
    write_output(arguments.file, cohort_csv(cohort), [])
    document = {
        "file": arguments.file.name,
        "simulated": True,
        "n": cohort.n,
        "seed": arguments.seed,
        "notice": SIMULATED,
    }
    lines = [
        f"simulated\t{arguments.file.name}\t{cohort.n} invented patients, seed {arguments.seed}",
        f"notice\t{SIMULATED}",
    ]
    console.result(document, lines)
    return ExitCode.DONE


def _files(found: CohortAnalysis) -> dict[str, bytes]:
    """Return the table and the figures, each figure with a title that says whether the data are simulated."""
    simulated = found.cohort.simulated
    files = {"cohort.csv": _csv(found)}
    for item in found.interactions:
        if item.measure == "OR":
            title = title_of("Effect by profile, crude", simulated=simulated)
            files |= pictures("cohort-profiles", draw_interaction(item, title))
    if found.propensity is not None:
        title = title_of("Balance of the covariates", simulated=simulated)
        files |= pictures("cohort-balance", draw_balance(found.propensity, title))
    if found.growth is not None:
        title = title_of("Infarct growth", simulated=simulated)
        files |= pictures("cohort-growth", draw_growth(found.cohort, found.growth, title))
    return files


def _csv(found: CohortAnalysis) -> bytes:
    """Return every ratio of the analysis as a row."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("part", "measure", "n", "estimate", "ci_low", "ci_high", "p", "simulated"))
    simulated = "yes" if found.cohort.simulated else "no"
    writer.writerows((*row, simulated) for row in _ratios(found))
    return text.getvalue().encode("utf-8")


def _ratios(found: CohortAnalysis) -> Iterator[tuple[object, ...]]:
    yield _study("crude", found.crude)
    for name, study in found.by_profile:
        yield _study(f"profile/{name}", study)
    for one in found.adjusted:
        for ratio in (one.odds_ratio, one.risk_ratio):
            if ratio is not None:
                numbers = (ratio.estimate, ratio.ci_low, ratio.ci_high, ratio.p)
                yield (f"adjusted/{one.name}", ratio.measure, one.n, *numbers)
    for item in found.propensity.weighted if found.propensity is not None else ():
        yield (f"weighted/{item.target}", "RR", item.n, item.risk_ratio, *item.risk_ratio_ci, item.p)
    for way in found.missing:
        yield (f"missing/{way.way}", "OR", way.n, way.estimate, way.ci_low, way.ci_high, way.p)


def _study(name: str, found: StudyEffect) -> tuple[object, ...]:
    own = found.to_json()
    return (name, "OR", found.table.n, own["estimate"], own["ci_low"], own["ci_high"], own["p"])
