"""Life tables: how many left to where at each age, and the curves that follow from them.

A life table is a frame with any number of group columns, ``day`` (whole days, 0 or more),
``exit`` (the cause, or ``"censored"`` for those still there when last seen) and ``n``.
It is all that these estimators need, whatever the number of units behind it. On a day with
both, exits come before censorings: who was last seen on day 30 was at risk on day 30.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.stats.checks import FloatArray, floats, z_value
from funnelkit.stats.intervals import wilson

CENSORED = "censored"
COLUMNS = ["day", "exit", "n"]


def to_life_table(day: ArrayLike, exit: ArrayLike, **groups: ArrayLike) -> pd.DataFrame:
    """Count units by group, day and exit: one row each that occurs.

    Examples
    --------
    >>> to_life_table([3, 3, 5], ["won", "won", "censored"])
       day      exit  n
    0    3       won  2
    1    5  censored  1
    """
    frame = pd.DataFrame({**groups, "day": np.asarray(day), "exit": np.asarray(exit)})
    keys = list(frame.columns)
    return frame.groupby(keys, dropna=False, observed=True).size().rename("n").reset_index()


def group_columns(frame: pd.DataFrame) -> list[str]:
    """Return the columns of a life table that tell its groups apart."""
    missing = [c for c in COLUMNS if c not in frame.columns]
    if missing:
        raise FunnelkitError(
            "stats.missing_columns", missing=missing, found=list(frame.columns), allowed=COLUMNS
        )
    return [c for c in frame.columns if c not in COLUMNS]


def checked(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return a life table with its days and counts as numbers, and its group columns."""
    by = group_columns(frame)
    if frame.empty:
        raise FunnelkitError("stats.empty", name="day, exit, n")
    day = pd.to_numeric(frame["day"], errors="coerce").to_numpy(np.float64)
    n = pd.to_numeric(frame["n"], errors="coerce").to_numpy(np.float64)
    for key, column, wrong in (
        ("stats.bad_day", "day", ~((day >= 0) & (day == np.floor(day)) & np.isfinite(day))),
        ("stats.bad_count", "n", ~((n >= 0) & np.isfinite(n))),
    ):
        if wrong.any():
            row = int(np.argmax(wrong))
            raise FunnelkitError(key, row=row, found=str(frame[column].iloc[row]))
    return frame.assign(day=day.astype(np.int64), n=n), by


def causes_of(frame: pd.DataFrame) -> list[str]:
    """Return the exits of a life table other than ``"censored"``, sorted."""
    group_columns(frame)
    return sorted(str(c) for c in frame["exit"].dropna().unique() if c != CENSORED)


def at_risk(frame: pd.DataFrame, causes: Sequence[str] | None = None) -> pd.DataFrame:
    """Return, per group and day on which somebody left, the number at risk and the exits.

    Returns
    -------
    DataFrame
        Group columns, ``day``, ``at_risk`` (before anybody left on that day), one column a
        cause, ``censored``.

    Examples
    --------
    >>> table = to_life_table([1, 2, 2, 4], ["won", "lost", "censored", "won"])
    >>> at_risk(table, ["won", "lost"])
       day  at_risk  won  lost  censored
    0    1      4.0  1.0   0.0       0.0
    1    2      3.0  0.0   1.0       1.0
    2    4      1.0  1.0   0.0       0.0
    """
    table, by = checked(frame)
    names = causes_of(table) if causes is None else list(causes)
    allowed = [*names, CENSORED]
    for label in table["exit"].unique():
        if label not in allowed:
            raise FunnelkitError(
                "stats.unknown_exit", found=str(label), allowed=nearest(label, allowed)
            )
    group = group_codes(table, by)
    wide = pd.DataFrame({name: table["n"].where(table["exit"] == name, 0.0) for name in allowed})
    wide["_group"], wide["day"] = group, table["day"]
    risk = wide.groupby(["_group", "day"], as_index=False)[allowed].sum()
    left = risk[allowed].sum(axis=1)
    total = left.groupby(risk["_group"]).transform("sum")
    gone = left.groupby(risk["_group"]).cumsum() - left
    risk.insert(2, "at_risk", total - gone)
    if not by:
        return risk.drop(columns="_group")
    labels = table[by].groupby(group).head(1).reset_index(drop=True)
    return pd.concat(
        [
            labels.iloc[risk["_group"].to_numpy(np.int64)].reset_index(drop=True),
            risk.drop(columns="_group"),
        ],
        axis=1,
    )


def group_codes(frame: pd.DataFrame, by: list[str]) -> FloatArray:
    """Number the groups in the order in which they appear."""
    if not by:
        return np.zeros(len(frame))
    numbers = frame.groupby(by, dropna=False, observed=True, sort=False).ngroup()
    return floats(numbers)


def kaplan_meier(
    frame: pd.DataFrame, events: Sequence[str] | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Return the Kaplan-Meier curve of each group.

    Kaplan and Meier (1958), JASA 53, 457-481; Greenwood's standard error; log-log interval
    (Kalbfleisch and Prentice, The Statistical Analysis of Failure Time Data, 2nd ed., 2002,
    section 1.4). Where the log-log interval does not exist: at survival 1 the low end is
    Wilson's for all of those at risk; at survival 0 the last high end is carried on.

    Parameters
    ----------
    frame : DataFrame
        A life table.
    events : sequence of str, optional
        The exits that count as the event, all but ``"censored"`` if not given. Other exits
        are then treated as censored; with competing exits the curve does not say how many
        will ever have the event, `aalen_johansen` does.

    Returns
    -------
    DataFrame
        Group columns, ``day``, ``at_risk``, ``events``, ``survival``, ``std_error``, ``low``,
        ``high``; one row for each day on which somebody left.

    Examples
    --------
    >>> curve = kaplan_meier(to_life_table([1, 2, 2, 4], ["won", "won", "censored", "won"]))
    >>> curve[["day", "at_risk", "survival"]].to_numpy().tolist()
    [[1.0, 4.0, 0.75], [2.0, 3.0, 0.5], [4.0, 1.0, 0.0]]
    """
    z = z_value(level)
    risk = at_risk(frame)
    by = group_columns(frame)
    wanted = causes_of(frame) if events is None else list(events)
    hits = risk[[e for e in wanted if e in risk.columns]].sum(axis=1)
    group = pd.Series(group_codes(risk, by), index=risk.index)
    n = risk["at_risk"]
    survival = (1 - hits / n).groupby(group).cumprod()
    # The last step down to nothing has no variance of its own.
    step = (hits / (n * (n - hits))).where(n > hits, 0.0)
    relative = step.groupby(group).cumsum()
    std_error = survival * np.sqrt(relative)
    before = hits.groupby(group).cumsum()
    low, high = log_log(survival.to_numpy(), std_error.to_numpy(), z)
    floor, ceiling = wilson(n, n, level)[0], wilson(0 * n, n + before, level)[1]
    low = np.where(survival == 1, floor, np.where(survival == 0, 0.0, low))
    high_series = pd.Series(np.where(survival == 0, np.nan, high), index=risk.index)
    high_series = high_series.groupby(group).ffill().fillna(pd.Series(ceiling, index=risk.index))
    out = risk[[*by, "day", "at_risk"]].copy()
    out["events"], out["survival"], out["std_error"] = hits, survival, std_error
    out["low"], out["high"] = low, high_series
    return out


def log_log(share: FloatArray, std_error: FloatArray, z: float) -> tuple[FloatArray, FloatArray]:
    """Return the log-log interval of a share; a share of 0 or 1 stands for itself."""
    # where next to nothing is left the inner exponent may overflow: the limit is 0, as it should
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        inner = np.log(-np.log(share))
        half = z * std_error / (share * np.abs(np.log(share)))
        low, high = np.exp(-np.exp(inner + half)), np.exp(-np.exp(inner - half))
    sure = (share >= 1) | (share <= 0)
    return np.where(sure, share, low), np.where(sure, share, high)


def quantile(curve: pd.DataFrame, q: float = 0.5) -> pd.DataFrame:
    """Return the day by which a share ``q`` has had the event, for each group of a curve.

    The first day on which survival is 1 - q or less; the interval inverts the curve's own
    band (Brookmeyer and Crowley 1982, Biometrics 38, 29-41), so it is at the curve's level.
    What the curve does not reach is nan and ``reached`` is false: too few have had the event
    yet to say.

    Returns
    -------
    DataFrame
        Group columns, ``q``, ``value``, ``low``, ``high``, ``reached``.

    Examples
    --------
    >>> curve = kaplan_meier(to_life_table([1, 2, 2, 4], ["won", "won", "censored", "won"]))
    >>> quantile(curve)["value"].item()
    2.0
    """
    if not 0 < q < 1:
        raise FunnelkitError("stats.probability_range", name="q", found=q)
    own = ["day", "at_risk", "events", "survival", "std_error", "low", "high"]
    by = [c for c in curve.columns if c not in own]
    group = pd.Series(group_codes(curve, by), index=curve.index)
    # A sum of rounding errors must not move the median to the next day.
    line = 1 - q + 1e-12
    steps = curve["events"] > 0
    found = pd.DataFrame({"value": curve["survival"], "low": curve["low"], "high": curve["high"]})
    days = {
        name: curve["day"].where(steps & (column <= line)).groupby(group).min()
        for name, column in found.items()
    }
    out = curve[by].groupby(group).head(1).reset_index(drop=True) if by else pd.DataFrame(index=[0])
    out["q"] = q
    for name in found:
        out[name] = days[str(name)].to_numpy(np.float64)
    out["reached"] = out["value"].notna()
    return out


def quantile_of_counts(left: ArrayLike, still: ArrayLike, q: float = 0.5) -> FloatArray:
    """Return the day by which a share ``q`` has left: :func:`quantile` of many groups at once.

    Parameters
    ----------
    left, still : array_like
        A row a group, a column a day from 0: how many left, and were last seen, on that day.

    Examples
    --------
    >>> quantile_of_counts([[0, 1, 1, 0, 1], [0, 0, 1, 0, 0]], [[0, 0, 1, 0, 0], [0, 0, 9, 0, 0]])
    array([ 2., nan])
    """
    gone, seen = floats(left), floats(still)
    there = (gone + seen)[:, ::-1].cumsum(axis=1)[:, ::-1]
    rate = np.divide(gone, there, out=np.zeros_like(there), where=there > 0)
    # A sum of rounding errors must not move the median to the next day.
    reached = (gone > 0) & (np.cumprod(1 - rate, axis=1) <= 1 - q + 1e-12)
    return floats(np.where(reached.any(axis=1), reached.argmax(axis=1), np.nan))
