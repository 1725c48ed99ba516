"""Headline numbers: how any report makes them, and those of a funnel review.

Each comes from the measure that the page shows too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from funnelkit.errors import FunnelkitError
from funnelkit.measures.engine import period, within
from funnelkit.measures.winning import single_currency
from funnelkit.report.blocks import Fact, figure
from funnelkit.show.column import COUNT, RATE, Days, Money
from funnelkit.words import say

if TYPE_CHECKING:
    from funnelkit.report.pages.frame import Report
    from funnelkit.report.pages.funnel_review import Review

Kind = TypeVar("Kind", bound="Report")


def facts(review: Review) -> tuple[Fact, ...]:
    """Return the numbers of a funnel review."""
    return facts_of(review, _MAKERS)


def facts_of(report: Kind, makers: Mapping[str, Callable[[Kind], Fact]]) -> tuple[Fact, ...]:
    """Return the numbers; one the data do not carry is there without a value.

    Parameters
    ----------
    makers : mapping
        By key, what gives a number; the label is ``<room>.fact_<key>``.
    """
    return tuple(_safe(key, make, report) for key, make in makers.items())


def won_by_month(report: Report, months: int = 12) -> tuple[float, ...]:
    """Return the deals won in each of the last months, the running one last; () when unknown."""
    p = report.pipeline
    if not p.has("closed_at"):
        return ()
    won = p.deals.filter(p.deals.outcome == "won", p.deals.closed_at <= p.as_of)
    month = won.closed_at.year() * 12 + won.closed_at.month()
    found = won.group_by(month=month).agg(n=won.count()).to_pandas()
    counts = dict(zip(found["month"], found["n"], strict=True))
    last = p.as_of.year * 12 + p.as_of.month
    return tuple(float(counts.get(k, 0)) for k in range(last - months + 1, last + 1))


def _safe(key: str, make: Callable[[Kind], Fact], report: Kind) -> Fact:
    try:
        found = make(report)
    except FunnelkitError as problem:
        found = figure(float("nan"), COUNT)
        if problem.key == "pipeline.no_losses":  # the column is there, and holds none
            found = replace(found, note=say("report.fact_no_losses"))
    return replace(found, key=key, label=say(f"{report.room}.fact_{key}"))


def _deals(review: Review) -> Fact:
    row = review.measure("win_rate", of="created").table.iloc[0]
    return figure(row["of"], COUNT, note=say("report.fact_open", n=int(row["still_open"])))


def _win_rate(review: Review) -> Fact:
    row = review.measure("win_rate").table.iloc[0]
    return figure(row["rate"], RATE, low=row["low"], high=row["high"], n=int(row["of"]))


def _won_amount(review: Review) -> Fact:
    p = review.pipeline
    p.need("outcome", "amount", what="won_amount")
    unit = money_of(review)
    since, until = period(**review.period)
    won = p.deals.filter(p.deals.outcome == "won")
    if since or until:
        won = won.filter(within(won.closed_at, since, until))
    row = won.agg(n=won.count(), amount=won.amount.fill_null(0).sum()).to_pandas().iloc[0]
    amount = float(row["amount"]) if row["n"] else 0.0
    return figure(amount, unit, note=say("report.fact_won", n=int(row["n"])))


def _cycle(review: Review) -> Fact:
    table = review.measure("sales_cycle").table.set_index("outcome")
    if "won" not in table.index:
        return figure(float("nan"), COUNT)
    row = table.loc["won"]
    note = say("report.fact_won", n=int(row["deals"]))
    return figure(
        row["median_days"], Days(0, worded=True), low=row["low"], high=row["high"], note=note
    )


def _velocity(review: Review) -> Fact:
    row = review.measure("velocity").table.iloc[0]
    return figure(row["amount_per_day"], money_of(review), low=row["low"], high=row["high"])


def money_of(report: Report) -> Money:
    """Return the unit of a report's amounts; refuse to add up several currencies."""
    return Money(currency=single_currency(report.pipeline) or "", coded=True)


_MAKERS: dict[str, Callable[[Review], Fact]] = {
    "deals": _deals,
    "win_rate": _win_rate,
    "won_amount": _won_amount,
    "cycle": _cycle,
    "velocity": _velocity,
}
