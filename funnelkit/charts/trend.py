"""A measure over time: the line, its interval, and hollow points that will still change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import numpy as np

from funnelkit.charts import theme
from funnelkit.charts import tokens as t
from funnelkit.charts.fonts.measured import wrap
from funnelkit.charts.marks import end_labels, period_ticks
from funnelkit.charts.sheet import Sheet, require
from funnelkit.words import count, number

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from matplotlib.axes import Axes

    from funnelkit.charts.chart import Around, Chart


def trend(
    frame: pd.DataFrame,
    *,
    number_label: str = "",
    axis_label: str = "",
    write: Callable[[float], str] = number,
    target: float | None = None,
    target_label: str = "",
    **around: Unpack[Around],
) -> Chart:
    """Draw one line a series over periods in the order given.

    Parameters
    ----------
    frame : DataFrame
        ``period`` (label), ``value, low, high, n, mature``; optional ``series`` (up to six, named
        at the end of the line). A value of nan breaks the line.
    number_label : str
        Stands before the numbers under the periods; the numbers are left out without it.
    axis_label : str
        Over the vertical axis.
    write : callable
        How values are written.
    target : float, optional
        A line to compare with.
    """
    require(frame, "period", "value", "low", "high", "n", "mature")
    with Sheet(kind="line", height=3.2, **around) as sheet:
        known = frame[frame["value"].notna()]
        sheet.empty_if(known.empty)
        axes = sheet.ax
        periods = list(dict.fromkeys(frame["period"]))
        names = list(dict.fromkeys(frame["series"])) if "series" in frame else [""]
        shades = theme.strokes(len(names))
        ends = []
        for name, shade in zip(names, shades, strict=True):
            part = frame[frame["series"] == name] if name else frame
            _line(axes, part, [periods.index(p) for p in part["period"]], shade)
            last = part["value"].dropna()
            if not last.empty:
                shown = wrap(str(name), 1.4, t.SIZES["small"], lines=1)
                text = f"{shown} {write(float(last.iloc[-1]))}".strip()
                ends.append((float(last.iloc[-1]), text))
        limits = [*known["value"], *known["low"].dropna(), *known["high"].dropna()]
        if target is not None:
            limits.append(target)
            axes.axhline(target, color=t.MUTED, lw=1, ls=(0, (4, 3)))
            axes.annotate(
                target_label, (0, target), (2, 3), xycoords=("axes fraction", "data"),
                textcoords="offset points", size=t.SIZES["small"], color=t.MUTED,
            )  # fmt: skip
        low, high = min(0.0, *limits), max(limits)
        axes.set_ylim(low, low + (high - low or 1.0) * 1.08)
        axes.set_xlim(-0.4, len(periods) - 0.6)
        sizes = frame.groupby("period", sort=False)["n"].sum()
        lines = [f"\n{number_label} {count(sizes[p])}" if number_label else "" for p in periods]
        period_ticks(axes, [f"{p}{line}" for p, line in zip(periods, lines, strict=True)])
        axes.yaxis.set_major_formatter(lambda value, _: write(value))
        axes.set_ylabel(axis_label)
        axes.grid(axis="y")
        end_labels(axes, axes.get_xlim()[1], ends)
    return sheet.chart


def _line(ax: Axes, part: pd.DataFrame, x: list[int], colour: str) -> None:
    value, mature = part["value"].to_numpy(dtype=float), part["mature"].to_numpy(dtype=bool)
    at = np.array(x)
    ax.fill_between(
        at, part["low"].astype(float), part["high"].astype(float), color=colour, alpha=0.15, lw=0
    )
    ax.plot(at, np.where(mature, value, np.nan), color=colour, lw=1.8)
    # The way to an immature point is dashed: it starts at the last mature one.
    soft = ~mature | np.append(~mature[1:], False)
    ax.plot(at, np.where(soft, value, np.nan), color=colour, lw=1.2, ls=(0, (3, 2)))
    ax.plot(at[mature], value[mature], "o", ms=5, color=colour)
    ax.plot(at[~mature], value[~mature], "o", ms=5.5, mfc=t.PAPER, mec=colour, mew=1.3)
