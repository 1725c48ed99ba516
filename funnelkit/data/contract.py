"""The tables of a pipeline: which columns they have, and of which type."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

DEALS: Mapping[str, str] = {
    "deal_id": "string",
    "name": "string",
    "account": "string",
    "owner": "string",
    "region": "string",
    "source": "string",
    "amount": "float64",
    "currency": "string",
    "created_at": "timestamp(6)",
    "expected_close": "timestamp(6)",
    "stage": "string",
    "outcome": "string",
    "closed_at": "timestamp(6)",
    "loss_reason": "string",
    "competitor": "string",
}
STAGE_HISTORY: Mapping[str, str] = {
    "deal_id": "string",
    "stage": "string",
    "entered_at": "timestamp(6)",
    "seq": "int64",
}
FIELD_HISTORY: Mapping[str, str] = {
    "deal_id": "string",
    "field": "string",
    "old": "string",
    "new": "string",
    "changed_at": "timestamp(6)",
    "seq": "int64",
}
#: Further tables a source may bring, with the column that says since when a row is known
#: (None: known all along). Those with a ``deal_id`` are cut to the deals of a part.
TABLES: Mapping[str, str | None] = {
    "accounts": None,
    "reps": None,
    "leads": "created_at",
    "activities": "at",
    "contacts": "met_at",
    "evidence": "dated",
    "targets": None,
    "forecasts": "made_at",
    "payments": "agreed_on",
}
#: What of their rows is told later: the day, and the columns that are unknown before it.
TOLD_LATER: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "payments": {"invoiced_on": (), "shipped_on": (), "paid_on": ("paid",)},
}
OUTCOMES = ("won", "lost", "no_decision")
#: Levels of a target, and what tables call them.
LEVELS: Mapping[str, tuple[str, ...]] = {
    "base": ("base", "minimum", "保底", "底线"),
    "plan": ("plan", "target", "budget", "计划", "目标"),
    "stretch": ("stretch", "冲刺", "挑战"),
}


def level_of(label: str) -> str:
    """Return the level a table means by a word; its own word where it is none of them.

    Examples
    --------
    >>> level_of("计划"), level_of("Stretch"), level_of("B")
    ('plan', 'stretch', 'B')
    """
    said = label.strip().casefold()
    return next((level for level, words in LEVELS.items() if said in words), label)


def conform(table: ir.Table, schema: Mapping[str, str]) -> ir.Table:
    """Give a table every column of ``schema`` in order and type; further columns follow."""
    columns = {
        name: table[name].cast(kind) if name in table.columns else ibis.null(kind)
        for name, kind in schema.items()
    }
    rest = {name: table[name] for name in table.columns if name not in schema}
    return table.select(**columns, **rest)
