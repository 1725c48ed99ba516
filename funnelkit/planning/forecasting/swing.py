"""Which open deals a period hangs on: chance, what each brings, and its part of the spread."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from funnelkit.data.pipeline import Pipeline, end_of, start_of
from funnelkit.errors import FunnelkitError
from funnelkit.measures.result import Result, choose
from funnelkit.measures.scope import make_scope
from funnelkit.measures.winning import single_currency
from funnelkit.planning.forecasting.answers import Span
from funnelkit.planning.forecasting.book import Book, moment_of
from funnelkit.planning.forecasting.methods import METHODS, Setting, ask
from funnelkit.renamed import renamed
from funnelkit.words import percent, say

#: Chances are the same however often the period is drawn.
_DRAWS = 100
#: So many deals are named together in the sentence.
TOP = 10


@dataclass(frozen=True, eq=False, repr=False)
class SwingDeals(Result):
    """Open deals with their chance in the period and their part of the spread."""

    name: ClassVar[str] = "swing"
    room: ClassVar[str] = "outlook"

    def summary(self) -> str:
        """Say how much of the spread the first ten deals make."""
        table = self.table[self.table["share"] > 0]
        if table.empty:
            return say("measures.nothing")
        top = table.head(TOP)
        return say(
            "outlook.swing_summary" if len(self.table) > TOP else "outlook.swing_few",
            n=len(self.table), top=len(top), share=percent(top["share"].sum()),
            amount=float(top["amount"].sum()), expected=float(top["expected_amount"].sum()),
        )  # fmt: skip


@renamed(through="until")
def swing_deals(
    p: Pipeline,
    through: dt.date | str,
    method: str = "simulation",
    *,
    since: dt.date | str | None = None,
) -> SwingDeals:
    """List the open deals by how much of the period's spread each of them is.

    Parameters
    ----------
    through, method, since
        As for :func:`forecast`; a method that gives deals chances.

    Returns
    -------
    SwingDeals
        ``table``: ``deal_id, name, owner, stage, expected_close, amount, chance,
        expected_amount, share``, the largest share first. ``share`` is
        ``amount² chance (1 - chance)`` over the sum of all open deals: a large deal that comes or
        not, not one that is nearly certain either way.

    Raises
    ------
    FunnelkitError
        The method gives deals no chances; the period is over.
    """
    choose(method, METHODS, "method")
    p.need("created_at", "outcome", "amount", what="forecast")
    p.need_open_amounts("forecast")
    single_currency(p)
    end = end_of(through)
    if end <= p.as_of:
        raise FunnelkitError("forecast.period_over", until=end, as_of=p.as_of)
    start = p.as_of if since is None else start_of(since) - dt.timedelta(microseconds=1)
    span = Span(moment_of(p.as_of), moment_of(start), moment_of(end))
    book = Book.of(p)
    known = book.known_at(span.now)
    answer = ask(method, known, span, Setting(p.process, book.amount_while_open, _DRAWS, 0))
    if answer.chance is None:
        raise FunnelkitError("forecast.no_deal_chances", method=method)
    names = ["deal_id", "name", "owner", "stage", "expected_close", "amount"]
    deals = p.deals.select(*names).order_by("deal_id").to_pandas()
    table = deals.iloc[known.row[known.open]].reset_index(drop=True)
    table["amount"] = known.amount[known.open]
    chance = np.clip(answer.chance, 0.0, 1.0)
    worth = table["amount"].fillna(0.0).to_numpy(float)
    variance = worth**2 * chance * (1 - chance)
    table["chance"], table["expected_amount"] = chance, worth * chance
    table["share"] = variance / variance.sum() if variance.sum() > 0 else 0.0
    left_out = [("no_amount", int(table["amount"].isna().sum()))]
    scope = make_scope(p, len(table), left_out)
    table = table.dropna(subset=["amount"]).sort_values("share", ascending=False, kind="stable")
    options = (("method", method), ("through", end))
    return SwingDeals(table.reset_index(drop=True), scope, p.process, (), options, p.synthetic)


__all__ = ["TOP", "SwingDeals", "swing_deals"]
