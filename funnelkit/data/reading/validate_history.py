"""Checks of the stage history: against its deals, and between consecutive visits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import ibis.expr.types as ir

from funnelkit.data.cells.kinds import beyond, sentinel
from funnelkit.data.contract import OUTCOMES, STAGE_HISTORY
from funnelkit.data.inner import ROW, attach, inner
from funnelkit.data.moves import ALONG, before, stand
from funnelkit.data.reading.validate import Check, Checked, run_checks
from funnelkit.data.understanding.labels import IGNORED

#: The label a visit had in the file.
LABEL = inner("label")
_BEFORE, _BEFORE_AT = inner("before_stage"), inner("before_at")


def check_visits(
    visits: ir.Table,
    deals: ir.Table | None,
    *,
    file: str,
    source: Mapping[str, str],
    limit: dt.datetime,
    typed: bool,
    bad: list[int] | None = None,
    set_aside: ir.Table | None = None,
) -> Checked:
    """All checks of the stage history against itself and, where there are any, its deals.

    ``set_aside`` holds the ids of all rows of deals, where some of these were set aside.
    """
    table, dates = visits, set[str]()
    if deals is not None:
        dates = {"created_at", "closed_at"} & set(deals.columns)
        table = attach(visits, deals.select("deal_id", *dates, deal=deals.deal_id))
    later = beyond(limit)
    checks = [
        Check("ignored_stage", table.stage == IGNORED, "stage", told=True),
        Check("no_move", table.stage == "open", "stage", told=True),
        Check("missing_id", table.deal_id.isnull() | (table.deal_id == ""), "deal_id"),
        Check("no_entry_date", table.entered_at.isnull(), "entered_at", show="deal_id"),
        Check("visit_without_stage", table[LABEL].isnull(), "stage"),
        Check("unknown_stage", table.stage.isnull(), "stage", told=True),
        Check("future_date", table.entered_at > later, "entered_at"),
    ]
    if bad:  # reported cell by cell
        told = table[ROW].isin(bad)
        checks.insert(2, Check("unreadable_entry", told, "entered_at", told=True))
    if typed:
        checks.append(Check("sentinel_entry", sentinel(table.entered_at), "entered_at"))
    facts = {"n": table.count(), "last": table.entered_at.max(where=table.entered_at <= later)}
    if deals is not None:
        checks += _of_nobody(table, set_aside)
    if "created_at" in dates:
        created = inner("created_at")
        too_early = table.entered_at.truncate("D") < table[created].truncate("D")
        checks.append(Check("entered_before_created", too_early, "entered_at", more=(created,)))
    if "closed_at" in dates:
        closed = inner("closed_at")
        late = table.entered_at.truncate("D") > table[closed].truncate("D")
        moved = late & ~table.stage.isin(OUTCOMES)
        if "created_at" in dates:  # a close before the creation is wrong itself, and was told
            born = table[inner("created_at")].truncate("D")
            moved = moved & ~(table[closed].truncate("D") < born).fill_null(False)
        checks.append(Check("stage_after_close", moved, "entered_at", more=(closed,)))
        # a closing day without a time lies before the moves of that day
        facts["same_day"] = ((table.entered_at > table[closed]) & ~late).sum()
    result = run_checks(table, checks, file=file, label="stage_history", source=source, facts=facts)
    along = [ALONG] if ALONG in visits.columns else []
    result.table = stand(result.table) if result.dirty else visits
    result.table = result.table.select(*STAGE_HISTORY, ROW, *along)
    return result


def check_changes(
    changes: ir.Table,
    deals: ir.Table,
    *,
    file: str,
    source: Mapping[str, str],
    set_aside: ir.Table | None = None,
) -> Checked:
    """Changes of fields whose deal is not among the deals."""
    table = attach(changes, deals.select("deal_id", deal=deals.deal_id))
    checks = [
        Check("missing_id", table.deal_id.isnull() | (table.deal_id == ""), "deal_id"),
        *_of_nobody(table, set_aside),
    ]
    return run_checks(table, checks, file=file, label="field_history", source=source)


def _of_nobody(table: ir.Table, set_aside: ir.Table | None) -> list[Check]:
    """Rows of deals that were set aside, and of deals that are not there at all."""
    nobody = table[inner("deal")].isnull()
    checks = [Check("orphan_history", nobody, "deal_id")]
    if set_aside is not None:
        gone = table.deal_id.isin(set_aside.deal_id)
        checks.insert(0, Check("deal_set_aside", nobody & gone, "deal_id", told=True))
    return checks


def with_before(visits: ir.Table) -> ir.Table:
    """Add what the row before of the same deal says: its stage, and when that was entered."""
    return visits.mutate(
        **{_BEFORE: before(visits, "stage"), _BEFORE_AT: before(visits, "entered_at")}
    )


def check_order(
    visits: ir.Table, *, file: str, source: Mapping[str, str], ranks: Mapping[str, int]
) -> Checked:
    """Ties, repeated stages and backward moves between consecutive rows of a deal."""
    t = visits if _BEFORE in visits.columns else with_before(visits)
    left, left_at = t[_BEFORE], t[_BEFORE_AT]
    was = left.cases(*ranks.items(), else_=-1)
    now = t.stage.cases(*ranks.items(), else_=-1)
    again, tie = left == t.stage, (left_at == t.entered_at) & (left != t.stage)
    back = (now >= 0) & (was > now)
    checks = [
        Check("repeated_stage", again.fill_null(False), "stage"),
        Check("time_tie", tie.fill_null(False), "entered_at"),
        Check("backward_move", back.fill_null(False), "stage", more=(_BEFORE,)),
    ]
    result = run_checks(t, checks, file=file, label="stage_history", source=source)
    result.dirty = bool(result.left_out)
    result.table = result.table.drop(_BEFORE, _BEFORE_AT) if result.dirty else visits
    return result
