"""The ledger as histories: when each stage was entered and each field changed, and how sure.

A move seen between two exports lies in (seen_after, seen_by]; its time is the middle. A history
that a CRM brought itself is exact, and goes before what was seen up to that export.
"""

from __future__ import annotations

from funnelkit.data.ledger.schema import SQL, STATE, UNREADABLE
from funnelkit.data.ledger.store import Store
from funnelkit.process import Process

_MIDDLE = "make_timestamp((epoch_us(low) + epoch_us(high)) // 2)"


def visits_sql(process: Process) -> str:
    """SQL of the stage history: ``deal, stage, entered_at, seq, seen_after, seen_by, begun``.

    ``begun`` tells that the stay had begun before the deal was first seen, at a moment between
    its creation and then. A deal first seen in the first stage has been there since it was
    created.
    """
    first = process.open_ids[0].replace("'", "''")
    return f"""
    WITH own AS (
        SELECT s.deal, arg_max(s.visits, i.n) AS digest, max(i.n) AS n
        FROM ledger_seen s JOIN fk_imports i ON i.id = s.import
        WHERE s.visits IS NOT NULL GROUP BY s.deal
    ), ended AS (
        SELECT *, closed_at >= low AND closed_at <= seen_at AS dated,
            closed_at < low AND date_trunc('day', closed_at) = date_trunc('day', low) AS same_day
        FROM fk_stages
    ), bounded AS (
        SELECT deal, n, first, stage, outcome, begins, ends, low, created_at,
            CASE WHEN outcome <> 'open' AND dated THEN closed_at ELSE seen_at END AS high,
            first AND (export_before IS NULL OR low IS NULL OR low < export_before) AS begun,
            CASE WHEN dated THEN closed_at WHEN same_day THEN low END AS closed
        FROM ended
    ), seen AS (
        SELECT deal, n, 1 AS kind, stage, low, high, begun,
            CASE WHEN first AND stage = '{first}' AND created_at IS NOT NULL THEN low
                WHEN begun OR low IS NULL THEN high ELSE {_MIDDLE} END AS entered_at
        FROM bounded WHERE begins
        UNION ALL
        SELECT deal, n, 2, outcome, coalesce(closed, low), coalesce(closed, high),
            begun AND closed IS NULL,
            CASE WHEN closed IS NOT NULL THEN closed WHEN begun OR low IS NULL THEN high
                ELSE {_MIDDLE} END
        FROM bounded WHERE ends
    ), both_ways AS (
        SELECT v.deal, 0 AS n, v.seq AS kind, v.stage, v.entered_at AS low, v.entered_at AS high,
            FALSE AS begun, v.entered_at
        FROM ledger_visits v JOIN own o ON o.deal = v.deal AND o.digest = v.digest
        UNION ALL
        SELECT s.* FROM seen s LEFT JOIN own o USING (deal) WHERE o.n IS NULL OR s.n > o.n
    ), told AS (
        SELECT *, lag(stage) OVER w AS stage0 FROM both_ways
        WINDOW w AS (PARTITION BY deal ORDER BY n, kind)
    )
    SELECT deal, stage, entered_at,
        (row_number() OVER (PARTITION BY deal ORDER BY n, kind) - 1)::BIGINT AS seq,
        low AS seen_after, high AS seen_by, begun
    FROM told WHERE stage IS DISTINCT FROM stage0"""


def changes_sql() -> str:
    """SQL of the field history: ``deal, field, old, new, changed_at, seq, seen_after, seen_by``."""
    return f"""
    WITH own AS (
        SELECT s.deal, arg_max(s.changes, i.n) AS digest
        FROM ledger_seen s JOIN fk_imports i ON i.id = s.import
        WHERE s.changes IS NOT NULL GROUP BY s.deal
    ), covered AS (
        SELECT s.deal, f.field, max(i.n) AS n
        FROM ledger_seen s JOIN fk_imports i ON i.id = s.import,
            unnest(i.told) AS f(field)
        WHERE s.how <> {UNREADABLE} GROUP BY ALL
    ), seen AS (
        SELECT m.deal, m.n, 0 AS nth, m.field, m.old, m.new, b.seen_at AS low, i.seen_at AS high
        FROM fk_fields m JOIN fk_imports i ON i.n = m.n JOIN fk_imports b ON b.n = m.last_n
    ), both_ways AS (
        SELECT c.deal, 0 AS n, c.seq AS nth, c.field, c.old, c.new, c.changed_at,
            c.changed_at AS low, c.changed_at AS high
        FROM ledger_changes c JOIN own o ON o.deal = c.deal AND o.digest = c.digest
        UNION ALL
        SELECT s.deal, s.n, s.nth, s.field, s.old, s.new, {_MIDDLE}, s.low, s.high
        FROM seen s LEFT JOIN covered c USING (deal, field) WHERE c.n IS NULL OR s.n > c.n
    )
    SELECT deal, field, old, new, changed_at,
        (row_number() OVER (PARTITION BY deal ORDER BY n, nth, field) - 1)::BIGINT AS seq,
        low AS seen_after, high AS seen_by
    FROM both_ways"""


def latest(store: Store) -> None:
    """Make the temporary table ``fk_deals``: each deal as it was last seen, column by column."""
    store.run("DROP TABLE IF EXISTS fk_deals")
    rows = store.run("SELECT n, given FROM fk_imports ORDER BY n").fetchall()
    groups: dict[tuple[int, ...], list[str]] = {}
    for column in STATE:
        givers = tuple(n for n, given in rows if column in given)
        groups.setdefault(givers, []).append(column)
    everywhere = tuple(n for n, _ in rows)
    groups.setdefault(everywhere, [])
    parts, names = [], []
    for givers, columns in groups.items():
        if not givers:
            names += [f'NULL::{SQL[STATE[c]]} AS "{c}"' for c in columns]
            continue
        chosen = "" if givers == everywhere else f"AND i.n IN ({', '.join(map(str, givers))})"
        picked = "".join(f', k."{c}"' for c in columns)
        more = ", k.more, l.n AS seen_n" if givers == everywhere else ""
        parts.append(
            f"""SELECT l.deal{picked}{more} FROM (
                SELECT s.deal, arg_max(s.state, i.n) AS state, max(i.n) AS n
                FROM ledger_seen s JOIN fk_imports i ON i.id = s.import
                WHERE s.how <> {UNREADABLE} {chosen} GROUP BY s.deal
            ) l JOIN ledger_states k USING (state)"""
        )
        names += [f't{len(parts) - 1}."{c}"' for c in columns]
        if givers == everywhere:
            main = len(parts) - 1
    joins = f"({parts[main]}) t{main}"
    for k, part in enumerate(parts):
        if k != main:
            joins += f" LEFT JOIN ({part}) t{k} USING (deal)"
    store.run(
        f"""CREATE TEMP TABLE fk_deals AS
        SELECT t{main}.deal, d.deal_id, {", ".join(names)}, t{main}.more, t{main}.seen_n
        FROM {joins} JOIN ledger_deals d ON d.deal = t{main}.deal"""
    )
