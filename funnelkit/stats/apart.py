"""Which of several shares differ from all the others together, and whether that could be seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from funnelkit.stats.checks import counts, floats
from funnelkit.stats.multiplicity import holm

#: What a share that differs is taken to be when one asks whether it would have been seen.
HALVED = 0.5


@dataclass(frozen=True, eq=False)
class Apart:
    """The groups of a table against each other.

    Attributes
    ----------
    flagged : ndarray of bool
        Groups whose share differs from that of all others together.
    seen : ndarray
        The chance that each group would have been flagged, had its share been half the common one.
    """

    flagged: NDArray[np.bool_]
    seen: NDArray[np.float64]

    @property
    def telling(self) -> bool:
        """Whether silence says something: most groups would have been seen at half the share."""
        return bool(self.seen.size and np.median(self.seen) >= 0.5)


def apart(k: ArrayLike, n: ArrayLike, level: float = 0.05) -> Apart:
    """Find the groups that differ from all the others by more than chance.

    Each group against the rest by the exact hypergeometric test (twice the smaller tail), over
    the groups by Holm's procedure: a table without any difference gets a flag in at most
    ``level`` of cases, however many groups it has.

    Parameters
    ----------
    k, n : array_like
        Hits and cases of each group, whole numbers.

    Examples
    --------
    >>> found = apart([60, 40, 40], [100, 100, 100])
    >>> found.flagged.tolist(), found.telling
    ([True, False, False], True)
    >>> apart([2, 1, 3], [6, 5, 7]).telling
    False
    """
    hits, cases = floats(np.atleast_1d(floats(k))), floats(np.atleast_1d(floats(n)))
    counts(hits, cases)
    total, all_hits = cases.sum(), hits.sum()
    if hits.size < 2 or total == 0:
        return Apart(np.zeros(hits.size, bool), np.zeros(hits.size))
    lower = scipy.stats.hypergeom.cdf(hits, total, all_hits, cases)
    upper = scipy.stats.hypergeom.sf(hits - 1, total, all_hits, cases)
    p = np.minimum(2 * np.minimum(lower, upper), 1.0)
    # the first of Holm's steps: the fewest hits that would not be flagged, the others as they are
    step = level / 2 / hits.size
    then = np.round(all_hits * (1 - (1 - HALVED) * cases / total))
    edge = scipy.stats.hypergeom.ppf(step, total, then, cases)
    edge = np.where(scipy.stats.hypergeom.cdf(edge, total, then, cases) > step, edge - 1, edge)
    seen = scipy.stats.binom.cdf(edge, cases, HALVED * all_hits / total)
    return Apart(holm(p).flagged(level), floats(np.where(edge >= 0, seen, 0.0)))


__all__ = ["HALVED", "Apart", "apart"]
