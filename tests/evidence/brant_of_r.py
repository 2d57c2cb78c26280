"""Brant's test as R's package `brant` (0.3.0) computes it, with its two peculiarities.

`glm` leaves the variance of its last but one step, and the block of two cuts stands on both sides of the
diagonal without being transposed, which matters with several columns. Written from the package's
documented steps, to show that the difference between R and us is these two things and nothing else.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit


def glm_of_r(columns, success):
    """Return coefficients, variance and fitted values of R's binomial `glm` with its stopping rule."""
    mean = (success + 0.5) / 2
    logit, before = np.log(mean / (1 - mean)), _deviance(mean, success)
    for _ in range(25):
        weight = mean * (1 - mean)
        normal = columns.T @ (weight[:, None] * columns)
        found = np.linalg.solve(normal, columns.T @ (weight * (logit + (success - mean) / weight)))
        logit = columns @ found
        mean = expit(logit)
        deviance = _deviance(mean, success)
        if abs(deviance - before) / (abs(deviance) + 0.1) < 1e-8:
            break
        before = deviance
    return found, np.linalg.inv(normal), mean


def _deviance(mean, success):
    return -2 * np.sum(np.where(success > 0, np.log(mean), np.log1p(-mean)))


def brant_of_r(matrix, level_of, levels):
    """Return the omnibus statistic, then one a column."""
    width, cuts = matrix.shape[1], levels - 1
    columns = np.concatenate([np.ones((len(matrix), 1)), matrix], axis=1)
    fits = [glm_of_r(columns, (level_of > cut).astype(float)) for cut in range(cuts)]
    blocks = np.zeros((cuts, cuts, width, width))
    for low in range(cuts):
        blocks[low, low] = fits[low][1][1:, 1:]
        for high in range(low + 1, cuts):
            block = _block(columns, fits[low][2], fits[high][2])
            blocks[low, high] = blocks[high, low] = block
    effects = np.stack([fit[0][1:] for fit in fits])
    places = [list(range(width)), *([place] for place in range(width))]
    return np.array([_wald(effects, blocks, chosen) for chosen in places])


def _block(columns, low, high):
    first, second = (np.linalg.inv(columns.T @ ((p * (1 - p))[:, None] * columns)) for p in (low, high))
    middle = columns.T @ ((high - low * high)[:, None] * columns)
    return (first @ middle @ second)[1:, 1:]


def _wald(effects, blocks, chosen):
    cuts, width = len(effects), len(chosen)
    whole = blocks[:, :, chosen][..., chosen].transpose(0, 2, 1, 3).reshape(cuts * width, -1)
    contrast = np.kron(np.concatenate([np.ones((cuts - 1, 1)), -np.eye(cuts - 1)], axis=1), np.eye(width))
    away = contrast @ effects[:, chosen].reshape(-1)
    return away @ np.linalg.solve(contrast @ whole @ contrast.T, away)
