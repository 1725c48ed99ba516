"""Bars with their intervals, and beside each, if wanted, what it is held against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import numpy as np

from funnelkit.charts import tokens as t
from funnelkit.charts.marks import label_rows, row_bars, text_columns
from funnelkit.charts.sheet import Sheet, require
from funnelkit.words import count

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from funnelkit.charts.chart import Around, Chart


def interval_bars(
    frame: pd.DataFrame,
    *,
    headings: Sequence[str],
    write: Callable[[float], str] = count,
    **around: Unpack[Around],
) -> Chart:
    """Draw one bar a row with the interval of its number, in the order given.

    Parameters
    ----------
    frame : DataFrame
        ``label, n, low, high``; the interval is nan where there is none. Optional ``mark``
        (bool: accent) and ``against``: a diamond, to which the interval then belongs.
    headings : sequence of str
        Over the columns: number, with ``against`` that, interval.
    """
    require(frame, "label", "n", "low", "high")
    height = max(1, len(frame)) * t.ROW * 0.85 + 0.35
    with Sheet(kind="bar", height=height, **around) as sheet:
        numbers = [c for c in ("n", "high", "against") if c in frame]
        most = np.nanmax(frame[numbers].to_numpy(dtype=float)) if len(frame) else 0.0
        sheet.empty_if(not most > 0)
        axes = sheet.ax
        records = frame.to_dict("records")
        row_bars(axes, frame["n"], [t.ACCENT if r.get("mark") else t.STAGE for r in records])
        for row, r in enumerate(records):
            against = r.get("against", np.nan)
            if r["low"] == r["low"] and r["high"] == r["high"]:
                ends = [r["low"], r["high"]]
                axes.plot(ends, [row, row], color=t.PAPER, lw=3.4)  # a halo on the bar
                axes.plot(ends, [row, row], color=t.INK, lw=1.3, gid="interval")
                axes.plot(ends, [row, row], "|", color=t.INK, ms=6)
            if against == against:
                axes.plot(against, row, "D", ms=6, mfc=t.PAPER, mec=t.INK, mew=1.3, zorder=4)
        label_rows(axes, [str(label) for label in frame["label"]])
        axes.set_xlim(0, most * 1.03)
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
        columns = [[write(n) for n in frame["n"]]]
        if "against" in frame:
            columns.append([write(n) if n == n else "" for n in frame["against"]])
        if frame["low"].notna().any():
            columns.append(
                [
                    f"{write(lo)}–{write(hi)}" if lo == lo else ""
                    for lo, hi in zip(frame["low"], frame["high"], strict=True)
                ]
            )
        text_columns(axes, list(zip(headings, columns, strict=False)))
    return sheet.chart
