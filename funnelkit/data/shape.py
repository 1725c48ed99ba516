"""Visits and changes out of whatever form of history a system gives."""

from __future__ import annotations

from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir

from funnelkit.data.defects import Finding
from funnelkit.data.files import ROW
from funnelkit.data.recognise import Dialect, plain_header

_TRACKED = ("amount", "expected_close", "forecast_category")
_OWN_FIELDS = (
    "stage",
    "amount",
    "expected_close",
    "owner",
    "forecast_category",
    "outcome",
    "active",
)


@dataclass
class Histories:
    """Visits (``deal_id, stage, entered_at, seq``) and changes, labels still the file's own."""

    visits: ir.Table | None = None
    changes: ir.Table | None = None
    findings: list[Finding] = field(default_factory=list)


def _row(table: ir.Table) -> ir.Value:
    return table[ROW] if ROW in table.columns else ibis.null("int64")


def _seq(table: ir.Table) -> ir.Value:
    """What orders rows of the same moment: the file's own number, else the order of the file."""
    if "seq" in table.columns:
        return table.seq
    return table[ROW] if ROW in table.columns else ibis.literal(0).cast("int64")


def from_visits(table: ir.Table) -> Histories:
    """A history with one row a visit, or one row a save of the deal (Salesforce)."""
    seq = _seq(table)
    visits = table.select(
        "deal_id", "stage", "entered_at", seq=seq.cast("int64"), **{ROW: _row(table)}
    )
    result = Histories(visits=visits)
    tracked = [c for c in _TRACKED if c in table.columns]
    if tracked:
        w = ibis.window(group_by=table.deal_id, order_by=[table.entered_at, seq])
        parts = []
        for name in tracked:
            now = table[name].cast("string")
            t = table.select(
                "deal_id",
                field=ibis.literal(name),
                old=now.lag().over(w),
                new=now,
                changed_at=table.entered_at,
                seq=seq.cast("int64"),
                nth=ibis.row_number().over(w),
                **{ROW: _row(table)},
            )
            changed = (t.nth > 0) & ~t.old.identical_to(t.new)
            parts.append(t.filter(changed).drop("nth"))
        result.changes = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return result


def from_changes(
    table: ir.Table, dialect: Dialect | None, deals: ir.Table | None, file: str
) -> Histories:
    """A change log with one row a field: stage changes become visits, the others stay changes.

    A log starts with the first change: the stage before it is taken as entered when the deal
    was created, and a deal without any change as sitting in its stage since then.
    """
    names = table.select("field").distinct().to_pyarrow()["field"].to_pylist()
    meaning: dict[str, str] = {}
    for name in names:
        if name is None:
            continue
        told = dialect.field_named(name) if dialect else None
        own = next((f for f in _OWN_FIELDS if plain_header(f) == plain_header(name)), None)
        if told or own:
            meaning[name] = told or own or ""
    seq = _seq(table)
    old = table.old if "old" in table.columns else ibis.null("string")
    base = table.select(
        "deal_id",
        field=table.field.cases(*meaning.items(), else_=table.field) if meaning else table.field,
        old=old,
        new=table.new,
        changed_at=table.changed_at,
        seq=seq.cast("int64"),
        **{ROW: _row(table)},
    )
    if "old" not in table.columns:
        w = ibis.window(group_by=[base.deal_id, base.field], order_by=[base.changed_at, base.seq])
        base = base.mutate(old=base.new.lag().over(w))
    result = Histories()
    stages = base.filter(base.field == "stage")
    others = base.filter(~base.field.isin(["stage", "outcome", "active"]))
    if any(v not in ("stage", "outcome", "active") for v in [*meaning.values()]) or len(
        names
    ) > len(meaning):
        result.changes = others
    if "stage" not in meaning.values():
        return result
    visits = stages.select(
        "deal_id", stage=stages.new, entered_at=stages.changed_at, seq=stages.seq,
        **{ROW: stages[ROW]},
    )  # fmt: skip
    ends = base.filter(base.field.isin(["outcome", "active"]))
    if set(meaning.values()) & {"outcome", "active"}:
        low = ends.new.lower()
        label = ibis.cases(
            ((ends.field == "outcome"), ends.new),
            ((ends.field == "active") & low.isin(["false", "0"]), ibis.literal("lost")),
            else_=ibis.null("string"),
        )
        closing = ends.select(
            "deal_id", stage=label, entered_at=ends.changed_at, seq=ends.seq, **{ROW: ends[ROW]}
        )
        visits = ibis.union(visits, closing.filter(closing.stage.notnull()))
    if "old" in table.columns and deals is not None and "created_at" in deals.columns:
        first = stages.group_by("deal_id").agg(
            first_old=stages.old.argmin(stages.seq, where=stages.old.notnull())
        )
        start = deals.filter(deals.created_at.notnull()).left_join(first, "deal_id")
        now = start.stage if "stage" in deals.columns else ibis.null("string")
        initial = start.select(
            "deal_id",
            stage=ibis.coalesce(start.first_old, now),
            entered_at=start.created_at,
            seq=ibis.literal(-1).cast("int64"),
            **{ROW: ibis.null("int64")},
        )
        initial = initial.filter(initial.stage.notnull())
        made = int(initial.count().execute())
        if made:
            result.findings.append(Finding("first_visit_derived", "info", file=file, count=made))
        visits = ibis.union(visits, initial)
    result.visits = visits
    return result


def from_entered(table: ir.Table, stages: list[str]) -> ir.Table:
    """Visits out of one column a stage that holds the date it was entered."""
    parts = []
    for i, stage in enumerate(stages):
        column = table[f"entered:{stage}"]
        part = table.select(
            "deal_id",
            stage=ibis.literal(stage),
            entered_at=column,
            seq=ibis.literal(i).cast("int64"),
            **{ROW: _row(table)},
        )
        parts.append(part.filter(part.entered_at.notnull()))
    return ibis.union(*parts) if len(parts) > 1 else parts[0]
