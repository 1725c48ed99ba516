"""Flows through steps: what goes on runs along the top, what leaves drops into a lane below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Unpack

from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from funnelkit.charts import theme
from funnelkit.charts import tokens as t
from funnelkit.charts.fonts.measured import wrap
from funnelkit.charts.sheet import Sheet, require
from funnelkit.words import count, percent

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from funnelkit.charts.chart import Around, Chart

_BAR = 0.14  # width of a step, in columns
_EXIT = 0.5  # where the block of those who leave stands, in columns after the step
_BLOCK = 0.08
_LANE = 0.085  # room a lane keeps for two lines of text, as a share of the height
_ARC = 0.07  # room above the steps for bands that skip one


def flow(
    frame: pd.DataFrame,
    *,
    places: pd.DataFrame,
    **around: Unpack[Around],
) -> Chart:
    """Draw bands as wide as the number that took them, left to right.

    Parameters
    ----------
    frame : DataFrame
        ``start, end, n``: keys of places. Skips arch over the top; returns are given as a
        number below the step they leave.
    places : DataFrame
        ``key, label, column, colour``: one row a place in order; ``colour`` is ``stage`` or the
        name of an outcome. Outcomes other than ``won`` get a lane of their own.
    """
    require(frame, "start", "end", "n")
    require(places, "key", "label", "column", "colour")
    with Sheet(height=4.4, **around) as sheet:
        sheet.empty_if(frame.empty or not frame["n"].sum())
        _draw(sheet.ax, frame[frame["n"] > 0], places)
    return sheet.chart


@dataclass
class _Step:
    """A step on the top line, and how much of its edges is taken."""

    x: float
    size: float
    colour: str
    label: str
    out: float = 1.0
    into: float = 1.0


def _draw(ax: Axes, frame: pd.DataFrame, places: pd.DataFrame) -> None:
    sent = frame.groupby("start")["n"].sum().to_dict()
    got = frame.groupby("end")["n"].sum().to_dict()
    used = places[[k in sent or k in got for k in places["key"]]]
    lanes = used[used["colour"].isin(theme.LANES)]
    line = used[~used["colour"].isin(theme.LANES)]
    columns = {c: i for i, c in enumerate(sorted(set(line["column"])))}
    through = {k: float(max(sent.get(k, 0), got.get(k, 0))) for k in line["key"]}
    widest = frame[frame["end"].isin(lanes["key"])].groupby("end")["n"].max()
    # One scale for steps and lanes: a band is as thick where it leaves as where it ends.
    height = 1 - _LANE * len(lanes) - 0.05
    scale = height / (max(through.values()) + float(widest.sum()))

    shades = theme.stages(max(2, int((line["colour"] == "stage").sum())))
    steps: dict[str, _Step] = {}
    for row in line.to_dict("records"):
        own = shades[len(steps)] if row["colour"] == "stage" else theme.outcome(row["colour"])
        key = row["key"]
        steps[key] = _Step(columns[row["column"]], through[key] * scale, own, str(row["label"]))

    skips = _along(ax, frame, steps, scale)
    _lanes(ax, frame, steps, lanes, {str(k): float(n) for k, n in sent.items()}, scale)
    _returns(ax, frame, steps)
    lift = _ARC if skips else 0.0
    narrow = 0.9 * (t.WIDTH - 1) / (len(columns) + 0.6)
    for key, step in steps.items():
        ax.add_patch(Rectangle((step.x, 1 - step.size), _BAR, step.size, fc=step.colour, lw=0))
        ax.annotate(
            f"{wrap(step.label, narrow, t.SIZES['small'], lines=3)}\n{count(through[key])}",
            (step.x, 1 + lift), (0, 3), textcoords="offset points", va="bottom", ha="left",
            size=t.SIZES["small"], linespacing=1.25,
        )  # fmt: skip
    ax.set_xlim(-0.02, max(columns.values()) + _BAR + 0.35)
    ax.set_ylim(0, 1 + lift)
    ax.set_axis_off()


def _along(ax: Axes, frame: pd.DataFrame, steps: dict[str, _Step], scale: float) -> bool:
    """Draw bands between steps; return whether any skips one."""
    moves = [r for r in frame.to_dict("records") if r["start"] in steps and r["end"] in steps]
    ahead = [r for r in moves if steps[r["end"]].x > steps[r["start"]].x]
    # Long ways first: they take the top edge, so that arches do not cut through other bands.
    ahead.sort(key=lambda r: steps[r["start"]].x - steps[r["end"]].x)
    skips = False
    for r in ahead:
        a, b, width = steps[r["start"]], steps[r["end"]], r["n"] * scale
        x0, x1 = a.x + _BAR, b.x
        if b.x - a.x > 1:
            skips = True
            rise = 1 + _ARC * 1.25
            _band(ax, (x0, a.out, x1, b.into), width, b.colour, over=rise)
        else:
            _band(ax, (x0, a.out, x1, b.into), width, b.colour)
        a.out -= width
        b.into -= width
    return skips


def _lanes(
    ax: Axes,
    frame: pd.DataFrame,
    steps: dict[str, _Step],
    lanes: pd.DataFrame,
    sent: dict[str, float],
    scale: float,
) -> None:
    """Drop those who leave each step into the lane of their outcome."""
    y = 1 - max(step.size for step in steps.values()) - 0.05
    end = max(step.x for step in steps.values())
    everybody = sum(frame.loc[frame["end"].isin(lanes["key"]), "n"])
    everybody += sum(frame.loc[frame["end"].isin([k for k in steps if k not in sent]), "n"])
    for lane in lanes.to_dict("records"):
        here = frame[(frame["end"] == lane["key"]) & frame["start"].isin(list(steps))]
        colour = theme.outcome(lane["colour"])
        room = float(here["n"].max()) * scale + _LANE
        middle = y - room / 2
        ax.plot([_EXIT, end], [middle, middle], color=t.RULE, lw=0.6, zorder=0)
        for r in here.to_dict("records"):
            step, width = steps[r["start"]], r["n"] * scale
            x = step.x + _EXIT
            _band(ax, (step.x + _BAR, step.out, x, middle + width / 2), width, colour)
            step.out -= width
            ax.add_patch(
                Rectangle((x, middle - width / 2), _BLOCK, max(width, 0.003), fc=colour, lw=0)
            )
            ax.annotate(
                f"{count(r['n'])}\n{percent(r['n'] / sent[r['start']])}",
                (x + _BLOCK, middle), (2, 0), textcoords="offset points", va="center",
                size=t.SIZES["small"] - 1, linespacing=1.15,
                bbox={"fc": t.PAPER, "ec": "none", "pad": 0.6, "alpha": 0.75},
            )  # fmt: skip
        total = float(here["n"].sum())
        label = wrap(str(lane["label"]), 1.2, t.SIZES["small"])
        ax.annotate(
            f"{label}\n{count(total)} · {percent(total / everybody)}",
            (end + _BAR, middle), (4, 0), textcoords="offset points", va="center",
            size=t.SIZES["small"], linespacing=1.25, annotation_clip=False,
        )  # fmt: skip
        ax.plot(end + _BAR / 2, middle, "s", ms=8, color=colour)
        y -= room


def _returns(ax: Axes, frame: pd.DataFrame, steps: dict[str, _Step]) -> None:
    back: dict[str, float] = {}
    for r in frame.to_dict("records"):
        both = r["start"] in steps and r["end"] in steps
        if both and steps[r["end"]].x < steps[r["start"]].x:
            back[r["start"]] = back.get(r["start"], 0) + r["n"]
    for key, n in back.items():
        step = steps[key]
        ax.annotate(
            f"← {count(n)}", (step.x + _BAR / 2, 1 - step.size), (0, -3),
            textcoords="offset points", va="top", ha="right", size=t.SIZES["small"],
            color=t.ACCENT,
        )  # fmt: skip


def _band(
    ax: Axes,
    ends: tuple[float, float, float, float],
    width: float,
    colour: str,
    over: float | None = None,
) -> None:
    """Draw a band whose upper edge runs from (x0, y0) to (x1, y1), or arches over ``over``."""
    x0, y0, x1, y1 = ends
    if over is None:
        middle = (x0 + x1) / 2
        upper = [(middle, y0), (middle, y1)]
        lower = [(middle, y1 - width), (middle, y0 - width)]
    else:
        lean = 0.3 * (x1 - x0)
        upper = [(x0 + lean, over), (x1 - lean, over)]
        lower = [(x1 - lean, over - width), (x0 + lean, over - width)]
    points = [(x0, y0), *upper, (x1, y1), (x1, y1 - width), *lower, (x0, y0 - width), (x0, y0)]
    curve = [Path.CURVE4] * 3
    codes = [Path.MOVETO, *curve, Path.LINETO, *curve, Path.CLOSEPOLY]
    ax.add_patch(PathPatch(Path(points, codes), fc=colour, alpha=0.45, lw=0))
