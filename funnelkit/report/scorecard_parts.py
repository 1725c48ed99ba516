"""The tables of a scorecard: everybody in order of name, or one seller against the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from scipy.stats import chi2

from funnelkit.charts.trend import trend
from funnelkit.data.pipeline import NO_GROUP
from funnelkit.errors import FunnelkitError
from funnelkit.measures import close_date_hygiene, time_in_stage
from funnelkit.page.parts import Table
from funnelkit.words import count, number, percent, say

if TYPE_CHECKING:
    from funnelkit.charts import Chart
    from funnelkit.control import RampCurve
    from funnelkit.report.scorecard import Scorecard

#: How a cell is marked that lies below the others: beyond chance, and worth a look.
SIGNS = {"act": " ▼", "watch": " ▽"}
_READ = {"act": "bad", "watch": "same"}


def _heads(*names: str) -> list[str]:
    return [say(f"scorecard.col_{n}") for n in names]


def _span(low: float, high: float) -> str:
    return f"{percent(low, 1)} – {percent(high, 1)}" if low == low else "–"


def _days(value: float) -> str:
    return number(value, 0) if value == value else "–"


def win_table(card: Scorecard) -> Table:
    """Return closed deals, win rate, the rate drawn towards the team's, and what to read in it."""
    found = card.limits()
    rows, marks = [], []
    for r in found.table.to_dict("records"):
        if r["owner"] not in card.shown:
            continue
        side = "" if r["position"] in ("inside", "few") else _side(r)
        rows.append(
            (
                r["owner"], count(r["of"]), count(r["won"]), percent(r["rate"], 1),
                _span(r["low"], r["high"]), percent(r["shrunk"], 1),
                _span(r["shrunk_low"], r["shrunk_high"]), _span(r["limit_low"], r["limit_high"]),
                say(f"scorecard.position_{r['position']}{side}"),
            )
        )  # fmt: skip
        marks.append(
            "verdict-"
            + ("same" if r["position"] != "act" else "good" if side == "_high" else "bad")
        )
    heads = _heads("seller", "closed", "won", "rate", "interval", "shrunk", "interval", "limits",
                   "reading")  # fmt: skip
    return Table(
        heads,
        rows,
        say(f"scorecard.winning_{'own_' if card.seller else ''}caption"),
        frozenset({8}),
        marks,
    )


def _side(row: dict[Any, Any]) -> str:
    return "_high" if row["rate"] > row["limit_high"] else "_low"


def verdicts(card: Scorecard) -> dict[tuple[str, str, bool], str]:
    """Return what the diagnosis says by seller, stage, and whether it is about time."""
    try:
        table = card.diagnosis().table
    except FunnelkitError:
        return {}
    return {
        (str(r["group"]), r["stage"], r["kind"] == "time_in_stage"): r["verdict"]
        for r in table.to_dict("records")
    }


def steps(card: Scorecard) -> Table:
    """Return every seller's step rates, in order of name."""
    table = card.of_team("funnel", by="owner").table
    cells = {(r["owner"], r["stage"]): r for r in table.to_dict("records")}
    known = verdicts(card)
    rows = []
    for name in card.sellers:
        row = [name]
        for stage, following in card.stages:
            deals = cells[name, stage]["deals"] if (name, stage) in cells else 0
            sign = SIGNS.get(known.get((name, stage, False), ""), "")
            share = cells[name, following]["step_rate"] if deals else float("nan")
            row.append(f"{percent(share)} ({count(deals)}){sign}" if deals else "–")
        rows.append(row)
    heads = [say("scorecard.col_seller"), *(card.label(stage) for stage, _ in card.stages)]
    return Table(heads, rows, say("scorecard.steps_caption"))


def own_steps(card: Scorecard) -> Table:
    """Return one seller's step rates beside those of the others together."""
    table = card.of_team("funnel", by="owner").table
    table = table[table["owner"] != NO_GROUP]
    own = table[table["owner"] == card.seller].set_index("stage")
    rest = table[table["owner"] != card.seller].groupby("stage")["deals"].sum()
    known = verdicts(card)
    rows, marks = [], []
    for stage, following in card.stages:
        verdict = known.get((card.seller, stage, False), "none")
        came, others = own["deals"].get(stage, 0), rest.get(stage, 0)
        step = own.loc[following] if came else None
        rows.append(
            (
                card.label(stage), count(came),
                "–" if step is None else percent(step["step_rate"], 1),
                "–" if step is None else _span(step["low"], step["high"]),
                percent(rest.get(following, 0) / others, 1) if others else "–",
                say(f"scorecard.reading_{verdict}"),
            )
        )  # fmt: skip
        marks.append(f"verdict-{_READ.get(verdict, 'same')}")
    heads = _heads("stage", "deals", "went_on", "interval", "others", "reading")
    return Table(heads, rows, say("scorecard.own_steps_caption"), frozenset({5}), marks)


def time(card: Scorecard) -> Table:
    """Return every seller's median days in each stage, in order of name."""
    table = card.of_team("time_in_stage", by="owner").table
    cells = {(r["owner"], r["stage"]): r for r in table.to_dict("records")}
    known = verdicts(card)
    rows = []
    for name in card.sellers:
        row = [name]
        for stage in card.team.process.open_ids:
            found = cells.get((name, stage))
            sign = SIGNS.get(known.get((name, stage, True), ""), "")
            row.append(
                f"{_days(found['median_days'])} ({count(found['entered'])}){sign}"
                if found and found["entered"]
                else "–"
            )
        rows.append(row)
    heads = [say("scorecard.col_seller"), *map(card.label, card.team.process.open_ids)]
    return Table(heads, rows, say("scorecard.time_caption"))


def own_time(card: Scorecard) -> Table:
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
        low, high = _days(r["low"]), _days(r["high"])
        rows.append(
            (
                card.label(stage), count(r["entered"]), _days(r["median_days"]),
                f"{low} – {high}",
                _days(rest["median_days"].get(stage, float("nan"))),
                say(f"scorecard.pace_{verdict}"),
            )
        )  # fmt: skip
        marks.append(f"verdict-{_READ.get(verdict, 'same')}")
    heads = _heads("stage", "entered", "median", "interval", "others", "reading")
    return Table(heads, rows, say("scorecard.own_time_caption"), frozenset({5}), marks)


def dates(card: Scorecard) -> Table:
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
                name, count(r["deals"]), count(r["pushed"]), percent(r["rate"], 1),
                _span(r["low"], r["high"]), _days(r["median_slipped_days"]),
                f"{count(late['deals'])} / {count(late['of'])}" if late else "–",
                f"{count(none['deals'])} / {count(none['of'])}" if none else "–",
                say("scorecard.reading_apart" if r["stands_out"] else "scorecard.reading_none"),
            )
        )  # fmt: skip
        marks.append("verdict-same")
    heads = _heads("seller", "dated", "pushed", "push_rate", "interval", "slip", "overdue",
                   "no_date", "reading")  # fmt: skip
    return Table(heads, rows, say("scorecard.dates_caption"), frozenset({8}), marks)


def points(card: Scorecard) -> Table:
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
                count(int(running.get(name, 0))),
                count(own["deal_id"].nunique()),
                count(grave["deal_id"].nunique()),
                "–" if own.empty else _commonest(card, own),
            )
        )
    heads = _heads("seller", "open", "with_point", "to_act", "commonest")
    return Table(heads, rows, say("scorecard.points_team_caption"), frozenset({4}))


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
    data = pd.DataFrame(
        {
            say("scorecard.chart_month"): month,
            say("scorecard.chart_won"): [count(k) for k in won],
            plan: [number(x, 1) for x in planned],
        }
    )
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


def _commonest(card: Scorecard, rows: pd.DataFrame) -> str:
    name, n = next(iter(rows["checkpoint"].value_counts().items()))
    return f"{card.points()._write('checkpoint', str(name))} ({count(n)})"


__all__ = [
    "SIGNS", "dates", "own_steps", "own_time", "points", "ramp_chart", "steps", "time",
    "verdicts", "win_table",
]  # fmt: skip
