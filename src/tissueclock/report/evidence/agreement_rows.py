"""Agreement of raters, of masks and of guesses, as rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tissueclock.eligibility.cohort.kappa import Weights
from tissueclock.evidence.agreement.analysis import RaterAgreement
from tissueclock.evidence.agreement.blinding import Index, guess_words
from tissueclock.evidence.agreement.icc import IntraclassCorrelation
from tissueclock.evidence.agreement.many_raters import Alpha, FleissKappa
from tissueclock.evidence.agreement.pairs import BlandAltman, Concordance
from tissueclock.evidence.agreement.two_raters import TwoRaters
from tissueclock.image.overlap import MaskAgreement, SurfaceDistances
from tissueclock.report.evidence.estimate_rows import EstimateRow


def agreement_rows(found: RaterAgreement) -> Iterator[EstimateRow]:
    """Yield every estimate of a table of ratings, then what was left out and why."""
    if found.kappa:
        yield from _two_raters(found.kappa)
    if found.fleiss:
        yield from _fleiss(found.fleiss)
    if found.krippendorff:
        yield _alpha(found.krippendorff)
    if found.icc:
        yield from _icc(found.icc)
    if found.bland_altman and found.concordance:
        yield from _limits(found.bland_altman)
        yield from _concordance(found.concordance)


def left_out_lines(found: RaterAgreement) -> Iterator[str]:
    """Yield one row for each analysis that was not made, and one for cases without all answers."""
    for kind, reason in found.left_out.items():
        yield f"{kind.value}\tleft out\t{reason}"
    if missing := found.rows - found.complete:
        yield f"incomplete\t{missing} of {found.rows} cases lack an answer; only krippendorff reads them"


def _two_raters(found: TwoRaters) -> Iterator[EstimateRow]:
    kind = "" if found.weights is Weights.NONE else f", {found.weights.value} weights"
    kappa = found.kappa
    agreed = "agreed" if found.weights is Weights.NONE else "agreed by weight"
    remark = kappa.reason or f"n {kappa.n}, {agreed} {100 * (kappa.observed or 0):.1f} %"
    yield EstimateRow("kappa", f"Cohen's kappa{kind}", kappa.kappa, kappa.interval, found.p, remark)
    for name, what, value in (
        ("ac1", "Gwet's AC1, no weights", found.ac1),
        ("pabak", "kappa at even margins, no weights", found.pabak),
        ("scott-pi", "Scott's pi, no weights", found.pi),
    ):
        yield EstimateRow(name, what, value)


def _fleiss(found: FleissKappa) -> Iterator[EstimateRow]:
    remark = found.reason or f"n {found.n}, {found.raters} raters"
    yield EstimateRow("fleiss", "Fleiss' kappa", found.kappa, found.interval, found.p, remark)
    for one in found.categories:
        share = f"{100 * one.share:.1f} % of answers"
        yield EstimateRow(f"fleiss/{one.category}", "this category against the rest", one.kappa, remark=share)


def _alpha(found: Alpha) -> EstimateRow:
    remark = found.reason or f"n {found.n}, {found.answers} answers"
    what = f"Krippendorff's alpha, {found.scale.value}"
    return EstimateRow("krippendorff", what, found.alpha, found.interval, remark=remark)


def _icc(found: IntraclassCorrelation) -> Iterator[EstimateRow]:
    if found.reason:
        yield EstimateRow("icc", "intraclass correlation", None, remark=found.reason)
    for one in found.forms:
        test = f"F({one.df1:g}, {one.df2:.4g}) {one.f:.3f}"
        yield EstimateRow(one.form, one.meaning, one.icc, one.interval, one.p, test)


def _limits(found: BlandAltman) -> Iterator[EstimateRow]:
    yield EstimateRow("bias", "mean difference, first minus second", found.bias, found.bias_interval)
    yield EstimateRow("lower-limit", "bias - 1.96 SD", found.lower, found.lower_interval)
    yield EstimateRow("upper-limit", "bias + 1.96 SD", found.upper, found.upper_interval)
    remark = "" if found.slope is not None else "needs three pairs whose means differ"
    what = "proportional bias, a unit of the mean"
    yield EstimateRow("slope", what, found.slope, found.slope_interval, remark=remark)


def _concordance(found: Concordance) -> Iterator[EstimateRow]:
    yield EstimateRow("ccc", "Lin's concordance", found.rho_c, found.interval, remark=found.reason)
    yield EstimateRow("pearson", "correlation", found.pearson)


def mask_rows(found: MaskAgreement) -> Iterator[EstimateRow]:
    """Yield overlap, volumes and distances of two masks; the first is the reference."""
    shared, far = found.overlap, found.distances
    for name, what, value in (
        ("dice", "overlap", shared.dice),
        ("jaccard", "shared over either", shared.jaccard),
        ("sensitivity", "share of the first that the second finds", shared.sensitivity),
        ("precision", "share of the second that lies in the first", shared.precision),
        ("volumetric-similarity", "1 less difference over sum of volumes", shared.volumetric_similarity),
    ):
        yield EstimateRow(name, what, value, remark="" if value is not None else found.reason)
    yield EstimateRow("first-ml", "volume of the first, mL", shared.first * shared.voxel_ml, digits=2)
    yield EstimateRow("second-ml", "volume of the second, mL", shared.second * shared.voxel_ml, digits=2)
    yield EstimateRow("difference-ml", "first minus second, mL", shared.difference_ml, digits=2)
    if far is None:
        yield EstimateRow("hausdorff-mm", "farthest distance, mm", None, remark=found.reason)
    else:
        yield from _distances(far, found.tolerances_mm)


def _distances(found: SurfaceDistances, tolerances_mm: Sequence[float]) -> Iterator[EstimateRow]:
    place = f"{found.points.value} voxels"
    for name, what, value in (
        ("hausdorff-mm", f"farthest distance, mm, {place}", found.hausdorff_mm),
        ("hd95-mm", "larger of the two 95th percentiles, mm", found.hd95_mm),
        ("hd95-pooled-mm", "95th percentile of both sets, mm", found.hd95_pooled_mm),
        ("mean-mm", "mean of both sets, mm", found.mean_mm),
        ("mean-of-means-mm", "mean of the two means, mm", found.mean_of_means_mm),
    ):
        yield EstimateRow(name, what, value, digits=2)
    for tolerance in tolerances_mm:
        share = found.surface_dice(tolerance)
        yield EstimateRow(f"surface-dice-{tolerance:g}-mm", "share of points within this", share)


def blinding_rows(indices: Sequence[Index]) -> Iterator[EstimateRow]:
    """Yield James' index of the trial and Bang's of each arm, with what the latter mean."""
    for index in indices:
        james = index.name == "james"
        remark = index.reason or ("1 nobody knows, 0 all do" if james else guess_words(index))
        what = "blinding index of James" if james else "blinding index of Bang"
        yield EstimateRow(index.name, what, index.estimate, index.interval, remark=f"n {index.n}; {remark}")
