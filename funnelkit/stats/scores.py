"""Scores for censored durations: how early or late each unit left among all of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from funnelkit.stats.checks import FloatArray, floats, vectors


def peto_scores(day: ArrayLike, left: ArrayLike, n: ArrayLike) -> FloatArray:
    """Return the Peto-Wilcoxon score of each kind of unit: above 0 early, below 0 late.

    R. Peto and J. Peto (1972), JRSS A 135, 185-206: ``S(t-) + S(t) - 1`` for one that left on
    day t and ``S(t) - 1`` for one last seen there on day t, with Kaplan and Meier's S of all. The
    scores add up to 0 and lie in [-1, 1], so that sums of a few are already near normal.

    Parameters
    ----------
    day, left, n : array_like
        Whole days, whether they left (else last seen there), how many.

    Examples
    --------
    >>> peto_scores([1, 2, 3], [True, True, False], [1, 1, 1]).round(4).tolist()
    [0.6667, 0.0, -0.6667]
    """
    days, gone, units = vectors(day=day, left=floats(left), n=n)
    ages, place = np.unique(days, return_inverse=True)
    exits = np.bincount(place, units * gone, ages.size)
    there = np.bincount(place, units, ages.size)
    risk = there[::-1].cumsum()[::-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        stay = np.cumprod(np.where(risk > 0, 1 - exits / risk, 1.0))
    before = np.concatenate([[1.0], stay[:-1]])
    return floats(np.where(gone > 0, before[place] + stay[place] - 1, stay[place] - 1))
