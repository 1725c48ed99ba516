"""Intervals of a product, of a quantile from counts, and of anything by resampling."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy
from numpy.typing import ArrayLike

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.stats.checks import FloatArray, floats, vectors, z_value


@dataclass(frozen=True)
class ProductInterval:
    """A product of independent estimates with its interval.

    Attributes
    ----------
    value, low, high : float
        The interval is nan where an estimate is 0 or less, or an error is unknown.
    log_std_error : float
        Standard error of the product's logarithm.
    parts : DataFrame
        ``driver``, ``estimate``, ``std_error``, ``power``, ``share`` of the uncertainty.
    """

    value: float
    low: float
    high: float
    log_std_error: float
    parts: pd.DataFrame


def product_interval(
    estimates: Mapping[str, float],
    std_errors: Mapping[str, float],
    powers: Mapping[str, float] | None = None,
    level: float = 0.95,
) -> ProductInterval:
    """Return the interval of a product of powers of independent estimates.

    The delta method on the logarithm (L. Wasserman, All of Statistics, 2004, section 9.9):
    ``var(log product) = sum (power * std_error / estimate) ** 2``. A driver that is known
    exactly has no entry in `std_errors`.

    Examples
    --------
    >>> found = product_interval({"n": 120, "days": 75}, {"days": 7.5}, {"days": -1})
    >>> round(found.value, 2), round(found.log_std_error, 3), round(found.low, 3)
    (1.6, 0.1, 1.315)
    """
    z, given = z_value(level), powers or {}
    for mapping, what in ((std_errors, "std_errors"), (given, "powers")):
        for name in mapping:
            if name not in estimates:
                allowed = nearest(name, estimates)
                raise FunnelkitError("stats.unknown_option", name=what, found=name, allowed=allowed)
    names = list(estimates)
    value = floats([estimates[k] for k in names])
    error = floats([std_errors.get(k, 0.0) for k in names])
    power = floats([given.get(k, 1.0) for k in names])
    with np.errstate(divide="ignore", invalid="ignore"):
        product = float(np.prod(value**power))
        squares = (power * error / np.where(value > 0, value, np.nan)) ** 2
        total = float(squares.sum())
        share = squares / total if total > 0 else np.zeros_like(squares)
    spread = float(np.sqrt(total))
    parts = pd.DataFrame(
        {"driver": names, "estimate": value, "std_error": error, "power": power, "share": share}
    )
    low, high = product * np.exp(-z * spread), product * np.exp(z * spread)
    return ProductInterval(product, float(low), float(high), spread, parts)


def quantile_of_counts(
    value: ArrayLike, n: ArrayLike, q: float = 0.5, level: float = 0.95
) -> tuple[float, float, float]:
    """Return a quantile of values that occur n times each, with its interval.

    The quantile is the mean of the two neighbours where the share is reached exactly
    (Hyndman and Fan 1996, The American Statistician 50, 361-365, definition 2). The interval
    joins two order statistics with at least the stated confidence whatever the distribution
    (W. J. Conover, Practical Nonparametric Statistics, 3rd ed., 1999, section 3.2); an end
    is nan when there are too few values for one.

    Returns
    -------
    value, low, high

    Examples
    --------
    >>> quantile_of_counts([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [1] * 10)
    (5.5, 2.0, 9.0)
    """
    z_value(level)
    if not 0 < q < 1:
        raise FunnelkitError("stats.probability_range", name="q", found=q)
    values, times = vectors(value=value, n=n)
    keep = (times > 0) & ~np.isnan(values)
    values, times = values[keep], times[keep]
    if values.size == 0:
        return np.nan, np.nan, np.nan
    order = np.argsort(values)
    values, reached = values[order], np.cumsum(times[order])
    total = reached[-1]

    def ranked(rank: float) -> float:
        """Return the order statistic of a rank counted from 1, nan outside."""
        if not 1 <= rank <= total:
            return float("nan")
        return float(values[np.searchsorted(reached, rank - 1e-9)])

    goal = q * total
    exact = abs(goal - round(goal)) < 1e-9
    middle = (ranked(round(goal)) + ranked(round(goal) + 1)) / 2 if exact else ranked(np.ceil(goal))
    # At most alpha / 2 lies on either side.
    low = float(scipy.stats.binom.ppf(0.5 - level / 2, total, q))
    high = float(scipy.stats.binom.ppf(0.5 + level / 2, total, q)) + 1
    return middle, ranked(low), ranked(high)


def bootstrap_counts(
    counts: ArrayLike,
    statistic: Callable[[FloatArray], ArrayLike],
    draws: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return a statistic of a table of counts with its percentile bootstrap interval.

    Efron and Tibshirani, An Introduction to the Bootstrap, 1993, section 13.3. Drawing the
    units again with replacement is drawing the counts from a multinomial, so the cost does
    not depend on the number of units.

    Parameters
    ----------
    counts : array_like
        How many units are in each cell.
    statistic : callable
        Takes counts of the same shape and returns a number or an array.

    Returns
    -------
    value, low, high

    Examples
    --------
    >>> value, low, high = bootstrap_counts([30, 70], lambda c: c[0] / c.sum(), seed=1)
    >>> float(value), bool(0.2 < low < 0.3 < high < 0.41)
    (0.3, True)
    """
    z_value(level)
    table = floats(counts)
    total = int(table.sum())
    if total <= 0:
        raise FunnelkitError("stats.empty", name="counts")
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(total, table.ravel() / total, size=draws)
    found = np.array([floats(statistic(floats(d).reshape(table.shape))) for d in drawn])
    low, high = np.nanquantile(found, [0.5 - level / 2, 0.5 + level / 2], axis=0)
    return floats(statistic(table)), floats(low), floats(high)
