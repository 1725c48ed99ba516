"""Flows between places: bands as wide as the number that took them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from funnelkit.charts import theme
from funnelkit.charts import tokens as t
from funnelkit.charts.sheet import Sheet, require, wrap
from funnelkit.words import count

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from funnelkit.charts.chart import Chart

_BAR = 0.16  # width of a place, in columns
_GAP = 0.05  # between places in a column, as a share of the height


def flow(
    frame: pd.DataFrame,
    *,
    places: pd.DataFrame,
    title: str,
    alt: str,
    data: pd.DataFrame,
    note: str = "",
    ax: Axes | None = None,
) -> Chart:
    """Draw bands from place to place, left to right.

    Parameters
    ----------
    frame : DataFrame
        ``start, end, n``: keys of places. Moves to an earlier column are written
        as a number under the place they left.
    places : DataFrame
        ``key, label, column, colour``: one row a place; ``colour`` is ``stage`` or the name
        of an outcome. Places of a column stand in the order of the rows.
    """
    require(frame, "start", "end", "n")
    require(places, "key", "label", "column", "colour")
    with Sheet(title=title, alt=alt, data=data, height=4.4, note=note, ax=ax) as sheet:
        if frame.empty or not frame["n"].sum():
            sheet.empty()
        else:
            _draw(sheet.ax, frame, places)
    return sheet.chart


def _draw(ax: Axes, frame: pd.DataFrame, places: pd.DataFrame) -> None:
    column = dict(zip(places["key"], places["column"], strict=True))
    through = {
        key: float(
            max(
                frame.loc[frame["start"] == key, "n"].sum(),
                frame.loc[frame["end"] == key, "n"].sum(),
            )
        )
        for key in places["key"]
    }
    shown = places[[through[k] > 0 for k in places["key"]]]
    most = max(sum(through[k] for k in part["key"]) for _, part in shown.groupby("column"))
    longest = max(len(part) for _, part in shown.groupby("column"))
    scale = (1 - _GAP * (longest - 1)) / most
    top: dict[str, float] = {}
    for _, part in shown.groupby("column"):
        y = 1.0
        for key in part["key"]:
            top[key] = y
            y -= through[key] * scale + _GAP
    stage_shades = theme.stages(max(2, int((shown["colour"] == "stage").sum())))
    colours, used = {}, 0
    for key, colour in zip(shown["key"], shown["colour"], strict=True):
        if colour == "stage":
            colours[key] = stage_shades[used]
            used += 1
        else:
            colours[key] = theme.outcome(colour)
    out, into = dict(top), dict(top)
    order = {key: k for k, key in enumerate(shown["key"])}
    bands = frame[frame["n"] > 0].assign(a=frame["start"].map(order), b=frame["end"].map(order))
    back: dict[str, float] = {}
    for row in bands.sort_values(["a", "b"]).to_dict("records"):
        start, end, n = row["start"], row["end"], float(row["n"])
        width = n * scale
        if column[end] <= column[start]:
            # a band against the stream would hide the others: its number is written instead
            back[start] = back.get(start, 0) + n
        else:
            _band(
                ax, (column[start] + _BAR, out[start], column[end], into[end]), width, colours[end]
            )
            into[end] -= width
        out[start] -= width
    last = max(column.values())
    for key, label in zip(shown["key"], shown["label"], strict=True):
        size = through[key] * scale
        ax.add_patch(
            Rectangle((column[key], top[key] - size), _BAR, size, facecolor=colours[key], lw=0)
        )
        at_end = column[key] == last
        text = wrap(str(label), 1.1, t.SIZES["small"], lines=2)
        ax.annotate(
            f"{text}\n{count(through[key])}",
            (
                column[key] + (_BAR if at_end else 0),
                top[key] if not at_end else top[key] - size / 2,
            ),
            (4 if at_end else 0, 0 if at_end else 4),
            textcoords="offset points",
            va="center" if at_end else "bottom",
            ha="left",
            size=t.SIZES["small"],
            annotation_clip=False,
        )
    for key, n in back.items():
        ax.annotate(
            f"← {count(n)}",
            (column[key] + _BAR / 2, top[key] - through[key] * scale), (0, -4),
            textcoords="offset points", ha="center", va="top",
            size=t.SIZES["small"], color=t.ACCENT, annotation_clip=False,
        )  # fmt: skip
    ax.set_xlim(-0.02, last + _BAR + 0.75)
    ax.set_ylim(-0.03, 1.13)
    ax.set_axis_off()


def _band(ax: Axes, ends: tuple[float, float, float, float], width: float, colour: str) -> None:
    """Draw one band from left to right."""
    x0, y0, x1, y1 = ends
    middle = (x0 + x1) / 2
    points = [
        (x0, y0), (middle, y0), (middle, y1), (x1, y1),
        (x1, y1 - width), (middle, y1 - width), (middle, y0 - width), (x0, y0 - width), (x0, y0),
    ]  # fmt: skip
    codes = [Path.MOVETO] + [Path.CURVE4] * 3 + [Path.LINETO] + [Path.CURVE4] * 3 + [Path.CLOSEPOLY]
    ax.add_patch(PathPatch(Path(points, codes), facecolor=colour, alpha=0.45, lw=0))
