"""Checks on canonical tables: counts first, in few queries; rows are fetched only for a defect."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from funnelkit.data.cells.kinds import beyond, sentinel
from funnelkit.data.defects import Finding
from funnelkit.data.inner import MARK, ROW, inner
from funnelkit.data.reading.assemble import (
    BOTH,
    LEFT_OUT,
    PLANNED,
    TORN,
    UNKNOWN_OUTCOME,
    UNKNOWN_STAGE,
)
from funnelkit.data.reasons import Costs, reason

_EXAMPLES = 1000


@dataclass
class Check:
    """One defect and where it holds; ``told`` when it was reported already, cell by cell."""

    reason: str
    where: ir.BooleanValue
    column: str | None = None
    show: str | None = None
    more: tuple[str, ...] = ()
    told: bool = False

    @property
    def costs(self) -> Costs:
        """What the reason costs."""
        return reason(self.reason).costs


@dataclass
class Checked:
    """A table without the rows set aside, how many by reason, what was found, example rows."""

    table: ir.Table
    findings: list[Finding] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
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
    """Count every defect in one query, then fetch the first row of those that occur.

    A row is set aside for one reason, the first of ``checks`` that holds for it, and is no
    longer looked at by the others.
    """
    wanted: dict[str, ir.Scalar] = {f"c{i}": c.where.sum() for i, c in enumerate(checks)}
    wanted |= {f"f_{k}": v for k, v in (facts or {}).items()}
    row = table.aggregate(**wanted).to_pyarrow().to_pylist()[0]
    result = Checked(table)
    result.facts = {k[2:]: v for k, v in row.items() if k.startswith("f_")}
    out: ir.BooleanValue | None = None
    emptied: dict[str, ir.BooleanValue] = {}
    found = [(c, int(row[f"c{i}"] or 0)) for i, c in enumerate(checks)]
    for check, count in sorted(found, key=lambda pair: pair[0].costs != "row"):
        if not count:
            continue
        where = check.where.fill_null(False)
        if out is not None:
            where = where & ~out
            count = int(table.filter(where).count().execute())
            if not count:
                continue
        if not check.told:
            result.findings.append(_finding(table, check, where, count, file, source))
        if check.costs in ("row", "none"):
            own = check.where.fill_null(False)
            out = own if out is None else out | own
            result.left_out[check.reason] += count
            result.aside.append(_examples(table, where, label, check.reason))
        elif check.costs == "cell" and check.column:
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
    more = {c.removeprefix(MARK): _plain(first.get(c)) for c in check.more}
    more["deal"] = first.get("deal_id")
    return Finding(
        check.reason, file=file, row=first.get(ROW),
        column=source.get(check.column or "", check.column), value=_plain(value), count=count,
        more=more,
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
    checks = [Check("missing_id", deals.deal_id.isnull() | (deals.deal_id == ""), "deal_id")]
    if LEFT_OUT in has:
        checks.insert(0, Check("ignored_stage", deals[LEFT_OUT], "stage", told=True))
    for reason_, mark, column in (
        ("unknown_stage", UNKNOWN_STAGE, "stage"),
        ("unknown_outcome", UNKNOWN_OUTCOME, "outcome"),
    ):
        if mark in has:  # reported already, label by label
            checks.append(Check(reason_, deals[mark], column, told=True))
    if TORN in has:
        checks.append(Check("closed_stage_open", deals[TORN].notnull(), "stage", TORN))
    if BOTH in has:
        checks.append(Check("won_and_lost", deals[BOTH], "won_at", "deal_id"))
    if closing is not None and "stage" in given:
        where = (deals.stage == closing) & ~closed
        checks.append(Check("closing_stage_open", where, "stage"))
    dates = [c for c in ("created_at", "expected_close", "closed_at") if c in given and c in has]
    later = beyond(limit)
    facts: dict[str, ir.Scalar] = {"n": deals.count(), "ids": deals.deal_id.nunique()}
    for name in dates:
        real = ~sentinel(deals[name]) if typed else ibis.literal(True)
        if typed:
            checks.append(Check("sentinel_date", ~real, name))
        if name == "expected_close":
            continue
        if name == "closed_at":  # of an open deal it is a plan
            real = real & closed
        facts[f"max_{name}"] = deals[name].max(where=real & (deals[name] <= later))
        why = "future_close" if name == "closed_at" else "future_date"
        checks.append(Check(why, real & (deals[name] > later), name))
    if {"created_at", "closed_at"} <= set(dates):
        before = closed & (deals.closed_at < deals.created_at)
        earlier_day = deals.closed_at.truncate("D") < deals.created_at.truncate("D")
        checks.append(
            Check("closed_before_created", before & earlier_day, "closed_at", more=("created_at",))
        )
        facts["same_day"] = (before & ~earlier_day).sum()
    if "closed_at" in dates:
        undated = closed & deals.closed_at.isnull() & ~told("closed_at")
        checks.append(Check("closed_without_date", undated, "closed_at"))
    if PLANNED in has:
        planned = deals[PLANNED].notnull()
        checks.append(Check("open_with_close_date", planned, "closed_at", show=PLANNED))
    if "created_at" in dates:
        undated = deals.created_at.isnull() & ~told("created_at")
        checks.append(Check("no_created", undated, "created_at"))
    if "stage" in given:
        nowhere = deals.stage.isnull() & ~closed
        checks.append(Check("no_stage", nowhere, "stage", show="deal_id"))
        facts["stageless"] = (deals.stage.isnull() & closed).sum()
    if "amount" in given:
        checks.append(Check("negative_amount", deals.amount < 0, "amount"))
    if "currency" in given and "amount" in given:
        facts["currencies"] = deals.currency.nunique()
    if "probability" in given and typed and deals.probability.type().is_numeric():
        facts["chance"] = deals.probability.max()
    result = run_checks(deals, checks, file=file, label="deals", source=source, facts=facts)
    marks = (UNKNOWN_STAGE, UNKNOWN_OUTCOME, TORN, BOTH, LEFT_OUT, PLANNED)
    result.table = result.table.drop(*(c for c in marks if c in has))
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
    nth, alike, first_row = inner("nth"), inner("alike"), inner("first_row")
    marked = deals.mutate(
        **{
            nth: ibis.row_number().over(w),
            alike: same,
            first_row: deals[ROW].first().over(w) if has_rows else ibis.null("int64"),
        }
    )
    again = marked[nth] > 0
    checks = [
        Check("repeated_row", again & marked[alike], "deal_id", more=(first_row,)),
        Check("duplicate_id", again & ~marked[alike], "deal_id", more=(first_row,)),
    ]
    found = run_checks(marked, checks, file=file, label="deals", source=source)
    if has_rows:
        extra = marked.filter(again).select(ROW).to_pyarrow()
        checked.table = checked.table.anti_join(ibis.memtable(extra), ROW)
    else:
        checked.table = found.table.drop(nth, alike, first_row)
    checked.findings += found.findings
    checked.left_out += found.left_out
    checked.aside += found.aside
    checked.dirty = True
