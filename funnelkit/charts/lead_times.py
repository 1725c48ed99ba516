"""Lead times: how long before a date something has to begin, at the middle and to be safe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from funnelkit.charts import tokens as t
from funnelkit.charts.marks import label_rows, text_columns
from funnelkit.charts.sheet import Sheet, require

if TYPE_CHECKING:
    import pandas as pd

    from funnelkit.charts.chart import Around, Chart


def lead_times(
    frame: pd.DataFrame,
    *,
    headings: tuple[str, str],
    unit: str,
    **around: Unpack[Around],
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
        sheet.empty_if(frame["far"].isna().all())
        axes = sheet.ax
        for row, r in enumerate(frame.to_dict("records")):
            if r["far"] != r["far"]:
                continue
            axes.plot([0, r["near"]], [row, row], color=t.STAGE_LIGHT, lw=7, zorder=1,
                      solid_capstyle="butt")  # fmt: skip
            axes.plot([r["near"], r["far"]], [row, row], color=t.STAGE_LIGHT, lw=2, zorder=1)
            axes.plot(r["far"], row, marker="|", ms=9, color=t.STAGE, zorder=2)
            axes.plot(r["near"], row, "o", ms=7, color=t.STAGE_DARK, zorder=4)
        label_rows(axes, [str(label) for label in frame["label"]])
        axes.set_xlim(float(frame["far"].max()) * 1.04, 0)
        axes.set_xlabel(unit)
        axes.grid(axis="x")
        text_columns(
            axes,
            [(headings[0], list(frame["far_text"])), (headings[1], list(frame["near_text"]))],
        )
    return sheet.chart


__all__ = ["lead_times"]
