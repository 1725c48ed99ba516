"""Spans: a middle with its interval and how far the slow ones reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from funnelkit.charts import tokens as t
from funnelkit.charts.marks import label_rows, text_columns
from funnelkit.charts.sheet import Sheet, require
from funnelkit.words import count, number

if TYPE_CHECKING:
    import pandas as pd

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
        ``label, n, running, median, low, high, p90``; optional ``target``, ``q25`` and ``q75``
        (then the thick bar is the middle half) and ``running_age``: how long those still running
        have been there, a hollow dot. What was not reached yet is nan and is not drawn.
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
        for row, r in enumerate(frame.to_dict("records")):
            age = r.get("running_age")
            if age is not None and age == age:
                axes.plot(age, row, "o", ms=7, mfc=t.PAPER, mec=t.MUTED, zorder=3)
            if r["median"] != r["median"]:
                continue
            quarters = [r.get("q25", 0.0), r.get("q75", r["median"])]
            axes.plot(
                quarters, [row, row], color=t.STAGE_LIGHT, lw=7, zorder=1,
                solid_capstyle="butt",
            )  # fmt: skip
            if r["p90"] == r["p90"]:
                axes.plot([r["median"], r["p90"]], [row, row], color=t.STAGE_LIGHT, lw=2, zorder=1)
                axes.plot(r["p90"], row, marker="|", ms=9, color=t.STAGE, zorder=2)
            axes.plot([r["low"], r["high"]], [row, row], color=t.INK, lw=1.4, zorder=3)
            axes.plot(r["median"], row, "o", ms=7, color=t.STAGE_DARK, zorder=4)
            if r.get("target") is not None and r.get("target") == r.get("target"):
                axes.plot(
                    r["target"], row, marker="D", ms=6, mfc=t.PAPER, mec=t.ACCENT, mew=1.4,
                    zorder=5,
                )  # fmt: skip
        label_rows(axes, [str(label) for label in frame["label"]])
        axes.set_xlim(0, max(axes.get_xlim()[1], 1.0))
        axes.set_xlabel(unit)
        axes.grid(axis="x")
        text_columns(
            axes,
            [
                (headings[0], [count(n) for n in frame["n"]]),
                (headings[1], [count(n) for n in frame["running"]]),
                (
                    headings[2],
                    [number(m) if m == m else "–" for m in frame["median"]],
                ),
            ],
        )
    return sheet.chart
