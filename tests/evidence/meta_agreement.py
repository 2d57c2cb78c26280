"""Every number of R that the meta-analysis has an answer to, beside ours, and why a few differ.

`python tests/evidence/meta_agreement.py validation/evidence/meta.md` writes the page; a test does the same
and compares. Nothing on the page is typed.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from r_compared import (
    BIAS,
    DEVIANCE,
    META,
    ONE_ARM,
    OWN_Z,
    PROPORTIONS,
    ROOTS,
    SCORING,
    TWO_ARM,
    Compared,
    relative,
)
from r_meta import meta_cases, published_cases
from r_metafor import count_cases, odds_ratio_model_cases, proportion_model_cases, rma_cases
from r_sensitivity import bias_cases, regression_cases, subgroup_cases

from tissueclock.core.notice import DISCLAIMER


def everything() -> list[Compared]:
    """Return every comparison, in the order of the page."""
    found: list[Compared] = []
    for name in (*TWO_ARM, *ONE_ARM, "meta_normand_strokeunit_los"):
        found += rma_cases(name)
    for name in TWO_ARM:
        found += count_cases(name)
    for name in ONE_ARM:
        found += proportion_model_cases(name)
    found += odds_ratio_model_cases()
    found += regression_cases()
    found += subgroup_cases()
    for name in BIAS:
        found += bias_cases(name)
    for name in META:
        found += meta_cases(name)
    found += published_cases()
    return found


@dataclass(frozen=True)
class Disagreement:
    """Numbers that differ for a reason of R's own that is not redone here."""

    case: str
    call: str
    names: tuple[str, ...]
    reason: str

    def covers(self, one: Compared) -> bool:
        return one.case == self.case and self.call in one.call and one.name in self.names


DISAGREEMENTS = (
    Disagreement(
        "meta_largecore_mrs03",
        "method='ML'",
        ("tau2", "I2"),
        "The likelihood is highest at tau2 = 0, where ours is exactly; R stops at 1.4e-13.",
    ),
    Disagreement(
        "meta_glmm_bcg",
        "CM.EL",
        ("QE_Wld", "QEp_Wld"),
        "R's second derivatives of the saturated model are numeric. Ours are the exact variances of the "
        "non-central hypergeometric distribution; the likelihood-ratio test of the same hypothesis agrees, "
        "and the other models' Wald tests lie near ours.",
    ),
    Disagreement(
        "meta_glmm_bcg",
        "model='CM.EL', method='FE'",
        ("se",),
        "R's second derivative is numeric. The exact one, the sum of the hypergeometric variances, is ours "
        "(a test computes it by itself).",
    ),
    Disagreement(
        "meta_glmm_bcg",
        "model='UM.RS', method='ML'",
        ("se", "ci_lb", "ci_ub"),
        "R's log-likelihood is 1.1e-5 below ours, so its optimiser stopped short of the peak; its second "
        "derivatives are numeric.",
    ),
    Disagreement(
        "meta_glmm_bcg",
        "model='UM.RS', method='FE'",
        ("logLik",),
        "With seven points lme4 leaves the saturated model's log-likelihood out; ours is the marginal one, "
        "by Laplace, as of the model with tau2, where both agree.",
    ),
)
REASONS = {
    ROOTS: "R's root finder stops at an absolute tolerance of 1.2e-4 (uniroot's default). The same functions "
    "with the same root finder and tolerance give R's digits.",
    SCORING: "meta's REML stops when tau2 changes by less than 1e-5. Fisher scoring with that rule gives R's "
    "digits; ours goes on to the maximum.",
    PROPORTIONS: "meta adds 1/2 to a raw proportion's variance but not to the proportion, and 1/2 instead of "
    "1 to the size of a logarithm. Ours follow metafor's escalc; meta's effects give meta's digits.",
    OWN_Z: "A p of 1e-5 to 1e-31 magnifies the last digits of z. R's own estimate and error give R's p.",
    DEVIANCE: "metafor's logLik of models with seven points is the density at the random effects' modes, not "
    "the marginal log-likelihood. Computed so, ours agree.",
}
_SMALLEST_SHOWN = -10


def bucket(difference: float) -> str:
    """Return the power of ten that a difference does not exceed, not under 1e-10: the same on any machine."""
    if difference <= 10.0**_SMALLEST_SHOWN:
        return f"1e{_SMALLEST_SHOWN}"
    return f"1e{math.ceil(math.log10(difference) - 1e-9):d}"


def reason_of(one: Compared) -> Disagreement | None:
    return next((other for other in DISAGREEMENTS if other.covers(one)), None)


def page(found: Sequence[Compared]) -> str:
    """Return the page of agreement."""
    lines = ["# Meta-analysis against R", "", DISCLAIMER, "", *_introduction(found), ""]
    lines += [
        "| case | numbers | agree | agree redone as R does | differ | worst that agrees |",
        "|---|---|---|---|---|---|",
    ]
    for case in dict.fromkeys(one.case for one in found):
        lines.append(_row(case, [one for one in found if one.case == case]))
    lines.append(_row("all", found))
    lines += ["", "## Where R does something else, and doing the same gives its digits", ""]
    lines += ["| numbers | largest difference | redone as R does | why |", "|---|---|---|---|"]
    for why, reason in REASONS.items():
        redone = [one for one in found if one.why == why and not one.agrees and one.explained]
        worst = bucket(max(one.difference for one in redone))
        left = bucket(max(relative(one.as_r, one.theirs) for one in redone))
        lines.append(f"| {len(redone)} | {worst} | {left} | {reason} |")
    lines += [
        "",
        "## What differs",
        "",
        "| case and call | number | ours | R | why |",
        "|---|---|---|---|---|",
    ]
    for one in found:
        if not one.agrees and not one.explained:
            call = one.call.partition("#")[0].strip().replace("|", "\\|")
            reason = reason_of(one).reason
            cells = (f"{one.case}: `{call}`", one.name, f"{one.ours:.6g}", f"{one.theirs:.6g}", reason)
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _introduction(found: Sequence[Compared]) -> list[str]:
    return [
        f"{len(found)} numbers of metafor 3.8-1 and meta 6.5-0 (R 4.2.2), each beside ours, by",
        "`python tests/evidence/meta_agreement.py validation/evidence/meta.md`, which writes this page; a",
        "test writes it again and compares. A number agrees within 1e-6 relative, within 1e-4 where REML,",
        "ML, a binomial-normal model or an interval of tau2 made it. Differences are shown as the next power",
        "of ten.",
        "Not compared: words, and Q of UM.RS, of which R's own two values differ (160.6 and 161.2).",
    ]


def _row(case: str, some: Sequence[Compared]) -> str:
    agreeing = [one for one in some if one.agrees]
    redone = sum(not one.agrees and one.explained for one in some)
    cells = (case, len(some), len(agreeing), redone, len(some) - len(agreeing) - redone)
    return f"| {' | '.join(map(str, cells))} | {bucket(max(one.difference for one in agreeing))} |"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(everything()), encoding="utf-8")
