"""Many looks into the past at once: the open deals of each moment, as they were known then.

The same as :meth:`Pipeline.at` for a few columns, without one query a moment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import pandas as pd

from funnelkit.data.engines import read_text
from funnelkit.data.pipeline import OUTCOMES, Pipeline


def open_then(
    p: Pipeline, moments: Sequence[dt.datetime], columns: Sequence[str]
) -> Iterator[pd.DataFrame]:
    """Yield, for each moment, its open deals: ``deal_id`` and the columns as known then.

    Parameters
    ----------
    columns : sequence of str
        Columns of the deals; of text, but for ``amount`` and ``expected_close``.
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
    changes = _changes(p, columns)
    for moment in moments:
        ended = over & (deals["closed_at"] <= moment)
        seen = rows[rows["entered_at"] <= moment].drop_duplicates("deal_id", keep="last")
        shut = deals["deal_id"].isin(seen.loc[seen["closing"].astype(bool), "deal_id"])
        # a close without any date could lie before or after the moment
        alive = (created <= moment) & ~ended & ~shut & (placed | ~over)
        part = deals.loc[alive, ["deal_id", *columns]].copy()
        for name in columns:
            later = changes[(changes["field"] == name) & (changes["changed_at"] > moment)]
            later = later.drop_duplicates("deal_id").set_index("deal_id")
            known = {"amount": "amount", "expected_close": "due"}.get(name, "old")
            was = later[known].reindex(part["deal_id"])
            changed = part["deal_id"].isin(later.index)
            was.index = part.index
            part[name] = part[name].where(~changed, was)
        yield part


def _empty(**kinds: str) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def _changes(p: Pipeline, columns: Sequence[str]) -> pd.DataFrame:
    """Return the recorded changes of these columns in their order, old values by type."""
    t = p.field_history
    if t is None:
        moment = "datetime64[us]"
        return _empty(
            deal_id="str", field="str", old="str", amount="float64", due=moment, changed_at=moment
        )
    t = t.filter(t.field.isin(list(columns)) & t.changed_at.notnull())
    rows = t.select(
        "deal_id", "field", "old", "changed_at", "seq", amount=read_text(t.old, "float64"),
        due=read_text(t.old, "timestamp(6)"),
    )  # fmt: skip
    ordered: pd.DataFrame = rows.order_by(["changed_at", "seq"]).to_pandas()
    return ordered


__all__ = ["open_then"]
