"""L09: printed and hand-worked answers, the rule table, and the rival that was planted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from funnelkit.planning import position_strategy
from funnelkit.teach.bank import exercises
from funnelkit.teach.bank.l09 import bid, offers, two_plans, with_rivals
from funnelkit.teach.bank.l09.rivals import SIX, decided, new_rival
from funnelkit.teach.check import judge
from funnelkit.teach.exercise import Case
from funnelkit.words import speaking

ALL = {e.id: e for e in exercises("L09")}


def asked(id: str, **values: Any) -> Case:
    return replace(ALL[id], draw=lambda r: values).case(1)


def mistake(case: Case, answer: Any) -> str:
    found = judge(case, answer)
    assert found.state == "known_mistake", found
    return found.mistake


def test_the_printed_expected_value() -> None:
    case = asked("L09.3", chance=0.25, margin=1_200_000, cost=80_000)
    assert case.right == pytest.approx(220_000)
    assert judge(case, "220k").state == "right"
    assert judge(case, "22万").state == "right"
    assert mistake(case, 300_000) == "no_cost"
    assert mistake(case, 280_000) == "cost_if_won"
    assert mistake(case, 1_120_000) == "as_if_won"


def test_the_printed_break_even() -> None:
    case = asked("L09.4", chance=0.25, margin=1_200_000, cost=80_000)
    assert judge(case, "6.7 %").state == "right"
    assert mistake(case, 80 / 1120) == "net"
    assert mistake(case, 80 / 300) == "with_chance"


def test_the_printed_portfolio() -> None:
    # five at 50 %: 2.5 wins for 200,000; twenty at 12 %: 2.4 wins for 800,000
    case = asked("L09.5", bids=[5, 20], rates=[0.5, 0.12], cost=40_000)
    assert judge(case, [80_000, 333_333]).state == "right"
    assert mistake(case, [200_000, 800_000]) == "whole"
    assert mistake(case, [40_000, 40_000]) == "a_bid"
    assert two_plans()["bids"].tolist() == [5, 20]


#: What each card says, read apart from its answer: the fields of the rule table.
_SAID: dict[str, dict[str, Any]] = {
    "o01": {"strength": "superior"},
    "o02": {"strength": "superior"},
    "o03": {"strength": "equal", "unaddressed_need": True, "rules": "can_change", "time": "yes"},
    "o04": {"strength": "weaker", "unaddressed_need": True, "rules": "can_change", "time": "yes"},
    "o05": {"strength": "weaker", "strong_in_part": True, "splittable": True},
    "o06": {"strength": "weaker", "strong_in_part": True, "splittable": True},
    "o07": {"strength": "equal", "incumbent_attacked": True, "rules": "yes", "time": "delay_helps"},
    "o08": {"strength": "equal", "incumbent_attacked": True, "rules": "yes", "time": "delay_helps"},
    "o09": {"strength": "no_way", "strategic": True, "time": "delay_helps"},
    "o10": {"strength": "no_way", "strategic": True, "time": "delay_helps"},
    "o11": {"strength": "weaker"},
    "o12": {"strength": "weaker"},
}


@pytest.mark.parametrize(("id", "strategy"), ALL["L09.6"].case(1).right.items())
def test_every_opening_follows_from_the_rule_table(id: str, strategy: str) -> None:
    assert position_strategy(**_SAID[id]).strategy == strategy


def test_two_openings_a_strategy() -> None:
    found = list(ALL["L09.6"].case(1).right.values())
    assert {found.count(s) for s in found} == {2}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_planted_rival_is_the_one_met_most_and_lost_to(seed: int) -> None:
    case = ALL["L09.7"].case(seed)
    late = decided(case.p).query("late").groupby("cell")["won"].agg(["size", "mean"])
    assert late["size"].idxmax() == case.right == new_rival(case)
    assert late.loc[late["size"] >= 8, "mean"].idxmin() == case.right


def test_the_quarter_planted_or_the_one_after() -> None:
    case = ALL["L09.8"].case(2)
    assert case.right == "2025-Q3"
    assert judge(case, "2025-Q4").state == "right"
    assert judge(case, "2026-Q1").state == "wrong"
    assert mistake(case, "2025-Q2") == "before"


def test_six_cells_by_the_stated_rule() -> None:
    # Fisher's exact test by hand-held tables, Holm's factor 6 down to 1 in order of the values
    from scipy.stats import fisher_exact

    cells = {f"c{k}": cell for k, cell in enumerate(SIX, 1)}
    right = ALL["L09.9"].case(1).right
    raw = {
        id: fisher_exact([[a, n - a], [b, m - b]])[1] for id, ((a, n), (b, m)) in cells.items()
    }  # fmt: skip
    largest = 0.0
    for place, id in enumerate(sorted(raw, key=lambda i: raw[i])):
        largest = max(largest, raw[id] * (6 - place))
        (a, n), (b, m) = cells[id]
        verdict = right[id]
        grey = min(n, m) < 8
        assert verdict == ("too_little" if grey else "change" if largest <= 0.05 else "keep"), id
        assert 0 <= a <= n
        assert 0 <= b <= m


def test_a_strategy_is_picked_in_both_languages() -> None:
    case = ALL["L09.10"].case(1)
    for name in ("Flanking", "侧翼进攻", "frontal", "培育/缓兵", "Develop or contain", "放弃"):
        assert judge(case, case.right | {"strategy": name}).state == "right", name
    assert judge(case, case.right | {"strategy": "Work harder"}).mistake == "fault_strategy"


def test_every_draw_can_be_answered() -> None:
    for seed in range(40):
        for id in ("L09.3", "L09.4", "L09.5"):
            case = ALL[id].case(seed)
            assert judge(case, case.right).state == "right", (id, seed)
            for known in ALL[id].mistakes:
                assert mistake(case, known.given(case)) == known.id, (id, seed)


def test_what_the_lesson_calls() -> None:
    p = ALL["L09.7"].case(1).p
    assert with_rivals(p) is p
    assert 0 < offers(p)["won"] < offers(p)["deals"] == len(decided(p))
    with speaking("en"):
        made = bid(p)
        shown = made.render({"chance": 0.25, "margin": 1200, "cost": 80})
        assert "220k" in shown
        assert "6.7%" in shown
        assert made.render({**made.start, "cost": 0})


def test_data_without_rivals_are_replaced_by_practice_data() -> None:
    import funnelkit as fk

    tiny = fk.load("tiny")
    found = with_rivals(tiny)
    assert found is tiny or "competitor" in found.attributes
