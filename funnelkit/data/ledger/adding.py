"""Putting an export into the ledger's tables: new deals, new states, and what was seen."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pyarrow as pa

from funnelkit.data.ledger.intake import Intake
from funnelkit.data.ledger.schema import READ, SQL, STATE, UNCHANGED, UNREADABLE

if TYPE_CHECKING:
    from funnelkit.data.ledger.store import Store

_TABLES = ("fk_in", "fk_visits", "fk_changes")


def stage_rows(store: Store, intake: Intake, aliases: dict[str, str]) -> None:
    """Lay the export's rows beside the ledger, in temporary tables, with their digests."""
    clear(store)
    con = store.connection
    deals = intake.deals
    for name, kind in STATE.items():
        if name not in deals.column_names:
            deals = deals.append_column(name, pa.nulls(deals.num_rows, _ARROW[kind]))
    more = sorted(c for c in deals.column_names if c not in STATE and c != "deal_id")
    con.register("fk_raw", deals)
    try:
        picked = ", ".join(f'"{name}"::{SQL[kind]} AS "{name}"' for name, kind in STATE.items())
        packed = ", ".join(f"'{_quoted(c)}': {_name(c)}" for c in more)
        json = f"to_json({{{packed}}})::VARCHAR" if more else "NULL::VARCHAR"
        key = _renamed(con, aliases, "fk_raw")
        whole = ", ".join(f'"{name}"' for name in STATE)
        store.run(
            f"""CREATE TEMP TABLE fk_in AS
            SELECT *, md5_number_lower(row({whole}, more)::VARCHAR) AS digest
            FROM (SELECT {key} AS deal_id, {picked}, {json} AS more FROM fk_raw) t"""
        )
    finally:
        con.unregister("fk_raw")
    for name, table, columns in (
        ("fk_visits", intake.visits, "stage, entered_at"),
        ("fk_changes", intake.changes, "field, old, new, changed_at"),
    ):
        if table is None:
            continue
        con.register("fk_raw", table)
        try:
            key = _renamed(con, aliases, "fk_raw")
            at = columns.split(", ")[-1]
            store.run(
                f"""CREATE TEMP TABLE {name} AS
                SELECT deal_id, {columns}, (row_number() OVER w)::INTEGER AS seq,
                    0::UBIGINT AS digest
                FROM (SELECT {key} AS deal_id, {columns}, seq FROM fk_raw) t
                WINDOW w AS (PARTITION BY deal_id ORDER BY {at}, seq)"""
            )
            store.run(
                f"""UPDATE {name} SET digest = d.digest FROM (
                    SELECT deal_id, md5_number_lower(
                        string_agg(row({columns})::VARCHAR, ';' ORDER BY seq)) AS digest
                    FROM {name} GROUP BY deal_id) d
                WHERE {name}.deal_id = d.deal_id"""
            )
        finally:
            con.unregister("fk_raw")
    kinds = [(c, _kind(deals.schema.field(c).type)) for c in more]
    store.run("CREATE TEMP TABLE fk_kinds (name VARCHAR, kind VARCHAR)")
    if kinds:
        con.executemany("INSERT INTO fk_kinds VALUES (?, ?)", kinds)


def clear(store: Store) -> None:
    """Drop the temporary tables."""
    for name in (*_TABLES, "fk_kinds"):
        store.run(f"DROP TABLE IF EXISTS {name}")


def put(
    store: Store,
    intake: Intake,
    *,
    seen_at: dt.datetime,
    source: str,
    sha: str,
    whole: bool,
    before: int | None,
) -> int:
    """Write the export laid beside the ledger; inside a transaction of the caller.

    ``before`` is the export before it in time: what a part does not tell, or what could not be
    read, is taken from there.
    """
    row = store.run("SELECT nextval('ledger_ids')").fetchone()
    assert row is not None
    this = int(row[0])
    store.run(
        """INSERT INTO ledger_deals
        SELECT (SELECT coalesce(max(deal), 0) FROM ledger_deals)
            + row_number() OVER (ORDER BY created_at, deal_id), deal_id
        FROM fk_in WHERE deal_id NOT IN (SELECT deal_id FROM ledger_deals)"""
    )
    columns = ", ".join(f'i."{name}"' for name in STATE)
    store.run(
        f"""INSERT INTO ledger_states
        SELECT (SELECT coalesce(max(state), 0) FROM ledger_states)
            + row_number() OVER (ORDER BY d.deal), d.deal, i.digest, {columns}, i.more
        FROM fk_in i JOIN ledger_deals d USING (deal_id)
        ANTI JOIN ledger_states s ON s.deal = d.deal AND s.digest = i.digest"""
    )
    own = {}
    for name, table, fields in (
        ("visits", "fk_visits", "stage, entered_at"),
        ("changes", "fk_changes", "field, old, new, changed_at"),
    ):
        brought = getattr(intake, name) is not None
        own[name] = (
            f"(SELECT any_value(h.digest) AS digest, deal_id FROM {table} h GROUP BY deal_id)"
            if brought
            else "(SELECT NULL::UBIGINT AS digest, NULL::VARCHAR AS deal_id)"
        )
        if brought:
            store.run(
                f"""INSERT INTO ledger_{name}
                SELECT d.deal, h.digest, {fields}, h.seq
                FROM {table} h JOIN ledger_deals d USING (deal_id)
                ANTI JOIN ledger_{name} k ON k.deal = d.deal AND k.digest = h.digest"""
            )
    unsure = [c for c in STATE if c in intake.unsure]
    doubt = " OR ".join(f'(i."{c}" IS NULL AND b."{c}" IS NOT NULL)' for c in unsure) or "FALSE"
    store.run(
        f"""INSERT INTO ledger_seen
        SELECT ?, d.deal, CASE WHEN {doubt} THEN b.state ELSE s.state END,
            CASE WHEN {doubt} THEN {UNREADABLE} ELSE {READ} END, v.digest, c.digest
        FROM fk_in i
        JOIN ledger_deals d USING (deal_id)
        JOIN ledger_states s ON s.deal = d.deal AND s.digest = i.digest
        LEFT JOIN (
            SELECT k.* FROM ledger_seen e JOIN ledger_states k USING (state) WHERE e.import = ?
        ) b ON b.deal = d.deal
        LEFT JOIN {own["visits"]} v ON v.deal_id = i.deal_id
        LEFT JOIN {own["changes"]} c ON c.deal_id = i.deal_id
        ORDER BY d.deal""",
        [this, before],
    )
    if before is not None:
        store.run(
            f"""INSERT INTO ledger_seen
            SELECT ?, e.deal, e.state, CASE WHEN d.deal_id IN (SELECT unnest(?::VARCHAR[]))
                THEN {UNREADABLE} ELSE {UNCHANGED} END, NULL, NULL
            FROM ledger_seen e JOIN ledger_deals d USING (deal)
            WHERE e.import = ? AND d.deal_id NOT IN (SELECT deal_id FROM fk_in)
                AND (NOT ? OR d.deal_id IN (SELECT unnest(?::VARCHAR[])))
            ORDER BY e.deal""",
            [this, sorted(intake.unread), before, whole, sorted(intake.unread)],
        )
    told = "SELECT list(DISTINCT field) FROM fk_changes"
    fields_told = store.run(told).fetchone() if intake.changes is not None else None
    store.run(
        """INSERT INTO ledger_imports
        VALUES (?, ?, ?, ?, ?, ?, (SELECT count(*) FROM fk_in), ?, ?)""",
        [
            this, seen_at, source, sha, dt.datetime.now(dt.UTC).replace(tzinfo=None), whole,
            sorted(intake.given), sorted(filter(None, (fields_told or [None])[0] or [])),
        ],
    )  # fmt: skip
    store.run(
        """INSERT OR REPLACE INTO ledger_columns
        SELECT k.name, CASE WHEN o.kind IS NULL OR o.kind = k.kind THEN k.kind ELSE 'VARCHAR' END
        FROM fk_kinds k LEFT JOIN ledger_columns o USING (name)"""
    )
    return this


def take_out(store: Store, number: int) -> None:
    """Remove an import and every state and history only it had; inside a transaction."""
    store.run("DELETE FROM ledger_seen WHERE import = ?", [number])
    store.run("DELETE FROM ledger_imports WHERE id = ?", [number])
    store.run("DELETE FROM ledger_states WHERE state NOT IN (SELECT state FROM ledger_seen)")
    for name in ("visits", "changes"):
        store.run(
            f"""DELETE FROM ledger_{name} WHERE (deal, digest) NOT IN (
                SELECT (deal, {name}) FROM ledger_seen WHERE {name} IS NOT NULL)"""
        )
    store.run("DELETE FROM ledger_deals WHERE deal NOT IN (SELECT deal FROM ledger_seen)")


_ARROW = {"string": pa.string(), "float64": pa.float64(), "timestamp(6)": pa.timestamp("us")}


def _kind(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "BOOLEAN"
    if pa.types.is_integer(kind):
        return "BIGINT"
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "DOUBLE"
    if pa.types.is_temporal(kind) and not pa.types.is_time(kind):
        return "TIMESTAMP"
    return "VARCHAR"


def _renamed(con: object, aliases: dict[str, str], table: str) -> str:
    """SQL for a deal's id after what was answered: a new id of a known deal."""
    if not aliases:
        return "deal_id"
    pairs = " ".join(
        f"WHEN '{_quoted(new)}' THEN '{_quoted(old)}'" for new, old in sorted(aliases.items())
    )
    return f"CASE deal_id {pairs} ELSE deal_id END"


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'
