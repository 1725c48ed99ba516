"""Mean, quantiles and extremes of exact durations, found where the data are.

Two queries: how many there are in each group and what they add up to, then the few durations at
the ranks that the quantiles stand on. So no more than seven numbers a group leave the database,
and they are the deals' own to the microsecond.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import scipy

from funnelkit.measures.engine import MICROSECONDS_A_DAY, groups_first, in_days

COLUMNS = ("deals", "mean_days", "median_days", "p90_days", "max_days", "low", "high")
# A group's size and a rank in one number; both stay below two to the power of 31.
_SIZE = 1 << 31


@dataclass(frozen=True)
class Spread:
    """The durations of every group, and the deals that have none.

    Attributes
    ----------
    table : DataFrame
        Keys, then :data:`COLUMNS`.
    undated, backwards : DataFrame
        Keys and ``n``: deals without one of the two dates, and those that end before they start.
    """

    table: pd.DataFrame
    undated: pd.DataFrame
    backwards: pd.DataFrame


def spread(rows: ir.Table, by: list[str], kind: str) -> Spread:
    """Return how the durations of every group are spread.

    Parameters
    ----------
    rows : ibis table
        ``duration`` in microseconds, null where a date is missing, and the keys.
    by : list of str
        What the durations are grouped by; a value may be missing.
    kind : str
        The column with what has ended: an outcome or a stage, never missing.

    Examples
    --------
    >>> day = MICROSECONDS_A_DAY
    >>> rows = ibis.memtable({"end": ["won"] * 3, "duration": [day, 2 * day, 6 * day]})
    >>> spread(rows, [], "end").table[["deals", "mean_days", "median_days"]].values.tolist()
    [[3.0, 3.0, 2.0]]
    """
    keys = [*by, kind]
    good = (rows.duration >= 0).fill_null(False)
    days = in_days(rows.duration)
    # whole days and the rest apart: neither sum leaves the whole numbers of any engine
    sums = rows.group_by(keys).agg(
        deals=good.sum(),
        undated=rows.duration.isnull().sum(),
        backwards=(rows.duration < 0).fill_null(False).sum(),
        days=good.ifelse(days, 0).sum(),
        rest=good.ifelse(rows.duration - days * MICROSECONDS_A_DAY, 0).sum(),
    )
    found = groups_first(sums.to_pandas(), by)
    found["deals"] = found["deals"].astype("int64")
    return Spread(
        _table(rows.filter(good), found[found["deals"] > 0].reset_index(drop=True), by, kind),
        found[keys].assign(n=found["undated"].astype("int64")),
        found[keys].assign(n=found["backwards"].astype("int64")),
    )


def _table(rows: ir.Table, found: pd.DataFrame, by: list[str], kind: str) -> pd.DataFrame:
    keys = [*by, kind]
    n = found["deals"].to_numpy()
    if not len(n):
        return pd.DataFrame(columns=[*keys, *COLUMNS])
    # ranks k and n - k + 1 with P(B <= k - 1) <= 2.5%; below 6 deals there are none
    edge = scipy.stats.binom.ppf(0.025, n, 0.5).astype("int64")
    places = {
        "median": (n - 1) // 2, "median_next": n // 2,
        "p90": np.floor(0.9 * (n - 1)).astype("int64"), "max": n - 1,
        "low": np.maximum(edge - 1, 0), "high": np.minimum(n - edge, n - 1),
    }  # fmt: skip
    places["p90_next"] = np.minimum(places["p90"] + 1, n - 1)
    wanted = np.unique(np.concatenate([n * _SIZE + place for place in places.values()]))
    within = ibis.window(group_by=keys, order_by="duration")
    ranked = rows.select(
        *keys,
        "duration",
        nth=ibis.row_number().over(within).cast("int64"),
        size=rows.count().over(ibis.window(group_by=keys)).cast("int64"),
    )
    ranked = ranked.filter((ranked["size"] * _SIZE + ranked.nth).isin(wanted.tolist()))
    at = groups_first(ranked.drop("size").to_pandas(), by)
    known = at.set_index([*keys, "nth"])["duration"]
    index = found[keys]

    def days(name: str) -> np.ndarray:
        place = pd.MultiIndex.from_frame(index.assign(nth=places[name]))
        return known.reindex(place).to_numpy(float) / MICROSECONDS_A_DAY

    table = index.infer_objects()
    table["deals"] = n
    rest = found["rest"].to_numpy(float) / MICROSECONDS_A_DAY
    table["mean_days"] = (found["days"].to_numpy(float) + rest) / n
    table["median_days"] = _between(days("median"), days("median_next"), 0.5 * (n - 1))
    table["p90_days"] = _between(days("p90"), days("p90_next"), 0.9 * (n - 1))
    table["max_days"] = days("max")
    table["low"] = np.where(edge >= 1, days("low"), np.nan)
    table["high"] = np.where(edge >= 1, days("high"), np.nan)
    return table


def _between(low: np.ndarray, high: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Return what lies at a place between two ranks, on a straight line (as numpy does)."""
    share = place - np.floor(place)
    step = high - low
    return np.asarray(np.where(share >= 0.5, high - step * (1 - share), low + step * share))


__all__ = ["COLUMNS", "Spread", "spread"]
