"""Numbers of the R package meta beside ours, in its conventions, and a published pool of three trials."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from r_compared import (
    PROPORTIONS,
    ROOTS,
    SCORING,
    Compared,
    compared,
    exceeds,
    load,
    one_arm,
    q_profile_as_r,
    two_arms,
)
from r_roots import uniroot

from tissueclock.evidence.meta.analysis import Request, analyse
from tissueclock.evidence.meta.bias import asymmetry
from tissueclock.evidence.meta.bias.rank import begg
from tissueclock.evidence.meta.convention import CONVENTIONS, INVERSE_Q, METAFOR
from tissueclock.evidence.meta.heterogeneity import (
    generalised_q,
    h_interval,
    i2_of_h,
    q_profile,
)
from tissueclock.evidence.meta.linear import ones, trace_p, trace_pp, weighted_fit
from tissueclock.evidence.meta.measures.base import MEASURES, study_effects
from tissueclock.evidence.meta.pool import KNAPP_HARTUNG, PoolSettings, Z, columns, pool
from tissueclock.evidence.meta.rows import clopper_pearson
from tissueclock.evidence.meta.studies import StudyEffect, TwoArm
from tissueclock.evidence.meta.tau2 import ESTIMATORS, Tau2, cochran_q


def meta_cases(name: str) -> Iterator[Compared]:
    """Yield metabin and metaprop, in their conventions, and metabias."""
    case = load(name)
    inputs = case["inputs"]
    binary = "e" in inputs
    studies = two_arms(inputs, ("e", "n", "ec", "nc")) if binary else one_arm(inputs["x"], inputs["n"])
    for result in case["results"]:
        call, out = result["call"], result["out"]
        if call.startswith("metabias"):
            yield from _metabias(name, call, studies, out)
        elif "lower" in out:
            ends = [clopper_pearson(one.xi, one.ni, 0.95) for one in studies]
            ours = {"lower": [low for low, _ in ends], "upper": [high for _, high in ends]}
            yield from compared(name, call, ours, out)
        else:
            yield from _meta_numbers(name, call, studies, out)


def _request(call: str, out: dict[str, Any]) -> Request:
    shown = out.get("sm", "PETO")
    measure = MEASURES.get({"PLOGIT": "PLO", "PRAW": "PR"}.get(shown, shown))
    method = "GLMM" if "GLMM" in call else out.get("method_tau", "DL" if measure.takes is TwoArm else "REML")
    about_mh = "'MH'" in call or "GLMM" in call
    return Request(
        measure=measure,
        method=method,
        test=KNAPP_HARTUNG if out.get("ci") == "HK" else Z,
        convention=CONVENTIONS["revman"] if about_mh else INVERSE_Q,
    )


def _meta_numbers(name: str, call: str, studies, out: dict[str, Any]) -> Iterator[Compared]:
    request = _request(call, out)
    pooled = analyse(studies, request)
    ours = _of_meta(pooled)
    if request.method == "GLMM":
        left_out = ("Q", "df_Q", "p_Q", "w_random", "H", "H_lb", "H_ub", "I2_lb", "I2_ub")
        yield from compared(name, call, {key: ours[key] for key in ours if key not in left_out}, out)
        return
    effects = study_effects(studies, request.measure)
    theirs = meta_effects(studies, request.measure, effects)
    why = PROPORTIONS if theirs != effects else ROOTS if request.method == "PM" else SCORING
    as_r = None
    if request.method != "DL":
        as_r = _of_meta(
            pool(theirs, request.measure, request.settings, tau2=tau2_as_r(theirs, request.method))
        )
    yield from compared(name, call, {key: ours[key] for key in ours if key in out}, out, as_r, why)
    yield from _common(name, call, studies, request, theirs, out)
    yield from _tau2_ends(name, call, effects, theirs, request, out)


def meta_effects(studies, measure, effects):
    """Return effects as meta has them: an empty cell moves a raw proportion's variance only, and the
    logarithm's size by 1/2 instead of 1.
    """
    if measure.name not in ("PR", "PLN"):
        return effects
    found = []
    for one in studies:
        extra = 0.5 if one.xi in (0, one.ni) else 0.0
        x, n = one.xi + extra, one.ni + 2 * extra
        y, v = one.xi / one.ni, x * (n - x) / n**3
        if measure.name == "PLN":
            y, v = math.log(x / (one.ni + extra)), 1 / x - 1 / (one.ni + extra)
        found.append(StudyEffect(study=one.study, yi=y, vi=v, n=one.ni))
    return tuple(found)


def tau2_as_r(effects, method: str) -> Tau2:
    """Return tau2 where R stops: with a tolerance of its root finder, or when it changes by under 1e-5."""
    yi, vi = columns(effects)
    design = ones(len(yi))
    if method == "PM":
        return Tau2(uniroot(lambda t: cochran_q(yi, vi, design, t) - (len(yi) - 1), 0.0), None)
    tau2, change = ESTIMATORS["HE"].estimate(yi, vi, design).value, math.inf
    while change > 1e-5:
        fit = weighted_fit(yi, 1 / (vi + tau2), design)
        score = float(np.sum((fit.weights * fit.residuals) ** 2)) - trace_p(fit)
        step = score / trace_pp(fit)
        while tau2 + step < 0:
            step /= 2
        tau2, change = tau2 + step, abs(step)
    return Tau2(tau2, None)


def _of_meta(pooled) -> dict[str, Any]:
    found = pooled.heterogeneity
    h, (h_low, h_high) = h_interval(found.q, pooled.k, pooled.level)
    return {
        "TE_random": pooled.beta,
        "se_random": pooled.se,
        "p_random": pooled.p,
        "k": pooled.k,
        "lb_random": pooled.beta_ci[0],
        "ub_random": pooled.beta_ci[1],
        "pi_lb": pooled.beta_pi[0],
        "pi_ub": pooled.beta_pi[1],
        "tau2": found.tau2,
        "tau": found.tau2**0.5,
        "Q": found.q,
        "df_Q": found.q_df,
        "p_Q": found.q_p,
        "I2": found.i2 / 100,
        "I2_lb": i2_of_h(h_low) / 100,
        "I2_ub": i2_of_h(h_high) / 100,
        "H": h,
        "H_lb": h_low,
        "H_ub": h_high,
        "w_random": list(pooled.weights_percent),
    }


def _common(name: str, call: str, studies, request: Request, theirs, out) -> Iterator[Compared]:
    """Yield the fixed effect."""
    method = "MH" if "'MH'" in call else "PETO" if "Peto" in call else "FE"
    measure, convention = request.measure, request.convention
    fixed = analyse(studies, Request(measure=measure, method=method, convention=convention))
    as_r = (
        pool(theirs, measure, PoolSettings(method="FE", convention=convention)) if method == "FE" else fixed
    )
    yield from compared(name, call, _fixed_of_meta(fixed), out, _fixed_of_meta(as_r), PROPORTIONS)


def _fixed_of_meta(fixed) -> dict[str, float]:
    ends = {"lb_common": fixed.beta_ci[0], "ub_common": fixed.beta_ci[1]}
    return {"TE_common": fixed.beta, "se_common": fixed.se, **ends}


def _tau2_ends(name: str, call: str, effects, theirs, request: Request, out) -> Iterator[Compared]:
    """Yield the interval of tau2: Jackson's with the weights 1 / error for DL, else Q-profile."""
    yi, vi = columns(effects)
    if request.method == "DL":
        ends = generalised_q(yi, vi, ones(len(yi)), vi**-0.5, 0.95)
        near = [uniroot(lambda t, p=p: exceeds(yi, vi, vi**-0.5, t) - p, 0.0) for p in (0.025, 0.975)]
    else:
        ends, near = q_profile(yi, vi, ones(len(yi)), 0.95), q_profile_as_r(*columns(theirs), ones(len(yi)))
    names, why = ("tau2_lb", "tau2_ub"), PROPORTIONS if theirs != effects else ROOTS
    yield from compared(
        name, call, dict(zip(names, ends, strict=True)), out, dict(zip(names, near, strict=True)), why
    )


def _metabias(name: str, call: str, studies, out: dict[str, Any]) -> Iterator[Compared]:
    yi, vi = columns(study_effects(studies, MEASURES.get("OR")))
    kind = re.search(r"bias='(\w+)'", call)[1]
    if kind == "Begg":
        found = begg(yi, vi)
        ours = {
            "stat": found.score / found.score_se,
            "p": found.normal_p,
            "estimate": [found.score, found.score_se],
        }
    else:
        test = {
            "Egger": lambda: asymmetry.egger(yi, vi, 0.95),
            "Harbord": lambda: asymmetry.harbord(studies, 0.95),
            "Peters": lambda: asymmetry.peters(studies, yi, 0.95),
            "Thompson": lambda: asymmetry.thompson_sharp(yi, vi, PoolSettings()),
            "Deeks": lambda: asymmetry.deeks(studies, yi, 0.95),
        }[kind]()
        ours = {"stat": test.statistic, "p": test.p, "df": test.df}
        out = {**out, "estimate": out["estimate"][:3]}
        ours |= {"estimate": [test.bias, test.se, test.limit]}
    yield from compared(name, call, ours, out)


def published_cases() -> Iterator[Compared]:
    """Yield the pooled risk ratio of three trials in two conventions."""
    result = load("published_checks")["results"][-1]
    out = result["out"]
    studies = two_arms(out)
    for name, convention in (("revman_mh_dl", CONVENTIONS["revman"]), ("inverse_variance_dl", METAFOR)):
        pooled = analyse(studies, Request(measure=MEASURES.get("RR"), method="DL", convention=convention))
        yield from compared("published_checks", result["call"], {name: [pooled.estimate, *pooled.ci]}, out)
