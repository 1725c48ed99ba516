"""L11: worked numbers by hand, planted facts found, the two votes both kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from funnelkit.simulation.datasets import truth_of
from funnelkit.teach.bank import exercise, whatif
from funnelkit.teach.bank.l11 import board_b, company_a, evidence
from funnelkit.teach.check import check, judge
from funnelkit.teach.exercise import Case
from funnelkit.teach.learner.progress import Progress
from funnelkit.words import speaking


def given(id: str, **values: Any) -> Case:
    return replace(exercise(id), draw=lambda r: values).case(1)


def test_the_control_group_is_taken_off() -> None:
    # pilot 30 of 100 -> 54 of 100, others 64 of 200 -> 76 of 200: 24 - 6 = 18 points
    case = given("L11.3", n=100, m=200, a0=30, a1=54, b0=64, b1=76)
    assert case.right == pytest.approx(0.18)
    assert judge(case, "18 %").state == "right"
    assert judge(case, 0.24).mistake == "before_after"
    assert judge(case, 0.16).mistake == "after_only"
    assert judge(case, 0.30).mistake == "sum"


def test_what_the_change_earned() -> None:
    # 200 x 0.2 = 40 more in negotiation, 20 won, 1.6 m turnover, 640 k margin, 520 k after cost
    case = given(
        "L11.5", n=200, lift=0.2, seen=0.3, win=0.5, value=80_000, margin=0.4, cost=120_000
    )
    assert case.right == pytest.approx(520_000)
    assert judge(case, "52万").state == "right"
    assert judge(case, 1_480_000).mistake == "turnover"
    assert judge(case, 1_160_000).mistake == "all_won"
    assert judge(case, 840_000).mistake == "before_after"
    assert judge(case, 640_000).mistake == "no_cost"


def test_what_waiting_cost() -> None:
    # 40 x 0.25 = 10 proposals fewer a month, 3 wins, 240 k; five months
    case = given("L11.8", n=40, usual=0.45, now=0.20, rest=0.3, value=80_000, months=5, hidden=3)
    assert case.right == pytest.approx(1_200_000)
    assert judge(case, 3_840_000).mistake == "all_stopped"
    assert judge(case, 4_000_000).mistake == "all_won"
    assert judge(case, 1_920_000).mistake == "from_the_start"


@pytest.mark.parametrize(("language", "suffix"), [("en", ""), ("zh", "-zh")])
def test_what_was_planted_is_what_is_found(language: str, suffix: str) -> None:
    planted = truth_of(f"success{suffix}").planted[0]
    fall = truth_of(f"failure{suffix}").planted[0]
    with speaking(language):
        assert exercise("L11.2").case(1).right == planted["strength"]["stage_id"]
        inside = company_a().deals.filter(company_a().deals.group == "pilot")
        regions = set(inside.region.to_pandas().unique())
        assert regions == set(planted["where"]["region"])
        seen = exercise("L11.7").case(1).right
        assert fall["since"] < seen < "2026-01"
        assert len(board_b()) == 4
        assert len(evidence()) == 6


def test_both_votes_are_kept() -> None:
    progress = Progress(None, 1, [])
    first = {"vote": "keep", "reason": "wins", "number": "fewer than 10 wins"}
    second = {
        "vote": "b", "evidence": "e2 e4", "action": "look at the deals", "owner": "sales head",
        "by": "2026-01-12", "shown": "4 of 10 go on again in March",
    }  # fmt: skip
    assert check("L11.1", first, progress=progress).state == "right"
    assert check("L11.10", second, progress=progress).state == "right"
    assert [e["exercise"] for e in progress.of("answer")] == ["L11.1", "L11.10"]


def test_acting_earlier_loses_less() -> None:
    panel = whatif("L11", "act")(None)
    early, late = (panel.render({"month": m, "back": 0.8}) for m in (1, 11))
    assert "2025-06" in early
    assert "2026-04" in late
