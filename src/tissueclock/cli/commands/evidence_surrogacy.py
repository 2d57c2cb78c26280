"""`tissueclock evidence surrogacy`: whether effects on growth tell effects on the outcome, over trials."""

from __future__ import annotations

from argparse import Namespace

from tissueclock.cli.console import Console
from tissueclock.cli.evidence.output import deliver
from tissueclock.core.errors import ExitCode
from tissueclock.core.files import content_of
from tissueclock.evidence.cohort.caveats import SIMULATED, numbered
from tissueclock.evidence.cohort.surrogacy import TRIAL_CAVEATS, trial_level
from tissueclock.pipeline.cohort_rows import is_simulated, numbers
from tissueclock.pipeline.plain_csv import read_plain_table
from tissueclock.report.evidence.effect_words import level_words
from tissueclock.report.format import rounded


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Compute R2 over the trials of FILE; fewer than ten are refused."""
    table = read_plain_table(content_of(arguments.file), arguments.file.name)
    table.require(("trial", "surrogate", "outcome"))
    weighted = "weight" in table.titles
    surrogate, outcome = numbers(table, "surrogate"), numbers(table, "outcome")
    found = trial_level(
        surrogate.tolist(),
        outcome.tolist(),
        numbers(table, "weight").tolist() if weighted else [1.0] * len(surrogate),
        level=arguments.level,
        replicates=arguments.replicates,
        seed=arguments.seed,
    )
    sentences = [SIMULATED, *TRIAL_CAVEATS] if is_simulated(table) else list(TRIAL_CAVEATS)
    kind = "weighted" if weighted else "unweighted"
    low, high = (rounded(end, 2) for end in found.r2_ci)
    how = f"{found.trials} trials, {kind}, {found.replicates} bootstrap samples, seed {found.seed}"
    rows = [
        f"r2\t{rounded(found.r2, 2)} ({level_words(found.level)} {low} to {high})\t{how}",
        f"line\toutcome = {found.intercept:.3g} + {found.slope:.3g} x surrogate\tleast squares",
        *numbered(sentences),
    ]
    told = {"weighted": weighted, "simulated": is_simulated(table), "caveats": sentences}
    deliver(console, {**found.to_json(), **told}, rows, out=arguments.out, name="surrogacy", files={})
    return ExitCode.DONE
