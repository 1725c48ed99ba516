"""A funnel plot: every unit's rate over its size, with the limits chance alone would keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from funnelkit.charts import tokens as t
from funnelkit.charts.fonts.measured import wrap
from funnelkit.charts.marks import end_labels, percent_tick
from funnelkit.charts.sheet import Sheet, require
from funnelkit.words import count, percent

if TYPE_CHECKING:
    import pandas as pd

    from funnelkit.charts.chart import Around, Chart

_STYLES = ((0, (2, 2)), (0, (6, 2)))


def limits(
    frame: pd.DataFrame,
    *,
    bands: pd.DataFrame,
    centre: float,
    centre_label: str,
    band_labels: tuple[str, ...],
    axis_label: str,
    **around: Unpack[Around],
) -> Chart:
    """Draw units as points; only those marked take the accent and their name.

    Parameters
    ----------
    frame : DataFrame
        ``label, n, rate, mark``; optional ``mature`` (false: hollow).
    bands : DataFrame
        ``n, low_1, high_1`` and, for a second pair of limits, ``low_2, high_2``, inner first.
    band_labels : tuple of str
        One name a pair of limits.
    """
    require(frame, "label", "n", "rate", "mark")
    require(bands, "n", *[f"{e}_{k + 1}" for k in range(len(band_labels)) for e in ("low", "high")])
    with Sheet(kind="bar", height=3.8, **around) as sheet:
        drawn = frame[frame["rate"].notna() & (frame["n"] > 0)]
        sheet.empty_if(drawn.empty)
        axes = sheet.ax
        right = float(max(drawn["n"].max(), bands["n"].max()))
        last = bands.sort_values("n").iloc[-1]
        ends = [(centre, f"{centre_label} {percent(centre, 1)}")]
        for k, name in enumerate(band_labels):
            for edge in ("low", "high"):
                axes.plot(
                    bands["n"], bands[f"{edge}_{k + 1}"], color=t.MUTED, lw=1,
                    ls=_STYLES[k % 2],
                )  # fmt: skip
            ends.append((float(last[f"high_{k + 1}"]), name))
        axes.axhline(centre, color=t.STAGE_DARK, lw=1)
        for r in drawn.to_dict("records"):
            colour = t.ACCENT if r["mark"] else t.STAGE
            hollow = not r.get("mature", True)
            axes.plot(
                r["n"], r["rate"], "o", ms=7 if r["mark"] else 5, zorder=3,
                mfc=t.PAPER if hollow else colour, mec=colour,
            )  # fmt: skip
            if r["mark"]:
                left = r["n"] > 0.7 * right
                axes.annotate(
                    wrap(f"{r['label']} {percent(r['rate'], 1)}", 1.8, t.SIZES["small"]),
                    (r["n"], r["rate"]), (-7 if left else 7, 0), va="center",
                    textcoords="offset points", ha="right" if left else "left",
                    size=t.SIZES["small"], color=t.ACCENT, zorder=4,
                    bbox={"fc": t.PAPER, "ec": "none", "pad": 0.8, "alpha": 0.85},
                )  # fmt: skip
        top = max(float(drawn["rate"].max()), centre * 2, 0.01) * 1.12
        axes.set_xlim(0, right * 1.02)
        axes.set_ylim(0, min(1.02, top))
        end_labels(axes, right * 1.02, ends)
        axes.set_xlabel(axis_label)
        axes.xaxis.set_major_formatter(lambda value, _: count(value))
        axes.yaxis.set_major_formatter(percent_tick(top))
    return sheet.chart
