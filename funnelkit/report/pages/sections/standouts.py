"""Which groups differ from all the others by more than chance, however many are compared."""

from __future__ import annotations

import pandas as pd
from scipy.stats import fisher_exact

from funnelkit.stats.multiplicity import holm


def standouts(table: pd.DataFrame, level: float = 0.05) -> pd.Series:
    """Mark the rows whose win rate differs from that of all other rows together.

    Parameters
    ----------
    table : DataFrame
        ``won, of``: one row a group.
    level : float
        Chance that a table without any real difference gets a mark at all (Holm's procedure over
        Fisher's exact tests).

    Returns
    -------
    Series of bool

    Examples
    --------
    >>> standouts(pd.DataFrame({"won": [60, 40, 40], "of": [100, 100, 100]})).tolist()
    [True, False, False]
    """
    won, of = int(table["won"].sum()), int(table["of"].sum())
    if len(table) < 2:
        return pd.Series(False, index=table.index)
    chances = [
        fisher_exact([[w, n - w], [won - w, of - n - (won - w)]]).pvalue
        for w, n in zip(table["won"], table["of"], strict=True)
    ]
    return pd.Series(holm(chances).flagged(level), index=table.index)
