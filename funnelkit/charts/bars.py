"""Plain bars: reasons, sources, defects; each with its number and share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from funnelkit.charts import tokens as t
from funnelkit.charts.marks import label_rows, row_bars, text_columns
from funnelkit.charts.sheet import Sheet, require
from funnelkit.words import count, percent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

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
        ``label, n``; optional ``share`` (a second column of text), ``mark`` (bool: accent),
        ``colour`` (the name of an outcome).
    headings : sequence of str
        Over the columns: number and, with ``share``, share.
    """
    require(frame, "label", "n")
    height = max(1, len(frame)) * t.ROW * 0.85 + 0.35
    with Sheet(kind="bar", height=height, **around) as sheet:
        sheet.empty_if(frame.empty or not frame["n"].max())
        axes = sheet.ax
        colours = [
            t.ACCENT if r.get("mark") else t.OUTCOMES.get(str(r.get("colour")), t.STAGE)
            for r in frame.to_dict("records")
        ]
        row_bars(axes, frame["n"], colours)
        label_rows(axes, [str(label) for label in frame["label"]])
        axes.set_xlim(0, float(frame["n"].max()) * 1.02)
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
        columns = [[write(n) for n in frame["n"]]]
        if "share" in frame:
            columns.append([percent(s, 1) for s in frame["share"]])
        text_columns(axes, list(zip(headings, columns, strict=False)))
    return sheet.chart
