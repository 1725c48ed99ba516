"""A spread: what many people said, one dot each, with the middle and what is true."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Unpack

from funnelkit.charts import tokens as t
from funnelkit.charts.marks import label_rows
from funnelkit.charts.sheet import Sheet, require
from funnelkit.words import number

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes

    from funnelkit.charts.chart import Around, Chart

#: Values that lie nearer than this share of the axis are stacked.
_NEAR = 0.012
_STEP = 0.11


def spread(
    frame: pd.DataFrame,
    *,
    truth: Mapping[str, float] | None = None,
    middle_label: str = "",
    truth_label: str = "",
    **around: Unpack[Around],
) -> Chart:
    """Draw one dot a value in rows; equal ones are stacked, so that each can be counted.

    Parameters
    ----------
    frame : DataFrame
        ``row, value``: rows in the order they come first.
    truth : mapping, optional
        Row to what is true: a diamond in the accent.
    middle_label, truth_label : str
        Name the line of the median and the diamond, once.
    """
    require(frame, "row", "value")
    rows = list(dict.fromkeys(frame["row"]))
    height = max(1, len(rows)) * 0.66 + 0.5
    with Sheet(height=height, **around) as sheet:
        sheet.empty_if(frame.empty)
        axes = sheet.ax
        right = dict(truth or {})
        known = [*frame["value"].astype(float), *right.values()]
        low, high = min(0.0, *known), max(known)
        span = (high - low) or 1.0
        axes.set_xlim(low - 0.02 * span, high + 0.04 * span)
        label_rows(axes, rows)
        for place, row in enumerate(rows):
            values = sorted(frame.loc[frame["row"] == row, "value"].astype(float))
            _dots(axes, place, values, _NEAR * span)
            middle = _median(values)
            axes.plot([middle] * 2, [place - 0.36, place + 0.36], color=t.INK, lw=1.6)
            _said(axes, middle, place - 0.36, middle_label if not place else "", t.INK)
            if row in right:
                axes.plot([right[row]], [place + 0.3], marker="D", ms=7, color=t.ACCENT, zorder=4)
                _said(axes, right[row], place + 0.3, truth_label if not place else "", t.ACCENT)
        axes.xaxis.set_major_formatter(lambda value, _: number(value))
        axes.grid(axis="x")
    return sheet.chart


def _dots(ax: Axes, place: int, values: list[float], near: float) -> None:
    stacks: dict[int, int] = defaultdict(int)
    for value in values:
        stack = round(value / near)
        k = stacks[stack]
        stacks[stack] += 1
        up = min(k, 5) * _STEP * (-1 if k % 2 else 1) / 2
        ax.plot([value], [place + up], marker="o", ms=7, color=t.STAGE, alpha=0.55, mew=0)


def _median(values: list[float]) -> float:
    n = len(values)
    return (values[(n - 1) // 2] + values[n // 2]) / 2


def _said(ax: Axes, x: float, y: float, text: str, colour: str) -> None:
    if text:
        ax.annotate(
            text, (x, y), (6, 0), textcoords="offset points", size=t.SIZES["small"],
            color=colour, va="center",
        )  # fmt: skip
