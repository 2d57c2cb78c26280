"""The three questions of planning: how many patients, how much power, and how small an effect is seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tissueclock.core.errors import InputError
from tissueclock.evidence.samplesize import fisher, ordinal, proportions
from tissueclock.evidence.samplesize.ordinal import Shares, Shift
from tissueclock.evidence.samplesize.proportions import Proportions
from tissueclock.evidence.samplesize.size import ErrorRates, Size, make_size, whole

Value = float | str | tuple[float, ...]
Curve = tuple[tuple[float, float], ...]
Function = Callable[[float], float]
_CURVE_POINTS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A planned comparison: what it supposes, and how patients and power follow from each other.

    `needed` gives the second group's size for a power, `power_at` the power with such a size.
    """

    name: str
    method: str
    test: ErrorRates
    ratio: float
    supposed: Mapping[str, Value]
    needed: Callable[[float], float]
    power_at: Callable[[float], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was asked for and found. `size` is None where sizes were given: then `enrolled` were.

    `power` is what was asked for, or found; `attained` that of the whole numbers of analysed patients.
    `detected` holds the least effects that are seen, by name, None where none is.
    """

    endpoint: Endpoint
    power: float
    attained: float
    analysed: tuple[float, float]
    enrolled: tuple[int, int]
    dropout: float = 0.0
    inflation: float = 1.0
    size: Size | None = None
    detected: Mapping[str, float | None] = field(default_factory=lambda: MappingProxyType({}))


def answer_size(endpoint: Endpoint, power: float, *, dropout: float = 0.0, inflation: float = 1.0) -> Answer:
    """Return the patients that the power needs; raises InputError as the endpoint does."""
    size = make_size(endpoint.needed(power), endpoint.ratio, dropout=dropout, inflation=inflation)
    return Answer(
        endpoint=endpoint,
        power=power,
        attained=endpoint.power_at(size.analysed_2),
        analysed=(size.analysed_1, size.analysed_2),
        enrolled=(size.enrolled_1, size.enrolled_2),
        dropout=dropout,
        inflation=inflation,
        size=size,
    )


def answer_power(
    endpoint: Endpoint,
    enrolled: tuple[int, int],
    *,
    dropout: float = 0.0,
    inflation: float = 1.0,
    detected: Mapping[str, float | None] | None = None,
) -> Answer:
    """Return the power with so many enrolled patients; raises InputError as the endpoint does.

    Those lost and the inflation are taken off first, as real numbers. `detected` is kept beside it.
    """
    n_1, n_2 = (analysed_of(n, dropout, inflation) for n in enrolled)
    power = endpoint.power_at(n_2)
    return Answer(
        endpoint=endpoint,
        power=power,
        attained=power,
        analysed=(n_1, n_2),
        enrolled=enrolled,
        dropout=dropout,
        inflation=inflation,
        detected=MappingProxyType(dict(detected or {})),
    )


def analysed_of(enrolled: int, dropout: float, inflation: float) -> float:
    """Return how many of the enrolled count as analysed in a fixed design."""
    if not 0 <= dropout < 1 or not inflation >= 1:
        raise InputError(
            f"a drop-out of {dropout:g} and an inflation of {inflation:g} were given.",
            remedy="Use a share from 0 to below 1, and a factor of 1 or more.",
        )
    return enrolled * (1 - dropout) / inflation


def power_curve(endpoint: Endpoint, most_2: float) -> Curve:
    """Return (patients in all, power) up to `most_2` patients in the second group."""
    sizes = sorted({max(2, round(most_2 * at / _CURVE_POINTS)) for at in range(1, _CURVE_POINTS + 1)})
    return tuple((size * (1 + endpoint.ratio), endpoint.power_at(size)) for size in sizes)


def two_proportions(rates: Proportions, test: ErrorRates, method: str) -> Endpoint:
    """Return the comparison of two proportions by a normal approximation, or by Fisher's exact test."""
    if method == "fisher":
        needed, power_at = _by_fisher(rates, test)
    else:
        needed, power_at = _by_approximation(rates, test, method)
    return Endpoint(
        name="proportions",
        method=method,
        test=test,
        ratio=rates.ratio,
        supposed={"rate_1": rates.rate_1, "rate_2": rates.rate_2},
        needed=needed,
        power_at=power_at,
    )


def _by_approximation(rates: Proportions, test: ErrorRates, method: str) -> tuple[Function, Function]:
    return (
        lambda power: proportions.patients(rates, test, power, method),
        lambda n_2: proportions.power_of(rates, test, n_2, method),
    )


def _by_fisher(rates: Proportions, test: ErrorRates) -> tuple[Function, Function]:
    return (
        lambda power: fisher.fisher_patients(rates, test, power),
        lambda n_2: fisher.fisher_power(rates, test, whole(rates.ratio * n_2), whole(n_2)),
    )


def within_margin(
    rates: Proportions, margin: float, test: ErrorRates, method: str, *, favourable: bool
) -> Endpoint:
    """Return the test that the first group is worse by less than `margin`.

    Raises InputError unless the margin lies between 0 and 1 and the true rates keep within it.
    """
    limit = -margin if favourable else margin
    worse = -rates.difference if favourable else rates.difference
    if not 0 < margin < 1 or not worse < margin:
        raise InputError(
            f"the first group is worse by {worse:g}, and the margin is {margin:g}.",
            remedy="Give a margin between 0 and 1 that the supposed rates keep within.",
        )
    return Endpoint(
        name="noninferiority",
        method=method,
        test=test,
        ratio=rates.ratio,
        supposed={
            "rate_1": rates.rate_1,
            "rate_2": rates.rate_2,
            "margin": margin,
            "event": "favourable" if favourable else "unfavourable",
        },
        needed=lambda power: proportions.margin_patients(rates, limit, test, power, method),
        power_at=lambda n_2: proportions.margin_power(rates, limit, test, n_2, method),
    )


def ordinal_shift(shift: Shift, test: ErrorRates) -> Endpoint:
    """Return the comparison of two distributions over an ordinal scale."""
    supposed: dict[str, Value] = {"shares_1": shift.first, "shares_2": shift.second}
    if shift.odds_ratio is not None:
        supposed["odds_ratio"] = shift.odds_ratio
    supposed["chance_better"] = shift.chance_better
    return Endpoint(
        name="ordinal",
        method="whitehead" if shift.odds_ratio is not None else "wilcoxon",
        test=test,
        ratio=shift.ratio,
        supposed=supposed,
        needed=lambda power: ordinal.patients(shift, test, power),
        power_at=lambda n_2: ordinal.power_of(shift, test, n_2),
    )


def detected_rates(
    rate_2: float, ratio: float, test: ErrorRates, power: float, n_2: float, method: str
) -> Mapping[str, float | None]:
    """Return the nearest rates of the first group that are told from `rate_2`, below and above it."""
    low, high = proportions.detectable(rate_2, ratio, test, power, n_2, method=method)
    return MappingProxyType({"rate_1_below": low, "rate_1_above": high})


def detected_odds(
    second: Shares, ratio: float, test: ErrorRates, power: float, n_2: float
) -> Mapping[str, float | None]:
    """Return the least common odds ratio above 1 that is seen."""
    return MappingProxyType({"odds_ratio": ordinal.detectable_odds(second, ratio, test, power, n_2)})
