"""The two tables every measure stands on: one row a deal, one row a visit.

Both are Ibis expressions, so DuckDB, Spark or a warehouse does the work and only small
aggregates come here.
"""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir
import pandas as pd

from funnelkit.data.pipeline import OUTCOMES, Pipeline, start_of

SECONDS_A_DAY = 86_400


def period(
    since: dt.date | str | None, until: dt.date | str | None
) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Return the half-open period [since, until) as moments."""
    return (
        None if since is None else start_of(since),
        None if until is None else start_of(until),
    )


def within(
    moment: ir.TimestampValue, since: dt.datetime | None, until: dt.datetime | None
) -> ir.BooleanValue:
    """Say whether a moment lies in [since, until)."""
    inside: ir.BooleanValue = ibis.literal(True)
    if since is not None:
        inside = inside & (moment >= since)
    if until is not None:
        inside = inside & (moment < until)
    return inside.fill_null(False)


def seconds_between(start: ir.TimestampValue, end: ir.TimestampValue) -> ir.FloatingValue:
    """Return the exact seconds from ``start`` to ``end``."""
    return end.epoch_seconds() - start.epoch_seconds()


def rank_of(stage: ir.StringValue, p: Pipeline) -> ir.IntegerValue:
    """Return a stage's place in the process, from 0; null for outcomes."""
    pairs = [(stage == s, ibis.literal(p.process.rank(s), "int64")) for s in p.process.open_ids]
    return ibis.cases(*pairs, else_=ibis.null("int64"))


def deals_in(p: Pipeline, since: dt.datetime | None, until: dt.datetime | None) -> ir.Table:
    """Return the deals created in the period (all of them when it has no limits)."""
    if since is None and until is None:
        return p.deals
    p.need("created_at", what="since/until")
    return p.deals.filter(within(p.deals.created_at, since, until))


def groups_first(table: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Write a missing group as text, so that no deal drops out of a grouped table."""
    for column in by:
        values = table[column].astype("object")
        table[column] = values.where(values.notna(), "(none)")
    return table


def visits(p: Pipeline, extra: tuple[str, ...] = ()) -> ir.Table:
    """One row a stay in an open stage.

    Columns ``deal_id, stage, entered_at, left_at, next, visit, outcome`` and the deal columns
    named in ``extra``. ``left_at`` and ``next`` are null while the deal is still there; the
    last stay of a closed deal ends at ``closed_at``. ``visit`` counts a deal's stays in the
    stage from 0.
    """
    history = p.stage_history
    assert history is not None  # noqa: S101 - measures call p.need("stage_history") first
    order = [history.entered_at, history.seq]
    along = ibis.window(group_by=history.deal_id, order_by=order)
    again = ibis.window(group_by=[history.deal_id, history.stage], order_by=order)
    rows = history.select(
        "deal_id",
        "stage",
        "entered_at",
        "seq",
        next=history.stage.lead().over(along),
        left_at=history.entered_at.lead().over(along),
        visit=ibis.row_number().over(again),
    )
    rows = rows.filter(rows.stage.isin(p.process.open_ids))
    facts = p.deals.select("deal_id", "outcome", "closed_at", *extra)
    rows = rows.inner_join(facts, "deal_id")
    closed = rows.next.isnull() & (rows.outcome != "open")
    return rows.mutate(
        next=closed.ifelse(rows.outcome, rows.next),
        left_at=closed.ifelse(rows.closed_at, rows.left_at),
        dated=~(closed & rows.closed_at.isnull()),
    )


def first_entries(p: Pipeline) -> ir.Table:
    """One row a deal: the moment of its first entry of each open stage, ``at_<rank>``."""
    history = p.stage_history
    assert history is not None  # noqa: S101
    entries = {
        f"at_{p.process.rank(s)}": history.entered_at.min(where=history.stage == s)
        for s in p.process.open_ids
    }
    return history.group_by("deal_id").agg(**entries)


__all__ = [
    "OUTCOMES",
    "SECONDS_A_DAY",
    "deals_in",
    "first_entries",
    "groups_first",
    "period",
    "rank_of",
    "seconds_between",
    "visits",
    "within",
]
