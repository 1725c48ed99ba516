"""Tables that are neither one row a deal nor one row a visit, laid out before columns are read."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import ibis.expr.types as ir

from funnelkit.data.contract import DEALS
from funnelkit.data.inner import MONEY, ROW, attach, inner
from funnelkit.data.opening.sheet import Sheet
from funnelkit.data.reading.columns import read_columns
from funnelkit.data.understanding.boards import without_groups
from funnelkit.data.understanding.eventlog import event_log
from funnelkit.data.understanding.mapping import FileMapping
from funnelkit.data.understanding.questions import Unsure
from funnelkit.data.understanding.recognise import plain_header
from funnelkit.data.understanding.roles import Weigher
from funnelkit.data.understanding.sample import Sample
from funnelkit.data.understanding.stack import slices, stack_question


@dataclass
class Laid:
    """The sheets as the reader takes them.

    Attributes
    ----------
    main : list of Sheet
        Deals and histories.
    cases : Sheet or None
        Attributes of the cases of an event log, one row a case.
    exports : list of (moment, Sheet)
        The exports of a stack, the oldest first; ``main`` is then the last of them.
    columns : dict
        What the columns of an event log serve for, as a mapping says it.
    """

    main: list[Sheet]
    cases: Sheet | None = None
    exports: list[tuple[dt.datetime, Sheet]] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)


def lay_out(main: list[Sheet], mapping: FileMapping, con: Any) -> Laid:
    """Tell event logs and stacked exports from plain tables.

    Raises
    ------
    Unsure
        Which activity ends a case, or what a row of the table is.
    """
    main = [without_groups(sheet) for sheet in main]
    if mapping.snapshot and len(main) == 1:
        found = slices(main[0], mapping.snapshot, mapping.dates)
        return Laid([found[-1][1]], exports=found)
    if len(main) != 1:
        return Laid(main)
    sheet = main[0]
    log = event_log(sheet, mapping, con)
    if log is not None:
        if log.questions:
            raise Unsure(log.questions, sheet.name)
        cases = log.deals if len(log.deals.columns) > 1 else None
        return Laid([log.visits], cases, columns=log.columns)
    asked = stack_question(sheet, mapping, con)
    if asked is not None:
        raise Unsure([asked], sheet.name)
    return Laid(main)


def with_attributes(
    deals: ir.Table, cases: Sheet, case: str, mapping: FileMapping, clock: dt.timedelta, con: Any
) -> tuple[ir.Table, set[str]]:
    """Add what a history says of its deals beside their moves to the deals made of it.

    Raises
    ------
    Unsure
        Several columns may be the amount.
    """
    plain = {plain_header(c): c for c in cases.columns}
    known = [c for c in DEALS if c not in ("stage", "outcome", "created_at", "closed_at")]
    columns = {c: plain[plain_header(c)] for c in known if plain_header(c) in plain}
    told = {k: v for k, v in mapping.columns.items() if k in known and v in cases.columns}
    without = [k for k, v in mapping.columns.items() if v is None]
    columns = {**columns, **told, "deal_id": case}
    weigher = Weigher(Sample(cases), columns, told, without)
    weigher.amount()
    weigher.rest()
    if weigher.found.questions:
        raise Unsure(weigher.found.questions, cases.name)
    columns = {k: v for k, v in weigher.found.columns.items() if k == "deal_id" or v != case}
    parsed = read_columns(cases, columns, clock=clock, attributes=True, engine=con).table
    extra = [c for c in parsed.columns if c not in (ROW, MONEY, "deal_id")]
    keep = parsed.select("deal_id", *extra)
    joined = attach(deals, keep)
    joined = joined.mutate(**{c: joined[inner(c)] for c in extra})
    return joined.drop(*map(inner, extra)), {*extra}
