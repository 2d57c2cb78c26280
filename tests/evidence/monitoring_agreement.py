"""Every number of R's cases on designs, monitoring, sample size and safety, beside ours.

Run as a script it writes `validation/evidence/monitoring.md`; `test_evidence_monitoring_agreement.py` holds
that page and every number of it against what is computed anew.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tissueclock.evidence.bayes.beta import JEFFREYS, Beta, chance_greater
from tissueclock.evidence.farrington_manning import Rates
from tissueclock.evidence.monitoring.conditional import (
    Interim,
    PlannedRates,
    ToCome,
    conditional_power,
    conditional_power_pooled,
    predictive_power,
)
from tissueclock.evidence.monitoring.design import make_design
from tissueclock.evidence.monitoring.futility import BetaSpending
from tissueclock.evidence.monitoring.plan import Plan, upper_bounds
from tissueclock.evidence.monitoring.rates import analyse_rates
from tissueclock.evidence.monitoring.recursion import exits
from tissueclock.evidence.monitoring.rules import choose_rule, choose_spending
from tissueclock.evidence.safety.rules import bayes_steps, exact_steps, sprt_lines
from tissueclock.evidence.samplesize.proportions import Proportions, margin_patients, patients, power_of
from tissueclock.evidence.samplesize.size import ErrorRates

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = CHECKOUT / "validation" / "evidence" / "monitoring.md"
TOLERANCE = 1e-6
CASES = (
    "gsd_efficacy_bounds",
    "gsd_futility",
    "gsd_crossing_prob",
    "gsd_conditional_power",
    "gsd_rates_analysis",
    "ss_two_proportions",
    "safety_monitoring",
)
RULES = {
    "OF": "of-constant",
    "P": "pocock-constant",
    "Pocock": "pocock-constant",
    "WT": "wang-tsiatis",
    "asOF": "of",
    "sfLDOF": "of",
    "asP": "pocock",
    "sfLDPocock": "pocock",
    "asHSD": "hsd",
    "sfHSD": "hsd",
    "asKD": "kd",
    "sfPower": "kd",
    "HP": "haybittle-peto",
}
BETA_RULES = {"bsOF": ("of", None), "bsP": ("pocock", None), "bsKD": ("kd", 2.0)}
REASONS = {
    "repeated p, look 2": "rpact's search stops early; with ours as alpha the bound is z again, to 1e-8",
    "repeated p, look 3": "as at look 2",
    "repeated interval, look 2, low": "rpact's search ends 2e-8 away, on a limit that is close to 0",
}
HEAD = """# Designs, monitoring, sample size and safety: agreement with R

Research use only. Not a medical device; not for diagnosis or treatment decisions.

Written by `python tests/evidence/monitoring_agreement.py` (with `src` on the path), which computes every
number anew; a test fails where this page and the program differ. The cases lie in `tests/cases/`: R 4.2.2
with rpact 3.3.4, gsDesign 3.4.0 and mvtnorm 1.1.3. Differences are relative and have to stay under 1e-6.

| case | number | compared | worst difference |
|---|---|---|---|"""
NOTES = """
Where R itself is looser than 1e-6 a case says so (1e-5, 1e-4); apart from the exceptions nothing needs it.

No case of R: bounds with `--symmetric`, the utility-weighted mRS, predicted success of two proportions, how
safety rules behave, the power of Fisher's test, and Whitehead's and Wilcoxon's sizes. `tests/evidence` holds
them against slow versions, closed forms and print.

An earlier table of the team, by a coarser integration, has 3.710, 2.512, 1.992 for thirds; 4.333, 2.964,
2.360, 2.012 for quarters; 2.157, 2.200 for two looks of Pocock type. R and this program agree on 3.710,
2.511, 1.993; 4.333, 2.963, 2.359, 2.014; 2.157, 2.201.
"""


@dataclass(frozen=True)
class Compared:
    """One number: where it stands, what it is, ours and R's."""

    case: str
    what: str
    ours: float
    theirs: float

    @property
    def apart(self) -> float:
        """The relative difference; absolute where R says 0."""
        return abs(self.ours - self.theirs) / (abs(self.theirs) or 1.0)

    @property
    def is_exception(self) -> bool:
        return self.what in REASONS


def case(name: str) -> dict[str, Any]:
    return json.loads((CHECKOUT / "tests" / "cases" / f"{name}.json").read_text("utf-8"))


@cache
def compared(name: str) -> tuple[Compared, ...]:
    """Return every number of a case, ours and R's."""
    found = PAIRS[name](case(name)["results"])
    return tuple(Compared(name, what, float(ours), float(theirs)) for what, ours, theirs in found)


def many(what: str, ours: Any, theirs: Any) -> Iterator[tuple[str, float, float]]:
    """Yield numbers one by one; R writes arrays of length one as scalars."""
    theirs = theirs if isinstance(theirs, list) else [theirs]
    for mine, other in zip(ours, theirs, strict=True):
        yield what, mine, other


def efficacy_bounds(results: list[dict[str, Any]]) -> Iterator[tuple[str, float, float]]:
    for result in results:
        out = result["out"]
        rule = choose_rule(RULES[out["type"]])
        design = make_design(Plan(information=thirds(out["info"]), alpha=out["alpha"], rule=rule))
        yield from many("z", design.upper, out["z"])
        if "stage_p" in out:
            yield from many("p at the bound", design.nominal_p, out["stage_p"])
            yield from many("alpha spent", design.alpha_spent, out["alpha_spent"])
        else:
            steps = zip(design.alpha_spent, (0.0, *design.alpha_spent), strict=False)
            yield from many("alpha of a look", [end - start for end, start in steps], out["spend"])


def thirds(information: list[float]) -> tuple[float, ...]:
    """Return the fractions; R wrote thirds with 15 digits."""
    return tuple(
        round(value * 3) / 3 if abs(value * 3 - round(value * 3)) < 1e-9 else value for value in information
    )


def futility(results: list[dict[str, Any]]) -> Iterator[tuple[str, float, float]]:
    for result in results:
        out = result["out"]
        if "info" in out:
            yield from rpact_futility(result["call"], out)
        else:
            looks = len(out["z_upper"])
            information = (0.5, 1.0) if looks == 2 else (0.33, 0.67, 1.0)
            design = futility_design(information, "of", ("of", None), binding=False)
            yield from many("z", design.upper, out["z_upper"])
            yield from many("futility z", (*design.futility, design.upper[-1]), out["z_lower"])
            sizes = [design.power.inflation * fraction for fraction in information]
            yield from many("inflation", sizes, out["n_I_ratio"])


def futility_design(information: Any, alpha: str, beta: tuple[str, float | None], *, binding: bool) -> Any:
    plan = Plan(information=tuple(information), alpha=0.025, rule=choose_rule(alpha))
    return make_design(plan, power=0.9, futility=BetaSpending(choose_spending(*beta), binding))


def rpact_futility(call: str, out: dict[str, Any]) -> Iterator[tuple[str, float, float]]:
    alpha, beta = re.findall(r"'(as\w+|bs\w+)'", call)
    design = futility_design(out["info"], RULES[alpha], BETA_RULES[beta], binding=out["binding"])
    power = design.power
    yield from many("z", design.upper, out["z_upper"])
    yield from many("futility z", design.futility, out["z_futility"])
    yield from many("alpha spent", design.alpha_spent, out["alpha_spent"])
    yield from many("beta spent", design.beta_spent, out["beta_spent"])
    yield from many("power by look", power.rejected, out["power"])
    yield "inflation", power.inflation, out["inflation"]
    yield "squared drift", power.drift**2, out["shift"]
    yield "expected sample, effect", power.expected_full, out["ASN_H1"]
    yield "expected sample, none", power.expected_none, out["ASN_H0"]


def crossing(results: list[dict[str, Any]]) -> Iterator[tuple[str, float, float]]:
    for result in results:
        out = result["out"]
        found = exits(out["t"], out["b"], (-math.inf,) * len(out["t"]), out["theta"]).upper
        yield from many("crossing", found, out["cross"])
        yield "crossing in all", sum(found), out["total"]


def conditional(results: list[dict[str, Any]]) -> Iterator[tuple[str, float, float]]:
    for result in results:
        out = result["out"]
        if "b_final" in out:
            interim, to_come = Interim(out["z"], out["t"]), ToCome.of((1.0,), (out["b_final"],))
            drift = interim.trend if out["trend"] else out["theta_drift"]
            yield "conditional power", conditional_power(interim, to_come, drift), out["cp"]
            yield "predictive power", predictive_power(interim, to_come), out["pp_flat"]
        elif "zi" in out:
            interim, to_come = Interim(out["zi"], 0.5), ToCome.of((1.0,), (out["bounds_final"][1],))
            root = math.sqrt(2 * out["n_I"])  # gsDesign's theta is a drift a unit of its sample
            for theta, power in zip(out["theta"], out["cp"], strict=True):
                yield "conditional power", conditional_power(interim, to_come, theta * root), power
        else:
            plan = Plan(information=(0.5, 1.0), alpha=0.025, rule=choose_rule("of"))
            planned = PlannedRates(0.3, 0.15, 101, 101)
            interim, bound = Interim(out["z1"], 0.5), upper_bounds(plan)[-1]
            found = conditional_power_pooled(interim, bound, planned.drift, planned.null_scale)
            yield "conditional power by rates", found, out["cp"]


def rates_analysis(results: list[dict[str, Any]]) -> Iterator[tuple[str, float, float]]:
    design = make_design(Plan(information=(0.4, 0.7, 1.0), alpha=0.025, rule=choose_rule("of")))
    looks = [Rates(12, 40, 5, 41), Rates(21, 70, 9, 72), Rates(31, 100, 13, 102)]
    for stage, result in enumerate(results, start=1):
        out, found = result["out"], analyse_rates(design, looks[:stage])
        z, repeated_p, low, high = (listed(out[key]) for key in ("z", "rep_p", "rci_lb", "rci_ub"))
        for at, look in enumerate(found.analysis.looks):
            yield f"z, look {at + 1}", look.z, z[at]
            yield f"repeated p, look {at + 1}", look.repeated_p, repeated_p[at]
            yield f"repeated interval, look {at + 1}, low", found.repeated[at][0], low[at]
            yield f"repeated interval, look {at + 1}, high", found.repeated[at][1], high[at]
        final = found.analysis.final
        if out["final_stage"] is not None:
            at = out["final_stage"] - 1
            yield "final p", final.p, out["final_p"][at]
            yield "final estimate", found.estimate, out["median_unbiased"][at]
            yield "final interval, low", found.interval[0], out["final_lb"][at]
            yield "final interval, high", found.interval[1], out["final_ub"][at]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def two_proportions(results: list[dict[str, Any]]) -> Iterator[tuple[str, float, float]]:
    test = ErrorRates(alpha=0.05, sides=2)
    for result in results:
        call, out = result["call"], result["out"]
        if "p_treat" in out:
            yield from planned_sizes(out, test)
        elif "n_per_group" in out:
            rates = Proportions(rate_1=0.31, rate_2=0.127)
            yield "patients, pooled", patients(rates, test, 0.9), out["n_per_group"]
        elif "power" in out:
            yield "power, pooled", power_of(Proportions(rate_1=0.31, rate_2=0.127), test, 100), out["power"]
        else:
            assert "non-inferiority" in call
            one_side = ErrorRates(alpha=0.025, sides=1)
            n = margin_patients(Proportions(rate_1=0.2, rate_2=0.2), 0.1, one_side, 0.9)
            yield from many("patients, non-inferiority", (n, n), [out["n1"], out["n2"]])


def planned_sizes(out: dict[str, Any], test: ErrorRates) -> Iterator[tuple[str, float, float]]:
    ratio = out["ratio_treat_to_control"]
    rates = Proportions(rate_1=out["p_treat"], rate_2=out["p_control"], ratio=ratio)
    pooled, unpooled, corrected = (
        patients(rates, test, out["power"], method) for method in ("pooled", "unpooled", "continuity")
    )
    yield "patients, pooled", pooled, out["n_control_pooled"]
    yield "patients, unpooled", unpooled, out["n_control_unpooled"]
    yield "patients, continuity", corrected, out["n_control_cc"]
    for key, ours in (
        *(("nBinomial_n1", ratio * pooled), ("nBinomial_n2", pooled), ("rpact_n1", ratio * pooled)),
        *(("rpact_n2", pooled), ("rpact_total", (1 + ratio) * pooled)),
    ):
        yield "patients, pooled", ours, out[key]


def safety(results: list[dict[str, Any]]) -> Iterator[tuple[str, float, float]]:
    for result in results:
        out = result["out"]
        if "x_05" in out:
            for key, alpha in (("x_05", 0.05), ("x_025", 0.025)):
                yield "events, exact", exact_steps([out["n"]], out["p0"], alpha)[0].stop, out[key]
        elif "x_90" in out:
            for key, limit in (("x_90", 0.9), ("x_95", 0.95)):
                step = bayes_steps([out["n"]], out["p0"], limit, Beta(0.5, 9.5))[0]
                yield "events, posterior", step.stop, out[key]
        elif "prob" in out:
            first, second = JEFFREYS.after(out["a"], out["n1"]), JEFFREYS.after(out["c"], out["n2"])
            yield "chance of a higher rate", chance_greater(first, second), out["prob"]
        else:
            upper, lower = sprt_lines(out["n"], 0.05, 0.12, 0.05, 0.2)
            yield from many("SPRT, upper", upper, out["upper"])
            yield from many("SPRT, lower", lower, out["lower"])


PAIRS = {
    "gsd_efficacy_bounds": efficacy_bounds,
    "gsd_futility": futility,
    "gsd_crossing_prob": crossing,
    "gsd_conditional_power": conditional,
    "gsd_rates_analysis": rates_analysis,
    "ss_two_proportions": two_proportions,
    "safety_monitoring": safety,
}


def bound_words(apart: float) -> str:
    """Return a power of ten that a difference stays under, so that the last bits of a machine do not show."""
    for exponent in range(-9, 0):
        if apart < 10.0**exponent:
            return f"< 1e{exponent}"
    return f"{apart:.1e}"


def page() -> str:
    """Return the page on agreement, from what is computed now."""
    everything = {name: compared(name) for name in CASES}
    total = sum(map(len, everything.values()))
    lines = [HEAD]
    for name, numbers in everything.items():
        for what in dict.fromkeys(item.what for item in numbers if not item.is_exception):
            same = [item.apart for item in numbers if item.what == what]
            lines.append(f"| {name} | {what} | {len(same)} | {bound_words(max(same))} |")
    exceptions = [item for numbers in everything.values() for item in numbers if item.is_exception]
    lines += ["", f"In all {total} numbers, {len(exceptions)} of them exceptions:", ""]
    lines += ["| number | ours | R | difference | reason |", "|---|---|---|---|---|"]
    for item in sorted({(i.what, i.ours, i.theirs, i.apart) for i in exceptions}):
        what, ours, theirs, apart = item
        lines.append(f"| {what} | {ours:.8g} | {theirs:.8g} | {apart:.0e} | {REASONS[what]} |")
    return "\n".join([*lines, NOTES])


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
