"""Checks of the stage history: against its deals, and between consecutive visits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from funnelkit.data.files import ROW
from funnelkit.data.validate import Check, Checked, beyond, run_checks, sentinel


def check_visits(
    visits: ir.Table,
    deals: ir.Table,
    *,
    file: str,
    source: Mapping[str, str],
    limit: dt.datetime,
    typed: bool,
    derived: bool,
    unknown: bool,
    bad: list[int] | None = None,
) -> Checked:
    """All checks of the stage history against itself and against its deals."""
    table, wanted = visits, []
    if not derived:
        wanted = [c for c in ("created_at", "closed_at") if c in deals.columns]
        other = deals.select(__deal=deals.deal_id, **{c: deals[c] for c in wanted})
        table = visits.left_join(other, visits.deal_id == other["__deal"])
    told = table[ROW].isin(bad) if bad else ibis.literal(False)
    checks = [
        Check("missing_id", table.deal_id.isnull() | (table.deal_id == ""), "error", "row",
              "deal_id"),
        Check("no_entry_date", table.entered_at.isnull() & ~told, "error", "row", "entered_at",
              show="deal_id"),
    ]  # fmt: skip
    if bad:  # reported cell by cell
        checks.insert(0, Check("unreadable__", told, "error", "row", "entered_at"))
    if typed:
        checks.append(
            Check("sentinel_entry", sentinel(table.entered_at), "error", "row", "entered_at")
        )
    if unknown:
        checks.append(Check("unknown_stage__", table.stage.isnull(), "error", "row", "stage"))
    checks.append(Check("future_date", table.entered_at > beyond(limit), "error", "row",
                        "entered_at"))  # fmt: skip
    if not derived:
        checks.append(
            Check("orphan_history", table["__deal"].isnull() & table.deal_id.notnull(), "error",
                  "row", "deal_id")
        )  # fmt: skip
        if "created_at" in wanted:
            before = table.entered_at.truncate("D") < table.created_at.truncate("D")
            checks.append(
                Check("entered_before_created", before, "warning", "kept", "entered_at",
                      more=("created_at",))
            )  # fmt: skip
        if "closed_at" in wanted:
            open_stage = ~table.stage.isin(["won", "lost", "no_decision"])
            after = table.entered_at.truncate("D") > table.closed_at.truncate("D")
            checks.append(
                Check("stage_after_close", after & open_stage, "error", "row", "entered_at",
                      more=("closed_at",))
            )  # fmt: skip
            # a closing day without a time lies before the moves of that day
            same_day = (table.entered_at > table.closed_at) & ~after
            facts = {"n": table.count(), "same_day": same_day.sum()}
        else:
            facts = {"n": table.count()}
    else:
        facts = {"n": table.count()}
    facts["first"] = table.entered_at.min()
    facts["last"] = table.entered_at.max(where=table.entered_at <= beyond(limit))
    result = run_checks(table, checks, file=file, label="stage_history", source=source, facts=facts)
    for frame in result.aside:
        frame["reason"] = frame["reason"].str.removesuffix("__")
    result.findings = [f for f in result.findings if not f.reason.endswith("__")]
    result.table = (
        result.table.drop(
            *[c for c in ("__deal", "created_at", "closed_at") if c in result.table.columns]
        )
        if result.dirty
        else visits
    )
    return result


def _in_order_and_clean(visits: ir.Table, ranks: Mapping[str, int]) -> bool:
    """Whether the rows stand by deal and time already and none calls for a look.

    One pass over the rows as they stand, without sorting them by deal: most exports are in
    order, and then the row before is the visit before. Says no where it cannot tell.
    """
    if visits.get_backend().name != "duckdb":
        return False
    t = visits.select(
        deal=visits.deal_id,
        at=visits.entered_at,
        stage=visits.stage,
        seq=visits.seq,
        deal_=visits.deal_id.lag(),
        at_=visits.entered_at.lag(),
        stage_=visits.stage.lag(),
        seq_=visits.seq.lag(),
    )
    rank = t.stage.cases(*ranks.items(), else_=len(ranks))
    was = t.stage_.cases(*ranks.items(), else_=-1)
    same = t.deal == t.deal_
    # a tie, a step back in time, a repeated stage or a move back needs the full look
    odd = same & ((t.at <= t.at_) | (t.stage == t.stage_) | (was > rank))
    return not t.aggregate(n=((t.deal < t.deal_) | odd).sum()).to_pyarrow()["n"][0].as_py()


def check_order(
    visits: ir.Table, *, file: str, source: Mapping[str, str], ranks: Mapping[str, int]
) -> Checked:
    """Ties, repeated stages and backward moves between consecutive rows of a deal."""
    if _in_order_and_clean(visits, ranks):
        return Checked(visits)
    w = ibis.window(group_by=visits.deal_id, order_by=[visits.entered_at, visits.seq])
    t = visits.mutate(
        before_stage=visits.stage.lag().over(w), before_at=visits.entered_at.lag().over(w)
    )
    was = t.before_stage.cases(*ranks.items(), else_=-1)
    now = t.stage.cases(*ranks.items(), else_=-1)
    checks = [
        Check("repeated_stage", (t.before_stage == t.stage).fill_null(False), "info", "row",
              "stage"),
        Check("time_tie", ((t.before_at == t.entered_at) & (t.before_stage != t.stage))
              .fill_null(False), "info", "kept", "entered_at"),
        Check("backward_move", ((now >= 0) & (was > now)).fill_null(False), "info", "kept",
              "stage", more=("before_stage",)),
    ]  # fmt: skip
    result = run_checks(t, checks, file=file, label="stage_history", source=source)
    dirty = any(f.effect == "row" for f in result.findings)
    result.aside = []
    result.table = result.table.drop("before_stage", "before_at") if dirty else visits
    result.dirty = dirty
    return result
