"""The tests of the signatures: one-sided, exact where counts are small, stratified.

Only what ``stats/`` does not have; arrays in, numbers out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy
from numpy.typing import ArrayLike

_GRID = 100  # steps of the range of values in a permutation test
_MANY = 40_000  # deals times the square of those drawn, beyond which it takes the normal law
_FAR = 14.0  # standard deviations beyond which a hypergeometric term is nothing


def exact_p(k: ArrayLike, n: ArrayLike, k_other: ArrayLike, n_other: ArrayLike, side: str) -> float:
    """Return the exact one-sided p-value of a rate against another, stratum by stratum.

    The number of successes in the group, given the margins of every stratum, is a sum of
    hypergeometric counts (C. R. Mehta, N. R. Patel and R. Gray 1985, JASA 80, 969-973). With
    one stratum this is Fisher's exact test; for many it is the exact form of the
    Cochran-Mantel-Haenszel test. Strata with one side empty say nothing.

    Parameters
    ----------
    k, n, k_other, n_other : array_like
        Successes and totals of the group and of the others, one a stratum.
    side : {"less", "greater"}
        What would be the pattern: a rate below or above the others'.

    Examples
    --------
    >>> round(exact_p(3, 15, 11, 15, "less"), 5)
    0.00461
    """
    k, n, k_other, n_other = (
        np.atleast_1d(np.asarray(x, dtype=np.int64)) for x in (k, n, k_other, n_other)
    )
    told = (n > 0) & (n_other > 0)
    if not told.any():
        return float("nan")
    total, start, pmf = int(k[told].sum()), 0, np.ones(1)
    for a, b, c, d in zip(k[told], n[told], k_other[told], n_other[told], strict=True):
        size, hits = b + d, a + c
        mean = b * hits / size
        reach = _FAR * np.sqrt(mean * (size - hits) * d / size / max(size - 1, 1)) + 2
        low = max(0, hits - d, int(np.floor(mean - reach)))
        high = min(b, hits, int(np.ceil(mean + reach)))
        x = np.arange(low, high + 1)
        law = np.exp(_ways(b, x) + _ways(d, hits - x) - _ways(size, np.array([hits])))
        pmf = np.convolve(pmf, law)
        start += low
    at = total - start
    tail = pmf[: max(at + 1, 0)] if side == "less" else pmf[max(at, 0) :]
    return float(min(tail.sum(), 1.0))


def _ways(n: int, k: np.ndarray) -> np.ndarray:
    """Return the logarithm of the number of ways to choose k of n."""
    chosen: np.ndarray = (
        scipy.special.gammaln(n + 1)
        - scipy.special.gammaln(k + 1)
        - scipy.special.gammaln(n - k + 1)
    )
    return chosen


def expected_rate(
    n: ArrayLike, k_other: ArrayLike, n_other: ArrayLike, k: ArrayLike | None = None
) -> float:
    """Return the others' rate, weighted as the group is spread over the strata."""
    n, k_other, n_other = (np.atleast_1d(np.asarray(x, dtype=float)) for x in (n, k_other, n_other))
    told = (n > 0) & (n_other > 0)
    if not told.any():
        return float("nan")
    return float((n[told] * k_other[told] / n_other[told]).sum() / n[told].sum())


def above_p(k: int, n: int, share: float) -> float:
    """Return the exact p-value of k of n being more than a stated share.

    Examples
    --------
    >>> above_p(9, 10, 0.5)
    0.0107421875
    """
    return float(scipy.stats.binom.sf(k - 1, n, share)) if n else float("nan")


def logrank_p(
    time: ArrayLike, ended: ArrayLike, group: ArrayLike, strata: ArrayLike, side: str
) -> float:
    """Return the one-sided stratified log-rank p-value of a group against the others.

    N. Mantel (1966), Cancer Chemotherapy Reports 50, 163-170; censored times stay at risk
    until they are cut. ``side="longer"``: the group's times would be the longer ones.
    """
    time, ended = np.asarray(time, dtype=float), np.asarray(ended, dtype=bool)
    group, strata = np.asarray(group, dtype=bool), np.asarray(strata)
    score = variance = 0.0
    for s in np.unique(strata):
        here = strata == s
        moments, place = np.unique(time[here], return_inverse=True)
        e, g = ended[here].astype(float), group[here].astype(float)
        size = moments.size
        d = np.bincount(place, e, size)
        d1 = np.bincount(place, e * g, size)
        risk = np.bincount(place, minlength=size)[::-1].cumsum()[::-1].astype(float)
        risk1 = np.bincount(place, g, size)[::-1].cumsum()[::-1]
        share = risk1 / risk
        score += float((d1 - d * share).sum())
        many = risk > 1
        spread = d * share * (1 - share) * (risk - d) / np.where(many, risk - 1, 1)
        variance += float(spread[many].sum())
    if variance <= 0:
        return float("nan")
    z = score / np.sqrt(variance)
    return float(scipy.stats.norm.cdf(z) if side == "longer" else scipy.stats.norm.sf(z))


def together(*p: float, level: float = 0.05) -> float:
    """Join independent signs that must all be there.

    Each sign has to hold at ``level`` alone; otherwise the weakest sign's p-value is returned,
    so that a twin with one sign missing stays above the level. When all hold, the chance that
    all do and that their product is as small: R. A. Fisher's combination (1925) within the
    corner in which alone it can ring (compare D. V. Zaykin and others 2002, Genetic
    Epidemiology 22, 170-185).

    Examples
    --------
    >>> round(together(0.01, 0.02), 5), together(0.0001, 0.4)
    (0.00071, 0.4)
    """
    if any(np.isnan(x) for x in p):
        return float("nan")
    if max(p) > level:
        return float(max(p))
    chi = -2 * sum(np.log(max(x, 1e-300) / level) for x in p)
    return float(level ** len(p) * scipy.stats.chi2.sf(chi, 2 * len(p)))


def mean_p(values: ArrayLike, group: ArrayLike, strata: ArrayLike | None = None) -> float:
    """Return the one-sided p-value of a group's mean being the higher one, by permutation.

    E. J. G. Pitman (1937), JRSS Supplement 4, 119-130: within each stratum the group's values
    are as good as drawn from all of it. Values are first put on a grid of a hundredth of their
    range, on which the law of the sum is exact; beyond ``_MANY`` steps it is the normal one.

    Examples
    --------
    >>> round(mean_p([1, 2, 3, 4, 5, 6], [0, 0, 0, 0, 1, 1]), 6)      # one of 15 choices
    0.066667
    """
    x, g = np.asarray(values, dtype=float), np.asarray(group, dtype=bool)
    place = np.zeros(x.size, int) if strata is None else np.unique(strata, return_inverse=True)[1]
    if not x.size or np.ptp(x) == 0:
        return float("nan") if g.all() or not g.any() else 1.0
    score = np.round(_GRID * (x - x.min()) / np.ptp(x)).astype(int)
    parts = [(score[place == s], g[place == s]) for s in range(int(place.max()) + 1)]
    parts = [(v, own) for v, own in parts if own.any() and not own.all()]
    if not parts:
        return float("nan")
    seen = sum(int(v[own].sum()) for v, own in parts)
    if sum(v.size * min(int(own.sum()), int((~own).sum())) ** 2 for v, own in parts) > _MANY:
        mean = sum(v.mean() * own.sum() for v, own in parts)
        spread = sum(v.var(ddof=1) * own.sum() * (~own).sum() / v.size for v, own in parts)
        return float(scipy.stats.norm.sf((seen - mean) / np.sqrt(spread))) if spread > 0 else 1.0
    law = np.ones(1)
    for v, own in parts:
        law = np.convolve(law, _sums(v, int(own.sum())))
    return float(min(law[seen:].sum(), 1.0))


def _sums(score: np.ndarray, drawn: int) -> np.ndarray:
    """Return the law of the sum of so many scores drawn without putting back."""
    few = min(drawn, score.size - drawn)
    ways = np.zeros((few + 1, few * _GRID + 1))
    ways[0, 0] = 1.0
    for i, s in enumerate(score):
        # chances rather than numbers of ways: those would overflow
        n = np.arange(1, few + 1)[:, None] / (i + 1)
        kept = 1 - np.arange(few + 1)[:, None] / (i + 1)
        shifted = np.zeros((few, ways.shape[1]))
        shifted[:, s:] = ways[:-1, : ways.shape[1] - s]
        ways = ways * np.maximum(kept, 0)
        ways[1:] += n * shifted
    law: np.ndarray = ways[few]
    if few == drawn:
        return law
    whole = int(score.sum())  # what is left is the whole less what was drawn
    mirrored = np.zeros(whole + 1)
    known = min(law.size, whole + 1)
    mirrored[whole - known + 1 :] = law[:known][::-1]
    return mirrored


def scan_p(p: Sequence[float], overlap: Sequence[float]) -> float:
    """Return the p-value of the best of several neighbouring tests, as of many start dates.

    ``overlap[i]`` is the correlation of the tests i and i + 1. Bonferroni less the overlap of
    neighbours (K. J. Worsley 1982, Biometrika 69, 297-302): an upper bound, and a sharp one,
    since neighbouring starts share most of their deals.

    Examples
    --------
    >>> best = scan_p([0.002, 0.001, 0.004], [0.9, 0.9])
    >>> scan_p([0.001], []) == 0.001, 0.001 < best < 0.003
    (True, True)
    """
    best = float(np.nanmin(p)) if not np.isnan(p).all() else float("nan")
    size = int((~np.isnan(p)).sum())
    if np.isnan(best) or best >= 0.5 or best < 1e-100:
        return min(best * size, 1.0)
    b = float(scipy.stats.norm.isf(best))
    x, weight = np.polynomial.legendre.leggauss(60)
    x, weight = b + 4 * (x + 1), 4 * weight * scipy.stats.norm.pdf(b + 4 * (x + 1))
    total = best * size
    for r, one, two in zip(overlap, p[:-1], p[1:], strict=True):
        if not (np.isnan(one) or np.isnan(two)):
            r = min(max(r, 0.0), 0.99999)
            total -= float((weight * scipy.stats.norm.cdf((r * x - b) / np.sqrt(1 - r * r))).sum())
    return float(min(max(total, best), 1.0))


__all__ = ["above_p", "exact_p", "expected_rate", "logrank_p", "mean_p", "scan_p", "together"]
