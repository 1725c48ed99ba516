"""Territory and customers: targets by past and potential, tiers by sales, hours and persons."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import pandas as pd

from funnelkit.apps.app import Answer, App
from funnelkit.apps.ranges import slider
from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures.result import Result
from funnelkit.page.controls import Control, State
from funnelkit.page.parts import Heading, Part, Sentence
from funnelkit.planning import abc, allocate, service_hours, territories
from funnelkit.words import count, money, number, say

_TIERS = ("A", "B", "C")
#: Visits a year and hours a visit to start from; the sheet of a company has its own.
_PLAN = {"A": (24, 1.5), "B": (12, 1.0), "C": (4, 0.5)}
_MOST_VISITS = 52


@dataclass(frozen=True, eq=False)
class Base:
    """A year of sales by territory and by customer; why a part is missing."""

    p: Pipeline
    since: dt.datetime
    markets: Result | None
    no_markets: str
    customers: pd.DataFrame
    sellers: int


def prepare(p: Pipeline) -> Base:
    """Add up the last year by territory and customer."""
    since = (pd.Timestamp(p.as_of) - pd.DateOffset(years=1)).ceil("D").to_pydatetime()
    markets, why = None, ""
    try:
        markets = territories(p=p, since=since)
    except FunnelkitError as problem:
        why = str(problem)
    customers = abc(p, since=since).table[["customer", "amount"]]
    sellers = int(p.deals.owner.nunique().execute()) if p.has("owner") else 0
    return Base(p, since, markets, why, customers, sellers)


def controls(base: Base) -> tuple[Control, ...]:
    """Return weights, growth, tiers, visits and hours."""
    found = []
    if base.markets is not None:
        found += [
            slider("territory", "weight", 0.0, 1.0, 0.05, 0.5, "share"),
            slider("territory", "growth", -0.2, 0.5, 0.05, 0.1, "share"),
        ]
    found += [
        slider("territory", "first", 0.4, 0.9, 0.05, 0.8, "share"),
        slider("territory", "second", 0.9, 1.0, 0.01, 0.95, "share"),
    ]
    for tier in _TIERS:
        visits, hours = _PLAN[tier]
        found += [
            slider("territory", "visits", 0, _MOST_VISITS, 1, visits, "count", tier),
            slider("territory", "hours", 0.25, 4, 0.25, hours, "number", tier),
        ]
    found.append(slider("territory", "year", 400, 1600, 50, 1000, "count"))
    return tuple(found)


def answer(base: Base, state: State) -> Answer:
    """Share the target out, sort the customers, and say how many people serving them takes."""
    made_up = base.p.synthetic
    tiers = abc(base.customers, cuts=(float(state["first"]), float(state["second"])))
    tiers = replace(tiers, synthetic=made_up)
    there = set(tiers.table["tier"])
    plan = {
        t: (float(state[f"visits{t}"]), float(state[f"hours{t}"])) for t in _TIERS if t in there
    }
    work = service_hours(tiers, plan, hours_a_person=float(state["year"]))
    lead = say(
        "app_territory.lead", customers=count(len(tiers.table)), hours=count(work.hours),
        persons=number(work.persons, 1), sellers=count(base.sellers),
        verdict=say(f"app_territory.{'fits' if work.persons <= base.sellers else 'short'}"),
    )  # fmt: skip
    parts: list[Part] = [Sentence(lead, "lead")]
    tables = {}
    chart = tiers.plot
    if base.markets is not None:
        shares = _targets(base.markets, float(state["growth"]), float(state["weight"]))
        total = float(shares.table["allotted"].sum())
        parts += [
            Heading(say("app_territory.head_targets")),
            Sentence(
                say("app_territory.targets", total=money(total), weight=float(state["weight"]))
            ),
            shares,
            Heading(say("app_territory.head_markets")),
            Sentence(base.markets.summary()),
            base.markets,
        ]
        tables = {
            say("app_territory.head_targets"): shares.shown(),
            say("app_territory.head_markets"): base.markets.shown(),
        }
        chart = shares.plot
    elif base.no_markets:
        parts.append(Sentence(base.no_markets, "fk-callout"))
    parts += [
        Heading(say("app_territory.head_tiers")),
        Sentence(tiers.summary()),
        Heading(say("app_territory.head_hours")),
        work,
        Sentence(tiers.definition, "fk-muted"),
        Sentence(say("app_territory.year_of", since=base.since.date()), "fk-muted"),
    ]
    tables |= {
        say("app_territory.head_tiers"): tiers.shown(),
        say("app_territory.head_hours"): work.shown(),
    }
    return Answer(tuple(parts), chart, tables, ("regional-plan", {}))


def _targets(markets: Result, growth: float, weight: float) -> Result:
    names = {"sales_amount": "history", "potential_amount": "potential"}
    frame = markets.table.rename(columns=names)[[*markets.by, "history", "potential"]]
    total = round(float(frame["history"].sum()) * (1 + growth))
    shares = allocate(total, frame, by=markets.by[0], weight=weight, unit=1)
    return replace(shares, synthetic=markets.synthetic)


APP = App("territory", prepare, controls, answer)
