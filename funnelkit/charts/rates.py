"""Rates by group: a dot with its interval, the number beside it, a line for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from funnelkit.charts import tokens as t
from funnelkit.charts.sheet import Sheet, label_rows, require, text_columns
from funnelkit.words import count, percent

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from matplotlib.axes import Axes

    from funnelkit.charts.chart import Chart


def rates(
    frame: pd.DataFrame,
    *,
    title: str,
    alt: str,
    headings: tuple[str, str],
    data: pd.DataFrame,
    overall: float | None = None,
    overall_label: str = "",
    size: Callable[[float], str] = count,
    note: str = "",
    ax: Axes | None = None,
) -> Chart:
    """Draw one dot a group with its interval, in the order given.

    Parameters
    ----------
    frame : DataFrame
        ``label, n, rate, low, high``; rows with a true ``mark`` take the accent.
    headings : tuple of str
        Over the columns: number, rate.
    overall : float, optional
        Drawn as a line across, with its label.
    size : callable
        How ``n`` is written.
    """
    require(frame, "label", "n", "rate", "low", "high")
    height = max(1, len(frame)) * (t.ROW * 0.85) + 0.75
    with Sheet(title=title, alt=alt, data=data, height=height, note=note, ax=ax) as sheet:
        if frame.empty or not frame["rate"].notna().any():
            sheet.empty()
        else:
            axes = sheet.ax
            if overall is not None:
                axes.axvline(overall, color=t.MUTED, lw=1, ls=(0, (4, 3)), zorder=1)
                axes.annotate(
                    overall_label, (overall, 1), (0, 3), xycoords=("data", "axes fraction"),
                    textcoords="offset points", ha="center", va="bottom",
                    size=t.SIZES["small"], color=t.MUTED, annotation_clip=False,
                )  # fmt: skip
            for row, r in enumerate(frame.to_dict("records")):
                if r["rate"] != r["rate"]:
                    continue
                colour = t.ACCENT if r.get("mark") else t.STAGE
                axes.plot([r["low"], r["high"]], [row, row], color=colour, lw=2, zorder=2)
                axes.plot(r["rate"], row, "o", ms=7, color=colour, zorder=3)
            label_rows(axes, [str(label) for label in frame["label"]])
            high = float(frame["high"].max())
            axes.set_xlim(0, min(1.0, high * 1.05) if high == high else 1.0)
            axes.xaxis.set_major_formatter(lambda value, _: percent(value))
            axes.grid(axis="x")
            text_columns(
                axes,
                [
                    (headings[0], [size(n) for n in frame["n"]]),
                    (headings[1], [percent(r, 1) if r == r else "–" for r in frame["rate"]]),
                ],
            )
    return sheet.chart
