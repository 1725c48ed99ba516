"""The two tables every measure stands on: one row a deal, one row a visit.

Both are Ibis expressions, so DuckDB, Spark or a warehouse does the work and only small
aggregates come here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import ibis
import ibis.expr.types as ir
import pandas as pd

from funnelkit.data.pipeline import NO_GROUP, OUTCOMES, Pipeline, start_of
from funnelkit.data.stays import name_of
from funnelkit.errors import FunnelkitError

MICROSECONDS_A_DAY = 86_400_000_000

# Columns the measures make on the way; an attribute of that name would be mistaken for one.
_WORKING = frozenset(
    "n day exit dated far seq visit place first next left_at entered_at running duration came "
    "began followed cohort age deals won lost open of rate low high rule closing furthest "
    "latest".split()
)


def is_call_off(p: Pipeline) -> ir.BooleanValue | None:
    """Say which deals are orders under a frame agreement; None where the sheet names no such."""
    marks = [
        p.deals[column].isin(values).fill_null(False)
        for column, values in p.process.call_offs.items()
        if column in p.deals.columns
    ]
    found: ir.BooleanValue | None = None
    for mark in marks:
        found = mark if found is None else found | mark
    return found


def period(
    since: dt.date | str | None, until: dt.date | str | None
) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Return the half-open period [since, until) as moments.

    Raises
    ------
    FunnelkitError
        Not a date, or the period ends before it starts.
    """
    start = None if since is None else start_of(since)
    end = None if until is None else start_of(until)
    if start is not None and end is not None and end <= start:
        raise FunnelkitError("measures.period_order", since=start, until=end)
    return start, end


def within(
    moment: ir.TimestampValue, since: dt.datetime | None, until: dt.datetime | None
) -> ir.BooleanValue:
    """Say whether a moment lies in [since, until); an unknown one does not."""
    inside: ir.BooleanValue = ibis.literal(True)
    if since is not None:
        inside = inside & (moment >= moment_at(since))
    if until is not None:
        inside = inside & (moment < moment_at(until))
    return inside.fill_null(False)


def moment_at(when: dt.datetime) -> ir.TimestampScalar:
    """Return a moment as a value every engine compares with the tables' times."""
    return ibis.literal(when, type="timestamp(6)")


def microseconds(start: ir.TimestampValue, end: ir.TimestampValue) -> ir.IntegerValue:
    """Return the exact time from ``start`` to ``end``; whole numbers are equal on every engine."""
    return end.delta(start, unit="microsecond")


def whole_days(start: ir.TimestampValue, end: ir.TimestampValue) -> ir.IntegerValue:
    """Return the days from ``start`` to ``end``, cut down; negative when it ends before."""
    return in_days(microseconds(start, end))


def in_days(duration: ir.IntegerValue) -> ir.IntegerValue:
    """Return microseconds as whole days, cut down."""
    return (duration / MICROSECONDS_A_DAY).floor().cast("int64")


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


def part_in(p: Pipeline, since: dt.datetime | None, until: dt.datetime | None) -> Pipeline:
    """Return the part of the pipeline that was created in the period."""
    if since is None and until is None:
        return p
    return p._with_deals(deals_in(p, since, until))


def outside(
    deals: ir.Table, column: str, since: dt.datetime | None, until: dt.datetime | None
) -> list[tuple[str, int]]:
    """Count the deals a period leaves out: dated outside it, or not dated."""
    if since is None and until is None:
        return []
    unknown = deals[column].isnull()
    row = deals.agg(
        away=(~unknown & ~within(deals[column], since, until)).sum(), unknown=unknown.sum()
    )
    away, missing = row.to_pandas().fillna(0).iloc[0]
    return [("outside_period", int(away)), ("undated", int(missing))]


def group_columns(p: Pipeline, by: str | list[str] | None, *own: str) -> list[str]:
    """Return ``by`` as checked column names, none of them a name the measure needs itself."""
    groups = list(dict.fromkeys(p.groups(by)))
    taken = [g for g in groups if g in own or g in _WORKING]
    if taken:
        raise FunnelkitError("measures.taken_column", found=taken[0], other=f"{taken[0]}_2")
    return groups


def groups_first(table: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Write a missing group as text, so that no deal drops out of a grouped table."""
    for column in by:
        known = table[column].notna()
        values = table[column].astype("object")
        if not known.all():  # text beside numbers could not be sorted
            values = values.where(~known, values.astype("str")).where(known, NO_GROUP)
        table[column] = values
    return table


def every_stage(
    table: pd.DataFrame, by: list[str], stages: Iterable[str], numbers: list[str]
) -> pd.DataFrame:
    """Give each group one row a stage, in process order, with zeros where nothing was."""
    index = pd.DataFrame({"stage": list(stages)})
    if by:
        index = table[by].drop_duplicates().sort_values(by).merge(index, how="cross")
    full = index.merge(table, on=[*by, "stage"], how="left")
    full[numbers] = full[numbers].fillna(0).astype("int64")
    return full


def in_process_order(table: pd.DataFrame, by: list[str], places: list[str]) -> pd.DataFrame:
    """Sort by group, then by stage or outcome as the process has them."""
    order = {name: k for k, name in enumerate(places)}
    own = [c for c in ("from_stage", "stage", "outcome", "to_stage") if c in table and c not in by]
    return table.sort_values(
        [*by, *own], key=lambda c: c.map(order) if c.name in own else c
    ).reset_index(drop=True)


def visits(p: Pipeline, extra: tuple[str, ...] = ()) -> ir.Table:
    """One row a stay in an open stage.

    Columns ``deal_id, stage, place, entered_at, left_at, next, visit, first, outcome`` and the
    deal columns named in ``extra``. ``left_at`` and ``next`` are null while the deal is still
    there; the last stay of a closed deal ends at ``closed_at``. ``place`` is the stage's rank,
    ``visit`` counts a deal's stays in the stage from 0, ``first`` tells the first of them.
    Columns a measure does not use are not computed.
    """
    process = p.process
    stays = p.stays
    facts = p.deals.select("deal_id", "outcome", "closed_at", *extra)
    rows = stays.inner_join(facts, "deal_id")
    over = rows.outcome != "open"
    closed = rows.left_at.isnull() & over
    return rows.mutate(
        stage=name_of(rows.place, process),
        next=(rows.after.isnull() & over).ifelse(rows.outcome, name_of(rows.after, process)),
        left_at=closed.ifelse(rows.closed_at, rows.left_at),
        dated=~(closed & rows.closed_at.isnull()),
    ).drop("after")


def first_entries(p: Pipeline) -> ir.Table:
    """One row a deal: the moment of its first entry of each open stage, ``at_<rank>``."""
    history = p.stage_history
    assert history is not None
    entries = {
        f"at_{p.process.rank(s)}": history.entered_at.min(where=history.stage == s)
        for s in p.process.open_ids
    }
    return history.group_by("deal_id").agg(**entries)


__all__ = [
    "MICROSECONDS_A_DAY",
    "OUTCOMES",
    "deals_in",
    "every_stage",
    "first_entries",
    "group_columns",
    "groups_first",
    "in_days",
    "in_process_order",
    "microseconds",
    "moment_at",
    "outside",
    "part_in",
    "period",
    "rank_of",
    "visits",
    "whole_days",
    "within",
]
