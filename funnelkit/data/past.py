"""The pipeline as it was known at a moment, with nothing from later."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import ibis
import ibis.expr.types as ir

from funnelkit.data.pipeline import DEALS, OUTCOMES, Pipeline

# Facts about the end of a deal: unknown while it was open.
_KNOWN_AT_CLOSE = ("loss_reason", "competitor")


def as_known_at(p: Pipeline, moment: dt.datetime) -> Pipeline:
    """Return ``p`` as known at ``moment``; see :meth:`Pipeline.at`."""
    deals = p.deals
    history = None
    if p.stage_history is not None:
        history = p.stage_history.filter(p.stage_history.entered_at <= moment)
        deals = deals.left_join(_started(p.stage_history), "deal_id").drop("deal_id_right")
        deals = deals.mutate(created_at=ibis.coalesce(deals.created_at, deals.first_entered_at))
        deals = deals.left_join(_last_known(history), "deal_id").drop(
            "deal_id_right", "first_entered_at"
        )
    else:
        deals = deals.mutate(
            then_stage=ibis.null("string"),
            then_last=ibis.null("string"),
            then_last_at=ibis.null("timestamp(6)"),
        )

    ended = deals.outcome != "open"
    undated = deals.created_at.isnull() | (
        ended & deals.closed_at.isnull() & ~deals.then_last.isin(OUTCOMES).fill_null(False)
    )
    lost_track = int(deals.filter(undated).count().execute())
    deals = deals.filter(~undated & (deals.created_at <= moment))

    by_history = deals.then_last.isin(OUTCOMES).fill_null(False)
    by_date = (deals.outcome != "open") & (deals.closed_at <= moment).fill_null(False)
    outcome = ibis.cases((by_date, deals.outcome), (by_history, deals.then_last), else_="open")
    closed_at = ibis.cases(
        (by_date, deals.closed_at),
        (by_history, deals.then_last_at),
        else_=ibis.null("timestamp(6)"),
    )
    deals = deals.mutate(outcome=outcome, closed_at=closed_at, stage=deals.then_stage)
    deals = deals.drop("then_stage", "then_last", "then_last_at")
    deals = deals.mutate(
        {
            c: (deals.outcome != "open").ifelse(deals[c], ibis.null(DEALS[c]))
            for c in _KNOWN_AT_CLOSE
        }
    )

    fields = p.field_history
    if fields is not None:
        deals = _rewind(deals, fields, moment)
        fields = fields.filter(fields.changed_at <= moment)
    left_out = p.left_out + ((("not_dated", lost_track),) if lost_track else ())
    part = p._with_deals(deals, stage_history=history, field_history=fields)
    return replace(part, as_of=moment, left_out=left_out)


def _started(history: ir.Table) -> ir.Table:
    return history.group_by("deal_id").agg(first_entered_at=history.entered_at.min())


def _last_known(history: ir.Table) -> ir.Table:
    """Per deal: the last row, and the last open stage."""
    order = [history.entered_at.desc(), history.seq.desc()]
    closing = history.stage.isin(OUTCOMES)
    ranked = history.mutate(
        back=ibis.row_number().over(ibis.window(group_by="deal_id", order_by=order)),
        back_open=ibis.row_number().over(
            ibis.window(group_by=[history.deal_id, closing], order_by=order)
        ),
        closing=closing,
    )
    last = ranked.back == 0
    last_open = (ranked.back_open == 0) & ~ranked.closing
    return ranked.group_by("deal_id").agg(
        then_stage=ranked.stage.max(where=last_open),
        then_last=ranked.stage.max(where=last),
        then_last_at=ranked.entered_at.max(where=last),
    )


def _rewind(deals: ir.Table, fields: ir.Table, moment: dt.datetime) -> ir.Table:
    """Put back the values that were changed after ``moment``: the first later change's old one."""
    later = fields.filter(fields.changed_at > moment)
    first = ibis.window(group_by=["deal_id", "field"], order_by=["changed_at", "seq"])
    later = later.mutate(nth=ibis.row_number().over(first))
    later = later.filter(later.nth == 0)
    names = [
        c for c in DEALS if c not in ("deal_id", "stage", "outcome", "created_at", "closed_at")
    ]
    names += [c for c in deals.columns if c not in DEALS]
    known = set(fields.select("field").distinct()["field"].to_pandas())
    for name in [n for n in names if n in known]:
        change = later.filter(later.field == name).select(
            "deal_id", was=later.old, changed=ibis.literal(True)
        )
        kind = deals.schema()[name]
        joined = deals.left_join(change, "deal_id").drop("deal_id_right")
        was = joined.was.try_cast(kind) if str(kind) != "string" else joined.was
        deals = joined.mutate(
            {name: joined.changed.fill_null(False).ifelse(was, joined[name])}
        ).drop("was", "changed")
    return deals
