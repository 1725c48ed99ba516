"""Forecast categories between two dates and before the end of past periods, by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from funnelkit.data.library import load
from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.measures.changes.movement import movement
from funnelkit.measures.dates.categories import category_accuracy, category_transitions
from funnelkit.measures.dates.looks import open_then
from funnelkit.words import speaking


def deal(deal_id: str, amount: float | None, category: str | None, **rest: Any) -> dict[str, Any]:
    own = {"deal_id": deal_id, "amount": amount, "forecast_category": category}
    return (
        own | {"created_at": "2026-01-02", "outcome": "open", "expected_close": "2026-03-20"} | rest
    )


@pytest.fixture(scope="module")
def p() -> Pipeline:
    deals = pd.DataFrame(
        [
            deal("up", 120.5, "Commit"),
            deal("stays", 50.0, "承诺"),
            deal("won", 90.0, "closed", outcome="won", closed_at="2026-03-10"),
            deal("late-win", 40.0, "closed", outcome="won", closed_at="2026-04-10"),
            deal("lost", 70.0, "omitted", outcome="lost", closed_at="2026-03-12"),
            deal("none", None, None, outcome="no_decision", closed_at="2026-03-12"),
            deal("new", 33.3, "Best case", created_at="2026-03-05"),
            deal("short", 20.0, "closed", created_at="2026-03-05", outcome="won",
                 closed_at="2026-03-25"),
            deal("over", 10.0, "closed", outcome="won", closed_at="2026-02-01"),
        ]
    )  # fmt: skip
    for c in ("created_at", "closed_at", "expected_close"):
        deals[c] = pd.to_datetime(deals[c], format="ISO8601")
    log = pd.DataFrame(
        [
            ("up", "forecast_category", "Pipeline", "Commit", "2026-03-15"),
            ("up", "amount", "100.5", "120.5", "2026-03-16"),
            ("won", "forecast_category", "commit", "closed", "2026-03-10"),
            ("late-win", "forecast_category", "commit", "closed", "2026-04-10"),
            ("lost", "forecast_category", "commit", "omitted", "2026-03-12"),
            ("short", "forecast_category", "best_case", "closed", "2026-03-25"),
        ],
        columns=["deal_id", "field", "old", "new", "changed_at"],
    )
    log["changed_at"] = pd.to_datetime(log["changed_at"])
    return from_frames(deals, field_history=log, as_of="2026-06-30")


def test_every_deal_is_in_one_cell_and_the_amounts_tie_to_the_movement(p: Pipeline) -> None:
    result = category_transitions(p, "2026-03-01", "2026-03-31")
    cells = {
        (r["from_category"], r["to_category"]): (r["deals"], r["start_amount"], r["end_amount"])
        for r in result.table.to_dict("records")
    }
    assert cells == {
        ("pipeline", "commit"): (1, 100.5, 120.5),
        ("commit", "commit"): (2, 90.0, 90.0),  # stays, late-win
        ("commit", "won"): (1, 90.0, 90.0),
        ("commit", "lost"): (1, 70.0, 70.0),
        ("(none)", "no_decision"): (1, 0.0, 0.0),
        ("new", "best_case"): (1, 0.0, 33.3),
        ("new", "won"): (1, 0.0, 20.0),
    }
    steps = movement(p, "2026-03-01", "2026-03-31")
    table = result.table
    still_open = ~table["to_category"].isin(["won", "lost", "no_decision", "removed"])
    assert round(table["start_amount"].sum(), 2) == steps.amount("start") == 350.5
    assert round(table.loc[still_open, "end_amount"].sum(), 2) == steps.amount("end") == 243.8
    won = table.loc[table["to_category"] == "won", "end_amount"].sum()
    assert won == -steps.amount("won") == 110.0


def test_the_matrix_comes_in_the_order_of_the_process(p: Pipeline) -> None:
    wide = category_transitions(p, "2026-03-01", "2026-03-31").matrix()
    assert wide.index.tolist() == ["pipeline", "commit", "(none)", "new"]
    assert wide.columns.tolist() == ["best_case", "commit", "won", "lost", "no_decision"]
    assert wide.loc["commit"].tolist() == [0, 2, 1, 1, 0]


def test_how_much_of_commit_was_won(p: Pipeline) -> None:
    result = category_accuracy(p, "commit", horizons=(10, 30), since="2026-01-01",
                               until="2026-04-01")  # fmt: skip
    rows = {r["days_before"]: r for r in result.table.to_dict("records")}
    # 1 March: stays, won, late-win, lost in commit; won by 31 March: one of 4, 90 of 250
    assert (rows[30]["deals"], rows[30]["won"], rows[30]["amount"]) == (4, 1, 250.0)
    assert rows[30]["amount_rate"] == pytest.approx(90 / 250)
    # 21 March: up, stays, late-win; none of them was won by the end of the quarter
    assert (rows[10]["deals"], rows[10]["won"], rows[10]["amount"]) == (3, 0, 210.5)
    assert round(rows[10]["high"], 4) == 0.5615  # Wilson, 0 of 3
    assert result.table["days_before"].tolist() == [30, 10]
    every = category_accuracy(p, horizons=(30,), since="2026-01-01", until="2026-04-01").table
    assert every[["category", "deals"]].values.tolist() == [
        ["pipeline", 1], ["commit", 4], ["(none)", 1]
    ]  # fmt: skip


def test_refusals(p: Pipeline) -> None:
    with pytest.raises(FunnelkitError, match="omitted"):
        category_accuracy(p, "omited")
    with pytest.raises(FunnelkitError, match="No whole period"):
        category_accuracy(p, since="2026-05-01")
    with pytest.raises(FunnelkitError):
        category_transitions(p, "2026-03-31", "2026-03-01")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_said_and_drawn_in_both_languages(lang: str, p: Pipeline) -> None:
    with speaking(lang):
        for result in (
            category_transitions(p, "2026-03-01", "2026-03-31"),
            category_accuracy(p, horizons=(30, 10)),
        ):
            assert result.summary()
            assert ("承诺" if lang == "zh" else "Commit") in repr(result)
            assert any(c.isdigit() for c in result.plot().alt)


def test_many_looks_are_the_same_as_one_at_a_time() -> None:
    p = load("tiny")
    columns = ["amount", "expected_close", "owner"]
    moments = [dt.datetime(2026, m, 14, 23, 59, 59, 999999) for m in (2, 4, 6)]
    for moment, view in zip(moments, open_then(p, moments, columns), strict=True):
        then = p.at(moment).deals
        expected = then.filter(then.outcome == "open").select("deal_id", *columns).to_pandas()
        assert len(expected) > 0
        pd.testing.assert_frame_equal(
            view.sort_values("deal_id").reset_index(drop=True),
            expected.sort_values("deal_id").reset_index(drop=True),
            check_dtype=False,
        )
