"""Visits and changes out of whatever form of history a system gives."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from funnelkit.data.cells.amounts import parse_amounts
from funnelkit.data.cells.dates import parse_dates
from funnelkit.data.defects import Finding
from funnelkit.data.inner import ROW, attach, inner
from funnelkit.data.moves import ALONG
from funnelkit.data.understanding.recognise import Dialect, plain_header

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

# A log with one column for each type keeps these fields elsewhere than in the text column.
_TYPED = {"float": ("amount",), "datetime": ("expected_close",), "integer": ("active",)}


@dataclass
class Histories:
    """Visits (``deal_id, stage, entered_at, seq``) and changes, labels still the file's own."""

    visits: ir.Table | None = None
    changes: ir.Table | None = None
    findings: list[Finding] = field(default_factory=list)
    derived: int = 0  # visits that no row of the file says by itself


def _row(table: ir.Table) -> ir.Value:
    return table[ROW] if ROW in table.columns else ibis.null("int64")


def _seq(table: ir.Table) -> ir.Value:
    """What orders rows of the same moment: the file's own number, else the order of the file."""
    if "seq" in table.columns:
        return table.seq
    return table[ROW] if ROW in table.columns else ibis.literal(0).cast("int64")


def from_visits(
    table: ir.Table, deals: ir.Table | None = None, file: str = "", con: Any = None
) -> Histories:
    """A history with one row a visit, or one row a save of the deal (Salesforce).

    Rows of one moment stand in the order of the file, turned round where the file begins with
    the newest; where each row names the stage before too, in the order in which they follow.
    """
    result = Histories()
    lined_up = [ALONG] if ALONG in table.columns else []
    if not lined_up and "seq" not in table.columns and ROW in table.columns:
        table = _in_order(table, con)
    seq = _seq(table)
    visits = table.select(
        "deal_id", "stage", "entered_at", *lined_up, seq=seq.cast("int64"), **{ROW: _row(table)}
    )
    if "from_stage" in table.columns:
        first = _stages_before(table, seq, deals, file, result)
        visits = visits if first is None else ibis.union(visits, first)
    result.visits = visits
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


def _in_order(table: ir.Table, con: Any) -> ir.Table:
    """Give rows of one moment their order: by the stages they name, else by the file's way."""
    w = ibis.window(group_by=table.deal_id, order_by=table[ROW])
    step = table.select(gap=table.entered_at.epoch_seconds() - table.entered_at.epoch_seconds()
                        .lag().over(w))  # fmt: skip
    row = step.agg(
        down=(step.gap < 0).sum(), up=(step.gap > 0).sum(), ties=(step.gap == 0).sum()
    ).to_pyarrow().to_pylist()[0]  # fmt: skip
    down, up = int(row["down"] or 0), int(row["up"] or 0)
    newest_first = down > up
    if not row["ties"]:
        return table
    if "from_stage" not in table.columns:
        return table.mutate(seq=-table[ROW]) if newest_first else table
    names = ["deal_id", "entered_at", "from_stage", "stage", ROW]
    sizes = ibis.window(group_by=[table.deal_id, table.entered_at])
    tied = table.select(*names, n=table.count().over(sizes))
    tied = tied.filter(tied.n > 1)
    frame = tied.to_pandas().sort_values(ROW, ascending=not newest_first)
    places: dict[int, int] = {}
    for _, part in frame.groupby(["deal_id", "entered_at"], sort=False):
        rows = list(zip(part[ROW], part["from_stage"], part["stage"], strict=True))
        for place, row_number in enumerate(chained(rows)):
            places[row_number] = place
    if not places:
        return table.mutate(seq=-table[ROW] if newest_first else table[ROW])
    known = ibis.memtable(
        pa.table({"at_row": pa.array(places, pa.int64()),
                  "place": pa.array(places.values(), pa.int64())})
    )  # fmt: skip
    if con is not None:
        known = con.create_table(ibis.util.gen_name("ties"), known, temp=True)
    joined = table.left_join(known, table[ROW] == known.at_row)
    return joined.mutate(seq=joined.place.fill_null(0)).drop("at_row", "place")


def chained(rows: list[tuple[int, Any, Any]]) -> list[int]:
    """Order moves of one moment so that each begins where the one before ended.

    ``rows`` are (row, from, to) in the order they are taken in where nothing else decides.

    Examples
    --------
    >>> chained([(7, "B", "C"), (8, "A", "B")])
    [8, 7]
    """
    left = list(rows)
    ends = {to for _, _, to in left}
    # the first one begins where none of the others ends; a circle begins anywhere
    now = next((r for r in left if r[1] not in ends), left[0])
    order = []
    while left:
        left.remove(now)
        order.append(now[0])
        last = now[2]
        ends = {to for _, _, to in left}
        now = next(
            (r for r in left if r[1] == last),
            next((r for r in left if r[1] not in ends), left[0] if left else now),
        )
    return order


def _stages_before(
    table: ir.Table, seq: ir.Value, deals: ir.Table | None, file: str, result: Histories
) -> ir.Table | None:
    """The stage each deal left with its first move, entered when the deal was created."""
    order = [table.entered_at, seq]
    w = ibis.window(group_by=table.deal_id, order_by=order)
    own = table.created_at if "created_at" in table.columns else ibis.null("timestamp(6)")
    first = table.select(
        "deal_id", stage=table.from_stage, born=own, moved=table.entered_at,
        nth=ibis.row_number().over(w),
    )  # fmt: skip
    first = first.filter((first.nth == 0) & first.stage.notnull()).drop("nth")
    if deals is not None and "created_at" in deals.columns:
        born = deals.group_by("deal_id").agg(known=deals.created_at.min())
        joined = first.left_join(born, "deal_id").drop("deal_id_right")
        first = joined.mutate(born=ibis.coalesce(joined.known, joined.born)).drop("known")
    dated = first.filter((first.born <= first.moved).fill_null(False))
    counts = first.count().execute(), dated.count().execute()
    made, without = int(counts[1]), int(counts[0]) - int(counts[1])
    result.derived = made
    if made:
        result.findings.append(Finding("first_visit_derived", file=file, count=made))
    if without:
        result.findings.append(Finding("first_stage_undated", file=file, count=without))
    if not made:
        return None
    return dated.select(
        "deal_id", "stage", entered_at=dated.born, seq=ibis.literal(-(2**62)).cast("int64"),
        **{ROW: ibis.null("int64")},
    )  # fmt: skip


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
    base = table.select(
        "deal_id",
        field=table.field.cases(*meaning.items(), else_=table.field) if meaning else table.field,
        old=_value(table, "old", meaning),
        new=_value(table, "new", meaning),
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
    if "old" not in table.columns and deals is not None and "created_at" in deals.columns:
        # such a log begins with the value a deal was created with: that is no change
        born = attach(others, deals.select("deal_id", "created_at"))
        made_at = born[inner("created_at")]
        first = born.old.isnull() & (born.changed_at <= made_at)
        others = born.filter(~first.fill_null(False)).drop(inner("created_at"))
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
        born = deals.filter(deals.created_at.notnull())
        if "stage" not in born.columns:
            born = born.mutate(stage=ibis.null("string"))
        if ROW in born.columns:  # a deal that stands there twice begins once
            born = born.group_by("deal_id").agg(
                stage=born.stage.argmin(born[ROW]), created_at=born.created_at.argmin(born[ROW])
            )
        start = born.left_join(first, "deal_id")
        now = start.stage
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
            result.findings.append(Finding("first_visit_derived", file=file, count=made))
        visits = ibis.union(visits, initial)
    result.visits = visits
    return result


def _value(table: ir.Table, side: str, meaning: dict[str, str]) -> ir.Value:
    """The old or new value, from the column of its type where a log has one for each type."""
    if side not in table.columns:
        return ibis.null("string")
    value = table[side]
    branches = []
    for kind, fields in _TYPED.items():
        names = [n for n, means in meaning.items() if means in fields]
        if f"{side}_{kind}" in table.columns and names:
            branches.append((table.field.isin(names), table[f"{side}_{kind}"]))
    return ibis.cases(*branches, else_=value) if branches else value


#: How a value of these fields stands in a log that needs no change.
_USUAL = {"amount": r"^-?\d+(\.\d*[1-9])?$", "expected_close": r"^\d{4}-\d\d-\d\d$"}


def plain_values(changes: ir.Table, clock: dt.timedelta, decimal: str | None = None) -> ir.Table:
    """Amounts as plain numbers and dates as ISO days in the old and new values of a log.

    What cannot be read stays as it is. A log of a database other than DuckDB is left alone.
    """
    if changes.get_backend().name != "duckdb":
        return changes
    strange = ibis.or_(
        *(
            (changes.field == name) & ~changes[side].re_search(usual)
            for name, usual in _USUAL.items()
            for side in ("old", "new")
        )
    )
    seen = changes.filter(strange).select("field", "old", "new").distinct().to_pyarrow()
    for field_name, usual in _USUAL.items():
        of = seen.filter(pc.equal(seen["field"], field_name))
        both = pa.chunked_array([*of["old"].chunks, *of["new"].chunks], pa.string())
        odd = both.filter(pc.invert(pc.match_substring_regex(both, usual)))
        texts = sorted(odd.unique().to_pylist())
        if not texts:
            continue
        read: list[str | None] = []
        if field_name == "amount":
            read = [None if v is None else f"{v:.6f}".rstrip("0").rstrip(".")
                    for v in parse_amounts(texts, decimal=decimal).values]  # fmt: skip
        else:
            read = [None if v is None else v.isoformat(" ").removesuffix(" 00:00:00")
                    for v in parse_dates(texts, clock=clock).values]  # fmt: skip
        known = pa.table({"was": pa.array(texts, pa.string()), "read": pa.array(read, pa.string())})
        for side in ("old", "new"):
            lookup = ibis.memtable(known.rename_columns([f"was_{side}", f"read_{side}"]))
            joined = changes.left_join(lookup, changes[side] == lookup[f"was_{side}"])
            mine = joined.field == field_name
            told = ibis.coalesce(joined[f"read_{side}"], joined[side])
            value = mine.fill_null(False).ifelse(told, joined[side])
            changes = joined.mutate({side: value}).drop(f"was_{side}", f"read_{side}")
    return changes


def from_entered(table: ir.Table, stages: list[str]) -> ir.Table:
    """Visits out of one column a stage that holds the date it was entered."""
    parts = []
    for i, stage in enumerate(stages):
        column = table[inner(f"entered:{stage}")]
        part = table.select(
            "deal_id",
            stage=ibis.literal(stage),
            entered_at=column,
            seq=ibis.literal(i).cast("int64"),
            **{ROW: _row(table)},
        )
        parts.append(part.filter(part.entered_at.notnull()))
    return ibis.union(*parts) if len(parts) > 1 else parts[0]
