"""Many comparisons at once: p-values that allow for the number of questions asked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from funnelkit.stats.checks import FloatArray, counts, floats, probabilities, z_value


@dataclass(frozen=True)
class Adjusted:
    """P-values adjusted over a family of comparisons.

    Attributes
    ----------
    p, adjusted : ndarray
        As given, and to be held against the level one would use for a single comparison.
    family : int
        How many comparisons were allowed for; a missing p-value is none.
    method : str
        ``"holm"`` (the chance of any false alarm) or ``"benjamini-hochberg"`` (the expected
        share of false ones among the alarms).
    """

    p: FloatArray
    adjusted: FloatArray
    family: int
    method: str

    def flagged(self, level: float = 0.05) -> np.ndarray:
        """Return which comparisons stand out at the given level."""
        return np.asarray(self.adjusted <= level)


def _family(p: ArrayLike) -> tuple[FloatArray, np.ndarray, FloatArray, int]:
    values = probabilities("p", np.atleast_1d(floats(p)))
    # Missing ones sort to the end.
    order = np.argsort(values, kind="stable")
    family = int((~np.isnan(values)).sum())
    return values, order, values[order][:family], family


def _placed(order: np.ndarray, family: int, adjusted: FloatArray) -> FloatArray:
    out = np.full(order.size, np.nan)
    out[order[:family]] = np.minimum(adjusted, 1.0)
    return out


def holm(p: ArrayLike) -> Adjusted:
    """Return Holm's step-down adjusted p-values.

    S. Holm (1979), Scandinavian Journal of Statistics 6, 65-70. Controls the chance of one or
    more false alarms in the family, whatever the dependence.

    Examples
    --------
    >>> result = holm([0.01, 0.04, 0.03])
    >>> result.adjusted.tolist(), result.family
    ([0.03, 0.06, 0.06], 3)
    """
    values, order, sorted_, family = _family(p)
    stepped = np.maximum.accumulate(sorted_ * np.arange(family, 0, -1))
    return Adjusted(values, _placed(order, family, stepped), family, "holm")


def benjamini_hochberg(p: ArrayLike) -> Adjusted:
    """Return Benjamini and Hochberg's step-up adjusted p-values.

    Benjamini and Hochberg (1995), JRSS B 57, 289-300. Controls the expected share of false
    alarms among the alarms, for independent or positively dependent comparisons.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.03]).adjusted.round(6).tolist()
    [0.03, 0.04, 0.04]
    """
    values, order, sorted_, family = _family(p)
    raw = sorted_ * family / np.arange(1, family + 1)
    stepped = np.minimum.accumulate(raw[::-1])[::-1]
    return Adjusted(values, _placed(order, family, stepped), family, "benjamini-hochberg")


def binomial_p(k: ArrayLike, n: ArrayLike, target: ArrayLike) -> FloatArray:
    """Return the two-sided exact p-value of k of n against a target rate.

    Twice the smaller tail, at most 1 (Cox and Hinkley, Theoretical Statistics, 1974,
    section 3.4). Nothing seen (n = 0) gives nan.

    Examples
    --------
    >>> binomial_p([10, 2], [10, 4], 0.5).tolist()
    [0.001953125, 1.0]
    """
    k, n, target = floats(k), floats(n), probabilities("target", floats(target))
    counts(k, n)
    tail = np.minimum(scipy.stats.binom.cdf(k, n, target), scipy.stats.binom.sf(k - 1, n, target))
    return floats(np.where(n > 0, np.minimum(2 * tail, 1.0), np.nan))


def difference_p(k1: ArrayLike, n1: ArrayLike, k2: ArrayLike, n2: ArrayLike) -> FloatArray:
    """Return the two-sided p-value of two proportions being equal.

    The score test with the pooled rate and no correction, which is Pearson's chi-squared
    (A. Agresti, Categorical Data Analysis, 3rd ed., 2013, section 3.2). Two rates that are
    both 0 or both 1 give 1, an empty side gives nan.

    Examples
    --------
    >>> round(float(difference_p(56, 70, 48, 80)), 4)
    0.008
    """
    k1, n1, k2, n2 = floats(k1), floats(n1), floats(k2), floats(n2)
    counts(k1, n1)
    counts(k2, n2)
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = (k1 + k2) / (n1 + n2)
        z = (k1 / n1 - k2 / n2) / np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    p = np.where((pooled == 0) | (pooled == 1), 1.0, 2 * scipy.stats.norm.sf(np.abs(z)))
    return floats(np.where((n1 > 0) & (n2 > 0), p, np.nan))


def sidak_level(level: float, family: int) -> float:
    """Return the level of each of several independent intervals that hold together.

    Z. Sidak (1967), JASA 62, 626-633.

    Examples
    --------
    >>> round(sidak_level(0.95, 12), 5)
    0.99573
    """
    z_value(level)
    return float(level ** (1 / max(family, 1)))
