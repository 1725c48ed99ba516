"""L03: the printed numbers of the curriculum come out, the printed slips meet their hints."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from funnelkit.stats import wilson
from funnelkit.teach.bank import exercise, whatif
from funnelkit.teach.check import judge
from funnelkit.teach.exercise import Case
from funnelkit.teach.practice import practice


def given(id: str, **values: Any) -> Case:
    return replace(exercise(id), draw=lambda r: values).case(1)


def test_skips_do_not_break_the_chain() -> None:
    case = given("L03.2", n=100, neat=60, jumped=30, onward=24, won=27)
    assert case.right == pytest.approx([0.90, 0.60, 0.50, 0.27])
    assert judge(case, ["90 %", 0.6, 0.5, "27%"]).state == "right"
    assert judge(case, [0.60, 0.40, 0.50, 0.12]).mistake == "chain"
    assert judge(case, [0.90, 0.60, 0.50, 0.12]).mistake == "chain_at_the_end"


def test_the_mean_stay_is_not_the_stay_of_won_deals() -> None:
    case = given("L03.5", n=100, lost=80, won=20, long=100, short=20)
    assert case.right == [84, 20]
    assert judge(case, [60, 20]).mistake == "half_way"
    assert judge(case, [84, 84]).mistake == "one_number"


def test_velocity_and_a_shorter_cycle() -> None:
    case = given("L03.6", n=120, win=0.25, value=80_000, days=75)
    assert case.right == pytest.approx(32_000)
    assert judge(case, "3.2万").state == "right"
    assert judge(case, 128_000).mistake == "all_won"
    cut = given("L03.7", cut=0.1)
    assert cut.right == pytest.approx(0.1111, abs=5e-5)
    assert judge(cut, "10 %").mistake == "the_same"
    assert judge(cut, "11.11 %").state == "right"


def test_the_middle_deal_and_not_the_mean() -> None:
    days = {
        "contact": [1, 2, 3],
        "need": [20, 21, 22],
        "proposal": [1, 2, 300],
        "negotiation": [4] * 9,
    }
    case = given("L03.4", days=days)
    assert case.right == "need"
    assert judge(case, "proposal").mistake == "mean"
    assert judge(case, "negotiation").mistake == "busy"


def test_targets_follow_all_eight_quarters() -> None:
    case = given("L03.8", entered=[40] * 8, on=[20] * 8)
    low, high = wilson(160, 320)
    assert case.right == pytest.approx([float(low), 0.5, float(high)], abs=0.002)
    assert judge(case, [0.444, 0.5, 0.556]).state == "right"  # 2 x sqrt(.25 / 320) = .0559


def test_a_plan_is_inside_its_intervals_and_carries_forty_wins() -> None:
    case = given("L03.9")
    good = {
        "contact": "55%",
        "need": "42 %",
        "proposal": "52%",
        "negotiation": "61%",
        "close": ".56",
    }
    assert judge(case, good).state == "right"  # .55 x .42 x .52 x .61 x .56 = .04103
    assert judge(case, good | {"close": "0.70"}).state == "known_mistake"


def test_whatifs_answer() -> None:
    p = practice("firm", 1)
    panel = whatif("L03", "speed")(p)
    assert "11.1%" in panel.render({"n": 0, "win": 0, "value": 0, "days": -0.1})
    assert "46.4%" in panel.render({"n": 0.1, "win": 0.1, "value": 0.1, "days": -0.0909090909})
    rules = whatif("L03", "counting")(p)
    assert len({rules.render({"rule": k}) for k, _ in rules.controls[0].options}) == 5
