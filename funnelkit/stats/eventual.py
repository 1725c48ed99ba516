"""What share will have gone on in the end, from units some of which are still there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from funnelkit.stats.checks import FloatArray, floats, vectors, z_value
from funnelkit.stats.intervals import wilson

#: How a unit left: went on, ended, still there.
ON, OFF, OPEN = 0, 1, 2


@dataclass(frozen=True)
class Eventual:
    """The share that goes on in the end.

    Attributes
    ----------
    rate : float
    variance : float
        When units are independent.
    influence : ndarray
        Day x way of leaving: how far one unit more of that kind moves the rate.
    """

    rate: float
    variance: float
    influence: FloatArray


def eventual(day: ArrayLike, exit: ArrayLike, n: ArrayLike) -> Eventual:
    """Estimate the share that goes on in the end, of units that go on, end, or are still there.

    Aalen and Johansen's (1978) two curves up to the last day; the share that goes on of all that
    leave. Those still there after that day are taken to leave as the others did. Nothing is cut
    off where few are followed: if ends take longer than moves on, the late days are where they
    are seen. The variance is the infinitesimal jackknife's: the squared influence of every unit
    (O. O. Aalen, S. Johansen 1978; L. A. Jaeckel 1972, Bell Laboratories MM 72-1215).

    Examples
    --------
    Nobody is still there: the share itself, with the binomial variance.

    >>> found = eventual([1, 2, 3], [0, 1, 0], [6, 5, 4])
    >>> round(found.rate, 4), round(found.variance, 6) == round(2 / 9 / 15, 6)
    (0.6667, True)
    """
    days, how, units = vectors(day=day, exit=exit, n=n)
    nothing = Eventual(np.nan, np.nan, np.zeros((1, 3)))
    if not units.sum():
        return nothing
    size = int(days.max()) + 1
    flat = how.astype(int) * size + days.astype(int)
    left = np.bincount(flat, units, 3 * size).reshape(3, size)
    on, off, risk = left[ON], left[OFF], left.sum(axis=0)[::-1].cumsum()[::-1]
    gone = (on + off) / risk
    before = np.concatenate([[1.0], np.cumprod(1 - gone)[:-1]])
    went, ended = np.cumsum(before * on / risk), np.cumsum(before * off / risk)
    both = went[-1] + ended[-1]
    if both <= 0:
        return nothing
    rate = float(went[-1] / both)
    influence = np.zeros((size, 3))
    for share, kind, weight in ((went, ON, 1 - rate), (ended, OFF, -rate)):
        with np.errstate(divide="ignore", invalid="ignore"):
            later = np.where(gone < 1, (share[-1] - share) / (1 - gone), 0.0)
        hits = on if kind == ON else off
        stayed = -np.cumsum((before * hits / risk - gone * later) / risk)
        moved = np.tile(stayed[:, None], (1, 3))
        moved[:, ON] -= later / risk
        moved[:, OFF] -= later / risk
        moved[:, kind] += before / risk
        influence += weight / both * moved
    variance = float((left * influence.T**2).sum())
    return Eventual(rate, variance, influence)


def log_odds_interval(
    rate: ArrayLike, variance: ArrayLike, n: ArrayLike, level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Return the interval of rates on the scale of log odds; Wilson's where a rate is 0 or 1.

    Examples
    --------
    >>> low, high = log_odds_interval(0.5, 0.25 / 100, 100)
    >>> round(float(low), 3), round(float(high), 3)
    (0.403, 0.597)
    """
    share, spread, units = (floats(x) for x in (rate, variance, n))
    noise = share * (1 - share)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = z_value(level) * np.sqrt(spread) / noise
        middle = np.log(share / (1 - share))
        low, high = (1 / (1 + np.exp(-end)) for end in (middle - half, middle + half))
        edge = wilson(np.round(share * units), units, level)
    sure = noise > 0
    return floats(np.where(sure, low, edge[0])), floats(np.where(sure, high, edge[1]))


def at_level(rate: float, low: float, high: float, level: float) -> tuple[float, float]:
    """Return a 95% interval of a rate between 0 and 1 at another level, on its log odds.

    Examples
    --------
    >>> low, high = at_level(0.5, 0.403, 0.597, 0.99)
    >>> round(low, 3), round(high, 3)
    (0.374, 0.626)
    """
    shares = floats([low, rate, high])
    with np.errstate(divide="ignore"):
        odds = np.log(shares / (1 - shares))
        wider = z_value(level) / z_value(0.95)
        ends = 1 / (1 + np.exp(-(odds[1] + wider * (odds[[0, 2]] - odds[1]))))
    return float(ends[0]), float(ends[1])


def design_effect(sums: ArrayLike, alone: float) -> float:
    """Return how many times the variance is that of independent units, from sums by cluster.

    K.-Y. Liang and S. L. Zeger (1986), Biometrika 73, 13-22: the squared sums of the influence
    over each cluster, against the squared influence of each unit; never below 1.

    Examples
    --------
    >>> design_effect([0.2, -0.2, 0.2, -0.2], 0.04)
    5.333333333333334
    """
    each = floats(sums)
    if each.size < 2 or alone <= 0:
        return 1.0
    return float(max(1.0, (each**2).sum() * each.size / (each.size - 1) / alone))


__all__ = [
    "OFF",
    "ON",
    "OPEN",
    "Eventual",
    "at_level",
    "design_effect",
    "eventual",
    "log_odds_interval",
]
