"""L08: printed and hand-worked answers, and the misconceptions they are mistaken for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from funnelkit.teach.bank import exercises
from funnelkit.teach.bank.l08 import last_year, next_target, service, weights
from funnelkit.teach.check import judge
from funnelkit.teach.exercise import Case
from funnelkit.words import speaking

ALL = {e.id: e for e in exercises("L08")}


def asked(id: str, **values: Any) -> Case:
    return replace(ALL[id], draw=lambda r: values).case(1)


def mistake(case: Case, answer: Any) -> str:
    found = judge(case, answer)
    assert found.state == "known_mistake", found
    return found.mistake


def test_penetration_is_of_money_not_of_heads() -> None:
    # 200 x 40 = 8,000; 50 x 100 = 5,000; 100 x 60 = 6,000; 300 x 50 = 15,000
    case = asked(
        "L08.3", prospects=[200, 50, 100, 300], spend=[40, 100, 60, 50],
        customers=[100, 30, 20, 150], sales=[2000, 1000, 1500, 1500],
    )  # fmt: skip
    assert case.right == [0.25, 0.2, 0.25, 0.1]
    assert judge(case, "25% 20% 25% 10%").state == "right"
    assert mistake(case, [0.5, 0.6, 0.2, 0.5]) == "heads"
    assert mistake(case, [1 / 3, 1 / 6, 0.25, 0.25]) == "own_mix"


def test_the_grid_by_hand() -> None:
    # all four markets: 400 -> 440, 10 %
    case = asked(
        "L08.4", before=[100, 100, 100, 100], after=[120, 115, 103, 102],
        own=[30, 8, 24, 5], rival=[20, 16, 20, 10],
    )  # fmt: skip
    right = {"north": "star", "east": "question", "south": "cash", "west": "weak"}
    assert case.right == right
    assert mistake(case, {**right, "east": "cash", "south": "question"}) == "swapped"


def test_the_printed_allocation_adds_up_exactly() -> None:
    case = asked("L08.5", total=60, history=[12, 13, 3.6, 6.4], potential=[40, 26, 18, 16])
    assert case.right == [22.29, 18.94, 8.49, 10.28]
    assert judge(case, [22.29, 18.94, 8.48, 10.29]).state == "right"
    assert mistake(case, [22.29, 18.94, 8.49, 10.29]) == "rounded_alone"
    assert mistake(case, [20.57, 22.29, 6.17, 10.97]) == "history_only"
    assert mistake(case, [24, 15.6, 10.8, 9.6]) == "potential_only"


def test_the_printed_customers_under_both_rules() -> None:
    case = asked("L08.6", amounts=[60, 900, 25, 520, 110, 15, 300, 80, 150, 40])
    # sum 2,200: before the fifth 85 %, before the sixth 90 %, before the seventh 93.6 %
    assert case.right == [4, 3, 3]
    # 80 % of the sales are crossed by the fourth customer: 78.2 % -> 85 %
    assert mistake(case, [3, 3, 4]) == "strict"
    assert mistake(case, [8, 2, 0]) == "heads"


def test_the_printed_service_plan() -> None:
    case = asked("L08.7", a=20, b=60, c=200, va=24, vb=12, vc=4, year=1000)
    assert case.right == pytest.approx(1.84)
    assert mistake(case, 1840) == "hours"
    assert mistake(case, 2) == "visits"  # each visit taken for an hour: 2,000
    assert mistake(case, 0.72) == "only_a"


def test_the_rule_takes_the_limit_of_potential_and_leaves_the_half() -> None:
    case = ALL["L08.8"].case(1)
    cut = case["cut"]
    assert judge(case, f"wallet_share<0.5 and potential>={cut}").state == "right"
    assert judge(case, f"potential > {cut} and wallet_share < 0.5").state != "right"
    assert judge(case, f"potential >= {cut} and wallet_share <= 0.5").state != "right"
    assert mistake(case, f"potential >= {cut}") == "potential_only"


@pytest.mark.parametrize(
    ("discount", "margin", "needed"), [(0.1, 0.7, 1 / 6), (0.1, 0.4, 1 / 3), (0.2, 0.4, 1.0)]
)
def test_the_printed_discounts(discount: float, margin: float, needed: float) -> None:
    case = asked("L08.9", discount=discount, margin=margin)
    assert case.right == pytest.approx(needed)
    assert judge(case, f"{100 * needed:.1f} %").state == "right"
    assert mistake(case, discount) == "same"


def test_every_draw_can_be_answered_and_tells_the_rules_apart() -> None:
    for seed in range(40):
        for id, e in ALL.items():
            case = e.case(seed)
            assert judge(case, case.right).state == "right", (id, seed)
        assert mistake(
            ALL["L08.6"].case(seed), ALL["L08.6"].mistakes[0].given(ALL["L08.6"].case(seed))
        )
        parts = ALL["L08.5"].case(seed)
        assert sum(parts.right) == pytest.approx(parts["total"], abs=1e-9)
        assert mistake(parts, ALL["L08.5"].mistakes[0].given(parts)) == "rounded_alone"
        assert sorted(set(ALL["L08.4"].case(seed).right.values())) == [
            "cash",
            "question",
            "star",
            "weak",
        ]


def test_what_ifs_answer_and_their_targets_add_up() -> None:
    p = ALL["L08.1"].case(1).p
    total, frame = next_target(_territories(p))
    assert total == pytest.approx(1.1 * frame["history"].sum(), abs=500)
    for language, word in (("en", "Persons"), ("zh", "人数")):
        with speaking(language):
            first = weights(p)
            assert first.render({"weight": 0, "growth": 0}) != first.render(
                {"weight": 1, "growth": 0}
            )
            asked_for = service(p)
            assert word in asked_for.render(asked_for.start)
            assert asked_for.render({**asked_for.start, "a": 48}) != asked_for.render(
                asked_for.start
            )


def _territories(p: Any) -> Any:
    from funnelkit.planning import territories

    full, since = last_year(p)
    return territories(p=full, since=since)
