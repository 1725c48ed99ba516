"""The pipeline as it was known at a moment, with nothing from later."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import ibis
import ibis.expr.types as ir

from funnelkit.data.engines import read_text
from funnelkit.data.history import changed_fields
from funnelkit.data.inner import MARK, attach, inner
from funnelkit.data.pipeline import DEALS, OUTCOMES, TABLES, Pipeline, last_rows

# Facts about the end of a deal: unknown while it was open.
_KNOWN_AT_CLOSE = ("loss_reason", "competitor")


def as_known_at(p: Pipeline, moment: dt.datetime) -> Pipeline:
    """Return ``p`` as known at ``moment``; see :meth:`Pipeline.at`."""
    if moment >= p.as_of:
        return p
    deals = p.deals
    history = p.stage_history
    if history is not None:
        begun = history.group_by("deal_id").agg(
            began_at=history.entered_at.min(),
            ends=history.stage.isin(OUTCOMES).any(),
        )
        history = history.filter(_until(history.entered_at, moment))
        deals = attach(attach(deals, begun), last_rows(history))
    else:
        none = {inner(c): ibis.null("string") for c in ("last", "last_open")}
        times = {inner(c): ibis.null("timestamp(6)") for c in ("began_at", "last_at")}
        deals = deals.mutate(**{inner("ends"): ibis.literal(False)}, **none, **times)
    deals = deals.mutate(created_at=ibis.coalesce(deals.created_at, deals[inner("began_at")]))

    # A close without any date could lie before or after the moment.
    ended = deals.outcome != "open"
    adrift = ended & deals.closed_at.isnull() & ~deals[inner("ends")].fill_null(False)
    begun_by = _until(deals.created_at, moment)
    undated = deals.created_at.isnull() | (begun_by & adrift)
    lost_track = int(deals.filter(undated).count().execute())
    deals = deals.filter(begun_by & ~adrift)

    by_date = (deals.outcome != "open") & _until(deals.closed_at, moment)
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

    fields = p.field_history
    if fields is not None:
        deals = _rewind(p, deals, fields, moment)
        fields = fields.filter(_until(fields.changed_at, moment))
    left_out = p.left_out + ((("not_dated", lost_track),) if lost_track else ())
    tables = {
        name: table.filter(_until(table[since], moment))
        if (since := TABLES.get(name)) and since in table.columns
        else table
        for name, table in p.tables.items()
    }
    part = p._with_deals(deals, stage_history=history, field_history=fields, tables=tables)
    # nothing is known of the time after the data: open deals stay censored where they end
    return replace(part, as_of=min(moment, p.as_of), left_out=left_out)


def _until(when: ir.TimestampValue, moment: dt.datetime) -> ir.BooleanValue:
    return (when <= ibis.literal(moment, type="timestamp(6)")).fill_null(False)


def _rewind(p: Pipeline, deals: ir.Table, fields: ir.Table, moment: dt.datetime) -> ir.Table:
    """Put back the values that were changed after ``moment``: the first later change's old one."""
    later = fields.filter(~_until(fields.changed_at, moment) & fields.changed_at.notnull())
    first = ibis.window(group_by=["deal_id", "field"], order_by=["changed_at", "seq"])
    later = later.mutate(nth=ibis.row_number().over(first))
    later = later.filter(later.nth == 0)
    names = [
        c for c in DEALS if c not in ("deal_id", "stage", "outcome", "created_at", "closed_at")
    ]
    names += [c for c in deals.columns if c not in DEALS]
    known = changed_fields(p)
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
