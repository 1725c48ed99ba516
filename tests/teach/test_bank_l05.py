"""L05: the printed numbers of the curriculum come out, the printed slips meet their hints."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

import funnelkit as fk
from funnelkit.teach.bank import exercise, exercises, whatif
from funnelkit.teach.bank.l05.totals import with_mean
from funnelkit.teach.check import judge
from funnelkit.teach.exercise import Case
from funnelkit.teach.practice import practice
from funnelkit.words import speaking

AMOUNTS = [3_000_000, 2_000_000, 1_500_000, 4_000_000, 1_000_000, 6_000_000]
CHANCES = [0.9, 0.75, 0.5, 0.25, 0.1, 0.15]


def given(id: str, **values: Any) -> Case:
    return replace(exercise(id), draw=lambda r: values).case(1)


def by_hand(limit: float) -> float:
    """Add up all 64 outcomes."""
    chance = 0.0
    for came in product((0, 1), repeat=6):
        weight = 1.0
        for p, y in zip(CHANCES, came, strict=True):
            weight *= p if y else 1 - p
        if sum(a * y for a, y in zip(AMOUNTS, came, strict=True)) >= limit:
            chance += weight
    return chance


def test_the_weighted_number_and_how_seldom_it_is_reached() -> None:
    case = given("L05.2", amounts=AMOUNTS, chances=CHANCES)
    assert case.right == pytest.approx(6_950_000)
    assert judge(case, "695万").state == "right"
    assert judge(case, "6.95m").state == "right"
    assert judge(case, 17_500_000).mistake == "all_of_it"
    reach = given("L05.3", **with_mean({"amounts": AMOUNTS, "chances": CHANCES}))
    assert reach.right == pytest.approx(by_hand(6_950_000))
    assert judge(reach, 0.370).state == "right"
    assert judge(reach, "50 %").mistake == "half"
    assert judge(reach, 0.63).mistake == "or_less"


def test_the_range_of_six_deals() -> None:
    case = given("L05.4", amounts=AMOUNTS, chances=CHANCES)
    assert case.right == pytest.approx([3e6, 6.5e6, 11e6])
    assert judge(case, [11e6, 6.5e6, 3e6]).mistake == "upside_down"
    assert judge(case, [3e6, 6.95e6, 11e6]).mistake == "mean_in_the_middle"


def test_three_lists_of_probabilities() -> None:
    case = given(
        "L05.5", open=[4_000_000, 2_000_000, 1_000_000], reached=[400, 200, 120], won=[66, 66, 66]
    )
    # .2 × 4 + .75 × 2 + .9; .25 × 4 + .65 × 2 + .8; .165 × 4 + .33 × 2 + .55
    assert case.right == pytest.approx([3.2e6, 3.1e6, 1.87e6])
    # steps .5, .6, .55
    assert judge(case, [3.2e6, 3.1e6, 3.75e6]).mistake == "one_step"
    assert judge(case, [3.2e6, 3.1e6, 7e6 * 0.165]).mistake == "one_rate"


def test_brier_of_ten_deals() -> None:
    stated = [0.9, 0.9, 0.75, 0.75, 0.5, 0.5, 0.25, 0.25, 0.1, 0.1]
    case = given("L05.6", stated=stated, came=[1, 0, 1, 0, 1, 0, 0, 0, 0, 0])
    assert case.right == pytest.approx([0.209, 0.21, 0.005], abs=5e-4)
    assert judge(case, [0.209, 0.21, 0.005]).state == "right"
    assert judge(case, [0.209, 0.25, 0.164]).mistake == "coin"
    assert judge(case, [2.09, 0.21, 0.005]).mistake == "not_divided"


def test_thirty_points_too_high_with_enough_deals_only() -> None:
    case = given(
        "L05.7", deals={"b1": 100, "b2": 10, "b3": 100, "b4": 100},
        won={"b1": 20, "b2": 3, "b3": 92, "b4": 60},
    )  # fmt: skip
    assert case.right == {"b1": "line", "b2": "line", "b3": "under", "b4": "over"}
    wrong = {"b1": "under", "b2": "over", "b3": "under", "b4": "over"}
    assert judge(case, wrong).state == "known_mistake"


def test_errors_of_four_quarters() -> None:
    case = given("L05.8", forecast=[10, 12, 9, 15], actual=[8, 12, 10, 12])
    assert case.right == pytest.approx([0.15, 0.1429, 0.0952], abs=5e-5)
    assert judge(case, ["15 %", "14.29 %", "9.52 %"]).state == "right"
    assert judge(case, [0.1429, 0.15, 0.0952]).mistake == "swapped"
    assert judge(case, [0.15, 0.1429, -0.0952]).mistake == "sign"


def test_coverage_to_go_and_needed() -> None:
    case = given(
        "L05.10", target=10_000_000, booked=4_000_000, open=15_000_000, win=0.2, inside=0.3
    )
    # 4 booked, 20 % of 15 and 30 % of 10 make 10: what is open is what is needed
    assert case.right == pytest.approx([2.5, 2.5])
    assert judge(case, [2.5, 3.5]).mistake == "two_bases"
    assert judge(case, [1.5, 2.5]).mistake == "naive"
    assert judge(case, [2.5, 5]).mistake == "one_over"
    assert judge(case, [2.5, 3]).mistake == "three"


def test_every_draw_can_be_answered() -> None:
    for seed in range(15):
        for e in exercises("L05"):
            if e.id != "L05.9":
                case = e.case(seed)
                assert judge(case, case.right).state == "right", (e.id, seed)
                plain = [
                    m for m in e.mistakes if judge(case, m.given(case)).state == "known_mistake"
                ]
                assert len(plain) >= min(2, len(e.mistakes)), (e.id, seed)


def test_the_what_ifs_answer() -> None:
    p = practice("firm", 1)
    for language, word in (("en", "weighted"), ("zh", "加权在途金额")):
        with speaking(language):
            six = whatif("L05", "deals")(p)
            assert word in six.render(six.start)
            assert "37%" in six.render(six.start)
            assert "32%" in six.render(six.start)
            ways = whatif("L05", "method")(p)
            answers = {ways.render({"method": k, "months": 3}) for k in range(1, 6)}
            assert len(answers) == 5


def test_the_what_if_says_what_the_forecast_of_the_same_quarter_says() -> None:
    p = fk.load("industrial")  # as of 30 June: three months are over on 30 September
    found = fk.forecast(p, "2026-09-30")
    said = whatif("L05", "method")(p).render({"method": 1, "months": 3})
    for value in (found.distribution.mean, found.distribution.quantile(0.1)):
        assert found.write(value) in said
