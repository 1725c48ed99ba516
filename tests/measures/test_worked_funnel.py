"""Funnels worked by hand: the 100 deals of the counting rule, and awkward histories."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.measures import (
    RULES,
    counting_rules,
    funnel,
    returns,
    skips,
    stage_pairs,
    stage_win_rate,
)
from funnelkit.process import Process
from funnelkit.words import speaking

ABC = Process.from_stages({"a": "A", "b": "B", "c": "C"})


def log(paths: dict[str, str], process: Process | None = ABC, **deals: object) -> Pipeline:
    """Make a pipeline of paths such as "a b won", one step a day."""
    rows = [
        (deal, stage, pd.Timestamp("2026-01-01") + pd.Timedelta(days=k))
        for deal, path in paths.items()
        for k, stage in enumerate(path.split())
    ]
    frame = pd.DataFrame(rows, columns=["deal_id", "stage", "entered_at"])
    return from_frames(stage_history=frame, process=process, as_of="2026-12-31")


def column(result: object, name: str) -> list[float]:
    return [round(x, 10) for x in result.table[name].tolist()]  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def hundred() -> Pipeline:
    """100 deals: 60 go 1 to 2, 30 jump 1 to 3; 24 of the 60 go on; 27 of 54 in stage 3 win."""
    paths = {f"stay{k}": "a lost" for k in range(10)}
    paths |= {f"two{k}": "a b lost" for k in range(36)}
    paths |= {f"three{k}": "a b c " + ("won" if k < 12 else "lost") for k in range(24)}
    paths |= {f"jump{k}": "a c " + ("won" if k < 15 else "lost") for k in range(30)}
    return log(paths)


def test_reached_rates_multiply_to_the_truth(hundred: Pipeline) -> None:
    result = funnel(hundred)
    assert result.table["stage"].tolist() == ["a", "b", "c", "won"]
    assert result.table["deals"].tolist() == [100, 90, 54, 27]
    assert column(result, "step_rate")[1:] == [0.9, 0.6, 0.5]
    assert column(result, "overall_rate") == [1.0, 0.9, 0.54, 0.27]
    # Wilson, 27 of 54: 1.959964 sqrt(.25 / 54 + 3.841459 / 11664) / (1 + 3.841459 / 54)
    assert result.table["low"].iloc[3] == pytest.approx(0.371146, abs=1e-6)
    assert result.table["high"].iloc[3] == pytest.approx(0.628854, abs=1e-6)


def test_chained_direct_moves_say_12_percent(hundred: Pipeline) -> None:
    result = funnel(hundred, rule="direct")
    assert result.table["deals"].tolist() == [100, 60, 54, 27]
    assert column(result, "step_rate")[1:] == [0.6, 0.4, 0.5]
    assert column(result, "overall_rate")[-1] == 0.12


def test_touched_counts_the_stage_itself(hundred: Pipeline) -> None:
    result = funnel(hundred, rule="touched")
    assert result.table["deals"].tolist() == [100, 60, 54, 27]
    assert column(result, "step_rate")[1:] == [0.6, 0.4, 0.5]  # 24 of 60 were in both
    assert column(result, "overall_rate") == [1.0, 0.6, 0.54, 0.27]


def test_strict_drops_won_deals_that_skipped(hundred: Pipeline) -> None:
    assert funnel(hundred, rule="strict").table["deals"].tolist() == [100, 60, 24, 12]


def test_counting_rules_stand_side_by_side(hundred: Pipeline) -> None:
    result = counting_rules(hundred)
    assert result.table["rule"].drop_duplicates().tolist() == list(RULES)
    last = result.table[result.table["stage"] == "won"].set_index("rule")["overall_rate"]
    assert last.round(10).to_dict() == {
        "reached": 0.27, "touched": 0.27, "strict": 0.12, "direct": 0.12, "backfilled": 0.27,
    }  # fmt: skip
    assert "12" in result.summary()
    assert "27" in result.summary()


def test_skips_and_their_win_rates(hundred: Pipeline) -> None:
    table = skips(hundred).table.set_index("stage")
    assert table.loc["b", ["passed", "skipped"]].tolist() == [54, 30]
    assert table.loc["b", "skipped_win_rate"] == 0.5
    assert table.loc["b", "stayed_win_rate"] == 0.5
    assert table.loc["a", "skipped"] == 0
    assert table.loc["c", ["passed", "skipped"]].tolist() == [27, 0]


def test_win_rate_from_each_stage(hundred: Pipeline) -> None:
    table = stage_win_rate(hundred).table
    assert table["deals"].tolist() == [100, 90, 54]
    assert table["rate"].round(10).tolist() == [0.27, 0.3, 0.5]


def test_every_ordered_pair(hundred: Pipeline) -> None:
    table = stage_pairs(hundred).table
    found = {(a, b): n for a, b, n in table[["from_stage", "to_stage", "moves"]].to_numpy()}
    assert found == {
        ("a", "b"): 60, ("a", "c"): 30, ("a", "lost"): 10,
        ("b", "c"): 24, ("b", "lost"): 36, ("c", "won"): 27, ("c", "lost"): 27,
    }  # fmt: skip
    assert table["from_stage"].tolist() == ["a", "a", "a", "b", "b", "c", "c"]
    assert table.loc[0, "rate"] == 0.6


def test_backward_moves_and_re_entries() -> None:
    p = log({"x": "a b a b c", "y": "c a", "z": "b c b won"})
    assert funnel(p).table["deals"].tolist() == [3, 3, 3, 1]
    assert funnel(p, rule="touched").table["deals"].tolist() == [2, 2, 3, 1]
    assert funnel(p, rule="strict").table["deals"].tolist() == [2, 1, 1, 0]
    # y stands in a, z was won: filled in from where they stand
    assert funnel(p, rule="backfilled").table["deals"].tolist() == [3, 2, 2, 1]
    table = returns(p).table.set_index("stage")
    assert table["deals"].tolist() == [2, 2, 3]
    assert table["visits"].tolist() == [3, 4, 3]
    assert table["returned"].tolist() == [1, 2, 0]
    assert table["moved_back"].tolist() == [0, 1, 2]


def test_touched_rates_stay_within_one_when_more_touch_the_later_stage() -> None:
    table = funnel(log({"x": "a c", "y": "b c", "z": "c"}), rule="touched").table
    assert table["deals"].tolist() == [1, 1, 3, 0]
    assert table["step_rate"].tolist()[1:] == [0.0, 1.0, 0.0]
    assert table["overall_rate"].tolist() == [1.0, 0.0, 1.0, 0.0]


def test_still_open_deals_are_not_losses() -> None:
    table = funnel(log({"x": "a b", "y": "a b lost", "z": "a", "w": "a b c won"})).table
    assert table["still_open"].tolist() == [1, 1, 0, 0]


def test_ties_follow_the_order_of_the_file() -> None:
    now = pd.Timestamp("2026-03-01")
    frame = pd.DataFrame({"deal_id": ["x"] * 3, "stage": ["a", "c", "b"], "entered_at": [now] * 3})
    p = from_frames(stage_history=frame, process=ABC)
    pairs = stage_pairs(p).table[["from_stage", "to_stage"]].to_numpy().tolist()
    assert pairs == [["a", "c"], ["c", "b"]]
    assert p.frame()["stage"].tolist() == ["b"]


def test_reopened_deals() -> None:
    p = log({"x": "a lost b won", "y": "a b lost a"})
    assert p.frame()["outcome"].tolist() == ["won", "open"]
    assert funnel(p).table["deals"].tolist() == [2, 2, 1, 1]
    found = stage_pairs(p).table[["from_stage", "to_stage", "moves"]].to_numpy().tolist()
    assert found == [["a", "b", 1], ["a", "lost", 1], ["b", "won", 1], ["b", "lost", 1]]


def test_default_process_ends_in_its_closing_stage() -> None:
    rows = log({"x": "lead contact proposal close", "y": "lead lost"}, process=None)
    table = funnel(rows).table
    assert table["stage"].tolist() == [
        "lead", "contact", "need", "proposal", "negotiation", "close",
    ]  # fmt: skip
    assert table["deals"].tolist() == [2, 1, 1, 1, 1, 1]
    assert rows.frame()["outcome"].tolist() == ["won", "lost"]


def test_log_without_outcome_rows_is_closed_by_the_deals() -> None:
    deals = pd.DataFrame(
        {
            "deal_id": ["x", "y", "z"], "outcome": ["won", "lost", "open"],
            "created_at": pd.to_datetime(["2026-01-01"] * 3),
            "closed_at": pd.to_datetime(["2026-02-01", "2026-01-20", None]),
        }
    )  # fmt: skip
    history = pd.DataFrame(
        {
            "deal_id": ["x", "x", "x", "y", "z"], "stage": ["a", "b", "c", "a", "a"],
            "entered_at": pd.to_datetime(["2026-01-01", "2026-01-05", "2026-01-09"]
                                         + ["2026-01-01"] * 2),
        }
    )  # fmt: skip
    p = from_frames(deals, history, process=ABC)
    for rule in RULES:
        assert funnel(p, rule=rule).table["deals"].tolist() == [3, 1, 1, 1], rule
    moves = stage_pairs(p).table[["from_stage", "to_stage"]].to_numpy().tolist()
    assert moves == [["a", "b"], ["a", "lost"], ["b", "c"], ["c", "won"]]


@pytest.fixture(scope="module")
def regions() -> Pipeline:
    deals = pd.DataFrame(
        {
            "deal_id": list("pqrst"), "region": ["West", None, "East", "East", "West"],
            "size": [2, 1, 1, None, 1],
            "outcome": ["won", "open", "lost", "open", "open"],
            "created_at": pd.to_datetime(
                ["2026-01-01", "2026-01-31", "2026-02-01", "2026-02-28T23:59", None],
                format="ISO8601",
            ),
            "closed_at": pd.to_datetime(["2026-03-01", None, "2026-03-01", None, None]),
        }
    )  # fmt: skip
    history = pd.DataFrame(
        {"deal_id": list("pqrst"), "stage": list("cabac"),
         "entered_at": pd.to_datetime(["2026-02-01"] * 5)}
    )  # fmt: skip
    return from_frames(deals, history, process=ABC, as_of="2026-06-30")


def test_missing_groups_are_shown(regions: Pipeline) -> None:
    table = funnel(regions, by="region").table
    assert table["region"].tolist() == ["(none)"] * 4 + ["East"] * 4 + ["West"] * 4
    assert table["deals"].tolist() == [1, 0, 0, 0, 2, 1, 0, 0, 2, 2, 2, 1]
    assert table["stage"].tolist() == ["a", "b", "c", "won"] * 3


def test_several_attributes_and_numbers_with_gaps(regions: Pipeline) -> None:
    table = funnel(regions, by=["region", "size"]).table
    assert table.columns[:3].tolist() == ["region", "size", "stage"]
    groups = table[["region", "size"]].drop_duplicates().astype(str).to_numpy().tolist()
    assert [g[0] for g in groups] == ["(none)", "East", "East", "West", "West"]
    assert groups[1][1] == "(none)"  # text sorts "(" before digits
    parts = funnel(regions, by="region").table
    assert table["deals"].sum() == parts["deals"].sum()


def test_period_is_half_open_and_says_what_it_left_out(regions: Pipeline) -> None:
    result = funnel(regions, since="2026-01-31", until="2026-02-28")
    assert result.scope.used == 2  # q on the first day; s came on the day after the last
    assert dict(result.scope.left_out) == {"outside_period": 2, "undated": 1}
    assert funnel(regions, since="2026-02-28").scope.used == 1


def test_empty_period_gives_empty_rows_not_errors(regions: Pipeline) -> None:
    result = funnel(regions, since="2030-01-01")
    assert result.table["deals"].tolist() == [0, 0, 0, 0]
    assert result.table["step_rate"].isna().all()
    assert result.summary() == "There are no deals to say anything about."
    grouped = funnel(regions, by="region", since="2030-01-01").table
    assert list(grouped.columns[:3]) == ["region", "stage", "deals"]
    assert grouped.empty
    assert stage_win_rate(regions, by="region", since="2030-01-01").table.empty


def test_grouping_by_outcome(regions: Pipeline) -> None:
    table = funnel(regions, by="outcome").table
    assert table["outcome"].drop_duplicates().tolist() == ["lost", "open", "won"]


def test_refusals(regions: Pipeline) -> None:
    with pytest.raises(FunnelkitError, match='rule = "reach" is not known') as caught:
        funnel(regions, rule="reach")
    assert caught.value.values["allowed"][0] == "reached"
    with pytest.raises(FunnelkitError, match='Nearest: "region"'):
        funnel(regions, by="regoin")
    with pytest.raises(FunnelkitError, match="has a column"):
        funnel(regions, by="stage")
    with pytest.raises(FunnelkitError, match="before it starts"):
        funnel(regions, since="2026-03-01", until="2026-02-01")
    with pytest.raises(FunnelkitError, match="is not a date"):
        funnel(regions, since="soon")


def test_a_snapshot_has_no_funnel() -> None:
    deals = pd.DataFrame({"deal_id": ["x"], "stage": ["a"], "outcome": ["open"]})
    p = from_frames(deals, process=ABC, as_of="2026-01-01")
    with pytest.raises(FunnelkitError) as caught:
        funnel(p)
    assert str(caught.value) == (
        "funnel needs a stage history (one row each time a deal enters a stage), and these data "
        "are a snapshot without one. No stage conversion or time in stage can be derived from a "
        "snapshot. Export the stage history as well and pass it as history=."
    )
    with speaking("zh"):
        assert str(caught.value) == (
            "计算“funnel”需要阶段变更记录（商机每进入一个阶段记一行），而这份数据只是快照。"
            "快照推不出阶段转化率和停留时长。请一并导出阶段变更记录，并用 history= 传入。"
        )


def test_results_print_in_both_languages(hundred: Pipeline) -> None:
    result = funnel(hundred)
    assert "27.0%" in repr(result)
    assert result.summary() == (
        "Of 100 deals, 27 were won (27.0%); the narrowest step is C to Won, passed by 50% "
        "(95% interval 37% to 63%)."
    )
    with speaking("zh"):
        assert "漏得最多的一步" in result.summary()
        assert "赢单" in result._repr_html_()


def test_the_eventual_rate_leaves_open_deals_undecided() -> None:
    """Of 40 deals 12 went on, 12 were lost and 16 came a day ago: half go on, not 30 %."""
    rows, deals = [], []
    for i in range(40):
        young = i >= 24
        came = pd.Timestamp("2026-06-29" if young else "2026-01-05")
        on = i < 12
        outcome = "won" if on else "open" if young else "lost"
        rows.append((f"d{i}", "a", came))
        if on:
            rows.append((f"d{i}", "b", came + pd.Timedelta(days=6)))
        end = pd.NaT if young else came + pd.Timedelta(days=6 if not on else 9)
        deals.append((f"d{i}", f"A{i % 6}", outcome, came, end))
    frame = pd.DataFrame(
        deals, columns=["deal_id", "account", "outcome", "created_at", "closed_at"]
    )
    log_ = pd.DataFrame(rows, columns=["deal_id", "stage", "entered_at"])
    p = from_frames(frame, log_, process=Process.from_stages(["a", "b"]), as_of="2026-06-30")
    row = funnel(p).table.iloc[1]
    assert row["step_rate"] == 0.3
    assert row["eventual_rate"] == pytest.approx(0.5)
    assert row["eventual_low"] < 0.5 < row["eventual_high"]
    alone = funnel(p, cluster="deal_id").table.iloc[1]
    # 24 decided deals of 24, half of them: the binomial error on the scale of log odds
    half = 1.959964 / np.sqrt(24 * 0.25)
    assert alone["eventual_high"] == pytest.approx(1 / (1 + np.exp(-half)), abs=1e-4)
    assert row["eventual_high"] >= alone["eventual_high"]
    assert funnel(p, rule="touched").table["eventual_rate"].isna().all()
    with pytest.raises(FunnelkitError):
        funnel(p, cluster="acount")
