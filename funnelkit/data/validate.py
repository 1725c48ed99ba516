"""Checks on canonical tables: counts first, in few queries; rows are fetched only for a defect."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from funnelkit.data.defects import Effect, Finding, Severity
from funnelkit.data.files import ROW

_EXAMPLES = 1000
_LAST_YEAR = 2200


@dataclass
class Check:
    """One defect: where it holds, how bad it is, what is done with the row."""

    reason: str
    where: ir.BooleanValue
    severity: Severity
    effect: Effect
    column: str | None = None
    show: str | None = None
    more: tuple[str, ...] = ()


@dataclass
class Checked:
    """A table without the rows set aside, what was found, and example rows."""

    table: ir.Table
    findings: list[Finding] = field(default_factory=list)
    aside: list[pd.DataFrame] = field(default_factory=list)
    dirty: bool = False
    facts: dict[str, Any] = field(default_factory=dict)


def run_checks(
    table: ir.Table,
    checks: list[Check],
    *,
    file: str,
    label: str,
    source: Mapping[str, str],
    facts: Mapping[str, ir.Scalar] | None = None,
) -> Checked:
    """Count every defect in one query, then fetch the first row of those that occur."""
    wanted: dict[str, ir.Scalar] = {f"c{i}": c.where.sum() for i, c in enumerate(checks)}
    wanted |= {f"f_{k}": v for k, v in (facts or {}).items()}
    row = table.aggregate(**wanted).to_pyarrow().to_pylist()[0]
    result = Checked(table)
    result.facts = {k[2:]: v for k, v in row.items() if k.startswith("f_")}
    out: ir.BooleanValue | None = None
    emptied: dict[str, ir.BooleanValue] = {}
    rows_first = sorted(range(len(checks)), key=lambda i: checks[i].effect != "row")
    for i in rows_first:
        check = checks[i]
        count = int(row[f"c{i}"] or 0)
        if not count:
            continue
        where = check.where.fill_null(False)
        if out is not None:
            # a row with two defects counts once, under the first
            where = where & ~out
            count = int(table.filter(where).count().execute())
            if not count:
                continue
        result.findings.append(_finding(table, check, where, count, file, source))
        if check.effect == "row":
            own = check.where.fill_null(False)
            out = own if out is None else out | own
            result.aside.append(_examples(table, where, label, check.reason))
        elif check.effect == "cell" and check.column:
            known = emptied.get(check.column)
            emptied[check.column] = where if known is None else known | where
    if emptied:
        result.table = result.table.mutate(
            **{
                c: where.ifelse(ibis.null(table[c].type()), table[c])
                for c, where in emptied.items()
            }
        )
        result.dirty = True
    if out is not None:
        result.table = result.table.filter(~out)
        result.dirty = True
    return result


def _finding(
    table: ir.Table,
    check: Check,
    where: ir.BooleanValue,
    count: int,
    file: str,
    source: Mapping[str, str],
) -> Finding:
    show = check.show or check.column
    columns = {c: table[c] for c in {show, ROW, "deal_id", *check.more} if c in table.columns}
    hits = table.filter(where)
    order = (
        [hits[ROW]]
        if ROW in table.columns
        else ([hits.deal_id] if "deal_id" in table.columns else [])
    )
    first = hits.select(*columns).order_by(order).limit(1).to_pyarrow().to_pylist()[0]
    value = first.get(show) if show else None
    more = {c: _plain(first.get(c)) for c in check.more}
    more["deal"] = first.get("deal_id")
    return Finding(
        check.reason, check.severity, file=file, row=first.get(ROW),
        column=source.get(check.column or "", check.column), value=_plain(value), count=count,
        effect=check.effect, more=more,
    )  # fmt: skip


def _plain(value: Any) -> Any:
    """Show a midnight as its day and a number without needless digits."""
    if isinstance(value, float):
        return f"{value:,.2f}".removesuffix(".00")
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    return value


def _examples(table: ir.Table, where: ir.BooleanValue, label: str, reason: str) -> pd.DataFrame:
    hits = table.filter(where)
    row = hits[ROW] if ROW in table.columns else ibis.null("int64")
    frame: pd.DataFrame = hits.select(row=row, deal_id=hits.deal_id).limit(_EXAMPLES).to_pandas()
    frame.insert(0, "table", label)
    frame["reason"] = reason
    return frame


def sentinel(column: ir.Value) -> ir.BooleanValue:
    """Dates that systems write for "never"."""
    year, month, day = column.year(), column.month(), column.day()
    turn = ((month == 1) & (day == 1)) | ((month == 12) & (day >= 30))
    odd = year.isin([1753, 1899, 1900, 1901, 1970, 2050, 2099, 2100, 2199]) & turn
    never = (year >= _LAST_YEAR) | (year < 1753) | odd
    # the calendar is only taken apart for the few dates outside of living memory
    far = (column < beyond(dt.datetime(1971, 1, 1))) | (column >= beyond(dt.datetime(2050, 1, 1)))
    return far.ifelse(never, False)


def beyond(moment: dt.datetime) -> ir.Scalar:
    """A moment as a literal of the database."""
    return ibis.literal(moment, type="timestamp(6)")


def check_deals(
    deals: ir.Table,
    *,
    file: str,
    source: Mapping[str, str],
    limit: dt.datetime,
    given: set[str],
    typed: bool,
    explicit: bool,
    closing: str | None,
    bad: Mapping[str, list[int]] | None = None,
) -> Checked:
    """All checks of the deals but the uniqueness of their ids."""
    has = set(deals.columns)

    def told(column: str) -> ir.BooleanValue:
        """Rows whose cell was reported as unreadable already."""
        rows = (bad or {}).get(column, [])
        return deals[ROW].isin(rows) if rows else ibis.literal(False)

    closed = deals.outcome != "open"
    checks = [Check("missing_id", deals.deal_id.isnull() | (deals.deal_id == ""), "error", "row",
                    "deal_id")]  # fmt: skip
    for reason, column in (("unknown_stage", "stage"), ("unknown_outcome", "outcome")):
        if f"{reason}__" in has:  # reported already, label by label
            checks.append(Check(f"{reason}__", deals[f"{reason}__"], "error", "row", column))
    if "closed_label__" in has:
        torn = deals["closed_label__"].notnull()
        checks.append(Check("closed_stage_open", torn, "error", "row", "stage", "closed_label__"))
    if closing is not None and "stage" in given:
        where = (deals.stage == closing) & ~closed
        checks.append(Check("closing_stage_open", where, "error", "row", "stage"))
    dates = [c for c in ("created_at", "expected_close", "closed_at") if c in given and c in has]
    later = beyond(limit)
    facts: dict[str, ir.Scalar] = {"n": deals.count(), "ids": deals.deal_id.nunique()}
    for name in dates:
        facts[f"max_{name}"] = deals[name].max()
        facts[f"min_{name}"] = deals[name].min()
        if typed:
            checks.append(Check("sentinel_date", sentinel(deals[name]), "info", "cell", name))
        if name != "expected_close":
            real = deals[name] > later
            if typed:
                real = real & ~sentinel(deals[name])
            checks.append(Check("future_date", real, "error", "row", name))
    if {"created_at", "closed_at"} <= set(dates):
        before = deals.closed_at < deals.created_at
        earlier_day = deals.closed_at.truncate("D") < deals.created_at.truncate("D")
        checks.append(
            Check("closed_before_created", before & earlier_day, "error", "row", "closed_at",
                  more=("created_at",))
        )  # fmt: skip
        facts["same_day"] = (before & ~earlier_day).sum()
    if "closed_at" in dates:
        checks.append(
            Check("closed_without_date",
                  closed & deals.closed_at.isnull() & ~told("closed_at"),
                  "warning", "kept", "closed_at")
        )  # fmt: skip
        checks.append(
            Check("open_with_close_date", ~closed & deals.closed_at.notnull(), "warning", "cell",
                  "closed_at")
        )  # fmt: skip
    if "created_at" in dates:
        undated = deals.created_at.isnull() & ~told("created_at")
        checks.append(Check("no_created", undated, "warning", "kept", "created_at"))
    if "stage" in given:
        checks.append(
            Check("no_stage", deals.stage.isnull() & ~closed, "warning", "kept", "stage",
                  show="deal_id")
        )  # fmt: skip
        facts["stageless"] = (deals.stage.isnull() & closed).sum()
    if "amount" in given:
        checks.append(Check("negative_amount", deals.amount < 0, "warning", "kept", "amount"))
    if "currency" in given and "amount" in given:
        facts["currencies"] = deals.currency.nunique()
    if "probability" in given and typed:
        facts["chance"] = deals.probability.max()
    result = run_checks(deals, checks, file=file, label="deals", source=source, facts=facts)
    marks = [c for c in result.table.columns if c.endswith("__") and c != ROW]
    result.table = result.table.drop(*marks)
    for frame in result.aside:
        frame["reason"] = frame["reason"].str.removesuffix("__")
    # unknown labels were reported one by one with the nearest stage
    result.findings = [f for f in result.findings if not f.reason.endswith("__")]
    return result


def unique_deals(checked: Checked, *, file: str, source: Mapping[str, str]) -> None:
    """Keep the first row of every deal; a row that repeats one exactly is only a repetition."""
    facts = checked.facts
    if facts["n"] == facts["ids"]:
        return
    deals = checked.table
    has_rows = ROW in deals.columns
    if has_rows:
        # only the deals that come twice are looked at row by row
        counts = deals.group_by("deal_id").agg(n=deals.count())
        deals = deals.semi_join(counts.filter(counts.n > 1), "deal_id")
        if (con := deals.get_backend()).name == "duckdb":
            deals = con.create_table(ibis.util.gen_name("twice"), deals, temp=True)
    w = ibis.window(group_by=deals.deal_id, order_by=[deals[ROW]] if has_rows else [])
    other = [c for c in deals.columns if c not in (ROW, "deal_id")]
    same = ibis.literal(True)
    for c in other:
        same = same & deals[c].identical_to(deals[c].first().over(w))
    marked = deals.mutate(
        __nth=ibis.row_number().over(w),
        __same=same,
        first_row=(deals[ROW].first().over(w) if has_rows else ibis.null("int64")),
    )
    again = marked["__nth"] > 0
    checks = [
        Check("repeated_row", again & marked["__same"], "warning", "row", "deal_id",
              more=("first_row",)),
        Check("duplicate_id", again & ~marked["__same"], "error", "row", "deal_id",
              more=("first_row",)),
    ]  # fmt: skip
    found = run_checks(marked, checks, file=file, label="deals", source=source)
    if has_rows:
        extra = marked.filter(again).select(ROW).to_pyarrow()
        checked.table = checked.table.anti_join(ibis.memtable(extra), ROW)
    else:
        checked.table = found.table.drop("__nth", "__same", "first_row")
    checked.findings += found.findings
    checked.aside += found.aside
    checked.dirty = True
