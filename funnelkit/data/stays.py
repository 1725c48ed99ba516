"""Stays: one row each time a deal sat in an open stage, with when and where it went next.

Nearly every measure needs them, and making them takes a sort of the whole history, so a
reader keeps them: the measures that follow only add up.
"""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from funnelkit.data import engines
from funnelkit.data.moves import ALONG, ROW_BITS
from funnelkit.process import Process

# ``after`` holds the next stage's place, or one of these for an outcome.
OUTCOME_CODES = {"won": -1, "lost": -2, "no_decision": -3}
# Where moves were seen between exports: not before, not after, and whether it began unseen.
_SEEN = ("seen_after", "seen_by", "begun")


def place_of(stage: ir.StringValue, process: Process) -> ir.IntegerValue:
    """Return a stage's place among the open stages, from 0; null for anything else."""
    pairs = [(stage == s, ibis.literal(k, "int8")) for k, s in enumerate(process.open_ids)]
    place: ir.IntegerValue = ibis.cases(*pairs, else_=ibis.null("int8"))
    return place


def name_of(code: ir.IntegerValue, process: Process) -> ir.StringValue:
    """Return the stage or outcome that a code stands for."""
    codes = [(k, s) for k, s in enumerate(process.open_ids)]
    codes += [(k, o) for o, k in OUTCOME_CODES.items()]
    name: ir.StringValue = ibis.cases(
        *[(code == k, ibis.literal(s)) for k, s in codes], else_=ibis.null("string")
    )
    return name


def stays_of(history: ir.Table, process: Process) -> ir.Table:
    """One row a stay in an open stage, as the history alone tells it.

    Returns
    -------
    ibis table
        ``deal_id, place, entered_at, left_at, after, visit, first``: ``place`` is the stage's
        rank, ``after`` the code of what came next (null: nothing did), ``visit`` counts a
        deal's stays in the stage from 0, ``first`` tells the first of them. Where moves were
        seen between exports also ``begun`` (the stay began before the deal was first seen) and
        ``enter_low, enter_high, leave_low, leave_high``, the bounds of both times.
    """
    rows = _coded(history, process)
    seen = {*_SEEN} & {*rows.columns}
    order = [rows.entered_at, rows.seq]
    along = ibis.window(group_by=rows.deal_id, order_by=order)
    again = ibis.window(group_by=[rows.deal_id, rows.place], order_by=order)
    visit = ibis.row_number().over(again).cast("int16")
    # other engines shift bits each in a way of their own
    bits = len(process.open_ids) < 63 and history.get_backend().name == "duckdb"
    bounds: dict[str, ir.Value] = {}
    if seen:  # moves seen between exports lie in (seen_after, seen_by]
        bounds = {
            "begun": rows.begun,
            "enter_low": rows.seen_after,
            "enter_high": rows.seen_by,
            "leave_low": rows.seen_after.lead().over(along),
            "leave_high": rows.seen_by.lead().over(along),
        }
    stays = rows.select(
        "deal_id",
        "place",
        "entered_at",
        left_at=rows.entered_at.lead().over(along),
        after=rows.code.lead().over(along),
        visit=visit,
        first=_unseen(rows, order) if bits else visit == 0,
        **bounds,
    )
    return stays.filter(stays.place.notnull())


def _coded(history: ir.Table, process: Process) -> ir.Table:
    """The history with the place of each stage, and the code of each stage or outcome."""
    place = place_of(history.stage, process)
    outcome = ibis.cases(
        *[(history.stage == o, ibis.literal(k, "int8")) for o, k in OUTCOME_CODES.items()],
        else_=ibis.null("int8"),
    )
    more = [c for c in (*_SEEN, ALONG) if c in history.columns]
    return history.select(
        "deal_id", "entered_at", "seq", *more, place=place, code=ibis.coalesce(place, outcome)
    )


def furthest_of(stays: ir.Table) -> ir.Table:
    """One row a deal: the place of the furthest stage it was ever in."""
    return stays.group_by("deal_id").agg(furthest=stays.place.max().cast("int64"))


def keep(con: Any, history: ir.Table, process: Process) -> dict[str, Any]:
    """Compute the stays once where the history lives; where that may not be, they stay lazy."""
    if ALONG in history.columns:
        stays: ir.Table | None = _one_by_one(con, history, process)
    else:
        stays = engines.keep(stays_of(history, process), "stays", con)
    furthest = None if stays is None else engines.keep(furthest_of(stays), "furthest", con)
    return {} if furthest is None else {"stays": stays, "furthest": furthest}


def _one_by_one(con: Any, history: ir.Table, process: Process) -> ir.Table:
    """The stays of a history that is lined up: the row after a row is the next move."""
    coded = _coded(history, process)
    rows = coded.select("deal_id", "place", "entered_at", "code", ALONG).to_pyarrow()
    if not rows.num_rows:
        return stays_of(history, process)
    deal = rows[ALONG].to_numpy() >> ROW_BITS
    place, code = (rows[c].fill_null(-9).to_numpy() for c in ("place", "code"))
    rows = rows.select(["deal_id", "place", "entered_at"])
    kept = place >= 0
    same = deal[1:] == deal[:-1]
    # who only ever moved on was in every stage once; the others are counted
    back = np.append(False, same & kept[1:] & ((code[:-1] < 0) | (code[:-1] >= place[1:])))
    visit = np.zeros(len(kept), np.int16)
    went_back = np.zeros(deal[-1] + 1, bool)
    went_back[deal[back]] = True
    again = went_back[deal]
    visit[again] = pd.DataFrame({"deal": deal[again], "place": place[again]}).groupby(
        ["deal", "place"]).cumcount().to_numpy()  # fmt: skip
    visit = visit[kept]
    goes_on = np.append(same, False)[kept]
    after = np.append(code[1:], -9)[kept]
    entered = rows["entered_at"].to_numpy()
    left = np.append(entered[1:], np.datetime64("NaT"))[kept]
    stays = rows.filter(pa.array(kept))
    for name, column in (
        ("left_at", pa.array(left, stays["entered_at"].type, mask=~goes_on)),
        ("after", pa.array(after, mask=~goes_on | (after == -9))),
        ("visit", pa.array(visit)),
        ("first", pa.array(visit == 0)),
    ):
        stays = stays.append_column(name, column)
    return engines.hold(stays, con)


def _unseen(rows: ir.Table, order: list[ir.Value]) -> ir.BooleanValue:
    """Say whether a deal was never in the stage before: one bit a stage, gathered on the way.

    This goes along the sort by deal that the moves need anyway; counting the stays needs
    another one, and sorting is most of the work.
    """
    before = ibis.window(group_by=rows.deal_id, order_by=order, rows=(None, -1))
    bit = ibis.literal(1, "int64") << rows.place.cast("int64")
    first: ir.BooleanValue = (bit.bit_or().over(before).fill_null(0) & bit) == 0
    return first
