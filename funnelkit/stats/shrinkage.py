"""Shrinkage: rates of small units drawn towards the whole, as far as the data say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy
from numpy.typing import ArrayLike

from funnelkit.stats.checks import FloatArray, counts, vectors, z_value

GRID = 80


def _posterior(k: FloatArray, n: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return (alpha, beta, weight) on a grid over the mean and the size of the prior."""
    rate = (k.sum() + 0.5) / (n.sum() + 1)
    # Wide enough for the mean of units that differ as much as single yes/no answers would.
    spread = 4 / np.sqrt(min(n.size, n.sum() + 1)) / np.sqrt(rate * (1 - rate))
    centre = np.log(rate / (1 - rate)) + np.linspace(-spread, spread, GRID)
    size = np.linspace(np.log(0.3), np.log(3e4), GRID)
    mean, total = scipy.special.expit(centre)[:, None], np.exp(size)[None, :]
    alpha, beta = (mean * total).ravel(), ((1 - mean) * total).ravel()
    # Units with equal (k, n) share their likelihood.
    pairs, times = np.unique(np.c_[k, n], axis=0, return_counts=True)
    log_weight = np.log(alpha) + np.log(beta) - 2.5 * np.log(alpha + beta)
    base = scipy.special.betaln(alpha, beta)
    for (successes, trials), weight in zip(pairs, times, strict=True):
        log_weight += weight * (
            scipy.special.betaln(alpha + successes, beta + trials - successes) - base
        )
    weight = np.exp(log_weight - log_weight.max())
    return alpha, beta, weight / weight.sum()


def shrink(k: ArrayLike, n: ArrayLike, level: float = 0.95) -> pd.DataFrame:
    """Return beta-binomial shrunken rates with intervals.

    The hierarchical model of Gelman et al., Bayesian Data Analysis, 3rd ed., 2013, section
    5.3: ``k ~ Binomial(n, rate)``, ``rate ~ Beta(a, b)``, prior ``(a + b) ** -2.5``. Instead
    of fixing (a, b) at one estimate, which makes intervals too short when units are few, the
    posterior is averaged over a grid; the interval is that of the beta distribution with
    the posterior's mean and variance. A unit with n = 0 takes the distribution of units.

    Returns
    -------
    DataFrame
        ``k``, ``n``, ``rate``, ``shrunk``, ``low``, ``high``, ``pulled`` (the share of the
        way from the own rate to the centre, 1 = all of it).

    Examples
    --------
    >>> table = shrink([2, 20, 12], [2, 40, 30])
    >>> bool(0.4 < table["shrunk"][0] < table["rate"][0])
    True
    """
    z_value(level)
    k, n = vectors(k=k, n=n)
    counts(k, n)
    alpha, beta, weight = _posterior(k, n)
    a, b = alpha[:, None] + k, beta[:, None] + (n - k)
    each = a / (a + b)
    mean = weight @ each
    variance = weight @ (each * (1 - each) / (a + b + 1)) + weight @ (each - mean) ** 2
    size = mean * (1 - mean) / variance - 1
    low = scipy.stats.beta.ppf(0.5 - level / 2, mean * size, (1 - mean) * size)
    high = scipy.stats.beta.ppf(0.5 + level / 2, mean * size, (1 - mean) * size)
    total = alpha + beta
    pulled = np.minimum(weight @ (total[:, None] / (total[:, None] + n)), 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = k / n
    return pd.DataFrame(
        {"k": k, "n": n, "rate": rate, "shrunk": mean, "low": low, "high": high, "pulled": pulled}
    )
