"""One meaning of "as known then": read(as_of=) and at() agree with an export of that day."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

import funnelkit as fk
from funnelkit.data.pipeline import DEALS, Pipeline
from funnelkit.process import Process

AB = Process.from_stages({"a": "A", "b": "B", "c": "C"})
FIRST = pd.Timestamp("2026-01-01")


def _world(seed: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Deals with all that ever happened to them: deals, visits, changes of the amount."""
    draw = np.random.default_rng(seed)
    deals, visits, changes = [], [], []
    for k in range(40):
        hour = 3_600 * int(draw.integers(0, 24 * 60))
        at = FIRST + pd.Timedelta(seconds=hour)
        created, amount, deal = at, 100.0 + k, f"d{k:02}"
        where, last = 0, "open"
        for stage in "abc"[: int(draw.integers(1, 4))]:
            visits.append((deal, stage, at))
            where = stage
            at += pd.Timedelta(hours=int(draw.integers(1, 400)))
        for _ in range(int(draw.integers(0, 3))):
            when = created + pd.Timedelta(hours=int(draw.integers(1, 300)))
            changes.append((deal, when, amount + int(draw.integers(1, 50))))
        last = str(draw.choice(["open", "won", "lost"]))
        closed = at if last != "open" else pd.NaT
        reason = "price" if last == "lost" else None
        deals.append((deal, created, where, last, closed, amount, reason))
    names = ["deal_id", "created_at", "stage", "outcome", "closed_at", "amount", "loss_reason"]
    return (
        pd.DataFrame(deals, columns=names),
        pd.DataFrame(visits, columns=["deal_id", "stage", "entered_at"]),
        pd.DataFrame(changes, columns=["deal_id", "changed_at", "amount"]),
    )


def _export(world: tuple[pd.DataFrame, ...], at: pd.Timestamp) -> tuple[pd.DataFrame, ...]:
    """Write what a CRM would have shown at a moment: a second implementation, in pandas."""
    deals, visits, changes = world
    deals = deals[deals["created_at"] <= at].copy()
    visits = visits[visits["entered_at"] <= at]
    over = deals["closed_at"] <= at
    deals.loc[~over, ["outcome", "closed_at", "loss_reason"]] = ["open", pd.NaT, None]
    place = visits.sort_values("entered_at", kind="stable").groupby("deal_id")["stage"].last()
    deals["stage"] = deals["deal_id"].map(place)
    done = changes[changes["changed_at"] <= at].sort_values("changed_at", kind="stable")
    now = done.groupby("deal_id")["amount"].last()
    rows = []
    for deal, part in done.groupby("deal_id"):
        old = float(deals.loc[deals["deal_id"] == deal, "amount"].iloc[0])
        for _, row in part.iterrows():
            rows.append((deal, "amount", str(old), str(row["amount"]), row["changed_at"]))
            old = row["amount"]
    deals["amount"] = deals["deal_id"].map(now).fillna(deals["amount"])
    fields = pd.DataFrame(rows, columns=["deal_id", "field", "old", "new", "changed_at"])
    return deals, visits, fields.astype({"changed_at": "datetime64[us]"})


def _same(one: Pipeline, other: Pipeline) -> None:
    assert one.as_of == other.as_of
    names = [c for c in DEALS if c not in ("currency", "expected_close")]
    pd.testing.assert_frame_equal(one.frame()[names], other.frame()[names], check_dtype=False)
    for name, keys in (("stage_history", "entered_at"), ("field_history", "changed_at")):
        a, b = getattr(one, name), getattr(other, name)
        if a is None or b is None:
            assert sum(0 if t is None else int(t.count().execute()) for t in (a, b)) == 0
            continue
        order = ["deal_id", keys, "seq"]
        left, right = (
            t.to_pandas().sort_values(order).drop(columns="seq").reset_index(drop=True)
            for t in (a, b)
        )
        pd.testing.assert_frame_equal(left, right, check_dtype=False)


@pytest.mark.parametrize("seed", range(12))
def test_reading_as_of_is_the_pipeline_at_and_the_export_of_that_day(seed: int) -> None:
    world = _world(seed)
    end = pd.concat([world[0]["created_at"], world[0]["closed_at"], world[1]["entered_at"]]).max()
    whole = _export(world, end + pd.Timedelta(days=60))
    day = (FIRST + pd.Timedelta(days=int(np.random.default_rng(seed + 99).integers(20, 70)))).date()
    then = _export(world, pd.Timestamp(dt.datetime.combine(day, dt.time.max)))
    read = fk.read(*whole, process=AB, as_of=day)
    _same(read, fk.read(*whole, process=AB).at(day))
    _same(read, fk.read(*then, process=AB, as_of=day))


def test_later_closings_are_open_again_and_nothing_is_set_aside() -> None:
    deals = pd.DataFrame(
        {
            "deal_id": ["x", "y", "z"], "stage": ["a", "a", "a"],
            "created_at": ["2026-01-05", "2026-01-06", "2026-03-01"],
            "closed_at": ["2026-02-10", "2026-01-20", None], "outcome": ["won", "lost", "open"],
        }
    )  # fmt: skip
    p = fk.read(deals, process=AB, as_of="2026-01-31")
    assert p.frame()[["deal_id", "outcome"]].to_numpy().tolist() == [["x", "open"], ["y", "lost"]]
    assert p.left_out == ()
    assert p.as_of == dt.datetime(2026, 1, 31, 23, 59, 59, 999999)
    # a later day says when the data was taken
    assert fk.read(deals, process=AB, as_of="2026-04-30").as_of.date() == dt.date(2026, 4, 30)


@pytest.mark.parametrize(
    ("days", "came", "of"),
    # by hand: 7 days and 19 hours, and 8 days, after a creation that has no hour
    [(6, 0, 3), (7, 1, 3), (8, 2, 3), (9, 0, 0)],
)
def test_a_window_is_of_whole_days(days: int, came: int, of: int) -> None:
    deals = pd.DataFrame(
        {
            "deal_id": ["1", "2", "3"], "stage": "a", "created_at": "2026-01-01",
            "closed_at": ["2026-01-08 19:00:00", "2026-01-09 00:00:00", None],
            "outcome": ["won", "won", "open"],
        }
    )  # fmt: skip
    table = fk.conversion_window(fk.read(deals, process=AB), days).table
    assert table[["came", "of"]].to_numpy().tolist() == [[came, of]]
