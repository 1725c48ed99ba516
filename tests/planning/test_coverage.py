"""Coverage, coverage to go, and what is needed."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.planning.targets.coverage import (
    coverage,
    coverage_by_period,
    inside_share,
    needed_coverage,
    pipeline_coverage,
    rolling,
)
from funnelkit.words import speaking


def test_the_worked_figures() -> None:
    row = coverage(15, 10, booked=4).table.iloc[0]
    assert row["to_go_ratio"] == 2.5
    assert row["coverage_ratio"] == 1.5
    assert needed_coverage(0.2, inside=0.3) == pytest.approx(3.5)
    assert round(needed_coverage(0.22), 1) == 4.5
    assert rolling([1, 2, 3]) == ["fresh", "suspected", "confirmed"]


def test_only_what_lies_outside_the_interval_is_clear() -> None:
    def verdict(open_due: float) -> str:
        found = coverage(open_due, 10, win_rate=0.25, win_rate_interval=(0.2, 0.4))
        return str(found.table["verdict"].iloc[0])

    # needed 4, between 2.5 and 5 times
    assert [verdict(x) for x in (24, 26, 49, 50)] == ["thin", "unclear", "unclear", "enough"]
    assert coverage(1, 10, booked=10).table["verdict"].iloc[0] == "reached"


def pipeline() -> Pipeline:
    day = pd.Timestamp
    rows = [
        # id, region, amount, created, due, outcome, closed
        ("o1", "E", 30.0, "2026-01-10", "2026-08-15", "open", None),
        ("o2", "E", 20.0, "2026-01-10", "2026-11-15", "open", None),  # due later
        ("o3", "W", 10.0, "2026-01-10", None, "open", None),
        ("o4", "W", 40.0, "2026-01-10", "2026-09-30", "open", None),
        ("b1", "E", 5.0, "2026-01-10", "2026-07-02", "won", "2026-07-02"),
        ("w1", "W", 45.0, "2026-02-01", "2026-03-18", "won", "2026-03-18"),
        ("l1", "E", 150.0, "2026-02-01", "2026-03-01", "lost", "2026-03-01"),
    ]
    names = ["deal_id", "region", "amount", "created_at", "expected_close", "outcome", "closed_at"]
    deals = pd.DataFrame(rows, columns=names)
    for column in ("created_at", "expected_close", "closed_at"):
        deals[column] = deals[column].map(lambda d: pd.NaT if d is None else day(d))
    return from_frames(deals, as_of="2026-07-10")


def test_from_a_pipeline() -> None:
    found = pipeline_coverage(pipeline(), 40, "2026-07-01", "2026-10-01")
    row = found.table.iloc[0]
    assert (row["open_amount"], row["booked_amount"], row["to_go_amount"]) == (70, 5, 35)
    assert row["to_go_ratio"] == 2
    assert row["win_rate"] == pytest.approx(50 / 200)
    # cycles of 173 and 45 days against the 83 less a microsecond from the end of 10 July to
    # the period's end: deals of the first 37.. days still close in time
    left = 82 + 1 / 86_400e6
    inside = (left - 45) / 92 * 45 / 50
    assert found.options == (("inside", pytest.approx(inside)),)
    assert row["needed_ratio"] == pytest.approx((35 - inside * 40) / 0.25 / 35)
    assert row["low"] < row["needed_ratio"] < row["high"]
    left = dict(found.scope.left_out)
    assert left["targets.no_close_date"] == 1
    assert left["targets.due_elsewhere"] == 1
    assert "Left out: 1 open deal" in str(found.scope)


def test_what_is_still_to_be_created_shrinks_as_the_period_runs() -> None:
    p, day = pipeline(), dt.datetime
    ahead = inside_share(p, day(2026, 7, 11), day(2026, 10, 11))
    assert ahead == pytest.approx((1 - 45 / 92) * 45 / 50)  # a cycle of 173 days never fits
    running = [inside_share(p, day(2026, 7, 11) - dt.timedelta(d), day(2026, 10, 11)
               - dt.timedelta(d)) for d in (0, 20, 40, 60)]  # fmt: skip
    assert running == sorted(running, reverse=True)
    assert running[-1] == 0
    # the next quarter also sees what is created before it
    assert inside_share(p, day(2026, 10, 1), day(2027, 1, 1)) > ahead


def test_a_plan_that_adds_up_is_never_thin() -> None:
    assert coverage(15, 10, booked=4, win_rate=0.2, inside=0.3).table["verdict"][0] == "enough"
    rng = np.random.default_rng(7)
    for _ in range(200):
        booked, new, win = rng.uniform(0, 0.6), rng.uniform(0, 0.5), rng.uniform(0.05, 0.6)
        just = max(1 - booked - new, 0.0) * 10 / win
        for more, verdict in ((1.001, "enough"), (0.999, "thin")):
            found = coverage(just * more, 10, booked=10 * booked, win_rate=win, inside=new)
            assert found.table["verdict"][0] == (verdict if just else "enough")


def test_by_group_the_last_row_is_all() -> None:
    found = pipeline_coverage(
        pipeline(), {"E": 30, "W": 10}, "2026-07-01", "2026-10-01", by="region"
    )
    assert found.table["region"].tolist() == ["E", "W", "total"]
    assert found.table["open_amount"].tolist() == [30, 40, 70]
    assert found.table["to_go_amount"].tolist() == [25, 10, 35]
    with speaking("zh"):
        assert "3 倍" in found.summary()
        assert "合计" in repr(found)


def test_by_period() -> None:
    found = coverage_by_period(pipeline(), {"2026-Q3": 40, "2026-Q4": 20})
    assert found.table["period"].tolist() == ["2026-Q3", "2026-Q4", "total"]
    assert found.table["open_amount"].tolist() == [70, 20, 90]
    assert found.table["to_go_ratio"].tolist() == pytest.approx([2, 1, 90 / 55])
    gap = {"2026-07": 1.0, "2026-09": 1.0}
    for wrong, key in (({"2026-Q5": 1.0}, "bad_period"), (gap, "periods_apart")):
        with pytest.raises(FunnelkitError) as refused:
            coverage_by_period(pipeline(), wrong)
        assert refused.value.key == f"targets.{key}"


def test_open_deals_count_with_the_rate_of_deals_that_came_as_far() -> None:
    rows = []
    for k in range(8):  # eight die as leads, two of four proposals are won
        rows += [(f"x{k}", "lead", "2026-01-01"), (f"x{k}", "lost", "2026-01-20")]
    for k in range(4):
        rows += [(f"y{k}", "lead", "2026-01-01"), (f"y{k}", "proposal", "2026-02-01")]
        rows.append((f"y{k}", "won" if k < 2 else "lost", "2026-03-01"))
    rows += [("z", "lead", "2026-05-01"), ("z", "proposal", "2026-06-01")]
    history = pd.DataFrame(rows, columns=["deal_id", "stage", "entered_at"])
    history["entered_at"] = pd.to_datetime(history["entered_at"])
    deals = pd.DataFrame({"deal_id": history["deal_id"].unique(), "amount": 10.0})
    deals["expected_close"] = pd.Timestamp("2026-07-20")
    p = from_frames(deals, history, as_of="2026-07-01")
    row = pipeline_coverage(p, 20, "2026-07-01", "2026-10-01").table.iloc[0]
    assert row["open_amount"] == 10
    assert row["win_rate"] == pytest.approx(0.5)  # of all twelve closed it would be 1/6


@pytest.mark.parametrize(
    ("call", "key"),
    [
        (lambda: coverage(15, 0), "targets.not_positive"),
        (lambda: coverage(-1, 10), "targets.negative"),
        (lambda: needed_coverage(0), "targets.impossible_rate"),
        (lambda: pipeline_coverage(pipeline(), {"E": 1}, "2026-07-01", "2026-10-01"),
         "targets.target_by"),
        (lambda: pipeline_coverage(pipeline(), {"Est": 1}, "2026-07-01", "2026-10-01", "region"),
         "targets.unknown_part"),
    ],
)  # fmt: skip
def test_the_impossible_is_refused(call: object, key: str) -> None:
    with pytest.raises(FunnelkitError) as found:
        call()  # type: ignore[operator]
    assert found.value.key == key
