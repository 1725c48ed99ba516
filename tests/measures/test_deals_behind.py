"""The deals behind a cell: as many as the cell says, for every measure, group, row and column."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pandas as pd
import pytest

import funnelkit as fk
from funnelkit.control import conformance
from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.measures import (
    Result,
    close_date_hygiene,
    cohorts,
    compare,
    conversion_curve,
    conversion_window,
    counting_rules,
    funnel,
    in_out,
    movement,
    push_rate,
    returns,
    sales_cycle,
    skips,
    slippage,
    snapshot,
    stage_pairs,
    stage_win_rate,
    time_in_stage,
    time_to_reach,
    velocity,
    win_rate,
)
from funnelkit.measures.behind import ids_behind, reasons_behind
from funnelkit.measures.limits import rate_limits
from funnelkit.measures.trend import trend
from funnelkit.planning import pipeline_coverage

YEAR = ("2025-01-01", "2026-01-01")
SPAN = {"since": YEAR[0], "until": YEAR[1]}
BETWEEN = ("2025-03-31", "2025-09-30")
SIDES = (("2024-12-01", "2025-04-01"), ("2025-04-01", "2025-07-01"))


@cache
def data(name: str) -> Pipeline:
    return from_frames(**gaps()) if name == "gaps" else fk.load(name)


def gaps() -> dict[str, Any]:
    """Deals as files have them: no date, amount, stage or group; a close before the start."""
    day = pd.to_datetime
    deals = pd.DataFrame(
        {
            "deal_id": list("abcdefgh"),
            "region": ["East", "East", None, "West", "West", "West", "East", None],
            "amount": [10.0, None, 30.0, 40.0, 50.0, None, 70.0, 80.0],
            "stage": ["lead", "need", None, "contact", "lead", "need", "lead", "proposal"],
            "outcome": ["won", "lost", "open", "open", "won", "no_decision", "lost", "open"],
            "created_at": day(
                ["2025-01-05", "2025-02-01", "2025-03-01", None, "2025-05-01", "2025-05-02",
                 "2025-06-01", "2024-12-01"]
            ),
            "closed_at": day(
                ["2025-03-05", None, None, None, "2025-04-01", "2025-08-02", "2026-02-01", None]
            ),
            "expected_close": day(
                ["2025-03-31", None, "2026-06-30", "2025-02-01", None, "2025-07-31", "2025-12-31",
                 "2026-01-31"]
            ),
        }
    )  # fmt: skip
    visits = [
        ("a", "lead", "2025-01-05"), ("a", "need", "2025-02-01"), ("b", "contact", "2025-02-01"),
        ("b", "need", "2025-02-11"), ("d", "contact", "2025-06-01"), ("d", "lead", "2025-07-01"),
        ("d", "contact", "2025-08-01"), ("e", "lead", "2025-05-01"), ("f", "need", "2025-05-02"),
        ("g", "lead", "2025-06-01"), ("h", "lead", "2024-12-01"), ("h", "proposal", "2025-03-01"),
    ]  # fmt: skip
    history = pd.DataFrame(visits, columns=["deal_id", "stage", "entered_at"])
    history["entered_at"] = day(history["entered_at"])
    changes = pd.DataFrame(
        [
            ("h", "expected_close", "2025-03-31", "2025-06-30", "2025-03-20"),
            ("h", "expected_close", "2025-06-30", "2026-01-31", "2025-06-20"),
            ("c", "expected_close", "2025-12-31", "2026-06-30", "2025-12-01"),
        ],
        columns=["deal_id", "field", "old", "new", "changed_at"],
    )
    changes["changed_at"] = day(changes["changed_at"])
    return {
        "deals": deals, "stage_history": history, "field_history": changes, "as_of": "2026-03-31"
    }  # fmt: skip


MEASURES: dict[str, Callable[..., Result]] = {
    **{f"funnel {r}": (lambda p, r=r, **o: funnel(p, rule=r, **o)) for r in fk.measures.RULES},
    "funnel since": lambda p, **o: funnel(p, **SPAN, **o),
    "counting_rules": lambda p, by=None: counting_rules(p),
    **{f"win_rate {of}": (lambda p, of=of, **o: win_rate(p, of=of, **o)) for of in
       ("closed", "created", "value")},
    "win_rate since": lambda p, **o: win_rate(p, **SPAN, **o),
    "win_rate created since": lambda p, **o: win_rate(p, of="created", **SPAN, **o),
    "win_rate value since": lambda p, **o: win_rate(p, of="value", **SPAN, **o),
    "stage_win_rate": lambda p, **o: stage_win_rate(p, **SPAN, **o),
    **{f"time_in_stage {v}": (lambda p, v=v, **o: time_in_stage(p, visit=v, **o)) for v in
       ("first", "last", "cumulative")},
    "time_in_stage since": lambda p, **o: time_in_stage(p, **SPAN, **o),
    "sales_cycle": sales_cycle,
    "sales_cycle since": lambda p, **o: sales_cycle(p, **SPAN, **o),
    "time_to_reach": lambda p, **o: time_to_reach(p, **SPAN, **o),
    "in_out": lambda p, **o: in_out(p, *YEAR, **o),
    "snapshot": snapshot,
    "snapshot at": lambda p, **o: snapshot(p, "2025-06-30", **o),
    "window": lambda p, **o: conversion_window(p, 90, **o),
    "window stages": lambda p, **o: conversion_window(
        p, 60, start=p.process.open_ids[0], to=p.process.open_ids[2], **SPAN, **o
    ),
    "skips": lambda p, **o: skips(p, **SPAN, **o),
    "returns": returns,
    "stage_pairs": lambda p, **o: stage_pairs(p, **SPAN, **o),
    "push_rate": push_rate,
    "push_rate since": lambda p, **o: push_rate(p, **SPAN, **o),
    "push_bands": lambda p, **o: push_rate(p, **SPAN, **o).bands,
    **{f"trend {m}": (lambda p, m=m, **o: trend(p, m, "quarter", **o)) for m in
       ("win_rate", "value_rate", "won_share", "step_rate")},
    "trend since": lambda p, **o: trend(p, "win_rate", "year", **SPAN, **o),
    "coverage": lambda p, by=None: pipeline_coverage(p, 100.0, *YEAR),
    "slippage": lambda p, **o: slippage(p, "2025-07-01", "2025-10-01", **o),
    "close_date_hygiene": close_date_hygiene,
    "movement": lambda p, **o: movement(p, *BETWEEN, **o),
    "movement due": lambda p, **o: movement(p, *BETWEEN, due=YEAR, **o),
    **{f"compare {of}": (lambda p, of=of, by=None: compare(p, *SIDES, by or "region", of=of))
       for of in ("closed", "created", "lead")},
    "conformance": conformance,
    "rate_limits": lambda p, by=None: rate_limits(p, by or "region"),
    "velocity": velocity,
    "velocity since": lambda p, **o: velocity(p, **SPAN, **o),
    "cohorts": lambda p, **o: cohorts(p, "quarter", **o),
    "cohorts since": lambda p, **o: cohorts(p, "year", **SPAN, **o),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "by"), [("gaps", None), ("gaps", "region"), ("industrial", "source")]
)
@pytest.mark.parametrize("measure", MEASURES)
def test_as_many_as_the_cell_says(name: str, by: str | None, measure: str) -> None:
    found = MEASURES[measure](data(name), by=by)
    for row in found.table.head(60).to_dict("records"):
        cell = {key: row[key] for key in found.keys}
        for column in found.counts:
            group = tuple(row[b] for b in found.by) or None
            deals = found.deals(group, column=column, **cell)
            assert deals["deal_id"].is_unique
            total = deals["counted"].sum()
            assert total == pytest.approx(row[column], abs=0.005), (row, column)
            alone = ids_behind(found, column, group=group or (), **cell)
            assert alone == list(deals["deal_id"]), (row, column)


# Reasons that leave out changes, or what is no deal of the part that is measured.
NOT_OF_DEALS = {"hygiene.unreadable", "hygiene.at_close", "hygiene.by_default", "not_dated"}
# The deals are counted; it is their amount that is not there to be added.
COUNTED = {
    "slippage": {"no_amount"},
    "movement": {"no_amount"},
    "movement due": {"no_amount"},
    "close_date_hygiene": {"hygiene.no_amount_here"},
}


@pytest.mark.parametrize(
    "measure", [m for m in MEASURES if m not in ("push_bands", "counting_rules")]
)
def test_those_left_out_are_as_many_as_the_scope_says(measure: str) -> None:
    found = MEASURES[measure](data("gaps"))
    out = found.deals(left_out=True)
    said = {why: n for why, n in found.scope.left_out if why not in NOT_OF_DEALS}
    for why in COUNTED.get(measure, ()):
        said.pop(why)
    assert {why: len(out[out["why"] == why]) for why in said} == said
    assert reasons_behind(found) == out["why"].value_counts().to_dict()
    in_both = set(found.deals()["deal_id"]) & set(out["deal_id"])
    stays = {"time_in_stage", "time_to_reach", "in_out", "stage_pairs"}
    assert not in_both or measure.split()[0] in stays  # there a stay is out, not the deal


def test_worked_by_hand() -> None:
    found = win_rate(data("gaps"), "region")
    assert list(found.deals("East")["deal_id"]) == ["g", "a", "b"]  # largest amount first
    assert list(found.deals("(none)", column="still_open")["deal_id"]) == ["h", "c"]
    assert list(found.deals("East", left_out=True)["deal_id"]) == []
    assert list(found.deals("West", left_out=True)["deal_id"]) == ["d"]
    value = win_rate(data("gaps"), of="value")
    assert value.deals(column="won")["counted"].tolist() == [50.0, 10.0]
    # a closed before it was created, so its time cannot be used; b has no date, f took 92 days
    cycle = sales_cycle(data("gaps"))
    assert list(cycle.deals(outcome="closed")["deal_id"]) == ["g", "a", "f"]
    assert dict(zip(*cycle.deals(left_out=True)[["deal_id", "why"]].to_numpy().T, strict=True)) == {
        "b": "undated", "c": "still_open", "d": "still_open", "e": "ends_before_start",
        "h": "still_open",
    }  # fmt: skip


def test_a_stage_may_be_named_by_its_label_and_lists_hold_each_deal_once() -> None:
    found = funnel(data("gaps"), rule="touched")
    label = found.process.label("contact")
    assert found.deals(stage=label).equals(found.deals(stage="contact"))
    assert sorted(found.deals()["deal_id"]) == list("abdefgh")
    assert "counted" not in found.deals()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"stage": "ned"}, "need"),
        ({"group": "Eest"}, "East"),
        ({"column": "deal"}, "deals"),
        ({"stagee": "need"}, "stage"),
    ],
)
def test_what_is_not_there_is_answered_with_the_nearest(asked: dict[str, str], said: str) -> None:
    with pytest.raises(fk.FunnelkitError) as refused:
        funnel(data("gaps"), "region").deals(**asked)
    assert refused.value.values["allowed"][0] == said


def test_a_measure_that_counts_no_deals_says_so() -> None:
    with pytest.raises(fk.FunnelkitError) as refused:
        conversion_curve(data("gaps")).deals()
    assert refused.value.key == "measures.no_list"
    with pytest.raises(fk.FunnelkitError) as refused:
        funnel(data("gaps")).deals("East")
    assert refused.value.key == "measures.no_group"
