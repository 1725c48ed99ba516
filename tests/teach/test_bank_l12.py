"""The exercises of lesson L12 with values worked by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from funnelkit.teach.bank import exercise
from funnelkit.teach.bank.l12.cases import years
from funnelkit.teach.bank.l12.judging import filled
from funnelkit.teach.bank.l12.model import moments, practised, trial
from funnelkit.teach.check import judge
from funnelkit.teach.exercise import Case
from funnelkit.teach.plans import PLANS


def drawn(id: str, values: dict[str, Any]) -> Case:
    return replace(exercise(id), draw=lambda r: values).case(1)


def test_brier_scores_of_the_curriculum() -> None:
    won = [1, 0, 1, 0, 1, 0, 0, 0, 0, 0]
    odds = [0.9, 0.9, 0.75, 0.75, 0.5, 0.5, 0.25, 0.25, 0.1, 0.1]
    case = drawn("L12.5", {"won": won, "odds": odds, "score": [0.3] * 10})
    # the base rate 0.3 scores 0.3 * 0.7
    assert case.right == pytest.approx([0.209, 0.21])
    assert judge(case, [0.37, 0.42]).mistake == "distances"  # 3.7 and 4.2 over ten
    assert judge(case, [2.09, 2.1]).mistake == "sums"


def test_only_the_first_step_changed_beyond_chance() -> None:
    year1 = [(2000, 1100), (1100, 440), (440, 220), (220, 132), (132, 73)]
    year2 = [(2000, 980), (980, 392), (392, 196), (196, 118), (118, 52)]
    case = drawn("L12.3", {"changed": "lead", "year1": year1, "year2": year2})
    # 55 % to 49 %: standard error 1.6 points; 55 % to 44 %: 6.3 points
    assert case.right == "1"
    assert judge(case, "5").mistake == "largest"
    assert judge(case, "2").mistake == "after"


def test_the_planted_step_is_found_for_every_learner() -> None:
    for seed in range(1, 30):
        case = exercise("L12.3").case(seed)
        steps = ("lead", "contact", "need", "proposal", "negotiation")
        assert steps[int(case.right) - 1] == case["changed"], seed


def test_comparable_share_by_hand() -> None:
    case = drawn(
        "L12.4",
        {"moves1": [100, 50, 20, 20, 10], "moves2": [100, 40, 30, 20, 10], "same": [1, 0, 0, 1, 1]},
    )
    assert case.right == pytest.approx(260 / 400)
    assert judge(case, 0.6).mistake == "steps"
    assert judge(case, "35 %").mistake == "turned"


def test_precision_recall_and_costs_by_hand() -> None:
    case = drawn("L12.7", {"hits": 48, "false": 16, "missed": 32, "quiet": 104})
    assert case.right == pytest.approx([0.75, 0.6])
    assert judge(case, [0.6, 0.75]).mistake == "swapped"
    assert judge(case, [0.76, 0.6]).mistake == "accuracy"
    rules = [(6, 50), (15, 30), (36, 17), (75, 8)]
    case = drawn("L12.8", {"rules": rules, "wasted": 10_000, "missed": 50_000})
    # 2,560 / 1,650 / 1,210 / 1,150 thousand; fewest errors: 15 + 30 = 45
    assert case.right == 1_150_000
    assert judge(case, 1_650_000).mistake == "fewest"
    assert judge(case, 800_000).mistake == "turned"  # 6 * 50 + 50 * 10 = 800


def test_fifty_and_one_hundred_fifty_are_enough_and_one_less_is_not() -> None:
    firms = [(50, 150, 0), (49, 400, 0), (50, 149, 90), (120, 80, 10), (80, 200, 5), (10, 900, 5)]
    case = drawn("L12.9", {"firms": firms})
    assert case.right == {"a": "yes", "b": "no", "c": "no", "d": "no", "e": "yes", "f": "no"}
    in_all = {"a": "yes", "b": "yes", "c": "no", "d": "yes", "e": "yes", "f": "yes"}
    assert judge(case, in_all).mistake == "in_all"


def test_rows_that_cannot_stay_are_counted() -> None:
    for seed in range(1, 5):
        case = exercise("L12.11").case(seed)
        placed = [row for row in case["rows"] if row[1] != "???"]
        kept = {row[0] for row in placed}
        assert case.right == [len(kept), len(case["rows"]) - len(kept)], seed
        assert judge(case, [len(case["rows"]), 0]).mistake == "every_row"


def test_the_leak_shows_in_the_learners_own_data() -> None:
    shown = filled(exercise("L12.6").case(1)).set_index("Column of the export")
    assert shown.loc["Loss reason"].tolist() == ["0%", "100%"]
    assert shown.loc["Source"].str.startswith("100%").all()


def test_a_score_learns_only_from_what_had_ended_and_knows_no_later_contact() -> None:
    from funnelkit.simulation import simulate

    p = simulate(plan={**PLANS["scored"], "deals": 300}, seed=5)
    rows = moments(p)
    met = p.tables["contacts"].to_pandas()
    row = rows[rows["contacts"] > 0].iloc[0]
    of_deal = met[met["deal_id"] == row["deal_id"]]["met_at"]
    assert int((of_deal <= row["entered_at"]).sum()) == row["contacts"]
    found = trial(p)
    cut = rows["entered_at"].quantile(0.6)
    assert (found.rows["entered_at"] > cut).all()
    assert found.learned == int((rows["closed_at"] <= cut).sum())
    assert isinstance(found.table(), pd.DataFrame)


def test_the_demonstrated_score_gains_on_the_stage() -> None:
    shown = practised("en").table()
    scores = pd.to_numeric(shown["Brier score"])
    assert scores.is_monotonic_decreasing


def test_young_data_are_halved() -> None:
    import funnelkit as fk

    long, short = years(fk.load("industrial")), years(fk.load("tiny"))
    assert long == (("2024-07-01", "2025-07-01"), ("2025-07-01", "2026-07-01"))
    assert fk.compare(fk.load("tiny"), *short, by="source").table["of_before"].sum() > 0
