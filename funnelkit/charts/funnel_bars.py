"""Bars that narrow: how many there are at each step and what share went on."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Unpack

from funnelkit.charts import theme
from funnelkit.charts import tokens as t
from funnelkit.charts.fonts.measured import wrap
from funnelkit.charts.marks import label_rows, no_scale, text_columns
from funnelkit.charts.sheet import Sheet, require
from funnelkit.show.chart_rows import as_texts, in_rows
from funnelkit.show.chart_table import Axis, Mark
from funnelkit.words import count, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from funnelkit.charts.chart import Around, Chart


def funnel_bars(
    frame: pd.DataFrame,
    *,
    headings: Sequence[str],
    **around: Unpack[Around],
) -> Chart:
    """Draw one bar a step, with its number, step rate and interval beside it.

    The whisker at a bar's end is the interval of its step rate, as a number of the step before.

    Parameters
    ----------
    frame : DataFrame
        ``label, n, rate, low, high``; the part of each bar that is still open in ``open``.
        Optional ``group``: a block of bars each, on a scale of its own so that shapes compare,
        and ``overall``, the share of the first step.
    headings : sequence of str
        Over the columns: number, rate, interval and, with ``overall``, share of the first step.
    """
    require(frame, "label", "n", "rate", "low", "high", "open")
    groups = list(dict.fromkeys(frame["group"])) if "group" in frame else []
    slots = len(frame) + len(groups)
    height = max(1, slots) * (t.ROW if len(groups) < 2 else t.ROW * 0.72) + 0.35
    with Sheet(kind="bar", height=height, **around) as sheet:
        sheet.empty_if(frame.empty or not frame["n"].max())
        rows = _rows(frame, groups)
        _bars(sheet.ax, rows)
        columns = _texts(sheet.ax, rows, headings)
        if not groups:  # several funnels have scales of their own
            plots = [_marks(k, r, len(rows)) for k, r in enumerate(rows)]
            most = float(rows[0]["most"])
            labels = [str(r["label"]) for r in rows]
            sheet.rows = in_rows(labels, as_texts(headings, columns), plots, Axis(0.0, most))
    return sheet.chart


def _rows(frame: pd.DataFrame, groups: list[Any]) -> list[dict[Any, Any]]:
    """List what stands on each line; a group begins with a line that holds its name."""
    if not groups:
        return _block(frame)
    rows: list[dict[Any, Any]] = []
    for group in groups:
        rows.append({"head": str(group)})
        rows += _block(frame[frame["group"] == group])
    return rows


def _block(part: pd.DataFrame) -> list[dict[Any, Any]]:
    records: list[dict[Any, Any]] = part.to_dict("records")
    most = max(float(part["n"].max()), 1.0)
    for record, shade in zip(records, theme.stages(len(records)), strict=True):
        record["colour"], record["most"] = shade, most
    for earlier, later in pairwise(records):
        later["before"] = earlier["n"]
    return records


def _bars(ax: Axes, rows: list[dict[Any, Any]]) -> None:
    for y, r in enumerate(rows):
        if "head" in r:
            continue
        n, still, most = r["n"] / r["most"], r["open"] / r["most"], r["most"]
        ax.barh(y, n, height=0.72, color=r["colour"], edgecolor="none")
        if still:
            # still open: hollow, the deal may yet go on
            ax.barh(
                y, still, left=n - still, height=0.72, color=t.PAPER, edgecolor=t.MUTED,
                hatch=theme.HATCH, linewidth=0.4,
            )  # fmt: skip
        # Under rules that count skips apart, the bar is not its rate of the bar before.
        if r["low"] == r["low"] and abs(r["rate"] * r.get("before", 0) - r["n"]) < 1:
            ends = [r["before"] * r["low"] / most, r["before"] * r["high"] / most]
            ax.plot(ends, [y, y], "|", color=t.PAPER, ms=7, mew=3)
            ax.plot(ends, [y, y], color=t.PAPER, lw=3)  # a halo, to be seen on a dark bar
            ax.plot(ends, [y, y], color=t.INK, lw=1.2, solid_capstyle="butt", gid="interval")
            ax.plot(ends, [y, y], "|", color=t.INK, ms=5)
    ax.set_xlim(0, 1.02)
    no_scale(ax)


def _marks(place: int, r: dict[Any, Any], steps: int) -> list[Mark]:
    shade = round(5 * place / max(steps - 1, 1))
    n, still = float(r["n"]), float(r["open"] or 0)
    bar = Mark("bar", f"step fk-f{shade}", 0.0, n)
    return [bar, Mark("bar", "wait", n - still, n)] if still else [bar]


def _texts(ax: Axes, rows: list[dict[Any, Any]], headings: Sequence[str]) -> list[list[str]]:
    """Write the columns beside the bars and return them."""
    label_rows(ax, ["" if "head" in r else str(r["label"]) for r in rows])
    for y, r in enumerate(rows):
        if "head" in r:
            ax.annotate(
                wrap(r["head"], 4, t.SIZES["label"], lines=1), (0, y), (0, -2),
                textcoords="offset points", va="center", size=t.SIZES["label"], color=t.INK,
            )  # fmt: skip
    counts, shares, intervals, overall = [], [], [], []
    for r in rows:
        bar = "head" not in r
        known = bar and r["rate"] == r["rate"]
        counts.append(count(r["n"]) if bar else "")
        shares.append(percent(r["rate"]) if known else "")
        intervals.append(f"{percent(r['low'])}–{percent(r['high'])}" if known else "")
        whole = r.get("overall") if bar else None
        overall.append(percent(whole, 1) if whole is not None and whole == whole else "")
    columns = [counts, shares, intervals, overall]
    text_columns(ax, headings, columns)
    return columns
