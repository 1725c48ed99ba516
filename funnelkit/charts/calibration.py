"""Calibration: what was foretold against what came true, group by group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from funnelkit.charts import tokens as t
from funnelkit.charts.sheet import Sheet, require
from funnelkit.words import count, percent

if TYPE_CHECKING:
    import pandas as pd

    from funnelkit.charts.chart import Around, Chart

#: A label is this share of the axis wide.
_CLOSE = 0.14


def calibration(
    frame: pd.DataFrame,
    *,
    axis_labels: tuple[str, str],
    perfect_label: str,
    number_label: str,
    **around: Unpack[Around],
) -> Chart:
    """Draw one point a group of forecasts; on the diagonal they came true as often as said.

    Parameters
    ----------
    frame : DataFrame
        ``predicted, observed, low, high, n``, shares in [0, 1].
    axis_labels : tuple of str
        Foretold, came true.
    """
    require(frame, "predicted", "observed", "low", "high", "n")
    with Sheet(height=4.4, width=5.6, **around) as sheet:
        drawn = frame[frame["observed"].notna()]
        sheet.empty_if(drawn.empty)
        axes = sheet.ax
        axes.plot([0, 1], [0, 1], color=t.MUTED, lw=1, ls=(0, (4, 3)))
        top = float(drawn[["predicted", "observed", "high"]].max().max())
        edge = next(step for step in (0.1, 0.25, 0.5, 1.0) if top <= step or step == 1.0)
        axes.annotate(
            perfect_label, (edge * 0.97, edge * 0.97), (0, -6), textcoords="offset points",
            ha="right", va="top", rotation=45, rotation_mode="anchor",
            size=t.SIZES["small"], color=t.MUTED,
        )  # fmt: skip
        last, above = -1.0, True
        for r in drawn.sort_values("predicted").to_dict("records"):
            # side by side below the lines, numbers would be written over each other
            above = not above and r["predicted"] - last < _CLOSE * edge
            last = r["predicted"]
            off = not r["low"] <= r["predicted"] <= r["high"]
            colour = t.ACCENT if off else t.STAGE
            axes.plot([r["predicted"]] * 2, [r["low"], r["high"]], color=colour, lw=1.8)
            axes.plot(r["predicted"], r["observed"], "o", ms=6, color=colour)
            axes.annotate(
                f"{number_label} {count(r['n'])}",
                (r["predicted"], r["high"] if above else r["low"]), (0, 3 if above else -3),
                textcoords="offset points", va="bottom" if above else "top", ha="center",
                size=7, color=t.MUTED,
            )  # fmt: skip
        axes.set_xlim(0, edge * 1.02)
        axes.set_ylim(-0.06 * edge, edge * 1.02)
        axes.set_aspect("equal")
        axes.set_xlabel(axis_labels[0])
        axes.set_ylabel(axis_labels[1])
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(lambda value, _: percent(value) if value >= 0 else "")
        axes.grid()
    return sheet.chart
