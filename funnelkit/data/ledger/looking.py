"""What a ledger shows: its exports, and what one deal went through."""

from __future__ import annotations

import pandas as pd

from funnelkit.data.ledger import moves
from funnelkit.data.ledger.results import EVENTS, DealHistory, Status
from funnelkit.data.ledger.store import Store
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.process import Process


def status(store: Store, name: str, process: Process | None) -> Status:
    """Return the exports in time, what each told, and the size of the file."""
    moves.prepare(store)
    try:
        table = store.run(
            """SELECT id AS import_id, seen_at, source, deals, whole,
                id IN (SELECT import FROM ledger_seen WHERE visits IS NOT NULL)
                    AS own_history, added_at, sha
            FROM fk_imports ORDER BY n"""
        ).df()
        told = store.run(
            f"""SELECT import_id, what, count(*) AS n FROM ({moves.events_sql()})
            GROUP BY ALL"""
        ).df()
        row = store.run(
            """SELECT count(*), count(*) FILTER (WHERE until < (SELECT max(n) FROM fk_imports))
            FROM (SELECT deal, max(until) AS until FROM fk_presence GROUP BY deal)"""
        ).fetchone()
    finally:
        moves.drop(store)
    assert row is not None
    wide = told.pivot_table(index="import_id", columns="what", values="n", aggfunc="sum")
    wide = wide.reindex(index=table["import_id"], columns=list(EVENTS)).fillna(0).astype(int)
    for kind in EVENTS:
        table[kind] = wide[kind].to_numpy()
    size = store.path.stat().st_size if store.path else 0
    return Status(table, name, int(row[0]), int(row[1]), size, process)


def history(store: Store, deal_id: str, process: Process | None) -> DealHistory:
    """Return what a deal went through, first sighting and every change."""
    run = store.run
    found = run("SELECT deal FROM ledger_deals WHERE deal_id = ?", [str(deal_id)]).fetchone()
    if found is None:
        near = run(
            """SELECT deal_id FROM ledger_deals
            ORDER BY levenshtein(deal_id, ?), deal_id LIMIT 5""",
            [str(deal_id)],
        ).fetchall()
        ids = [row[0] for row in near]
        raise FunnelkitError("ledger.no_deal", found=deal_id, allowed=nearest(deal_id, ids))
    moves.prepare(store, deal=int(found[0]))
    try:
        table = run(moves.events_sql()).df()
        first = run(
            """SELECT 'new' AS what, NULL AS old, coalesce(k.stage, k.outcome) AS new,
                p.seen_at AS seen_after, i.seen_at AS seen_by, i.id AS import_id, i.source,
                i.sha
            FROM ledger_seen s JOIN fk_imports i ON i.id = s.import
            JOIN ledger_states k USING (state) LEFT JOIN fk_imports p ON p.n = i.n - 1
            WHERE s.deal = ? ORDER BY i.n LIMIT 1""",
            [int(found[0])],
        ).df()
    finally:
        moves.drop(store)
    rest = table.loc[table["what"] != "new"].drop(columns="deal_id")
    whole = pd.concat([first.astype("object"), rest.astype("object")], ignore_index=True)
    for column in ("seen_after", "seen_by"):
        whole[column] = pd.to_datetime(whole[column])
    return DealHistory(str(deal_id), whole, process)
