"""A matrix: one cell a pair, shaded by its value, grey where there is too little to say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from matplotlib.patches import Rectangle

from funnelkit.charts import theme
from funnelkit.charts import tokens as t
from funnelkit.charts.fonts.measured import wrap
from funnelkit.charts.marks import label_rows
from funnelkit.charts.sheet import Sheet, require

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from funnelkit.charts.chart import Around, Chart


def matrix(
    frame: pd.DataFrame,
    *,
    row_label: str = "",
    column_label: str = "",
    **around: Unpack[Around],
) -> Chart:
    """Draw one cell a row of the frame; missing pairs stay empty.

    Parameters
    ----------
    frame : DataFrame
        ``row, column, value, text``: labels in the order they come first, what shades the cell
        (0 is lightest) and what is written in it, up to two lines. Optional ``faint`` (bool):
        too little to shade; ``mark`` (bool): framed in the accent.
    row_label, column_label : str
        Name the two sides.
    """
    require(frame, "row", "column", "value", "text")
    rows, columns = (list(dict.fromkeys(frame[c])) for c in ("row", "column"))
    two = frame["text"].astype("str").str.contains("\n").any()
    height = max(1, len(rows)) * (0.46 if two else 0.34) + 0.85
    with Sheet(height=height, **around) as sheet:
        sheet.empty_if(frame.empty or not frame["value"].notna().any())
        axes = sheet.ax
        top = float(frame["value"].max()) or 1.0
        for r in frame.to_dict("records"):
            _cell(axes, rows.index(r["row"]), columns.index(r["column"]), r, top)
        label_rows(axes, rows)
        axes.set_xlim(-0.5, len(columns) - 0.5)
        width = max(0.5, (t.WIDTH - 2.2) / len(columns))
        names = [wrap(str(c), width, t.SIZES["small"], lines=3) for c in columns]
        axes.set_xticks(range(len(columns)), names, size=t.SIZES["small"])
        axes.xaxis.tick_top()
        axes.xaxis.set_label_position("top")
        axes.set_xlabel(column_label, size=t.SIZES["small"], color=t.MUTED)
        axes.set_ylabel(row_label, size=t.SIZES["small"], color=t.MUTED)
        for side in axes.spines.values():
            side.set_visible(False)
        axes.tick_params(length=0)
    return sheet.chart


def _cell(ax: Axes, row: int, column: int, r: dict[Any, Any], top: float) -> None:
    value = r["value"]
    faint = bool(r.get("faint")) or value != value
    tint = 0.06 + 0.45 * (0.0 if faint else value / top)
    shade = theme.mix(t.PAPER, t.MUTED, 0.1) if faint else theme.mix(t.PAPER, t.STAGE_DARK, tint)
    edge = t.ACCENT if r.get("mark") else t.MUTED if faint else t.PAPER
    ax.add_patch(
        Rectangle(
            (column - 0.48, row - 0.46), 0.96, 0.92, facecolor=shade, edgecolor=edge,
            lw=1.6 if r.get("mark") else 0.7,
            linestyle=(0, (2, 2)) if faint and not r.get("mark") else "-",
        )
    )  # fmt: skip
    ax.text(
        column, row, str(r["text"]), ha="center", va="center", size=t.SIZES["small"],
        color=t.MUTED if faint else theme.text_on(shade), linespacing=1.2,
    )  # fmt: skip
