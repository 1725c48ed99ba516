"""Pushes, slippage and closing dates, every number counted by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.measures.dates.hygiene import close_date_hygiene, slippage
from funnelkit.measures.dates.pushes import push_rate
from funnelkit.process import Process
from funnelkit.words import speaking

Change = tuple[str, str, str | None, str | None, str]


def pipeline(deals: list[dict[str, Any]], log: list[Change], as_of: str = "2026-06-30") -> Pipeline:
    frame = pd.DataFrame(deals)
    for c in ("created_at", "closed_at", "expected_close"):
        frame[c] = pd.to_datetime(frame[c], format="ISO8601") if c in frame else pd.NaT
    fields = pd.DataFrame(log, columns=["deal_id", "field", "old", "new", "changed_at"])
    fields = fields.astype(dict.fromkeys(("deal_id", "field", "old", "new"), "string"))
    fields["changed_at"] = pd.to_datetime(fields["changed_at"], format="ISO8601")
    return from_frames(
        frame, field_history=fields, process=Process.from_stages(["talk", "offer"]), as_of=as_of
    )


def deal(deal_id: str, created: str, due: str | None, **rest: Any) -> dict[str, Any]:
    own = {"deal_id": deal_id, "created_at": created, "expected_close": due, "outcome": "open"}
    return own | {"amount": 100.0, "owner": "Rossi"} | rest


def moved(deal_id: str, old: str | None, new: str | None, when: str) -> Change:
    return (deal_id, "expected_close", old, new, when)


@pytest.fixture(scope="module")
def pushed() -> Pipeline:
    ended = {"outcome": "lost"}
    deals = [
        deal("twice", "2026-01-05", "2026-04-10"),
        deal("default", "2026-01-10", "2026-04-15", closed_at="2026-04-20", **ended),
        deal("by-hand", "2026-01-10", "2026-03-01", outcome="won", closed_at="2026-02-20",
             owner="Lund"),
        deal("logged-default", "2026-01-10 09:00", "2026-02-15", closed_at="2026-02-28", **ended),
        deal("never", "2026-02-01", "2026-05-01", owner="Lund"),
        deal("undated", "2026-02-01", None),
        deal("earlier", "2026-01-01", "2026-04-10"),
        deal("often", "2025-12-01", "2026-04-10", closed_at="2026-04-30", **ended),
    ]  # fmt: skip
    log = [
        moved("twice", None, "2026-02-10", "2026-01-20"),  # first filling
        moved("twice", "2026-02-10", "2026-02-25", "2026-02-01"),  # same month
        moved("twice", "2026-02-25", "2026-03-10", "2026-02-20"),  # +13
        moved("twice", "2026-03-10", "2026-04-10", "2026-03-09"),  # +31
        moved("default", "2026-01-31", "2026-03-15", "2026-01-25"),  # nobody set the 31st
        moved("default", "2026-03-15", "2026-04-15", "2026-03-14"),  # +31
        moved("by-hand", None, "2026-01-31", "2026-01-12"),
        moved("by-hand", "2026-01-31", "2026-02-28", "2026-01-30"),  # +28
        moved("by-hand", "2026-02-28", "2026-03-01", "2026-02-20"),  # written on closing
        moved("logged-default", None, "2026-01-31", "2026-01-10 09:00:30"),
        moved("logged-default", "2026-01-31", "2026-02-15", "2026-01-28"),
        moved("earlier", "2026-05-10", "2026-04-10", "2026-03-03"),
        moved("often", "2026-01-10", "2026-02-10", "2026-01-08"),  # +31
        moved("often", "2026-02-10", "2026-03-10", "2026-02-08"),  # +28
        moved("often", "2026-03-10", "2026-04-10", "2026-03-08"),  # +31
    ]
    return pipeline(deals, log)


def test_only_later_months_set_by_hand_are_pushes(pushed: Pipeline) -> None:
    result = push_rate(pushed)
    row = result.table.iloc[0]
    assert (row["deals"], row["pushed"], row["pushes"]) == (7, 4, 7)
    # 13 28 28 31 31 31 31
    assert row["median_slipped_days"] == 31
    left_out = dict(result.scope.left_out)
    assert left_out == {"hygiene.no_date": 1, "hygiene.at_close": 1, "hygiene.by_default": 2}
    assert sorted(result.pushes["deal_id"].value_counts().items()) == [
        ("by-hand", 1), ("default", 1), ("often", 3), ("twice", 2)
    ]  # fmt: skip


def test_win_rate_by_number_of_pushes(pushed: Pipeline) -> None:
    bands = push_rate(pushed).bands
    assert bands is not None
    assert bands.table["band"].tolist() == ["0_1", "2", "3_or_more"]
    assert bands.table["deals"].tolist() == [3, 0, 1]
    assert bands.table["won"].tolist() == [1, 0, 0]
    # Wilson, 1 of 3 and 0 of 1
    assert bands.table["low"].round(4).tolist()[::2] == [0.0615, 0.0]
    assert bands.table["high"].round(4).tolist()[::2] == [0.7923, 0.7935]


def test_a_period_takes_the_moves_in_it_and_the_deals_open_in_it(pushed: Pipeline) -> None:
    march = push_rate(pushed, since="2026-03-01", until="2026-04-01")
    row = march.table.iloc[0]
    assert (row["deals"], row["pushed"], row["pushes"]) == (5, 3, 3)
    assert (round(row["low"], 3), round(row["high"], 3)) == (0.231, 0.882)  # Wilson, 3 of 5
    assert dict(march.scope.left_out)["outside_period"] == 2
    owners = push_rate(pushed, by="owner").table
    assert owners[["owner", "deals", "pushed"]].values.tolist() == [["Lund", 2, 1], ["Rossi", 5, 3]]


def test_a_date_that_cannot_be_read_is_counted_apart() -> None:
    p = pipeline([deal("a", "2026-01-01", "2026-03-01")],
                 [moved("a", "next spring", "2026-03-01", "2026-01-05")])  # fmt: skip
    result = push_rate(p)
    assert result.table["pushes"].tolist() == [0]
    assert dict(result.scope.left_out) == {"hygiene.unreadable": 1}


def test_pushes_need_a_history() -> None:
    frame = pd.DataFrame({"deal_id": ["a"], "expected_close": pd.to_datetime(["2026-02-01"])})
    frame["created_at"] = pd.Timestamp("2026-01-01")
    with pytest.raises(FunnelkitError, match="field_history"):
        push_rate(from_frames(frame))


@pytest.fixture(scope="module")
def due() -> Pipeline:
    deals = [
        deal("later", "2025-11-01", "2026-05-10", amount=100.0),
        deal("won", "2025-11-01", "2026-03-01", amount=200.0, outcome="won",
             closed_at="2026-02-28"),
        deal("lost", "2025-11-01", "2026-03-31", amount=50.0, outcome="lost",
             closed_at="2026-03-31 12:00"),
        deal("stands", "2025-11-01", "2026-03-15", amount=150.0, owner="Lund"),
        deal("inside", "2025-11-01", "2026-02-20", amount=80.0),
        deal("elsewhere", "2025-11-01", "2026-04-01", amount=70.0),
        deal("young", "2026-01-05", "2026-02-01", amount=60.0),
        deal("raised", "2025-11-01", "2026-04-02", amount=999.0, outcome="won",
             closed_at="2026-04-20"),
    ]  # fmt: skip
    log = [
        moved("later", "2026-02-10", "2026-05-10", "2026-02-09"),
        moved("inside", "2026-02-01", "2026-02-20", "2026-01-30"),
        moved("raised", "2026-02-15", "2026-04-02", "2026-02-14"),
        ("raised", "amount", "300", "999", "2026-02-01"),
    ]
    return pipeline(deals, log)


def test_slippage_is_what_was_due_and_still_open_with_a_later_date(due: Pipeline) -> None:
    result = slippage(due, "2026-01-01", "2026-04-01")
    row = result.table.iloc[0]
    # due 100 + 200 + 50 + 150 + 80 + 300 at the start; slipped 100 + 80 + 300
    assert (row["deals"], row["slipped"]) == (6, 3)
    assert (row["amount"], row["slipped_amount"]) == (880.0, 480.0)
    assert row["amount_rate"] == pytest.approx(480 / 880)
    assert row["amount_low"] < row["amount_rate"] < row["amount_high"]
    assert (row["won"], row["lost"], row["no_decision"], row["not_moved"]) == (1, 1, 0, 1)
    assert (round(row["low"], 4), round(row["high"], 4)) == (0.1876, 0.8124)  # Wilson, 3 of 6
    owners = slippage(due, "2026-01-01", "2026-04-01", by="owner").table
    assert owners["amount"].tolist() == [150.0, 730.0]


def test_slippage_refuses_a_period_that_is_not_over(due: Pipeline) -> None:
    with pytest.raises(FunnelkitError, match="only to 30 Jun 2026"):
        slippage(due, "2026-06-01", "2026-08-01")
    assert slippage(due, "2024-01-01", "2024-04-01").table["deals"].tolist() == [0]


def test_closing_dates_that_cannot_be_right() -> None:
    p = pipeline(
        [
            deal("past", "2026-05-02", "2026-06-29"),
            deal("today", "2026-05-02", "2026-06-30", amount=40.0),  # not yet overdue, month end
            deal("default", "2026-07-02", "2026-07-31"),
            deal("none", "2026-05-01", None, amount=None),
            deal("before", "2026-05-10 10:00", "2026-05-09", outcome="lost",
                 closed_at="2026-06-01"),
            deal("same-day", "2026-05-10 10:00", "2026-05-10", outcome="won",
                 closed_at="2026-07-15"),
        ],
        [],
    )  # fmt: skip
    table = close_date_hygiene(p).table.set_index("check")
    assert table["deals"].to_dict() == {
        "overdue": 1, "no_date": 1, "month_end": 2, "creation_month_end": 1,
        "closed_in_future": 1, "before_creation": 1,
    }  # fmt: skip
    assert table["of"].tolist() == [3, 4, 3, 3, 2, 5]
    assert table["amount"].tolist() == [100.0, 0.0, 140.0, 100.0, 100.0, 100.0]
    assert table.loc["month_end", "chance_share"] == pytest.approx(0.0329, abs=5e-5)
    assert table["chance_share"].notna().sum() == 1
    assert close_date_hygiene(p, by="owner").table["owner"].unique().tolist() == ["Rossi"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_said_and_drawn_in_both_languages(lang: str, pushed: Pipeline, due: Pipeline) -> None:
    with speaking(lang):
        push = push_rate(pushed, by="owner")
        assert push.bands is not None
        results = [
            push, push.bands, slippage(due, "2026-01-01", "2026-04-01", by="owner"),
            close_date_hygiene(pushed),
        ]  # fmt: skip
        for result in results:
            assert result.summary()
            assert result.definition in repr(result)
            assert "<table" in result._repr_html_()
            chart = result.plot()
            assert any(c.isdigit() for c in chart.alt)
            assert ("的" in result.summary() + result.definition) == (lang == "zh")


def test_only_groups_beyond_chance_are_named(pushed: Pipeline) -> None:
    # seven deals: nobody is named, and silence would mean nothing
    assert "Too little to tell" in push_rate(pushed, by="owner").summary()
    deals, log = [], []
    # against the rest: p = 0.0004 for 20 of 30, about 0.1 for 8 of 30, exactly and doubled
    for owner, k in (("Abel", 20), ("Beck", 8), ("Cole", 8)):
        for i in range(30):
            name = f"{owner}-{i}"
            deals.append(deal(name, "2026-01-01", "2026-03-10", owner=owner))
            if i < k:
                log.append(moved(name, "2026-02-10", "2026-03-10", "2026-02-01"))
    text = push_rate(pipeline(deals, log), by="owner").summary()
    assert "(3 groups, Holm at 5%): Abel 66.7%." in text
