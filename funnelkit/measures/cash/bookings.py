"""One result, four ways to count it: signed, shipped, invoiced, paid."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from funnelkit.data.pipeline import Pipeline
from funnelkit.measures.cash.payments import known_payments
from funnelkit.measures.engine import is_call_off, period, within
from funnelkit.measures.result import Result
from funnelkit.measures.scope import make_scope
from funnelkit.measures.winning import single_currency
from funnelkit.show.column import COUNT, TEXT
from funnelkit.words import money, say

#: What a result may be counted by, in the order of a contract's life.
BASES = ("signed", "called_off", "shipped", "invoiced", "paid")


@dataclass(frozen=True, eq=False, repr=False)
class Bookings(Result):
    """The result of a period by each basis the data carry."""

    name: ClassVar[str] = "bookings"
    room: ClassVar[str] = "payments"
    units: ClassVar = {"basis": TEXT, "deals": COUNT}

    def amount(self, basis: str) -> float:
        """Return the amount of one basis; nan where the data do not carry it."""
        found = self.table.loc[self.table["basis"] == basis, "amount"]
        return float(found.iloc[0]) if len(found) else float("nan")

    def summary(self) -> str:
        """Give each number with the basis it is counted by."""
        parts = [
            say(
                "payments.basis_said",
                basis=self.name_value("basis", row["basis"]), amount=money(row["amount"]),
                deals=int(row["deals"]),
            )
            for row in self.table.to_dict("records")
        ]  # fmt: skip
        return say("payments.bookings_summary", parts=parts)


def bookings(
    p: Pipeline, since: dt.date | str | None = None, until: dt.date | str | None = None
) -> Bookings:
    """Count the result of a period by signature, shipment, invoice and cash received.

    Returns
    -------
    Bookings
        ``table``: ``basis, deals, amount``. *signed*: amounts of the deals won in [since, until);
        *called_off*: orders under a frame agreement, which are no new wins, where there are any.
        *shipped*: payments agreed for goods or work handed over in it. *invoiced*: payments
        invoiced in it. *paid*: cash received in it, from deals won at any time. A basis the
        source does not date is not in the table.

    Raises
    ------
    FunnelkitError
        No table of payments, no amounts, several currencies.

    Examples
    --------
    >>> import funnelkit as fk
    >>> fk.bookings(fk.load("equipment-zh")).table["basis"].tolist()
    ['signed', 'shipped', 'invoiced', 'paid']
    """
    p.need("payments", "outcome", "amount", "closed_at", what="bookings")
    single_currency(p, [])
    start, end = period(since, until)
    won = p.deals.filter(p.deals.outcome == "won")
    rows = known_payments(p).semi_join(won, "deal_id")
    call_off = is_call_off(p)
    new = won if call_off is None else won.filter(~call_off)
    dated = {
        "signed": (new, "closed_at", "amount"),
        "shipped": (rows, "shipped_on", "amount"),
        "invoiced": (rows, "invoiced_on", "amount"),
        "paid": (rows, "paid_on", "paid"),
    }
    if call_off is not None:
        dated["called_off"] = (won.filter(call_off), "closed_at", "amount")
    found = []
    told = {"closed_at", *p.tables["payments"].columns}
    for basis, (table, day, column) in dated.items():
        if day in told:
            part = table.filter(table[day].notnull() & within(table[day], start, end))
            row = part.agg(deals=part.deal_id.nunique(), amount=part[column].sum()).to_pandas()
            deals, amount = row.fillna(0).iloc[0]
            found.append((basis, int(deals), float(amount)))
    found = [row for row in found if row[0] != "called_off" or row[1]]
    found.sort(key=lambda row: BASES.index(row[0]))
    table = pd.DataFrame(found, columns=["basis", "deals", "amount"])
    undated = int(won.filter(won.closed_at.isnull()).count().execute())
    scope = make_scope(p, int(won.count().execute()) - undated, [("undated", undated)], start, end)
    return Bookings(table, scope, p.process, synthetic=p.synthetic)
