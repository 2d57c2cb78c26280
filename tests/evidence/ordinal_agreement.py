"""Every number of the ordinal reference cases beside ours, and the page that says so.

`python tests/evidence/ordinal_agreement.py` writes `validation/evidence/ordinal.md`. The cases are results of
R 4.2.2; `theirs` are turned where R models the worse outcome and we the better one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tissueclock.evidence.ordinal.adjusted_tests import brant_of, ratio_of
from tissueclock.evidence.ordinal.analysis import OrdinalAnalysis, analyse_rows, analyse_table
from tissueclock.evidence.ordinal.pairs import brunner_munzel
from tissueclock.evidence.ordinal.regression import ARM, RowsFit, fit_rows, ratio_test
from tissueclock.evidence.ordinal.rows import OrdinalRows, Term, category_term
from tissueclock.evidence.ordinal.table import MrsTable

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = CHECKOUT / "validation" / "evidence" / "ordinal.md"
TABLES = tuple(sorted(path.stem for path in (CHECKOUT / "tests" / "cases").glob("ord_table_*.json")))
PATIENTS = "ord_patient_level"
CLOSE, PROFILE = 1e-6, 1e-4

POLR = "polr's standard errors are finite differences; those of clm, the same quantities, agree"
POLR_CUTS = "polr stops early (a cut near 0 shows it); those of clm, the same quantities, agree"
GLM = "glm leaves the variance of its last but one step; by that rule our test code gives R's numbers to 1e-9"
BRANT = "the package uses glm's variance; with that our test code gives R's numbers to 1e-9"
OMNIBUS = f"{BRANT}; the package also leaves blocks of its covariance untransposed"

OUT_OF_SCOPE = {
    "link='probit'": "another link: the common odds ratio is of the logit",
    "link='cloglog'": "another link: the common odds ratio is of the logit",
    "linear-by-linear": "scores 0 to 6 as numbers; the mean grade by Welch is given instead",
    "clmm": "a random effect of the site",
    "glm(mRS<=3": "one binary outcome, adjusted: the cohort analysis",
    "interaction arm:nihss on the odds scale": "one binary outcome: the cohort analysis",
    "modified Poisson": "one binary outcome: the cohort analysis",
    "log-binomial": "one binary outcome: the cohort analysis",
    "standardisation": "one binary outcome: the cohort analysis",
    "logistf": "one binary outcome: the cohort analysis",
    "coin::": "strata weighted by size; van Elteren's weights are used",
    "sanon": "strata weighted by size; van Elteren's weights are used",
    "mantelhaen": "general association, which ignores the order of the grades",
    "sliding dichotomy": "not provided",
}


@dataclass(frozen=True)
class Number:
    """One number of R and ours, how close they must be, and why that is wide where it is."""

    case: str
    call: str
    name: str
    ours: float
    theirs: float
    tolerance: float = CLOSE
    exception: str = ""

    @property
    def difference(self) -> float:
        """The relative difference."""
        if self.ours == self.theirs:
            return 0.0
        return abs(self.ours - self.theirs) / max(abs(self.theirs), 1e-300)


@cache
def case_of(name: str) -> dict[str, Any]:
    """Return a case by its id."""
    return json.loads((CHECKOUT / "tests" / "cases" / f"{name}.json").read_text("utf-8"))


def results_of(name: str, text: str, without: str = "\0") -> dict[str, Any]:
    """Return the output of the first call that holds a text, and not another."""
    found = (
        item for item in case_of(name)["results"] if text in item["call"] and without not in item["call"]
    )
    return next(found)["out"]


@cache
def table_of(name: str) -> MrsTable:
    """Return the table of a case."""
    inputs = case_of(name)["inputs"]
    return MrsTable(arms=("treat", "control"), counts=(tuple(inputs["treat"]), tuple(inputs["control"])))


def rows_of(columns: tuple[str, ...] = (), extra: tuple[Term, ...] = (), strata: bool = False) -> OrdinalRows:
    """Return the patient rows with some of their columns."""
    inputs = case_of(PATIENTS)["inputs"]
    terms = tuple(Term(name=n, labels=(n,), columns=(tuple(map(float, inputs[n])),)) for n in columns)
    return OrdinalRows(
        arms=("treat", "control"),
        level_of=tuple(inputs["mrs"]),
        first=tuple(arm == 1 for arm in inputs["arm"]),
        terms=(*terms, *extra),
        strata=tuple(map(str, inputs["site"])) if strata else (),
    )


COVARIATES = ("age", "nihss", "aspects", "sexm")


def numbers() -> Iterator[Number]:
    """Yield every number in scope of every case."""
    for name in TABLES:
        yield from _of_table(name, analyse_table(table_of(name)), "")
        yield from _only_of_tables(name)
    yield from _of_table(PATIENTS, analyse_table(rows_of().table()), "unadjusted")
    yield from _of_patients()


def _say(
    case: str, call: str, pairs: dict[str, tuple[Any, Any]], tolerance: float = CLOSE, exception: str = ""
):
    for name, (ours, theirs) in pairs.items():
        sides = np.atleast_1d(np.asarray(ours, float)), np.atleast_1d(np.asarray(theirs, float))
        for place, (one, other) in enumerate(zip(*sides, strict=True)):
            named = name if len(sides[0]) == 1 else f"{name}[{place}]"
            yield Number(case, call, named, float(one), float(other), tolerance, exception)


def _of_table(case: str, found: OrdinalAnalysis, words: str) -> Iterator[Number]:
    """Yield what the cases of tables and the patients without covariates share."""
    fit = fit_rows(_as_rows(found.table))
    yield from _fit(case, f"clm {words}".strip(), _clm(case, words), fit)
    yield from _polr(case, f"polr {words}".strip(), results_of(case, "polr(mrs ~ arm)"), fit)
    common = found.common_or
    profile = results_of(case, "profile')  (unadjusted)" if words else "confint(clm")
    limits = {
        "or_low": (common.profile_low, 1 / profile["or_ub"]),
        "or_high": (common.profile_high, 1 / profile["or_lb"]),
    }
    yield from _say(case, f"confint(clm, profile) {words}".strip(), limits, PROFILE)
    yield from _test(
        case, f"anova(clm) {words}".strip(), common.ratio, results_of(case, f"of arm {_in(words)}")
    )
    nominal = results_of(case, f"per term {_in(words)}")
    yield from _test(case, f"nominal_test {words}".strip(), found.proportionality_tests[0], nominal)
    brant = results_of(case, f"omnibus first {_in(words)}")
    ours = found.proportionality_tests[2]
    pairs = {"X2": (ours.statistic, brant["X2"][0]), "p": (ours.p, brant["p"][0])}
    yield from _say(case, f"brant {words}".strip(), pairs, 1e-3, BRANT)
    yield from _ranks(case, found)
    yield from _wins(case, found)
    yield from _means(case, found)


def _in(words: str) -> str:
    return f"({words})" if words else ""


def _clm(case: str, words: str) -> dict[str, Any]:
    return results_of(case, f"ordinal::clm(mrs ~ arm)  {_in(words)}")


def _as_rows(table: MrsTable) -> OrdinalRows:
    level_of = [level for counts in table.counts for level, n in enumerate(counts) for _ in range(n)]
    first = [True] * table.n[0] + [False] * table.n[1]
    return OrdinalRows(arms=table.arms, level_of=tuple(level_of), first=tuple(first), levels=table.levels)


def _fit(case: str, call: str, out: dict[str, Any], fit: RowsFit) -> Iterator[Number]:
    """Yield coefficients (turned), standard errors, cuts and log likelihood of clm."""
    cuts = fit.cuts
    pairs = {
        "coef": (-fit.parameters[cuts:], out["coef"]),
        "se": (np.sqrt(np.diag(fit.covariance))[cuts:], out["se"]),
        "logLik": (fit.log_likelihood, out["logLik"]),
    }
    if "alpha" in out:
        better = [fit.estimate(label) for label in fit.labels]
        pairs |= {
            "alpha": (fit.parameters[:cuts], out["alpha"]),
            "common_or_better": ([one.estimate for one in better], out["common_or_better"]),
            "common_or_better_wald": (
                [one.ci_low for one in better] + [one.ci_high for one in better],
                out["common_or_better_wald"],
            ),
            "common_or": (1 / np.array([one.estimate for one in better]), out["common_or"]),
            "common_or_wald": (
                [1 / one.ci_high for one in better] + [1 / one.ci_low for one in better],
                out["common_or_wald"],
            ),
        }
    yield from _say(case, call, pairs)


def _polr(case: str, call: str, out: dict[str, Any], fit: RowsFit) -> Iterator[Number]:
    cuts, se = fit.cuts, np.sqrt(np.diag(fit.covariance))
    coefficients = -fit.parameters[cuts:]
    tight = {
        "coef": (coefficients, out["coef"]),
        "deviance": (-2 * fit.log_likelihood, out["deviance"]),
        "logLik": (fit.log_likelihood, out["logLik"]),
        "edf": (len(se), out["edf"]),
    }
    estimates = [fit.estimate(label) for label in fit.labels]
    loose = {
        "se": (se[cuts:], out["se"]),
        "z": (coefficients / se[cuts:], out["z"]),
        "p_wald": ([one.p for one in estimates], out["p_wald"]),
        "wald_lb": ([-math.log(one.ci_high) for one in estimates], out["wald_lb"]),
        "wald_ub": ([-math.log(one.ci_low) for one in estimates], out["wald_ub"]),
        "zeta_se": (se[:cuts], out["zeta_se"]),
    }
    yield from _say(case, call, tight)
    yield from _say(case, f"{call}, cuts", {"zeta": (fit.parameters[:cuts], out["zeta"])}, 1e-5, POLR_CUTS)
    yield from _say(case, f"{call}, standard errors", loose, 2e-2, POLR)


def _test(case: str, call: str, ours: Any, out: dict[str, Any]) -> Iterator[Number]:
    yield from _say(
        case, call, {"LR": (ours.statistic, out["LR"]), "df": (ours.df, out["df"]), "p": (ours.p, out["p"])}
    )


def _ranks(case: str, found: OrdinalAnalysis) -> Iterator[Number]:
    wilcoxon = results_of(case, "wilcox.test")
    n_first, n_second = found.table.n
    pairs = {
        "W": ((1 - found.pairs.better) * n_first * n_second, wilcoxon["W"]),
        "p_nocc": (found.wilcoxon[0].p, wilcoxon["p_nocc"]),
        "p_cc": (found.wilcoxon[1].p, wilcoxon["p_cc"]),
    }
    yield from _say(case, "wilcox.test", pairs)
    out, ours = results_of(case, "Brunner-Munzel"), brunner_munzel(found.pairs)
    pairs = {
        "stat": (ours.statistic, out["stat"]),
        "df": (ours.df, out["df"]),
        "p": (ours.p, out["p"]),
        "est": (found.pairs.better, out["est_P_treat_lt_control"]),
    }
    yield from _say(case, "Brunner-Munzel", pairs)


def _wins(case: str, found: OrdinalAnalysis) -> Iterator[Number]:
    out, pairs = results_of(case, "pairwise comparison"), found.pairs
    ratio, odds, net = found.win_ratio, found.win_odds, found.net_benefit
    yield from _say(
        case,
        "pairwise comparison",
        {
            "win": (pairs.win, out["win"]),
            "loss": (pairs.loss, out["loss"]),
            "tie": (pairs.tie, out["tie"]),
            "win_ratio": (ratio.estimate, out["win_ratio"]),
            "log_wr_se": (ratio.se, out["log_wr_se"]),
            "wr_ci": ([ratio.ci_low, ratio.ci_high], out["wr_ci"]),
            "win_odds": (odds.estimate, out["win_odds"]),
            "log_wo_se": (odds.se, out["log_wo_se"]),
            "wo_ci": ([odds.ci_low, odds.ci_high], out["wo_ci"]),
            "net_benefit": (net.estimate, out["net_benefit"]),
            "nb_se": (net.se, out["nb_se"]),
            "nb_ci": ([net.ci_low, net.ci_high], out["nb_ci"]),
            "mann_whitney_prob": (pairs.better, out["mann_whitney_prob"]),
            "mw_se": (pairs.better_se, out["mw_se"]),
        },
    )
    out = results_of(case, "BuyseTest")
    pairs_of_buyse = {
        "nb": (net.estimate, out["nb"]),
        "nb_se": (net.se, out["nb_se"]),
        "nb_ci": ([net.ci_low, net.ci_high], out["nb_ci"]),
        "wr": (ratio.estimate, out["wr"]),
        "wr_se": (ratio.estimate * ratio.se, out["wr_se"]),
        "wr_ci": ([ratio.ci_low, ratio.ci_high], out["wr_ci"]),
        "wr_p": (ratio.p, out["wr_p"]),
    }
    yield from _say(case, "BuyseTest", pairs_of_buyse)


def _means(case: str, found: OrdinalAnalysis) -> Iterator[Number]:
    out, ours = results_of(case, "utility-weighted"), found.utility
    difference = ours.difference
    yield from _say(
        case,
        "utility-weighted mRS (ours is ten times R's)",
        {
            "means": (np.array(ours.means) / 10, [out["mean_t"], out["mean_c"]]),
            "diff": (difference.estimate / 10, out["diff"]),
            "t": (difference.estimate / difference.se, out["t"]),
            "p": (difference.p, out["p"]),
            "ci": (np.array([difference.ci_low, difference.ci_high]) / 10, out["ci"]),
        },
    )
    out, ours = results_of(case, "Welch t-test"), found.mean_grade.difference
    pairs = {
        "t": (ours.estimate / ours.se, out["t"]),
        "p": (ours.p, out["p"]),
        "diff": (ours.estimate, out["diff"]),
        "ci": ([ours.ci_low, ours.ci_high], out["ci"]),
    }
    yield from _say(case, "Welch t-test", pairs)


def _only_of_tables(case: str) -> Iterator[Number]:
    found = analyse_table(table_of(case))
    out = results_of(case, "lrm(")
    fit = fit_rows(_as_rows(found.table))
    size, null = sum(found.table.n), fit.log_likelihood - found.common_or.ratio.statistic / 2
    share = -math.expm1(-found.common_or.ratio.statistic / size) / -math.expm1(2 * null / size)
    pairs = {
        "LR": (found.common_or.ratio.statistic, out["LR"]),
        "p": (found.common_or.ratio.p, out["p"]),
        "coef_arm": (-fit.parameters[-1], out["coef_arm"]),
        "nagelkerke_R2": (share, out["nagelkerke_R2"]),
    }
    yield from _say(case, "rms::lrm", pairs)
    out = results_of(case, "glm(I(mRS<=k)")
    odds = [item.odds_ratio for item in found.dichotomies]
    yield from _say(case, "glm at each cut", {"or": ([one.estimate for one in odds], out["or"])})
    loose = {"se": ([one.se for one in odds], out["se"]), "p": ([one.p for one in odds], out["p"])}
    yield from _say(case, "glm at each cut, standard errors", loose, 1e-4, GLM)
    if any("vglm" in item["call"] for item in case_of(case)["results"]):
        out, free = results_of(case, "vglm"), fit_rows(_as_rows(found.table), free=[ARM])
        pairs = {
            "coef": (free.parameters, out["coef"]),
            "se": (np.sqrt(np.diag(free.covariance)), out["se"]),
            "logLik": (free.log_likelihood, out["logLik"]),
        }
        yield from _say(case, "VGAM::vglm, an effect at each cut", pairs)


def _of_patients() -> Iterator[Number]:
    rows = rows_of(COVARIATES)
    fit, found = fit_rows(rows), analyse_rows(rows)
    yield from _fit(
        PATIENTS, "clm adjusted", results_of(PATIENTS, "clm(mrs ~ arm + age + nihss + aspects + sexm)"), fit
    )
    yield from _polr(PATIENTS, "polr adjusted", results_of(PATIENTS, "polr(mrs ~ arm + age"), fit)
    out = results_of(PATIENTS, "confint(clm")
    limits = np.array([fit.profile(label) for label in fit.labels])
    pairs = {"lb": (-limits[:, 1], out["lb"]), "ub": (-limits[:, 0], out["ub"])}
    pairs |= {"or_lb": (np.exp(-limits[:, 1]), out["or_lb"]), "or_ub": (np.exp(-limits[:, 0]), out["or_ub"])}
    yield from _say(PATIENTS, "confint(clm, profile) adjusted", pairs, PROFILE)
    yield from _test(
        PATIENTS, "anova(clm) adjusted", found.common_or.ratio, results_of(PATIENTS, "LR test of arm")
    )
    out, tests = results_of(PATIENTS, "nominal_test"), [ratio_of(rows, fit, [label]) for label in fit.labels]
    pairs = {
        "LR": ([test.statistic for test in tests], out["LR"]),
        "df": ([test.df for test in tests], out["df"]),
        "p": ([test.p for test in tests], out["p"]),
    }
    yield from _say(PATIENTS, "nominal_test adjusted", pairs)
    yield from _brant_adjusted(fit)
    yield from _other_models()
    out, ours = results_of(PATIENTS, "van Elteren"), analyse_rows(rows_of(strata=True)).van_elteren
    pairs = {
        "z": (-ours.statistic, out["z"]),
        "chi2": (ours.statistic**2, out["chi2"]),
        "p": (ours.p, out["p"]),
    }
    yield from _say(PATIENTS, "van Elteren", pairs)


def _brant_adjusted(fit: RowsFit) -> Iterator[Number]:
    out, tests = results_of(PATIENTS, "brant::brant"), list(brant_of(fit).values())
    for place, test in enumerate(tests):
        pairs = {"X2": (test.statistic, out["X2"][place]), "p": (test.p, out["p"][place])}
        call = "brant adjusted, omnibus" if place == 0 else "brant adjusted, each column"
        yield from _say(PATIENTS, call, pairs, 2e-2 if place == 0 else 1e-3, BRANT if place else OMNIBUS)


def _other_models() -> Iterator[Number]:
    inputs = case_of(PATIENTS)["inputs"]
    product = tuple(float(arm * nihss) for arm, nihss in zip(inputs["arm"], inputs["nihss"], strict=True))
    term = Term(name="arm:nihss", labels=("arm:nihss",), columns=(product,))
    rows = rows_of(("nihss", "age", "aspects"), (term,))
    fit, out = fit_rows(rows), results_of(PATIENTS, "clm interaction")
    test, cuts = ratio_test(rows, fit, "arm:nihss"), fit.cuts
    pairs = {
        "coef": (-fit.parameters[cuts:], out["coef"]),
        "se": (np.sqrt(np.diag(fit.covariance))[cuts:], out["se"]),
        "LR": (test.statistic, out["LR"]),
        "p": (test.p, out["p"]),
    }
    yield from _say(PATIENTS, "clm with an interaction", pairs)
    sites = category_term("site", [str(site) for site in inputs["site"]])
    age = rows_of(("age",)).terms
    fit = fit_rows(rows_of((), (sites, *age)))
    yield from _fit(PATIENTS, "clm with categories", results_of(PATIENTS, "factor(site) + age"), fit)


def out_of_scope(case: str) -> dict[str, str]:
    """Return the calls of a case that are not compared, with the reason."""
    return {
        item["call"].split("  ")[0].strip(): reason
        for item in case_of(case)["results"]
        for text, reason in OUT_OF_SCOPE.items()
        if text in item["call"]
    }


def magnitude(difference: float) -> str:
    """Return the power of ten that a relative difference is below, so that other machines say the same."""
    for power in (-12, -9, -8, -7, -6, -5, -4, -3, -2, -1):
        if difference < 10**power:
            return f"< 1e{power}"
    return "over 1e-1"


def page() -> str:
    """Return the page of agreement."""
    found = list(numbers())
    exceptions = [item for item in found if item.exception]
    within = [item for item in found if not item.exception]
    worst = max(item.difference for item in within if item.tolerance == CLOSE)
    lines = [
        "# The modified Rankin Scale against R",
        "",
        "Research use only. Not a medical device; not for diagnosis or treatment decisions.",
        "",
        "Written by `python tests/evidence/ordinal_agreement.py`, which computes every number anew. The",
        "cases are `tests/cases/ord_*.json` (R 4.2.2: MASS 7.3-58.2, ordinal 2022.11-16, rms 6.5-0,",
        "VGAM 1.1-7, brant 0.3.0, BuyseTest 3.3.3).",
        "",
        f"{len(found)} numbers are compared. {len(within)} agree: to 1e-6 relative (worst",
        f"{magnitude(worst)}), or, for profile limits, to 1e-4.",
        f"{len(exceptions)} are exceptions, each with its reason below.",
        "",
        "| case | R | numbers | worst relative difference | must be below |",
        "|---|---|---|---|---|",
    ]
    groups = dict.fromkeys((item.case, item.call, item.tolerance, item.exception) for item in found)
    for case, call, tolerance, exception in groups:
        inside = [item.difference for item in found if (item.case, item.call) == (case, call)]
        mark = " (exception)" if exception else ""
        cells = (case, f"`{call}`{mark}", len(inside), magnitude(max(inside)), f"{tolerance:.0e}")
        lines.append(f"| {' | '.join(map(str, cells))} |")
    lines += ["", "## Exceptions", ""]
    for reason in dict.fromkeys(item.exception for item in exceptions):
        named = [item for item in exceptions if item.exception == reason]
        calls = ", ".join(dict.fromkeys(f"`{item.call}`" for item in named))
        far = magnitude(max(item.difference for item in named))
        lines.append(f"* {calls} ({len(named)} numbers, {far}): {reason}.")
    lines += ["", "## Not compared", ""]
    left_out: dict[str, str] = {}
    for case in (*TABLES, PATIENTS):
        left_out |= out_of_scope(case)
    lines += [f"* `{call}`: {reason}." for call, reason in left_out.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
