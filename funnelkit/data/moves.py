"""The moves of a deal one after the other: what stands before a row, and what after.

Sorting by deal is most of the work of reading a history. Rows in memory are lined up once, and
whoever needs the row before or after looks at its neighbour; elsewhere the engine sorts.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from funnelkit.data.inner import ROW, inner

#: Rises along rows that stand deal by deal, each deal's in the order of its moves; the deal's
#: number above, the row's below these bits.
ALONG, ROW_BITS = inner("along"), 32


def line_up(rows: pa.Table) -> pa.Table:
    """Put the rows of a history deal by deal, each deal's in the order of its moves.

    Rows of one moment stand by their own ``seq``, else in the order of the file, turned round
    where the file begins with the newest; then they get a ``seq`` that says so.

    Examples
    --------
    >>> from datetime import date
    >>> days = pa.array([date(2026, 1, d) for d in (5, 2, 2, 1)]).cast(pa.timestamp("us"))
    >>> rows = pa.table({"deal_id": ["a", "b", "a", "a"], "entered_at": days, ROW: [2, 3, 4, 5]})
    >>> line_up(rows)[ROW].to_pylist()
    [5, 4, 2, 3]
    """
    coded = rows["deal_id"].combine_chunks().dictionary_encode().indices
    deal: np.ndarray = coded.fill_null(len(rows)).to_numpy()
    last = np.iinfo(np.int64).max
    at: np.ndarray = rows["entered_at"].cast(pa.int64()).fill_null(last).to_numpy()
    if "seq" in rows.column_names:
        order = np.lexsort((rows["seq"].fill_null(last).to_numpy(), at, deal))
    else:
        order = _sorted(deal, at)
        same = deal[order][1:] == deal[order][:-1]
        later = at[order][1:] > at[order][:-1]
        onward = int((same & later & (order[1:] > order[:-1])).sum())
        if 2 * onward < int((same & later).sum()) and (same & ~later).any():
            order = len(rows) - 1 - _sorted(deal[::-1], at[::-1])
            rows = rows.append_column("seq", pc.negate(rows[ROW]))
    along = (deal[order].astype(np.int64) << ROW_BITS) | np.arange(len(rows))
    return rows.take(pa.array(order)).append_column(ALONG, pa.array(along))


def _sorted(deal: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Places by deal, then time, then as they stand."""
    in_time = np.argsort(at, kind="stable")  # next to nothing where they stand so
    key = (deal[in_time].astype(np.int64) << ROW_BITS) | np.arange(len(at))
    found: np.ndarray = in_time[np.argsort(key)]
    return found


def before(rows: ir.Table, column: str) -> ir.Value:
    """The value of a column in the row before, among those of the same deal."""
    return _beside(rows, column, 1)


def after(rows: ir.Table, column: str) -> ir.Value:
    """The value of a column in the row after, among those of the same deal."""
    return _beside(rows, column, -1)


def _beside(rows: ir.Table, column: str, back: int) -> ir.Value:
    value = rows[column]
    if ALONG not in rows.columns:
        w = ibis.window(group_by=rows.deal_id, order_by=[rows.entered_at, rows.seq])
        return (value.lag() if back > 0 else value.lead()).over(w)
    # without an order of its own such a window takes rows as they stand, and DuckDB keeps that
    # order through filters and columns (not through joins: see ``stand``)
    other = value.lag() if back > 0 else value.lead()
    return same_deal(rows, back).ifelse(other, ibis.null(value.type()))


def same_deal(rows: ir.Table, back: int) -> ir.BooleanValue:
    """Whether the row before (1) or after (-1) is of the same deal, where rows are lined up."""
    along = rows[ALONG]
    theirs = along.lag() if back > 0 else along.lead()
    same: ir.BooleanValue = (along >> ROW_BITS) == (theirs >> ROW_BITS)
    return same.fill_null(False)


def stand(rows: ir.Table) -> ir.Table:
    """Bring rows that came out of a join back into line."""
    return rows.order_by(ALONG) if ALONG in rows.columns else rows


__all__ = ["ALONG", "ROW_BITS", "after", "before", "line_up", "same_deal", "stand"]
