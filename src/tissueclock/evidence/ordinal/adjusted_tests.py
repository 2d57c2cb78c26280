"""Tests of proportional odds on patient rows with covariates, of one column or of all of them.

The three are those of the tables (see `proportionality`): likelihood ratio, score with the expected
information, and Brant's. On rows with the arm alone they give the tables' numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import expit

from tissueclock.evidence.ordinal.cumulative import Floats, design_of
from tissueclock.evidence.ordinal.estimate import HypothesisTest, chi_square
from tissueclock.evidence.ordinal.proportionality import BRANT, RATIO, SCORE, TWO_LEVELS
from tissueclock.evidence.ordinal.regression import ONE_LEVEL, RowsFit, fit_cut, fit_rows
from tissueclock.evidence.ordinal.rows import OrdinalRows


def ratio_of(rows: OrdinalRows, fit: RowsFit, labels: Sequence[str]) -> HypothesisTest:
    """Return the likelihood ratio test of columns against an effect of their own at each cut."""
    if fit.cuts < 2:
        return HypothesisTest(method=RATIO, reason=TWO_LEVELS if fit.cuts else ONE_LEVEL)
    free = fit_rows(rows, free=labels)
    if not (free.peak.settled and fit.peak.settled):
        return HypothesisTest(method=RATIO, reason="the model with free effects did not converge")
    statistic = max(2 * (free.log_likelihood - fit.log_likelihood), 0.0)
    return chi_square(RATIO, statistic, (fit.cuts - 1) * len(labels))


def score_of(fit: RowsFit, labels: Sequence[str]) -> HypothesisTest:
    """Return the score test of the same hypothesis, with the expected information at the proportional fit."""
    if fit.cuts < 2 or fit.reason:
        return HypothesisTest(method=SCORE, reason=fit.reason or TWO_LEVELS)
    level_of, levels = fit.level_of, fit.cuts + 1
    chosen = [fit.labels.index(label) for label in labels]
    others = [place for place in range(len(fit.labels)) if place not in chosen]
    same, free = fit.scaled[:, others], fit.scaled[:, chosen]
    cuts, effects = fit.peak.at[: fit.cuts], fit.peak.at[fit.cuts :]
    at = np.concatenate([cuts, effects[others], np.tile(effects[chosen], fit.cuts)])
    gradient = design_of(level_of, levels, same, free).gradient(at)
    everybody = np.ones_like(level_of)
    designs = [design_of(level * everybody, levels, same, free) for level in range(levels)]
    information = sum(design.outer_slopes(at) for design in designs)
    statistic = float(gradient @ np.linalg.solve(information, gradient))
    return chi_square(SCORE, statistic, (fit.cuts - 1) * len(labels))


def brant_of(fit: RowsFit) -> dict[str, HypothesisTest]:
    """Return Brant's test of each column, and of all under the empty name.

    The covariance of the regressions at two cuts is that of Brant, Biometrics 1990;46:1171, his equation for
    the binary maximum likelihood estimates.
    """
    names = ("", *fit.labels)
    if fit.cuts < 2 or fit.reason:
        return {name: HypothesisTest(method=BRANT, reason=fit.reason or TWO_LEVELS) for name in names}
    binary = [fit_cut(fit, cut) for cut in range(fit.cuts)]
    for cut, one in enumerate(binary, start=1):
        if one.reason:
            reason = f"at cut {cut} of {fit.cuts}, {one.reason}"
            return {name: HypothesisTest(method=BRANT, reason=reason) for name in names}
    effects = np.stack([one.peak.at[1:] for one in binary])
    covariance = _covariance(fit, binary)
    width = effects.shape[1]
    found = {"": _equal(effects, covariance, range(width))}
    return found | {label: _equal(effects, covariance, [place]) for place, label in enumerate(fit.labels)}


def _covariance(fit: RowsFit, binary: Sequence[RowsFit]) -> Floats:
    """Return the covariance of the effects at two cuts, cuts x cuts x columns x columns."""
    columns = np.concatenate([np.ones((len(fit.scaled), 1)), fit.scaled], axis=1)
    shares = [expit(columns @ one.peak.at) for one in binary]
    inverses = [np.linalg.inv((columns.T * (share * (1 - share))) @ columns) for share in shares]
    found = np.zeros((fit.cuts, fit.cuts, columns.shape[1], columns.shape[1]))
    for low, lower in enumerate(shares):
        for high, upper in enumerate(shares[low:], start=low):
            middle = (columns.T * (lower * (1 - upper))) @ columns
            found[low, high] = inverses[low] @ middle @ inverses[high]
            found[high, low] = found[low, high].T
    return found[:, :, 1:, 1:]


def _equal(effects: Floats, covariance: Floats, places: Sequence[int]) -> HypothesisTest:
    """Return Wald's test that the chosen effects are those of the first cut at every cut."""
    chosen = list(places)
    cuts, width = len(effects), len(chosen)
    part = covariance[:, :, chosen][:, :, :, chosen].transpose(0, 2, 1, 3).reshape(cuts * width, -1)
    contrast = np.kron(np.concatenate([-np.ones((cuts - 1, 1)), np.eye(cuts - 1)], axis=1), np.eye(width))
    away = contrast @ effects[:, chosen].reshape(-1)
    statistic = float(away @ np.linalg.solve(contrast @ part @ contrast.T, away))
    return chi_square(BRANT, statistic, (cuts - 1) * width)
