"""The tables of a scorecard: everybody in order of name, or one seller against the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from scipy.stats import chi2

from funnelkit.charts.trend import trend
from funnelkit.data.pipeline import NO_GROUP
from funnelkit.errors import FunnelkitError
from funnelkit.measures import close_date_hygiene, funnel, time_in_stage
from funnelkit.show.chart_table import Axis, ChartTable, Mark, round_ticks
from funnelkit.show.column import COUNT, RATE, SHARE, TEXT, Column, Days, Number, columns
from funnelkit.show.table import Table
from funnelkit.words import count, say

if TYPE_CHECKING:
    from funnelkit.charts import Chart
    from funnelkit.control import RampCurve
    from funnelkit.report.pages.study.seller import SellerStudy

#: How a cell is marked that lies below the others: beyond chance, and worth a look.
SIGNS = {"act": " ▼", "watch": " ▽"}
_READ = {"act": "bad", "watch": "same"}


_SPAN = (RATE, "span")
_WHOLE = Days(0)


def win_table(card: SellerStudy) -> Table:
    """Return closed deals, win rate, the rate drawn towards the team's, and what to read in it."""
    found = card.limits()
    rows, marks = [], []
    for r in found.table.to_dict("records"):
        if r["owner"] not in card.shown:
            continue
        side = "" if r["position"] in ("inside", "few") else _side(r)
        rows.append(
            (
                r["owner"], r["of"], r["won"], r["rate"], (r["low"], r["high"]), r["shrunk"],
                (r["shrunk_low"], r["shrunk_high"]), (r["limit_low"], r["limit_high"]),
                say(f"scorecard.position_{r['position']}{side}"),
            )
        )  # fmt: skip
        marks.append(
            "verdict-"
            + ("same" if r["position"] != "act" else "good" if side == "_high" else "bad")
        )
    heads = columns("scorecard.col_", seller=TEXT, closed=COUNT, won=COUNT, rate=RATE,
                    interval=_SPAN, shrunk=RATE, limits=_SPAN, reading=TEXT)  # fmt: skip
    heads = (*heads[:6], heads[4], *heads[6:])  # both rates have their interval
    caption = say(f"scorecard.winning_{'own_' if card.seller else ''}caption")
    return Table(heads, rows, caption, marks)


def win_chart(card: SellerStudy) -> ChartTable:
    """Draw each seller's win rate within the limits that chance alone would keep."""
    found, table = card.limits(), win_table(card)
    shown = found.table[found.table["owner"].isin(card.shown)].to_dict("records")
    plots = []
    for r in shown:
        marks = [Mark("tick", "all", found.centre), Mark("dot", "dot", r["rate"])]
        if r["limit_low"] == r["limit_low"]:
            marks.insert(0, Mark("bar", "band", r["limit_low"], r["limit_high"]))
        plots.append(marks)
    top = max((m.start if m.kind == "dot" else m.end for p in plots for m in p), default=1.0)
    ticks = round_ticks(min(1.0, 1.1 * top))
    key = [
        (Mark("dot", "dot", 0.5), say("scorecard.key_rate")),
        (Mark("bar", "band", 0, 1), say("scorecard.key_band")),
        (Mark("tick", "all", 0.5), say("glance.key_all", rate=found.centre)),
    ]
    high = max(min(1.0, 1.1 * top), ticks[-1])
    chart = ChartTable(
        table, plots, Axis(0.0, high, [(x, SHARE.write(x)) for x in ticks]), key=key, first=3,
    )  # fmt: skip
    if card.seller:  # the page names nobody else
        return chart
    cells = [{"group": [r["owner"]]} for r in shown]
    return card.lists.behind(chart, found, cells, {"closed": "of", "won": "won"}, "of")


def _side(row: dict[Any, Any]) -> str:
    return "_high" if row["rate"] > row["limit_high"] else "_low"


def verdicts(card: SellerStudy) -> dict[tuple[str, str, bool], str]:
    """Return what the diagnosis says by seller, stage, and whether it is about time."""
    try:
        table = card.diagnosis().table
    except FunnelkitError:
        return {}
    return {
        (str(r["group"]), r["stage"], r["kind"] == "time_in_stage"): r["verdict"]
        for r in table.to_dict("records")
    }


def steps(card: SellerStudy) -> Table:
    """Return every seller's step rates, in order of name."""
    table = card.of_team("funnel", by="owner").table
    cells = {(r["owner"], r["stage"]): r for r in table.to_dict("records")}
    known = verdicts(card)
    rows = []
    for name in card.sellers:
        row: list[Any] = [name]
        for stage, following in card.stages:
            deals = cells[name, stage]["deals"] if (name, stage) in cells else 0
            sign = SIGNS.get(known.get((name, stage, False), ""), "")
            share = in_the_end(cells[name, following])[0] if deals else float("nan")
            row.append((share, deals, sign) if deals else None)
        rows.append(row)
    heads = [Column(say("scorecard.col_seller"))]
    heads += [Column(card.label(stage), SHARE, stage, "of") for stage, _ in card.stages]
    return Table(heads, rows, say("scorecard.steps_caption"))


def own_steps(card: SellerStudy) -> Table:
    """Return one seller's step rates beside those of the others together."""
    table = card.of_team("funnel", by="owner").table
    table = table[table["owner"] != NO_GROUP]
    own = table[table["owner"] == card.seller].set_index("stage")
    names = sorted(set(table["owner"]) - {card.seller})
    others = funnel(card.team.where(owner=names)).table.set_index("stage") if names else None
    known = verdicts(card)
    rows, marks = [], []
    for stage, following in card.stages:
        verdict = known.get((card.seller, stage, False), "none")
        came = own["deals"].get(stage, 0)
        share, *span = in_the_end(own.loc[following]) if came else (None, None)
        rows.append(
            (
                card.label(stage), came, share, tuple(span) if came else None,
                None if others is None or not others["deals"][stage]
                else in_the_end(others.loc[following])[0],
                say(f"scorecard.reading_{verdict}"),
            )
        )  # fmt: skip
        marks.append(f"verdict-{_READ.get(verdict, 'same')}")
    heads = columns("scorecard.col_", stage=TEXT, deals=COUNT, went_on=RATE, interval=_SPAN,
                    others=RATE, reading=TEXT)  # fmt: skip
    return Table(heads, rows, say("scorecard.own_steps_caption"), marks)


def in_the_end(step: Any) -> tuple[float, float, float]:
    """Return the share that goes on in the end with its interval; so far where only that is known.

    Deals that still stand in a stage may yet go on: a seller with many new ones is no worse.
    """
    if step["eventual_rate"] == step["eventual_rate"]:
        return step["eventual_rate"], step["eventual_low"], step["eventual_high"]
    return step["step_rate"], step["low"], step["high"]


def time(card: SellerStudy) -> Table:
    """Return every seller's median days in each stage, in order of name."""
    table = card.of_team("time_in_stage", by="owner").table
    cells = {(r["owner"], r["stage"]): r for r in table.to_dict("records")}
    known = verdicts(card)
    rows = []
    for name in card.sellers:
        row: list[Any] = [name]
        for stage in card.team.process.open_ids:
            found = cells.get((name, stage))
            sign = SIGNS.get(known.get((name, stage, True), ""), "")
            row.append(
                (found["median_days"], found["entered"], sign)
                if found and found["entered"]
                else None
            )
        rows.append(row)
    heads = [Column(say("scorecard.col_seller"))]
    heads += [Column(card.label(s), _WHOLE, s, "of") for s in card.team.process.open_ids]
    return Table(heads, rows, say("scorecard.time_caption"))


def own_time(card: SellerStudy) -> Table:
    """Return one seller's median days beside those of the others together."""
    table = card.of_team("time_in_stage", by="owner").table
    own = table[table["owner"] == card.seller].set_index("stage")
    others = [name for name in card.sellers if name != card.seller]
    rest = pd.DataFrame(columns=["median_days"])
    if others:
        found = card.kept(
            "time of the others",
            lambda: time_in_stage(
                card.team.where(owner=others),
                since=card.period["since"],
                until=card.period["until"],
            ),
        )
        rest = found.table.set_index("stage")
    known = verdicts(card)
    rows, marks = [], []
    for stage in card.team.process.open_ids:
        verdict = known.get((card.seller, stage, True), "none")
        if stage not in own.index:
            continue
        r = own.loc[stage]
        rows.append(
            (
                card.label(stage), r["entered"], r["median_days"], (r["low"], r["high"]),
                rest["median_days"].get(stage),
                say(f"scorecard.pace_{verdict}"),
            )
        )  # fmt: skip
        marks.append(f"verdict-{_READ.get(verdict, 'same')}")
    heads = columns("scorecard.col_", stage=TEXT, entered=COUNT, median=_WHOLE,
                    interval=(_WHOLE, "span"), others=_WHOLE, reading=TEXT)  # fmt: skip
    return Table(heads, rows, say("scorecard.own_time_caption"), marks)


def dates(card: SellerStudy) -> Table:
    """Return pushes and closing dates that cannot be right, by seller in order of name."""
    pushes: Any = card.pushes().set_index("owner")
    hygiene = card.kept("hygiene", lambda: close_date_hygiene(card.team, "owner")).table
    checks = {(r["owner"], r["check"]): r for r in hygiene.to_dict("records")}
    rows, marks = [], []
    for name in card.shown:
        if name not in pushes.index:
            continue
        r = pushes.loc[name]
        late, none = (checks.get((name, c)) for c in ("overdue", "no_date"))
        rows.append(
            (
                name, r["deals"], r["pushed"], r["rate"], (r["low"], r["high"]),
                r["median_slipped_days"], (late["deals"], late["of"]) if late else None,
                (none["deals"], none["of"]) if none else None,
                say("scorecard.reading_apart" if r["stands_out"] else "scorecard.reading_none"),
            )
        )  # fmt: skip
        marks.append("verdict-same")
    heads = columns("scorecard.col_", seller=TEXT, dated=COUNT, pushed=COUNT, push_rate=RATE,
                    interval=_SPAN, slip=_WHOLE, overdue=(COUNT, "of"), no_date=(COUNT, "of"),
                    reading=TEXT)  # fmt: skip
    return Table(heads, rows, say("scorecard.dates_caption"), marks)


def points(card: SellerStudy) -> Table:
    """Return how many open deals of each seller have a point that fired, in order of name."""
    fired = card.fired()
    deals = card.team.deals.filter(card.team.deals.outcome == "open").select("deal_id", "owner")
    running = deals.to_pandas()["owner"].value_counts()
    rows = []
    for name in card.sellers:
        own = fired[fired["owner"] == name]
        grave = own[own["severity"] == "act"]
        rows.append(
            (
                name,
                running.get(name, 0),
                own["deal_id"].nunique(),
                grave["deal_id"].nunique(),
                None if own.empty else _commonest(card, own),
            )
        )
    heads = columns("scorecard.col_", seller=TEXT, open=COUNT, with_point=COUNT, to_act=COUNT,
                    commonest=TEXT)  # fmt: skip
    return Table(heads, rows, say("scorecard.points_team_caption"))


def ramp_chart(found: RampCurve) -> Chart:
    """Draw the wins so far, added up, beside those of the plan.

    A month has hardly ever more than one win, so the months one by one would only show noise.
    """
    own, plan = str(dict(found.options)["owner"]), say("scorecard.chart_plan")
    full = float(dict(found.options)["full"])
    table = found.table
    won, planned = table["won"].cumsum(), (table["plan_share"] * full).cumsum()
    low = [chi2.ppf(0.025, 2 * k) / 2 if k else 0.0 for k in won]
    high = [chi2.ppf(0.975, 2 * k + 2) / 2 for k in won]
    month = table["month"].astype("str")
    frame = pd.concat(
        [
            pd.DataFrame(
                {
                    "period": month, "value": won.astype(float), "low": low, "high": high,
                    "n": table["won"], "mature": table["whole"], "series": own,
                }
            ),
            pd.DataFrame(
                {
                    "period": month, "value": planned, "low": float("nan"),
                    "high": float("nan"), "n": 0, "mature": True, "series": plan,
                }
            ),
        ],
        ignore_index=True,
    )  # fmt: skip
    heads = [*columns("scorecard.chart_", month=TEXT, won=COUNT), Column(plan, Number(1))]
    data = Table(heads, list(zip(month, won, planned, strict=True)))
    return trend(
        frame,
        title=say("scorecard.chart_ramp"),
        alt=found.summary(),
        data=data,
        number_label=say("control.chart_won"),
        axis_label=say("scorecard.chart_won"),
        write=count,
        note=found.footnote,
    )


def _commonest(card: SellerStudy, rows: pd.DataFrame) -> str:
    name, n = next(iter(rows["checkpoint"].value_counts().items()))
    return f"{card.points().name_value('checkpoint', str(name))} ({count(n)})"
