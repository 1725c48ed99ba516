"""Competing shares over time, stacked to one, with the interval of the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from funnelkit.charts import theme
from funnelkit.charts import tokens as t
from funnelkit.charts.sheet import Sheet, require
from funnelkit.words import percent

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from funnelkit.charts.chart import Chart


def stacked_shares(
    frame: pd.DataFrame,
    *,
    labels: dict[str, str],
    title: str,
    alt: str,
    axis_label: str,
    data: pd.DataFrame,
    note: str = "",
    ax: Axes | None = None,
) -> Chart:
    """Draw shares that add up to one on every day, the first with its interval.

    Parameters
    ----------
    frame : DataFrame
        ``day``, one column a key of ``labels`` (bottom first), ``low``, ``high``.
    """
    require(frame, "day", "low", "high", *labels)
    with Sheet(title=title, alt=alt, data=data, height=3.4, note=note, ax=ax) as sheet:
        if frame.empty:
            sheet.empty()
        else:
            axes = sheet.ax
            below = np.zeros(len(frame))
            day = frame["day"].to_numpy(dtype=float)
            for key, label in labels.items():
                share = frame[key].to_numpy(dtype=float)
                axes.fill_between(
                    day, below, below + share, color=theme.outcome(key), lw=0, step="post"
                )
                if share[-1] > 0.02:
                    axes.annotate(
                        f"{label} {percent(share[-1])}",
                        (day[-1], below[-1] + share[-1] / 2), (5, 0),
                        textcoords="offset points", va="center", size=t.SIZES["small"],
                        annotation_clip=False,
                    )  # fmt: skip
                elif share.max() > 0.2:  # gone by the end: named where it was widest
                    widest = int(share.argmax())
                    axes.annotate(
                        label, (day[widest], below[widest] + share[widest] / 2), (5, 0),
                        textcoords="offset points", va="center", size=t.SIZES["small"],
                    )  # fmt: skip
                below = below + share
            for edge in ("low", "high"):
                axes.step(day, frame[edge], where="post", color=t.INK, lw=0.8, ls=(0, (2, 2)))
            axes.set_xlim(0, day[-1])
            axes.set_ylim(0, 1)
            axes.yaxis.set_major_formatter(lambda value, _: percent(value))
            axes.set_xlabel(axis_label)
    return sheet.chart
