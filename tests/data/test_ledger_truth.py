"""The ledger against histories that are known: what exports show is found, and nothing else.

The world and what is visible of it are made here, without the kit's own time machine.
FUNNELKIT_LEDGER_HISTORIES=500 runs more of them (see benchmarks/ledger.py), and
FUNNELKIT_LEDGER_DEALS=2000 larger ones.
"""

from __future__ import annotations

import datetime as dt
import os
import random
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest

from funnelkit.data.ledger import Ledger
from funnelkit.data.pipeline import Pipeline, from_frames

STAGES = ["lead", "contact", "need", "proposal", "negotiation"]
START = dt.datetime(2026, 1, 5)
FIELDS = ("amount", "expected_close", "owner", "forecast_category")
HISTORIES = int(os.environ.get("FUNNELKIT_LEDGER_HISTORIES", "8"))
MOST_DEALS = int(os.environ.get("FUNNELKIT_LEDGER_DEALS", "25"))


@dataclass
class Deal:
    """A deal with everything that ever happened to it: (moment, field, value) in time."""

    deal_id: str
    created_at: dt.datetime
    events: list[tuple[dt.datetime, str, Any]] = field(default_factory=list)
    hidden: list[tuple[dt.datetime, dt.datetime]] = field(default_factory=list)

    def at(self, moment: dt.datetime) -> dict[str, Any] | None:
        """The deal's row in an export of that moment."""
        if self.created_at > moment or any(a < moment <= b for a, b in self.hidden):
            return None
        row: dict[str, Any] = {"deal_id": self.deal_id, "created_at": self.created_at}
        for when, name, value in self.events:
            if when <= moment:
                row[name] = value
        row["outcome"] = row.get("outcome") or "open"
        if row["outcome"] == "open":
            row["closed_at"] = None
        return row

    def last(self, name: str, moment: dt.datetime) -> dt.datetime:
        """When the field last became what it is at that moment.

        A deal that is opened again enters its stage again.
        """
        value, since = None, self.created_at
        for when, of, new in self.events:
            if when > moment:
                break
            if of == name and new != value:
                value, since = new, when
            if name == "stage" and (of, new) == ("outcome", "open"):
                since = when
        return since


def world(seed: int) -> tuple[list[Deal], list[dt.datetime]]:
    """Some deals over ten weeks, and the moments of the exports, never evenly apart."""
    dice = random.Random(seed)
    days = sorted(dice.sample(range(3, 75), dice.randint(5, 8)))
    moments = [START + dt.timedelta(days=d, hours=dice.randint(0, 23)) for d in days]
    deals = []
    for k in range(dice.randint(8, MOST_DEALS)):
        now = START + dt.timedelta(seconds=dice.randint(0, 60 * 86400))
        deal = Deal(f"D-{k:03}", now)
        stage = dice.choice([0, 0, 0, 1, 2])
        deal.events.append((now, "stage", STAGES[stage]))
        deal.events.append((now, "outcome", "open"))
        for name in FIELDS:
            deal.events.append((now, name, _value(dice, name)))
        closed = False
        for _ in range(dice.randint(0, 14)):
            now += dt.timedelta(seconds=dice.randint(60, 12 * 86400))
            if closed:
                if dice.random() < 0.8:
                    break
                closed = False
                deal.events.append((now, "outcome", "open"))
                stage = dice.randint(0, 4)
                deal.events.append((now, "stage", STAGES[stage]))
                continue
            what = dice.random()
            if what < 0.5:
                stage = min(4, max(0, stage + dice.choice([1, 1, 1, 2, -1])))
                deal.events.append((now, "stage", STAGES[stage]))
            elif what < 0.62:
                closed = True
                deal.events.append((now, "outcome", dice.choice(["won", "lost", "no_decision"])))
                deal.events.append((now, "closed_at", now))
            else:
                name = dice.choice(FIELDS)
                deal.events.append((now, name, _value(dice, name)))
        if dice.random() < 0.2:
            at = START + dt.timedelta(days=dice.randint(5, 60))
            deal.hidden.append((at, at + dt.timedelta(days=dice.randint(5, 30))))
        deals.append(deal)
    return deals, moments


def _value(dice: random.Random, name: str) -> Any:
    if name == "amount":
        return dice.choice([None, 1000.0, 1000.5, 25000.0, 99999.0])
    if name == "expected_close":
        return START + dt.timedelta(days=dice.randint(30, 33))
    if name == "owner":
        return dice.choice(["Ada", "Ben", "李雷"])
    return dice.choice([None, "commit", "best_case"])


def export(deals: list[Deal], moment: dt.datetime) -> Pipeline | None:
    """What the CRM shows at a moment: one row a deal, no history."""
    rows = [row for deal in deals if (row := deal.at(moment)) is not None]
    if not rows:
        return None
    columns = ["deal_id", "created_at", "stage", "outcome", "closed_at", *FIELDS]
    frame = pd.DataFrame(rows).reindex(columns=columns)
    for name in ("created_at", "closed_at", "expected_close"):
        frame[name] = pd.to_datetime(frame[name]).astype("datetime64[us]")
    for name in ("owner", "forecast_category"):
        frame[name] = frame[name].astype("str")
    made = from_frames(frame, as_of=moment)
    # every export has the columns, also when they are empty this week
    object.__setattr__(made, "given", frozenset(columns))
    return made


def shown(name: str, value: Any) -> Any:
    if value is None or value != value:
        return None
    if name == "amount":
        return str(int(value)) if value == int(value) else str(value)
    return str(value.date()) if name == "expected_close" else value


def visible(deals: list[Deal], moments: list[dt.datetime]) -> set[tuple[Any, ...]]:
    """Every change two exports show: (deal, what, old, new, seen_after, seen_by)."""
    found: set[tuple[Any, ...]] = set()
    for deal in deals:
        seen = [(t, row) for t in moments if (row := deal.at(t)) is not None]
        if seen and seen[0][0] != moments[0]:
            before = moments[moments.index(seen[0][0]) - 1]
            found.add((deal.deal_id, "new", None, None, before, seen[0][0]))
        for (t0, a), (t1, b) in pairwise(seen):
            for name in FIELDS:
                old, new = shown(name, a.get(name)), shown(name, b.get(name))
                if old != new:
                    found.add((deal.deal_id, name, old, new, t0, t1))
            both = "open" in (a["outcome"], b["outcome"])
            if a["stage"] != b["stage"] and both:
                found.add((deal.deal_id, "stage", a["stage"], b["stage"], t0, t1))
            if a["outcome"] != b["outcome"]:
                what = "reopened" if b["outcome"] == "open" else "outcome"
                found.add((deal.deal_id, what, a["outcome"], b["outcome"], t0, t1))
            k0, k1 = moments.index(t0), moments.index(t1)
            if k1 > k0 + 1:
                found.add((deal.deal_id, "vanished", None, None, t0, moments[k0 + 1]))
                found.add((deal.deal_id, "revived", None, None, moments[k1 - 1], t1))
        if seen and seen[-1][0] != moments[-1]:
            after = moments[moments.index(seen[-1][0]) + 1]
            found.add((deal.deal_id, "vanished", None, None, seen[-1][0], after))
    return found


def told(ledger: Ledger) -> set[tuple[Any, ...]]:
    columns = ["deal_id", "what", "old", "new", "seen_after", "seen_by"]
    table = ledger.changes()[columns].astype("object")
    rows = [tuple(None if v != v else v for v in row) for row in table.to_numpy().tolist()]
    assert len(rows) == len(set(rows))
    return {tuple(v.to_pydatetime() if isinstance(v, pd.Timestamp) else v for v in r) for r in rows}


def filled(exports: dict[dt.datetime, Pipeline], order: list[dt.datetime]) -> Ledger:
    ledger = Ledger()
    for t in order:
        ledger.add(exports[t])
    return ledger


def check_times(deals: list[Deal], p: Pipeline, last: dt.datetime) -> None:
    """Every row of the histories has the true moment inside its interval."""
    by_id = {d.deal_id: d for d in deals}
    assert p.stage_history is not None
    assert p.field_history is not None
    visits = p.stage_history.order_by(["deal_id", "seq"]).to_pandas()
    for row in visits.itertuples():
        deal = by_id[row.deal_id]
        what = "outcome" if row.stage in ("won", "lost", "no_decision") else "stage"
        low, high = row.seen_after.to_pydatetime(), row.seen_by.to_pydatetime()
        assert low <= row.entered_at.to_pydatetime() <= high
        state = deal.at(high) or {}
        if deal.hidden and not state:
            continue
        assert state[what] == row.stage
        assert low <= deal.last(what, high) <= high, (row, deal.events)
        if what == "stage" and row.stage == "lead" and row.seq == 0 and len(deal.events) == 6:
            assert row.entered_at.to_pydatetime() == deal.created_at
    for _, one in visits.groupby("deal_id"):
        assert one["entered_at"].is_monotonic_increasing
        assert (one["stage"] != one["stage"].shift()).all()
        assert one["seq"].tolist() == list(range(len(one)))
    for row in p.field_history.to_pandas().itertuples():
        deal = by_id[row.deal_id]
        low, high = row.seen_after.to_pydatetime(), row.seen_by.to_pydatetime()
        assert low < row.changed_at.to_pydatetime() < high
        assert low < deal.last(row.field, high) <= high
    assert p.as_of == last


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_every_visible_change_is_found_and_none_invented(seed: int) -> None:
    deals, moments = world(seed)
    exports = {t: made for t in moments if (made := export(deals, t)) is not None}
    moments = list(exports)
    ledger = filled(exports, moments)
    expected = visible(deals, moments)
    assert told(ledger) == expected
    p = ledger.pipeline(vanished=True)
    check_times(deals, p, moments[-1])
    # the deals are as the last export that had them shows them
    frame = p.frame().set_index("deal_id")
    for deal in deals:
        seen = [row for t in moments if (row := deal.at(t)) is not None]
        if seen:
            got = frame.loc[deal.deal_id]
            assert (got["stage"], got["outcome"]) == (seen[-1]["stage"], seen[-1]["outcome"])
            assert shown("amount", got["amount"]) == shown("amount", seen[-1].get("amount"))
    here = {d.deal_id for d in deals if d.at(moments[-1]) is not None}
    assert set(ledger.pipeline().frame()["deal_id"]) == here
    # in any order of adding, with one file twice and one taken out and in again
    dice = random.Random(seed)
    order = dice.sample(moments, len(moments))
    late = filled(exports, order)
    assert told(late) == expected
    assert late.add(exports[order[0]]).already
    row = late.status().table.query("seen_at == @order[-1]").iloc[0]
    late.undo(int(row["import_id"]))
    assert told(late) == visible(deals, [t for t in moments if t != order[-1]])
    late.add(exports[order[-1]])
    assert told(late) == expected
    both = [x.pipeline().stage_history for x in (ledger, late)]
    frames = [h.order_by(["deal_id", "seq"]).to_pandas() for h in both if h is not None]
    pd.testing.assert_frame_equal(frames[0], frames[1])
    for part in (ledger, late):
        part.shut()
