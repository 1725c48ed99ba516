"""Beyond an ordinary member: comparisons in a team whose members differ by an unknown spread."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import ArrayLike

from funnelkit.stats.checks import FloatArray, floats

#: Quantiles at which the spread between members is looked at; dense where it is large, because
#: that is where the small chances come from.
NODES = np.array(
    [.0005, .002, .005, .0125, .025, .05, .1, .2, .3, .4, .5, .6, .7, .8, .9, .97]
)  # fmt: skip
_EDGES = np.concatenate([[0.0], (NODES[1:] + NODES[:-1]) / 2, [1.0]])
WEIGHTS = np.diff(_EDGES)
#: The place of the median among the nodes.
MIDDLE = int(np.flatnonzero(np.isclose(NODES, 0.5))[0])
#: A variance on the scale of log odds beyond which nobody is out of the ordinary.
BOUNDLESS = 25.0
_STEPS, _EXACT = 30, 1e-9


def spread_between(
    effect: ArrayLike, variance: ArrayLike, told: ArrayLike, means: int = 1
) -> FloatArray:
    """Return what the variance between members may be, at the quantiles `NODES`.

    Members (the last axis) have an ``effect`` measured with a known ``variance``; Cochran's
    weighted sum of squares Q at the true variance between them follows chi-squared with one
    degree of freedom less than members, and so the variance is solved for at its quantiles
    (the Q profile: W. Viechtbauer 2007, Statistics in Medicine 26, 37-52; as a distribution:
    H. Iyer, C. Wang, T. Mathew 2004, JASA 99, 1060-1071). Never below 0; `BOUNDLESS` where
    fewer than two members are ``told``. ``means``: how many means were taken off before.

    Examples
    --------
    Without any noise it is the sum of squares over the quantile, as in Student's t.

    >>> found = spread_between([1.0, 2.0, 3.0], [1e-9] * 3, [True] * 3)
    >>> round(float(found[MIDDLE] * scipy.stats.chi2.ppf(0.5, 2)), 4)
    2.0
    """
    known = np.asarray(told, dtype=bool)
    own = np.where(known, floats(variance), 1.0)[..., None, :]
    effects = floats(effect)[..., None, :]
    counted = known[..., None, :].astype(float)
    free = known.sum(axis=-1) - means
    goal = 2 * scipy.special.gammaincinv(np.maximum(free, 1)[..., None] / 2, NODES)
    found = np.zeros(goal.shape)
    for _ in range(_STEPS):  # Newton's steps on 1 / Q, a straight line where all are as certain
        weight = counted / (own + found[..., None])
        total = np.maximum(weight.sum(axis=-1), 1e-300)
        mean = (weight * effects).sum(axis=-1) / total
        off = weight * (effects - mean[..., None])
        q, slope = (off**2 / np.maximum(weight, 1e-300)).sum(axis=-1), (off**2).sum(axis=-1)
        step = (q / goal - 1) * q / np.maximum(slope, 1e-300)
        moved = np.clip(found + step, 0.0, BOUNDLESS)
        far = np.abs(moved - found).max(initial=0.0)
        found = moved
        if far < _EXACT:
            break
    return floats(np.where((free < 1)[..., None], BOUNDLESS, found))


def chance_below(score: ArrayLike, variance: ArrayLike, third: ArrayLike = 0.0) -> FloatArray:
    """Return the chance of a score as low, over what the spread may be (the last axis, `NODES`).

    The average of the normal chances: with no noise it is Student's t, with no spread the
    normal law. ``third`` is the third central moment of the noise (the first term of Cornish
    and Fisher), because counts of a rate near 0 or 1 are lopsided.

    Examples
    --------
    >>> t = scipy.stats.t.cdf(-3.0, 4)
    >>> variance = 4 / scipy.stats.chi2.ppf(NODES, 4)
    >>> bool(abs(chance_below(np.full(NODES.size, -3.0), variance) - t) < 0.1 * t)
    True
    """
    spread = np.sqrt(np.maximum(floats(variance), 1e-12))
    z = floats(score) / spread
    lopsided = floats(third) / spread**3
    moved = z - lopsided * (z**2 - 1) / 6
    # one term is no law of its own: far out it may not undo more than half of the score
    moved = np.where(z < 0, np.minimum(moved, z / 2), moved)
    return floats((WEIGHTS * scipy.special.ndtr(moved)).sum(axis=-1))


__all__ = ["BOUNDLESS", "MIDDLE", "NODES", "WEIGHTS", "chance_below", "spread_between"]
