"""Intervals of rates: one proportion, the difference of two, a ratio of two sums."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import ArrayLike

from funnelkit.stats.checks import FloatArray, counts, floats, scalar, z_value


def _wilson(rate: FloatArray, n: FloatArray, z: float | FloatArray) -> tuple[FloatArray, ...]:
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = z * np.sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2))
        scale = 1 + z**2 / n
        middle = rate + z**2 / (2 * n)
        # The exact ends: rounding must not turn 0 of n into -1e-17.
        low = np.where(rate <= 0, 0.0, (middle - spread) / scale)
        high = np.where(rate >= 1, 1.0, (middle + spread) / scale)
    unknown = ~(n > 0)
    return np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)


def wilson(k: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """Return the Wilson score interval of the proportion ``k / n``.

    E. B. Wilson (1927), JASA 22, 209-212; recommended for small n by Brown, Cai and
    DasGupta (2001), Statistical Science 16, 101-133. An empty total gives nan.

    Examples
    --------
    >>> low, high = wilson(0, 8)
    >>> float(low), round(float(high), 3)
    (0.0, 0.324)
    >>> low, high = wilson([6, 30], [20, 100])
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.145, 0.219], [0.519, 0.396])
    """
    k, n = floats(k), floats(n)
    counts(k, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = k / n
    low, high = _wilson(rate, n, z_value(level))
    return scalar(low), scalar(high)


def newcombe(
    k1: ArrayLike, n1: ArrayLike, k2: ArrayLike, n2: ArrayLike, level: float = 0.95
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the difference ``k1/n1 - k2/n2`` of independent proportions and its interval.

    The hybrid score interval, method 10 of R. G. Newcombe (1998), Statistics in Medicine
    17, 873-890: the two Wilson intervals joined by the sum of squares.

    Returns
    -------
    difference, low, high

    Examples
    --------
    >>> [round(float(x), 4) for x in newcombe(56, 70, 48, 80)]
    [0.2, 0.0524, 0.3339]
    """
    k1, n1, k2, n2 = floats(k1), floats(n1), floats(k2), floats(n2)
    low1, high1 = wilson(k1, n1, level)
    low2, high2 = wilson(k2, n2, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        p1, p2 = k1 / n1, k2 / n2
    difference = p1 - p2
    low = difference - np.sqrt((p1 - low1) ** 2 + (high2 - p2) ** 2)
    high = difference + np.sqrt((high1 - p1) ** 2 + (p2 - low2) ** 2)
    return scalar(difference), scalar(low), scalar(high)


def ratio_of_sums(
    n: ArrayLike,
    sum_x: ArrayLike,
    sum_y: ArrayLike,
    sum_x2: ArrayLike,
    sum_xy: ArrayLike,
    sum_y2: ArrayLike,
    *,
    share: bool = False,
    level: float = 0.95,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the ratio ``sum y / sum x`` over n units and its interval, from sums alone.

    Taylor linearisation (W. G. Cochran, Sampling Techniques, 3rd ed., 1977, section 2.11):
    ``variance = n / (n - 1) * sum (y - R x)**2 / (sum x)**2``, with Student's t on n - 1
    degrees of freedom. With ``share=True`` y is a part of x (0 <= y <= x in every unit), and
    the variance is turned into an effective sample size ``R (1 - R) / variance`` put into
    the Wilson interval, which stays inside [0, 1] (Dean and Pagano 2015, Journal of Survey
    Statistics and Methodology 3, 484-503). That size is held at or below Kish's
    ``(sum x)**2 / sum x**2``, without which a few large units make the interval too short.

    Returns
    -------
    ratio, low, high
        The interval is nan below two units.

    Examples
    --------
    Three small units count in full, a large one does not: 75% by count, 6% by value.

    >>> ratio, low, high = ratio_of_sums(4, 530, 30, 250300, 300, 300, share=True)
    >>> round(float(ratio), 3)
    0.057
    >>> bool(0 < low < ratio < high < 1)
    True
    """
    n, sum_x, sum_y = floats(n), floats(sum_x), floats(sum_y)
    sum_x2, sum_xy, sum_y2 = floats(sum_x2), floats(sum_xy), floats(sum_y2)
    z_value(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = sum_y / np.where(sum_x == 0, np.nan, sum_x)
        squares = np.maximum(sum_y2 - 2 * ratio * sum_xy + ratio**2 * sum_x2, 0.0)
        variance = np.where(n > 1, n / (n - 1) * squares / sum_x**2, np.nan)
        t = scipy.stats.t.ppf(0.5 + level / 2, np.where(n > 1, n - 1, np.nan))
        if not share:
            half = t * np.sqrt(variance)
            return scalar(ratio), scalar(ratio - half), scalar(ratio + half)
        kish = sum_x**2 / sum_x2
        size = np.where(variance > 0, ratio * (1 - ratio) / variance, kish)
        # The variance from a sample misses the rare large units: never above Kish's size.
        size = np.where(n > 1, np.minimum(size, kish), np.nan)
        low, high = _wilson(np.clip(ratio, 0.0, 1.0), size, t)
    return scalar(ratio), scalar(low), scalar(high)


def difference_size(p1: float, p2: float, power: float = 0.8, level: float = 0.95) -> int:
    """Return how many units each side needs to see the rates ``p1`` and ``p2`` differ.

    J. L. Fleiss, Statistical Methods for Rates and Proportions, 2nd ed., 1981, formula 3.14
    (two-sided, no continuity correction).

    Examples
    --------
    >>> [difference_size(*p) for p in [(.5, .4), (.5, .35), (.3, .2), (.25, .15)]]
    [388, 170, 294, 250]
    """
    z, mean = z_value(level), (p1 + p2) / 2
    needed = z * np.sqrt(2 * mean * (1 - mean)) + scipy.stats.norm.ppf(power) * np.sqrt(
        p1 * (1 - p1) + p2 * (1 - p2)
    )
    return int(np.ceil((needed / (p1 - p2)) ** 2))
