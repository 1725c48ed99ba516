"""L04: the printed numbers of the curriculum come out, the printed slips meet their hints."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from funnelkit.planning import creation_plan, decompose
from funnelkit.teach.bank import exercise, exercises, whatif
from funnelkit.teach.bank.l04 import next_target
from funnelkit.teach.check import judge
from funnelkit.teach.exercise import Case
from funnelkit.teach.practice import practice
from funnelkit.words import speaking

RATES = [0.55, 0.40, 0.50, 0.60, 0.55]


def given(id: str, **values: Any) -> Case:
    return replace(exercise(id), draw=lambda r: values).case(1)


def test_four_parts_sum_to_the_gap() -> None:
    case = given("L04.2", plan=[400, 0.25, 80_000, 0.9], came=[440, 0.2, 75_000, 0.85])
    # 7.2m planned; 7.92m, 6.336m, 5.94m, 5.61m step by step
    assert case.right == pytest.approx([720_000, -1_584_000, -396_000, -330_000])
    assert sum(case.right) == pytest.approx(5_610_000 - 7_200_000)
    assert judge(case, [720_000, -1_440_000, -450_000, -400_000]).mistake == "each_alone"
    assert judge(case, ["792万", "633.6万", "594万", "561万"]).mistake == "totals"


def test_leads_are_rounded_once() -> None:
    case = given("L04.4", target=60_000_000, value=400_000, rates=RATES)
    assert case.right == 4133
    assert judge(case, "4,133").state == "right"
    assert judge(case, 4132).mistake == "rounded_down"
    assert judge(case, 4137).mistake == "rounded_each"
    assert judge(case, 2273).mistake == "a_rate_short"


def test_days_ahead_are_the_printed_dates() -> None:
    case = given("L04.5", days=[5, 12, 24, 30, 20])
    end = dt.date(2026, 12, 31)
    dates = [(end - dt.timedelta(days=d)).strftime("%m-%d") for d in case.right]
    assert dates == ["10-01", "10-06", "10-18", "11-11", "12-11"]
    assert judge(case, [5, 12, 24, 30, 20]).mistake == "own_stay"
    assert judge(case, [86, 74, 50, 20, 0]).mistake == "without_own"


def test_a_fifth_of_the_wins_lands_next_year() -> None:
    case = given("L04.6", n=76, win=0.165, lag=[0.2, 0.4, 0.3, 0.1])
    assert case.right == pytest.approx([150.5, 121.6], abs=0.05)
    assert judge(case, [150.5, 150.5]).mistake == "no_delay"
    assert judge(case, [150.5, 125.4]).mistake == "ten_months"


def test_quarters_follow_the_mean_of_shares() -> None:
    case = given("L04.7", target=60_000_000, first=[6, 10, 10, 14], second=[9, 15, 12, 24])
    # shares .15 .25 .25 .35 and .15 .25 .20 .40
    assert case.right == pytest.approx([9e6, 15e6, 13.5e6, 22.5e6])
    assert judge(case, [9e6, 15e6, 12e6, 24e6]).mistake == "last_year"
    assert judge(case, [9e6, 15e6, 13.2e6, 22.8e6]).mistake == "pooled"
    assert judge(case, [15e6] * 4).mistake == "even"


def test_the_printed_months_and_regions_sum_to_sixty_million() -> None:
    index = [0.815, 0.435, 1.008, 0.912, 1.008, 1.104, 0.815, 0.815, 1.104, 1.008, 1.200, 1.777]
    months = decompose(60_000_000, {"month": dict(enumerate(index, 1))}, unit=100_000).table
    assert (months["amount"] / 1e6).tolist() == pytest.approx(
        [4.1, 2.2, 5.0, 4.6, 5.0, 5.5, 4.1, 4.1, 5.5, 5.0, 6.0, 8.9]
    )
    assert months["amount"].sum() == 60_000_000
    needs = creation_plan([3, 2, 5, 4, 5, 6, 4, 4, 6, 5, 7, 9], 0.4, 0.165, shift=2).table
    first = needs.loc[needs["month"] >= 1, "create_exact"].round(1).tolist()
    assert first == [75.8, 60.6, 75.8, 90.9, 60.6, 60.6, 90.9, 75.8, 106.1, 136.4]


def test_sellers_sum_to_the_target() -> None:
    case = given("L04.8", target=20_000_000, months=[12, 12, 12, 7.5, 4.5])
    # exact 50, 50, 50, 31.25, 18.75
    assert case.right == [5e6, 5e6, 5e6, 3.1e6, 1.9e6]
    for seed in range(15):
        drawn = exercise("L04.8").case(seed)
        assert sum(drawn.right) == drawn["target"]
        wrong = exercise("L04.8").mistakes[0].given(drawn)
        assert sum(wrong) != drawn["target"]
        assert judge(drawn, wrong).mistake == "rounded_alone"


def test_ramped_months_and_what_they_carry() -> None:
    case = given("L04.10", full=6, first=3, second=6)
    assert case.right == 84
    assert judge(case, 89).mistake == "heads"
    assert judge(case, 72).mistake == "nobody_new"
    one = given("L04.10", full=0, first=3, second=13)
    assert one.right == 7.5
    money = given("L04.11", months=84, each=850_000, share=0.8, target=60_000_000)
    assert money.right == pytest.approx(57_120_000)
    assert money.right < 60_000_000
    assert judge(money, "7140万").mistake == "all_reached"


def test_levels_come_from_outcomes() -> None:
    case = given("L04.12", draws=[100_000 * k for k in range(1, 21)])
    assert case.right == [500_000, 1_100_000, 1_700_000]
    assert judge(case, [1_700_000, 1_100_000, 500_000]).mistake == "upside_down"
    assert judge(case, [990_000, 1_100_000, 1_210_000]).mistake == "ten_percent"


def test_every_draw_can_be_answered() -> None:
    for seed in range(15):
        for e in exercises("L04"):
            case = e.case(seed)
            assert judge(case, case.right).state == "right", (e.id, seed)
            for m in e.mistakes:
                assert judge(case, m.given(case)).state == "known_mistake", (e.id, m.id, seed)


def test_the_what_ifs_answer_and_their_sums_hold() -> None:
    p = practice("firm", 1)
    target, until = next_target(p)
    assert target > 0
    assert until == dt.date(2027, 7, 1)
    for language, numbers in (("en", ("4,133", "60m")), ("zh", ("4,133", "6,000 万"))):
        with speaking(language):
            assert numbers[0] in whatif("L04", "backwards")(p).page()
            months = whatif("L04", "year")(p)
            assert numbers[1] in months.render(months.start)
            later = {**months.start, "month": 12}
            assert months.render(later) != months.render(months.start)
