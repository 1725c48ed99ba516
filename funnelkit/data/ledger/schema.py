"""The tables of the ledger: what every export said, each different row once.

A deal's row is kept once for each state it was ever seen in (``ledger_states``); an export is a
list of states (``ledger_seen``). What changed is never stored: it is derived from what was seen,
so that a late export finds its place and an undone one leaves no trace.
"""

from __future__ import annotations

from funnelkit.data.contract import DEALS

PART = "ledger"
VERSION = 1

#: What a state holds besides the attributes, which are kept together as JSON.
STATE: dict[str, str] = {
    **{name: kind for name, kind in DEALS.items() if name != "deal_id"},
    "forecast_category": "string",
}
#: Fields whose changes are told one by one.
FIELDS = ("amount", "expected_close", "owner", "forecast_category")

#: ``how`` of a sighting: read in the export; in it but unreadable; not in a part, so unchanged.
READ, UNREADABLE, UNCHANGED = 0, 1, 2

SQL = {"string": "VARCHAR", "float64": "DOUBLE", "timestamp(6)": "TIMESTAMP"}
_COLUMNS = ", ".join(f'"{name}" {SQL[kind]}' for name, kind in STATE.items())

STEPS = {
    1: f"""
    CREATE SEQUENCE ledger_ids;
    CREATE TABLE ledger_about (name VARCHAR PRIMARY KEY, value VARCHAR);
    CREATE TABLE ledger_imports (
        id INTEGER PRIMARY KEY, seen_at TIMESTAMP NOT NULL, source VARCHAR NOT NULL,
        sha VARCHAR NOT NULL, added_at TIMESTAMP NOT NULL, whole BOOLEAN NOT NULL,
        deals INTEGER NOT NULL, given VARCHAR[] NOT NULL, told VARCHAR[] NOT NULL
    );
    CREATE TABLE ledger_deals (deal INTEGER NOT NULL, deal_id VARCHAR NOT NULL);
    CREATE TABLE ledger_states (
        state INTEGER NOT NULL, deal INTEGER NOT NULL, digest UBIGINT NOT NULL, {_COLUMNS},
        more VARCHAR
    );
    CREATE TABLE ledger_seen (
        import INTEGER NOT NULL, deal INTEGER NOT NULL, state INTEGER NOT NULL,
        how UTINYINT NOT NULL, visits UBIGINT, changes UBIGINT
    );
    CREATE TABLE ledger_visits (
        deal INTEGER NOT NULL, digest UBIGINT NOT NULL, stage VARCHAR, entered_at TIMESTAMP,
        seq INTEGER
    );
    CREATE TABLE ledger_changes (
        deal INTEGER NOT NULL, digest UBIGINT NOT NULL, field VARCHAR, old VARCHAR, new VARCHAR,
        changed_at TIMESTAMP, seq INTEGER
    );
    CREATE TABLE ledger_columns (name VARCHAR PRIMARY KEY, kind VARCHAR NOT NULL);
    CREATE TABLE ledger_answers (
        kind VARCHAR NOT NULL, found VARCHAR NOT NULL, meaning VARCHAR NOT NULL,
        asked BOOLEAN NOT NULL, import INTEGER NOT NULL
    );
    """
}
