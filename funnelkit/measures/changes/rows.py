"""What a movement needs of the deals: the few that changed one by one, the others added up."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

import ibis
import ibis.expr.types as ir
import pandas as pd

from funnelkit.data.engines import read_text
from funnelkit.data.pipeline import NO_GROUP, OUTCOMES, Pipeline
from funnelkit.measures.changes.steps import State, Window
from funnelkit.measures.engine import moment_at


class Row(NamedTuple):
    """What is known of a deal at one end."""

    state: State
    group: tuple[Any, ...]
    owner: str
    no_amount: bool


_FACTS = ("deal_id", "outcome", "amount", "expected_close", "closed_at", "owner")


def both_ends(
    p: Pipeline,
    opening: Pipeline,
    closing: Pipeline,
    groups: list[str],
    first: dt.datetime,
    last: dt.datetime,
) -> ir.Table:
    """Return one row a deal with what is known of it at both ends (``b_`` and ``a_``).

    ``quiet`` deals are the same at both ends and had no change in between: they only add up, and
    do so in the database.
    """
    sides = [
        part.deals.select(**{f"{mark}_{c}": part.deals[c] for c in dict.fromkeys(_FACTS)},
                          **{f"{mark}_by_{i}": part.deals[g] for i, g in enumerate(groups)})
        for mark, part in (("b", opening), ("a", closing))
    ]  # fmt: skip
    both = sides[0].outer_join(sides[1], sides[0].b_deal_id == sides[1].a_deal_id)
    same = both.b_deal_id.notnull() & both.a_deal_id.notnull()
    for c in (
        "outcome",
        "amount",
        "expected_close",
        "owner",
        *(f"by_{i}" for i in range(len(groups))),
    ):
        same = same & both[f"b_{c}"].identical_to(both[f"a_{c}"])
    both = both.mutate(quiet=same)
    logs = [
        t.select("deal_id")
        for t in (_changes(p, first, last), _moves(p, first, last))
        if t is not None
    ]
    if not logs:
        return both
    told = ibis.union(*logs) if len(logs) > 1 else logs[0]
    told = told.group_by("deal_id").agg(changes=ibis._.count())
    both = both.left_join(told, both.a_deal_id == told.deal_id)
    return both.mutate(quiet=both.quiet & both.changes.isnull()).drop("deal_id", "changes")


def quiet(both: ir.Table, groups: list[str], due: Window) -> Iterable[tuple[Any, int, int, int]]:
    """Add up the quiet deals in scope: group, deals, cents, deals without an amount."""
    rows = both.filter(both.quiet & (both.a_outcome == "open"))
    if due is not None:
        when = rows.a_expected_close
        rows = rows.filter((when >= moment_at(due[0])) & (when < moment_at(due[1])))
    rows = rows.mutate(cents=cents_of(rows.a_amount))
    keys = [f"a_by_{i}" for i in range(len(groups))]
    sums = (rows.group_by(keys) if keys else rows).agg(
        n=rows.count(), cents=rows.cents.sum(), empty=rows.a_amount.isnull().sum()
    )
    for row in _plain(sums.to_pandas())[[*keys, "n", "cents", "empty"]].itertuples(index=False):
        *group, n, amount, empty = row
        if n:
            yield (
                tuple(NO_GROUP if v is None else v for v in group),
                int(n),
                int(amount or 0),
                int(empty),
            )


def cents_of(amount: ir.FloatingValue) -> ir.IntegerValue:
    """Return an amount in whole cents, halves to the even one: as Python rounds."""
    hundred = amount * 100
    whole = hundred.floor().cast("int64")
    rest = hundred - hundred.floor()
    up = (rest > 0.5) | ((rest == 0.5) & (whole % 2 != 0))
    return whole + up.ifelse(1, 0)


def moved(both: ir.Table, groups: list[str]) -> tuple[dict[str, Row], dict[str, Row]]:
    """Return state, group and owner at both ends of each deal that is not quiet."""
    frame = _plain(both.filter(~both.quiet).drop("quiet").to_pandas())
    ends: list[dict[str, Row]] = []
    for mark in ("b", "a"):
        part = frame[frame[f"{mark}_deal_id"].notna()]
        columns = [
            [NO_GROUP if v is None else v for v in part[f"{mark}_by_{i}"]]
            for i in range(len(groups))
        ]
        keys: Iterable[tuple[Any, ...]] = zip(*columns, strict=True) if groups else [()] * len(part)
        facts = zip(*(part[f"{mark}_{n}"] for n in _FACTS), keys, strict=True)
        ends.append(
            {
                deal: Row(
                    State(outcome, _cents(amount), due, closed), key, owner or NO_GROUP,
                    amount is None,
                )
                for deal, outcome, amount, due, closed, owner, key in facts
            }
        )  # fmt: skip
    return ends[0], ends[1]


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype("object").where(frame.notna(), None)


def _cents(amount: float | None) -> int:
    return 0 if amount is None else round(float(amount) * 100)


Event = tuple[dt.datetime, str, Any, Any]


def _changes(p: Pipeline, after: dt.datetime, last: dt.datetime) -> ir.Table | None:
    """Return the changes of amounts and expected dates in (after, last]."""
    t = p.field_history
    if t is None:
        return None
    inside = (t.changed_at > moment_at(after)) & (t.changed_at <= moment_at(last))
    return t.filter(inside & t.field.isin(["amount", "expected_close"]))


def _moves(p: Pipeline, after: dt.datetime, last: dt.datetime) -> ir.Table | None:
    """Return the stages and outcomes entered in (after, last]."""
    h = p.stage_history
    if h is None:
        return None
    return h.filter((h.entered_at > moment_at(after)) & (h.entered_at <= moment_at(last)))


def events(p: Pipeline, after: dt.datetime, last: dt.datetime) -> dict[str, list[Event]]:
    """Return each deal's recorded changes in (after, last]: when, what, old and new, or outcome."""
    found: dict[str, list[Event]] = defaultdict(list)
    t = _changes(p, after, last)
    if t is not None:
        rows = t.select(
            "deal_id", "field", "changed_at", "seq",
            old_amount=read_text(t.old, "float64"), new_amount=read_text(t.new, "float64"),
            old_due=read_text(t.old, "timestamp(6)"), new_due=read_text(t.new, "timestamp(6)"),
        ).order_by(["deal_id", "changed_at", "seq"]).to_pandas()  # fmt: skip
        r: Any
        for r in _plain(rows).itertuples(index=False):
            change: tuple[Any, Any]
            if r.field == "amount":
                change = (_cents(r.old_amount), _cents(r.new_amount))
            else:
                change = (r.old_due, r.new_due)
            found[str(r.deal_id)].append((r.changed_at, str(r.field), *change))
    h = _moves(p, after, last)
    if h is not None:
        ends = h.stage.isin(OUTCOMES)
        rows = h.select(
            "deal_id", "entered_at", "seq", outcome=ends.ifelse(h.stage, ibis.literal("open"))
        )
        for r in rows.order_by(["deal_id", "entered_at", "seq"]).to_pandas().itertuples():
            found[str(r.deal_id)].append((r.entered_at, "outcome", r.outcome, None))
    for log in found.values():  # what was changed on closing belongs before the close
        log.sort(key=lambda e: e[0])
    return found


__all__ = ["Event", "Row", "both_ends", "cents_of", "events", "moved", "quiet"]
