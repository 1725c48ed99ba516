"""What changed between exports, in SQL: each change with the interval in which it happened.

An interval is (last seen before, first seen after]. A column an export does not have says
nothing: the exports around it are compared instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from funnelkit.data.ledger.schema import FIELDS, UNREADABLE

if TYPE_CHECKING:
    from funnelkit.data.ledger.store import Store

_TEXT = {
    "amount": """CASE WHEN {v} = trunc({v}) AND abs({v}) < 1e15 THEN {v}::BIGINT::VARCHAR
        ELSE {v}::VARCHAR END""",
    "expected_close": """CASE WHEN {v} = date_trunc('day', {v}) THEN {v}::DATE::VARCHAR
        ELSE {v}::VARCHAR END""",
}


def prepare(store: Store, imports: Iterable[int] | None = None, deal: int | None = None) -> None:
    """Make the temporary tables ``fk_imports, fk_steps, fk_fields, fk_stages, fk_presence``.

    Parameters
    ----------
    imports : iterable of int, optional
        Only between these; all when not given.
    deal : int, optional
        Only this deal, by its number in the ledger.
    """
    drop(store)
    chosen = None if imports is None else list(imports)
    store.run(
        """CREATE TEMP TABLE fk_imports AS
        SELECT *, (row_number() OVER (ORDER BY seen_at, id))::INTEGER AS n
        FROM ledger_imports WHERE ? IS NULL OR id IN (SELECT unnest(?::INTEGER[]))""",
        [chosen, chosen],
    )
    mine = "" if deal is None else f"AND s.deal = {int(deal)}"
    _fields(store, mine)
    _stages(store, mine)
    _presence(store, mine)


def drop(store: Store) -> None:
    """Drop the temporary tables."""
    for name in ("fk_imports", "fk_steps", "fk_fields", "fk_stages", "fk_presence"):
        store.run(f"DROP TABLE IF EXISTS {name}")


def _steps(store: Store, column: str, mine: str) -> None:
    """Deals whose state differs from the one before, among the exports that have ``column``."""
    store.run("DROP TABLE IF EXISTS fk_steps")
    store.run(
        f"""CREATE TEMP TABLE fk_steps AS
        SELECT * FROM (
            SELECT s.deal, i.n, s.state, lag(s.state) OVER w AS was, lag(i.n) OVER w AS last_n
            FROM ledger_seen s JOIN fk_imports i ON i.id = s.import
            WHERE s.how <> {UNREADABLE} AND list_contains(i.given, '{column}') {mine}
            WINDOW w AS (PARTITION BY s.deal ORDER BY i.n)
        ) WHERE was IS DISTINCT FROM state"""
    )


def _givers(store: Store) -> dict[str, tuple[int, ...]]:
    """For each column, the exports that have it."""
    rows = store.run("SELECT n, given FROM fk_imports ORDER BY n").fetchall()
    wanted = ("stage", *FIELDS)
    return {c: tuple(n for n, given in rows if c in given) for c in wanted}


def _fields(store: Store, mine: str) -> None:
    store.run(
        """CREATE TEMP TABLE fk_fields (
            deal INTEGER, field VARCHAR, old VARCHAR, new VARCHAR, last_n INTEGER, n INTEGER)"""
    )
    givers = _givers(store)
    made: tuple[int, ...] | None = None
    for field in sorted(FIELDS, key=lambda f: givers[f]):
        if len(givers[field]) < 2:
            continue
        if givers[field] != made:
            _steps(store, field, mine)
            made = givers[field]
        text = _TEXT.get(field, "{v}")
        store.run(
            f"""INSERT INTO fk_fields
            SELECT m.deal, '{field}', {text.format(v="b." + field)}, {text.format(v="a." + field)},
                m.last_n, m.n
            FROM fk_steps m JOIN ledger_states a ON a.state = m.state
            JOIN ledger_states b ON b.state = m.was
            WHERE a.{field} IS DISTINCT FROM b.{field}"""
        )


def _stages(store: Store, mine: str) -> None:
    """Per deal its states one after the other, where stage or outcome differ.

    ``stage`` is the last one known; ``begins`` tells a visit of an open stage, ``ends`` an
    outcome; ``low`` and ``high`` bound the moment of both.
    """
    has_stage = any(n for n in _givers(store)["stage"])
    _steps(store, "stage" if has_stage else "deal_id", mine)
    store.run(
        """CREATE TEMP TABLE fk_stages AS
        WITH told AS (
            SELECT m.deal, m.n, m.last_n, s.outcome, s.created_at, s.closed_at,
                last_value(s.stage IGNORE NULLS) OVER w AS stage
            FROM fk_steps m JOIN ledger_states s USING (state)
            WINDOW w AS (PARTITION BY m.deal ORDER BY m.n)
        ), two AS (
            SELECT *, lag(stage) OVER w AS stage0, lag(outcome) OVER w AS outcome0,
                row_number() OVER w = 1 AS first
            FROM told WINDOW w AS (PARTITION BY deal ORDER BY n)
        ), kept AS (
            SELECT *,
                coalesce(stage IS NOT NULL AND (
                    first OR (outcome0 <> 'open' AND outcome = 'open')
                    OR (stage IS DISTINCT FROM stage0 AND (outcome0 = 'open' OR outcome = 'open'))
                ), FALSE) AS begins,
                outcome <> 'open' AND outcome IS DISTINCT FROM outcome0 AS ends
            FROM two
            WHERE first OR stage IS DISTINCT FROM stage0 OR outcome IS DISTINCT FROM outcome0
        )
        SELECT k.*, i.seen_at, b.seen_at AS seen_before, p.seen_at AS export_before,
            CASE WHEN k.first THEN coalesce(least(k.created_at, i.seen_at), p.seen_at)
                ELSE b.seen_at END AS low
        FROM kept k
        JOIN fk_imports i ON i.n = k.n
        LEFT JOIN fk_imports b ON b.n = k.last_n
        LEFT JOIN fk_imports p ON p.n = k.n - 1"""
    )


def _presence(store: Store, mine: str) -> None:
    """Runs of exports a deal was in: ``since`` its first, ``until`` its last export."""
    store.run(
        f"""CREATE TEMP TABLE fk_presence AS
        SELECT deal, min(n) AS since, max(n) AS until,
            row_number() OVER (PARTITION BY deal ORDER BY min(n)) AS run
        FROM (
            SELECT s.deal, i.n,
                i.n - row_number() OVER (PARTITION BY s.deal ORDER BY i.n) AS island
            FROM ledger_seen s JOIN fk_imports i ON i.id = s.import WHERE TRUE {mine}
        ) GROUP BY deal, island"""
    )


def events_sql() -> str:
    """SQL of every change: ``deal_id, what, old, new, seen_after, seen_by, import_id``.

    Needs :func:`prepare`. ``what`` is new, vanished, revived (in the export again), stage,
    outcome, reopened or a field.
    """
    return """
    WITH last AS (SELECT max(n) AS n FROM fk_imports),
    told AS (
        SELECT deal, 0 AS rank, 'new' AS what, NULL AS old, NULL AS new, since - 1 AS last_n,
            since AS n
        FROM fk_presence WHERE run = 1 AND since > 1
        UNION ALL
        SELECT deal, 1, 'revived', NULL, NULL, since - 1, since FROM fk_presence WHERE run > 1
        UNION ALL
        SELECT deal, 9, 'vanished', NULL, NULL, until, until + 1
        FROM fk_presence, last WHERE until < last.n
        UNION ALL
        SELECT deal, 3, 'stage', stage0, stage, last_n, n
        FROM fk_stages WHERE NOT first AND begins AND stage IS DISTINCT FROM stage0
        UNION ALL
        SELECT deal, 2, 'reopened', outcome0, 'open', last_n, n
        FROM fk_stages WHERE NOT first AND outcome = 'open' AND outcome0 <> 'open'
        UNION ALL
        SELECT deal, 8, 'outcome', outcome0, outcome, last_n, n FROM fk_stages
        WHERE NOT first AND ends
        UNION ALL
        SELECT deal, 4, field, old, new, last_n, n FROM fk_fields
    )
    SELECT d.deal_id, t.what, t.old, t.new, b.seen_at AS seen_after, i.seen_at AS seen_by,
        i.id AS import_id, i.source, i.sha
    FROM told t JOIN ledger_deals d USING (deal)
    JOIN fk_imports i ON i.n = t.n LEFT JOIN fk_imports b ON b.n = t.last_n
    ORDER BY i.n, d.deal_id, t.rank, t.what"""
