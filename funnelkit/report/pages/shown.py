"""A result as a page shows it: its chart, some of its rows, the name of a column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from funnelkit.errors import FunnelkitError
from funnelkit.measures import Result
from funnelkit.measures.result import column_label
from funnelkit.report.behind.lists import Lists
from funnelkit.show.table import Table
from funnelkit.words import language, say

if TYPE_CHECKING:
    import pandas as pd

#: Rows of a list that fit on a page; the rest is counted.
MOST_ROWS = 20


def label_of(column: str) -> str:
    """Return a column's name; a foreign word in a Chinese sentence gets its spaces."""
    label = column_label(column)
    return f" {label} " if language() == "zh" and label.isascii() else label


def drawn(found: Result) -> Any:
    """Return the chart of a result, or the result itself where there is none."""
    try:
        return found.plot()
    except FunnelkitError:
        return found


def listed(
    found: Result, rows: pd.DataFrame, columns: Sequence[str], caption: str,
    marks: Sequence[str] = (), lists: Lists | None = None,
) -> Table:  # fmt: skip
    """Return rows of a result as a table in the reader's words; a page shows the first.

    Parameters
    ----------
    rows : DataFrame
        Some rows of ``found.table``, in the order to show; ``columns`` not in it are left out.
    marks : sequence of str
        The class each row wears, as ``verdict-bad``.
    lists : Lists, optional
        Rows are deals, and each opens its own.
    """
    shown = found.shown().take(found.table.index.get_indexer(rows.index))
    links = [lists.deal(i) for i in rows["deal_id"].head(MOST_ROWS)] if lists else ()
    return replace(
        shown.only(c for c in columns if c in rows), caption=caption, marks=marks,
        most=MOST_ROWS, rest="show.rest",
        links=links,
    )  # fmt: skip


def a_row_a_deal(
    found: Result, rows: pd.DataFrame, columns: Sequence[str], caption: str,
    lists: Lists | None = None,
) -> Table:  # fmt: skip
    """Return control points that fired, a row a deal: all its reasons, and the gravest one's step.

    Parameters
    ----------
    rows, columns, caption, lists
        As `listed` takes them; a deal's first row is its gravest point.
    """
    reasons: dict[Any, list[str]] = {}
    for deal, reason in listed(found, rows, ("deal_id", "reason"), "").rows:
        reasons.setdefault(deal, []).append(str(reason).rstrip(".。"))
    table = listed(found, rows.drop_duplicates("deal_id"), columns, caption, lists=lists)
    place = [c.name for c in table.columns].index("reason")
    joined = [
        [*row[:place], say("report.and_reason").join(reasons[row[0]]), *row[place + 1 :]]
        for row in table.rows
    ]
    return replace(table, rows=joined)
