"""L02: evidence and activity, weak criteria, a dirty export whose defects were put in by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from funnelkit.teach.bank import exercise, whatif
from funnelkit.teach.bank.l02 import example_findings
from funnelkit.teach.check import judge
from funnelkit.teach.exercise import Case
from funnelkit.words import speaking


def given(id: str, **values: Any) -> Case:
    return replace(exercise(id), draw=lambda r: values).case(1)


def row(id: str, **other: str) -> dict[str, str]:
    plain = {
        "deal_id": id, "account": "A", "stage": "need", "outcome": "open",
        "created_at": "2026-02-10", "closed_at": "", "amount": "50000",
    }  # fmt: skip
    return plain | other


ROWS = [
    row("D-1"),  # 1
    row("D-2", outcome="lost"),  # 2: no closing date
    row("D-3", stage="offer is out"),  # 3
    row("D-1"),  # 4: the same as row 1
    row(""),  # 5
    row("D-5", amount="ask Su"),  # 6
    row("D-6", outcome="won", closed_at="2025-11-20"),  # 7: before it was created
]
KINDS = exercise("L02.7").case(1)["kinds"]


def test_the_defects_of_an_export_are_found_by_row() -> None:
    case = given("L02.7", rows=ROWS, kinds=KINDS)
    assert case.right == [4, 7, 3, 6, 5, 2]
    assert judge(case, [5, 8, 4, 7, 6, 3]).mistake == "header_counted"
    assert judge(case, [1, 7, 3, 6, 5, 2]).mistake == "first_copy"
    assert judge(case, [4, 2, 3, 6, 5, 7]).mistake == "dates_swapped"


def test_every_learner_finds_six_different_rows() -> None:
    for seed in range(1, 9):
        right = exercise("L02.7").case(seed).right
        assert len(set(right)) == 6
        assert min(right) >= 1
        assert max(right) <= 12


def test_a_shipped_probability_expects_too_much() -> None:
    case = given("L02.8", closed=100, won=33, open=100, default=0.75)
    assert case.right == pytest.approx(42)  # 75 - 33
    assert judge(case, 75).mistake == "shipped"
    assert judge(case, 33).mistake == "own"


def test_sent_by_us_is_an_activity_and_answered_by_the_buyer_is_evidence() -> None:
    case = given("L02.4")
    assert case.right["c01"] == "activity"
    assert case.right["c02"] == "evidence"
    assert sorted(case.right.values()) == ["activity"] * 5 + ["evidence"] * 5
    assert judge(case, case.right | {"c01": "evidence"}).state == "known_mistake"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, None),
        ({"exit": "confirmed the need summary in writing, with figures"}, None),
        ({"exit": "书面确认了需求摘要", "who": "客户方的采购或法务"}, None),
        ({"who": "我方"}, "客户做了哪件"),
        ({"sure": "会：这是一种印象"}, "各人理解不同"),
        ({"kept": "目前没有"}, "档案里留下什么"),
    ],
)
def test_a_standard_names_who_acts_and_what_is_on_file(
    change: dict[str, str], fault: str | None
) -> None:
    with speaking("zh"):
        case = given("L02.6")
        found = judge(case, case.right | change)
    assert (found.state == "right") == (fault is None)
    assert fault is None or fault in found.message


def test_the_example_export_has_three_defects() -> None:
    reasons = example_findings().reasons
    assert reasons["impossible_date"] == 1
    assert reasons["negative_amount"] == 1
    assert reasons["open_with_close_date"] == 1


def test_the_variants_have_six_eight_and_seven_stages() -> None:
    panel = whatif("L02", "variants")(None)
    assert [
        panel.render({"kind": k}).count("scope='row'") for k, _ in panel.controls[0].options
    ] == [
        6,
        8,
        7,
    ]
