"""Spans of days: a middle, and how far the slow ones reach."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, Unpack

from funnelkit.charts import tokens as t
from funnelkit.charts.marks import label_rows, text_columns
from funnelkit.charts.sheet import Sheet, require
from funnelkit.show.chart_rows import as_texts, in_rows, span_marks
from funnelkit.show.chart_table import Axis, Mark, round_ticks
from funnelkit.words import count, number, say

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from funnelkit.charts.chart import Around, Chart


def spans(
    frame: pd.DataFrame,
    *,
    headings: tuple[str, str, str],
    unit: str,
    **around: Unpack[Around],
) -> Chart:
    """Draw, row by row, the median with its interval and the 90th percentile.

    Parameters
    ----------
    frame : DataFrame
        ``label, n, running, median, low, high, p90``. What was not reached yet is nan and is
        not drawn.
    headings : tuple of str
        Over the columns: number, still running, median.
    unit : str
        Label of the axis.
    """
    require(frame, "label", "n", "running", "median", "low", "high", "p90")
    height = max(1, len(frame)) * t.ROW + 0.75
    with Sheet(kind="bar", height=height, **around) as sheet:
        sheet.empty_if(frame.empty or not frame["n"].sum())
        axes = sheet.ax
        records = frame.to_dict("records")
        for row, r in enumerate(records):
            if r["median"] == r["median"]:
                _reach(axes, row, r["median"], r["p90"])
                axes.plot([r["low"], r["high"]], [row, row], color=t.INK, lw=1.4, zorder=3)
        label_rows(axes, frame["label"])
        axes.set_xlim(0, max(axes.get_xlim()[1], 1.0))
        axes.set_xlabel(unit)
        axes.grid(axis="x")
        medians = [number(m) if m == m else "–" for m in frame["median"]]
        columns = ([count(n) for n in frame["n"]], [count(n) for n in frame["running"]], medians)
        text_columns(axes, headings, columns)
        ticks = round_ticks(float(axes.get_xlim()[1]))
        sheet.rows = in_rows(
            frame["label"], as_texts(headings, columns),
            [span_marks(r["median"], r["p90"], r["low"], r["high"]) for r in records],
            Axis(0.0, float(axes.get_xlim()[1]), [(x, number(x, 0)) for x in ticks]), first=3,
            key=[
                (Mark("dot", "dot", 0.5), say("charts.key_median")),
                (Mark("line", "thin", 0, 1), say("charts.key_far")),
            ],
        )  # fmt: skip
    return sheet.chart


def lead_times(
    frame: pd.DataFrame, *, headings: tuple[str, str], unit: str, **around: Unpack[Around]
) -> Chart:
    """Draw, row by row, the days before a date: a dot for the middle, a bar for the safe side.

    Parameters
    ----------
    frame : DataFrame
        ``label, near, far`` (days) and ``near_text, far_text`` (what the columns say). A row of
        nan is written, not drawn.
    headings : tuple of str
        Over the columns: far, near.
    unit : str
        Label of the axis, which runs towards the date.
    """
    require(frame, "label", "near", "far", "near_text", "far_text")
    height = max(1, len(frame)) * t.ROW + 0.75
    with Sheet(height=height, **around) as sheet:
        sheet.empty_if(bool(frame["far"].isna().all()))
        axes = sheet.ax
        for row, r in enumerate(frame.to_dict("records")):
            if r["far"] == r["far"]:
                _reach(axes, row, r["near"], r["far"])
        label_rows(axes, frame["label"])
        axes.set_xlim(float(frame["far"].max()) * 1.04, 0)
        axes.set_xlabel(unit)
        axes.grid(axis="x")
        columns = (list(frame["far_text"]), list(frame["near_text"]))
        text_columns(axes, headings, columns)
        far = float(frame["far"].max())
        sheet.rows = in_rows(
            frame["label"], as_texts(headings, columns),
            [span_marks(r["near"], r["far"], nan, nan, -1) for r in frame.to_dict("records")],
            Axis(-far, 0.0, [(-x, number(x, 0)) for x in round_ticks(far)]),
        )  # fmt: skip
    return sheet.chart


def _reach(ax: Axes, row: int, middle: float, far: float) -> None:
    """Draw a bar to the middle, with its dot, and a thinner one on to where it ends."""
    ax.plot([0, middle], [row, row], color=t.STAGE_LIGHT, lw=7, zorder=1, solid_capstyle="butt")
    if far == far:
        ax.plot([middle, far], [row, row], color=t.STAGE_LIGHT, lw=2, zorder=1)
        ax.plot(far, row, marker="|", ms=9, color=t.STAGE, zorder=2)
    ax.plot(middle, row, "o", ms=7, color=t.STAGE_DARK, zorder=4)
