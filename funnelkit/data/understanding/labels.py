"""From the labels of a file to the stages of a process, the file's own if need be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from funnelkit.data.inner import ROW, inner
from funnelkit.data.moves import ALONG, same_deal
from funnelkit.data.understanding.endings import Known, read_label

IGNORED = "__ignored"


@dataclass
class Label:
    """A label of the file: how often it stands in which table, where first, and on what deals."""

    text: str
    deals: int = 0
    visits: int = 0
    row: int | None = None
    file: str = ""
    column: str = ""
    closed: int | None = None
    chance: tuple[float, float] | None = None
    last: int = 0  # visits after which nothing comes

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return self.deals + self.visits

    @property
    def known(self) -> Known:
        """What its rows tell of how deals end."""
        return Known(self.deals, self.closed, self.chance)


def labels_of(
    table: ir.Table, column: str, file: str, source: str, *, visits: bool, found: dict[str, Label]
) -> None:
    """Add the distinct labels of ``column`` to ``found``."""
    first = table[ROW].min() if ROW in table.columns else ibis.null("int64")
    aggregates: dict[str, Any] = {"n": ibis._.count(), "first": first}
    if "probability" in table.columns and table.probability.type().is_numeric():
        aggregates |= {"low": table.probability.min(), "high": table.probability.max()}
    if not visits:
        if "closed_at" in table.columns and table.closed_at.type().is_timestamp():
            aggregates["closed"] = table.closed_at.notnull().sum()
        elif inner("is_closed") in table.columns:
            aggregates["closed"] = table[inner("is_closed")].fill_null(False).sum()
    elif "entered_at" in table.columns:
        if ALONG in table.columns:
            last = ~same_deal(table, -1)
        else:
            last = table.entered_at == table.entered_at.max().over(group_by=table.deal_id)
        table = table.mutate(**{inner("last"): last})
        aggregates["last"] = table[inner("last")].sum()
    seen = (
        table.filter(table[column].notnull())
        .group_by(label=table[column])
        .agg(**aggregates)
        .to_pyarrow()
        .to_pylist()
    )
    for row in sorted(seen, key=lambda r: (r["first"] is None, r["first"] or 0, r["label"])):
        label = found.setdefault(
            row["label"], Label(row["label"], row=row["first"], file=file, column=source)
        )
        if visits:
            label.visits += row["n"]
            label.last += int(row.get("last") or 0)
        else:
            label.deals += row["n"]
            if row.get("closed") is not None:
                label.closed = (label.closed or 0) + int(row["closed"])
        if row.get("low") is not None and label.chance is None:
            label.chance = (row["low"], row["high"])


def dates_tell(found: Iterable[Label]) -> bool:
    """Whether closing dates part the labels: nearly all deals of a label have one, or none has.

    Examples
    --------
    >>> dates_tell([Label("Pitch", deals=9, closed=0), Label("Gone", deals=4, closed=4)])
    True
    >>> dates_tell([Label("Pitch", deals=9, closed=6), Label("Gone", deals=4, closed=4)])
    False
    """
    dated = [f for f in found if f.closed is not None and not read_label(f.text).hold]
    without = [f for f in dated if (f.closed or 0) <= 0.05 * f.deals]
    between = sum(f.deals for f in dated if 0.05 * f.deals < (f.closed or 0) < 0.9 * f.deals)
    return bool(without) and between <= 0.1 * sum(f.deals for f in dated)


def put_stages(column: ir.StringValue, stage_of: Mapping[str, str | None]) -> ir.StringValue:
    """The column with every label replaced by its stage id; unknown labels become null."""
    if all(k == v for k, v in stage_of.items()):
        return column
    branches = [(k, v) for k, v in stage_of.items() if v is not None]
    if not branches:
        return ibis.null("string")
    return column.cases(*branches, else_=ibis.null("string"))
