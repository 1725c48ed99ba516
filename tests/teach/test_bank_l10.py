"""The exercises of lesson L10 with values worked by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from funnelkit.teach.bank import exercise
from funnelkit.teach.bank.l10.loop import reviewed
from funnelkit.teach.bank.l10.ways import routes
from funnelkit.teach.check import judge
from funnelkit.teach.exercise import Case


def drawn(id: str, values: dict[str, Any]) -> Case:
    return replace(exercise(id), draw=lambda r: values).case(1)


SHEET = {
    "close": dt.date(2026, 12, 31),
    "lead": 5, "contact": 12, "need": 24, "proposal": 30, "negotiation": 20,
}  # fmt: skip


def test_milestones_of_the_curriculum() -> None:
    case = drawn("L10.6", SHEET)
    assert case.right == ["2026-10-01", "2026-10-06", "2026-10-18", "2026-11-11", "2026-12-11"]
    written = ["2026年10月1日", "2026/10/6", "2026-10-18", "2026-11-11", dt.date(2026, 12, 11)]
    assert judge(case, written).state == "right"
    # 31 December less 5, 12, 24, 30, 20 days: each stage alone
    alone = ["2026-12-26", "2026-12-19", "2026-12-07", "2026-12-01", "2026-12-11"]
    assert judge(case, alone).mistake == "alone"
    leaving = ["2026-10-06", "2026-10-18", "2026-11-11", "2026-12-11", "2026-12-31"]
    assert judge(case, leaving).mistake == "leaving"
    assert judge(case, ["2026-02-30"] * 5).state == "type"


@pytest.mark.parametrize(
    ("left", "right", "medians"),
    [(60, "5", "4"), (82, "4", "3")],  # 80 %: 34 and 79 days; 50 %: 20, 50, 74, 86
)
def test_earliest_stage_in_time(left: int, right: str, medians: str) -> None:
    close = dt.date(2026, 12, 31)
    case = drawn("L10.7", {"close": close, "today": close - dt.timedelta(days=left), "left": left})
    assert case.right == right
    assert judge(case, medians).mistake == "medians"


def test_variance_ratio_by_hand() -> None:
    # before: mean 20, squares 64 + 16 + 0 + 0 + 16 + 64 = 160; after: mean 30, 4 * 10 = 40
    case = drawn(
        "L10.4",
        {"before": [12, 16, 20, 20, 24, 28], "after": [26, 28, 30, 30, 32, 34], "each": 40},
    )
    assert case.right == pytest.approx(0.25)
    assert judge(case, 0.5).mistake == "deviations"
    assert judge(case, 4).mistake == "turned"
    assert judge(case, 1.5).mistake == "averages"


def test_eight_actions_get_the_verdicts_their_numbers_deserve() -> None:
    for seed in range(1, 9):
        case = exercise("L10.8").case(seed)
        assert sorted(case.right.values()) == sorted(
            ["worked", "worse", "not_shown", "too_early"] * 2
        )
        table = reviewed(case)
        ids = [f"a{k}" for k in range(1, 9)]
        numbers = zip(table["n_before"], table["n_after"], strict=True)
        assert list(numbers) == [(case[i][1], case[i][3]) for i in ids]
        assert table["before"].tolist() == pytest.approx([case[i][0] / case[i][1] for i in ids])
        plain = [case[i][2] / case[i][3] - case[i][0] / case[i][1] for i in ids]
        assert table["effect"].tolist() == pytest.approx(plain)  # as a learner reckons it
        for i, measure in zip(ids, table["measure"], strict=True):
            k0, n0, k1, n1 = case[i]
            change = k1 / n1 - k0 / n0
            # two standard errors of a difference of shares, worked out plainly
            wide = 1.96 * (k0 * (n0 - k0) / n0**3 + k1 * (n1 - k1) / n1**3) ** 0.5
            good = change if measure == "win_rate" else -change
            wanted = "worked" if good > 0 else "worse"
            wanted = "not_shown" if abs(change) < wide else wanted
            assert case.right[i] == ("too_early" if min(n0, n1) < 20 else wanted), (seed, i)


def test_ways_add_up_and_conforming_ones_are_those_that_rise_by_one() -> None:
    case = exercise("L10.3").case(1)
    ways = routes(case)
    assert ways.iloc[:, 1].sum() == 200
    plain = ["1", "1 → 2", "1 → 2 → 3", "1 → 2 → 3 → 4", "1 → 2 → 3 → 4 → 5"]
    whole = ways.iloc[:, 0].str.startswith("1 → 2 → 3 → 4 → 5 → ") & ~ways.iloc[:, 0].str.contains(
        r"[0-9]$"
    )
    kept = ways.iloc[:, 0].isin(plain) | (whole & (ways.iloc[:, 0].str.count("→") == 5))
    assert int(ways.loc[kept].iloc[:, 1].sum()) == case.right[0]


def test_a_plan_needs_one_person_numbers_and_days_in_turn() -> None:
    case = exercise("L10.10").case(1)
    assert judge(case, {**case.right, "owner": "大家"}).mistake
    assert judge(case, {**case.right, "owner": "王敏"}).state == "right"
    assert judge(case, {**case.right, "start": "2027-05-01"}).state == "known_mistake"
