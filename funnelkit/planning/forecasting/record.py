"""The model's own record: what its chances said of past open deals, by size, and what came.

Daily chances by stage and age know nothing of the amount. Where large deals are won less
often than small ones, a total weighted by amounts comes out too high; the record shows by how
much, and the chances are corrected by it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from funnelkit.planning.forecasting.book import DAY, NEVER, OPEN, Known
from funnelkit.planning.forecasting.hazards import whole_age
from funnelkit.stats.checks import floats

Floats = NDArray[np.float64]

_MOST_SPANS = 8
_CLASSES = 3
#: Wins of prior weight that hold a class at the mean of all.
_PRIOR = 25.0


def size_factors(known: Known, chance: Floats, days: int) -> tuple[Floats, Floats]:
    """Compare past chances with what came, by the amount the deal had on entry of its stage.

    Parameters
    ----------
    chance : ndarray, (stages, ages)
        Chance to be won within ``days``.
    days : int
        The record is taken on days so far apart, the last one ``days`` ago.

    Returns
    -------
    edges, factors : ndarray
        Upper ends of all classes of amounts but the last, and the factor of each class; deals
        without an amount are a class of their own, the last.
    """
    running = known.after == OPEN
    end = np.where(running, np.iinfo(np.int64).max, known.left)
    won_at = np.where(known.won, known.closed, NEVER)[known.deal]
    has_amount = np.isfinite(known.asked)
    if not has_amount.any() or days < 1:
        return np.zeros(0), np.ones(2)
    edges = np.unique(np.quantile(known.asked[has_amount], np.arange(1, _CLASSES) / _CLASSES))
    kind = classes(known.asked, edges)
    expected, came = np.zeros(edges.size + 2), np.zeros(edges.size + 2)
    first = int(known.created.min())
    for k in range(1, _MOST_SPANS + 1):
        then = known.moment - k * days * DAY
        if then <= first:
            break
        there = (known.entered <= then) & (end > then)
        age = np.minimum(whole_age(known.entered[there], then), chance.shape[1] - 1)
        p = chance[known.stage[there], age]
        won = (won_at[there] > then) & (won_at[there] <= then + days * DAY)
        expected += np.bincount(kind[there], p, minlength=expected.size)
        came += np.bincount(kind[there], won, minlength=came.size)
    if not expected.sum() or not came.sum():
        return edges, np.ones(edges.size + 2)
    expected = expected * came.sum() / expected.sum()  # the level is not in question here
    return edges, floats((came + _PRIOR) / (expected + _PRIOR))


def classes(amount: Floats, edges: Floats) -> NDArray[np.int64]:
    """Return the class of each amount; the last is for deals without one."""
    kind = np.searchsorted(edges, amount, side="left")
    return np.where(np.isfinite(amount), kind, edges.size + 1).astype(np.int64)
