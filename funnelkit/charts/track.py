"""A track record: what was foretold, with its interval, and what came, period by period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from funnelkit.charts import tokens as t
from funnelkit.charts.marks import period_ticks
from funnelkit.charts.sheet import Sheet, require
from funnelkit.words import number

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from funnelkit.charts.chart import Around, Chart


def track(
    frame: pd.DataFrame,
    *,
    forecast_label: str,
    actual_label: str,
    write: Callable[[float], str] = number,
    **around: Unpack[Around],
) -> Chart:
    """Draw one interval a period with what came in it; a miss is a diamond in the colour of a loss.

    Parameters
    ----------
    frame : DataFrame
        ``period`` (label), ``middle, low, high, actual``; a period without a forecast is nan.
    """
    require(frame, "period", "middle", "low", "high", "actual")
    with Sheet(kind="line", height=3.2, **around) as sheet:
        sheet.empty_if(frame.empty or bool(frame["actual"].isna().all()))
        axes = sheet.ax
        at = range(len(frame))
        wide = max(2.0, min(14.0, 190 / len(frame)))
        for x, r in zip(at, frame.to_dict("records"), strict=True):
            if r["middle"] == r["middle"]:
                axes.plot(
                    [x, x], [r["low"], r["high"]], color=t.STAGE_LIGHT, lw=wide,
                    solid_capstyle="butt",
                )  # fmt: skip
                axes.plot(
                    [x - 0.22, x + 0.22], [r["middle"]] * 2, color=t.STAGE, lw=2,
                    solid_capstyle="butt",
                )  # fmt: skip
            missed = not r["low"] <= r["actual"] <= r["high"]
            missed = missed and r["middle"] == r["middle"]
            colour = t.OUTCOMES["lost"] if missed else t.INK
            shape = "D" if missed else "o"
            axes.plot(x, r["actual"], shape, ms=5.5, color=colour, zorder=3)
        axes.plot([], [], color=t.STAGE_LIGHT, lw=8, label=forecast_label)
        axes.plot([], [], "o", ms=5.5, color=t.INK, label=actual_label)
        axes.legend(
            loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False,
            fontsize=t.SIZES["small"], borderaxespad=0.2,
        )  # fmt: skip
        period_ticks(axes, frame["period"])
        axes.set_xlim(-0.6, len(frame) - 0.4)
        top = float(frame[["high", "actual"]].max().max())
        axes.set_ylim(0, top * 1.06 or 1)
        axes.yaxis.set_major_formatter(lambda value, _: write(value))
        axes.grid(axis="y")
    return sheet.chart
