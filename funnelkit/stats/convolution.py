"""The distribution of a sum of amounts each of which comes or does not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from funnelkit.errors import FunnelkitError
from funnelkit.stats.checks import FloatArray, floats, probabilities, vectors

EXACT_UNITS = 20
# A longer list of units stays exact as long as its sums coincide so often.
EXACT_POINTS = 1 << EXACT_UNITS


@dataclass(frozen=True)
class Total:
    """The distribution of a total.

    Attributes
    ----------
    values, weights : ndarray
        Possible totals in order and their probabilities.
    mean, sd : float
        Exact in either case: the sums of ``a p`` and ``a**2 p (1 - p)``.
    exact : bool
        False if the distribution was drawn (`draws` times).
    draws : int
        0 if exact.
    """

    values: FloatArray
    weights: FloatArray
    mean: float
    sd: float
    exact: bool
    draws: int = 0

    def at_least(self, amount: float) -> float:
        """Return the probability of a total of the amount or more."""
        slack = 1e-9 * max(abs(amount), 1e-300)
        return float(self.weights[self.values >= amount - slack].sum())

    def quantile(self, q: float) -> float:
        """Return the smallest total that is not exceeded with probability q."""
        if not 0 < q < 1:
            raise FunnelkitError("stats.probability_range", name="q", found=q)
        place = int(np.searchsorted(np.cumsum(self.weights), q - 1e-12))
        return float(self.values[min(place, self.values.size - 1)])


def _merged(values: FloatArray, weights: FloatArray, unit: float) -> tuple[FloatArray, FloatArray]:
    """Add up the weights of equal sums; equal means to 1e-12 of the largest."""
    key = np.round(values / unit)
    order = np.argsort(key, kind="stable")
    key, values, weights = key[order], values[order], weights[order]
    starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    return values[starts], np.add.reduceat(weights, starts)


def bernoulli_sum(
    amounts: ArrayLike,
    p: ArrayLike,
    certain: float = 0.0,
    draws: int = 100_000,
    seed: int = 0,
) -> Total:
    """Return the distribution of the sum of independent amounts with probabilities p.

    Exact by convolution one unit after the other (W. Feller, An Introduction to Probability
    Theory and Its Applications, vol. 1, section XI.2) for up to 20 units, and beyond that as
    long as no more than 2**20 different sums arise; else drawn with a seed.

    Parameters
    ----------
    amounts, p : array_like
        Amounts and the probabilities that they come.
    certain : float
        An amount added to every total (already there).
    draws, seed : int
        For the drawn case: a probability is then within ``3 sqrt(p (1 - p) / draws)``.

    Examples
    --------
    >>> total = bernoulli_sum([3, 2, 1.5, 4, 1, 6], [.9, .75, .5, .25, .1, .15])
    >>> round(total.mean, 2), round(total.sd, 2), round(total.at_least(total.mean), 3)
    (6.95, 3.13, 0.37)
    >>> [total.quantile(q) for q in (0.1, 0.5, 0.9)]
    [3.0, 6.5, 11.0]
    """
    a, chance = vectors(amounts=amounts, p=p) if np.size(amounts) else (floats([]), floats([]))
    probabilities("p", chance)
    if np.isnan(a).any() or np.isnan(chance).any():
        raise FunnelkitError("stats.probability_range", name="amounts, p", found="nan")
    mean = float(certain + (a * chance).sum())
    sd = float(np.sqrt((a**2 * chance * (1 - chance)).sum()))
    unit = max(float(np.abs(a).sum()), 1e-300) * 1e-12
    values, weights = floats([0.0]), floats([1.0])
    # The commonest amounts first: their sums coincide.
    for i in np.argsort(a):
        if chance[i] == 0 or a[i] == 0:
            continue
        if values.size * 2 > EXACT_POINTS:
            return _drawn(a, chance, certain, mean, sd, draws, seed)
        both = np.concatenate([values, values + a[i]])
        split = np.concatenate([weights * (1 - chance[i]), weights * chance[i]])
        values, weights = _merged(both, split, unit)
    return Total(values + certain, weights, mean, sd, exact=True)


def _drawn(
    a: FloatArray,
    chance: FloatArray,
    certain: float,
    mean: float,
    sd: float,
    draws: int,
    seed: int,
) -> Total:
    rng = np.random.default_rng(seed)
    total = np.full(draws, float(certain))
    for amount, p in zip(a, chance, strict=True):
        total += amount * (rng.random(draws) < p)
    values, times = np.unique(total, return_counts=True)
    return Total(values, times / draws, mean, sd, exact=False, draws=draws)
