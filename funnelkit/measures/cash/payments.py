"""How much of what was won has been paid, and how old is the rest."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import ibis
import ibis.expr.types as ir
import pandas as pd

from funnelkit.data.kept import kept
from funnelkit.data.past import not_later
from funnelkit.data.pipeline import Pipeline
from funnelkit.measures.behind import dated, ones
from funnelkit.measures.columns import MONEY
from funnelkit.measures.engine import (
    group_columns,
    groups_first,
    moment_at,
    outside,
    period,
    whole_days,
    within,
)
from funnelkit.measures.result import Result, column_label
from funnelkit.measures.scope import make_scope
from funnelkit.measures.winning import single_currency
from funnelkit.show.column import COUNT, SHARE, TEXT
from funnelkit.words import money, percent, say, sentences

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

#: Where an agreed amount stands: paid, to come, or overdue by so many days at most.
OVERDUE = {"to_30": 30, "to_90": 90, "to_180": 180, "over_180": None}
STANDINGS = ("paid", "not_due", *OVERDUE, "no_due_date")
_TEXT = ("deal_id", "milestone")
_DAYS = ("due_on", "invoiced_on", "paid_on", "shipped_on")
_SUMS = ("amount", "paid")


@dataclass(frozen=True, eq=False, repr=False)
class Payments(Result):
    """The agreed amounts of won deals by where they stand."""

    name: ClassVar[str] = "payments"
    room: ClassVar[str] = "payments"
    counts: ClassVar = ("payments", "amount", "disputed_amount", "not_invoiced_amount")
    keys: ClassVar = ("standing",)
    units: ClassVar = {
        "standing": TEXT, "payments": COUNT, "share": SHARE,
        "disputed_amount": MONEY, "not_invoiced_amount": MONEY,
    }  # fmt: skip

    def _behind(self, p: Pipeline) -> ir.Table:
        rows = agreed(p)
        return rows.select(
            "deal_id", "standing", *self.counts, why=dated(rows, "closed_at", self.scope)
        )

    def total(self, *standings: str, column: str = "amount") -> float:
        """Return the sum of a column over these standings; all of them where none is named."""
        table = self.table
        if standings:
            table = table[table["standing"].isin(standings)]
        return float(table[column].sum())

    @property
    def collection_rate(self) -> float:
        """Paid as a share of what has come due: what is overdue, and what was paid."""
        paid = self.total("paid")
        due = paid + self.total(*OVERDUE)
        return paid / due if due else float("nan")

    def summary(self) -> str:
        """Say how much is paid, how much of what is due, and what is late, disputed, uninvoiced."""
        agreed_amount, overdue = self.total(), self.total(*OVERDUE)
        if not agreed_amount:
            return say("measures.nothing")
        paid = self.total("paid")
        parts = [
            say(
                "payments.payments_summary",
                deals=self.scope.used, amount=money(agreed_amount), paid=money(paid),
                share=percent(paid / agreed_amount), rate=percent(self.collection_rate, 1),
            )
        ]  # fmt: skip
        if not overdue:
            parts.append(say("payments.none_overdue"))
            return sentences(parts)
        old = self.total("to_180", "over_180")
        parts.append(say("payments.overdue", overdue=money(overdue), old=money(old)))
        bare = self.total(*OVERDUE, column="not_invoiced_amount")
        if bare:
            parts.append(say("payments.not_invoiced", amount=money(bare)))
        disputed = self.total(column="disputed_amount")
        if disputed:
            parts.append(say("payments.disputed", amount=money(disputed)))
        return sentences(parts)

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the amounts by where they stand."""
        from funnelkit.charts.bars import bars

        table = self.table.groupby("standing", sort=False, as_index=False)["amount"].sum()
        share = table["amount"] / table["amount"].sum()
        label = [self.name_value("standing", s) for s in table["standing"]]
        heads = [column_label(c, self.room) for c in ("amount", "share")]
        return bars(
            pd.DataFrame({"label": label, "n": table["amount"], "share": share}),
            headings=heads,
            write=money,
            **self._around(ax),
        )


def payments(
    p: Pipeline,
    by: str | list[str] | None = None,
    *,
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
) -> Payments:
    """How much of what was won has been paid, and how old is what has not.

    Stands on the table ``payments`` of the source, one row a payment agreed in the contract:
    ``deal_id, milestone, due_on, amount`` and, where known, ``invoiced_on, paid_on, paid,
    disputed, shipped_on``. ``milestone`` is advance, delivery, acceptance or retention, or the
    contract's own word. A part payment is paid; its rest stands by its due date.

    Parameters
    ----------
    by : str or list of str, optional
        One block of rows a group.
    since, until : date, optional
        Half-open period on the closing date of the deals.

    Returns
    -------
    Payments
        ``table``: [by], ``standing, payments, amount, share, disputed_amount,
        not_invoiced_amount``. ``standing`` is one of `STANDINGS`; ``share`` is of the group's
        agreed amount. ``collection_rate``: paid / (paid + overdue). Days overdue are whole days
        from the due date to ``as_of``; what was paid ahead of its date counts as paid and due.

    Raises
    ------
    FunnelkitError
        No table of payments; several currencies; ``by`` is a column of the measure itself.

    Examples
    --------
    >>> import funnelkit as fk
    >>> found = fk.payments(fk.load("equipment-zh"))
    >>> bool(abs(found.table["share"].sum() - 1) < 1e-9)
    True
    """
    groups = group_columns(p, by, *Payments.counts, "standing", "share")
    p.need("payments", "outcome", what="payments")
    single_currency(p, groups)
    start, end = period(since, until)
    rows = agreed(p, groups)
    rows = rows.filter(within(rows.closed_at, start, end)) if start or end else rows
    won = p.deals.filter(p.deals.outcome == "won")
    inside = won.filter(within(won.closed_at, start, end)) if start or end else won
    keys = [*groups, "standing"]
    sums = {c: rows[c].sum() for c in Payments.counts}
    raw = groups_first(rows.group_by(keys).agg(**sums).to_pandas(), groups)
    raw["standing"] = pd.Categorical(raw["standing"], STANDINGS, ordered=True)
    table = raw.sort_values(keys).reset_index(drop=True)
    table["standing"] = table["standing"].astype("str")
    table["payments"] = table["payments"].astype("int64")
    whole = table.groupby(groups)["amount"].transform("sum") if groups else table["amount"].sum()
    table.insert(list(table.columns).index("amount") + 1, "share", table["amount"] / whole)
    used = int(rows.select("deal_id").distinct().count().execute())
    bare = int(inside.count().execute()) - used
    left_out = [*outside(won, "closed_at", start, end), ("no_payments", bare)]
    scope = make_scope(p, used, left_out, start, end)
    return Payments(table, scope, p.process, tuple(groups), synthetic=p.synthetic)


def known_payments(p: Pipeline) -> ir.Table:
    """Return the payments of won deals with every column, as known at ``as_of``."""
    given = not_later("payments", p.tables["payments"], p.as_of)
    kinds = dict.fromkeys(_TEXT, "string") | dict.fromkeys(_DAYS, "timestamp(6)")
    kinds |= dict.fromkeys(_SUMS, "float64") | {"disputed": "boolean"}
    told = "paid" in given.columns
    table = given.select(
        **{c: given[c].cast(k) if c in given.columns else ibis.null(k) for c, k in kinds.items()}
    )
    whole = table.paid_on.notnull().ifelse(table.amount, 0.0)  # a day and no sum: all of it
    sum_paid = ibis.coalesce(table.paid, whole) if told else whole
    return table.mutate(
        paid=ibis.least(sum_paid.fill_null(0.0), table.amount),
        disputed=table.disputed.fill_null(False),
    ).filter(table.amount > 0)


@kept
def _invoices_told(p: Pipeline) -> bool:
    """Whether the source says when invoices were written."""
    return "invoiced_on" in p.tables["payments"].columns


def agreed(p: Pipeline, groups: list[str] | None = None) -> ir.Table:
    """Return one row an agreed payment of a won deal and standing: what is paid, and the rest."""
    won = p.deals.filter(p.deals.outcome == "won")
    won = won.select(*dict.fromkeys(["deal_id", "closed_at", *(groups or [])]))
    rows = known_payments(p).inner_join(won, "deal_id")
    late = whole_days(rows.due_on, moment_at(p.as_of))
    overdue = [(late <= most, name) for name, most in OVERDUE.items() if most is not None]
    standing = ibis.cases(
        (rows.due_on.isnull(), "no_due_date"), (late <= 0, "not_due"), *overdue, else_="over_180"
    )
    due_bare = (late > 0) & rows.invoiced_on.isnull() & _invoices_told(p)
    rows = rows.mutate(rest=rows.amount - rows.paid, standing=standing, bare=due_bare)
    nothing = ibis.literal(0.0)
    paid = rows.filter(rows.paid > 0).mutate(
        standing=ibis.literal("paid"), payments=ones(ibis.literal(True)), amount=rows.paid,
        disputed_amount=nothing, not_invoiced_amount=nothing,
    )  # fmt: skip
    rest = rows.filter(rows.rest > 0).mutate(
        payments=ones(ibis.literal(True)), amount=rows.rest,
        disputed_amount=rows.disputed.ifelse(rows.rest, 0.0),
        not_invoiced_amount=rows.bare.fill_null(False).ifelse(rows.rest, 0.0),
    )  # fmt: skip
    return ibis.union(paid, rest)
