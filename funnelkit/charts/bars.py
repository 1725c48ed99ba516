"""Bars: reasons, sources, needs; each with its number, and what goes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from funnelkit.charts import tokens as t
from funnelkit.charts.marks import label_rows, no_scale, row_bars, text_columns
from funnelkit.charts.sheet import Sheet, require
from funnelkit.show.chart_rows import OUTCOME_LOOKS, as_amounts, as_texts, in_rows
from funnelkit.show.chart_table import Axis, Mark
from funnelkit.words import count, money, percent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from funnelkit.charts.chart import Around, Chart


def bars(
    frame: pd.DataFrame,
    *,
    headings: Sequence[str],
    write: Callable[[float], str] = count,
    **around: Unpack[Around],
) -> Chart:
    """Draw one bar a row in the order given.

    Parameters
    ----------
    frame : DataFrame
        ``label, n``; optional ``mark`` (bool: accent), ``colour`` (the name of an outcome),
        ``share`` (a column of text), ``low, high`` (an interval; nan where there is none) and
        ``against``: a diamond, to which the interval then belongs.
    headings : sequence of str
        Over the columns that there are: number, share, against, interval.
    """
    require(frame, "label", "n")
    height = max(1, len(frame)) * t.ROW * 0.85 + 0.35
    with Sheet(kind="bar", height=height, **around) as sheet:
        numbers = frame[[c for c in ("n", "high", "against") if c in frame]]
        most = float(numbers.astype(float).max().max())
        sheet.empty_if(not most > 0)
        axes = sheet.ax
        records = frame.to_dict("records")
        row_bars(axes, frame["n"], [_colour(r) for r in records])
        for row, r in enumerate(records):
            _interval(axes, row, r)
        label_rows(axes, frame["label"])
        axes.set_xlim(0, most * 1.02)
        no_scale(axes)
        columns = [[write(n) for n in frame["n"]]]
        if "share" in frame:
            columns.append([percent(s, 1) for s in frame["share"]])
        if "against" in frame:
            columns.append([write(n) if n == n else "" for n in frame["against"]])
        if "low" in frame and frame["low"].notna().any():
            ends = zip(frame["low"], frame["high"], strict=True)
            columns.append([f"{write(lo)}–{write(hi)}" if lo == lo else "" for lo, hi in ends])
        text_columns(axes, headings, columns)
        plots = [_marks(r) for r in records]
        written = as_texts(headings, columns)
        if write is money:
            written[0] = as_amounts(headings[0], frame["n"].astype(float).tolist(), write)
        sheet.rows = in_rows(frame["label"], written, plots, Axis(0.0, most))
    return sheet.chart


def _colour(r: dict[Any, Any]) -> str:
    return t.ACCENT if r.get("mark") else t.OUTCOMES.get(str(r.get("colour")), t.STAGE)


def _marks(r: dict[Any, Any]) -> list[Mark]:
    look = "act" if r.get("mark") else OUTCOME_LOOKS.get(str(r.get("colour")), "flow")
    low, high, against = (r.get(name, np.nan) for name in ("low", "high", "against"))
    found = [Mark("bar", look, 0.0, float(r["n"]))] if r["n"] > 0 else []
    if low < high:
        found.append(Mark("line", "ci", low, high))
    return [*found, Mark("dot", "dot", against)] if against == against else found


def _interval(ax: Axes, row: int, r: dict[Any, Any]) -> None:
    ends, against = [r.get("low", np.nan), r.get("high", np.nan)], r.get("against", np.nan)
    if not np.isnan(ends).any():
        ax.plot(ends, [row, row], color=t.PAPER, lw=3.4)  # a halo on the bar
        ax.plot(ends, [row, row], color=t.INK, lw=1.3, gid="interval")
        ax.plot(ends, [row, row], "|", color=t.INK, ms=6)
    if against == against:
        ax.plot(against, row, "D", ms=6, mfc=t.PAPER, mec=t.INK, mew=1.3, zorder=4)
