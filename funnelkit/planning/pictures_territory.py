"""Charts of territories, customers, pursuits and competitors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from funnelkit.charts.bars import bars
from funnelkit.charts.matrix import matrix
from funnelkit.charts.rates import rates
from funnelkit.words import count, money, number, percent, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart
    from funnelkit.measures.result import Result
    from funnelkit.planning.competitors import CompetitorMatrix
    from funnelkit.planning.customers import CustomerTiers
    from funnelkit.planning.opening import GoNoGo
    from funnelkit.planning.territory import Allocation, Territories

_MOST_ROWS = 30


def _note(result: Result, *texts: str) -> str:
    return " · ".join(filter(None, [result.footnote, *texts]))


def _cut(shown: int, rows: int) -> str:
    if shown >= rows:
        return ""
    return say("measures.chart_first_groups", shown=shown, groups=rows)


def draw_territories(result: Territories, ax: Axes | None) -> Chart:
    """Draw the potential of each territory, its penetration in figures."""
    table = result.table.head(_MOST_ROWS)
    frame = pd.DataFrame(
        {
            "label": table[result.by[0]].astype("str"), "n": table["potential_amount"],
            "share": table["penetration_share"],
        }
    )  # fmt: skip
    return bars(
        frame,
        title=result.title,
        alt=result.summary(),
        headings=(
            say("territory.column_potential_amount"), say("territory.column_penetration_share"),
        ),
        data=result.shown(),
        write=money,
        note=_note(result, _cut(len(table), len(result.table))),
        ax=ax,
    )  # fmt: skip


def draw_allocation(result: Allocation, ax: Axes | None) -> Chart:
    """Draw the part of each territory with its share."""
    table = result.table.head(_MOST_ROWS)
    frame = pd.DataFrame(
        {
            "label": table[result.by[0]].astype("str"), "n": table["allotted"],
            "share": table["share"],
        }
    )  # fmt: skip
    return bars(
        frame,
        title=result.title,
        alt=result.summary(),
        headings=(say("territory.column_allotted"), say("territory.column_share")),
        data=result.shown(),
        write=lambda value: number(value, 2),
        note=_note(result, _cut(len(table), len(result.table))),
        ax=ax,
    )


def draw_tiers(result: CustomerTiers, ax: Axes | None) -> Chart:
    """Draw the customers by sales; tier A takes the accent."""
    table = result.table.head(_MOST_ROWS)
    frame = pd.DataFrame(
        {
            "label": [f"{r['tier']} · {r['customer']}" for r in table.to_dict("records")],
            "n": table["amount"], "share": table["cumulative_share"],
            "mark": table["tier"] == "A",
        }
    )  # fmt: skip
    return bars(
        frame,
        title=result.title,
        alt=result.summary(),
        headings=(
            say("territory.column_amount"), say("territory.column_cumulative_share"),
        ),
        data=result.shown(),
        write=money,
        note=_note(result, _cut(len(table), len(result.table))),
        ax=ax,
    )  # fmt: skip


def draw_go_no_go(result: GoNoGo, ax: Axes | None) -> Chart:
    """Draw the chance, its interval where there is one, and the chance that breaks even."""
    row = result.table.iloc[0]
    rate, n = float(row["win_rate"]), dict(result.options)["deals"]
    known = n is not None
    frame = pd.DataFrame(
        {
            "label": [say("territory.chart_this_deal")], "n": [float(n) if known else float("nan")],
            "rate": [rate], "low": [row["low"] if known else rate],
            "high": [row["high"] if known else rate],
        }
    )  # fmt: skip
    even = float(row["break_even_rate"])
    return rates(
        frame,
        title=result.title,
        alt=result.summary(),
        headings=(say("territory.chart_past_deals"), say("territory.column_win_rate")),
        data=result.shown(),
        overall=even,
        overall_label=say("territory.chart_break_even", rate=percent(even, 1)),
        size=lambda value: count(value) if value == value else "–",
        note=_note(result),
        ax=ax,
    )


def draw_competitors(result: CompetitorMatrix, ax: Axes | None) -> Chart:
    """Draw the last window: win rate and number of deals, grey below eight."""
    table = result.latest()
    whole = say("measures.chart_whole")
    rivals = list(dict.fromkeys(table["competitor"]))[:_MOST_ROWS]
    rows = [r for r in table.to_dict("records") if r["competitor"] in set(rivals)]
    frame = pd.DataFrame(
        {
            "row": [r["competitor"] for r in rows],
            "column": [str(r[result.by[0]]) if result.by else whole for r in rows],
            "value": [r["rate"] for r in rows],
            "text": [f"{percent(r['rate'])}\nn = {count(r['of'])}" if r["of"] else "–"
                     for r in rows],
            "faint": [not r["enough"] for r in rows],
            "mark": [r["verdict"] == "change" for r in rows],
        }
    )  # fmt: skip
    return matrix(
        frame,
        title=result.title,
        alt=say("hygiene.alt_text", title=result.title, text=result.summary()),
        data=result.shown(),
        note=_note(
            result, say("territory.chart_window", window=result.windows[-1]),
            say("territory.chart_grey"), _cut(len(rivals), table["competitor"].nunique()),
        ),
        ax=ax,
    )  # fmt: skip
