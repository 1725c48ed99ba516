"""Charts over time that ring with a stated chance although nothing has changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from funnelkit.errors import FunnelkitError
from funnelkit.stats.checks import FloatArray, counts, floats, probabilities, vectors
from funnelkit.stats.control_limits import funnel_limits
from funnelkit.stats.multiplicity import sidak_level

RUNS = 4000


@dataclass(frozen=True)
class ControlChart:
    """A chart of a rate over periods.

    Attributes
    ----------
    table : DataFrame
        One row a period; `p_chart` and `cusum` say which columns.
    centre : float
        The rate held to be usual.
    false_alarm : float
        Chance of one or more alarms over all the periods shown when nothing has changed.
    first_alarm : int or None
        Position of the first alarm.
    changed_at : int or None
        Position at which the run that rang began (the change is likeliest there).
    """

    table: pd.DataFrame
    centre: float
    false_alarm: float
    first_alarm: int | None
    changed_at: int | None


def _checked(
    k: ArrayLike, n: ArrayLike, baseline: float | None, false_alarm: float
) -> tuple[FloatArray, FloatArray, float]:
    hits, totals = vectors(k=k, n=n)
    counts(hits, totals)
    if not 0 < false_alarm < 1:
        raise FunnelkitError("stats.probability_range", name="false_alarm", found=false_alarm)
    if baseline is None:
        if not totals.sum() > 0:
            raise FunnelkitError("stats.empty", name="n")
        baseline = float(hits.sum() / totals.sum())
    probabilities("baseline", floats([baseline]))
    return hits, totals, baseline


def _first(alarm: FloatArray) -> int | None:
    found = np.flatnonzero(alarm)
    return int(found[0]) if found.size else None


def p_chart(
    k: ArrayLike, n: ArrayLike, baseline: float | None = None, false_alarm: float = 0.05
) -> ControlChart:
    """Return a p-chart: each period's rate between limits for its size.

    W. A. Shewhart, Economic Control of Quality of Manufactured Product, 1931, with exact
    binomial limits instead of three sigma. The chance of a false alarm is shared among the
    periods (Sidak), so that it holds for the chart as a whole, not for each point.

    Parameters
    ----------
    baseline : float, optional
        The usual rate from earlier periods. Without it the pooled rate of the periods shown
        is used, which only finds single periods that stand out.

    Returns
    -------
    ControlChart
        With columns ``period``, ``k``, ``n``, ``rate``, ``low``, ``high``, ``alarm``.

    Examples
    --------
    >>> chart = p_chart([30, 28, 33, 9], [100, 100, 100, 100], baseline=0.3)
    >>> chart.table["alarm"].tolist(), chart.first_alarm
    ([False, False, False, True], 3)
    """
    hits, totals, centre = _checked(k, n, baseline, false_alarm)
    periods = int((totals > 0).sum())
    level = sidak_level(1 - false_alarm, periods)
    limits = funnel_limits(totals, centre, [level])
    table = pd.DataFrame({"period": np.arange(hits.size), "k": hits, "n": totals})
    with np.errstate(divide="ignore", invalid="ignore"):
        table["rate"] = hits / totals
    table["low"], table["high"] = limits["low"], limits["high"]
    table["alarm"] = (table["rate"] < table["low"]) | (table["rate"] > table["high"])
    first = _first(table["alarm"].to_numpy())
    return ControlChart(table, centre, false_alarm, first, first)


def cusum(
    k: ArrayLike,
    n: ArrayLike,
    baseline: float,
    worse: float,
    false_alarm: float = 0.05,
    seed: int = 0,
) -> ControlChart:
    """Return a CUSUM: evidence, period by period, that the rate has moved to `worse`.

    E. S. Page (1954), Biometrika 41, 100-115, with the log-likelihood weights of Steiner et
    al. (2000), Biostatistics 1, 441-452. It sees a lasting drop much sooner than single
    points do. The threshold is the level that unchanged periods of the same sizes exceed
    with the stated chance, found from 4,000 seeded runs.

    Returns
    -------
    ControlChart
        With columns ``period``, ``k``, ``n``, ``rate``, ``cusum``, ``threshold``, ``alarm``.

    Examples
    --------
    >>> chart = cusum([15, 16, 14, 10, 9, 8, 9], [50] * 7, baseline=0.3, worse=0.2)
    >>> chart.first_alarm, chart.changed_at
    (5, 3)
    """
    hits, totals, centre = _checked(k, n, baseline, false_alarm)
    probabilities("worse", floats([worse]))
    for name, value in (("baseline", centre), ("worse", worse)):
        if not 0 < value < 1:
            raise FunnelkitError("stats.probability_range", name=name, found=value)
    if worse == centre:
        raise FunnelkitError("stats.not_positive", name="|worse - baseline|", found="0")
    success, failure = np.log(worse / centre), np.log((1 - worse) / (1 - centre))

    def path(came: FloatArray) -> FloatArray:
        """Return the chart of one or (in rows) many runs."""
        steps = came * success + (totals - came) * failure
        level = np.zeros(steps.shape[:-1])
        out = np.empty_like(steps)
        for i in range(steps.shape[-1]):
            level = np.maximum(level + steps[..., i], 0.0)
            out[..., i] = level
        return floats(out)

    rng = np.random.default_rng(seed)
    usual = rng.binomial(totals.astype(np.int64), centre, (RUNS, totals.size))
    highest = path(floats(usual)).max(axis=-1)
    threshold = float(np.quantile(highest, 1 - false_alarm, method="higher"))
    values = path(hits)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = hits / totals
    table = pd.DataFrame(
        {"period": np.arange(hits.size), "k": hits, "n": totals, "rate": rate, "cusum": values}
    )
    table["threshold"] = threshold
    # Above, not at, the threshold: its own runs reach it more often than stated.
    table["alarm"] = values > threshold + 1e-12
    first = _first(table["alarm"].to_numpy())
    start = None
    if first is not None:
        zeros = np.flatnonzero(values[:first] == 0)
        start = int(zeros[-1]) + 1 if zeros.size else 0
    return ControlChart(table, centre, false_alarm, first, start)
