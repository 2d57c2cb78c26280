"""`tissueclock evidence sequential`: bounds, size and results of a group-sequential design."""

from __future__ import annotations

from argparse import Namespace

from tissueclock.cli.commands.evidence_design import at_most_one, plan_of
from tissueclock.cli.console import Console
from tissueclock.cli.evidence.output import deliver
from tissueclock.core.errors import ExitCode, UsageError
from tissueclock.evidence.farrington_manning import Rates
from tissueclock.evidence.monitoring.design import Design, make_design
from tissueclock.evidence.monitoring.futility import (
    BetaSpending,
    FixedFutility,
    Futility,
    by_conditional_power,
)
from tissueclock.evidence.monitoring.inference import analyse
from tissueclock.evidence.monitoring.plan import Plan, upper_bounds
from tissueclock.evidence.monitoring.rates import analyse_rates
from tissueclock.evidence.monitoring.rules import choose_spending
from tissueclock.report.evidence.drawing import pictures
from tissueclock.report.evidence.monitoring.boundary_plot import draw_boundaries
from tissueclock.report.evidence.monitoring.sequential import (
    Sequential,
    sequential_csv,
    sequential_document,
    sequential_lines,
)


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Find the design, and what the looks say that were given."""
    at_most_one(arguments, "futility", "futility-z", "futility-conditional")
    at_most_one(arguments, "z", "counts")
    plan = plan_of(arguments)
    design = make_design(plan, power=arguments.power, futility=_futility(arguments, plan))
    if arguments.fixed_n is not None and arguments.power is None:
        raise UsageError("--fixed-n was given without --power.", remedy="Give the power, such as 0.8.")
    found = _with_results(arguments, design)
    files = {}
    if arguments.out:
        files = {"sequential.csv": sequential_csv(found), **pictures("sequential", draw_boundaries(found))}
    lines = list(sequential_lines(found))
    deliver(console, sequential_document(found), lines, out=arguments.out, name="sequential", files=files)
    return ExitCode.DONE


def _futility(arguments: Namespace, plan: Plan) -> Futility | None:
    """Return the futility that was asked for; raises UsageError for options that belong to another."""
    if arguments.futility is None:
        if arguments.binding or arguments.futility_parameter is not None:
            raise UsageError(
                "--binding or --futility-parameter was given without --futility.",
                remedy="Give --futility with a spending function, such as of.",
            )
    else:
        rule = choose_spending(arguments.futility, arguments.futility_parameter)
        return BetaSpending(rule, arguments.binding)
    if arguments.futility_z is not None:
        return FixedFutility(arguments.futility_z)
    if arguments.futility_conditional is not None:
        return by_conditional_power(plan, upper_bounds(plan), arguments.futility_conditional)
    return None


def _with_results(arguments: Namespace, design: Design) -> Sequential:
    if arguments.counts is not None:
        looks = [Rates(*counts) for counts in arguments.counts]
        rates = analyse_rates(design, looks, fewer_is_better=arguments.fewer_is_better)
        return Sequential(design=design, analysis=rates.analysis, rates=rates, fixed_n=arguments.fixed_n)
    if arguments.fewer_is_better:
        raise UsageError(
            "--fewer-is-better was given without --counts.", remedy="Give a z above 0 for the better group."
        )
    analysis = None if arguments.z is None else analyse(design, arguments.z)
    return Sequential(design=design, analysis=analysis, fixed_n=arguments.fixed_n)
