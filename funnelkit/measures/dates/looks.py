"""Many looks into the past at once: the open deals of each moment, as they were known then.

The same as :meth:`Pipeline.at` for a few columns, without one query a moment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import pandas as pd

from funnelkit.data.history import as_was
from funnelkit.data.pipeline import OUTCOMES, Pipeline


def open_then(
    p: Pipeline, moments: Sequence[dt.datetime], columns: Sequence[str]
) -> Iterator[pd.DataFrame]:
    """Yield, for each moment, its open deals: ``deal_id`` and the columns as known then.

    Parameters
    ----------
    columns : sequence of str
        Columns of the deals.
    """
    names = ["deal_id", "created_at", "closed_at", "outcome", *columns]
    deals = p.deals.select(*names).to_pandas()
    over = deals["outcome"] != "open"
    created, placed = deals["created_at"], deals["closed_at"].notna()
    rows = _empty(deal_id="str", entered_at="datetime64[us]", closing="bool")
    if p.stage_history is not None:
        h = p.stage_history
        rows = h.select("deal_id", "entered_at", "seq", closing=h.stage.isin(OUTCOMES)).to_pandas()
        rows = rows.sort_values(["entered_at", "seq"], kind="stable")
        first = rows.drop_duplicates("deal_id").set_index("deal_id")["entered_at"]
        began = deals["deal_id"].map(first.to_dict()).astype(created.dtype)
        created = created.fillna(began)
        placed |= deals["deal_id"].isin(rows.loc[rows["closing"], "deal_id"])
    for moment in moments:
        ended = over & (deals["closed_at"] <= moment)
        seen = rows[rows["entered_at"] <= moment].drop_duplicates("deal_id", keep="last")
        shut = deals["deal_id"].isin(seen.loc[seen["closing"].astype(bool), "deal_id"])
        # a close without any date could lie before or after the moment
        alive = (created <= moment) & ~ended & ~shut & (placed | ~over)
        part = deals.loc[alive, ["deal_id", *columns]].copy()
        for name in columns:
            part[name] = as_was(p, name, part[name], part["deal_id"], moment)
        yield part


def _empty(**kinds: str) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


__all__ = ["open_then"]
