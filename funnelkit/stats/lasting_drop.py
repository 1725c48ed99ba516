"""A CUSUM for a lasting drop whose usual rate is not known beforehand."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from funnelkit.errors import FunnelkitError
from funnelkit.stats.checks import FloatArray, counts, floats, vectors
from funnelkit.stats.control_chart import RUNS, ControlChart, cusum


def lasting_drop(
    k: ArrayLike,
    n: ArrayLike,
    learn: int,
    odds: float = 0.5,
    false_alarm: float = 0.05,
    seed: int = 0,
) -> ControlChart:
    """Return a CUSUM for the odds falling to ``odds`` of the rate of the first periods.

    Page's scheme with log-likelihood weights as in :func:`cusum`, but the usual rate comes from
    the first ``learn`` periods, which is itself a draw. So the threshold is found among charts
    of the same periods in which the same successes are dealt out at random, each with a usual
    rate of its own: given their total nothing is left to estimate, and the chance of a false
    alarm holds for any rate.

    Returns
    -------
    ControlChart
        As :func:`cusum`; nothing is summed while the usual rate is learnt.

    Examples
    --------
    >>> chart = lasting_drop([15, 16, 14, 15, 9, 8, 7, 8], [50] * 8, learn=4)
    >>> chart.changed_at, chart.first_alarm is not None
    (4, True)
    """
    hits, totals = vectors(k=k, n=n)
    counts(hits, totals)
    if not 0 < learn < hits.size:
        raise FunnelkitError("stats.not_positive", name="learn", found=str(learn))
    if not 0 < odds < 1:
        raise FunnelkitError("stats.probability_range", name="odds", found=odds)

    def path(came: FloatArray) -> FloatArray:
        # half a success and half a failure keep the odds finite
        base = (came[..., :learn].sum(axis=-1) + 0.5) / (totals[:learn].sum() + 1.0)
        lower = odds * base / (1 - base + odds * base)
        success, failure = np.log(lower / base), np.log((1 - lower) / (1 - base))
        level = np.zeros(came.shape[:-1])
        out = np.zeros_like(came)
        for i in range(learn, came.shape[-1]):
            step = came[..., i] * success + (totals[i] - came[..., i]) * failure
            level = np.maximum(level + step, 0.0)
            out[..., i] = level
        return floats(out)

    rng = np.random.default_rng(seed)
    whole = totals.astype(np.int64)
    dealt = rng.multivariate_hypergeometric(whole, int(hits.sum()), RUNS, method="marginals")
    highest = path(floats(dealt)).max(axis=-1)
    threshold = float(np.quantile(highest, 1 - false_alarm, method="higher"))
    values = path(hits)
    base = float(hits[:learn].sum() / totals[:learn].sum()) if totals[:learn].sum() else np.nan
    usual = min(max(base, 1e-6), 1 - 1e-6)
    # the columns are those of the chart with a known rate
    table = cusum(hits, totals, usual, usual / 2, false_alarm).table
    table["cusum"], table["threshold"] = values, threshold
    table["alarm"] = values > threshold + 1e-12
    found = np.flatnonzero(table["alarm"].to_numpy())
    first = int(found[0]) if found.size else None
    start = None
    if first is not None:
        zeros = np.flatnonzero(values[:first] == 0)
        start = int(zeros[-1]) + 1 if zeros.size else learn
    return ControlChart(table, base, false_alarm, first, start)


__all__ = ["lasting_drop"]
