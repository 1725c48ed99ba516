"""Variation between units beyond chance: how far rates really differ, and whether it shrank."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize
from scipy import stats as distributions


@dataclass(frozen=True)
class Variation:
    """How far the rates of units differ beyond what their numbers explain.

    Attributes
    ----------
    units : int
    rate : float
        All units together.
    dispersion : float
        1 where chance explains the differences, above 1 where it does not.
    spread, low, high : float
        Standard deviation of the true rates, with its 95% interval.
    """

    units: int
    rate: float
    dispersion: float
    spread: float
    low: float
    high: float


def between(hits: ArrayLike, of: ArrayLike) -> Variation:
    """Return the variation of rates ``hits / of`` beyond chance.

    The moment estimator of DerSimonian and Laird (1986, Controlled Clinical Trials 7,
    177-188) with the pooled binomial variance; the interval by the Q profile (Viechtbauer
    2007, Statistics in Medicine 26, 37-52).

    Examples
    --------
    Ten times 5 of 10: even less variation than chance; half at 1, half at 9 of 10: much more.

    >>> between([5] * 10, [10] * 10).spread
    0.0
    >>> round(between([1, 9] * 5, [10] * 10).spread, 3)
    0.391
    """
    k, n = np.asarray(hits, float), np.asarray(of, float)
    k, n = k[n > 0], n[n > 0]
    units, total = len(n), float(n.sum())
    rate = float(k.sum() / total) if total else float("nan")
    nan = float("nan")
    noise = rate * (1 - rate)
    if units < 2:
        return Variation(units, rate, nan, nan, nan, nan)
    if noise <= 0:  # everybody the same: nothing varies
        return Variation(units, rate, 0.0, 0.0, 0.0, 0.0)
    rates = k / n
    q = float((n * (rates - rate) ** 2).sum() / noise)
    tau2 = max(0.0, (q - (units - 1)) * noise / (total - float((n**2).sum()) / total))

    def profile(value: float) -> float:
        weight = 1 / (noise / n + value)
        middle = (weight * rates).sum() / weight.sum()
        return float((weight * (rates - middle) ** 2).sum())

    def solve(level: float) -> float:
        goal = distributions.chi2.ppf(level, units - 1)
        if profile(0.0) <= goal:
            return 0.0
        return float(optimize.brentq(lambda v: profile(v) - goal, 0.0, 1e4))

    low, high = np.sqrt(solve(0.975)), min(float(np.sqrt(solve(0.025))), 0.5)
    return Variation(units, rate, q / (units - 1), float(np.sqrt(tau2)), float(low), high)


def spread_ratio(
    before: tuple[ArrayLike, ArrayLike],
    after: tuple[ArrayLike, ArrayLike],
    *,
    draws: int = 2000,
    seed: int = 0,
) -> tuple[float, float, float]:
    """Return how the dispersion of rates changed (after over before), with its 95% interval.

    Units are drawn with replacement, both periods of a unit together, so that the same
    people are compared; units without deals in one period are left out.

    Examples
    --------
    >>> wide, even = ([1, 9] * 6, [10] * 12), ([5, 6] * 6, [10] * 12)
    >>> ratio, low, high = spread_ratio(wide, even)
    >>> bool(low <= ratio <= high < 1)
    True
    """
    arrays = [np.asarray(x, float) for pair in (before, after) for x in pair]
    both = (arrays[1] > 0) & (arrays[3] > 0)
    k0, n0, k1, n1 = (x[both] for x in arrays)
    if len(k0) < 3:
        return (float("nan"),) * 3
    rng = np.random.default_rng(seed)
    pick = rng.integers(0, len(k0), (draws, len(k0)))
    first, second = _dispersion(k0[pick], n0[pick]), _dispersion(k1[pick], n1[pick])
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = second / first
        ratio = float(_dispersion(k1[None], n1[None])[0] / _dispersion(k0[None], n0[None])[0])
    ratios = ratios[~np.isnan(ratios)]
    if not len(ratios):
        return (float("nan"),) * 3
    low, high = np.quantile(ratios, [0.025, 0.975], method="inverted_cdf")
    return ratio, float(low), float(high)


def _dispersion(
    k: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    n: np.ndarray[tuple[int, int], np.dtype[np.float64]],
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    rate = k.sum(axis=1, keepdims=True) / n.sum(axis=1, keepdims=True)
    noise = (rate * (1 - rate))[:, 0]
    spread = (n * (k / n - rate) ** 2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        q: np.ndarray[tuple[int], np.dtype[np.float64]] = spread / noise / (k.shape[1] - 1)
    return np.where(noise > 0, q, 0.0)


__all__ = ["Variation", "between", "spread_ratio"]
