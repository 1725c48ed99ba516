"""From a target's result to its chart: labels, texts and the sentence that stands for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from funnelkit.charts.bars import bars
from funnelkit.charts.interval_bars import interval_bars
from funnelkit.charts.trend import trend
from funnelkit.charts.waterfall import waterfall
from funnelkit.words import date, money, number, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart
    from funnelkit.planning.targets.basis import Plan
    from funnelkit.planning.targets.capacity import Capacity
    from funnelkit.planning.targets.coverage import Coverage
    from funnelkit.planning.targets.decompose import Decomposition, Reconciliation
    from funnelkit.planning.targets.gap import GapTree
    from funnelkit.planning.targets.leadtime import Landing, LeadDates
    from funnelkit.planning.targets.levels import TargetLevels
    from funnelkit.planning.targets.plan_target import TargetPlan
    from funnelkit.planning.targets.reverse import ReverseFunnel
    from funnelkit.planning.targets.season import SeasonIndex


def _common(result: Plan, ax: Axes | None, note: str = "", drawn: str = "") -> dict[str, Any]:
    notes = " · ".join(filter(None, [result.footnote, note]))
    return {
        "title": result.title, "alt": result.summary(), "note": notes, "ax": ax,
        "data": result.shown(*filter(None, [drawn])),
    }  # fmt: skip


def _head(name: str) -> str:
    return say(f"targets.{name}")


def draw_reverse(result: ReverseFunnel, ax: Axes | None) -> Chart:
    """One bar a stage: deals needed, with the interval where rates and value are estimates."""
    table = result.table
    frame = pd.DataFrame(
        {
            "label": [result.process.label(s) for s in table["stage"]],
            "n": table["needed_deals"],
            "low": table["low"],
            "high": table["high"],
        }
    )
    headings = [_head("column_needed_deals"), _head("interval")]
    return interval_bars(frame, headings=headings, **_common(result, ax, drawn="needed_deals"))


def draw_lead_dates(result: LeadDates, ax: Axes | None) -> Chart:
    """How many days before the close each stage has to be entered."""
    table = result.table
    safe = table["p80_days"].notna().all()
    days, when = ("p80_days", "p80_date") if safe else ("median_days", "median_date")
    frame = pd.DataFrame(
        {
            "label": [
                f"{result.process.label(r['stage'])} · {date(r[when])}"
                for r in table.to_dict("records")
            ],
            "n": table[days],
        }
    )
    note = _head("p80_note" if safe else "median_note")
    return bars(frame, headings=[_head(f"column_{days}")], **_common(result, ax, note, days))


def draw_landing(result: Landing, ax: Axes | None) -> Chart:
    """Two lines: what the months' deals bring in the end, and what lands in each month."""
    frames = []
    for column in ("eventual_exact", "landed_exact"):
        frames.append(
            pd.DataFrame(
                {
                    "period": result.table["month"], "value": result.table[column],
                    "low": np.nan, "high": np.nan, "n": 0, "mature": True,
                    "series": _head(f"short_{column}"),
                }
            )
        )  # fmt: skip
    return trend(
        pd.concat(frames), axis_label=_head("wins"), write=lambda v: number(v, 1),
        **_common(result, ax),
    )  # fmt: skip


def draw_decomposition(result: Decomposition, ax: Axes | None) -> Chart:
    """The parts of the first dimension."""
    margin = result.margin(result.by[0])
    frame = pd.DataFrame(
        {
            "label": margin[result.by[0]].astype(str),
            "n": margin["amount"],
            "share": margin["amount"] / max(result.total, 1e-300),
        }
    )
    headings = [_head("column_amount"), _head("column_share")]
    drawn = _common(result, ax)
    drawn["data"] = pd.DataFrame(
        {
            result.by[0]: frame["label"],
            headings[0]: [money(v) for v in frame["n"]],
        }
    )
    return bars(frame, headings=headings, write=money, **drawn)


def draw_reconciliation(result: Reconciliation, ax: Axes | None) -> Chart:
    """From the sum of the promises to the target, group by group."""
    rows = result.table.to_dict("records")
    total, parts = rows[-1], rows[:-1]
    frame = pd.DataFrame(
        [
            {"label": _head("column_top_down_amount"), "value": total["top_down_amount"],
             "kind": "total"},
            *({"label": str(r[result.by[0]]), "value": r["difference_amount"], "kind": "change"}
              for r in parts),
            {"label": _head("column_bottom_up_amount"), "value": total["bottom_up_amount"],
             "kind": "total"},
        ]
    )  # fmt: skip
    return waterfall(frame, heading=_head("column_amount"), write=money, **_common(result, ax))


def draw_season(result: SeasonIndex, ax: Axes | None) -> Chart:
    """The index month by month with its interval."""
    table = result.table
    frame = pd.DataFrame(
        {
            "period": [say("targets.month_short", month=int(m)) for m in table["month"]],
            "value": table["index"], "low": table["low"], "high": table["high"],
            "n": table["years"], "mature": True,
        }
    )  # fmt: skip
    return trend(
        frame, axis_label=_head("column_index"), write=lambda v: number(v, 2), target=1.0,
        target_label=_head("mean_month"),
        **_common(result, ax, say("targets.season_years", n=int(table["years"].iloc[0]))),
    )  # fmt: skip


def draw_capacity(result: Capacity, ax: Axes | None) -> Chart:
    """The capacity as it adds up over the months, against the target."""
    table = result.table
    frame = pd.DataFrame(
        {
            "period": table["month"].astype(str), "value": table["cumulated_amount"],
            "low": table["low"], "high": table["high"],
            "n": table["sellers"], "mature": True,
        }
    )  # fmt: skip
    target = dict(result.options)["target"]
    return trend(
        frame, axis_label=_head("cumulated"), number_label=_head("column_sellers"), write=money,
        target=target, target_label=_head("column_target_amount"), **_common(result, ax),
    )  # fmt: skip


def draw_levels(result: TargetLevels, ax: Axes | None) -> Chart:
    """The levels, and the asked-for target, each with its chance."""
    said, rows = dict(result.options), result.table.to_dict("records")
    frame = pd.DataFrame(
        [
            {"label": result.name_value("level", r["level"]), "n": r["amount"],
             "share": r["chance_rate"], "mark": False}
            for r in rows
        ]
    )  # fmt: skip
    if said["target"] is not None:
        asked = {"label": _head("asked"), "n": said["target"], "share": said["chance"],
                 "mark": True}  # fmt: skip
        frame = pd.concat([frame, pd.DataFrame([asked])], ignore_index=True)
        frame = frame.sort_values("share", ascending=False, ignore_index=True)
    headings = [_head("column_amount"), _head("column_chance_rate")]
    return bars(frame, headings=headings, write=money, **_common(result, ax, drawn="amount"))


def draw_coverage(result: Coverage, ax: Axes | None) -> Chart:
    """Coverage to go, row by row, and as a diamond the coverage needed with its interval."""
    table = result.table
    have = table["to_go_ratio"].to_numpy(dtype=float)
    frame = pd.DataFrame(
        {
            "label": [
                " · ".join(result.name_value(b, r[b]) for b in result.by) or result.title
                for r in table.to_dict("records")
            ],
            "n": np.where(np.isfinite(have), have, 0.0),
            "against": table["needed_ratio"],
            "low": table["low"],
            "high": table["high"],
            "mark": table["verdict"] == "thin",
        }
    )
    headings = [_head("to_go_short"), _head("needed_short"), _head("interval")]
    return interval_bars(
        frame, headings=headings, write=lambda v: number(v, 1),
        **_common(result, ax, _head("three_times")),
    )  # fmt: skip


def draw_gap(result: GapTree, ax: Axes | None) -> Chart:
    """The way from the target to what comes, driver by driver."""
    said = dict(result.options)
    frame = pd.DataFrame(
        [
            {"label": _head("column_target_amount"), "value": said["target"], "kind": "total"},
            *(
                {"label": result.label(r["driver"]), "value": r["contribution_amount"],
                 "kind": "change"}
                for r in result.table.to_dict("records")
            ),
            {"label": _head("comes"), "value": said["actual"], "kind": "total"},
        ]
    )  # fmt: skip
    return waterfall(frame, heading=_head("column_amount"), write=money, **_common(result, ax))


def draw_plan(result: TargetPlan, ax: Axes | None) -> Chart:
    """From what is booked over what is on its way to the target."""
    o, target = result.outlook, dict(result.options)["target"]
    rest = target - o.expected
    steps: list[dict[str, Any]] = [
        {"label": _head("column_booked_amount"), "value": o.booked, "kind": "total"},
        {"label": _head("open_brings"), "value": o.open_in_period, "kind": "change"},
        {"label": _head("new_brings"), "value": o.new_in_period, "kind": "change"},
    ]
    if abs(rest) > 1e-9 * target:
        key = "missing" if rest > 0 else "ahead"
        steps.append({"label": _head(key), "value": rest, "kind": "change", "colour": "lost"
                      if rest > 0 else "won"})  # fmt: skip
    steps.append({"label": _head("column_target_amount"), "value": target, "kind": "total"})
    return waterfall(
        pd.DataFrame(steps), heading=_head("column_amount"), write=money, **_common(result, ax)
    )
