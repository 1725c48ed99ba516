"""Charts of territories, customers, pursuits and competitors."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from funnelkit.charts.bars import bars
from funnelkit.charts.matrix import matrix
from funnelkit.charts.rates import rates
from funnelkit.words import count, money, number, percent, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

    from funnelkit.charts import Chart
    from funnelkit.measures.result import Result
    from funnelkit.planning.market.competitors import CompetitorMatrix
    from funnelkit.planning.market.customers import CustomerTiers, Rfm
    from funnelkit.planning.market.grids import GrowthShare, WalletGrid
    from funnelkit.planning.market.opening import GoNoGo
    from funnelkit.planning.market.territory import Allocation, Balance, Territories

_MOST_ROWS = 30


def _note(result: Result, *texts: str) -> str:
    return " · ".join(filter(None, [result.footnote, *texts]))


def _cut(shown: int, rows: int) -> str:
    if shown >= rows:
        return ""
    return say("measures.chart_first_groups", shown=shown, groups=rows)


def _bars(
    result: Result, label: pd.Series | list[str], shown: str, share: str,
    write: Callable[[float], str], ax: Axes | None, mark: pd.Series | None = None,
) -> Chart:  # fmt: skip
    """Draw one bar a row: a column's number, beside it a share where there is one."""
    table = result.table.head(_MOST_ROWS)
    frame = pd.DataFrame({"label": label, "n": table[shown]})
    if share:
        frame["share"] = table[share]
    if mark is not None:
        frame["mark"] = mark
    return bars(
        frame,
        title=result.title,
        alt=result.summary(),
        headings=[say(f"territory.column_{column}") for column in (shown, share) if column],
        data=result.shown(shown),
        write=write,
        note=_note(result, _cut(len(table), len(result.table))),
        ax=ax,
    )


def _places(result: Result) -> pd.Series:
    return result.table.head(_MOST_ROWS)[result.by[0]].astype("str")


def draw_territories(result: Territories, ax: Axes | None) -> Chart:
    """Draw the potential of each territory, its penetration in figures."""
    return _bars(result, _places(result), "potential_amount", "penetration_share", money, ax)


def draw_allocation(result: Allocation, ax: Axes | None) -> Chart:
    """Draw the part of each territory with its share."""
    write = result.unit("allotted").write
    return _bars(result, _places(result), "allotted", "share", write, ax)


def draw_tiers(result: CustomerTiers, ax: Axes | None) -> Chart:
    """Draw the largest customers with their tier."""
    rows = result.table.head(_MOST_ROWS).to_dict("records")
    names = [f"{r['tier']} · {r['customer']}" for r in rows]
    return _bars(result, names, "amount", "cumulative_share", money, ax)


def draw_balance(result: Balance, ax: Axes | None) -> Chart:
    """Draw the index of each territory; those outside the tolerance take the accent."""
    outside = ~result.table.head(_MOST_ROWS)["within"]
    return _bars(result, _places(result), "index", "", partial(number, digits=2), ax, outside)


def _names(names: list[str]) -> str:
    """Write the first names of a cell and how many follow."""
    shown = say("measures.list", parts=names[:3])
    rest = len(names) - 3
    return f"{shown} {say('territory.chart_more', n=rest)}" if rest > 0 else shown


def _four(
    result: Result,
    cells: tuple[str, str, str, str],
    texts: dict[str, tuple[int, str]],
    side: str,
    ax: Axes | None,
) -> Chart:
    """Draw four cells: high side left and right, low side left and right."""
    columns = ("low_share", "high_share")
    rows = []
    for k, cell in enumerate(cells):
        n, text = texts.get(cell, (0, ""))
        label = say(f"territory.cell_{cell}")
        rows.append(
            (
                say(f"territory.chart_{('high', 'low')[k // 2]}_{side}"),
                say(f"territory.chart_{columns[k % 2]}"),
                float(n), f"{label} ({n})\n{text}" if n else label,
            )
        )  # fmt: skip
    return matrix(
        pd.DataFrame(rows, columns=["row", "column", "value", "text"]),
        title=result.title,
        alt=say("hygiene.alt_text", title=result.title, text=result.summary()),
        data=result.shown(),
        note=_note(result),
        ax=ax,
    )


def draw_grid(result: GrowthShare, ax: Axes | None) -> Chart:
    """Draw the growth-share grid with the names of its territories."""
    texts = {
        str(cell): (len(part), _names([str(v) for v in part[result.by[0]]]))
        for cell, part in result.table.groupby("cell")
    }
    return _four(result, ("question", "star", "weak", "cash"), texts, "growth", ax)


def draw_wallet(result: WalletGrid, ax: Axes | None) -> Chart:
    """Draw the four cells with what is still open in them."""
    texts = {
        str(cell): (len(part), f"{open_} {money(part['open_amount'].sum())}")
        for open_ in [say("territory.column_open_amount")]
        for cell, part in result.table.groupby("cell")
    }
    return _four(result, ("grow", "defend", "low_touch", "selective"), texts, "potential", ax)


def draw_rfm(result: Rfm, ax: Axes | None) -> Chart:
    """Draw how many customers have each score of recency and frequency."""
    sizes = result.table.groupby(["r", "f"]).size().to_dict()
    rows = [
        (str(r), str(f), float(sizes.get((r, f), 0)), count(sizes[r, f]) if (r, f) in sizes else "")
        for r in range(5, 0, -1)
        for f in range(1, 6)
    ]
    return matrix(
        pd.DataFrame(rows, columns=["row", "column", "value", "text"]),
        title=result.title,
        alt=say("hygiene.alt_text", title=result.title, text=result.summary()),
        data=result.shown(),
        row_label=say("territory.chart_recency"),
        column_label=say("territory.chart_frequency"),
        note=_note(result, say("territory.chart_rfm")),
        ax=ax,
    )


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
    window = say("territory.chart_window", window=result.windows[-1])
    alt = say("hygiene.alt_text", title=result.title, text=result.summary())
    if not result.by:
        table = table.head(_MOST_ROWS)
        frame = pd.DataFrame(
            {
                "label": table["competitor"].astype("str"), "n": table["of"],
                "rate": table["rate"], "low": table["low"], "high": table["high"],
                "mature": table["enough"], "mark": table["verdict"] == "change",
            }
        )  # fmt: skip
        return rates(
            frame,
            title=result.title,
            alt=alt,
            headings=(say("territory.chart_won_lost"), say("territory.column_win_rate")),
            data=result.shown("rate"),
            note=_note(result, window, _cut(len(table), len(result.latest()))),
            ax=ax,
        )
    rivals = list(dict.fromkeys(table["competitor"]))[:_MOST_ROWS]
    rows = [r for r in table.to_dict("records") if r["competitor"] in set(rivals)]
    frame = pd.DataFrame(
        {
            "row": [r["competitor"] for r in rows],
            "column": [str(r[result.by[0]]) for r in rows],
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
        alt=alt,
        data=result.shown(),
        note=_note(
            result, window,
            say("territory.chart_grey"), _cut(len(rivals), table["competitor"].nunique()),
        ),
        ax=ax,
    )  # fmt: skip
