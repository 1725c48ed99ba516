"""Bars that narrow: how many there are at each step and what share went on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from funnelkit.charts import theme
from funnelkit.charts import tokens as t
from funnelkit.charts.sheet import Sheet, label_rows, require, text_columns
from funnelkit.words import count, percent

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from funnelkit.charts.chart import Chart


def funnel_bars(
    frame: pd.DataFrame,
    *,
    title: str,
    alt: str,
    headings: tuple[str, str, str],
    data: pd.DataFrame,
    note: str = "",
    ax: Axes | None = None,
) -> Chart:
    """Draw one bar a step, with its number, step rate and interval beside it.

    Parameters
    ----------
    frame : DataFrame
        ``label, n, rate, low, high``; the part of each bar that is still open in ``open``.
    headings : tuple of str
        Over the columns: number, rate, interval.
    data : DataFrame
        The table shown with the chart.
    """
    require(frame, "label", "n", "rate", "low", "high", "open")
    height = max(1, len(frame)) * t.ROW + 0.35
    with Sheet(title=title, alt=alt, data=data, height=height, note=note, ax=ax) as sheet:
        if frame.empty or not frame["n"].max():
            sheet.empty()
        else:
            rows = range(len(frame))
            shades = theme.stages(len(frame))
            sheet.ax.barh(rows, frame["n"], height=0.72, color=shades, edgecolor="none")
            # still open: hollow, the deal may yet go on
            sheet.ax.barh(
                rows, frame["open"], left=frame["n"] - frame["open"], height=0.72,
                color=t.PAPER, edgecolor=t.MUTED, hatch=theme.HATCH, linewidth=0.4,
            )  # fmt: skip
            label_rows(sheet.ax, [str(label) for label in frame["label"]])
            sheet.ax.set_xlim(0, float(frame["n"].max()) * 1.02)
            sheet.ax.set_xticks([])
            sheet.ax.spines["bottom"].set_visible(False)
            known = frame["rate"].notna()
            intervals = [
                f"{percent(low)}–{percent(high)}" if there else ""
                for low, high, there in zip(frame["low"], frame["high"], known, strict=True)
            ]
            rates = [percent(r) if k else "" for r, k in zip(frame["rate"], known, strict=True)]
            text_columns(
                sheet.ax,
                [
                    (headings[0], [count(n) for n in frame["n"]]),
                    (headings[1], rates),
                    (headings[2], intervals),
                ],
            )
    return sheet.chart
