"""How good forecast amounts were: points, quantiles and intervals against what came.

Where a measure does not exist (nothing came, so no percentage of it) the answer is nan,
never 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from funnelkit.errors import FunnelkitError
from funnelkit.stats.checks import vectors
from funnelkit.stats.intervals import wilson


def _share(part: float, whole: float) -> float:
    return part / whole if whole != 0 else float("nan")


def wape(forecast: ArrayLike, actual: ArrayLike) -> float:
    """Return the sum of absolute errors over the sum of what came.

    Kolassa and Schuetz (2007), Foresight 6, 40-43 (there called MAD/mean).

    Examples
    --------
    >>> round(wape([10, 12, 9, 15], [8, 12, 10, 12]), 4)
    0.1429
    """
    f, a = vectors(forecast=forecast, actual=actual)
    return _share(float(np.abs(f - a).sum()), float(np.abs(a).sum()))


def mape(forecast: ArrayLike, actual: ArrayLike) -> float:
    """Return the mean absolute percentage error, nan as soon as one actual is 0.

    Hyndman and Koehler (2006), International Journal of Forecasting 22, 679-688.

    Examples
    --------
    >>> round(mape([10, 12, 9, 15], [8, 12, 10, 12]), 4)
    0.15
    """
    f, a = vectors(forecast=forecast, actual=actual)
    return float("nan") if (a == 0).any() else float(np.mean(np.abs((f - a) / a)))


def bias(forecast: ArrayLike, actual: ArrayLike) -> float:
    """Return the sum of errors over the sum of what came; above 0 is too high.

    Examples
    --------
    >>> round(bias([10, 12, 9, 15], [8, 12, 10, 12]), 4)
    0.0952
    """
    f, a = vectors(forecast=forecast, actual=actual)
    return _share(float((f - a).sum()), float(a.sum()))


def rmse(forecast: ArrayLike, actual: ArrayLike) -> float:
    """Return the root of the mean squared error.

    Examples
    --------
    >>> round(rmse([10, 12, 9, 15], [8, 12, 10, 12]), 3)
    1.871
    """
    f, a = vectors(forecast=forecast, actual=actual)
    return float(np.sqrt(np.mean((f - a) ** 2)))


def tracking_signal(forecast: ArrayLike, actual: ArrayLike) -> float:
    """Return the sum of errors over their mean absolute size.

    R. G. Brown, Smoothing, Forecasting and Prediction, 1963; beyond +-4 the forecast is held
    to lean to one side. Without any error it is nan.

    Examples
    --------
    >>> round(tracking_signal([10, 12, 9, 15], [8, 12, 10, 12]), 2)
    2.67
    """
    f, a = vectors(forecast=forecast, actual=actual)
    return _share(float((f - a).sum()), float(np.abs(f - a).mean()))


def pinball(forecast: ArrayLike, actual: ArrayLike, q: float) -> float:
    """Return the mean loss of a forecast of the q-quantile (0 best).

    Koenker and Bassett (1978), Econometrica 46, 33-50.

    Examples
    --------
    >>> round(pinball([10, 10], [14, 9], 0.9), 6)
    1.85
    """
    if not 0 < q < 1:
        raise FunnelkitError("stats.probability_range", name="q", found=q)
    f, a = vectors(forecast=forecast, actual=actual)
    return float(np.mean(np.where(a >= f, q * (a - f), (1 - q) * (f - a))))


def crps(values: ArrayLike, weights: ArrayLike, actual: float) -> float:
    """Return the continuous ranked probability score of one forecast distribution.

    The area between its distribution function and the step at what came, squared: the absolute
    error of a distribution, in the unit of the values; 0 is perfect. J. E. Matheson and R. L.
    Winkler (1976), Management Science 22, 1087-1096.

    Parameters
    ----------
    values, weights : array_like
        Possible values in ascending order, and their probabilities (or numbers of draws).

    Examples
    --------
    >>> crps([10.0], [1.0], 12.0), crps([0.0, 1.0], [0.5, 0.5], 1.0)
    (2.0, 0.25)
    """
    x, w = vectors(values=values, weights=weights)
    below = np.append(0.0, np.cumsum(w / w.sum()))
    edges = np.sort(np.append(x, actual))
    place = int(np.searchsorted(x, actual, side="left"))
    # the distribution function on each stretch between two edges; what came splits one in two
    share = np.insert(below, place + 1, below[place])[1:-1]
    step = np.arange(share.size) >= place
    return float(((share - step) ** 2 * np.diff(edges)).sum())


@dataclass(frozen=True)
class Coverage:
    """How many intervals held what came.

    Attributes
    ----------
    inside, n : int
        Intervals that held the actual, intervals in all.
    below, above : int
        Actuals that fell below and above their interval.
    share, low, high : float
        Share inside with its Wilson interval.
    """

    inside: int
    n: int
    below: int
    above: int
    share: float
    low: float
    high: float

    def fits(self, nominal: float) -> bool:
        """Return whether the stated level is among those the record allows."""
        return self.low <= nominal <= self.high


def interval_coverage(
    low: ArrayLike, high: ArrayLike, actual: ArrayLike, level: float = 0.95
) -> Coverage:
    """Count how many forecast intervals held what came (ends included).

    P. F. Christoffersen (1998), International Economic Review 39, 841-862, unconditional
    coverage; rows with a missing value are not counted.

    Examples
    --------
    >>> interval_coverage([1, 2, 3], [5, 6, 7], [4, 9, 3]).share
    0.6666666666666666
    """
    lower, upper, a = vectors(low=low, high=high, actual=actual)
    known = ~(np.isnan(lower) | np.isnan(upper) | np.isnan(a))
    below, above = int((a < lower)[known].sum()), int((a > upper)[known].sum())
    n = int(known.sum())
    inside = n - below - above
    ends = wilson(inside, n, level)
    share = _share(inside, n)
    return Coverage(inside, n, below, above, share, float(ends[0]), float(ends[1]))


@dataclass(frozen=True)
class PointScores:
    """The usual measures of point forecasts side by side.

    Attributes
    ----------
    n : int
        Forecasts compared.
    wape, mape, bias, rmse, tracking_signal : float
        See the functions of the same names.
    """

    n: int
    wape: float
    mape: float
    bias: float
    rmse: float
    tracking_signal: float


def point_scores(forecast: ArrayLike, actual: ArrayLike) -> PointScores:
    """Return all measures of point forecasts; pairs with a missing value are left out.

    Examples
    --------
    >>> point_scores([10, 12], [8, 0]).mape
    nan
    """
    f, a = vectors(forecast=forecast, actual=actual)
    known = ~(np.isnan(f) | np.isnan(a))
    f, a = f[known], a[known]
    if f.size == 0:
        raise FunnelkitError("stats.empty", name="forecast")
    return PointScores(
        f.size, wape(f, a), mape(f, a), bias(f, a), rmse(f, a), tracking_signal(f, a)
    )
