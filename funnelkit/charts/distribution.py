"""A distribution: how likely which total is, with quantiles marked and a number to compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import numpy as np
from seaborn import histplot

from funnelkit.charts import tokens as t
from funnelkit.charts.sheet import Sheet, require
from funnelkit.words import number, percent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from funnelkit.charts.chart import Around, Chart

_MOST_BARS = 48


def distribution(
    frame: pd.DataFrame,
    *,
    marks: Sequence[tuple[float, str]] = (),
    interval: tuple[float, float] | None = None,
    interval_label: str = "",
    reference: tuple[float, str] | None = None,
    axis_label: str = "",
    share_label: str = "",
    write: Callable[[float], str] = number,
    **around: Unpack[Around],
) -> Chart:
    """Draw how likely values are: bars, darker inside the interval.

    Parameters
    ----------
    frame : DataFrame
        ``value, weight``; weights add up to 1.
    marks : sequence of (value, text)
        Quantiles, written above.
    interval : tuple of float
        Drawn darker.
    reference : (value, text), optional
        A number to compare with.
    """
    require(frame, "value", "weight")
    with Sheet(height=3.2, **around) as sheet:
        values = frame["value"].to_numpy(dtype=float)
        weights = frame["weight"].to_numpy(dtype=float)
        sheet.empty_if(not values.size or not weights.sum())
        axes = sheet.ax
        edges, heights = _bars(values, weights)
        low, high = interval or (-np.inf, np.inf)
        centres = (edges[:-1] + edges[1:]) / 2
        inside = (centres >= low) & (centres <= high)
        histplot(
            {"x": centres, "share": heights, "inside": inside}, x="x", weights="share",
            bins=list(edges), hue="inside", palette={True: t.STAGE, False: t.STAGE_LIGHT},
            alpha=1, shrink=0.92, linewidth=0, legend=False, ax=axes,
        )  # fmt: skip
        top = float(heights.max())
        ends = [edges[0], edges[-1], *([reference[0]] if reference else [])]
        room = (max(ends) - min(ends)) * 0.03
        axes.set_xlim(min(ends) - room, max(ends) + room)
        axes.set_ylim(0, top * 1.42)
        for value, text in marks:
            axes.plot([value] * 2, [0, top * 1.06], color=t.INK, lw=1)
            axes.annotate(
                text, (value, top * 1.06), (0, 3), textcoords="offset points",
                ha="center", va="bottom", size=t.SIZES["small"],
            )  # fmt: skip
        if reference:
            value, text = reference
            axes.plot([value] * 2, [0, top * 1.26], color=t.MUTED, lw=1.2, ls=(0, (4, 3)))
            left = value > sum(axes.get_xlim()) / 2
            axes.annotate(
                text, (value, top * 1.26), (-3 if left else 3, 3), textcoords="offset points",
                ha="right" if left else "left", va="bottom", size=t.SIZES["small"],
                color=t.MUTED,
            )  # fmt: skip
        axes.xaxis.set_major_formatter(lambda value, _: write(value))
        digits = 0 if top > 0.03 else 1
        axes.yaxis.set_major_formatter(lambda value, _: percent(value, digits))
        axes.set_xlabel(axis_label)
        axes.set_ylabel(share_label)
        axes.grid(axis="y")
        if interval_label:
            axes.annotate(
                interval_label, (0, 1), (4, -4), xycoords="axes fraction",
                textcoords="offset points", va="top", size=t.SIZES["small"], color=t.STAGE,
            )  # fmt: skip
    return sheet.chart


def _bars(values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gather the values in equal bars; the last thousandth on either side in the outer ones."""
    order = np.argsort(values)
    running = np.cumsum(weights[order]) / weights.sum()
    ends = np.minimum(np.searchsorted(running, [0.001, 0.999]), values.size - 1)
    low, high = (float(v) for v in values[order][ends])
    if high <= low:
        half = max(abs(low) * 0.05, 0.5)
        low, high = low - half, high + half
    bars = int(min(_MOST_BARS, max(8, np.sqrt(values.size))))
    clipped = np.clip(values, low, high)
    heights, edges = np.histogram(clipped, bars, range=(low, high), weights=weights)
    return edges, heights
