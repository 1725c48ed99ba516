"""Levers: what is won with other volumes, steps, sizes and cycles, and which pays most."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnelkit.apps.app import Answer, App
from funnelkit.apps.ranges import round_step
from funnelkit.data import Pipeline
from funnelkit.measures import funnel, velocity, win_rate
from funnelkit.measures.result import column_label
from funnelkit.measures.winning import single_currency
from funnelkit.page.controls import Control, Slider, State
from funnelkit.page.parts import Part, Sentence
from funnelkit.planning.targets.levers import (
    Levers,
    Outcome,
    lever_gains,
    lever_outcome,
    levers,
)
from funnelkit.show.column import RATE, SHARE, TEXT, Column, Days, Money, Number, Quantity, Unit
from funnelkit.show.table import Table
from funnelkit.words import money, say
from funnelkit.words.formats import signed

if TYPE_CHECKING:
    from funnelkit.charts import Chart

#: Columns the ranges are looked up in, and how many deals a part needs to set one.
_PARTS = ("region", "source", "owner", "product")
_ENOUGH, _ENOUGH_WON = 50, 8


@dataclass(frozen=True, eq=False)
class Base:
    """The measured drivers, and how far they range over the parts of the data."""

    levers: Levers
    pipeline: Pipeline
    ranges: dict[str, tuple[float, float]]
    parts: tuple[str, ...]
    currency: str


def prepare(p: Pipeline) -> Base:
    """Measure the drivers and their spread."""
    found = levers(p)
    parts = tuple(c for c in _PARTS if c in p.attributes)
    months = found.months["deals"]
    rates = found.lags.rates
    spread: dict[str, list[float]] = {
        "new": [float(months.min()), float(months.max())],
        "amount": _about(found.amount, found.amount_error),
        "cycle": [found.cycle_days],
    }
    for r in rates.to_dict("records"):
        spread[f"rate_{r['stage']}"] = [float(r["low"]), float(r["high"])]
    ids = list(p.process.funnel_ids)
    for part in parts:
        table = funnel(p, by=part).table
        before = table.groupby(part)["deals"].shift(1)
        for r in table[before >= _ENOUGH].to_dict("records"):
            if r["eventual_rate"] == r["eventual_rate"]:
                spread[f"rate_{ids[ids.index(r['stage']) - 1]}"].append(float(r["eventual_rate"]))
        won = win_rate(p, by=part).table
        kept = won.loc[won["won"] >= _ENOUGH_WON, part]
        drivers = velocity(p, by=part).table
        drivers = drivers[drivers[part].isin(kept)]
        spread["amount"] += [float(x) for x in drivers["mean_won_amount"]]
        spread["cycle"] += [float(x) for x in drivers["mean_cycle_days"]]
    if len(spread["cycle"]) == 1:  # no part large enough: a quarter either way
        spread["cycle"] += [found.cycle_days * 0.75, found.cycle_days * 1.25]
    ranges = {k: (min(v), max(v)) for k, v in spread.items()}
    return Base(found, p, ranges, parts, single_currency(p) or p.process.currency)


def _about(value: float, error: float) -> list[float]:
    return [max(value - 1.96 * error, value * 0.1), value + 1.96 * error]


def _ends(low: float, high: float, start: float, step: float) -> tuple[float, float]:
    """Widen a range to whole steps around its values and the start."""
    low, high = min(low, start), max(high, start)
    return math.floor(low / step) * step, math.ceil(high / step) * step


def controls(base: Base) -> tuple[Control, ...]:
    """One slider a driver, from the lowest to the highest the data show."""
    found, p = base.levers, base.pipeline

    def slider(name: str, label: str, start: float, step: float, form: str, note: str) -> Slider:
        low, high = _ends(*base.ranges[name], start, step)
        if form == "share":
            low, high = max(low, 0.01), min(high, 1.0)
        return Slider(name, label, round(low, 10), round(high, 10), step, start, form, note)

    new = slider(
        "new", say("app_levers.new"), found.per_month,
        max(1.0, round_step(found.per_month / 40)), "count",
        say("app_levers.new_help", n=len(found.months)),
    )  # fmt: skip
    names = [column_label(c) for c in base.parts]
    spread = say("app_levers.range_parts", parts=names) if names else say("app_levers.range_alone")
    ids = list(p.process.funnel_ids)
    steps = []
    for place, (stage, rate) in enumerate(found.rates.items()):
        named = {"stage": p.process.label(stage), "next": p.process.label(ids[place + 1])}
        steps.append(
            slider(
                f"rate_{stage}", say("app_levers.rate", **named), rate, 0.01, "share",
                say("app_levers.rate_help", **named, spread=spread),
            )
        )  # fmt: skip
    amount = slider(
        "amount", say("app_levers.amount", currency=base.currency), found.amount,
        round_step(found.amount / 40), "money", say("app_levers.amount_help", spread=spread),
    )  # fmt: skip
    cycle = slider(
        "cycle", say("app_levers.cycle"), found.cycle_days, 1.0, "days",
        say("app_levers.cycle_help", spread=spread),
    )  # fmt: skip
    effort = Slider(
        "effort", say("app_levers.effort"), 0.01, 0.3, 0.01, 0.1, "share",
        say("app_levers.effort_help"),
    )  # fmt: skip
    return (new, *steps, amount, cycle, effort)


def answer(base: Base, state: State) -> Answer:
    """Say what a running pipeline wins with these drivers, and which lever pays most."""
    found = base.levers
    drivers: dict[str, Any] = {
        "per_month": state["new"],
        "rates": {s: state[f"rate_{s}"] for s in found.rates},
        "amount": state["amount"],
        "cycle_days": state["cycle"],
    }
    was, now = lever_outcome(found), lever_outcome(found, **drivers)
    gains = lever_gains(found, state["effort"], **drivers)
    cur = base.currency
    first = Sentence(
        say(
            "app_levers.won", amount=money(now.amount, cur), low=money(now.low, cur),
            high=money(now.high, cur), deals=f"{now.deals:,.1f}", year=money(12 * now.amount, cur),
        ),
        "fk-lead",
    )  # fmt: skip
    change = now.amount / was.amount - 1
    second = say("app_levers.as_measured")
    if abs(change) > 5e-4 or abs(now.per_day / was.per_day - 1) > 5e-4:
        second = say(
            "app_levers.against", was=money(was.amount, cur), change=f"{signed(100 * change)}%",
            day=money(now.per_day, cur), day_was=money(was.per_day, cur),
        )  # fmt: skip
    best = gains.iloc[0]
    third = say(
        "app_levers.best", lever=_lever(base, best["lever"]), effort=state["effort"],
        gain=money(best["year_one"], cur), low=money(best["low"], cur),
        high=money(best["high"], cur), share=best["best_share"],
    )  # fmt: skip
    numbers = _outcome_table(was, now, cur)
    ranking = _ranking(base, gains, cur)
    scope = found.lags.scope
    notes = [
        say("app_levers.definition", first=found.months["period"].iloc[0],
            last=found.months["period"].iloc[-1]),
        say("app_levers.gain_definition"),
        say("app_levers.velocity_definition", text=found.velocity.definition),
        say("app_levers.denominator", scope=str(scope)),
    ]  # fmt: skip
    parts: tuple[Part, ...] = (
        first, Sentence(second), Sentence(third), numbers, ranking,
        *(Sentence(note, "fk-muted") for note in notes),
    )  # fmt: skip
    return Answer(
        parts,
        chart=lambda: _draw(base, gains, cur),
        tables={
            say("app_levers.sheet_outcome"): _outcome_table(was, now, cur),
            say("app_levers.sheet_ranking"): _ranking(base, gains, cur),
        },
        report=("funnel-review", {}),
    )


def _lever(base: Base, name: str) -> str:
    process = base.pipeline.process
    if name in base.levers.rates:
        ids = list(process.funnel_ids)
        after = process.label(ids[ids.index(name) + 1])
        return say("app_levers.lever_rate", stage=process.label(name), next=after)
    return say(f"app_levers.lever_{name}")


def _unit(base: Base, name: str, cur: str) -> Unit:
    if name in base.levers.rates:
        return RATE
    if name == "amount":
        return Money(currency=cur, coded=True)
    return Days(worded=True) if name == "cycle" else Number(1)


def _outcome_table(was: Outcome, now: Outcome, cur: str) -> Table:
    unit = Money(currency=cur, coded=True)
    heads = [
        Column(say("app_levers.col_result")),
        Column(say("app_levers.measured"), unit),
        Column(say("app_levers.now"), unit),
        Column(say("app_levers.interval"), unit, pair="span"),
    ]
    deals = [Quantity(x.deals, Number(1)) for x in (was, now)]
    year = (12 * now.low, 12 * now.high)
    rows = [
        [say("app_levers.row_deals"), *deals, ""],
        [say("app_levers.row_amount"), was.amount, now.amount, (now.low, now.high)],
        [say("app_levers.row_year"), 12 * was.amount, 12 * now.amount, year],
        [say("app_levers.row_day"), was.per_day, now.per_day, ""],
    ]
    return Table(heads, rows, say("app_levers.sheet_outcome"))


def _ranking(base: Base, gains: pd.DataFrame, cur: str) -> Table:
    unit = Money(currency=cur)
    units = {"lever": TEXT, "from": TEXT, "to": TEXT, "year_one": unit, "interval": unit,
             "running": unit, "best_share": SHARE}  # fmt: skip
    heads = [
        Column(say(f"app_levers.col_{k}", currency=cur), u, k, "span" if k == "interval" else "")
        for k, u in units.items()
    ]
    rows = []
    for r in gains.to_dict("records"):
        own = _unit(base, r["lever"], cur)
        rows.append(
            [
                _lever(base, r["lever"]), Quantity(r["now"], own), Quantity(r["changed"], own),
                r["year_one"], (r["low"], r["high"]), r["running"], r["best_share"],
            ]
        )  # fmt: skip
    return Table(heads, rows, say("app_levers.sheet_ranking"), drawn=("year_one",))


def _draw(base: Base, gains: pd.DataFrame, cur: str) -> Chart:
    from funnelkit.charts.bars import bars

    frame = pd.DataFrame(
        {
            "label": [_lever(base, x) for x in gains["lever"]],
            "n": gains["year_one"], "low": gains["low"], "high": gains["high"],
            "mark": [k == 0 for k in range(len(gains))],
        }
    )  # fmt: skip
    best = gains.iloc[0]
    return bars(
        frame,
        title=say("app_levers.chart_title", currency=cur),
        alt=say(
            "app_levers.chart_alt", lever=_lever(base, best["lever"]),
            gain=money(best["year_one"], cur), low=money(best["low"], cur),
            high=money(best["high"], cur), n=len(gains),
        ),
        headings=[say("app_levers.col_gain"), say("app_levers.col_interval")],
        data=_ranking(base, gains, cur),
        write=money,
        note=base.levers.velocity.footnote,
    )  # fmt: skip


APP = App("levers", prepare, controls, answer)
