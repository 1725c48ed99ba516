"""What of the won deals has been paid, and by what a result is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from funnelkit.page.parts import Sentence
from funnelkit.report.pages.shown import label_of
from funnelkit.show.column import COUNT, SHARE, TEXT, Column, Money, columns
from funnelkit.show.table import Table
from funnelkit.words import say

if TYPE_CHECKING:
    from funnelkit.measures.cash import Payments
    from funnelkit.report.pages.study.base import Study

#: Sellers whose overdue amounts are listed.
MOST = 8


def cash(report: Study) -> tuple[Any, ...]:
    """Say how much of what was won is paid, show it by age, and name the bases of a result."""
    found = report.measure("payments")
    parts: list[Any] = [Sentence(found.summary(), "fk-deck"), by_age(report, found)]
    if report.pipeline.has("owner") and found.total("to_30", "to_90", "to_180", "over_180"):
        parts.append(by_owner(report))
    parts.append(Sentence(report.measure("bookings").summary()))
    parts.append(Sentence(say("payments.note"), "fk-muted"))
    return tuple(parts)


def by_age(report: Study, found: Payments) -> Table:
    """Return the agreed amounts by where they stand."""
    money = Money(currency=report.pipeline.currency, most=float(found.table["amount"].max()))
    heads = columns(
        "payments.column_", standing=TEXT, payments=COUNT, amount=money, share=SHARE,
        disputed_amount=money, not_invoiced_amount=money,
    )  # fmt: skip
    rows = [
        (found.name_value("standing", r["standing"]), *(r[h.name] for h in heads[1:]))
        for r in found.table.to_dict("records")
    ]
    return Table(heads, rows, say("payments.by_age_caption", unit=money.head))


def by_owner(report: Study) -> Table:
    """Return who has most overdue."""
    rows = report.measure("payments", by="owner").table
    paid = rows[rows["standing"] == "paid"].groupby("owner")["amount"].sum()
    late = rows[~rows["standing"].isin(["paid", "not_due", "no_due_date"])]
    late = late.groupby("owner")["amount"].sum().sort_values(ascending=False).head(MOST)
    money = Money(currency=report.pipeline.currency, most=float(late.max()))
    heads = columns("payments.head_", overdue=money, rate=SHARE)
    cells = [
        (str(name), value, paid.get(name, 0.0) / (paid.get(name, 0.0) + value))
        for name, value in late.items()
    ]
    return Table(
        [Column(label_of("owner")), *heads],
        cells,
        say("payments.by_owner_caption", unit=money.head),
    )
