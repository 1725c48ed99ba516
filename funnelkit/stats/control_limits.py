"""Funnel-plot limits: how far a unit of its size may lie from the target by chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import scipy
from numpy.typing import ArrayLike

from funnelkit.stats.checks import (
    FloatArray,
    choice,
    floats,
    probabilities,
    vectors,
    z_value,
)
from funnelkit.stats.multiplicity import binomial_p

METHODS = ("exact", "normal")


def _exact(n: FloatArray, target: FloatArray, p: float) -> FloatArray:
    r = scipy.stats.binom.ppf(p, n, target)
    at, below = scipy.stats.binom.cdf(r, n, target), scipy.stats.binom.cdf(r - 1, n, target)
    with np.errstate(divide="ignore", invalid="ignore"):
        return floats(np.clip((r - (at - p) / (at - below)) / n, 0.0, 1.0))


def funnel_limits(
    n: ArrayLike,
    target: ArrayLike,
    levels: Sequence[float] = (0.95, 0.998),
    method: str = "exact",
) -> pd.DataFrame:
    """Return the limits of a rate around a target for units of size n.

    D. J. Spiegelhalter (2005), Statistics in Medicine 24, 1185-1202, appendix A.1: the
    interpolated binomial quantile, or the normal approximation
    ``target +- z sqrt(target (1 - target) / n)``.

    Returns
    -------
    DataFrame
        ``n``, ``target``, ``level``, ``low``, ``high``: one row for each size and level.

    Examples
    --------
    >>> funnel_limits([25, 100], 0.5, [0.95], method="normal").round(3)["low"].tolist()
    [0.304, 0.402]
    """
    choice("method", method, METHODS)
    n = np.atleast_1d(floats(n))
    target = np.broadcast_to(probabilities("target", floats(target)), n.shape)
    parts = []
    for level in levels:
        z = z_value(level)
        if method == "normal":
            with np.errstate(divide="ignore", invalid="ignore"):
                half = z * np.sqrt(target * (1 - target) / n)
            low, high = np.clip(target - half, 0, 1), np.clip(target + half, 0, 1)
        else:
            low, high = _exact(n, target, 0.5 - level / 2), _exact(n, target, 0.5 + level / 2)
        empty = ~(n > 0)
        parts.append(
            pd.DataFrame(
                {
                    "n": n,
                    "target": target,
                    "level": level,
                    "low": np.where(empty, np.nan, low),
                    "high": np.where(empty, np.nan, high),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def funnel_positions(
    k: ArrayLike, n: ArrayLike, target: float | None = None, minimum: int = 1
) -> pd.DataFrame:
    """Return where each unit lies against its limits, with its exact p-value.

    Parameters
    ----------
    k, n : array_like
        Successes and totals of each unit.
    target : float, optional
        The rate held to be in order, the pooled rate if not given.
    minimum : int
        Units with fewer than so many are not judged.

    Returns
    -------
    DataFrame
        ``k``, ``n``, ``rate``, ``target``, ``low``, ``high`` (95%), ``far_low``,
        ``far_high`` (99.8% or further), ``p``, ``position``: ``inside``, ``watch`` (beyond 95%),
        ``act`` (beyond 99.8%; with more than 25 units judged beyond 1 - 0.05 / units, so that
        all of them together ring in at most one of twenty faultless sets) or ``few``.

    Examples
    --------
    >>> funnel_positions([5, 12, 24, 1], [20, 20, 25, 2], 0.5, minimum=5)["position"].tolist()
    ['watch', 'inside', 'act', 'few']
    """
    k, n = vectors(k=k, n=n)
    pooled = float(k.sum() / n.sum()) if n.sum() > 0 else np.nan
    rate_held = pooled if target is None else target
    near = funnel_limits(n, rate_held, [0.95])
    judged = int(((n >= minimum) & (n > 0)).sum())
    far = funnel_limits(n, rate_held, [max(0.998, 1 - 0.05 / max(judged, 1))])
    out = pd.DataFrame({"k": k, "n": n})
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = k / n
    out["rate"], out["target"] = rate, rate_held
    out["low"], out["high"] = near["low"], near["high"]
    out["far_low"], out["far_high"] = far["low"], far["high"]
    out["p"] = binomial_p(k, n, rate_held)
    beyond = (rate < out["low"]) | (rate > out["high"])
    far_beyond = (rate < out["far_low"]) | (rate > out["far_high"])
    out["position"] = np.select(
        [(n < minimum) | (n == 0), far_beyond, beyond], ["few", "act", "watch"], "inside"
    )
    return out
