"""Rates by group: a dot with its interval, the number beside it, a line for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from funnelkit.charts import tokens as t
from funnelkit.charts.marks import label_rows, percent_tick, text_columns
from funnelkit.charts.sheet import Sheet, require
from funnelkit.show.chart_rows import as_texts, in_rows, interval_marks, share_axis
from funnelkit.show.chart_table import Mark
from funnelkit.words import count, percent

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from matplotlib.axes import Axes

    from funnelkit.charts.chart import Around, Chart


def rates(
    frame: pd.DataFrame,
    *,
    headings: tuple[str, str],
    overall: float | None = None,
    overall_label: str = "",
    size: Callable[[float], str] = count,
    **around: Unpack[Around],
) -> Chart:
    """Draw one dot a group with its interval, in the order given.

    Parameters
    ----------
    frame : DataFrame
        ``label, n, rate, low, high``; optional ``mark`` (bool) puts the accent on what to
        look at, and a false ``mature`` leaves hollow what will still change.
    headings : tuple of str
        Over the columns: number, rate.
    overall : float, optional
        Drawn as a line across, with its label.
    size : callable
        How ``n`` is written.
    """
    require(frame, "label", "n", "rate", "low", "high")
    height = max(1, len(frame)) * (t.ROW * 0.85) + 0.75
    with Sheet(kind="bar", height=height, **around) as sheet:
        sheet.empty_if(frame.empty or not frame["rate"].notna().any())
        axes = sheet.ax
        if overall is not None:
            axes.axvline(overall, color=t.MUTED, lw=1, ls=(0, (4, 3)), zorder=1)
            axes.annotate(
                overall_label, (overall, 1), (0, 3), xycoords=("data", "axes fraction"),
                textcoords="offset points", ha="center", va="bottom",
                size=t.SIZES["small"], color=t.MUTED, annotation_clip=False,
            )  # fmt: skip
        records = frame.to_dict("records")
        for row, r in enumerate(records):
            if r["rate"] == r["rate"]:
                _dot(axes, row, r)
        label_rows(axes, frame["label"])
        high = float(frame[["high", "rate"]].max().max())
        axes.set_xlim(0, min(1.02, max(high, overall or 0.0) * 1.06) or 1.0)
        axes.xaxis.set_major_formatter(percent_tick(axes.get_xlim()[1]))
        axes.grid(axis="x")
        written = [percent(r, 1) if r == r else "–" for r in frame["rate"]]
        columns = [[size(n) for n in frame["n"]], written]
        text_columns(axes, headings, columns)
        key = [] if overall is None else [(Mark("tick", "all", 0.5), overall_label)]
        sheet.rows = in_rows(
            frame["label"], as_texts(headings, columns),
            [interval_marks(r, overall) for r in records],
            share_axis(min(1.0, max(high, overall or 0.0))), key=key, first=2,
            spans=list(zip(frame["low"], frame["high"], strict=True)),
        )  # fmt: skip
    return sheet.chart


def _dot(ax: Axes, row: int, r: dict[Any, Any]) -> None:
    colour = t.ACCENT if r.get("mark") else t.STAGE
    hollow = not r.get("mature", True)
    ax.plot(
        [r["low"], r["high"]], [row, row], color=colour, lw=2, zorder=2,
        ls=(0, (2, 2)) if hollow else "-",
    )  # fmt: skip
    ax.plot(
        r["rate"], row, "o", ms=7, mfc=t.PAPER if hollow else colour, mec=colour, mew=1.4, zorder=3
    )
