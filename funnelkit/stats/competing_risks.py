"""Competing exits: the share gone to each cause by each day, open units counted as open."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from funnelkit.stats.checks import FloatArray, floats, z_value
from funnelkit.stats.intervals import wilson
from funnelkit.stats.life_table import (
    CENSORED,
    at_risk,
    causes_of,
    checked,
    group_codes,
    group_columns,
    log_log,
)


def aalen_johansen(
    frame: pd.DataFrame,
    causes: Sequence[str] | None = None,
    level: float = 0.95,
    design: float = 1.0,
) -> pd.DataFrame:
    """Return the cumulative incidence of every cause on every whole day of each group.

    Aalen and Johansen (1978), Scandinavian Journal of Statistics 5, 141-150. The variance is
    the delta method's (Dinse and Larson 1986, Biometrika 73, 379-386; Marubini and Valsecchi,
    Analysing Survival Data from Clinical Trials and Observational Studies, 1995, formula
    10.12): without censoring it is the binomial one, and for the open share it is
    Greenwood's. The interval is log-log (Choudhury 2002, Statistics in Medicine 21,
    1129-1144). A share of 0 takes Wilson's high end for the units that were followed to that
    day or had left for some cause; a share of 1 keeps the last low end.

    Parameters
    ----------
    frame : DataFrame
        A life table.
    causes : sequence of str, optional
        The causes, in the order of the columns; a cause that never occurs gives a column of
        zeros. All exits but ``"censored"``, sorted, if not given.
    design : float
        How many times the variance is that of independent units, where they hang together.

    Returns
    -------
    DataFrame
        Group columns, ``day`` (0 to the group's last day), ``at_risk``, one column a cause,
        ``open``; then for each of these ``<name>_std_error``, ``<name>_low``,
        ``<name>_high``. Causes and ``open`` stack to 1.

    Examples
    --------
    >>> from funnelkit.stats import to_life_table
    >>> table = to_life_table([1, 2, 2, 4], ["won", "lost", "censored", "won"])
    >>> curve = aalen_johansen(table, ["won", "lost"])
    >>> curve[["day", "won", "lost", "open"]].tail(2).to_numpy().tolist()
    [[3.0, 0.25, 0.25, 0.5], [4.0, 0.75, 0.25, 0.0]]
    """
    z = z_value(level)
    by = group_columns(frame)
    names = causes_of(frame) if causes is None else list(causes)
    risk = at_risk(_every_day(frame), names)
    group = group_codes(risk, by)
    n = risk["at_risk"].to_numpy()
    hits = risk[names].to_numpy().reshape(len(risk), len(names))
    exits = hits.sum(axis=1)

    def running(values: FloatArray) -> FloatArray:
        if not by:
            return np.cumsum(values)
        return floats(pd.Series(values).groupby(group).cumsum())

    survival = pd.Series(1 - exits / n).groupby(group).cumprod()
    before = survival.groupby(group).shift(fill_value=1.0).to_numpy()
    columns: dict[str, FloatArray] = {}
    # Weight of day i in the variance; the last step to nothing is multiplied by 0 anyway.
    spread = np.divide(exits, n * (n - exits), out=np.zeros_like(n), where=n > exits)
    share: dict[str, FloatArray] = {}
    for i, name in enumerate(names):
        own = hits[:, i]
        incidence = running(before * own / n)
        share[name] = incidence
        # sum (I(t) - I_i)^2 a_i + b_i - 2 (I(t) - I_i) c_i, opened so that it is running sums.
        own_variance = before**2 * (n - own) * own / n**3
        cross = before * own / n**2
        columns[name] = (
            incidence**2 * running(spread)
            - 2 * incidence * running(incidence * spread)
            + running(incidence**2 * spread)
            + running(own_variance)
            - 2 * incidence * running(cross)
            + 2 * running(incidence * cross)
        )
    share["open"] = survival.to_numpy()
    columns["open"] = share["open"] ** 2 * running(spread)

    known = n + running(exits) - exits
    parts: dict[str, FloatArray] = {}
    for name, values in share.items():
        # Rounding leaves the variance of a share of 0 at 1e-19 or so.
        error = np.sqrt(np.where(values > 0, np.maximum(columns[name] * design, 0.0), 0.0))
        low, high = log_log(values, error, z)
        low, high = _ends(values, low, high, known, group, level, falling=name == "open")
        parts[f"{name}_std_error"], parts[f"{name}_low"], parts[f"{name}_high"] = error, low, high
    shown = pd.DataFrame({**share, **parts}, index=risk.index)
    return pd.concat([risk[[*by, "day", "at_risk"]], shown], axis=1)


def incidence(counts: FloatArray) -> FloatArray:
    """Return the share gone to each cause by each day: :func:`aalen_johansen`'s shares alone.

    Parameters
    ----------
    counts : ndarray, (days, 1 + causes)
        How many left on each whole day: first the censored, then by cause.

    Examples
    --------
    >>> left = np.array([[0, 0, 0], [0, 1, 0], [1, 0, 1], [0, 0, 0], [0, 1, 0]])
    >>> incidence(left)[-1].tolist()
    [0.75, 0.25]
    """
    risk = counts.sum(axis=1)[::-1].cumsum()[::-1]
    chance = counts[:, 1:] / np.maximum(risk, 1)[:, None]
    survival = np.cumprod(1 - chance.sum(axis=1))
    before = np.r_[1.0, survival[:-1]]
    return floats(np.cumsum(before[:, None] * chance, axis=0))


def _ends(
    share: FloatArray,
    low: FloatArray,
    high: FloatArray,
    known: FloatArray,
    group: FloatArray,
    level: float,
    *,
    falling: bool,
) -> tuple[FloatArray, FloatArray]:
    """Fill the interval where the share is 0 or 1, the only places where log-log has none."""
    none, all_ = share <= 0, share >= 1
    none_high, all_low = wilson(0 * known, known, level)[1], wilson(known, known, level)[0]

    def carried(values: FloatArray, gap: NDArray[np.bool_], instead: FloatArray) -> FloatArray:
        kept = pd.Series(np.where(gap, np.nan, values)).groupby(group).ffill().to_numpy()
        return np.where(np.isnan(kept), instead, kept)

    # An incidence starts at 0 and may end at 1, the open share goes the other way.
    if falling:
        return np.where(all_, all_low, np.where(none, 0.0, low)), np.where(
            all_, 1.0, carried(high, none, none_high)
        )
    return np.where(none, 0.0, carried(low, all_ | none, all_low)), np.where(
        none, none_high, np.where(all_, 1.0, high)
    )


def _every_day(frame: pd.DataFrame) -> pd.DataFrame:
    """Add rows of nobody, so that each group has every whole day from 0 to its last."""
    frame, by = checked(frame)
    group = group_codes(frame, by).astype(np.int64)
    lengths = frame["day"].groupby(group).max().to_numpy() + 1
    starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
    labels = frame[by].groupby(group).head(1)
    filler = labels.iloc[np.repeat(np.arange(len(lengths)), lengths)].reset_index(drop=True)
    filler["day"] = np.arange(lengths.sum()) - starts
    filler["exit"] = CENSORED
    filler["n"] = 0.0
    return pd.concat([frame, filler[frame.columns]], ignore_index=True)
