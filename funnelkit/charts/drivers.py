"""Drivers of a product: what each factor adds to or takes from a group's total."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from funnelkit.charts import theme
from funnelkit.charts import tokens as t
from funnelkit.charts.sheet import Sheet, require, wrap

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from funnelkit.charts.chart import Chart


def drivers(
    frame: pd.DataFrame,
    *,
    title: str,
    alt: str,
    axis_label: str,
    data: pd.DataFrame,
    note: str = "",
    ax: Axes | None = None,
) -> Chart:
    """Draw the factor by which each driver moves a group away from the whole.

    Parameters
    ----------
    frame : DataFrame
        ``label, driver, factor, text``: one row a group and driver; ``factor`` 1 leaves the
        total as it is, ``text`` is the driver's value as written at the bar.
    """
    require(frame, "label", "driver", "factor", "text")
    groups = list(dict.fromkeys(frame["label"]))
    names = list(dict.fromkeys(frame["driver"]))
    height = max(1, len(groups)) * len(names) * 0.24 + 0.9
    with Sheet(title=title, alt=alt, data=data, height=height, note=note, ax=ax) as sheet:
        usable = frame[np.isfinite(frame["factor"]) & (frame["factor"] > 0)]
        if usable.empty:
            sheet.empty()
        else:
            axes = sheet.ax
            shades = dict(zip(names, theme.stages(len(names)), strict=True))
            step = 1 / (len(names) + 1)
            for r in usable.to_dict("records"):
                row = (
                    groups.index(r["label"])
                    + (names.index(r["driver"]) - (len(names) - 1) / 2) * step
                )
                log = float(np.log2(r["factor"]))
                axes.barh(row, log, height=step * 0.85, color=shades[r["driver"]])
                axes.annotate(
                    f"{r['driver']} {r['text']}",
                    (log, row), (4 if log >= 0 else -4, 0), textcoords="offset points",
                    ha="left" if log >= 0 else "right", va="center",
                    size=t.SIZES["small"], color=t.INK,
                )  # fmt: skip
            edge = max(1.0, float(np.abs(np.log2(usable["factor"])).max())) * 1.1
            room = edge * 1.1
            axes.set_xlim(-edge - room, edge + room)
            ticks = list(range(-int(edge), int(edge) + 1))
            axes.set_xticks(ticks, [f"×{2.0**k:g}" for k in ticks])
            axes.axvline(0, color=t.MUTED, lw=1)
            axes.set_yticks(
                range(len(groups)), [wrap(str(g), 1.6, t.SIZES["body"]) for g in groups]
            )
            axes.set_ylim(len(groups) - 0.5, -0.5)
            axes.set_xlabel(axis_label)
            axes.spines["left"].set_visible(False)
    return sheet.chart
