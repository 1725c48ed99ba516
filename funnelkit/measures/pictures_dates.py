"""Charts of closing dates, forecast categories and trends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from funnelkit.charts.matrix import matrix
from funnelkit.charts.rates import rates
from funnelkit.charts.trend import trend as draw_line
from funnelkit.measures.fiscal import said
from funnelkit.measures.hygiene import MONTH_END_BY_CHANCE
from funnelkit.words import count, money, percent, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

    from funnelkit.charts import Chart
    from funnelkit.measures.categories import CategoryAccuracy, CategoryTransitions
    from funnelkit.measures.hygiene import CloseDateHygiene, Slippage
    from funnelkit.measures.pushes import PushBands, PushRate
    from funnelkit.measures.result import Result
    from funnelkit.measures.trend import Trend

_MOST_ROWS = 40
_MOST_SERIES = 6


def _note(result: Result, *texts: str) -> str:
    return " · ".join(filter(None, [result.footnote, *texts]))


def _name(result: Result, row: dict[Any, Any], last: str = "") -> str:
    parts = [*(str(row[b]) for b in result.by), *([last] if last else [])]
    return " · ".join(parts) or say("measures.chart_whole")


def _rates(
    result: Result,
    table: pd.DataFrame,
    labels: list[str],
    of: str,
    rate: str,
    heading: str,
    ax: Axes | None,
    **rest: Any,
) -> Chart:
    """Draw rates of a table with its intervals."""
    frame = pd.DataFrame(
        {
            "label": labels, "n": table[of].to_numpy(), "rate": table[rate].to_numpy(),
            "low": table["low"].to_numpy(), "high": table["high"].to_numpy(),
        }
    ).head(_MOST_ROWS)  # fmt: skip
    cut = ""
    if len(labels) > _MOST_ROWS:
        cut = say("measures.chart_first_groups", shown=_MOST_ROWS, groups=len(labels))
    parts = [
        say("measures.alt_value", label=label, value=percent(value, 1))
        for label, value in zip(frame["label"], frame["rate"], strict=True)
    ]
    notes = rest.pop("notes", ())
    return rates(
        frame,
        title=result.title,
        alt=say("hygiene.alt_parts", title=result.title, parts=say("measures.list", parts=parts)),
        headings=(heading, say("hygiene.chart_share")),
        data=result.shown(rate),
        note=_note(result, *notes, cut),
        ax=ax,
        **rest,
    )


def draw_pushes(result: PushRate, ax: Axes | None) -> Chart:
    """Draw the push rate of every group."""
    table = result.table
    labels = [_name(result, r) for r in table.to_dict("records")]
    overall = None
    if len(table) > 1:
        overall = float(table["pushed"].sum() / max(1, table["deals"].sum()))
    return _rates(
        result, table, labels, "deals", "rate", say("hygiene.chart_with_date"), ax,
        overall=overall, overall_label=say("measures.chart_all", rate=overall),
    )  # fmt: skip


def draw_bands(result: PushBands, ax: Axes | None) -> Chart:
    """Draw the win rate of each band."""
    table = result.table
    labels = [_name(result, r, say(f"hygiene.band_{r['band']}")) for r in table.to_dict("records")]
    return _rates(result, table, labels, "deals", "rate", say("measures.chart_closed"), ax)


def draw_slippage(result: Slippage, ax: Axes | None) -> Chart:
    """Draw the slipped share of the amount."""
    table = result.table.assign(low=result.table["amount_low"], high=result.table["amount_high"])
    labels = [_name(result, r) for r in table.to_dict("records")]
    overall = None
    if len(table) > 1 and "currency" not in result.by and table["amount"].sum():
        overall = float(table["slipped_amount"].sum() / table["amount"].sum())
    return _rates(
        result, table, labels, "amount", "amount_rate", say("hygiene.chart_due"), ax,
        overall=overall, overall_label=say("measures.chart_all", rate=overall), size=money,
        notes=(say("hygiene.chart_by_amount"),),
    )  # fmt: skip


def draw_hygiene(result: CloseDateHygiene, ax: Axes | None) -> Chart:
    """Draw the share of each check; chance is the line across."""
    table = result.table
    labels = [
        _name(result, r, say(f"hygiene.check_{r['check']}")) for r in table.to_dict("records")
    ]
    chance = say("hygiene.chart_chance", share=MONTH_END_BY_CHANCE)
    month_end = f"{say('hygiene.check_month_end')}: {chance}"
    return _rates(
        result, table, labels, "of", "share", say("hygiene.chart_of"), ax, notes=(month_end,)
    )


def draw_transitions(result: CategoryTransitions, ax: Axes | None) -> Chart:
    """Draw the matrix of start and end categories."""
    from funnelkit.measures.categories import category_label

    wide = result.matrix()
    frame = pd.DataFrame(
        [
            (
                category_label(result.process, str(row)),
                category_label(result.process, str(column)),
                float(n), count(n) if n else "",
            )
            for row, cells in wide.iterrows()
            for column, n in cells.items()
        ],
        columns=["row", "column", "value", "text"],
    )  # fmt: skip
    return matrix(
        frame,
        title=result.title,
        alt=say("hygiene.alt_text", title=result.title, text=result.summary()),
        data=result.shown(),
        row_label=say("hygiene.column_from_category"),
        column_label=say("hygiene.column_to_category"),
        note=_note(result, say("hygiene.chart_rows_columns")),
        ax=ax,
    )


def draw_accuracy(result: CategoryAccuracy, ax: Axes | None) -> Chart:
    """Draw one line a category over the age of the snapshot."""
    from funnelkit.measures.categories import category_label

    table = result.table
    names = list(dict.fromkeys(table["category"]))
    table = table[table["category"].isin(names[:_MOST_SERIES])]
    frame = pd.DataFrame(
        {
            "period": [say("hygiene.chart_days_before", n=d) for d in table["days_before"]],
            "value": table["rate"].to_numpy(), "low": table["low"].to_numpy(),
            "high": table["high"].to_numpy(), "n": table["deals"].to_numpy(), "mature": True,
            "series": [category_label(result.process, str(c)) for c in table["category"]],
        }
    )  # fmt: skip
    # all categories share the axis: the oldest look first
    frame = frame.iloc[(-table["days_before"].to_numpy()).argsort(kind="stable")]
    cut = ""
    if len(names) > _MOST_SERIES:
        cut = say("measures.chart_first_groups", shown=_MOST_SERIES, groups=len(names))
    return draw_line(
        frame,
        title=result.title,
        alt=say("hygiene.alt_text", title=result.title, text=result.summary()),
        data=result.shown(),
        axis_label=say("hygiene.chart_won_by_end"),
        write=percent,
        note=_note(result, cut),
        ax=ax,
    )


def draw_trend(result: Trend, ax: Axes | None) -> Chart:
    """Draw the rate over time, one line a group."""
    table = result.table
    value = result.measure == "value_rate"
    frame = pd.DataFrame(
        {
            "period": table["period"].map(said), "value": table["rate"].to_numpy(),
            "low": table["low"].to_numpy(), "high": table["high"].to_numpy(),
            "n": table["of"].to_numpy(), "mature": table["mature"].to_numpy(dtype=bool),
        }
    )  # fmt: skip
    cut = ""
    if result.by:
        frame["series"] = [_name(result, r) for r in table.to_dict("records")]
        names = list(dict.fromkeys(frame["series"]))
        if len(names) > _MOST_SERIES:
            cut = say("measures.chart_first_groups", shown=_MOST_SERIES, groups=len(names))
        frame = frame[frame["series"].isin(names[:_MOST_SERIES])]
    write: Callable[[float], str] = percent
    hollow = "" if table["mature"].all() else say("hygiene.chart_hollow")
    return draw_line(
        frame,
        title=result.title,
        alt=say("hygiene.alt_text", title=result.title, text=result.summary()),
        data=result.shown(*(() if result.by else ("rate",))),
        number_label="" if value else "n =",
        write=write,
        note=_note(result, hollow, cut),
        ax=ax,
    )
