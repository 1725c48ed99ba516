"""Where a pipeline stands: what is won of each period, what is likely, and what was planned.

One function for every template, so that one question has one answer: the forecasts are those that
`funnelkit.forecast` gives for the whole period, with its own settings.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures.engine import within
from funnelkit.measures.fiscal import name_of, said, span_of
from funnelkit.measures.winning import single_currency
from funnelkit.planning import Forecast, forecast
from funnelkit.report.pages.study.forecast_goal import goal_of
from funnelkit.words import say

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from funnelkit.report.pages.study.base import Study

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Standing:
    """What is known of one period.

    Attributes
    ----------
    name, short : str
        ``Q3 2026`` and ``Q3``, in the current language.
    first, last : date
        Its days.
    state : {"closed", "next", "running"}
        Over today, begun tomorrow, or in between.
    won, wins : float, int
        Won in it so far, and by how many deals.
    likely : tuple of (low, median, high), optional
        What the whole period brings with a chance of 80%; None where it is over or unknown.
    plan, chance : float, optional
        The target, and the chance to reach it.
    """

    name: str
    short: str
    first: dt.date
    last: dt.date
    state: str
    won: float
    wins: int
    likely: tuple[float, float, float] | None = None
    plan: float | None = None
    chance: float | None = None

    def over(self, day: dt.date) -> tuple[int, int]:
        """Return the days that are over at the end of ``day``, and the days there are."""
        return (day - self.first).days + 1, (self.last - self.first).days + 1


def counted(p: Pipeline) -> str:
    """Return what totals are made of: "amount", or "deals" where amounts cannot be added up."""
    try:
        single_currency(p)
    except FunnelkitError:
        return "deals"
    return "amount" if p.has("amount") else "deals"


def forecast_of(report: Study, first: dt.date, last: dt.date) -> Forecast:
    """Return the forecast of a whole period, made once."""
    of = counted(report.pipeline)
    found: Forecast = report.kept(
        f"forecast {first} {last} {of}",
        lambda: forecast(report.pipeline, last, since=first, of=of),
    )
    return found


def spans(p: Pipeline) -> list[pd.Period]:
    """Return the quarter that ends today, the one that runs or begins tomorrow, and the year.

    On the last day of a year the one that ends and the one that begins.
    """
    day, calendar = p.as_of.date(), p.process.calendar
    found = []
    for every in ("quarter", "year"):
        today, tomorrow = (span_of(d, every, calendar) for d in (day, day + _DAY))
        found += [today] if today == tomorrow else [today, tomorrow]
    return found


def standings(report: Study) -> list[Standing]:
    """Return where the part under review stands in the periods that a director asks about.

    Raises
    ------
    FunnelkitError
        The data have no closing dates or no outcomes.
    """
    p = report.pipeline
    p.need("outcome", "closed_at", what="standing")
    return [_standing(report, span) for span in spans(p)]


def _standing(report: Study, span: pd.Period) -> Standing:
    p = report.pipeline
    day, first, last = p.as_of.date(), span.start_time.date(), span.end_time.date()
    won, wins = won_in(p, first, last)
    state = "closed" if last <= day else "next" if first > day else "running"
    plan = planned(report, first, last)
    likely = chance = None
    if state != "closed":
        try:
            found = forecast_of(report, first, last)
        except FunnelkitError:
            found = None
        if found is not None and found.distribution is not None:
            low, middle, high = (found.distribution.quantile(q) for q in (0.1, 0.5, 0.9))
            likely = (low, middle, high)
            chance = found.chance(plan) if plan is not None else None
    name, short = names_of(span, p)
    return Standing(name, short, first, last, state, won, wins, likely, plan, chance)


def won_in(p: Pipeline, first: dt.date, last: dt.date) -> tuple[float, int]:
    """Return what was won from ``first`` to ``last`` so far, and by how many deals."""
    won = _won(p, first, last)
    row: Any = won.agg(n=won.count(), amount=won.amount.fill_null(0).sum()).to_pandas().iloc[0]
    wins = int(row["n"])
    if counted(p) == "deals":
        return float(wins), wins
    return (float(row["amount"]) if wins else 0.0), wins


def _won(p: Pipeline, first: dt.date, last: dt.date) -> ir.Table:
    start, end = (dt.datetime.combine(d, dt.time()) for d in (first, last + _DAY))
    deals = p.deals
    inside = within(deals.closed_at, start, end) & (deals.closed_at <= p.as_of)
    return deals.filter(deals.outcome == "won", inside)


def won_ids(p: Pipeline, first: dt.date, last: dt.date) -> list[str]:
    """Return the deals won in that time, the largest first."""
    rows = _won(p, first, last).select("deal_id", "amount").to_pandas()
    rows = rows.sort_values(["amount", "deal_id"], ascending=[False, True])
    found: list[str] = rows["deal_id"].tolist()
    return found


def planned(report: Study, first: dt.date, last: dt.date) -> float | None:
    """Return the plan of a period from the table of targets; None where it has none."""
    if counted(report.pipeline) == "deals":
        return None
    where: Mapping[str, str] = report.parameters["where"]
    try:
        return goal_of(report.whole, 0, "plan", where, first, last).amount
    except FunnelkitError:
        return None


def names_of(span: pd.Period, p: Pipeline) -> tuple[str, str]:
    """Return the long and the short name of a quarter or year, in the current language."""
    calendar = p.process.calendar
    if calendar.fiscal_year_start != 1:
        long = said(name_of(span, calendar))
        return long, long
    if span.freqstr.startswith("Y"):
        return say("glance.year", year=span.year), say("glance.the_year")
    quarter = say(f"glance.quarter_{span.quarter}")
    return say("glance.quarter", quarter=quarter, year=span.year), quarter
