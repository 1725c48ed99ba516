"""What must hold for any pipeline, whatever its deals did."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ibis
import numpy as np
import pandas as pd
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.measures import (
    RULES,
    cohorts,
    conversion_curve,
    funnel,
    in_out,
    sales_cycle,
    stage_pairs,
    time_in_stage,
    velocity,
    win_rate,
)
from funnelkit.process import Process

ABC = Process.from_stages({"a": "A", "b": "B", "c": "C"})
START = pd.Timestamp("2026-01-01")
AS_OF = dt.datetime(2026, 3, 1)

few = settings(
    max_examples=8, deadline=None, derandomize=True, database=None,
    phases=[Phase.generate],  # an example costs half a second: no shrinking
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip

# One deal: stages in any order (no stage twice in a row), gaps in hours (0 makes ties), an end.
deal = st.tuples(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=5),
    st.lists(st.integers(0, 200), min_size=7, max_size=7),
    st.sampled_from(["open", "open", "won", "lost", "no_decision"]),
    st.sampled_from(["East", "West", None]),
    st.sampled_from([10.0, 500.0, None]),
    st.booleans(),  # is the outcome a row of the log?
)
pipelines = st.lists(deal, min_size=1, max_size=25)


def frames(drawn: list[Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    deals, rows = [], []
    for k, (path, gaps, outcome, region, amount, has_row) in enumerate(drawn):
        path = [s for i, s in enumerate(path) if i == 0 or path[i - 1] != s]
        # the first deal is there from the start and has an amount: no table is ever empty
        amount, gaps = (amount or 10.0, [0, *gaps[1:]]) if k == 0 else (amount, gaps)
        at = START + pd.Timedelta(hours=gaps[0])
        created, name = at, f"d{k:02}"
        for stage, gap in zip(path, gaps[1:], strict=False):
            rows.append((name, stage, at))
            at += pd.Timedelta(hours=gap)
        closed = pd.NaT if outcome == "open" else at
        if outcome != "open" and has_row:
            rows.append((name, outcome, at))
        deals.append((name, region, amount, outcome, created, closed))
    head = ["deal_id", "region", "amount", "outcome", "created_at", "closed_at"]
    history = pd.DataFrame(rows, columns=["deal_id", "stage", "entered_at"])
    return pd.DataFrame(deals, columns=head), history.assign(seq=range(len(history)))


def pipeline(deals: pd.DataFrame, history: pd.DataFrame, as_of: dt.datetime = AS_OF) -> Pipeline:
    deals = deals.astype({"region": "str", "amount": "float64"})
    return from_frames(deals, history, process=ABC, as_of=as_of)


def tables(p: Pipeline) -> dict[str, pd.DataFrame]:
    return {
        "funnel": funnel(p, by="region").table,
        "time_in_stage": time_in_stage(p, by="region").table,
        "win_rate": win_rate(p, of="value", by="region").table,
        "stage_pairs": stage_pairs(p).table,
        "sales_cycle": sales_cycle(p).table,
        "velocity": velocity(p).table,
    }


def assert_same(left: dict[str, pd.DataFrame], right: dict[str, pd.DataFrame]) -> None:
    for name, table in left.items():
        pd.testing.assert_frame_equal(table, right[name], obj=name)


@few
@given(pipelines)
def test_rates_and_counts_stay_within_their_bounds(drawn: list[Any]) -> None:
    p = pipeline(*frames(drawn))
    for rule in RULES:
        table = funnel(p, rule=rule).table
        if rule in ("reached", "strict", "backfilled"):
            assert (np.diff(table["deals"]) <= 0).all(), rule
        for column in ("step_rate", "overall_rate", "low", "high"):
            assert table[column].dropna().between(0, 1).all(), (rule, column)
        assert table["deals"].between(0, len(drawn)).all()
        known = table.dropna(subset=["step_rate"])
        assert ((known["low"] <= known["step_rate"]) & (known["step_rate"] <= known["high"])).all()
    for of in ("closed", "created", "value"):
        table = win_rate(p, by="region", of=of).table
        for column in ("rate", "low", "high"):
            assert table[column].dropna().between(0, 1).all()


@few
@given(pipelines, st.randoms(use_true_random=False))
def test_order_of_rows_and_chunks_do_not_matter(drawn: list[Any], random: Any) -> None:
    deals, history = frames(drawn)
    whole = pipeline(deals, history)
    seed = random.randrange(10_000)
    mixed = pipeline(deals.sample(frac=1, random_state=seed),
                     history.sample(frac=1, random_state=seed))  # fmt: skip
    assert_same(tables(whole), tables(mixed))
    cut = random.randrange(len(history) + 1)
    rows = whole.stage_history
    assert rows is not None
    pieces = ibis.union(rows.filter(rows.seq >= cut), rows.filter(rows.seq < cut))
    chunked = whole._with_deals(whole.deals, stage_history=pieces)
    assert_same(tables(whole), tables(chunked))


@few
@given(pipelines, st.sampled_from([-11.5, -3, 5.75, 8]))
def test_the_time_zone_does_not_matter(drawn: list[Any], hours: float) -> None:
    deals, history = frames(drawn)
    offset = pd.Timedelta(hours=hours)
    moved = pipeline(
        deals.assign(
            created_at=deals["created_at"] + offset, closed_at=deals["closed_at"] + offset
        ),
        history.assign(entered_at=history["entered_at"] + offset),
        AS_OF + offset.to_pytimedelta(),
    )
    assert_same(tables(pipeline(deals, history)), tables(moved))


@few
@given(pipelines, st.sampled_from(["won", "lost", "no_decision"]))
def test_one_more_closed_deal_changes_only_what_it_should(drawn: list[Any], outcome: str) -> None:
    before = pipeline(*frames(drawn))
    more = (["a", "b"], [0, 24, 24, 0, 0, 0, 0], outcome, "North", 10.0, True)
    after = pipeline(*frames([*drawn, more]))
    for name in ("funnel", "time_in_stage", "win_rate"):
        old, new = tables(before)[name], tables(after)[name]
        rest = new[new["region"] != "North"].reset_index(drop=True)
        pd.testing.assert_frame_equal(old, rest, obj=name)
    one = win_rate(after).table.iloc[0] - win_rate(before).table.iloc[0]
    assert one[["won", "of", "still_open"]].tolist() == [int(outcome == "won"), 1, 0]
    steps = funnel(after).table["deals"] - funnel(before).table["deals"]
    assert steps.tolist() == [1, 1, int(outcome == "won"), int(outcome == "won")]
    cycle = sales_cycle(after).table.set_index("outcome")["deals"]
    earlier = sales_cycle(before).table.set_index("outcome")["deals"]
    change = cycle.sub(earlier, fill_value=0)
    assert change[change != 0].to_dict() == {outcome: 1, "closed": 1}


@few
@given(pipelines, st.integers(0, 800))
def test_the_past_knows_nothing_of_later(drawn: list[Any], hour: int) -> None:
    deals, history = frames(drawn)
    moment = START + pd.Timedelta(hours=hour)
    # what the data were when they were taken at that moment
    rows = history[history["entered_at"] <= moment]
    then = deals[deals["created_at"] <= moment].copy()
    later = ~(then["closed_at"] <= moment)
    then.loc[later, "outcome"], then.loc[later, "closed_at"] = "open", pd.NaT
    found = pipeline(deals, history).at(moment.to_pydatetime())
    taken = pipeline(then, rows, moment.to_pydatetime())
    pd.testing.assert_frame_equal(
        found.frame(), taken.frame(), check_dtype=False, check_column_type=False
    )
    assert_same(tables(found), tables(taken))


@few
@given(pipelines)
def test_shares_stack_to_one(drawn: list[Any]) -> None:
    table = conversion_curve(pipeline(*frames(drawn)), by="region").table
    total = table[["won", "lost", "no_decision", "open"]].sum(axis=1)
    assert np.allclose(total, 1)
    assert table[["low", "high", "won"]].apply(lambda c: c.between(0, 1).all()).all()
    for _, part in table.groupby("region"):
        assert part["day"].tolist() == list(range(len(part)))
        assert (part[["won", "lost", "no_decision"]].diff().dropna() >= -1e-12).all(axis=None)


@few
@given(pipelines, st.integers(0, 800), st.integers(1, 800))
def test_in_and_out_balance(drawn: list[Any], hour: int, length: int) -> None:
    p = pipeline(*frames(drawn))
    since = (START + pd.Timedelta(hours=hour)).to_pydatetime()
    table = in_out(p, since, since + dt.timedelta(hours=length), by="region").table
    end = table["at_start"] + table["inflow"] - table["outflow"] - table["lost"]
    assert end.tolist() == table["at_end"].tolist()


@few
@given(pipelines)
def test_cohorts_never_fall(drawn: list[Any]) -> None:
    p = pipeline(*frames(drawn))
    table = cohorts(p).table
    assert table["rate"].between(0, 1).all()
    for _, part in table.groupby("cohort"):
        assert (part["won"].diff().dropna() >= 0).all()
    last = table.drop_duplicates("cohort", keep="last")
    assert last["deals"].sum() == len(drawn)
    seen = p.frame().query("outcome == 'won'")["closed_at"] <= pd.Timestamp(AS_OF)
    assert last["won"].sum() >= seen.sum() - (~seen).sum()
