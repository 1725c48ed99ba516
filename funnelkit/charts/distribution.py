"""A distribution as twenty dots: each an equally likely total, beside what is to be reached."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Unpack

import numpy as np

from funnelkit.charts import tokens as t
from funnelkit.charts.sheet import Sheet, require
from funnelkit.show.chart_table import round_ticks
from funnelkit.show.column import COUNT, RATE, Column, Unit
from funnelkit.show.dots import DOTS, DotPlot, Dots, stacked
from funnelkit.show.table import Table
from funnelkit.words import number, say

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from matplotlib.axes import Axes

    from funnelkit.charts.chart import Around, Chart

_BAND = (0.1, 0.5, 0.9)
_MOST_BARS = 48


def distribution(
    frame: pd.DataFrame,
    *,
    mark: tuple[float, str] | None = None,
    write: Callable[[float], str] = number,
    unit: Unit = COUNT,
    **around: Unpack[Around],
) -> Chart:
    """Draw how likely totals are: twenty dots, the 80% range with the median below them.

    Parameters
    ----------
    frame : DataFrame
        ``value, weight``; weights add up to 1.
    mark : (float, str), optional
        What is to be reached, and what it is called; dots that reach it are darker.
    write : callable
        How a total is written.
    unit : Unit
        What the totals are, in the table a workbook and slides draw as columns.
    """
    require(frame, "value", "weight")
    edges = heights = np.zeros(0)
    with Sheet(height=2.6, **around) as sheet:
        values, weights = (frame[name].to_numpy(dtype=float) for name in ("value", "weight"))
        sheet.empty_if(not values.size or not weights.sum())
        edges, heights = _bars(values, weights)
        outcomes = _quantiles(values, weights, (np.arange(DOTS) + 0.5) / DOTS)
        low, middle, high = _quantiles(values, weights, np.array(_BAND))
        dots = stacked(outcomes, mark and mark[0])
        words = {"yes": say("charts.dots_yes"), "no": say("charts.dots_no")}
        if mark is None:
            words = {"yes": say("charts.dots_each")}
        words["band"] = say("charts.dots_band")
        ticks = [(x, write(x)) for x in round_ticks(dots.high, 4)]
        band = (low, middle, high)
        told = say("charts.dots_told", low=write(low), middle=write(middle), high=write(high))
        if mark is not None:
            n = sum(x >= mark[0] for x, _ in dots.places)
            told = say("charts.dots_reach", n=n, what=mark[1], rest=told)
        sheet.rows = DotPlot(dots, band, mark, ticks, told, words)
        _draw(sheet.ax, dots, band, mark)
        sheet.ax.set_xticks([x for x, _ in ticks], [text for _, text in ticks])
        sheet.ax.set_xlabel(say("charts.dots_each"))
    if not heights.size:
        return sheet.chart
    heads = [Column(say("charts.bin_from"), unit), Column(say("charts.bin_to"), unit),
             Column(say("charts.bin_share"), RATE, "share")]  # fmt: skip
    rows = list(zip(edges[:-1], edges[1:], heights, strict=True))
    shares = Table(heads, rows, say("charts.bins", title=around["title"]), drawn=("share",))
    return replace(sheet.chart, redrawn=(shares, "columns"))


def _quantiles(values: np.ndarray, weights: np.ndarray, at: np.ndarray) -> list[float]:
    """Return the smallest values that at least these shares do not exceed."""
    order = np.argsort(values)
    running = np.cumsum(weights[order]) / weights.sum()
    places = np.minimum(np.searchsorted(running, at - 1e-12), values.size - 1)
    return [float(v) for v in values[order][places]]


def _draw(ax: Axes, dots: Dots, band: tuple[float, ...], mark: tuple[float, str] | None) -> None:
    reaches = [mark is None or x >= mark[0] for x, _ in dots.places]
    ax.scatter(
        [x for x, _ in dots.places], [k + 0.5 for _, k in dots.places],
        s=max(24.0, 140.0 * min(1.0, 8 / dots.tallest)), linewidth=0.8,
        c=[t.STAGE if yes else t.STAGE_LIGHT for yes in reaches],
        edgecolors=[t.STAGE if yes else t.STROKE_LIGHT for yes in reaches],
    )  # fmt: skip
    high = max(dots.tallest, 6)
    low, middle, end = band
    ax.plot([low, end], [-0.35] * 2, color=t.STAGE_LIGHT, lw=5, solid_capstyle="butt")
    ax.plot([middle] * 2, [-0.6, -0.1], color=t.STAGE_DARK, lw=2)
    if mark:
        ax.plot([mark[0]] * 2, [0, high + 0.3], color=t.INK, lw=1.4)
        ax.annotate(
            mark[1], (mark[0], high + 0.3), (0, 3), textcoords="offset points", ha="center",
            va="bottom", size=t.SIZES["small"], annotation_clip=False,
        )  # fmt: skip
    ax.set_xlim(dots.low, dots.high)
    ax.set_ylim(-0.8, high + 1.2)
    ax.axhline(0, color=t.MUTED, lw=0.8)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)


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
