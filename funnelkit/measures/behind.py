"""The deals behind a cell of a result: those it counts, and those it leaves out and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, ClassVar

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from funnelkit.data.kept import kept
from funnelkit.data.pipeline import DEALS
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.measures.engine import groups_first, within
from funnelkit.measures.scope import Scope

if TYPE_CHECKING:
    from funnelkit.data.pipeline import Pipeline
    from funnelkit.process import Process


@dataclass(frozen=True, eq=False)
class Counted:
    """What a measure counted.

    Attributes
    ----------
    table : DataFrame
        Rates are fractions, durations days, amounts in the data's currency.
    scope : Scope
        Deals used, deals left out and why, period, date.
    process : Process
        Names the stages when the result is shown.
    """

    table: pd.DataFrame
    scope: Scope
    process: Process
    by: tuple[str, ...] = ()

    #: Columns of ``table`` that count deals (or their stays, or add up their amounts), the main
    #: one first, and the columns that beside ``by`` tell a row from the others.
    counts: ClassVar[tuple[str, ...]] = ()
    keys: ClassVar[tuple[str, ...]] = ()

    def _whole(self) -> Pipeline:
        """Return the pipeline whose columns the groups are."""
        assert self.scope.pipeline is not None
        return self.scope.pipeline

    def _behind(self, p: Pipeline) -> Any:
        """Return one row a deal and cell: ``deal_id``, `keys`, `counts`, and ``why`` it is out."""
        raise NotImplementedError


def deals_behind(
    result: Counted, group: Any, column: str | None, left_out: bool, cell: Mapping[str, Any]
) -> pd.DataFrame:
    """Return what :meth:`Result.deals` promises."""
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
    if group is not None and set(result.by) <= set(rows):  # a deal may change its group
        for name, value in zip(result.by, _values(result, group), strict=True):
            rows = rows[rows[name].astype("str") == str(value)]
        group = None
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


def ids_behind(
    result: Counted, column: str, *, group: Sequence[Any] = (), left_out: str = "", **cell: Any
) -> list[str]:
    """Return the ids of the deals that :meth:`Result.deals` gives, in its order, and no more.

    A page holds a hundred lists: the rows are ranked and coded once for all of them.

    Parameters
    ----------
    group : sequence
        The values of ``by``, a list for any of several; empty for all groups.
    left_out : str
        One reason for which deals are left out; "" for those that are counted.
    **cell
        What tells the row from others, by its value in the table.
    """
    rows = _held(result, column, left_out)
    for name, value in (*zip(result.by, group, strict=False), *cell.items()):
        rows = rows[rows[name].isin(value if isinstance(value, list) else [value])]
    ranks = rows["rank"].drop_duplicates()
    found: list[str] = _order(result._whole()).take(ranks.to_numpy()).to_pylist()
    return found


@kept
def _held(result: Counted, column: str, left_out: str) -> pd.DataFrame:
    """Return the rows that a column counts, or that are left out for a reason, by rank."""
    rows = _coded(result)
    held = rows["why"] == left_out if left_out else rows["why"].isna() & (rows[column] != 0)
    return rows[held].sort_values("rank")


@kept
def reasons_behind(result: Counted) -> dict[str, int]:
    """Return why deals are left out, and how many for each reason."""
    rows = _coded(result)
    out = rows.loc[rows["why"].notna(), ["why", "rank"]].drop_duplicates()
    return {str(why): int(n) for why, n in out["why"].value_counts(sort=False).items() if n}


@kept
def _coded(result: Counted) -> pd.DataFrame:
    """Return the rows behind a result with their deal's rank, and its groups and keys as codes."""
    rows = _rows(result)
    rows = rows.assign(rank=_ranks(result, rows["deal_id"])).drop(columns="deal_id")
    missing = [name for name in result.by if name not in rows]
    if missing:
        p = result._whole()
        groups = groups_first(p.deals.select("deal_id", *missing).to_pandas(), missing)
        groups.index = pd.Index(_ranks(result, groups.pop("deal_id")))
        for name in missing:
            rows[name] = groups[name].reindex(rows["rank"]).to_numpy()
    for name in (*result.by, *result.keys, "why"):
        rows[name] = rows[name].astype("category")
    return rows


def _ranks(result: Counted, ids: pd.Series[Any]) -> NDArray[np.int64]:
    """Return the rank of each of these deals in a list."""
    found: NDArray[np.int64] = pc.index_in(
        pa.array(ids, pa.string()), _order(result._whole())
    ).to_numpy()
    return found


@kept
def _order(p: Pipeline) -> pa.StringArray:
    """Return the deals in the order of a list: the largest amount first, then by id."""
    names = ["deal_id", "amount"] if p.has("amount") else ["deal_id"]
    deals = p.deals.select(*names).to_pandas()
    ids = deals.sort_values([*names[1:], "deal_id"], ascending=[*(False for _ in names[1:]), True])
    return pa.array(ids["deal_id"], pa.string())


@kept
def _rows(result: Counted) -> pd.DataFrame:
    """Return one row a deal and cell; a page that opens one list after another asks once."""
    rows = result._behind(result._whole())
    if isinstance(rows, ir.Table):  # what is neither counted nor left out is not fetched
        told = [(rows[column] != 0).fill_null(True) for column in result.counts]
        rows = rows.filter(reduce(or_, told, rows.why.notnull())).to_pandas()
    frame: pd.DataFrame = rows
    return frame


@kept
def _facts(result: Counted) -> pd.DataFrame:
    """Return what a list shows of its deals."""
    p = result._whole()
    names = [c for c in DEALS if c == "deal_id" or c in p.given]
    facts = p.deals.select(*dict.fromkeys([*names, *result.by])).to_pandas()
    return groups_first(facts, list(result.by))


def _known(result: Counted, key: str, value: Any) -> Any:
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


def _of_group(result: Counted, facts: pd.DataFrame, group: Any) -> pd.DataFrame:
    """Return the deals of a group of the result."""
    if group is None:
        return facts
    for column, value in zip(result.by, _values(result, group), strict=True):
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


def _values(result: Counted, group: Any) -> list[Any]:
    """Return the values of a group, one for each column of ``by``."""
    values = list(group) if isinstance(group, tuple | list) else [group]
    if len(values) != len(result.by):
        raise FunnelkitError("measures.no_group", found=values, by=list(result.by))
    return values


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


__all__ = ["Counted", "because", "dated", "deals_behind", "ids_behind", "ones", "reasons_behind"]
