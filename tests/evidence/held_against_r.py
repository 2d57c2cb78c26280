"""Our numbers beside R's, the exceptions with their reasons, and the page that says how they agree.

`python tests/evidence/held_against_r.py` writes the page; a test recomputes it. The page counts and bounds
differences, so that it is the same on every machine.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tissueclock.core.notice import DISCLAIMER
from tissueclock.eligibility.cohort.kappa import Weights
from tissueclock.evidence.agreement.blinding import ArmGuesses, blinding_indices
from tissueclock.evidence.agreement.icc import FORMS, intraclass_correlation
from tissueclock.evidence.agreement.pairs import agreement
from tissueclock.evidence.agreement.two_raters import two_raters
from tissueclock.evidence.student import t_quantile
from tissueclock.evidence.survival.competing import cumulative_incidence, gray_test
from tissueclock.evidence.survival.cox import cox_model
from tissueclock.evidence.survival.data import FollowUp, follow_up
from tissueclock.evidence.survival.kaplan_meier import KaplanMeier, Scale, kaplan_meier
from tissueclock.evidence.survival.log_rank import log_rank
from tissueclock.evidence.survival.partial_likelihood import Ties
from tissueclock.evidence.survival.proportional import proportionality_tests
from tissueclock.evidence.survival.restricted_mean import restricted_mean
from tissueclock.image.overlap import Points, overlap, surface_distances

CASES = Path(__file__).parents[1] / "cases"
PAGE = Path(__file__).parents[2] / "validation" / "evidence" / "agreement.md"
TOLERANCE = 1e-6
AGREEMENT = ("agree_bland_altman", "agree_cohen_kappa", "agree_icc", "blinding_index", "seg_overlap_distance")
SURVIVAL = ("surv_aml", "surv_gehan", "surv_competing")
WEIGHTS = {"unweighted": Weights.NONE, "equal": Weights.LINEAR, "squared": Weights.QUADRATIC}
SCALES = {
    "log": Scale.LOG,
    "log-log": Scale.LOG_LOG,
    "plain": Scale.PLAIN,
    "logit": Scale.LOGIT,
    "arcsin": Scale.ARCSINE,
}
EXCEPTIONS = {
    ("agree_icc", "icc(A,k)"): "irr 0.84.1 puts the correlation of the mean into the degrees of freedom of "
    "single ratings, so that its interval is not that of ICC(A,1) stepped up, which it must be; psych 2.2.9 "
    "agrees with ours, and a test computes irr's numbers from ours by that one slip",
    (
        "agree_cohen_kappa",
        "p",
    ): "R takes 1 - pnorm(z), which loses its digits below 1e-10 and is 0 below 1e-16; "
    "ours is the tail itself. The z that they come from agree",
}
"""Where R's number is not ours, by case and name of the number."""


@dataclass(frozen=True)
class Number:
    """One number of ours and R's; None is one that does not exist."""

    case: str
    name: str
    ours: float | None
    theirs: float | None

    @property
    def difference(self) -> float:
        """Relative; absolute where R has 0; infinite where only one of the two exists."""
        if self.ours is None or self.theirs is None:
            return 0.0 if self.ours is self.theirs else math.inf
        return abs(self.ours - self.theirs) / (abs(self.theirs) or 1.0)

    @property
    def agrees(self) -> bool:
        return self.difference <= TOLERANCE

    @property
    def excused(self) -> bool:
        return not self.agrees and (self.case, self.name) in EXCEPTIONS


def case(name: str) -> dict[str, Any]:
    return json.loads((CASES / f"{name}.json").read_text("utf-8"))


def results(name: str, start: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield call and numbers of the results whose call begins so."""
    for result in case(name)["results"]:
        if result["call"].startswith(start):
            yield result["call"], result["out"]


def numbers() -> list[Number]:
    """Return every number of every case."""
    parts = (
        limits(),
        kappas(),
        correlations(),
        blinding(),
        masks(),
        *map(survival, SURVIVAL[:2]),
        competing(),
    )
    return [number for part in parts for number in part]


def several(name: str, what: str, ours: Iterable[Any], theirs: Iterable[Any]) -> Iterator[Number]:
    for mine, other in zip(ours, theirs, strict=True):
        gone = mine is None or math.isnan(mine)
        yield Number(name, what, None if gone else float(mine), None if other is None else float(other))


def limits() -> Iterator[Number]:
    name = "agree_bland_altman"
    inputs, (first, lin, carkeet) = case(name)["inputs"], [result["out"] for result in case(name)["results"]]
    found = agreement(inputs["wright"], inputs["mini"])
    limits, ccc = found.bland_altman, found.concordance
    t = t_quantile(0.975, limits.n - 1)
    old = t * limits.limit_error_1986
    for what, ours, theirs in (
        ("bias, sd", (limits.n, limits.bias, limits.sd), (first["n"], first["bias"], first["sd"])),
        ("limits", (limits.lower, limits.upper), first["loa"]),
        ("interval of the bias", limits.bias_interval, first["bias_ci"]),
        (
            "errors of a limit",
            (limits.limit_error_1986, limits.limit_error),
            (first["se_loa_1986"], first["se_loa_1999"]),
        ),
        ("interval of a limit, 1999", limits.lower_interval, first["loa_lower_ci_1999"]),
        ("interval of a limit, 1986", (limits.lower - old, limits.lower + old), first["loa_lower_ci_1986"]),
        ("interval of a limit, 1986", (limits.upper - old, limits.upper + old), first["loa_upper_ci_1986"]),
        ("Carkeet", limits.prediction, carkeet["pi"]),
        ("concordance", (ccc.rho_c, *ccc.interval), (lin["rho_c"], *lin["z_ci"])),
        ("concordance, plain interval", ccc.plain_interval, lin["asym_ci"]),
        (
            "concordance, parts",
            (ccc.bias_correction, ccc.scale_shift, ccc.location_shift, ccc.pearson),
            (lin["C_b"], lin["scale_shift"], lin["location_shift"], lin["pearson"]),
        ),
    ):
        yield from several(name, what, ours, theirs)


def kappas() -> Iterator[Number]:
    name = "agree_cohen_kappa"
    tables = case(name)["inputs"]
    for result in case(name)["results"]:
        out, counts = result["out"], tables[result["call"].split()[-1]]
        weights = WEIGHTS[out.get("weight", "unweighted")]
        found = two_raters([str(at) for at in range(len(counts))], counts, weights)
        if "weight" in out:
            kappa = found.kappa
            ours = (kappa.kappa, kappa.standard_error, *kappa.interval, found.z)
            yield from several(name, "kappa", ours, (out["kappa"], out["ase"], *out["ci"], out["z_null"]))
            yield Number(name, "p", found.p, out["p"])
            if out["po"] is not None:
                yield Number(name, "agreed", kappa.observed, out["po"])
        elif "ac1" in out:
            yield from several(name, "AC1, PABAK", (found.ac1, found.pabak), (out["ac1"], out["pabak"]))
        else:
            yield Number(name, "Scott's pi", found.pi, out["pi"])


def correlations() -> Iterator[Number]:
    name = "agree_icc"
    found = intraclass_correlation(case(name)["inputs"]["ratings"])
    forms = {form.form: form for form in found.forms}
    places = {("oneway", "consistency"): "1", ("twoway", "agreement"): "2", ("twoway", "consistency"): "3"}
    for call, out in results(name, "irr::icc"):
        _, model, _, kind, _, unit, _ = call.split("'")
        form = forms[f"ICC({places[model, kind]},{'1' if unit == 'single' else 'k'})"]
        fixed = (form.icc, form.f, form.df1)
        yield from several(name, "icc", fixed, (out["icc"], out["F"], out["df1"]))
        what = "icc(A,k)" if form.form == "ICC(2,k)" else "icc"
        yield from several(name, what, (form.df2, form.p, *form.interval), (out["df2"], out["p"], *out["ci"]))
    for _, out in results(name, "psych"):
        for form, *theirs in zip(FORMS, out["icc"], out["F"], out["lb"], out["ub"], strict=True):
            ours = forms[form]
            yield from several(name, "psych", (ours.icc, ours.f, *ours.interval), theirs)


def blinding() -> Iterator[Number]:
    name = "blinding_index"
    for _, out in results(name, "BI::BI"):
        treated, control = (
            ArmGuesses(arm=arm, treatment=out[key][0], control=out[key][1], unknown=out[key][2])
            for arm, key in (("treated", "treat"), ("control", "control"))
        )
        keys = ("james", "bang_treat", "bang_control")
        for index, key in zip(blinding_indices(treated, control), keys, strict=True):
            ours = (index.estimate, index.standard_error, *index.interval)
            yield from several(name, key, ours, out[key])


def voxels(places: list[list[int]], shape: Iterable[int]) -> np.ndarray:
    mask = np.zeros(tuple(shape), dtype=bool)
    mask[tuple(np.array(places).T)] = True
    return mask


def masks() -> Iterator[Number]:
    name = "seg_overlap_distance"
    inputs = case(name)["inputs"]
    for _, out in results(name, "overlap and distances"):
        one = inputs[out["case"]]
        shape = np.max([*one["a"], *one["b"]], axis=0) + 2
        first, second = (voxels(one[key], shape) for key in "ab")
        shared, theirs = overlap(first, second, float(np.prod(one["spacing"])) / 1000), out["overlap"]
        ours = {
            "n_a": shared.first,
            "n_b": shared.second,
            "n_inter": shared.both,
            "vol_a": shared.first * shared.voxel_ml * 1000,
            "vol_b": shared.second * shared.voxel_ml * 1000,
            "dice": shared.dice,
            "jaccard": shared.jaccard,
            "sensitivity_a_ref": shared.sensitivity,
            "precision_a_ref": shared.precision,
            "volumetric_similarity": shared.volumetric_similarity,
            "abs_volume_diff": abs(shared.difference_ml) * 1000,
            "rel_volume_diff_b_vs_a": -shared.difference_ml / shared.voxel_ml / shared.first,
        }
        assert set(ours) == set(theirs)
        yield from several(name, "overlap", ours.values(), [theirs[key] for key in ours])
        for points in Points:
            yield from distances(name, first, second, one["spacing"], points, out)


def distances(name, first, second, spacing, points: Points, out: dict[str, Any]) -> Iterator[Number]:
    far = surface_distances(first, second, spacing, points)
    theirs = out[f"{points.value}_voxels"]
    ours = {
        "hd": far.hausdorff_mm,
        "directed_ab": far.directed_mm[0],
        "directed_ba": far.directed_mm[1],
        "hd95_max_of_directed_type7": far.hd95_mm,
        "hd95_pooled_type7": far.hd95_pooled_mm,
        "hd95_max_of_directed_nearest_rank": far.hd95_nearest_rank_mm,
        "assd_pooled": far.mean_mm,
        "assd_mean_of_means": far.mean_of_means_mm,
        "nsd_1mm": far.surface_dice(1),
        "nsd_2mm": far.surface_dice(2),
        "n_surface_a": len(far.from_first_mm),
        "n_surface_b": len(far.from_second_mm),
    }
    assert set(ours) == set(theirs)
    yield from several(name, f"distances, {points.value}", ours.values(), [theirs[key] for key in ours])


def survival(name: str) -> Iterator[Number]:
    """Yield the numbers of a case of the package survival; R has its groups by the alphabet."""
    inputs = case(name)["inputs"]
    order = sorted(set(inputs["grp"]))
    data = follow_up(inputs["time"], inputs["status"], inputs["grp"], order=order)
    curves = [kaplan_meier(*data.of_group(at)) for at in range(len(order))]
    for call, out in results(name, "summary(survfit"):
        yield from steps(name, curves, SCALES[call.split("conf.type='")[1].split("'")[0]], out)
    for call, out in results(name, "quantile(survfit"):
        yield from quantiles(name, curves, SCALES[call.split("conf.type='")[1].split("'")[0]], out)
    for _, out in results(name, "Nelson-Aalen"):
        inside = [curve.events > 0 for curve in curves]
        hazard = np.concatenate([curve.hazard[kept] for curve, kept in zip(curves, inside, strict=True)])
        spread = np.concatenate(
            [curve.hazard_variance[kept] for curve, kept in zip(curves, inside, strict=True)]
        )
        yield from several(name, "Nelson-Aalen", hazard, out["cumhaz"])
        yield from several(name, "Nelson-Aalen", np.sqrt(spread), out["std_chaz"])
    for rho in (0, 1):
        for _, out in results(name, f"survdiff(rho={rho})"):
            test = log_rank(data, rho)
            ours = (*test.observed, *test.expected, test.statistic, test.df, test.p, *test.covariance.ravel())
            theirs = (*out["obs"], *out["exp"], out["chi2"], out["df"], out["p"], *np.ravel(out["var"]))
            yield from several(name, "log-rank", ours, theirs)
    yield from models(name, data)
    for _, out in results(name, "restricted mean"):
        means = [restricted_mean(curve, "", out["tau"]) for curve in curves]
        yield from several(name, "restricted mean", [mean.mean for mean in means], out["rmean"])
        yield from several(name, "restricted mean", [mean.standard_error for mean in means], out["se"])


def steps(name: str, curves: list[KaplanMeier], scale: Scale, out: dict[str, Any]) -> Iterator[Number]:
    columns = [[], [], [], [], [], [], []]
    for curve in curves:
        kept = curve.events > 0
        parts = (
            *(curve.times, curve.at_risk, curve.events, curve.survival, curve.standard_error),
            *curve.interval(scale),
        )
        for column, part in zip(columns, parts, strict=True):
            column.extend(part[kept])
    keys = ("time", "n_risk", "n_event", "surv", "std_err", "lower", "upper")
    for column, key in zip(columns, keys, strict=True):
        yield from several(name, f"curve, {scale.value}", column, out[key])


def quantiles(name: str, curves: list[KaplanMeier], scale: Scale, out: dict[str, Any]) -> Iterator[Number]:
    for at, curve in enumerate(curves):
        found = [curve.quantile(share, scale) for share in (0.25, 0.5, 0.75)]
        for place, key in enumerate(("q", "lower", "upper")):
            yield from several(name, "quantiles", [ends[place] for ends in found], out[key][at])


def models(name: str, data: FollowUp) -> Iterator[Number]:
    for call, out in results(name, "coxph"):
        ties = Ties(call.split("ties='")[1].split("'")[0])
        model = cox_model(data.times, data.events, data.group, ["group"], ties=ties)
        (one,) = model.coefficients
        ours = (
            one.log_hazard_ratio,
            one.standard_error,
            one.hazard_ratio,
            *one.interval,
            *model.log_likelihood,
        )
        theirs = (out["coef"], out["se"], out["hr"], *out["ci"], *out["loglik"])
        yield from several(name, f"Cox, {ties.value}", ours, theirs)
        tests = (
            model.likelihood_ratio.statistic,
            model.score.statistic,
            model.wald.statistic,
            model.concordance,
        )
        theirs = (out["lr"], out["score"], out["wald"], out["concordance"])
        yield from several(name, f"Cox, {ties.value}", tests, theirs)
    for _, out in results(name, "cox.zph"):
        model = cox_model(data.times, data.events, data.group, ["group"])
        (test,) = proportionality_tests(model, data.times, data.events)
        yield from several(name, "proportionality", (test.statistic, test.p), (out["chisq"], out["p"]))


def competing() -> Iterator[Number]:
    name = "surv_competing"
    inputs = case(name)["inputs"]
    data = follow_up(inputs["time"], inputs["status"], [str(group) for group in inputs["grp"]])
    for _, out in results(name, "cmprsk::cuminc"):
        tests = [gray_test(data, cause) for cause in (1, 2)]
        yield from several(name, "Gray's test", [test.statistic for test in tests], out["test_stat"])
        yield from several(name, "Gray's test", [test.p for test in tests], out["p"])
        yield from several(name, "Gray's test", [test.df for test in tests], out["df"])
    for _, out in results(name, "timepoints"):
        for row, estimates, variances in zip(out["rows"], out["est"], out["var"], strict=True):
            group, cause = row.split()
            times, causes = data.of_group(data.groups.index(group))
            found, spread = cumulative_incidence(times, causes, int(cause)).at((10, 30, 60))
            yield from several(name, "cumulative incidence", found, estimates)
            yield from several(name, "cumulative incidence", spread, variances)


def page(found: list[Number]) -> str:
    """Return the page: how many numbers agree in each case, and which do not and why."""
    lines = [
        "# Agreement and survival against R",
        "",
        DISCLAIMER,
        "",
        "Every number that R 4.2.2 (irr, vcd, psych, epiR, BI, survival, cmprsk, and distances written in R",
        "from their definitions) gave for `tests/cases/agree_*.json`, `blinding_index.json`,",
        "`seg_overlap_distance.json` and `surv_*.json`, beside ours. Written by",
        "`python tests/evidence/held_against_r.py`; `tests/evidence/test_held_against_r.py` recomputes it.",
        "",
        f"| case | numbers | agree to {TOLERANCE:g}, relative | differ, with reason | worst that agrees |",
        "|---|---|---|---|---|",
    ]
    for name in (*AGREEMENT, *SURVIVAL):
        own = [number for number in found if number.case == name]
        agree = [number.difference for number in own if number.agrees]
        excused = sum(number.excused for number in own)
        lines.append(f"| `{name}` | {len(own)} | {len(agree)} | {excused} | {bound(max(agree))} |")
    agree = sum(number.agrees for number in found)
    lines += ["", f"In all {len(found)} numbers, {agree} of them agree.", "", "## Which differ, and why", ""]
    lines += ["| case | number | how many | reason |", "|---|---|---|---|"]
    for (name, what), reason in EXCEPTIONS.items():
        count = sum(number.excused for number in found if (number.case, number.name) == (name, what))
        lines.append(f"| `{name}` | {what} | {count} | {reason} |")
    return "\n".join([*lines, "", *NOT_COMPARED, ""])


NOT_COMPARED = (
    "## What is not compared",
    "",
    "* `seg_overlap_distance`, empty masks: no number is universal. Ours: Dice is undefined where both are",
    "  empty and 0 where one is; distances are undefined where either is, never 0.",
    "* Fleiss' kappa, Krippendorff's alpha, stratified log-rank and Cox with covariates or strata have no",
    "  case of R; they are held against published numbers, statsmodels and lifelines in `tests/evidence`.",
)


def bound(difference: float) -> str:
    """Return the power of ten that a difference stays under."""
    return next(f"below {limit:g}" for limit in (1e-9, TOLERANCE * 1.001) if difference < limit)


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(numbers()), encoding="utf-8")
