"""A triangle of cohorts by age: filled where the age is complete, hollow where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from matplotlib.patches import Rectangle

from funnelkit.charts import theme
from funnelkit.charts import tokens as t
from funnelkit.charts.sheet import Sheet, require
from funnelkit.words import count, number

if TYPE_CHECKING:
    import pandas as pd

    from funnelkit.charts.chart import Around, Chart


def cohort_triangle(
    frame: pd.DataFrame,
    *,
    age_label: str,
    number_label: str,
    **around: Unpack[Around],
) -> Chart:
    """Draw one cell a cohort and age, with its rate in per cent.

    Parameters
    ----------
    frame : DataFrame
        ``cohort, age, n, rate, mature``; ages are whole numbers from 1. ``link``, where it is
        there, is the part of a page that a cell opens ("" for none).
    """
    require(frame, "cohort", "age", "n", "rate", "mature")
    names = list(dict.fromkeys(frame["cohort"]))
    height = max(1, len(names)) * 0.3 + 0.75
    with Sheet(height=height, kind="triangle", **around) as sheet:
        sheet.empty_if(frame.empty)
        axes = sheet.ax
        top = float(frame["rate"].max()) or 1.0
        ages = int(frame["age"].max())
        size = t.SIZES["small"] if ages <= 14 else 6.0
        for r in frame.to_dict("records"):
            row = names.index(r["cohort"])
            shade = theme.mix(t.PAPER, t.STAGE_DARK, 0.08 + 0.8 * r["rate"] / top)
            full = bool(r["mature"])
            url = f"#{r['link']}" if r.get("link") else None
            axes.add_artist(  # the limits are set below: no need to find them cell by cell
                Rectangle(
                    (r["age"] - 0.48, row - 0.46), 0.96, 0.92,
                    facecolor=shade if full else t.PAPER,
                    edgecolor=t.PAPER if full else t.MUTED,
                    linestyle="-" if full else (0, (2, 2)), lw=0.7, url=url,
                )
            )  # fmt: skip
            ink = theme.text_on(shade) if full else t.MUTED
            if ages <= 26:
                axes.text(
                    r["age"], row, number(100 * r["rate"], 0 if top >= 0.2 else 1),
                    ha="center", va="center", size=size, color=ink, clip_on=True, url=url,
                )  # fmt: skip
        numbers = frame.drop_duplicates("cohort").set_index("cohort")["n"]
        labels = [f"{c}  ({number_label} {count(numbers[c])})" for c in names]
        axes.set_yticks(range(len(names)), labels)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_xlim(0.45, ages + 0.55)
        axes.set_xticks(range(1, ages + 1, max(1, ages // 12)))
        axes.set_xlabel(age_label)
        for side in ("left", "bottom"):
            axes.spines[side].set_visible(False)
        axes.tick_params(length=0)
    return sheet.chart
