"""From a start to an end: what came in and what went, in steps that add up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Unpack

from funnelkit.charts import tokens as t
from funnelkit.charts.marks import label_rows, no_scale, text_columns
from funnelkit.charts.sheet import Sheet, require
from funnelkit.show.chart_rows import OUTCOME_LOOKS, Written, as_amounts, in_rows
from funnelkit.show.chart_table import Axis, Mark
from funnelkit.show.column import COUNT, Column, Unit
from funnelkit.show.table import SUM, Table
from funnelkit.words import money, number, say

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from funnelkit.charts.chart import Around, Chart


def waterfall(
    frame: pd.DataFrame,
    *,
    heading: str,
    write: Callable[[float], str] = number,
    unit: Unit = COUNT,
    **around: Unpack[Around],
) -> Chart:
    """Draw totals as full bars and changes as bars that start where the last one ended.

    Parameters
    ----------
    frame : DataFrame
        ``label, value, kind``; ``kind`` is ``total`` (value: the level) or ``change`` (value:
        signed). Optional ``colour``: the name of an outcome.
    heading : str
        Over the column of values.
    write : callable
        How a value is written.
    unit : Unit
        What the values are, in the table of the steps.
    """
    require(frame, "label", "value", "kind")
    height = max(1, len(frame)) * t.ROW * 0.9 + 0.35
    with Sheet(kind="bar", height=height, **around) as sheet:
        sheet.empty_if(frame.empty)
        axes, level, edges, texts = sheet.ax, 0.0, [0.0], []
        plots: list[list[Mark]] = []
        for row, r in enumerate(frame.to_dict("records")):
            value = float(r["value"])
            total = r["kind"] == "total"
            start, level = (0.0, value) if total else (level, level + value)
            edges.append(level)
            look = "deep" if total else OUTCOME_LOOKS.get(str(r.get("colour")), "flow")
            plots.append([Mark("bar", look, start, level)])
            own = r.get("colour")
            colour = t.STAGE_DARK if total else t.OUTCOMES.get(str(own), t.STAGE)
            edge = t.MUTED if own == "open" else colour
            # A fall is hollow: its direction shows without colour too.
            axes.barh(
                row, level - start, left=start, height=0.66, lw=1.4, edgecolor=edge,
                color=colour if total or value >= 0 else t.PAPER,
                hatch=None if total or value >= 0 else "///",
            )  # fmt: skip
            if row + 1 < len(frame):
                axes.plot([level, level], [row + 0.33, row + 0.67], color=t.MUTED, lw=0.8)
            sign = "" if total else ("+" if value > 0 else "−" if value < 0 else "±")
            texts.append(sign + write(abs(value) if sign else value))
        label_rows(axes, frame["label"])
        low, high = min(edges), max(edges)
        room = (high - low) * 0.03 or 1.0
        axes.set_xlim(low - room if low < 0 else 0, high + room)
        no_scale(axes)
        axes.axvline(0, color=t.MUTED, lw=0.8)
        text_columns(axes, [heading], [texts])
        sums = [kind == "total" for kind in frame["kind"]]
        column: Written = (Column(heading, COUNT), texts)
        if write is money:
            column = as_amounts(heading, frame["value"].astype(float).tolist(), write, sums)
        sheet.rows = in_rows(frame["label"], [column], plots, Axis(low, high), sums=sums)
    if frame.empty:
        return sheet.chart
    kinds = frame["kind"].tolist()
    steps = Table(
        [Column(say("show.step")), Column(heading, unit, "value")],
        list(zip(frame["label"], frame["value"], strict=True)),
        say("charts.steps", title=around["title"]),
        [SUM if kind == "total" else "" for kind in kinds], drawn=("value",),
    )  # fmt: skip
    return replace(sheet.chart, redrawn=(steps, "waterfall"))
