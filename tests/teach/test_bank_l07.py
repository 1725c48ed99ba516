"""L07: the printed ramp comes out, printed slips meet their hints, the small model behaves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from funnelkit.teach.bank import exercise, l07
from funnelkit.teach.bank.l07.panels import play, rep_months
from funnelkit.teach.check import judge
from funnelkit.teach.exercise import Case
from funnelkit.teach.practice import practice


def given(id: str, seed: int = 1, **values: Any) -> Case:
    return replace(exercise(id), draw=lambda r: values).case(seed)


def test_eighty_four_full_seller_months() -> None:
    case = given("L07.9", full=6, first=3, second=6)
    assert case.right == [7.5, 84.0]  # 72 + 7.5 + 4.5
    assert judge(case, [10, 89]).mistake == "heads"
    assert judge(case, [8.5, 86]).mistake == "a_month_early"  # 72 + 8.5 + 5.5
    assert judge(case, [7.5, 12]).mistake == "only_new"


def test_the_panel_of_the_ramp_says_the_same() -> None:
    assert rep_months(3, 4) == 7.5  # 0 .25 .5 .75 and six whole months
    assert rep_months(6, 4) == 4.5
    assert "7.5" in l07.WHATIFS["ramp"](None).render({"start": 3, "months": 4})


def test_a_week_by_hand() -> None:
    # 6 wins of 12 offers of 24 needs of 60 contacts; 5 x 1 + 2 x 4 + 1 x 8 hours
    case = given("L07.3", wins=6, won=0.5, offered=0.5, needed=0.4)
    assert case.right == pytest.approx([5, 2, 1, 21])
    assert judge(case, [60, 24, 12, 252]).mistake == "a_quarter"
    assert judge(case, [5, 2, 1, 8]).mistake == "one_hour"


def test_a_week_has_forty_hours() -> None:
    case = exercise("L07.4").case(1)
    good = {"new": "10", "late": "12", "customers": "8", "inside": "10"}
    assert judge(case, good).state == "right"
    assert judge(case, good | {"inside": "11"}).state == "known_mistake"
    assert judge(case, good | {"new": "9"}).state == "known_mistake"


def test_three_of_six_have_a_focus_and_two_too_few() -> None:
    for seed in range(8):
        case = exercise("L07.5").case(seed)
        assert sorted(case.right.values()) == [
            "few",
            "few",
            "need",
            "negotiation",
            "none",
            "proposal",
        ]
        assert judge(case, case.right).state == "right"


def test_the_middle_wait_and_not_the_mean() -> None:
    waits = pd.DataFrame(
        [("seller", "presales", d) for d in (7, 8, 9)]
        + [("contracts", "seller", d) for d in (1, 2, 60)]
        + [("seller", "delivery", 2)] * 5,
        columns=["giver", "taker", "days"],
    )
    case = given("L07.11", waits=waits)
    assert case.right == "seller>presales"
    assert judge(case, "contracts>seller").mistake == "one_case"
    assert judge(case, "seller>delivery").mistake == "most_often"


def test_the_review_begins_with_the_largest_past_its_limit() -> None:
    page = pd.DataFrame(
        [
            ("D1", "need", 300, 30, 60),
            ("D2", "need", 100, 61, 60),
            ("D3", "negotiation", 120, 55, 50),
            ("D4", "proposal", 60, 74, 75),
        ],
        columns=["deal", "stage", "amount", "days", "limit"],
    )
    case = given("L07.12", page=page)
    assert case.right == "D3"
    assert judge(case, "D1").mistake == "largest"
    assert judge(case, "D4").mistake == "oldest"


def test_every_page_tells_the_three_ways_apart() -> None:
    for seed in range(10):
        case = exercise("L07.12").case(seed)
        page = case["page"]
        assert (page["days"] > page["limit"]).sum() == 3
        largest = page.sort_values("amount")["deal"].iloc[-1]
        oldest = page.sort_values("days")["deal"].iloc[-1]
        assert len({case.right, largest, oldest}) == 3


def test_hours_taken_from_opening_are_missed_later() -> None:
    # 50 hours open eight deals and work seven, half of which are won; printed: 81.5 and 49.4
    steady = play(0.5, 0.0)
    assert len(steady) == 24
    assert sum(steady[6:]) / 18 == pytest.approx(3.5, abs=0.15)
    assert sum(steady) == pytest.approx(81.5, rel=0.04)
    assert sum(play(0.5, 0.6)) == pytest.approx(49.4, rel=0.06)  # a fifth of the hours is left
    assert min(play(0.5, 1.0)) < 1.5


def test_few_deals_give_no_verdict() -> None:
    p = practice("firm", 1)
    panel = l07.WHATIFS["smallest"](p)
    assert panel.render({"least": 5}) != panel.render({"least": 60})
    assert "<td>12</td>" in panel.render({"least": 10_000})
    table = l07.focus_table(p, 10_000)
    assert len(table) == 12
    assert set(table.iloc[:, 0]) == {"–"}


def test_the_new_seller_of_the_practice_team_began_a_year_before_the_end() -> None:
    ramp = l07.newcomer()
    assert len(ramp.table) == 12
    assert ramp.table["plan_share"].tolist()[:5] == [0, 0.25, 0.5, 0.75, 1.0]
