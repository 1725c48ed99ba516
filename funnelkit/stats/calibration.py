"""How good stated probabilities were: scores, their parts, the reliability table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from funnelkit.errors import FunnelkitError
from funnelkit.stats.checks import FloatArray, probabilities, vectors
from funnelkit.stats.intervals import wilson

MOST_DISTINCT = 20


def _pair(p: ArrayLike, y: ArrayLike) -> tuple[FloatArray, FloatArray]:
    stated, happened = vectors(p=p, y=y)
    for name, values in (("p", stated), ("y", happened)):
        probabilities(name, values)
    if np.isnan(stated).any() or np.isnan(happened).any():
        raise FunnelkitError("stats.probability_range", name="p, y", found="nan")
    return stated, happened


def brier(p: ArrayLike, y: ArrayLike) -> float:
    """Return the mean squared distance of probabilities from outcomes (0 best).

    G. W. Brier (1950), Monthly Weather Review 78, 1-3.

    Examples
    --------
    >>> round(brier([0.9, 0.1], [1, 0]), 6)
    0.01
    """
    stated, happened = _pair(p, y)
    return float(np.mean((stated - happened) ** 2))


def log_score(p: ArrayLike, y: ArrayLike) -> float:
    """Return the mean of minus the log probability given to what happened (0 best).

    I. J. Good (1952), JRSS B 14, 107-114. What was held impossible and happened costs
    infinity.

    Examples
    --------
    >>> round(log_score([0.5, 0.5], [1, 0]), 6)
    0.693147
    """
    stated, happened = _pair(p, y)
    with np.errstate(divide="ignore"):
        return float(-np.mean(np.log(np.where(happened == 1, stated, 1 - stated))))


def reliability_table(
    p: ArrayLike, y: ArrayLike, bins: int | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Return, for each stated probability, how often it came true.

    Murphy and Winkler (1977), Applied Statistics 26, 41-47; Wilson intervals.

    Parameters
    ----------
    p, y : array_like
        Stated probabilities and outcomes (0 or 1).
    bins : int, optional
        Number of equal classes of [0, 1]. Without it each stated value is its own class as
        long as there are no more than 20, else ten classes are made.

    Returns
    -------
    DataFrame
        ``forecast`` (mean of the class), ``n``, ``happened``, ``rate``, ``low``, ``high``,
        ``inside`` (whether the forecast lies in the interval).

    Examples
    --------
    >>> reliability_table([0.9, 0.9, 0.1], [1, 0, 0])[["forecast", "n", "rate"]].values.tolist()
    [[0.1, 1.0, 0.0], [0.9, 2.0, 0.5]]
    """
    stated, happened = _pair(p, y)
    if bins is None and np.unique(stated).size > MOST_DISTINCT:
        bins = 10
    cell = stated if bins is None else np.minimum(np.floor(stated * bins), bins - 1)
    frame = pd.DataFrame({"cell": cell, "forecast": stated, "happened": happened})
    table = frame.groupby("cell").agg(
        forecast=("forecast", "mean"), n=("forecast", "size"), happened=("happened", "sum")
    )
    table = table.reset_index(drop=True)
    table["rate"] = table["happened"] / table["n"]
    table["low"], table["high"] = wilson(table["happened"], table["n"], level)
    table["inside"] = table["forecast"].between(table["low"], table["high"])
    return table


@dataclass(frozen=True)
class Murphy:
    """The parts of a Brier score.

    ``brier = reliability - resolution + uncertainty + within``; `within` is what classes of
    unequal probabilities hide, 0 when each stated value is its own class.

    Attributes
    ----------
    brier, reliability, resolution, uncertainty, within : float
        Reliability is the cost of being off (0 best), resolution the worth of telling
        cases apart (high is good), uncertainty is in the cases, not in the forecast.
    skill : float
        Gain over always stating the base rate; nan if all outcomes are the same.
    table : DataFrame
        The reliability table.
    """

    brier: float
    reliability: float
    resolution: float
    uncertainty: float
    within: float
    skill: float
    table: pd.DataFrame


def murphy(p: ArrayLike, y: ArrayLike, bins: int | None = None) -> Murphy:
    """Split the Brier score into reliability, resolution and uncertainty.

    A. H. Murphy (1973), Journal of Applied Meteorology 12, 595-600.

    Examples
    --------
    >>> parts = murphy([.9, .9, .75, .75, .5, .5, .25, .25, .1, .1], [1, 0, 1, 0, 1, 0, 0, 0, 0, 0])
    >>> [round(x, 4) for x in (parts.reliability, parts.resolution, parts.uncertainty)]
    [0.059, 0.06, 0.21]
    >>> round(parts.brier, 4), round(parts.skill, 3)
    (0.209, 0.005)
    """
    stated, happened = _pair(p, y)
    table = reliability_table(stated, happened, bins)
    base, share = happened.mean(), table["n"] / table["n"].sum()
    reliability = float((share * (table["forecast"] - table["rate"]) ** 2).sum())
    resolution = float((share * (table["rate"] - base) ** 2).sum())
    uncertainty = float(base * (1 - base))
    score = brier(stated, happened)
    within = score - (reliability - resolution + uncertainty)
    skill = 1 - score / uncertainty if uncertainty > 0 else float("nan")
    return Murphy(score, reliability, resolution, uncertainty, within, skill, table)
