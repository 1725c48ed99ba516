"""The pipeline as it was known at a moment, with nothing from later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from funnelkit.data.contract import DEALS, OUTCOMES, TABLES, TOLD_LATER
from funnelkit.data.engines import read_text
from funnelkit.data.inner import MARK, attach, inner

# Facts about the end of a deal: unknown while it was open.
_KNOWN_AT_CLOSE = ("loss_reason", "competitor")


@dataclass(frozen=True)
class Known:
    """The tables as known at a moment; ``lost_track``: deals that cannot be placed in time."""

    deals: ir.Table
    stage_history: ir.Table | None
    field_history: ir.Table | None
    lost_track: int


def known_at(
    deals: ir.Table,
    history: ir.Table | None,
    fields: ir.Table | None,
    changed: Collection[str],
    moment: dt.datetime,
) -> Known:
    """Return the tables as known at ``moment``; ``changed`` are the columns with a history."""
    if history is not None:
        begun = history.group_by("deal_id").agg(
            began_at=history.entered_at.min(),
            ends=history.stage.isin(OUTCOMES).any(),
        )
        history = history.filter(until(history.entered_at, moment))
        deals = attach(attach(deals, begun), last_rows(history))
    else:
        none = {inner(c): ibis.null("string") for c in ("last", "last_open")}
        times = {inner(c): ibis.null("timestamp(6)") for c in ("began_at", "last_at")}
        deals = deals.mutate(**{inner("ends"): ibis.literal(False)}, **none, **times)
    deals = deals.mutate(created_at=ibis.coalesce(deals.created_at, deals[inner("began_at")]))

    # A close without any date could lie before or after the moment.
    ended = deals.outcome != "open"
    adrift = ended & deals.closed_at.isnull() & ~deals[inner("ends")].fill_null(False)
    begun_by = until(deals.created_at, moment)
    undated = deals.created_at.isnull() | (begun_by & adrift)
    lost_track = int(deals.filter(undated).count().execute())
    deals = deals.filter(begun_by & ~adrift)

    by_date = (deals.outcome != "open") & until(deals.closed_at, moment)
    last = deals[inner("last")]
    by_history = last.isin(OUTCOMES).fill_null(False)
    deals = deals.mutate(
        outcome=ibis.cases((by_date, deals.outcome), (by_history, last), else_="open"),
        closed_at=ibis.cases(
            (by_date, deals.closed_at),
            (by_history, deals[inner("last_at")]),
            else_=ibis.null("timestamp(6)"),
        ),
        # where a deal ended is known from its close on, even without a history
        stage=ibis.coalesce(
            deals[inner("last_open")], by_date.ifelse(deals.stage, ibis.null("string"))
        ),
    )
    deals = deals.drop(*(c for c in deals.columns if c.startswith(MARK)))
    closed = deals.outcome != "open"
    deals = deals.mutate({c: closed.ifelse(deals[c], ibis.null(DEALS[c])) for c in _KNOWN_AT_CLOSE})

    if fields is not None:
        deals = _rewind(deals, fields, changed, moment)
        fields = fields.filter(until(fields.changed_at, moment))
    return Known(deals, history, fields, lost_track)


def not_later(name: str, table: ir.Table, moment: dt.datetime) -> ir.Table:
    """Return a further table as known at ``moment``: no later row, no later fact in a row."""
    if (since := TABLES.get(name)) and since in table.columns:
        table = table.filter(until(table[since], moment))
    for day, told in TOLD_LATER.get(name, {}).items():
        if day in table.columns:
            known = table[day] <= ibis.literal(moment, type="timestamp(6)")
            columns = [c for c in (day, *told) if c in table.columns]
            table = table.mutate(**{c: known.ifelse(table[c], None) for c in columns})
    return table


def until(when: ir.TimestampValue, moment: dt.datetime) -> ir.BooleanValue:
    """Whether something was by then; what has no date was not."""
    return (when <= ibis.literal(moment, type="timestamp(6)")).fill_null(False)


def _rewind(
    deals: ir.Table, fields: ir.Table, known: Collection[str], moment: dt.datetime
) -> ir.Table:
    """Put back the values that were changed after ``moment``: the first later change's old one."""
    later = fields.filter(~until(fields.changed_at, moment) & fields.changed_at.notnull())
    first = ibis.window(group_by=["deal_id", "field"], order_by=["changed_at", "seq"])
    later = later.mutate(nth=ibis.row_number().over(first))
    later = later.filter(later.nth == 0)
    names = [
        c for c in DEALS if c not in ("deal_id", "stage", "outcome", "created_at", "closed_at")
    ]
    names += [c for c in deals.columns if c not in DEALS]
    for name in [n for n in names if n in known]:
        change = later.filter(later.field == name).select(
            "deal_id", was=later.old, changed=ibis.literal(True)
        )
        kind = deals.schema()[name]
        joined = attach(deals, change)
        was, changed = read_text(joined[inner("was")], kind), joined[inner("changed")]
        deals = joined.mutate({name: changed.fill_null(False).ifelse(was, joined[name])})
        deals = deals.drop(inner("was"), inner("changed"))
    return deals


def last_rows(history: ir.Table) -> ir.Table:
    """Per deal: its last row (``last``, ``last_at``) and the last open stage (``last_open``)."""
    order = [history.entered_at.desc(), history.seq.desc()]
    closing = history.stage.isin(OUTCOMES)
    ranked = history.mutate(
        back=ibis.row_number().over(ibis.window(group_by="deal_id", order_by=order)),
        back_open=ibis.row_number().over(
            ibis.window(group_by=[history.deal_id, closing], order_by=order)
        ),
        closing=closing,
    )
    final = ranked.back == 0
    return ranked.group_by("deal_id").agg(
        last=ranked.stage.max(where=final),
        last_at=ranked.entered_at.max(where=final),
        last_open=ranked.stage.max(where=(ranked.back_open == 0) & ~ranked.closing),
    )
