"""Numbers of metafor beside ours: moderators, subgroups, single studies, asymmetry, intervals of tau2."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from r_compared import ROOTS, TESTS, Compared, compared, exceeds, given, load
from r_roots import uniroot

from tissueclock.core.errors import InputError
from tissueclock.evidence.meta.bias import asymmetry
from tissueclock.evidence.meta.bias.fail_safe import orwin, rosenberg, rosenthal
from tissueclock.evidence.meta.bias.rank import begg
from tissueclock.evidence.meta.bias.trim_fill import trim_fill
from tissueclock.evidence.meta.convention import INVERSE_Q
from tissueclock.evidence.meta.heterogeneity import (
    generalised_q,
    h_interval,
    i2_of_h,
    i2_of_q,
    i2_of_tau2,
    profile_likelihood,
    typical_variance,
)
from tissueclock.evidence.meta.influence import influence, predictions
from tissueclock.evidence.meta.likelihood import log_likelihood
from tissueclock.evidence.meta.linear import ones
from tissueclock.evidence.meta.measures.base import MEASURES
from tissueclock.evidence.meta.normal import chi2_quantile
from tissueclock.evidence.meta.pool import KNAPP_HARTUNG, PoolSettings, pool
from tissueclock.evidence.meta.regression import Moderator, regress
from tissueclock.evidence.meta.sensitivity import cumulative, leave_one_out
from tissueclock.evidence.meta.subgroups import separate_subgroups
from tissueclock.evidence.meta.tau2 import ESTIMATORS, cochran_q, mean_tau2


def regression_cases() -> Iterator[Compared]:
    """Yield rma with moderators."""
    case = load("metareg_bcg")
    inputs = case["inputs"]
    yi, vi = np.array(inputs["yi"]), np.array(inputs["vi"])
    for result in case["results"]:
        call, out = result["call"], result["out"]
        names = re.findall(r"ablat|year|alloc", call.partition("method=")[0])
        moderators = [Moderator(name=name, values=tuple(inputs[name])) for name in names]
        found = regress(yi, vi, moderators, PoolSettings(method=out["method"], test=TESTS[out["test"]]))
        rows = found.coefficients
        ours = {
            "beta": [row.beta for row in rows],
            "se": [row.se for row in rows],
            "stat": [row.statistic for row in rows],
            "p": [row.p for row in rows],
            "ci_lb": [row.ci[0] for row in rows],
            "ci_ub": [row.ci[1] for row in rows],
            "tau2": found.tau2,
            "se_tau2": found.tau2_se,
            "I2": found.i2,
            "H2": found.h2,
            "R2": found.r2,
            "Q": found.qe,
            "Q_df": found.qe_df,
            "Q_p": found.qe_p,
            "QM": found.qm,
            "QM_df": [found.qm_df, found.df],
            "QM_p": found.qm_p,
            "vcov": found.covariance.tolist(),
        }
        yield from compared("metareg_bcg", call, {name: ours[name] for name in ours if name in out}, out)


def subgroup_cases() -> Iterator[Compared]:
    """Yield subgroups, each with a tau2 of its own."""
    case = load("meta_subgroup_bcg")
    inputs = case["inputs"]
    effects = given(inputs["yi"], inputs["vi"])
    for result in case["results"]:
        call, out = result["call"], result["out"]
        settings = PoolSettings(method=re.search(r"method='(\w+)'", call)[1])
        found = separate_subgroups(
            "alloc",
            inputs["alloc"],
            lambda some, settings=settings: pool([effects[i] for i in some], MEASURES.get("RR"), settings),
        )
        parts = [one.heterogeneity for one in found.effects]
        ours = {
            "k": [one.k for one in found.effects],
            "beta": [one.beta for one in found.effects],
            "se": [one.se for one in found.effects],
            "tau2": [part.tau2 for part in parts],
            "I2": [part.i2 for part in parts],
            "Q": [part.q for part in parts],
            "Q_between": found.statistic,
            "df": found.df,
            "p_between": found.p,
        }
        yield from compared("meta_subgroup_bcg", call, ours, out)


def bias_cases(name: str) -> Iterator[Compared]:
    """Yield everything that is asked of single and small studies, and the intervals of tau2."""
    case = load(name)
    yi, vi = np.array(case["inputs"]["yi"]), np.array(case["inputs"]["vi"])
    effects = given(yi.tolist(), vi.tolist())
    for result in case["results"]:
        call, out = result["call"], result["out"]
        fitted = re.search(r"fit_(FE|DL|ML|REML)\b", call)
        settings = PoolSettings(method=fitted[1] if fitted else "REML")
        for begin, numbers in _BIAS.items():
            if call.startswith(begin):
                ours = numbers(call, yi, vi, effects, settings)
                as_r = ours.pop("as_r", None)
                yield from compared(
                    name, call, {key: ours[key] for key in ours if key in out}, out, as_r, ROOTS
                )


def _regtest(call, yi, vi, effects, settings):
    if "predictor='vi'" in call:
        found = asymmetry.egger_by_variance(yi, vi, 0.95)
    elif "model='lm'" in call:
        found = asymmetry.egger(yi, vi, 0.95)
    else:
        found = asymmetry.egger_mixed(yi, vi, settings)
    ours = {"stat": found.statistic, "p": found.p, "df": found.df}
    return ours | {"limit_est": found.limit, "limit_ci": list(found.limit_ci)}


def _egger(call, yi, vi, effects, settings):
    found = asymmetry.egger(yi, vi, 0.95)
    ours = {"intercept": found.bias, "se": found.se, "t": found.statistic, "p": found.p}
    return ours | {"slope": found.limit, "df": found.df}


def _ranktest(call, yi, vi, effects, settings):
    found = begg(yi, vi)
    return {"tau": found.tau, "p": found.p}


def _trimfill(call, yi, vi, effects, settings):
    try:
        found = trim_fill(effects, settings, re.search(r"estimator='(\w\w)'", call)[1])
    except InputError:
        return {}
    pooled = pool([*effects, *found.filled], MEASURES.get("RR"), settings)
    ours = {
        "k0": found.missing,
        "se_k0": found.missing_se,
        "beta": pooled.beta,
        "se": pooled.se,
        "p": pooled.p,
    }
    ours |= {"ci_lb": pooled.beta_ci[0], "ci_ub": pooled.beta_ci[1], "tau2": pooled.heterogeneity.tau2}
    filled = sorted(one.yi for one in found.filled)
    return ours | {"filled_yi": filled if len(filled) > 1 else (filled or [None])[0]}


def _fsn(call, yi, vi, effects, settings):
    found = {"Rosenthal": rosenthal(yi, vi), "Orwin": orwin(yi), "Rosenberg": rosenberg(yi, vi)}
    one = found[re.search(r"type='(\w+)'", call)[1]]
    return {"fsnum": one.number, "p": one.p, "meanes": one.mean, "target": one.target}


def _series(pooled) -> dict[str, Any]:
    parts = [one.heterogeneity for one in pooled]
    return {
        "estimate": [one.beta for one in pooled],
        "se": [one.se for one in pooled],
        "ci_lb": [one.beta_ci[0] for one in pooled],
        "ci_ub": [one.beta_ci[1] for one in pooled],
        "p": [one.p for one in pooled],
        "Q": [part.q for part in parts],
        "tau2": [part.tau2 for part in parts],
        "I2": [part.i2 or 0.0 for part in parts],
    }


def _leave1out(call, yi, vi, effects, settings):
    return _series(leave_one_out(len(yi), lambda some: pool([effects[i] for i in some], GEN, settings)))


def _cumul(call, yi, vi, effects, settings):
    return _series(cumulative(range(len(yi)), lambda some: pool([effects[i] for i in some], GEN, settings)))


def _influence(call, yi, vi, effects, settings):
    rows = influence([one.study for one in effects], yi, vi, settings)
    names = {"cov_r": "covariance_ratio", "tau2_del": "tau2_without", "QE_del": "q_without"}
    names |= {name: name for name in ("rstudent", "dffits", "cook_d", "hat")} | {"weight": "weight_percent"}
    return {theirs: [getattr(row, ours) for row in rows] for theirs, ours in names.items()}


def _weights(call, yi, vi, effects, settings):
    return {"weights_pct": list(pool(effects, GEN, settings).weights_percent)}


def _blup(call, yi, vi, effects, settings):
    rows = predictions([one.study for one in effects], yi, vi, settings)
    ends = {"pi_lb": [row.interval[0] for row in rows], "pi_ub": [row.interval[1] for row in rows]}
    return {"pred": [row.beta for row in rows], "se": [row.se for row in rows], **ends}


def _predict(call, yi, vi, effects, settings):
    kinds = {"z": {}, "knha_t_km1": {"test": KNAPP_HARTUNG}, "hts_t_km2": {"convention": INVERSE_Q}}
    return {name: list(pool(effects, GEN, PoolSettings(**kind)).beta_pi) for name, kind in kinds.items()}


def _tau2_intervals(call, yi, vi, effects, settings):
    design, typical = ones(len(yi)), typical_variance(vi, ones(len(yi)))
    if "GENQ" in call:
        settings = PoolSettings(method="DL")
        tau2 = mean_tau2(yi, vi, ESTIMATORS["DL"]).value
        ends = generalised_q(yi, vi, design, 1 / vi, 0.95)
        near = [uniroot(lambda t, p=p: exceeds(yi, vi, 1 / vi, t) - p, 0.0) for p in (0.025, 0.975)]
    else:
        restricted = settings.method == "REML"
        tau2 = mean_tau2(yi, vi, ESTIMATORS[settings.method]).value
        ends = profile_likelihood(yi, vi, design, tau2, 0.95, restricted=restricted)
        top = log_likelihood(yi, vi, design, tau2, restricted=restricted)

        def drop(t: float) -> float:
            return 2 * (top - log_likelihood(yi, vi, design, t, restricted=restricted)) - chi2_quantile(
                0.05, 1
            )

        near = [uniroot(drop, 0.0, tau2), uniroot(drop, tau2)]
    shares = {"I2": [i2_of_tau2(t, typical) for t in (tau2, *ends)]}
    as_r = {"tau2": [tau2, *near], "I2": [i2_of_tau2(t, typical) for t in (tau2, *near)]}
    return {"tau2": [tau2, *ends], **shares, "as_r": as_r}


def _h(call, yi, vi, effects, settings):
    q = cochran_q(yi, vi, ones(len(yi)))
    h, ends = h_interval(q, len(yi), 0.95)
    ours = {"H": h, "H_ci": list(ends), "I2_pct": i2_of_q(q, len(yi) - 1)}
    return ours | {"I2_ci_pct": [i2_of_h(end) for end in ends]}


GEN = MEASURES.get("GEN")
_BIAS = {
    "regtest": _regtest,
    "summary(lm": _egger,
    "ranktest": _ranktest,
    "trimfill": _trimfill,
    "fsn": _fsn,
    "leave1out": _leave1out,
    "cumul": _cumul,
    "influence": _influence,
    "weights": _weights,
    "blup": _blup,
    "predict": _predict,
    "confint": _tau2_intervals,
    "Higgins": _h,
}
