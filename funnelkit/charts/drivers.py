"""Drivers of a product: what each factor adds to or takes from a group's total."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from funnelkit.charts import theme
from funnelkit.charts import tokens as t
from funnelkit.charts.fonts.measured import text_width, wrap
from funnelkit.charts.sheet import Sheet, require

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from funnelkit.charts.chart import Around, Chart


def drivers(
    frame: pd.DataFrame,
    *,
    axis_label: str,
    **around: Unpack[Around],
) -> Chart:
    """Draw the factor by which each driver moves a group away from the typical one.

    A single group has nothing to be compared with: its drivers are written as the equation.

    Parameters
    ----------
    frame : DataFrame
        ``label, driver, factor, text``: one row a group and driver; ``factor`` 1 leaves the
        total as it is, ``text`` is the driver's value as written at the bar. Optional
        ``divides`` (bool): this driver stands under the line of the equation.
    """
    require(frame, "label", "driver", "factor", "text")
    groups = list(dict.fromkeys(frame["label"]))
    names = list(dict.fromkeys(frame["driver"]))
    alone = len(groups) == 1
    height = 1.1 if alone else max(1, len(groups)) * (len(names) * 0.2 + 0.15) + 0.9
    with Sheet(height=height, **around) as sheet:
        usable = frame[np.isfinite(frame["factor"]) & (frame["factor"] > 0)]
        sheet.empty_if(usable.empty)
        if alone:
            _equation(sheet.ax, frame.to_dict("records"))
        else:
            _compare(sheet.ax, usable, groups, names)
            sheet.ax.set_xlabel(axis_label)
    return sheet.chart


def _compare(ax: Axes, frame: pd.DataFrame, groups: list[str], names: list[str]) -> None:
    shades = dict(zip(names, theme.stages(len(names)), strict=True))
    step = 1 / (len(names) + 0.8)
    width = 0.0
    for r in frame.to_dict("records"):
        row = groups.index(r["label"]) + (names.index(r["driver"]) - (len(names) - 1) / 2) * step
        log = float(np.log2(r["factor"]))
        ax.barh(row, log, height=step * 0.85, color=shades[r["driver"]])
        text = f"{r['driver']} {r['text']}"
        width = max(width, text_width(text, t.SIZES["small"]))
        ax.annotate(
            text, (log, row), (4 if log >= 0 else -4, 0), textcoords="offset points",
            ha="left" if log >= 0 else "right", va="center", size=t.SIZES["small"],
        )  # fmt: skip
    for edge in range(1, len(groups)):
        ax.axhline(edge - 0.5, color=t.RULE, lw=0.6)
    # Room for the longest text on both sides of the longest bar, in units of the axis.
    reach = max(1.0, float(np.abs(np.log2(frame["factor"])).max())) * 1.05
    drawn = t.WIDTH - 1.9
    half = reach / max(0.25, 1 - 2 * (width + 0.1) / drawn)
    ax.set_xlim(-half, half)
    ticks = list(range(-int(reach), int(reach) + 1))
    every = max(1, -(-len(ticks) // 6))
    ticks = [k for k in ticks if k % every == 0]
    ax.set_xticks(ticks, [f"×{2.0**k:g}" for k in ticks])
    ax.axvline(0, color=t.MUTED, lw=1)
    ax.set_yticks(range(len(groups)), [_name(g) for g in groups])
    ax.set_ylim(len(groups) - 0.5, -0.5)
    ax.spines["left"].set_visible(False)


def _name(group: str) -> str:
    """Shorten the first line, never the total below it."""
    name, _, total = str(group).partition("\n")
    short = wrap(name, 1.6, t.SIZES["body"])
    return f"{short}\n{total}" if total else short


def _equation(ax: Axes, records: list[dict[Any, Any]]) -> None:
    """Write the drivers of the only group as boxes: a × b × c ÷ d = total."""
    ax.set_axis_off()
    ax.set_xlim(0, len(records) + 1)
    ax.set_ylim(0, 1)
    name, _, total = str(records[0]["label"]).partition("\n")
    boxes = [(str(r["text"]), str(r["driver"]), bool(r.get("divides"))) for r in records]
    boxes.append((total or name, name if total else "", False))
    room = (t.WIDTH - 0.6) / len(boxes) - 0.3
    for k, (value, text, divides) in enumerate(boxes):
        last = k == len(boxes) - 1
        if k:
            sign = "=" if last else "÷" if divides else "×"
            ax.text(k, 0.55, sign, ha="center", va="center", size=t.SIZES["title"], color=t.MUTED)
        size = t.SIZES["title"]
        while text_width(value, size) > room and size > 7:
            size -= 0.5
        colour = t.ACCENT if last else t.STAGE_DARK
        ax.text(k + 0.5, 0.68, value, ha="center", va="center", size=size, color=colour)
        ax.text(
            k + 0.5, 0.42, wrap(text, room, t.SIZES["small"], lines=3), ha="center", va="top",
            size=t.SIZES["small"], color=t.MUTED,
        )  # fmt: skip
