"""The cohort's statistics beside R: logistic, Firth, modified Poisson, standardisation, interaction.

`python tests/evidence/cohort_r.py` writes the page; a test holds the page to what this computes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from r_agreement import VALIDATION, Excuse, Pair, case, page, pairs_of

from tissueclock.evidence.cohort.interaction import interaction_of_strata
from tissueclock.evidence.cohort.likelihood import (
    Fit,
    fit,
    likelihood_ratio_p,
    model_of,
    penalised_p,
    poisson_fit,
    profile_limits,
    standardised,
)
from tissueclock.evidence.two_groups.effect import effect
from tissueclock.evidence.two_groups.measure import Measure
from tissueclock.evidence.two_groups.strata import Strata
from tissueclock.evidence.two_groups.table import TwoByTwo

TOLERANCE = 1e-6
COVARIATES = ("arm", "age", "nihss", "aspects")
Found = Mapping[str, tuple[float | None, Any]]
EXCUSES = (
    Excuse(
        "glm(mRS<=3 ~ arm+age+nihss+aspects, binomial); profile CI",
        ("profile",),
        1e-4,
        "R interpolates the profile with a spline; here the equation is solved, and a test checks it "
        "(within the 1e-4 asked of profile intervals)",
    ),
    Excuse(
        "log-binomial RR",
        ("SE", "rr"),
        1e-5,
        "R stops early; the model is saturated, so Katz's formula is exact",
    ),
)
LEFT_OUT = {
    "MASS::polr, ordinal::clm, ranks, wins ...": "in the page on the mRS",
    "sanon, coin, van Elteren": "in the page on the mRS",
    "sliding dichotomy": "not offered",
    "clmm (random site)": "not offered",
}


def _patients() -> tuple[dict[str, np.ndarray], np.ndarray]:
    rows = case("ord_patient_level")["inputs"]
    columns = {name: np.array(rows[name], dtype=float) for name in (*COVARIATES, "mrs")}
    return columns, (columns["mrs"] <= 3).astype(float)


def logistic(*more: tuple[str, np.ndarray], firth: bool = False) -> Fit:
    """Return the fit of mRS 0 to 3 on arm and covariates, and on more columns."""
    columns, outcome = _patients()
    return fit(model_of([*((name, columns[name]) for name in COVARIATES), *more], outcome, firth=firth))


def _named(what: str, names: Sequence[str], ours: Sequence[float], theirs: Sequence[float]) -> Found:
    pairs = zip(ours, theirs, strict=True)
    return {f"{what} {name}": pair for name, pair in zip(names, pairs, strict=True)}


def _coefficients(found: Fit, out: Any) -> dict[str, tuple[float | None, Any]]:
    names = found.model.names
    errors = [found.se(name) for name in names]
    return {
        **_named("coefficient", names, found.coefficients.tolist(), out["coef"]),
        **_named("SE", names, errors, out["se"]),
    }


def _glm(out: Any) -> Found:
    found = logistic()
    names = found.model.names
    limits = [profile_limits(found, name, 0.95) for name in names]
    return {
        **_coefficients(found, out),
        **_named("p", names, [found.p(name) for name in names], out["p"]),
        "deviance": (-2 * found.log_likelihood, out["deviance"]),
        **_named("profile lower", names, [low for low, _ in limits], out["prof_lb"]),
        **_named("profile upper", names, [high for _, high in limits], out["prof_ub"]),
    }


def _firth(out: Any) -> Found:
    found = logistic(firth=True)
    names = found.model.names
    limits = [profile_limits(found, name, 0.95) for name in names]
    return {
        **_coefficients(found, out),
        **_named("lower", names, [low for low, _ in limits], out["lb"]),
        **_named("upper", names, [high for _, high in limits], out["ub"]),
        **_named("p", names, [penalised_p(found, name) for name in names], out["p"]),
    }


def _poisson(out: Any) -> Found:
    model = logistic().model
    coefficients, covariance = poisson_fit(model)
    errors = np.sqrt(np.diag(covariance))
    return {
        **_named("coefficient", model.names, coefficients.tolist(), out["coef"]),
        **_named("SE", model.names, errors.tolist(), out["se_hc0"]),
        "rr": (math.exp(float(coefficients[1])), out["rr_arm"]),
    }


def _standardised(out: Any) -> Found:
    found = standardised(logistic(), "arm")
    return {
        "p1": (found.risk_exposed, out["p1"]),
        "p0": (found.risk_unexposed, out["p0"]),
        "rd": (found.difference, out["rd"]),
        "rd SE": (found.difference_se, out["rd_se"]),
        "log rr": (found.log_ratio, out["log_rr"]),
        "log rr SE": (found.log_ratio_se, out["log_rr_se"]),
    }


def _product(out: Any) -> Found:
    columns, _ = _patients()
    larger = logistic(("arm:nihss", columns["arm"] * columns["nihss"]))
    statistic, _, p = likelihood_ratio_p(larger, logistic())
    coefficient = larger.coefficient("arm:nihss")
    return {"coef": (coefficient, out["coef"]), "LR": (statistic, out["LR"]), "p": (p, out["p"])}


def _log_binomial(out: Any) -> Found:
    columns, outcome = _patients()
    arm = columns["arm"] == 1
    table = TwoByTwo(
        events_1=int(outcome[arm].sum()),
        n_1=int(arm.sum()),
        events_2=int(outcome[~arm].sum()),
        n_2=int((~arm).sum()),
    )
    found = effect(table, Measure.RR)
    return {"rr": (found.estimate, out["rr"]), "SE": (found.se, out["se"])}


ANSWERS = {
    "glm(mRS<=3 ~ arm+age+nihss+aspects, binomial)": _glm,
    "logistf::logistf (Firth)": _firth,
    "modified Poisson RR (Zou)": _poisson,
    "standardisation (g-computation)": _standardised,
    "interaction arm:nihss on the odds scale": _product,
    "log-binomial RR": _log_binomial,
}


def _rows() -> Mapping[str, Any]:
    return case("t22_stratified")["inputs"]


def ratio_of_ratios(out: Any) -> Found:
    """Return Altman and Bland's ratio of the risk ratios of the young to the old, sites added up."""
    rows = _rows()
    tables = []
    for age in ("<75", ">=75"):
        own = [at for at, found in enumerate(rows["age"]) if found == age]
        a, n_1, c, n_2 = (sum(rows[name][at] for at in own) for name in ("a", "n1", "c", "n2"))
        tables.append(TwoByTwo(events_1=a, n_1=n_1, events_2=c, n_2=n_2))
    found = interaction_of_strata(Strata(("<75", ">=75"), tuple(tables)), Measure.RR)
    own_ratios = [math.exp(stratum.value) for stratum in found.strata]
    return {
        **_named("rr", ("<75", ">=75"), own_ratios, out["rr"]),
        "ratio": (found.contrast, out["ratio"]),
        "z": (found.statistic, out["z"]),
        "p": (found.p, out["p"]),
        "lower": (found.ci_low, out["ci"][0]),
        "upper": (found.ci_high, out["ci"][1]),
    }


def grouped_model(out: Any) -> Found:
    """Return the logistic model of counts with arm x age and site, and its test of the interaction."""
    rows = _rows()
    columns: dict[str, list[float]] = {name: [] for name in ("arm", "age", "site2", "site3")}
    outcome, weights = [], []
    for at, site in enumerate(rows["site"]):
        for arm, events, n in ((1, rows["a"][at], rows["n1"][at]), (0, rows["c"][at], rows["n2"][at])):
            for value, count in ((1.0, events), (0.0, n - events)):
                columns["arm"].append(arm)
                columns["age"].append(float(rows["age"][at] == ">=75"))
                columns["site2"].append(float(site == 2))
                columns["site3"].append(float(site == 3))
                outcome.append(value)
                weights.append(float(count))
    main = [(name, np.array(column)) for name, column in columns.items()]
    product = ("arm:age", main[0][1] * main[1][1])
    settings = {"outcome": np.array(outcome), "weights": np.array(weights)}
    larger, smaller = fit(model_of([*main, product], **settings)), fit(model_of(main, **settings))
    statistic, _, p = likelihood_ratio_p(larger, smaller)
    return {**_coefficients(larger, out), "LR": (statistic, out["LR"]), "p": (p, out["p"])}


def every_pair() -> list[Pair]:
    """Return every number that is compared."""
    return list(_every_pair())


def _every_pair() -> Iterator[Pair]:
    for result in case("ord_patient_level")["results"]:
        for start, answer in ANSWERS.items():
            if result["call"].startswith(start):
                yield from pairs_of("ord_patient_level", result["call"], answer(result["out"]))
    for result in case("t22_stratified")["results"]:
        if result["call"].startswith("ratio of risk ratios"):
            yield from pairs_of("t22_stratified", result["call"], ratio_of_ratios(result["out"]))
        if result["call"].startswith("glm(cbind"):
            yield from pairs_of("t22_stratified", result["call"], grouped_model(result["out"]))


def cohort_page(pairs: Sequence[Pair]) -> str:
    """Return the page on agreement."""
    words = (
        "Research use only. Not a medical device; not for diagnosis or treatment decisions.",
        "",
        "The binary parts of `tests/cases/ord_patient_level.json` and the interaction of",
        "`t22_stratified.json`, computed by R 4.2.2 (stats, sandwich, logistf 1.26.1),",
        "beside `tissueclock.evidence.cohort`.",
        "Written by `python tests/evidence/cohort_r.py`; `tests/evidence/test_cohort_agreement.py`",
        "recomputes it.",
    )
    return page("Cohort analysis: agreement with R", words, pairs, EXCUSES, LEFT_OUT, TOLERANCE)


if __name__ == "__main__":
    VALIDATION.mkdir(parents=True, exist_ok=True)
    (VALIDATION / "cohort.md").write_text(cohort_page(every_pair()), "utf-8")
