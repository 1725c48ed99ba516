"""The ledger as a pipeline with history."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import ibis

from funnelkit.data import engines
from funnelkit.data.contract import DEALS, FIELD_HISTORY, STAGE_HISTORY
from funnelkit.data.defects import Finding, Findings
from funnelkit.data.ledger import moves, timeline
from funnelkit.data.ledger.timing import Timing
from funnelkit.data.pipeline import Pipeline
from funnelkit.data.stays import keep
from funnelkit.process import Process

if TYPE_CHECKING:
    from funnelkit.data.ledger.store import Store


def pipeline_of(store: Store, process: Process, name: str, *, vanished: bool = False) -> Pipeline:
    """Return what the ledger knows; ``vanished`` keeps deals that are in no export any more.

    They are kept as they were last seen, which was open for most of them.
    """
    moves.prepare(store)
    timeline.latest(store)
    try:
        return _made(store, process, name, vanished)
    finally:
        moves.drop(store)
        for table in ("fk_deals", "fk_visits_all", "fk_changes_all"):
            store.run(f"DROP TABLE IF EXISTS {table}")


def _made(store: Store, process: Process, name: str, vanished: bool) -> Pipeline:
    run = store.run
    exports, as_of = run("SELECT count(*), max(seen_at) FROM fk_imports").fetchall()[0]
    given = {c for row in run("SELECT given FROM fk_imports").fetchall() for c in row[0]}
    gone = _set_aside(store, int(exports), vanished)
    run(f"CREATE TEMP TABLE fk_visits_all AS {timeline.visits_sql(process)}")
    run(f"CREATE TEMP TABLE fk_changes_all AS {timeline.changes_sql()}")
    backdated = _closed(store)
    con = engines.connect()
    attributes = _attributes(store)
    columns = ", ".join(f'"{c}"' for c in DEALS if c != "deal_id")
    category = ', "forecast_category"' if "forecast_category" in given else ""
    tables = {
        "deals": f"SELECT deal_id, {columns}{category}{attributes} FROM fk_deals ORDER BY deal",
        "stage_history": """SELECT deal_id, v.stage, entered_at, seq, seen_after, seen_by, begun
            FROM fk_visits_all v JOIN fk_deals d USING (deal) ORDER BY deal, seq""",
        "field_history": """SELECT deal_id, field, old, new, changed_at, seq, seen_after, seen_by
            FROM fk_changes_all c JOIN fk_deals d USING (deal) ORDER BY deal, seq""",
    }
    made: dict[str, Any] = {}
    for label, query in tables.items():
        arrow = store.connection.sql(query).to_arrow_table()
        made[label] = con.create_table(label, ibis.memtable(arrow))
    for label, schema in (("stage_history", STAGE_HISTORY), ("field_history", FIELD_HISTORY)):
        assert list(made[label].columns[: len(schema)]) == list(schema)
    timing = _timing(store, int(exports))
    findings = [Finding("ledger.read", file=name, count=int(exports))]
    if timing is not None:
        findings.append(Finding("ledger.found_timing", file=name, more={"timing": timing}))
    if backdated:
        findings.append(Finding("ledger.backdated", file=name, count=backdated))
    findings += [Finding(why, file=name, count=n) for why, n in gone if n]
    given.add("closed_at")  # when a deal closed is seen, also where no export says it
    if _any(store, "fk_deals", "created_at IS NOT NULL"):
        given.add("created_at")
    return Pipeline(
        deals=made["deals"],
        stage_history=made["stage_history"],
        field_history=made["field_history"],
        process=process,
        as_of=as_of,
        name=re.sub(r"\.(duckdb|db)$", "", name),
        given=frozenset((given & _columns(made["deals"])) | {"stage_history", "field_history"}),
        findings=Findings(findings),
        left_out=tuple((why, n) for why, n in gone if n),
        timing=timing,
        _kept=keep(con, made["stage_history"], process),
    )


def _columns(table: Any) -> set[str]:
    return set(table.columns)


def _any(store: Store, table: str, condition: str) -> bool:
    return store.run(f"SELECT 1 FROM {table} WHERE {condition} LIMIT 1").fetchone() is not None


def _set_aside(store: Store, exports: int, vanished: bool) -> tuple[tuple[str, int], ...]:
    """Take out deals that are another deal under a second id, and those no export has any more."""
    merged = store.run(
        """DELETE FROM fk_deals WHERE deal_id IN (
            SELECT found FROM ledger_answers
            WHERE kind = 'deal' AND meaning IN (SELECT deal_id FROM ledger_deals))"""
    ).fetchone()
    n_merged = int(merged[0]) if merged else 0
    lost = 0
    if not vanished:
        gone = store.run(
            """DELETE FROM fk_deals WHERE deal IN (
                SELECT deal FROM fk_presence GROUP BY deal HAVING max(until) < ?)""",
            [exports],
        ).fetchone()
        lost = int(gone[0]) if gone else 0
    return (("ledger.merged", n_merged), ("ledger.vanished", lost))


def _closed(store: Store) -> int:
    """Date the closes no export dates, or dates before a day the deal was seen open.

    Deals first seen closed keep the date of their export, and deals without a creation date
    get the moment of their first sighting, where that lies between two exports.
    """
    store.run(
        """UPDATE fk_deals SET closed_at = v.entered_at
        FROM (
            SELECT deal, arg_max(entered_at, seq) AS entered_at, arg_max(begun, seq) AS begun
            FROM fk_visits_all WHERE stage IN ('won', 'lost', 'no_decision') GROUP BY deal
        ) v
        WHERE v.deal = fk_deals.deal AND fk_deals.outcome <> 'open' AND NOT v.begun
            AND fk_deals.closed_at IS NULL"""
    )
    late = store.run(
        """UPDATE fk_deals SET closed_at = v.entered_at
        FROM (
            SELECT v.deal, arg_max(v.entered_at, v.seq) AS entered_at,
                arg_max(v.seen_after, v.seq) AS low
            FROM fk_visits_all v
            JOIN fk_stages s ON s.deal = v.deal AND s.ends AND s.outcome0 = 'open'
                AND s.outcome = v.stage AND v.seen_by <= s.seen_at AND v.seen_after >= s.low
            GROUP BY v.deal
        ) v
        WHERE v.deal = fk_deals.deal AND fk_deals.outcome <> 'open'
            AND date_trunc('day', fk_deals.closed_at) < date_trunc('day', v.low)"""
    ).fetchone()
    store.run(
        """UPDATE fk_deals SET created_at = v.entered_at
        FROM (
            SELECT deal, min(entered_at) AS entered_at, arg_min(begun, seq) AS begun
            FROM fk_visits_all GROUP BY deal
        ) v
        WHERE v.deal = fk_deals.deal AND fk_deals.created_at IS NULL AND NOT v.begun"""
    )
    return int(late[0]) if late else 0


def _attributes(store: Store) -> str:
    """SQL of the attribute columns, out of the JSON they are kept in."""
    rows = store.run("SELECT name, kind FROM ledger_columns ORDER BY name").fetchall()
    parts = []
    for name, kind in rows:
        if name in DEALS or name == "forecast_category":
            continue
        pointer = name.replace("~", "~0").replace("/", "~1").replace("'", "''")
        key = f"json_extract_string(more, '/{pointer}')"
        column = '"' + name.replace('"', '""') + '"'
        parts.append(f"try_cast({key} AS {kind}) AS {column}")
    return "".join(f", {p}" for p in parts)


def _timing(store: Store, exports: int) -> Timing | None:
    row = store.run(
        """SELECT median(days), max(days), count(*) FILTER (WHERE days > 0), (
            SELECT count(*) FROM fk_visits_all v JOIN fk_deals USING (deal)
            WHERE begun AND v.stage NOT IN ('won', 'lost', 'no_decision'))
        FROM (
            SELECT date_diff('microsecond', seen_after, seen_by) / 86400e6 AS days
            FROM fk_visits_all JOIN fk_deals USING (deal) WHERE NOT begun
        ) WHERE days > 0"""
    ).fetchone()
    assert row is not None
    typical, most, between, begun = row
    if not between and not begun:
        return None
    earlier = store.run(
        "SELECT max(seen_at) FROM fk_imports WHERE seen_at < (SELECT max(seen_at) FROM fk_imports)"
    ).fetchone()
    before = earlier[0] if earlier else None
    return Timing(float(typical or 0), float(most or 0), int(between), int(begun), exports, before)
