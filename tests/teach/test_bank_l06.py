"""L06: the printed numbers of the curriculum come out, the printed slips meet their hints."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from funnelkit.data.pipeline import from_frames
from funnelkit.measures import movement
from funnelkit.stats import kitagawa
from funnelkit.teach.bank import exercise, l06
from funnelkit.teach.bank.l06.alarms import open_deals
from funnelkit.teach.bank.l06.fault import _rates
from funnelkit.teach.check import judge
from funnelkit.teach.exercise import Case
from funnelkit.teach.practice import practice


def given(id: str, seed: int = 1, **values: Any) -> Case:
    return replace(exercise(id), draw=lambda r: values).case(seed)


def test_both_sources_fall_and_the_total_rises() -> None:
    case = given("L06.10", before=[(60, 150), (42, 350)], after=[(126, 350), (15, 150)])
    assert case.right == pytest.approx([-0.030, 0.108], abs=5e-4)
    assert judge(case, ["-3.0%", "10.8 %"]).state == "right"
    assert judge(case, [0.108, -0.03]).mistake == "swapped"
    assert judge(case, [0.078, 0]).mistake == "total_only"
    split = kitagawa([150, 350], [60, 42], [350, 150], [126, 15])
    assert case.right == pytest.approx([split.rate_effect, split.mix_effect])


def test_every_drawn_pair_of_sources_turns_around() -> None:
    for seed in range(12):
        case = exercise("L06.10").case(seed)
        (k0, n0), (k1, n1) = case["before"]
        (m0, o0), (m1, o1) = case["after"]
        assert m0 / o0 < k0 / n0
        assert m1 / o1 < k1 / n1
        assert (m0 + m1) / (o0 + o1) > (k0 + k1) / (n0 + n1)


def test_twelve_equal_sellers() -> None:
    case = given("L06.11", sellers=12)
    assert case.right == pytest.approx(0.46, abs=5e-4)
    assert judge(case, "46 %").state == "right"
    assert judge(case, "60%").mistake == "added"
    assert judge(case, "54 %").mistake == "nobody"
    assert judge(case, "5 %").mistake == "one"


def test_a_quarter_by_hand_and_by_the_measure() -> None:
    fates = pd.DataFrame(
        [
            ("D1", 100, "2026-08-20", "", "won"),
            ("D2", 110, "2026-09-12", "2026-11-20", "open"),
            ("D3", 120, "", "2026-09-18", "open"),
            ("D4", 130, "2026-09-30", "", "lost"),
            ("D5", 140, "2026-09-25", "2026-09-25", "open"),
            ("D6", 150, "2026-11-05", "2026-09-15", "open"),
            ("D7", 160, "2026-08-31", "", "no_decision"),
            ("D8", 170, "2026-12-10", "2026-12-10", "open"),
        ],
        columns=["deal", "amount", "due_then", "due_now", "now"],
    )
    case = given("L06.2", deals=fates)
    assert case.right == [120, 150, 100, 290, 110]
    assert judge(case, [120, 150, 100, 400, 0]).mistake == "slipped_as_lost"
    assert judge(case, [270, 0, 100, 290, 110]).mistake == "pulled_as_new"
    assert judge(case, [120, 150, 100, 130, 110]).mistake == "forgot_no_decision"
    ended = fates["now"] != "open"
    due = fates["due_now"].where(fates["due_now"] != "", fates["due_then"])
    deals = pd.DataFrame(
        {
            "deal_id": fates["deal"],
            "amount": fates["amount"].astype(float),
            "currency": "CNY",
            "created_at": pd.Timestamp("2026-05-04"),
            "expected_close": pd.to_datetime(due),
            "outcome": fates["now"],
            "closed_at": pd.to_datetime(
                fates["now"].map(lambda o: None if o == "open" else "2026-08-20")
            ),
        }
    )
    deals.loc[fates["due_then"] == "", "created_at"] = pd.Timestamp("2026-07-15")
    pushed = fates[(fates["due_then"] != fates["due_now"]) & ~ended & (fates["due_then"] != "")]
    log = pd.DataFrame(
        {
            "deal_id": pushed["deal"],
            "field": "expected_close",
            "old": pushed["due_then"],
            "new": pushed["due_now"],
            "changed_at": pd.Timestamp("2026-08-03"),
            "seq": 0,
        }
    )
    p = from_frames(deals, field_history=log, as_of="2026-08-31")
    steps = movement(p, "2026-06-30", "2026-08-31", due=("2026-07-01", "2026-10-01"))
    assert steps.amount("new") == 120
    assert steps.amount("pulled_in") + steps.amount("pushed_in") == 150
    assert steps.amount("won") == -100
    assert steps.amount("lost") + steps.amount("no_decision") == -290
    assert steps.amount("pushed_out") == -110


def test_alarms_counted_by_hand() -> None:
    case = given(
        "L06.5", limit=40, days=[41, 40, 60, 10, 39], ends=["lost", "lost", "on", "on", "lost"]
    )
    assert case.right == [1, 1, 2]
    assert judge(case, [2, 1, 1]).mistake == "on_the_limit"
    assert judge(case, [2, 0, 2]).mistake == "all_caught"


def test_the_limit_that_pays() -> None:
    # worth 3 h: 120-100, 108-72, 90-48, 66-31, 36-15
    caught, false = [40, 36, 30, 22, 12], [60, 36, 18, 9, 3]
    case = given("L06.6", gain=3, caught=caught, false=false)
    assert case.right == 40
    assert judge(case, 20).mistake == "most_caught"
    assert judge(case, 60).mistake == "fewest_false"


def test_a_rule_selects_offers_that_are_old_and_silent() -> None:
    case = exercise("L06.7").case(5)
    frame = open_deals(case)
    wanted = {
        r.deal_id
        for r in frame.itertuples()
        if r.stage == "proposal"
        and r.days_in_stage > case["days"]
        and r.days_since_buyer_step > case["silent"]
    }
    assert exercise("L06.7").kind.read(case.right, case) == wanted
    assert len(wanted) >= 3


def test_the_planted_fault_is_where_the_table_shows_it() -> None:
    for seed in (1, 2, 3):
        case = exercise("L06.8").case(seed)
        rates = _rates(case)
        offers = rates[rates["stage"] == "proposal"].set_index("region")
        share = offers["went"] / offers["came"]
        assert f"{share.idxmin()}|proposal" == case.right
        assert share.nsmallest(2).iloc[1] - share.min() > 0.1
        month = exercise("L06.9").case(seed)
        assert month.right == "2025-07"  # the thirteenth month of a plan from July 2024
        assert judge(month, "2025-08").state == "right"
        assert judge(month, "2025-10").state != "right"


def test_whatifs_answer() -> None:
    p = practice("firm", 1)
    assert "46%" in l06.WHATIFS["luck"](p).render({"sellers": 12, "each": 0.05})
    panel = l06.WHATIFS["threshold"](p)
    assert panel.render({"limit": 10}) != panel.render({"limit": 90})


def test_periods_follow_the_data() -> None:
    p = practice("firm", 1)  # ends on 30 June 2026
    assert l06.last_quarter(p) == ("2026-03-31", "2026-06-30")
    assert l06.two_years(p)[1] == ("2025-07-01", "2026-07-01")


def test_too_few_months_show_a_practice_firm() -> None:
    chart = l06.months(practice("firm", 1).at("2024-08-31"))
    assert chart.of == "lead"
    assert len(chart.table) > 12
