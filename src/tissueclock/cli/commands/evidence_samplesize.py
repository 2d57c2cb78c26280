"""`tissueclock evidence samplesize ENDPOINT`: patients, power, or the least effect that is seen."""

from __future__ import annotations

from argparse import Namespace

from tissueclock.cli.console import Console
from tissueclock.cli.evidence.output import deliver
from tissueclock.core.errors import ExitCode, InputError, UsageError
from tissueclock.evidence.samplesize.answer import (
    Answer,
    Endpoint,
    analysed_of,
    answer_power,
    answer_size,
    detected_odds,
    detected_rates,
    ordinal_shift,
    two_proportions,
    within_margin,
)
from tissueclock.evidence.samplesize.ordinal import Shares, Shift, shares_of, shift_by_odds
from tissueclock.evidence.samplesize.proportions import Proportions
from tissueclock.evidence.samplesize.size import ErrorRates
from tissueclock.report.evidence.drawing import pictures
from tissueclock.report.evidence.monitoring.power_plot import draw_power
from tissueclock.report.evidence.monitoring.samplesize import (
    samplesize_csv,
    samplesize_document,
    samplesize_lines,
)

_MRS_LEVELS = 7


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Answer the question that the options leave open."""
    test = ErrorRates(alpha=arguments.alpha, sides=arguments.sides)
    answer = _answer(arguments, test)
    files = {}
    if arguments.out:
        files = {"samplesize.csv": samplesize_csv(answer), **pictures("samplesize", draw_power(answer))}
    lines = list(samplesize_lines(answer))
    deliver(console, samplesize_document(answer), lines, out=arguments.out, name="samplesize", files=files)
    return ExitCode.DONE


def _answer(arguments: Namespace, test: ErrorRates) -> Answer:
    sizes = _sizes(arguments)
    ratio = _ratio(arguments, sizes)
    endpoint = _endpoint(arguments, test, ratio)
    losses = {"dropout": arguments.dropout, "inflation": arguments.inflation}
    if endpoint is None:
        return _detected(arguments, test, ratio, sizes)
    if (arguments.power is None) is (sizes is None):
        raise UsageError(
            "either --power or the sizes --n-1 and --n-2 are needed, and not both.",
            remedy="Give --power for the patients, or the sizes for the power.",
        )
    if sizes is None:
        return answer_size(endpoint, arguments.power, **losses)
    return answer_power(endpoint, sizes, **losses)


def _sizes(arguments: Namespace) -> tuple[int, int] | None:
    """Return the sizes of both groups; the first's follows from the second's and the ratio where it may."""
    if arguments.n_2 is None and arguments.n_1 is None:
        return None
    if arguments.n_2 is None or (arguments.n_1 is None) is (arguments.ratio is None):
        raise UsageError("the sizes are not clear.", remedy="Give --n-2 with either --n-1 or --ratio.")
    first = arguments.n_1 if arguments.n_1 is not None else round(arguments.ratio * arguments.n_2)
    return first, arguments.n_2


def _ratio(arguments: Namespace, sizes: tuple[int, int] | None) -> float:
    if sizes is not None:
        return sizes[0] / sizes[1]
    return 1.0 if arguments.ratio is None else float(arguments.ratio)


def _endpoint(arguments: Namespace, test: ErrorRates, ratio: float) -> Endpoint | None:
    """Return what is compared; None where the effect is what is asked for."""
    if arguments.endpoint == "ordinal":
        return _ordinal(arguments, test, ratio)
    if arguments.rate_1 is None:
        if arguments.endpoint == "noninferiority":
            raise UsageError("--rate-1 is missing.", remedy="Give the supposed true rate of group 1.")
        return None
    rates = Proportions(rate_1=arguments.rate_1, rate_2=arguments.rate_2, ratio=ratio)
    if arguments.endpoint == "noninferiority":
        favourable = arguments.event == "favourable"
        return within_margin(rates, arguments.margin, test, arguments.method, favourable=favourable)
    return two_proportions(rates, test, arguments.method)


def _ordinal(arguments: Namespace, test: ErrorRates, ratio: float) -> Endpoint | None:
    second = _levels(arguments, arguments.control)
    if arguments.treatment is not None:
        if arguments.odds_ratio is not None:
            raise UsageError("--treatment and --odds-ratio exclude each other.", remedy="Give one of them.")
        return ordinal_shift(
            Shift(first=_levels(arguments, arguments.treatment), second=second, ratio=ratio), test
        )
    if arguments.odds_ratio is None:
        return None
    return ordinal_shift(shift_by_odds(second, arguments.odds_ratio, ratio), test)


def _levels(arguments: Namespace, values: tuple[float, ...]) -> Shares:
    if arguments.merge_5_6:
        if len(values) != _MRS_LEVELS:
            raise InputError(
                f"{len(values)} levels are given, and --merge-5-6 needs {_MRS_LEVELS}.",
                remedy="Give mRS 0 to 6, or leave --merge-5-6 out.",
            )
        values = (*values[:5], values[5] + values[6])
    return shares_of(values)


def _detected(arguments: Namespace, test: ErrorRates, ratio: float, sizes: tuple[int, int] | None) -> Answer:
    """Return the least effect that these sizes see with this power."""
    if sizes is None or arguments.power is None:
        raise UsageError(
            "no effect is given.",
            remedy="Give one, or --power with --n-1 and --n-2 for the least that is detected.",
        )
    n_2 = analysed_of(sizes[1], arguments.dropout, arguments.inflation)
    losses = {"dropout": arguments.dropout, "inflation": arguments.inflation}
    if arguments.endpoint == "ordinal":
        second = _levels(arguments, arguments.control)
        found = detected_odds(second, ratio, test, arguments.power, n_2)
        seen = found["odds_ratio"]
        endpoint = None if seen is None else ordinal_shift(shift_by_odds(second, seen, ratio), test)
    else:
        if arguments.method == "fisher":
            raise UsageError(
                "--method fisher detects nothing.", remedy="Use continuity, which comes close to it."
            )
        found = detected_rates(arguments.rate_2, ratio, test, arguments.power, n_2, arguments.method)
        rate = found["rate_1_above"] or found["rate_1_below"]
        rates = None if rate is None else Proportions(rate_1=rate, rate_2=arguments.rate_2, ratio=ratio)
        endpoint = None if rates is None else two_proportions(rates, test, arguments.method)
    if endpoint is None:
        raise InputError(
            "no effect is detected with so few patients.", remedy="Enrol more, or ask for less power."
        )
    return answer_power(endpoint, sizes, detected=found, **losses)
