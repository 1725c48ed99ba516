"""Ultimate conversion: how many will have come in the end, open ones included.

Everything beyond the last day seen rests on the assumed shape of the curve, and is marked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import scipy
from numpy.typing import ArrayLike

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.stats.checks import FloatArray, choice, floats, vectors, z_value
from funnelkit.stats.competing_risks import aalen_johansen
from funnelkit.stats.life_table import CENSORED, causes_of, checked, group_codes

LATENCIES = ("gamma", "weibull")
_TINY = 1e-300


def _survival(latency: str, t: FloatArray, mean: float, shape: float) -> FloatArray:
    if latency == "gamma":
        return floats(scipy.special.gammaincc(shape, t * shape / mean))
    scale = mean / scipy.special.gamma(1 + 1 / shape)
    return floats(np.exp(-((t / scale) ** shape)))


def _loss(table: pd.DataFrame, event: str, latency: str) -> Callable[[FloatArray], float]:
    """Return minus the log-likelihood of (logit share, log mean, log shape, ...)."""
    rows = table.groupby(["day", "exit"], as_index=False)["n"].sum()
    rows = rows[rows["n"] > 0]
    cells = {
        name: (part["day"].to_numpy(np.float64), part["n"].to_numpy(np.float64))
        for name, part in (
            ("event", rows[rows["exit"] == event]),
            ("other", rows[~rows["exit"].isin([event, CENSORED])]),
            ("open", rows[rows["exit"] == CENSORED]),
        )
    }
    competing = cells["other"][0].size > 0

    def within_day(day: FloatArray, mean: float, shape: float) -> FloatArray:
        mass = _survival(latency, day, mean, shape) - _survival(latency, day + 1, mean, shape)
        return np.log(np.maximum(mass, _TINY))

    def loss(theta: FloatArray) -> float:
        log_share, log_rest = -np.logaddexp(0, -theta[0]), -np.logaddexp(0, theta[0])
        mean, shape = np.exp(theta[1:3])
        day, n = cells["event"]
        total = float((n * (log_share + within_day(day, mean, shape))).sum())
        day, n = cells["open"]
        # Seen for the whole days and, on average, half a day more.
        still = np.exp(log_share) * _survival(latency, day + 0.5, mean, shape)
        if competing:
            mean2, shape2 = np.exp(theta[3:5])
            still = still + np.exp(log_rest) * _survival(latency, day + 0.5, mean2, shape2)
            other, n2 = cells["other"]
            total += float((n2 * (log_rest + within_day(other, mean2, shape2))).sum())
        else:
            still = still + np.exp(log_rest)
        total += float((n * np.log(np.maximum(still, _TINY))).sum())
        return -total

    return loss


def _minimum(
    loss: Callable[[FloatArray], float],
    start: FloatArray,
    bounds: list[tuple[float, float]],
    tolerance: float = 1e-9,
) -> tuple[FloatArray, float]:
    options = {"ftol": tolerance}
    found = scipy.optimize.minimize(loss, start, method="L-BFGS-B", bounds=bounds, options=options)
    return floats(found.x), float(found.fun)


def _fit(table: pd.DataFrame, event: str, latency: str, level: float) -> dict[str, Any]:
    loss = _loss(table, event, latency)
    days = (table["day"] + 0.5).to_numpy(np.float64)
    n = table["n"].to_numpy(np.float64)
    hit = (table["exit"] == event).to_numpy()
    other = (~table["exit"].isin([event, CENSORED])).to_numpy()
    logit_bounds = (-12.0, 12.0)
    longest = float(np.log(50 * (days.max() + 1)))
    bounds = [logit_bounds, (-3.0, longest), (-2.5, 4.0)]
    means = [np.log(np.average(days[hit], weights=n[hit]))]
    if n[other].sum() > 0:
        bounds += bounds[1:]
        means.append(np.log(np.average(days[other], weights=n[other])))
    share = float(n[hit].sum()) / float(n.sum())
    starts = []
    for towards, longer in ((0.1, 0.2), (0.5, 0.8)):
        pi = share + towards * (1 - share) * 0.9
        shapes = [value for mean in means for value in (mean + longer, 0.2)]
        starts.append(floats([scipy.special.logit(np.clip(pi, 0.001, 0.999)), *shapes]))
    best, lowest = min((_minimum(loss, s, bounds) for s in starts), key=lambda pair: pair[1])

    allowed = float(scipy.stats.chi2.ppf(level, 1)) / 2
    rest = best[1:]

    def excess(logit: float) -> float:
        """Return how far the best fit with this share lies outside the interval."""
        nonlocal rest
        # The last fit is the best start for the next one.
        rest, value = _minimum(lambda t: loss(floats([logit, *t])), rest, bounds[1:], 1e-7)
        return value - lowest - allowed

    def end(side: float) -> float:
        """Walk out until the profile leaves the interval, then close in."""
        nonlocal rest
        rest = best[1:]
        inner, step = float(best[0]), 0.3 * side
        while True:
            outer = inner + step
            if not logit_bounds[0] < outer < logit_bounds[1]:
                return 0.0 if side < 0 else 1.0
            if excess(outer) > 0:
                return float(
                    scipy.special.expit(scipy.optimize.brentq(excess, inner, outer, xtol=5e-3))
                )
            inner, step = outer, step * 1.6

    last = int(table["day"].max())
    reached = aalen_johansen(table[["day", "exit", "n"]])[event].iloc[-1]
    fitted = np.exp(best[1:3])
    ultimate = float(scipy.special.expit(best[0]))
    return {
        "event": event,
        "latency": latency,
        "ultimate": ultimate,
        "low": end(-1.0),
        "high": end(1.0),
        "observed": float(reached),
        "last_day": last,
        "extrapolated": max(ultimate - float(reached), 0.0),
        "mean_days": float(fitted[0]),
        "shape": float(fitted[1]),
    }


def ultimate_share(
    frame: pd.DataFrame, event: str, latency: str = "gamma", level: float = 0.95
) -> pd.DataFrame:
    """Return the share of units that will have the event in the end, by group.

    A mixture ("cure") model: a share has the event after a gamma or Weibull time, the others
    never do (Boag 1949, JRSS B 11, 15-53); units that left for another cause are known not
    to, and their times tell how long an open unit may still hide one (Larson and Dinse 1985,
    Applied Statistics 34, 201-211). Times are taken as known to the day; the interval is from
    the profile likelihood.

    Parameters
    ----------
    frame : DataFrame
        A life table.
    event : str
        The exit asked for.
    latency : {"gamma", "weibull"}
        The shape of the times; try both, what differs is not in the data.

    Returns
    -------
    DataFrame
        Group columns, ``event``, ``latency``, ``ultimate``, ``low``, ``high``, ``observed``
        (Aalen-Johansen on the last day), ``last_day``, ``extrapolated`` (ultimate - observed:
        assumed, not seen), ``mean_days``, ``shape``. A group without the event is nan.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"day": range(0, 60, 4), "exit": "won", "n": 20})
    >>> still = pd.DataFrame({"day": [200], "exit": ["censored"], "n": [700]})
    >>> found = ultimate_share(pd.concat([table, still]), "won")
    >>> round(found["ultimate"].item(), 2)
    0.3
    """
    choice("latency", latency, LATENCIES)
    z_value(level)
    table, by = checked(frame)
    names = causes_of(table)
    if event not in names:
        raise FunnelkitError(
            "stats.no_events", found=event, allowed=nearest(event, [*names, CENSORED])
        )
    group = group_codes(table, by)
    parts = []
    for code in np.unique(group):
        part = table[group == code]
        head: dict[str, Any] = {name: part[name].iloc[0] for name in by}
        if part.loc[part["exit"] == event, "n"].sum() > 0:
            parts.append({**head, **_fit(part, event, latency, level)})
        else:
            unknown = {"event": event, "latency": latency, "last_day": int(part["day"].max())}
            parts.append({**head, **unknown, "observed": 0.0})
    order = ["event", "latency", "ultimate", "low", "high", "observed", "last_day", "extrapolated"]
    return pd.DataFrame(parts).reindex(columns=[*by, *order, "mean_days", "shape"])


def ultimate_curve(fit: pd.DataFrame, days: ArrayLike) -> pd.DataFrame:
    """Return the fitted share by the end of each day, marked where nothing was seen.

    Parameters
    ----------
    fit : DataFrame
        What `ultimate_share` returned.
    days : array_like
        Whole days.

    Returns
    -------
    DataFrame
        Group columns, ``day``, ``share``, ``extrapolated`` (day after the last one seen).

    Examples
    --------
    >>> fit = pd.DataFrame({"latency": ["weibull"], "ultimate": [0.4], "mean_days": [10.0],
    ...     "shape": [1.0], "last_day": [20]})
    >>> ultimate_curve(fit, [9, 29]).round(3).values.tolist()
    [[9, 0.253, False], [29, 0.38, True]]
    """
    (wanted,) = vectors(days=days)
    own = ["event", "latency", "ultimate", "low", "high", "observed", "last_day", "extrapolated"]
    by = [c for c in fit.columns if c not in [*own, "mean_days", "shape"]]
    parts = []
    for row in fit.to_dict("records"):
        still = _survival(row["latency"], wanted + 1, row["mean_days"], row["shape"])
        part = pd.DataFrame({**{name: row[name] for name in by}, "day": wanted.astype(np.int64)})
        part["share"] = row["ultimate"] * (1 - still)
        part["extrapolated"] = wanted > row["last_day"]
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
