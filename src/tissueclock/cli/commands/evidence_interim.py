"""`tissueclock evidence interim KIND`: what an interim look says of the end."""

from __future__ import annotations

from argparse import Namespace

from tissueclock.cli.commands.evidence_design import at_most_one, plan_of
from tissueclock.cli.console import Console
from tissueclock.cli.evidence.output import deliver
from tissueclock.core.errors import ExitCode, InputError, UsageError
from tissueclock.evidence.bayes.behaviour import behaviour, plan_looks
from tissueclock.evidence.bayes.beta import Beta
from tissueclock.evidence.bayes.predictive import Rule, predictive_chance
from tissueclock.evidence.bayes.utility import DAWN_WEIGHTS, chance_better, difference_interval, posterior
from tissueclock.evidence.farrington_manning import Rates
from tissueclock.evidence.monitoring.conditional import Interim, PlannedRates, Prior, ToCome
from tissueclock.evidence.monitoring.design import Design, make_design
from tissueclock.evidence.monitoring.rates import pooled_z
from tissueclock.protocol.results.mrs import SEVEN_LEVELS
from tissueclock.protocol.results.registry import results
from tissueclock.report.evidence.drawing import pictures
from tissueclock.report.evidence.monitoring.behaviour import (
    BehaviourFound,
    behaviour_csv,
    behaviour_document,
    behaviour_lines,
    draw_behaviour,
)
from tissueclock.report.evidence.monitoring.interim import (
    PowerFound,
    ProportionsFound,
    UtilityFound,
    power_csv,
    power_document,
    power_lines,
    proportions_csv,
    proportions_document,
    proportions_lines,
    utility_csv,
    utility_document,
    utility_lines,
)
from tissueclock.report.evidence.monitoring.interim_plot import (
    draw_conditional,
    draw_proportions,
    draw_utility,
)

_SAME = 0.01
"""A look so little after the fraction that was typed is the one that has been taken: our choice."""


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Answer the question of the kind that was asked for."""
    if arguments.kind == "power":
        return _power(arguments, console)
    if arguments.kind == "proportions":
        return _proportions(arguments, console)
    if arguments.kind == "behaviour":
        return _behaviour(arguments, console)
    return _utility(arguments, console)


def _power(arguments: Namespace, console: Console) -> ExitCode:
    interim = Interim(_z(arguments), arguments.fraction)
    design = _design(arguments)
    prior = None if arguments.prior_drift is None else Prior(*arguments.prior_drift)
    rates = _planned_rates(arguments)
    found = PowerFound(
        interim=interim,
        to_come=_to_come(arguments, design),
        planned_drift=_planned_drift(arguments, design, rates),
        planned_rates=rates,
        prior=prior,
    )
    files = {}
    if arguments.out:
        files = {"interim.csv": power_csv(found), **pictures("interim", draw_conditional(found))}
    lines = list(power_lines(found))
    deliver(console, power_document(found), lines, out=arguments.out, name="interim", files=files)
    return ExitCode.DONE


def _z(arguments: Namespace) -> float:
    """Return the z that was given, or that of the counts; raises UsageError unless it is one of them."""
    four = (arguments.events_1, arguments.n_1, arguments.events_2, arguments.n_2)
    given = sum(value is not None for value in four)
    if (arguments.z is None) is (given == 0) or given not in (0, 4):
        raise UsageError(
            "what was seen is not clear.",
            remedy="Give either --z, or --events-1, --n-1, --events-2 and --n-2.",
        )
    if arguments.z is None:
        return pooled_z(Rates(*four), fewer_is_better=arguments.fewer_is_better)
    if arguments.fewer_is_better:
        raise UsageError("--fewer-is-better was given with --z.", remedy="Turn the sign of z instead.")
    return float(arguments.z)


def _design(arguments: Namespace) -> Design | None:
    """Return the design whose looks are to come; None where one bound is given."""
    if arguments.final_z is None:
        return make_design(plan_of(arguments), power=arguments.power)
    if arguments.looks is not None or arguments.information is not None or arguments.power is not None:
        raise UsageError(
            "--final-z was given with a design or --power.",
            remedy="Leave --final-z out, or --looks, --information and --power.",
        )
    return None


def _to_come(arguments: Namespace, design: Design | None) -> ToCome:
    if design is None:
        return ToCome.of((1.0,), (arguments.final_z,))
    looks = zip(design.plan.information, design.upper, strict=True)
    left = [(fraction, bound) for fraction, bound in looks if fraction > arguments.fraction + _SAME]
    if not left:
        raise InputError(
            f"no look is to come after information {arguments.fraction:g}.",
            remedy="Give an earlier --fraction.",
        )
    return ToCome.of([fraction for fraction, _ in left], [bound for _, bound in left])


def _planned_rates(arguments: Namespace) -> PlannedRates | None:
    """Return the planned rates and sizes; raises UsageError where some of them are missing."""
    four = (arguments.rate_1, arguments.rate_2, arguments.end_1, arguments.end_2)
    if all(value is None for value in four):
        return None
    if any(value is None for value in four):
        raise UsageError(
            "planned rates are incomplete.", remedy="Give --rate-1, --rate-2, --end-1 and --end-2."
        )
    return PlannedRates(*four)


def _planned_drift(arguments: Namespace, design: Design | None, rates: PlannedRates | None) -> float | None:
    """Return the planned drift from one of the ways of giving it; None where none was given."""
    at_most_one(arguments, "drift", "power", "rate-1")
    if rates is not None:
        return -rates.drift if arguments.fewer_is_better else rates.drift
    if design is not None and design.power is not None:
        return design.power.drift
    return None if arguments.drift is None else float(arguments.drift)


def _proportions(arguments: Namespace, console: Console) -> ExitCode:
    rates = Rates(arguments.events_1, arguments.n_1, arguments.events_2, arguments.n_2)
    rule = _rule(arguments)
    ends = _ends(arguments)
    found = ProportionsFound(
        rates=rates,
        rule=rule,
        chance=rule.chance(rates),
        ends=ends,
        predictive=None if ends is None else predictive_chance(rule, rates, *ends),
    )
    files = {}
    if arguments.out:
        files = {"interim.csv": proportions_csv(found), **pictures("interim", draw_proportions(found))}
    lines = list(proportions_lines(found))
    deliver(console, proportions_document(found), lines, out=arguments.out, name="interim", files=files)
    return ExitCode.DONE


def _behaviour(arguments: Namespace, console: Console) -> ExitCode:
    rule = _rule(arguments)
    looks = plan_looks(rule, [(n, n) for n in arguments.looks_at], arguments.give_up)
    found = BehaviourFound(
        rule=rule,
        looks=looks,
        give_up=arguments.give_up,
        behaviours=tuple(behaviour(looks, rate, arguments.rate_2) for rate in arguments.rates_1),
    )
    files = {}
    if arguments.out:
        files = {"interim.csv": behaviour_csv(found), **pictures("interim", draw_behaviour(found))}
    lines = list(behaviour_lines(found))
    deliver(console, behaviour_document(found), lines, out=arguments.out, name="interim", files=files)
    return ExitCode.DONE


def _rule(arguments: Namespace) -> Rule:
    return Rule(
        prior_1=Beta(*arguments.prior_1),
        prior_2=Beta(*arguments.prior_2),
        limit=arguments.limit,
        margin=arguments.margin,
        fewer_is_better=arguments.fewer_is_better,
    )


def _ends(arguments: Namespace) -> tuple[int, int] | None:
    if (arguments.end_1 is None) is not (arguments.end_2 is None):
        raise UsageError("one final size is missing.", remedy="Give both --end-1 and --end-2.")
    return None if arguments.end_1 is None else (arguments.end_1, arguments.end_2)


def _utility(arguments: Namespace, console: Console) -> ExitCode:
    first_counts, second_counts, origin = _mrs(arguments)
    weights = DAWN_WEIGHTS if arguments.weights is None else arguments.weights
    prior = arguments.prior * len(first_counts) if len(arguments.prior) == 1 else arguments.prior
    if not 0 < arguments.limit < 1:
        raise UsageError(f"--limit is {arguments.limit:g}.", remedy="Use a chance between 0 and 1.")
    first, second = (posterior(weights, counts, prior) for counts in (first_counts, second_counts))
    found = UtilityFound(
        first=first,
        second=second,
        counts=(first_counts, second_counts),
        prior=prior,
        margin=arguments.margin,
        limit=arguments.limit,
        chance=chance_better(first, second, arguments.margin),
        interval=difference_interval(first, second),
        origin=origin,
    )
    files = {}
    if arguments.out:
        files = {"interim.csv": utility_csv(found), **pictures("interim", draw_utility(found))}
    lines = list(utility_lines(found))
    deliver(console, utility_document(found), lines, out=arguments.out, name="interim", files=files)
    return ExitCode.DONE


def _mrs(arguments: Namespace) -> tuple[tuple[int, ...], tuple[int, ...], str]:
    """Return the counts of both groups and where they come from."""
    typed = (arguments.mrs_1, arguments.mrs_2)
    if arguments.trial is None:
        if None in typed:
            raise UsageError("counts are missing.", remedy="Give --mrs-1 and --mrs-2, or --trial.")
        return arguments.mrs_1, arguments.mrs_2, "as typed"
    if typed != (None, None):
        raise UsageError("--trial was given with counts.", remedy="Leave one of them out.")
    published = results(arguments.trial).mrs()
    if published is None or published.treatment.levels != SEVEN_LEVELS:
        raise InputError(
            f"'{arguments.trial}' has no published counts of mRS 0 to 6 in both arms.",
            remedy="Give --mrs-1 and --mrs-2.",
        )
    doubt = f"; {published.doubt}" if published.doubt else ""
    origin = f"{arguments.trial}, {published.confidence.value}: {published.treatment.status}{doubt}"
    return published.treatment.counts, published.control.counts, origin
