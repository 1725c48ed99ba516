"""Headline numbers and sentences: how a report makes them from what its page shows too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from funnelkit.errors import FunnelkitError
from funnelkit.measures.winning import single_currency
from funnelkit.report.blocks import Fact, figure, missing
from funnelkit.show.column import COUNT, Money
from funnelkit.words import say

if TYPE_CHECKING:
    from funnelkit.report.pages.study.base import Study

Kind = TypeVar("Kind", bound="Study")


def facts_of(report: Kind, makers: Mapping[str, Callable[[Kind], Fact]]) -> tuple[Fact, ...]:
    """Return the numbers; one the data do not carry is there without a value.

    Parameters
    ----------
    makers : mapping
        By key, what gives a number; the label is ``<room>.fact_<key>``.
    """
    return tuple(_safe(key, make, report) for key, make in makers.items())


def won_by_month(report: Study) -> tuple[float, ...]:
    """Return the deals won in each of the last twelve months; () when unknown."""
    p = report.pipeline
    if not p.has("closed_at"):
        return ()
    won = p.deals.filter(p.deals.outcome == "won", p.deals.closed_at <= p.as_of)
    month = won.closed_at.year() * 12 + won.closed_at.month()
    found = won.group_by(month=month).agg(n=won.count()).to_pandas()
    counts = dict(zip(found["month"], found["n"], strict=True))
    last = p.as_of.year * 12 + p.as_of.month
    return tuple(float(counts.get(k, 0)) for k in range(last - 11, last + 1))


def _safe(key: str, make: Callable[[Kind], Fact], report: Kind) -> Fact:
    try:
        found = make(report)
    except FunnelkitError as problem:
        found = figure(float("nan"), COUNT)
        if problem.key == "pipeline.no_losses":  # the column is there, and holds none
            found = replace(found, note=say("report.fact_no_losses"))
    return replace(found, key=key, label=found.label or say(f"{report.room}.fact_{key}"))


def money_of(report: Study) -> Money:
    """Return the unit of a report's amounts; refuse to add up several currencies."""
    return Money(currency=single_currency(report.pipeline) or "", coded=True)


def collected(report: Kind, makers: Iterable[Callable[[Kind], Iterable[str]]]) -> tuple[str, ...]:
    """Return the first five sentences the makers have to say, and what the data lack, said once."""
    found: list[str] = []
    for make in makers:
        try:
            found += make(report)
        except FunnelkitError as problem:
            # said once: without a history several of them have the same reason
            if missing(problem) not in found and len(found) < 3:
                found.append(missing(problem))
    empty = say("measures.nothing")
    return tuple(text for text in found if text != empty)[:5]
