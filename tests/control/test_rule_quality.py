"""The record of a rule on past deals, counted by hand; and the ramp of a new seller."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from funnelkit.control.ramp import ramp_curve
from funnelkit.control.rule_quality import rule_quality
from funnelkit.control.rules import in_words
from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.process import Process
from funnelkit.words import speaking

# name, outcome, days in the stage (from 10 January); month ends see day 21, 49, 80 of it
LIVES = [
    ("a", "lost", 90), ("b", "lost", 60), ("c", "no_decision", 30), ("d", "lost", 5),
    ("e", "won", 60), ("f", "won", 30), ("g", "won", 25), ("h", "open", 0),
]  # fmt: skip


def made(**columns: list[Any]) -> Pipeline:
    start = pd.Timestamp("2026-01-10")
    deals = pd.DataFrame(
        [
            (n, o, start, pd.NaT if o == "open" else start + pd.Timedelta(days=d))
            for n, o, d in LIVES
        ],
        columns=["deal_id", "outcome", "created_at", "closed_at"],
    ).assign(**columns)
    log = deals[["deal_id"]].assign(stage="talk", entered_at=start)
    changes = pd.DataFrame(
        [
            ("a", "expected_close", "2026-02-01", "2026-03-01", "2026-01-30"),
            ("b", "expected_close", "2026-02-01", "2026-03-01", "2026-03-10"),
            ("e", "expected_close", "2026-02-01", "2026-03-01", "2026-02-10"),
        ],
        columns=["deal_id", "field", "old", "new", "changed_at"],
    )
    changes["changed_at"] = pd.to_datetime(changes["changed_at"])
    process = Process.from_stages(["talk", "offer"])
    return from_frames(deals, log, changes, process=process, as_of="2026-06-30")


def test_counted_by_hand_at_month_ends() -> None:
    result = rule_quality(made(), "days_in_stage > 30", "talk", thresholds=[20, 30, 60])
    table = result.table.set_index("threshold")
    # d was closed before the first month end: never asked; h is open
    assert ("control.never_asked", 1) in result.scope.left_out
    assert ("still_open", 1) in result.scope.left_out
    assert set(table["deals"]) == {6}
    counts = table[["fired", "caught", "false_alarms", "missed"]]
    assert counts.loc[20].tolist() == [6, 3, 3, 0]  # everyone is seen on day 21
    assert counts.loc[30].tolist() == [3, 2, 1, 1]  # on day 49: a, b, e
    assert counts.loc[60].tolist() == [1, 1, 0, 2]  # on day 80: a
    assert table.loc[30, ["precision", "recall"]].tolist() == [2 / 3, 2 / 3]
    # Wilson of 2 / 3
    assert table.loc[30, "precision_low"] == pytest.approx(0.2077, abs=1e-4)
    assert table.loc[30, "own"]
    # a and b were first seen at the end of day 49: 41 and 11 days before their ends, less the
    # day itself: 40 and 10
    assert table.loc[30, "ahead_days"] == pytest.approx(25, abs=0.01)


def test_once_after_so_many_days() -> None:
    result = rule_quality(made(), "pushes >= 1", "talk", asked=40)
    # on 19 February a, b and e are there; a and e had been moved, b only later
    row = result.table.set_index("threshold").loc[1]
    assert row[["deals", "fired", "caught", "false_alarms", "missed"]].tolist() == [3, 2, 1, 1, 1]


def test_weeks_see_more_than_months() -> None:
    table = rule_quality(made(), "days_in_stage > 24", "talk", asked="week").table
    row = table[table["own"]].iloc[0]
    # 10 January is a Saturday: Sundays see days 1, 8, 15, 22, 29; d is seen too, silent
    # over day 24 come a, b, c, e, f (day 29), not g, closed on day 25
    assert row[["deals", "fired", "caught", "missed"]].tolist() == [7, 5, 3, 1]


def test_endings_can_be_chosen() -> None:
    table = rule_quality(made(), "days_in_stage > 30", outcome="no_decision").table
    assert table.loc[table["own"], ["caught", "missed"]].iloc[0].tolist() == [0, 1]


def test_columns_without_a_history_are_named() -> None:
    p = made(n_contacts=[1, 1, 2, 1, 2, 2, 2, 1])
    result = rule_quality(p, "n_contacts < 2")
    assert "No history is kept of n_contacts" in result.definition
    assert "No history" not in rule_quality(p, "days_in_stage > 30").definition
    row = result.table[result.table["own"]].iloc[0]
    assert row[["fired", "caught"]].tolist() == [2, 2]


def test_later_changes_do_not_look_back() -> None:
    p = made(amount=[9.0] * 8)
    fields = pd.DataFrame(
        [("a", "amount", "5", "9", pd.Timestamp("2026-04-05"))],
        columns=["deal_id", "field", "old", "new", "changed_at"],
    )
    deals, log = p.frame(), p.stage_history
    assert log is not None
    p = from_frames(deals, log.to_pandas(), fields, process=p.process, as_of="2026-06-30")
    table = rule_quality(p, "amount < 6", thresholds=[6]).table
    assert table[["fired", "caught"]].iloc[0].tolist() == [1, 1]


def test_no_number_no_thresholds() -> None:
    p = made(region=["x"] * 7 + [None])
    result = rule_quality(p, "region is empty")
    assert result.table["fired"].tolist() == [0]
    assert result.table["threshold"].isna().all()
    assert result.plot()
    with pytest.raises(FunnelkitError, match="no threshold to move"):
        rule_quality(p, "region is empty", thresholds=[1])


def test_refusals() -> None:
    p = made()
    for rule, more, words in (
        ("days_in_stge > 3", {}, '"days_in_stage"'),
        ("days in stage", {}, "is not a rule"),
        ("n_contacts < 2", {}, "needs contacts.deal_id or n_contacts"),
        ("days_in_stage > 3", {"stage": "tlk"}, '"talk"'),
        ("days_in_stage > 3", {"asked": 10}, "say which"),
        ("days_in_stage > 3", {"outcome": "lots"}, '"lost"'),
    ):
        with pytest.raises(FunnelkitError, match=words):
            rule_quality(p, rule, **more)  # type: ignore[arg-type]


def test_both_languages_and_picture() -> None:
    result = rule_quality(made(), "days_in_stage > 30", "talk")
    assert "caught 2 of 3 (67%) with 1 false alarm:" in result.summary()
    assert result.plot().alt == result.summary()
    with speaking("zh"):
        assert "误报 1 个" in result.summary()
        assert "查全率" in repr(result)


def test_a_rule_is_told_in_words_not_as_it_is_typed() -> None:
    result = rule_quality(made(), "days_in_stage > 30", "talk")
    for text in (result.summary(), result.definition):
        assert "Days since it came to its stage: more than 30" in text
        assert "days_in_stage" not in text
    rule = "amount <= 0.5 and owner is empty and push_count != 2"
    assert in_words(rule) == "Amount: up to 0.50, and Owner: empty, and Pushes: not 2"
    with speaking("zh"):
        assert in_words("days_in_stage > 30") == "进入当前阶段以来的天数超过 30"


def sellers() -> Pipeline:
    rows = []
    for month in range(1, 13):  # the old hand wins four a month, the new one 0, 1, 2, 3, 4 ...
        for k in range(4):
            rows.append(("Old", pd.Timestamp(2026, month, 5 + k)))
        for k in range(min(max(month - 6, 0), 4)):
            rows.append(("New", pd.Timestamp(2026, month, 10 + k)))
    deals = pd.DataFrame(rows, columns=["owner", "closed_at"])
    deals["deal_id"] = [f"d{k}" for k in range(len(deals))]
    deals["outcome"] = "won"
    reps = pd.DataFrame(
        {
            "rep_id": ["r1", "r2"], "name": ["Old", "New"], "region": "East",
            "start_date": [pd.Timestamp("2020-01-01"), pd.Timestamp("2026-06-01")],
        }
    )  # fmt: skip
    return from_frames(deals, as_of="2026-11-30", tables={"reps": reps})


def test_ramp_by_month_since_the_start() -> None:
    result = ramp_curve(sellers(), "New", full=4)
    table = result.table
    assert table["won"].tolist() == [0, 1, 2, 3, 4, 4]
    assert table["share"].tolist() == [0, 0.25, 0.5, 0.75, 1, 1]
    assert table["plan_share"].tolist() == [0, 0.25, 0.5, 0.75, 1, 1]
    # Garwood: 2 wins, 0.2422 to 7.2247
    assert table.loc[2, "low"] == pytest.approx(0.2422 / 4, abs=1e-4)
    assert table.loc[2, "high"] == pytest.approx(7.2247 / 4, abs=1e-4)
    assert "in line with the plan" in result.summary()
    assert table["whole"].tolist() == [True] * 5 + [False]
    assert result.plot().alt == result.summary()
    with speaking("zh"):
        assert "与计划相符" in result.summary()


def test_a_full_seller_is_found_in_the_data() -> None:
    result = ramp_curve(sellers(), "New")
    # 24 wins from June to November: 183 days, 6.012 months
    assert dict(result.options)["full"] == pytest.approx(24 / (183 / 30.4375), rel=1e-3)


def test_ramp_refusals() -> None:
    with pytest.raises(FunnelkitError, match='"New"'):
        ramp_curve(sellers(), "Neww")
    with pytest.raises(FunnelkitError, match="no full seller"):
        ramp_curve(sellers(), "Old")
