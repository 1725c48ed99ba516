"""Competing shares over time, stacked to one, with the interval of the first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import numpy as np

from funnelkit.charts import theme
from funnelkit.charts import tokens as t
from funnelkit.charts.fonts.measured import wrap
from funnelkit.charts.marks import end_labels, percent_tick
from funnelkit.charts.sheet import Sheet, require
from funnelkit.words import percent

if TYPE_CHECKING:
    import pandas as pd

    from funnelkit.charts.chart import Around, Chart


def stacked_shares(
    frame: pd.DataFrame,
    *,
    labels: dict[str, str],
    axis_label: str,
    **around: Unpack[Around],
) -> Chart:
    """Draw shares that add up to one on every day, the first with its interval.

    Parameters
    ----------
    frame : DataFrame
        ``day``, one column a key of ``labels`` (bottom first), ``low``, ``high``.
    """
    require(frame, "day", "low", "high", *labels)
    with Sheet(kind="line", height=3.4, **around) as sheet:
        sheet.empty_if(frame.empty)
        axes = sheet.ax
        below = np.zeros(len(frame))
        ends: list[tuple[float, str]] = []
        day = frame["day"].to_numpy(dtype=float)
        for key, label in labels.items():
            share = frame[key].to_numpy(dtype=float)
            axes.fill_between(
                day, below, below + share, color=theme.outcome(key), lw=0, step="post"
            )
            if share[-1] > 0.005:
                ends.append((float(below[-1] + share[-1] / 2), f"{label} {percent(share[-1])}"))
            elif share.max() > 0.2:  # gone by the end: named where it was widest
                widest = int(np.argmax(share))
                axes.annotate(
                    label, (day[widest], below[widest] + share[widest] / 2), (5, 0),
                    textcoords="offset points", va="center", size=t.SIZES["small"],
                )  # fmt: skip
            below = below + share
        for edge in ("low", "high"):
            axes.step(day, frame[edge], where="post", color=t.INK, lw=0.8, ls=(0, (2, 2)))
        axes.set_xlim(0, float(day[-1]) or 1.0)
        axes.set_ylim(0, 1)
        end_labels(axes, float(day[-1]), ends)
        axes.yaxis.set_major_formatter(lambda value, _: percent(value))
        axes.set_xlabel(axis_label)
    return sheet.chart


def lines(
    frame: pd.DataFrame,
    *,
    axis_label: str,
    **around: Unpack[Around],
) -> Chart:
    """Draw one rising line a group, named at its end, each with its interval.

    Parameters
    ----------
    frame : DataFrame
        ``label, day, rate, low, high``.
    """
    require(frame, "label", "day", "rate", "low", "high")
    names = list(dict.fromkeys(frame["label"]))
    with Sheet(height=max(3.4, 0.2 * len(names)), **around) as sheet:
        drawn = frame[frame["rate"].notna()]
        sheet.empty_if(drawn.empty)
        axes = sheet.ax
        shades = theme.strokes(len(names))
        faint = 0.12 if len(names) <= 6 else 0.04  # many bands would hide the lines
        ends = []
        for name, shade in zip(names, shades, strict=False):
            part = drawn[drawn["label"] == name]
            if part.empty:
                continue
            day = part["day"].to_numpy(dtype=float)
            axes.fill_between(
                day, part["low"], part["high"], color=shade, alpha=faint, lw=0, step="post"
            )
            axes.step(day, part["rate"], where="post", color=shade, lw=1.8)
            last = float(part["rate"].iloc[-1])
            shown = wrap(str(name), 1.4, t.SIZES["small"], lines=1)
            ends.append((last, f"{shown} {percent(last, 1)}"))
        top = max(float(drawn["high"].max()), float(drawn["rate"].max()), 0.01)
        axes.set_xlim(0, float(drawn["day"].max()) or 1.0)
        axes.set_ylim(0, min(1.0, top * 1.08))
        end_labels(axes, axes.get_xlim()[1], ends)
        axes.yaxis.set_major_formatter(percent_tick(axes.get_ylim()[1]))
        axes.grid(axis="y")
        axes.set_xlabel(axis_label)
    return sheet.chart
