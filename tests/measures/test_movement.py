"""The waterfall of the open amount: every step by hand, the identity on random histories."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.measures.changes.movement import STEPS, Movement, movement
from funnelkit.process import Process
from funnelkit.words import speaking

D = pd.Timestamp
Q1 = ("2026-01-01", "2026-04-01")


def pipeline(
    deals: list[dict[str, Any]],
    fields: list[tuple[str, str, str | None, str | None, str]] = (),  # type: ignore[assignment]
    stages: list[tuple[str, str, str]] | None = None,
) -> Pipeline:
    frame = pd.DataFrame(deals)
    for c in ("created_at", "closed_at", "expected_close"):
        frame[c] = pd.to_datetime(frame[c], format="ISO8601") if c in frame else pd.NaT
    history = None
    if stages is not None:
        history = pd.DataFrame(stages, columns=["deal_id", "stage", "entered_at"])
        history["entered_at"] = pd.to_datetime(history["entered_at"])
    log = pd.DataFrame(fields, columns=["deal_id", "field", "old", "new", "changed_at"])
    log = log.astype(dict.fromkeys(("deal_id", "field", "old", "new"), "string"))
    log["changed_at"] = pd.to_datetime(log["changed_at"])
    return from_frames(
        frame, history, log, process=Process.from_stages(["talk", "offer"]), as_of="2026-12-31"
    )


def deal(deal_id: str, amount: float | None, created: str, **rest: Any) -> dict[str, Any]:
    return {"deal_id": deal_id, "amount": amount, "created_at": created, "outcome": "open"} | rest


def steps(result: Movement, column: str = "amount") -> dict[str, float]:
    table = result.table[result.table[column] != 0]
    return dict(zip(table["step"], table[column], strict=True))


def balances(table: pd.DataFrame, column: str) -> bool:
    cents = (table[column] * 100).round().astype("int64")
    ends = table["step"] == "end"
    return int(cents[~ends].sum()) == int(cents[ends].sum())


def test_every_reason_without_a_due_period() -> None:
    p = pipeline(
        [
            deal("stays", 100.10, "2026-01-01"),
            deal("grows", 250, "2026-01-01"),
            deal("shrinks", 40, "2026-01-01"),
            deal("won", 90, "2026-01-01", outcome="won", closed_at="2026-02-10"),
            deal("lost", 70, "2026-01-01", outcome="lost", closed_at="2026-02-11"),
            deal("none", 30, "2026-01-01", outcome="no_decision", closed_at="2026-02-12"),
            deal("new", 55.55, "2026-02-03"),
            deal("short", 20, "2026-02-03", outcome="won", closed_at="2026-02-20"),
            deal("back", 60, "2025-12-01"),
            deal("later", 999, "2026-03-01"),
            deal("gone", 999, "2025-12-01", outcome="won", closed_at="2026-01-05"),
        ],
        [
            ("grows", "amount", "200", "250", "2026-02-05"),
            ("shrinks", "amount", "45", "40", "2026-02-05"),
            ("won", "amount", "100", "90", "2026-02-10"),
            ("stays", "amount", "100.10", "777", "2026-03-05"),
            ("stays", "amount", "777", "100.10", "2026-03-06"),
        ],
        [("back", "talk", "2025-12-01"), ("back", "lost", "2026-01-10"),
         ("back", "offer", "2026-02-15")],
    )  # fmt: skip
    result = movement(p, "2026-01-31", "2026-02-28")
    # start: 100.10 + 200 + 45 + 100 + 70 + 30
    assert steps(result) == {
        "start": 545.10, "new": 75.55, "increased": 50.0, "decreased": -15.0,
        "won": -110.0, "lost": -70.0, "no_decision": -30.0, "reopened": 60.0, "end": 505.65,
    }  # fmt: skip
    counts = dict(zip(result.table["step"], result.table["deals"], strict=True))
    assert counts["start"] == 6
    assert counts["new"] == 2
    assert counts["won"] == 2
    assert counts["decreased"] == 2
    assert counts["end"] == 5
    assert result.table["step"].tolist() == list(STEPS)
    assert result.scope.used == 9
    assert balances(result.table, "amount")
    # the same path: nothing moved twice
    assert steps(result, "gross_amount") == steps(result)


def test_dates_move_deals_into_and_out_of_the_due_period() -> None:
    change = "2026-02-05"
    moves = {  # date before, date after
        "pulled_in": ("2026-05-01", "2026-03-01"),
        "pushed_in": ("2025-12-20", "2026-03-31 23:00"),
        "pushed_out": ("2026-03-01", "2026-04-01"),
        "pulled_out": ("2026-01-01", "2025-12-31"),
        "removed": ("2026-03-01", None),
    }
    deals = [
        deal(name, 10.0 * (k + 1), "2026-01-01", expected_close=after)
        for k, (name, (_, after)) in enumerate(moves.items())
    ]
    deals.append(deal("elsewhere", 500, "2026-01-01", expected_close="2026-07-01"))
    log = [(n, "expected_close", old, new, change) for n, (old, new) in moves.items()]
    result = movement(pipeline(deals, log), "2026-01-31", "2026-02-28", due=Q1)
    assert steps(result) == {
        "start": 120.0, "pulled_in": 10.0, "pushed_in": 20.0, "pushed_out": -30.0,
        "pulled_out": -40.0, "removed": -50.0, "end": 30.0,
    }  # fmt: skip
    # without the period a date moves nothing
    assert steps(movement(pipeline(deals, log), "2026-01-31", "2026-02-28")) == {
        "start": 650.0,
        "end": 650.0,
    }


def test_outcome_comes_before_date_and_a_win_counts_where_it_was_won() -> None:
    p = pipeline(
        [
            deal("early", 80, "2026-01-01", expected_close="2026-06-01", outcome="won",
                 closed_at="2026-02-10"),
            deal("lost", 50, "2026-01-01", expected_close="2026-06-01", outcome="lost",
                 closed_at="2026-02-10"),
            deal("other", 70, "2026-01-01", expected_close="2026-06-01", outcome="lost",
                 closed_at="2026-02-10"),
        ],
        [("lost", "expected_close", "2026-03-01", "2026-06-01", "2026-02-09"),
         ("early", "amount", "100", "80", "2026-02-10")],
    )  # fmt: skip
    result = movement(p, "2026-01-31", "2026-02-28", due=Q1)
    assert steps(result) == {"start": 50.0, "pulled_in": 80.0, "won": -80.0, "lost": -50.0}
    # on its path the lost deal was pushed out a day before it was lost
    assert steps(result, "gross_amount") == {
        "start": 50.0, "pulled_in": 80.0, "won": -80.0, "pushed_out": -50.0,
    }  # fmt: skip


def test_gross_shows_the_path_that_net_hides() -> None:
    p = pipeline(
        [deal("a", 110, "2026-01-01", expected_close="2026-03-01")],
        [
            ("a", "amount", "100", "150", "2026-02-02"),
            ("a", "amount", "150", "110", "2026-02-03"),
            ("a", "expected_close", "2026-03-01", "2026-05-01", "2026-02-04"),
            ("a", "expected_close", "2026-05-01", "2026-03-01", "2026-02-05"),
        ],
    )
    table = movement(p, "2026-01-31", "2026-02-28", due=Q1).table.set_index("step")
    assert table.loc["increased", ["amount", "gross_amount"]].tolist() == [10, 50]
    assert table.loc["decreased", ["amount", "gross_amount"]].tolist() == [0, -40]
    assert table.loc["pushed_out", ["amount", "gross_amount"]].tolist() == [0, -110]
    assert table.loc["pulled_in", ["amount", "gross_amount"]].tolist() == [0, 110]
    assert table.loc["end", ["amount", "gross_amount"]].tolist() == [110, 110]


def test_owner_changes_stand_apart() -> None:
    p = pipeline(
        [deal("a", 120, "2026-01-01", owner="Li"), deal("b", 30, "2026-01-01", owner="Li")],
        [("a", "owner", "Wu", "Li", "2026-02-02"), ("a", "amount", "100", "120", "2026-02-03")],
    )
    whole = movement(p, "2026-01-31", "2026-02-28")
    assert steps(whole) == {"start": 130.0, "increased": 20.0, "end": 150.0}
    assert whole.owners.values.tolist() == [["Wu", "Li", 1, 100.0]]
    table = movement(p, "2026-01-31", "2026-02-28", by="owner").table
    parts = dict(iter(table.groupby("owner")))
    wu, li = (parts[o].set_index("step")["amount"] for o in ("Wu", "Li"))
    assert (wu["start"], wu["handed_out"], wu["end"]) == (100, -100, 0)
    assert (li["start"], li["handed_in"], li["increased"], li["end"]) == (30, 100, 20, 150)
    assert all(balances(t, c) for t in parts.values() for c in ("amount", "gross_amount"))


def test_a_deal_without_amount_is_named() -> None:
    p = pipeline([deal("a", None, "2026-01-01"), deal("b", 5, "2026-01-01")])
    result = movement(p, "2026-01-31", "2026-02-28")
    assert steps(result) == {"start": 5.0, "end": 5.0}
    assert dict(result.scope.left_out)["no_amount"] == 1


def test_it_refuses_what_the_data_cannot_carry() -> None:
    p = pipeline([deal("a", 5, "2026-01-01", closed_at="2026-02-01", outcome="won")])
    with pytest.raises(FunnelkitError):
        movement(p, "2026-01-31", "2026-02-28", due=Q1)
    with pytest.raises(FunnelkitError) as caught:
        movement(p, "2026-02-28", "2026-01-31")
    assert caught.value.key == "measures.period_order"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_texts_in_both_languages(language: str) -> None:
    p = pipeline(
        [deal("a", 12, "2026-01-01", owner="Li"), deal("b", 30.5, "2026-02-01", owner="Wu")],
        [("a", "owner", "Wu", "Li", "2026-02-02")],
    )
    with speaking(language):
        result = movement(p, "2026-01-31", "2026-02-28")
        assert "+30" in result.summary()
        text = repr(result)
        assert "42.50" in text
        assert result._repr_html_().startswith("<div")
        way_in = {"en": "New > Reopened > Pushed in > Pulled in", "zh": "新增 > 重新激活 > "}
        assert way_in[language] in result.definition


DAY0 = dt.datetime(2026, 1, 1)
days = st.integers(0, 119)
money = st.integers(0, 10**7).map(lambda c: f"{c / 100:.2f}")
dates = st.none() | st.integers(0, 200).map(lambda d: str((DAY0 + dt.timedelta(days=d)).date()))


@st.composite
def histories(draw: st.DrawFn) -> Pipeline:
    deals, fields, stages = [], [], []
    for k in range(draw(st.integers(4, 12))):
        name = f"d{k}"
        moments = sorted(draw(st.lists(days, min_size=1, max_size=7)))
        at = [str(DAY0 + dt.timedelta(days=d)) for d in moments]
        now: dict[str, Any] = {
            "amount": draw(money),
            "expected_close": draw(dates),
            "owner": draw(st.sampled_from("AB")),
        }
        ways = {"amount": money, "expected_close": dates, "owner": st.sampled_from("AB")}
        stages.append((name, "talk", at[0]))
        state, closed = "talk", None
        for when in at[1:]:
            what = draw(st.sampled_from([*ways, "stage", "stage"]))
            if what != "stage":
                new = draw(ways[what])
                fields.append((name, what, now[what], new, when))
                now[what] = new
                continue
            new = draw(st.sampled_from(["talk", "offer", "won", "lost", "no_decision"]))
            if new != state:
                stages.append((name, new, when))
                state, closed = new, when
        ended = state in ("won", "lost", "no_decision")
        deals.append(
            deal(name, float(now["amount"]), at[0], owner=now["owner"],
                 expected_close=now["expected_close"], outcome=state if ended else "open",
                 closed_at=closed if ended else None)
        )  # fmt: skip
    return pipeline(deals, fields, stages)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(histories(), st.integers(0, 60), st.integers(1, 60), st.booleans(), st.booleans())
def test_net_and_gross_balance_to_the_cent(
    p: Pipeline, first: int, span: int, narrow: bool, grouped: bool
) -> None:
    start = DAY0 + dt.timedelta(days=first)
    end = start + dt.timedelta(days=span)
    due = Q1 if narrow and p.has("expected_close") else None
    result = movement(p, start.date(), end.date(), by="owner" if grouped else None, due=due)
    parts = [t for _, t in result.table.groupby("owner")] if grouped else [result.table]
    for part in parts:
        assert balances(part, "amount")
        assert balances(part, "gross_amount")
    # both ends are the pipeline as known then, added up independently
    for step, date in (("start", start), ("end", end)):
        then = p.at(date.date()).frame()
        then = then[then["outcome"] == "open"]
        if due:
            then = then[
                (then["expected_close"] >= D(due[0])) & (then["expected_close"] < D(due[1]))
            ]
        assert result.amount(step) == pytest.approx(then["amount"].sum(), abs=0.001)
