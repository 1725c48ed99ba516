"""The deals behind a cell of a result: those it counts, and those it leaves out and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from funnelkit.data.kept import kept
from funnelkit.data.pipeline import DEALS
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.measures.engine import groups_first, within

if TYPE_CHECKING:
    from funnelkit.measures.result import Result, Scope


def deals_behind(
    result: Result, group: Any, column: str | None, left_out: bool, cell: Mapping[str, Any]
) -> pd.DataFrame:
    """Return what :meth:`Result.deals` promises."""
    if not result.counts or result.scope.pipeline is None:
        raise FunnelkitError("measures.no_list", title=result.title)
    column = column or result.counts[0]
    if column not in result.counts:
        raise FunnelkitError(
            "measures.unknown_option",
            name="column",
            found=column,
            allowed=nearest(column, result.counts),
        )
    wanted = {k: _known(result, k, v) for k, v in cell.items() if v is not None}
    rows, facts = _rows(result), _facts(result)
    for key, value in wanted.items():
        rows = rows[rows[key] == value]
    if left_out:
        out = rows.loc[rows["why"].notna(), ["deal_id", "why"]].drop_duplicates()
    else:
        counted = rows[rows["why"].isna() & (rows[column] != 0)]
        out = counted.groupby("deal_id")[column].sum().rename("counted").reset_index()
        if set(result.keys) - set(wanted):  # of several rows: no one number to add up to
            out = out[["deal_id"]]
    found = _of_group(result, facts, group).merge(out, on="deal_id")
    order = [c for c in ("amount",) if c in found]
    ascending = [*(False for _ in order), True]
    return found.sort_values([*order, "deal_id"], ascending=ascending).reset_index(drop=True)


@kept
def _rows(result: Result) -> pd.DataFrame:
    """Return one row a deal and cell; a page that opens one list after another asks once."""
    rows = result._behind(result._whole())
    frame: pd.DataFrame = rows.to_pandas() if isinstance(rows, ir.Table) else rows
    return frame


@kept
def _facts(result: Result) -> pd.DataFrame:
    """Return what a list shows of its deals."""
    p = result._whole()
    names = [c for c in DEALS if c == "deal_id" or c in p.given]
    facts = p.deals.select(*dict.fromkeys([*names, *result.by])).to_pandas()
    return groups_first(facts, list(result.by))


def _known(result: Result, key: str, value: Any) -> Any:
    """Return a cell's value as the table has it; a stage may be named by its label."""
    if key not in result.keys:
        raise FunnelkitError(
            "measures.unknown_option",
            name="deals",
            found=key,
            allowed=nearest(key, [*result.keys, "group", "column"]),
        )
    process = result.process
    names = list(dict.fromkeys(result.table[key])) if key in result.table else []
    if key in ("stage", "from_stage", "to_stage"):
        names = list(dict.fromkeys([*process.funnel_ids, *names]))
        labels = {process.label(n): n for n in names}
        value = labels.get(value, value)
    by_text = {str(n): n for n in names}
    if by_text and str(value) not in by_text:
        raise FunnelkitError(
            "measures.unknown_option", name=key, found=value, allowed=nearest(value, by_text)
        )
    return by_text.get(str(value), value)


def _of_group(result: Result, facts: pd.DataFrame, group: Any) -> pd.DataFrame:
    """Return the deals of a group of the result."""
    if group is None:
        return facts
    values = list(group) if isinstance(group, tuple | list) else [group]
    if len(values) != len(result.by):
        raise FunnelkitError("measures.no_group", found=values, by=list(result.by))
    for column, value in zip(result.by, values, strict=True):
        names = facts[column].astype("str")
        if str(value) not in set(names):
            raise FunnelkitError(
                "measures.unknown_option",
                name="group",
                found=value,
                allowed=nearest(value, dict.fromkeys(sorted(names))),
            )
        facts = facts[names == str(value)]
    return facts


def dated(deals: ir.Table, column: str, scope: Scope) -> ir.StringValue:
    """Say why a period leaves a deal out; null where it does not."""
    if scope.since is None and scope.until is None:
        return ibis.null("string")
    when = deals[column]
    inside = within(when, scope.since, scope.until)
    return ibis.cases(
        (when.isnull(), ibis.literal("undated")),
        (~inside, ibis.literal("outside_period")),
        else_=ibis.null("string"),
    )


def because(*reasons: tuple[ir.BooleanValue, str]) -> ir.StringValue:
    """Return the first reason that holds; null where none does."""
    return ibis.cases(
        *[(holds.fill_null(False), ibis.literal(why)) for holds, why in reasons],
        else_=ibis.null("string"),
    )


def ones(holds: ir.BooleanValue) -> ir.IntegerValue:
    """Return 1 where something holds, else 0."""
    one: ir.IntegerValue = holds.fill_null(False).cast("int64")
    return one


__all__ = ["because", "dated", "deals_behind", "ones"]
