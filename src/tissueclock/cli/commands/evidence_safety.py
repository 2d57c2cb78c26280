"""`tissueclock evidence safety`: a rule that stops for harm, how it behaves, and what it says."""

from __future__ import annotations

from argparse import Namespace

from tissueclock.cli.console import Console
from tissueclock.cli.evidence.output import deliver
from tissueclock.core.errors import ExitCode, UsageError
from tissueclock.evidence.bayes.beta import Beta
from tissueclock.evidence.monitoring.rules import choose_spending
from tissueclock.evidence.safety.monitor import SafetyPlan, judge, make_rule
from tissueclock.report.evidence.drawing import pictures
from tissueclock.report.evidence.monitoring.safety import Safety, safety_csv, safety_document, safety_lines
from tissueclock.report.evidence.monitoring.safety_plot import draw_safety

_MULTIPLES = (0.5, 1.0, 1.5, 2.0, 3.0)


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Find the rule's steps, follow it at the true rates, and judge what was seen."""
    rule = make_rule(_plan(arguments), _true_rates(arguments))
    found = Safety(rule, None if arguments.seen is None else judge(rule, *arguments.seen))
    files = {}
    if arguments.out:
        files = {"safety.csv": safety_csv(found), **pictures("safety", draw_safety(found))}
    lines = list(safety_lines(found))
    deliver(console, safety_document(found), lines, out=arguments.out, name="safety", files=files)
    return ExitCode.DONE


def _plan(arguments: Namespace) -> SafetyPlan:
    """Return the plan; raises UsageError where sprt lacks its rate, or another rule has one."""
    needed = arguments.rule == "sprt"
    if needed is (arguments.high_rate is None):
        raise UsageError(
            f"the rule '{arguments.rule}' {'needs' if needed else 'does not take'} --high-rate.",
            remedy="Give the rate that is too high with sprt only.",
        )
    spending = None
    if arguments.rule == "spending":
        spending = choose_spending(arguments.spending, arguments.parameter)
    return SafetyPlan(
        rule=arguments.rule,
        looks=_looks(arguments),
        rate=arguments.rate,
        alpha=arguments.alpha,
        limit=arguments.limit,
        prior=Beta(*arguments.prior),
        spending=spending,
        high_rate=arguments.high_rate,
        beta=arguments.beta,
    )


def _looks(arguments: Namespace) -> tuple[int, ...]:
    """Return the looks in patients; raises UsageError where they are given twice or not at all."""
    if (arguments.n is None) is (arguments.looks_at is None):
        raise UsageError(
            "the looks are not clear.", remedy="Give either --n (with --every and --first) or --looks-at."
        )
    if arguments.looks_at is not None:
        if arguments.every is not None or arguments.first is not None:
            raise UsageError("--every or --first was given with --looks-at.", remedy="Leave them out.")
        return tuple(arguments.looks_at)
    every, last = arguments.every or 1, arguments.n
    first = arguments.first or every
    if first > last:
        raise UsageError(
            f"the first look, after {first} patients, is after the last.", remedy="Make it earlier."
        )
    return (*range(first, last, every), last)


def _true_rates(arguments: Namespace) -> tuple[float, ...]:
    if arguments.true_rates is not None:
        return tuple(arguments.true_rates)
    return tuple(rate for multiple in _MULTIPLES if (rate := multiple * arguments.rate) < 1)
