"""Headline numbers: how any report makes them, and those of a funnel review.

Each comes from the measure that the page shows too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from funnelkit.errors import FunnelkitError
from funnelkit.measures.engine import period, within
from funnelkit.measures.winning import single_currency
from funnelkit.report.headline import Fact
from funnelkit.words import count, days, money, percent, say

if TYPE_CHECKING:
    from funnelkit.report.frame import Report
    from funnelkit.report.review import Review

Kind = TypeVar("Kind", bound="Report")


def facts(review: Review) -> tuple[Fact, ...]:
    """Return the numbers of a funnel review."""
    return facts_of(review, _MAKERS)


def facts_of(
    report: Kind, makers: Mapping[str, Callable[[Kind], tuple[float, str, str]]]
) -> tuple[Fact, ...]:
    """Return the numbers; one the data do not carry is there without a value.

    Parameters
    ----------
    makers : mapping
        By key, what gives a number's value, how it is written, and how sure it is; the label is
        ``<room>.fact_<key>``.
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


def _safe(key: str, make: Callable[[Kind], tuple[float, str, str]], report: Kind) -> Fact:
    label = say(f"{report.room}.fact_{key}")
    try:
        value, text, note = make(report)
    except FunnelkitError:
        return Fact(key, label, None, "–", say("report.fact_missing"))
    if value != value:
        return Fact(key, label, None, "–", say("report.fact_missing"))
    return Fact(key, label, float(value), text, note)


def between(low: str, high: str) -> str:
    """Write a 95 % interval."""
    return say("report.fact_interval", low=low, high=high)


def comma(*parts: str) -> str:
    """Join what is not empty."""
    return say("report.comma").join(filter(None, parts))


def _deals(review: Review) -> tuple[float, str, str]:
    row = review.measure("win_rate", of="created").table.iloc[0]
    return row["of"], count(row["of"]), say("report.fact_open", n=int(row["still_open"]))


def _win_rate(review: Review) -> tuple[float, str, str]:
    row = review.measure("win_rate").table.iloc[0]
    interval = between(percent(row["low"], 1), percent(row["high"], 1))
    n = f"n = {count(row['of'])}"
    return row["rate"], percent(row["rate"], 1), comma(interval, n)


def _won_amount(review: Review) -> tuple[float, str, str]:
    p = review.pipeline
    p.need("outcome", "amount", what="won_amount")
    code = single_currency(p)
    since, until = period(**review.period)
    won = p.deals.filter(p.deals.outcome == "won")
    if since or until:
        won = won.filter(within(won.closed_at, since, until))
    row = won.agg(n=won.count(), amount=won.amount.fill_null(0).sum()).to_pandas().iloc[0]
    amount = float(row["amount"]) if row["n"] else 0.0
    return amount, money(amount, code), say("report.fact_won", n=int(row["n"]))


def _cycle(review: Review) -> tuple[float, str, str]:
    table = review.measure("sales_cycle").table.set_index("outcome")
    if "won" not in table.index:
        return float("nan"), "", ""
    row = table.loc["won"]
    low, high = (days(row[side], 0).split(" ")[0] for side in ("low", "high"))
    note = between(low, high) if row["low"] == row["low"] else ""
    n = say("report.fact_won", n=int(row["deals"]))
    return row["median_days"], days(row["median_days"], 0), comma(note, n)


def _velocity(review: Review) -> tuple[float, str, str]:
    row = review.measure("velocity").table.iloc[0]
    code = single_currency(review.pipeline)
    text = money(row["amount_per_day"], code)
    note = between(money(row["low"]), money(row["high"])) if row["low"] == row["low"] else ""
    return row["amount_per_day"], text, note


_MAKERS: dict[str, Callable[[Review], tuple[float, str, str]]] = {
    "deals": _deals,
    "win_rate": _win_rate,
    "won_amount": _won_amount,
    "cycle": _cycle,
    "velocity": _velocity,
}
