"""Exact null distributions of a count, and one family of tests with unequal reach."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from funnelkit.stats.checks import FloatArray, floats, vectors
from funnelkit.stats.spending import over_looks

_NEGLIGIBLE = 1e-15
_MOST_KEPT = 5_000_000
# Questions whose adjusted p-values are worked out at a time.
_AT_ONCE = 16


@dataclass(frozen=True)
class Null:
    """How a count is spread when nothing is amiss: the chance of at most ``low + i``."""

    low: int
    cdf: FloatArray

    def p(self, seen: int) -> float:
        """Return the chance of a count as low as the one seen."""
        at = int(seen) - self.low
        if at < 0:
            return float(min(self.cdf[0], _NEGLIGIBLE))
        return float(self.cdf[min(at, self.cdf.size - 1)])

    def size(self, level: ArrayLike) -> FloatArray:
        """Return the chance that the p-value is at most ``level``: what the test really uses.

        A count takes few values, so this is below ``level``, often far below; a test that
        cannot reach it has size 0 (R. E. Tarone 1990, Biometrics 46, 515-522).
        """
        steps = np.concatenate([[0.0], self.cdf])
        # a p-value equal to the level but for rounding reaches it
        bar = floats(level) * (1 + 1e-9)
        return floats(steps[np.searchsorted(self.cdf, bar, side="right")])


def _trimmed(low: int, pmf: FloatArray) -> tuple[int, FloatArray]:
    kept = np.flatnonzero(pmf > _NEGLIGIBLE)
    if not kept.size:
        return low, pmf
    return low + int(kept[0]), pmf[kept[0] : kept[-1] + 1]


def _hypergeometric(total: int, good: int, drawn: int) -> tuple[int, FloatArray]:
    low, high = max(0, drawn - (total - good)), min(drawn, good)
    x = np.arange(low, high + 1)
    logs = (
        _log_choose(good, x)
        + _log_choose(total - good, drawn - x)
        - _log_choose(total, np.array(drawn))
    )
    pmf = np.exp(logs)
    return _trimmed(low, floats(pmf / pmf.sum()))


def _log_choose(n: int, k: np.ndarray) -> FloatArray:
    known = _factorials(n)
    return floats(known[n] - known[k] - known[n - k])


_kept_factorials = np.zeros(1)


def _factorials(n: int) -> FloatArray:
    """Return the logarithms of the factorials up to at least n, kept for the next call."""
    global _kept_factorials
    if n >= _kept_factorials.size:
        if n > _MOST_KEPT:
            return floats(scipy.special.gammaln(np.arange(n + 1) + 1.0))
        size = max(2 * n, 1024) + 1
        _kept_factorials = floats(scipy.special.gammaln(np.arange(size) + 1.0))
    return _kept_factorials


def conditional_null(good: ArrayLike, total: ArrayLike, drawn: ArrayLike) -> Null:
    """Return the spread of a group's successes when it differs from nobody.

    Fisher's exact test, stratum by stratum: within each of the strata ``drawn`` of ``total``
    units belong to the group, ``good`` of the total succeeded, and any of the units might have
    been the group's (C. R. Mehta, N. R. Patel, R. Gray 1985, JASA 80, 969-973). The count is
    the sum over the strata.

    Examples
    --------
    >>> round(conditional_null([10], [20], [8]).p(1), 6)   # 1 of 8 against 9 of 12
    0.009883
    """
    good, total, drawn = vectors(good=good, total=total, drawn=drawn)
    low, pmf = 0, np.ones(1)
    for k, n, m in zip(good, total, drawn, strict=True):
        if m > 0:
            start, part = _hypergeometric(int(n), int(k), int(m))
            low, pmf = _trimmed(low + start, floats(np.convolve(pmf, part)))
    return Null(low, floats(np.minimum(np.cumsum(pmf), 1.0)))


#: Spreads of one stratum already worked out: by total, good and drawn.
Laws = dict[tuple[int, int, int], tuple[int, FloatArray]]


def trailing_nulls(
    good: ArrayLike, total: ArrayLike, drawn: ArrayLike, laws: Laws | None = None
) -> list[Null]:
    """Return the conditional null of all strata, of all but the first, and so on to the last.

    Many groups drawn from the same strata share ``laws``: few numbers drawn occur.

    Examples
    --------
    >>> nulls = trailing_nulls([5, 10], [9, 20], [3, 8])
    >>> round(nulls[1].p(1), 6)
    0.009883
    """
    good, total, drawn = vectors(good=good, total=total, drawn=drawn)
    low, pmf, found = 0, np.ones(1), []
    laws = {} if laws is None else laws
    strata = zip(
        total[::-1].astype(int), good[::-1].astype(int), drawn[::-1].astype(int), strict=True
    )
    for stratum in strata:
        if stratum[2] > 0:
            if stratum not in laws:
                laws[stratum] = _hypergeometric(*stratum)
            start, part = laws[stratum]
            low, pmf = _trimmed(low + start, floats(np.convolve(pmf, part)))
        found.append(Null(low, floats(np.minimum(np.cumsum(pmf), 1.0))))
    return found[::-1]


def sizes_of(nulls: Sequence[Null | None]) -> Callable[[FloatArray], FloatArray]:
    """Return a function of levels, a row or a number a test, that gives each test's `Null.size`.

    All tests at once, by halving the stretch of each one's counts; None is continuous.

    Examples
    --------
    >>> sizes_of([None, binomial_null(4, 0.5)])(np.array([0.3, 0.3])).round(6).tolist()
    [0.3, 0.0625]
    """
    where = np.array([i for i, null in enumerate(nulls) if null is not None], dtype=np.int64)
    laws = [null.cdf for null in nulls if null is not None]
    lengths = np.array([law.size for law in laws], dtype=np.int64)
    first = np.cumsum(lengths) - lengths
    flat = np.concatenate(laws) if laws else np.zeros(0)

    def sizes(level: FloatArray) -> FloatArray:
        out = np.array(level, dtype=float)
        if not where.size:
            return out
        bar = out[where] * (1 + 1e-9)
        wide = (-1, *(1,) * (bar.ndim - 1))
        begin, last = first.reshape(wide), (lengths - 1).reshape(wide)
        low, high = np.zeros(bar.shape, np.int64), np.broadcast_to(last + 1, bar.shape)
        while (low < high).any():
            middle = (low + high) // 2
            below = (low < high) & (flat[begin + np.minimum(middle, last)] <= bar)
            low, high = np.where(below, middle + 1, low), np.where(below, high, middle)
        out[where] = np.where(low > 0, flat[begin + np.maximum(low - 1, 0)], 0.0)
        return out

    return sizes


def binomial_null(n: int, rate: float) -> Null:
    """Return the spread of the successes among ``n`` when each comes with chance ``rate``.

    Examples
    --------
    >>> binomial_null(4, 0.5).p(1)
    0.3125
    """
    pmf = floats(scipy.stats.binom.pmf(np.arange(n + 1), n, rate))
    low, pmf = _trimmed(0, pmf)
    return Null(low, floats(np.minimum(np.cumsum(pmf), 1.0)))


@dataclass(frozen=True)
class Family:
    """Questions asked together, each by one or more tests.

    Attributes
    ----------
    p : ndarray
        Per question, allowing for its own tests.
    adjusted : ndarray
        Per question, to be held against the level for the whole family.
    best : ndarray
        Per question, the position of the test that speaks loudest.
    evidence : ndarray
        Per test, what the questions are ordered by.
    questions, tests, silent : int
        How many questions and tests there are, and how many tests could never have spoken.
    """

    p: FloatArray
    adjusted: FloatArray
    best: np.ndarray
    evidence: FloatArray
    questions: int
    tests: int
    silent: int


def evidence_of(p: ArrayLike, reach: ArrayLike, share: ArrayLike) -> FloatArray:
    """Return ``log share + reach z - reach^2 / 2`` with the normal score z of the p-value."""
    z = scipy.stats.norm.isf(np.clip(floats(p), 1e-300, 1.0 - 1e-12))
    reaches = floats(reach)
    return floats(np.log(floats(share)) + reaches * z - reaches**2 / 2)


def adjust_family(
    question: ArrayLike,
    p: ArrayLike,
    reach: ArrayLike,
    share: ArrayLike,
    nulls: Sequence[Null | None],
    level: float = 0.05,
    overlap: ArrayLike | None = None,
    looks: int = 1,
    renewal: ArrayLike = 0.0,
) -> Family:
    """Adjust tests of unequal reach so that a false alarm anywhere has at most one chance.

    Every test is ordered by its evidence ``log share + reach z - reach^2 / 2``, the
    log-likelihood ratio of a drop worth acting on; ``z`` is the normal score of its p-value and
    ``reach`` where such a drop would put it. The level is so spent where a drop worth acting on
    is neither sure to be seen nor sure to be missed, which are the optimal weights of
    K. Roeder and L. Wasserman (2009), Statistical Science 24, 398-413. The adjusted p-value
    is the sum, over the questions not yet answered (Holm's steps), of each test's chance to
    speak as loudly; discrete tests count with the size they can really have (Tarone), so that
    a test which cannot speak costs nothing. It holds whatever the dependence.

    Parameters
    ----------
    question : array_like of int
        To which question each test belongs, from 0 without gaps.
    p : array_like
        One-sided p-values.
    reach : array_like
        Expected normal score under a drop worth acting on, above 0.
    share : array_like
        Weight of the test beside others, above 0.
    nulls : sequence of Null or None
        None: a continuous p-value.
    overlap : array_like, optional
        Correlation of a continuous test with the one before it of the same question, 0 where
        none is known. What both say counts once (D. Hunter 1976, Journal of Applied Probability
        13, 597-603; K. J. Worsley 1982, Biometrika 69, 297-302): an upper bound still.
    looks : int
        How often the family is asked within the time for which the level is meant.
    renewal : array_like
        The share of each test's deals that is new from one look to the next, see
        :func:`funnelkit.stats.spending.over_looks`.

    Examples
    --------
    >>> family = adjust_family([0, 1, 2], [0.01, 0.04, 0.03], [3, 3, 3], [1, 1, 1], [None] * 3)
    >>> family.adjusted.round(6).tolist()                # equal reach: Holm
    [0.03, 0.06, 0.06]
    """
    asked = np.asarray(question, dtype=np.int64)
    values, reaches, shares = vectors(p=p, reach=reach, share=share)
    evidence = evidence_of(values, reaches, shares)
    questions = int(asked.max()) + 1
    order = np.lexsort((-evidence, asked))
    first = np.flatnonzero(np.r_[True, np.diff(asked[order]) > 0])
    best = order[first]
    bar = evidence[best]
    steps = np.argsort(-bar, kind="stable")
    logs, sizes = np.log(shares), sizes_of(nulls)
    new = np.broadcast_to(floats(renewal), values.shape)[:, None]
    shares_with = np.zeros(len(values)) if overlap is None else floats(overlap)
    pairs = np.flatnonzero(shares_with > 0)
    shared = shares_with[pairs][:, None]

    def louder(bars: FloatArray) -> FloatArray:
        """Return each question's chance to speak as loudly as the bars, a row a test."""
        score = (bars - logs[:, None]) / reaches[:, None] + reaches[:, None] / 2
        chance = np.zeros((questions, bars.shape[1]))
        at_once = scipy.special.ndtr(-score)
        often = over_looks(score, looks, new) / np.maximum(at_once, 1e-300) if looks > 1 else 1.0
        np.add.at(chance, asked, sizes(at_once) * often)
        if pairs.size:
            np.subtract.at(chance, asked[pairs], _both(score[pairs - 1], score[pairs], shared))
        return np.clip(chance, 0.0, 1.0)

    own = louder(bar[asked][:, None])[:, 0]
    # from the loudest on, until nothing can be alarming any more
    adjusted, most = np.ones(questions), 0.0
    for start in range(0, questions, _AT_ONCE):
        rows = steps[start : start + _AT_ONCE]
        chances = louder(np.broadcast_to(bar[rows], (len(asked), rows.size)))
        for j, row in enumerate(rows):  # Holm: without the questions already answered
            answered = chances[steps[: start + j], j].sum()
            most = min(max(most, float(chances[:, j].sum() - answered)), 1.0)
            adjusted[row] = most
        if most >= 1.0:
            break
    silent = sum(null is not None and bool(null.cdf[0] > level) for null in nulls)
    return Family(own, floats(adjusted), best, evidence, questions, len(values), silent)


_AT, _HOW_MUCH = np.polynomial.legendre.leggauss(20)


def _both(first: FloatArray, second: FloatArray, correlation: FloatArray) -> FloatArray:
    """Return the chance that two correlated normal scores both reach their bars."""
    if first.shape[0] == 0:
        return np.zeros(first.shape)
    told = (first > -1.0) & (first < 7.0) & (second < 7.0)
    out = np.zeros(first.shape)
    a, b, r = first[told], second[told], np.broadcast_to(correlation, first.shape)[told]
    at = a[:, None] + 3.5 * (_AT + 1)
    density = 3.5 * _HOW_MUCH * np.exp(-(at**2) / 2) / np.sqrt(2 * np.pi)
    further = (r[:, None] * at - b[:, None]) / np.sqrt(1 - r[:, None] ** 2)
    out[told] = (density * scipy.special.ndtr(further)).sum(axis=1)
    return out
