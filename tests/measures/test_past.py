"""The pipeline as known at a moment, and parts of it."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.measures import time_in_stage, win_rate
from funnelkit.process import Process
from funnelkit.words import speaking

AB = Process.from_stages({"a": "A", "b": "B"})


def times(*days: float | None) -> list[pd.Timestamp]:
    start = pd.Timestamp("2026-01-01")
    return [pd.NaT if d is None else start + pd.Timedelta(days=d) for d in days]


@pytest.fixture(scope="module")
def told() -> Pipeline:
    """x: sold after a reopening; y: lost; z: begun late; amount, owner and date of x change."""
    deals = pd.DataFrame(
        {
            "deal_id": ["x", "y", "z"], "owner": ["Li", "Wu", "Wu"], "amount": [300.0, 50.0, 70.0],
            "expected_close": times(60, 20, 90), "outcome": ["won", "lost", "open"],
            "created_at": times(0, 0, 40), "closed_at": times(50, 15, None),
            "loss_reason": [None, "price", None], "forecast_category": ["closed", "omitted", None],
            "team": ["North", "South", None],
        }
    )  # fmt: skip
    history = pd.DataFrame(
        {
            "deal_id": ["x", "x", "x", "x", "x", "y", "z"],
            "stage": ["a", "lost", "a", "b", "won", "a", "a"],
            "entered_at": times(0, 10, 20, 30, 50, 0, 40),
        }
    )
    fields = pd.DataFrame(
        {
            "deal_id": ["x"] * 5, "field": ["amount", "amount", "owner", "expected_close",
                                            "forecast_category"],
            "old": ["100", "200", "Wu", "2026-02-01 00:00:00", "pipeline"],
            "new": ["200", "300", "Li", "2026-03-02 00:00:00", "closed"],
            "changed_at": times(5, 25, 25, 25, 50),
        }
    )  # fmt: skip
    return from_frames(deals, history, fields, process=AB, as_of="2026-03-31")


def known(p: Pipeline, day: float) -> pd.DataFrame:
    moment = dt.datetime(2026, 1, 1) + dt.timedelta(days=day)
    return p.at(moment).frame().set_index("deal_id")


def test_values_are_put_back(told: Pipeline) -> None:
    assert [known(told, d).loc["x", "amount"] for d in (4, 5, 24, 25, 60)] == [
        100, 200, 200, 300, 300,
    ]  # fmt: skip
    assert [known(told, d).loc["x", "owner"] for d in (24, 25)] == ["Wu", "Li"]
    assert known(told, 24).loc["x", "expected_close"] == pd.Timestamp("2026-02-01")
    assert known(told, 25).loc["x", "expected_close"] == times(60)[0]
    assert [known(told, d).loc["x", "forecast_category"] for d in (49, 50)] == [
        "pipeline", "closed",
    ]  # fmt: skip


def test_outcome_and_stage_follow_the_history(told: Pipeline) -> None:
    found = {d: known(told, d).loc["x", ["outcome", "stage"]].tolist() for d in (9, 10, 20, 35, 50)}
    assert found == {
        9: ["open", "a"], 10: ["lost", "a"], 20: ["open", "a"], 35: ["open", "b"],
        50: ["won", "b"],
    }  # fmt: skip
    assert known(told, 10).loc["x", "closed_at"] == times(10)[0]
    assert pd.isna(known(told, 20).loc["x", "closed_at"])


def test_a_close_without_an_outcome_row_counts_from_its_date(told: Pipeline) -> None:
    assert known(told, 14).loc["y", "outcome"] == "open"
    assert pd.isna(known(told, 14).loc["y", "loss_reason"])
    assert known(told, 15).loc["y", ["outcome", "loss_reason"]].tolist() == ["lost", "price"]


def test_later_deals_and_rows_are_not_there(told: Pipeline) -> None:
    then = told.at("2026-01-25")
    assert then.frame()["deal_id"].tolist() == ["x", "y"]
    assert then.as_of == dt.datetime(2026, 1, 25, 23, 59, 59, 999999)
    for table, column in ((then.stage_history, "entered_at"), (then.field_history, "changed_at")):
        assert table is not None
        assert table[column].max().execute() <= pd.Timestamp(then.as_of)


def test_a_day_means_its_end_and_a_timestamp_itself(told: Pipeline) -> None:
    assert told.at("2026-02-10").size == 3  # z was created on that day
    assert told.at(dt.date(2026, 2, 10)).size == 3
    assert told.at("2026-02-09T23:59:59").size == 2
    with pytest.raises(FunnelkitError, match='"yesterday" is not a date'):
        told.at("yesterday")


def test_idempotent_and_in_any_order(told: Pipeline) -> None:
    once = told.at("2026-01-20")
    for again in (once.at("2026-01-20"), told.at("2026-02-15").at("2026-01-20")):
        pd.testing.assert_frame_equal(again.frame(), once.frame())
        assert again.as_of == once.as_of
    pd.testing.assert_frame_equal(once.as_known("2026-03-01").frame(), once.frame())
    assert once.as_known("2026-03-01").as_of == once.as_of  # nothing is known of the time between
    with pytest.raises(FunnelkitError, match="The data end on 20 Jan 2026"):
        once.at("2026-03-01")


def test_open_stays_are_censored_then(told: Pipeline) -> None:
    table = time_in_stage(told.at("2026-01-09")).table
    assert table[["entered", "left", "still_there"]].to_numpy().tolist() == [[2, 0, 2], [0, 0, 0]]


def test_deals_that_cannot_be_placed_in_time_are_counted() -> None:
    deals = pd.DataFrame(
        {
            "deal_id": ["p", "q", "r", "s"], "outcome": ["won", "open", "lost", "won"],
            "created_at": times(0, None, 0, 30), "closed_at": times(None, None, None, None),
        }
    )  # fmt: skip
    history = pd.DataFrame(
        {"deal_id": ["p", "r", "r", "s"], "stage": ["a", "a", "lost", "a"],
         "entered_at": times(0, 0, 20, 30)}
    )  # fmt: skip
    p = from_frames(deals, history, process=AB, as_of="2026-03-01")
    # p: won at an unknown time. q: begun at an unknown time. r: its history has the close, later.
    # s: begun later, nothing of it may be known.
    then = p.at("2026-01-11")
    assert then.frame()[["deal_id", "outcome"]].to_numpy().tolist() == [["r", "open"]]
    assert dict(then.left_out) == {"not_dated": 2}
    assert dict(win_rate(then).scope.left_out)["not_dated"] == 2


def test_a_snapshot_goes_back_by_its_dates() -> None:
    deals = pd.DataFrame(
        {"deal_id": ["x", "y"], "stage": ["b", "a"], "outcome": ["won", "lost"],
         "created_at": times(0, 0), "closed_at": times(10, 30)}
    )  # fmt: skip
    then = from_frames(deals, process=AB).at("2026-01-16").frame()
    assert then["outcome"].tolist() == ["won", "open"]
    assert then["stage"].iloc[0] == "b"  # where x ended is known from its close on
    assert pd.isna(then["stage"].iloc[1])  # where y stood then is not


def test_where(told: Pipeline) -> None:
    part = told.where(owner="Wu", team="South")
    assert part.frame()["deal_id"].tolist() == ["y"]
    assert part.stage_history is not None
    assert part.stage_history.count().execute() == 1
    assert told.where(owner=["Wu", "Li"]).size == 3
    assert told.where(team=None).frame()["deal_id"].tolist() == ["z"]
    assert told.where(team=["(none)", "North"]).frame()["deal_id"].tolist() == ["x", "z"]
    assert told.where(outcome="won").size == 1


def test_where_with_numbers() -> None:
    deals = pd.DataFrame({"deal_id": ["x", "y"], "level": [1, 2]})
    p = from_frames(deals, as_of="2026-01-01")
    assert p.where(level=2).frame()["deal_id"].tolist() == ["y"]
    assert p.where(level="2").frame()["deal_id"].tolist() == ["y"]  # as a form or a shell says it


def test_where_refuses_in_both_languages(told: Pipeline) -> None:
    with pytest.raises(FunnelkitError) as column:
        told.where(ower="Wu")
    with pytest.raises(FunnelkitError) as value:
        told.where(owner="Wo")
    assert str(column.value).startswith('There is no column "ower" to group or select by. ')
    assert 'Nearest: "owner"' in str(column.value)
    assert str(value.value) == 'No deal has owner = "Wo". Nearest values: "Wu", "Li".'
    with speaking("zh"):
        assert str(value.value) == "没有商机的 owner 等于 “Wo”，最接近的值：“Wu”、“Li”。"
        assert "没有可用来分组或筛选的列" in str(column.value)


def test_zoned_times_become_times_of_the_calendar() -> None:
    zoned = pd.to_datetime(["2026-03-29T00:30:00+01:00", "2026-03-29T03:30:00+02:00"], utc=True)
    history = pd.DataFrame({"deal_id": ["x"] * 2, "stage": ["a", "b"], "entered_at": zoned})
    shanghai = Process.from_stages({"a": "A", "b": "B"}, calendar={"timezone": "Asia/Shanghai"})
    p = from_frames(stage_history=history, process=shanghai)
    assert p.frame()["created_at"].item() == pd.Timestamp("2026-03-29 07:30")
    assert p.stage_history is not None
    # half past midnight to half past three, but summer time began: two hours
    first, last = p.stage_history.entered_at.min().execute(), p.stage_history.entered_at.max()
    assert last.execute() - first == pd.Timedelta(hours=2)
