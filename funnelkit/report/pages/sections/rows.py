"""Charts in rows that several sections draw: bars of a funnel, intervals, a waterfall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from funnelkit.measures.changes.movement import Movement, step_label
from funnelkit.report.behind.lists import Lists
from funnelkit.show.chart_table import Axis, ChartTable, Mark, round_ticks
from funnelkit.show.column import COUNT, RATE, SHARE, TEXT, Column, Money, Quantity, Unit, columns
from funnelkit.show.table import Table
from funnelkit.words import say
from funnelkit.words.formats import amount

#: What an outcome or a step of the waterfall looks like.
LOOKS = {"new": "flow", "increased": "flow", "decreased": "flow", "won": "won", "lost": "lost",
         "no_decision": "nodec"}  # fmt: skip
_SHADES = 5


def funnel_rows(found: Any) -> ChartTable:
    """Draw how many deals came at least this far: bars from zero, intervals as text."""
    rows, plots, told = [], [], []
    records = found.table.to_dict("records")
    most = max((r["deals"] for r in records), default=0)
    for k, r in enumerate(records):
        known = r["step_rate"] == r["step_rate"]
        rows.append((
            found.process.label(r["stage"]), r["deals"], r["still_open"],
            r["step_rate"] if known else None, (r["low"], r["high"]) if known else None,
            r["deals"] / most if most else None,
        ))  # fmt: skip
        shade = round(_SHADES * k / max(len(records) - 1, 1))
        plots.append([Mark("bar", f"step fk-f{shade}", 0.0, float(r["deals"]))])
        told.append(say("glance.told_stage", stage=rows[-1][0], n=r["deals"], here=r["still_open"]))
    heads = columns("glance.col_", stage=TEXT, came=COUNT, here=COUNT, of_before=SHARE,
                    interval=(SHARE, "span"), of_all=RATE)  # fmt: skip
    table = Table(heads, rows, say("glance.funnel_caption"), drawn=("came",))
    return ChartTable(table, plots, Axis(0.0, float(most or 1)), told=told)


def bar_rows(table: Table, column: str) -> ChartTable:
    """Draw a column of numbers of a table as bars from zero."""
    place = [c.name for c in table.columns].index(column)
    values = [float(row[place] or 0.0) for row in table.rows]
    plots = [[Mark("bar", "flow", 0.0, v)] if v > 0 else [] for v in values]
    axis = Axis(0.0, max(values, default=0.0) or 1.0)
    return ChartTable(replace(table, drawn=(column,)), plots, axis, first=place)


def interval_rows(
    table: Table,
    points: Sequence[Mapping[str, float]],
    unit: Unit,
    key: Mapping[str, str],
    *,
    high: float | None = None,
    line: float | None = None,
) -> ChartTable:
    """Draw a dot with its interval a row, and a target where there is one.

    Parameters
    ----------
    points : sequence of mapping
        A row's ``at, low, high``, and ``target`` or ``far`` where there is one.
    key : mapping
        What ``dot``, ``target``, ``far`` and ``line`` mean.
    high : float, optional
        Where the axis ends; what lies beyond is cut, never a dot.
    line : float, optional
        A value that all rows are compared with.
    """
    there = [v for p in points for k, v in p.items() if v == v and k in ("at", "target")]
    wide = [v for p in points for v in p.values() if v == v]
    # an interval or a tail may be cut, so that one row does not squash all others
    reach = min(max(wide, default=1.0), 2.5 * max(there, default=1.0))
    reach = reach if high is None else min(reach, high)
    ticks = round_ticks(reach or 1.0)
    step = ticks[1] - ticks[0] if len(ticks) > 1 else ticks[0] or 1.0
    end = ticks[-1] if ticks[-1] >= reach else ticks[-1] + step
    end = end if high is None else min(end, high)
    ticks = [x for x in [*ticks, ticks[-1] + step] if x <= end + 1e-9]
    plots = [_interval(p, line) for p in points]
    keys = {
        "dot": [Mark("dot", "dot", 0.5)], "target": [Mark("tick", "tgt", 0.5)],
        "far": [Mark("line", "thin", 0, 1)], "line": [Mark("tick", "all", 0.5)],
    }  # fmt: skip
    return ChartTable(
        table, plots, Axis(0.0, end, [(x, unit.write(x)) for x in ticks]),
        key=[(keys[k][0], text) for k, text in key.items()],
    )  # fmt: skip


def _interval(p: Mapping[str, float], line: float | None) -> list[Mark]:
    marks = []
    if line is not None:
        marks.append(Mark("tick", "all", line))
    if p.get("far", float("nan")) == p.get("far"):
        marks += [Mark("line", "thin", 0.0, p["far"]), Mark("end", "thin", p["far"])]
    if p.get("target", float("nan")) == p.get("target"):
        marks.append(Mark("tick", "tgt", p["target"]))
    if p["at"] == p["at"]:
        if p["low"] == p["low"] and p["high"] == p["high"] and p["low"] < p["high"]:
            marks.append(Mark("line", "ci", p["low"], p["high"]))
        marks.append(Mark("dot", "dot", p["at"]))
    return marks


def waterfall_rows(
    found: Movement, currency: str, ends: tuple[str, str], names: Mapping[str, str], lists: Lists
) -> ChartTable:
    """Draw the open amount at two dates and every step between, each from where the last ended.

    Parameters
    ----------
    ends : tuple of str
        What the two ends are called.
    names : mapping
        Steps with another name than their own.
    lists : Lists
        Where the deals of each step are to be found.
    """
    table = found.table.groupby("step", sort=False)[["deals", "amount"]].sum()
    most = float(table["amount"].abs().max())
    plain, signed = (Money(currency=currency, most=most, signed=s) for s in (False, True))
    labels = {"start": ends[0], "end": ends[1]}
    rows: list[Any] = []
    plots: list[list[Mark]] = []
    marks, told, cells = [], [], []
    level = 0.0
    for step, r in table.iterrows():
        name, n, value = str(step), int(r["deals"]), float(r["amount"])
        if name not in labels and name not in LOOKS and not n:
            continue
        label = labels.get(name) or names.get(name) or step_label(name)
        end = name in labels
        rows.append((label, n, Quantity(value, plain if end else signed)))
        start = 0.0 if end else level
        level = value if end else level + value
        plots.append([Mark("bar", "deep" if end else LOOKS.get(name, "flow"), start, level)])
        marks.append("fk-sum" if end else "")
        cells.append({"step": name})
        money = amount(value, currency, signed=not end)
        told.append(say("glance.told_step", step=label, n=n, amount=money))
    heads = [Column(say("movement.column_step")), Column(say("glance.col_deals"), COUNT, "deals"),
             Column(plain.head or say("glance.col_amount"), plain, "amount")]  # fmt: skip
    top = max((max(m.start, m.end) for row in plots for m in row), default=1.0) or 1.0
    shown = Table(heads, rows, marks=marks, drawn=("amount",))
    axis = Axis(0.0, 1.02 * top)
    chart = ChartTable(shown, plots, axis, tight=True, told=told, first=2, kind="waterfall")
    return lists.behind(chart, found, cells, {"deals": "deals", "amount": "amount"}, "deals")


def change_rows(
    found: Movement, currency: str, ends: tuple[str, str], names: Mapping[str, str], lists: Lists
) -> ChartTable:
    """Draw every step from the middle: what came to the right, what went to the left."""
    drawn = waterfall_rows(found, currency, ends, names, lists)
    values = [row[2].value for row in drawn.table.rows]
    sums = [mark == "fk-sum" for mark in drawn.table.marks]
    reach = max((abs(v) for v, s in zip(values, sums, strict=True) if not s), default=0.0) or 1.0
    plots = [
        [] if s else [Mark("bar", row[0].look, 0.0, v)]
        for row, v, s in zip(drawn.plots, values, sums, strict=True)
    ]
    return replace(drawn, plots=plots, axis=Axis(-1.1 * reach, 1.1 * reach))
