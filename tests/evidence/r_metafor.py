"""Numbers of metafor beside ours: effects, pooled estimates, Mantel-Haenszel, Peto, models of counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from r_compared import (
    DEVIANCE,
    OWN_Z,
    TESTS,
    Compared,
    compared,
    het_numbers,
    load,
    one_arm,
    rma_numbers,
    two_arms,
)
from scipy.special import expit

from tissueclock.evidence.meta.analysis import Request, analyse
from tissueclock.evidence.meta.fixed_counts import pool_mantel_haenszel, pool_peto
from tissueclock.evidence.meta.glmm.binomial import Binomials, log_binomial, log_choose
from tissueclock.evidence.meta.glmm.fit import ODDS_RATIO_MODELS, fit_odds_ratios, fit_proportions
from tissueclock.evidence.meta.glmm.quadrature import modes
from tissueclock.evidence.meta.glmm.two_arms import Arms, fixed_intercepts
from tissueclock.evidence.meta.measures.base import MEASURES, study_effects
from tissueclock.evidence.meta.normal import around, critical, two_sided_p
from tissueclock.evidence.meta.pool import KNAPP_HARTUNG, PoolSettings, Z, columns, pool
from tissueclock.evidence.meta.strata_tests import breslow_day, cochran_mantel_haenszel
from tissueclock.evidence.meta.studies import OneArm, TwoArm, TwoMeans, column


def rma_cases(name: str) -> Iterator[Compared]:
    """Yield escalc and rma of one file, whatever the kind of study."""
    case = load(name)
    inputs = case["inputs"]
    kind = TwoArm if "ai" in inputs else OneArm if "xi" in inputs else TwoMeans
    rows = zip(*(inputs[column] for column in kind.columns), strict=True)
    studies = [kind(study=str(i), **dict(zip(kind.columns, row, strict=True))) for i, row in enumerate(rows)]
    for result in case["results"]:
        call, out = result["call"], result["out"]
        if call.startswith("escalc"):
            measure = MEASURES.get(out["measure"])
            effects = study_effects(studies, measure)
            yi, vi = columns(effects)
            yield from compared(name, call, {"yi": yi.tolist(), "vi": vi.tolist()}, out)
        elif call.startswith("rma(yi"):
            settings = PoolSettings(method=out["method"], test=TESTS[out["test"]])
            pooled = pool(effects, measure, settings)
            yield from compared(name, call, rma_numbers(pooled, out), out)
            if "ci_het" in out:
                yield from het_numbers(effects, pooled, name, call, out)
            if "back_inv_var" in out:
                back = measure.back(np.array([pooled.beta]), pooled.se**-2)[0]
                yield from compared(name, call, {"back_inv_var": back}, out)


def count_cases(name: str) -> Iterator[Compared]:
    """Yield rma.mh and rma.peto."""
    case = load(name)
    studies = two_arms(case["inputs"])
    for result in case["results"]:
        call, out = result["call"], result["out"]
        if call.startswith("rma.mh") and "correct=FALSE" in call:
            test = cochran_mantel_haenszel(studies, corrected=False)
            yield from compared(name, call, {"CMH": test.statistic, "CMH_p": test.p}, out)
        elif call.startswith(("rma.mh", "rma.peto")):
            fit = pool_peto if "peto" in call else pool_mantel_haenszel
            pooled = fit(studies, MEASURES.get(out["measure"]), PoolSettings(method="FE"))
            ours = rma_numbers(pooled, out)
            if "CMH" in out:
                cmh = cochran_mantel_haenszel(studies, corrected=True)
                plain, tarone = (breslow_day(studies, tarone=corrected) for corrected in (False, True))
                ours |= {"CMH": cmh.statistic, "CMH_p": cmh.p}
                ours |= {"breslow_day": plain.statistic, "breslow_day_p": plain.p}
                ours |= {"tarone": tarone.statistic, "tarone_p": tarone.p}
            yield from compared(name, call, ours, out)


def proportion_model_cases(name: str) -> Iterator[Compared]:
    """Yield rma.glmm of proportions."""
    case = load(name)
    studies = one_arm(case["inputs"]["xi"], case["inputs"]["ni"])
    model = fit_proportions(studies)
    for result in case["results"]:
        call, out = result["call"], result["out"]
        if not call.startswith("rma.glmm"):
            continue
        test = KNAPP_HARTUNG if "test='t'" in call else Z
        pooled = analyse(studies, Request(measure=MEASURES.get("PLO"), method="GLMM", test=test))
        ours = {name: value for name, value in rma_numbers(pooled, out).items() if name in out}
        ours |= {"pi_back": list(pooled.pi), "QE_LRT": model.q_lrt.statistic, "QEp_LRT": model.q_lrt.p}
        ours |= {"QE_Wld": model.q_wald.statistic, "QEp_Wld": model.q_wald.p}
        yield from compared(name, call, ours, out)


def odds_ratio_model_cases() -> Iterator[Compared]:
    """Yield rma.glmm of odds ratios, random (ML) and fixed (FE)."""
    name = "meta_glmm_bcg"
    case = load(name)
    studies = two_arms(case["inputs"])
    found = {model: fit_odds_ratios(studies, model) for model in ODDS_RATIO_MODELS}
    for result in case["results"]:
        call, out = result["call"], result["out"]
        model = found[out["model"]]
        ours = _model_numbers(model if out["method"] == "ML" else model.fixed)
        if model.q_lrt and model.q_wald:
            ours |= {"QE_LRT": model.q_lrt.statistic, "QEp_LRT": model.q_lrt.p}
            ours |= {"QE_Wld": model.q_wald.statistic, "QEp_Wld": model.q_wald.p}
        as_r = {"p": two_sided_p(out["beta"] / out["se"])}
        yield from compared(name, call, {key: ours[key] for key in ours if key != "logLik"}, out, as_r, OWN_Z)
        height = r_log_likelihood(model, out["method"], studies)
        yield from compared(
            name, call, {"logLik": ours["logLik"]}, out, height and {"logLik": height}, DEVIANCE
        )


def _model_numbers(model) -> dict[str, float]:
    low, high = around(model.beta, critical(0.95) * model.se)
    numbers = {"beta": model.beta, "se": model.se, "ci_lb": low, "ci_ub": high}
    numbers |= {"p": two_sided_p(model.beta / model.se), "logLik": model.log_likelihood}
    return numbers | ({"tau2": model.tau2} if hasattr(model, "tau2") else {})


def r_log_likelihood(model, method: str, studies: Sequence[TwoArm]) -> float | None:
    """Return what metafor prints as logLik where lme4 took seven points: no marginal likelihood.

    Of a random effect of the treatment, the density at the studies' modes; of a random intercept only, the
    marginal likelihood less that of the saturated model.
    """
    arms = Arms(*(column(studies, name) for name in TwoArm.columns))
    if method == "ML" and model.model == "CM.AL":
        data = Binomials(arms.a, arms.a + arms.c, np.log(arms.n1 / arms.n2))
        eta = model.beta + data.offset
        eta = eta + _moved([(data.x, data.n, eta, model.tau2**0.5)])[0]
        return float(np.sum(log_choose(data.n, data.x) + log_binomial(data.x, data.n, eta)))
    if method == "ML" and model.model == "UM.FS":
        start = np.log((arms.a + arms.c) / (arms.n1 + arms.n2 - arms.a - arms.c))
        _, alpha = fixed_intercepts(arms, model.beta, model.tau2**0.5, 7, start)
        eta, half = (alpha + model.beta / 2, alpha - model.beta / 2), model.tau2**0.5 / 2
        moved = _moved([(arms.a, arms.n1, eta[0], half), (arms.c, arms.n2, eta[1], -half)])
        treated = log_binomial(arms.a, arms.n1, eta[0] + moved[0])
        return arms.log_constant + float(np.sum(treated + log_binomial(arms.c, arms.n2, eta[1] + moved[1])))
    return None


def _moved(groups) -> list[Any]:
    """Return what the mode of a study's random effect adds to the predictors of its groups."""

    def derivatives(u):
        first, second = np.zeros_like(u), np.zeros_like(u)
        for x, n, eta, loading in groups:
            p = expit(eta + loading * u)
            first, second = first + loading * (x - n * p), second - loading**2 * n * p * (1 - p)
        return first, second

    mode, _ = modes(derivatives, len(groups[0][0]), abs(groups[0][3]))
    return [loading * mode for *_, loading in groups]
