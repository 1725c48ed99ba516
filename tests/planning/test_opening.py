"""Opening position: four questions, expected value, portfolio and the rule table."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from funnelkit.data.pipeline import from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.planning.market.opening import bid_portfolio, go_no_go, opening_questions
from funnelkit.planning.market.positions import position_strategy
from funnelkit.words import speaking

ALL = {"real": (2, "E-1"), "compete": (2, "E-2"), "win": (2, "E-3"), "worth": (2, "E-4")}


def test_a_two_without_evidence_is_unproven() -> None:
    result = opening_questions(ALL | {"win": 2})
    assert result.table["counted"].tolist() == [2, 2, 1, 2]
    assert result.table["status"].tolist() == ["proven", "proven", "unproven", "proven"]
    assert (result.total, result.decision) == (7, "prove")
    assert 'unproven: "Can we win?"' in result.summary()
    assert opening_questions(ALL).decision == "go_on"


def test_evidence_has_to_be_on_file() -> None:
    deals = pd.DataFrame({"deal_id": ["a"], "created_at": [pd.Timestamp("2026-01-01")]})
    evidence = pd.DataFrame(
        {"evidence_id": ["E-1", "E-2", "E-3"], "deal_id": "a", "dated": pd.Timestamp("2026-01-02")}
    )
    p = from_frames(deals, tables={"evidence": evidence})
    assert opening_questions(ALL, p=p).table["status"].tolist()[3] == "unproven"


def test_no_opportunity_or_a_knock_out_ends_it() -> None:
    assert opening_questions(ALL | {"real": 0}).decision == "no_go"
    stopped = opening_questions(ALL, knock_outs=["no budget this year"])
    assert stopped.decision == "no_go"
    assert "no budget this year" in stopped.summary()
    with pytest.raises(FunnelkitError, match="Answer each once"):
        opening_questions({"real": 1})
    with pytest.raises(FunnelkitError, match='"3"'):
        opening_questions(ALL | {"win": 3})


def test_the_expected_value_and_its_break_even() -> None:
    row = go_no_go(1_200_000, 80_000, win_rate=0.25).table.iloc[0]
    assert row["expected_amount"] == 220_000
    assert round(row["break_even_rate"], 3) == 0.067
    assert row["decision"] == "go"
    assert pd.isna(row["low_amount"])
    assert go_no_go(1_200_000, 80_000, win_rate=0.06).decision == "no_go"


def test_a_chance_from_past_deals_has_an_interval() -> None:
    # Wilson, 6 of 20: 14.6 to 51.9 %
    row = go_no_go(1_000_000, 100_000, won=6, deals=20).table.iloc[0]
    assert row["expected_amount"] == 200_000
    assert round(row["low_amount"], -3) == 45_000
    assert round(row["high_amount"], -3) == 419_000
    assert row["decision"] == "go"
    # Wilson, 0 of 8: up to 32.4 %, well above the break-even of 20 %
    assert go_no_go(1_000_000, 200_000, won=0, deals=8).decision == "unsure"
    assert go_no_go(1_000_000, 400_000, won=0, deals=8).decision == "no_go"
    deals = pd.DataFrame({"deal_id": list("abcd"), "outcome": ["won", "lost", "open", "lost"]})
    past = from_frames(deals.assign(created_at=pd.Timestamp("2026-01-01")))
    result = go_no_go(1_000_000, 100_000, past=past)
    assert result.table["win_rate"].iloc[0] == pytest.approx(1 / 3)
    with pytest.raises(FunnelkitError, match="exactly one way"):
        go_no_go(1, 1, win_rate=0.5, won=1, deals=2)
    with pytest.raises(FunnelkitError, match="5 won of 3"):
        go_no_go(1, 1, won=5, deals=3)


def test_few_good_bids_against_many_poor_ones() -> None:
    plans = pd.DataFrame(
        {"plan": ["five", "twenty"], "bids": [5, 20], "win_rate": [0.5, 0.12], "cost": 40_000}
    )
    table = bid_portfolio(plans).table
    assert table["wins"].round(10).tolist() == [2.5, 2.4]
    assert table["cost_amount"].tolist() == [200_000, 800_000]
    assert table["cost_a_win_amount"].round().tolist() == [80_000, 333_333]
    # binomial(5, 1/2): 1 6 16 26 31 32 of 32
    assert table["none_share"].iloc[0] == 1 / 32
    assert table.loc[0, ["wins_p10", "wins_p90"]].tolist() == [1, 4]


@pytest.mark.parametrize(
    ("situation", "strategy", "rule"),
    [
        ({"strength": "superior"}, "frontal", 1),
        ({"strength": "equal", "unaddressed_need": True, "rules": "can_change", "time": "yes"},
         "flanking", 2),
        ({"strength": "weaker", "unaddressed_need": True, "rules": "can_change", "time": "yes",
          "strong_in_part": True, "splittable": True}, "flanking", 2),
        ({"strength": "weaker", "strong_in_part": True, "rules": "no", "splittable": True},
         "fragment", 3),
        ({"strength": "equal", "incumbent_attacked": True, "rules": "yes",
          "time": "delay_helps"}, "defend", 4),
        ({"strength": "no_way", "strategic": True, "rules": "no", "time": "delay_helps"},
         "develop", 5),
        # one condition short of each row
        ({"strength": "equal", "unaddressed_need": True, "rules": "can_change"}, "walk_away", 6),
        ({"strength": "equal", "strong_in_part": True, "splittable": True}, "walk_away", 6),
        ({"strength": "weaker", "strong_in_part": True, "rules": "yes", "splittable": True},
         "walk_away", 6),
        ({"strength": "equal", "incumbent_attacked": True, "rules": "yes"}, "walk_away", 6),
        ({"strength": "no_way", "strategic": True, "splittable": True, "time": "delay_helps"},
         "walk_away", 6),
        # the first row that holds wins
        ({"strength": "superior", "incumbent_attacked": True, "rules": "yes",
          "time": "delay_helps"}, "frontal", 1),
    ],
)  # fmt: skip
def test_the_rule_table_row_by_row(situation: dict[str, Any], strategy: str, rule: int) -> None:
    result = position_strategy(**situation)
    assert (result.strategy, result.rule) == (strategy, rule)
    assert f"(rule {rule})" in result.summary()
    assert result.table["rule"].tolist() == [1, 2, 3, 4, 5, 6]


def test_what_is_missing_is_printed() -> None:
    result = position_strategy("equal", unaddressed_need=True, rules="can_change")
    assert result.table["missing"].tolist()[1] == "time_yes"
    assert "time is on our side" in repr(result)
    with pytest.raises(FunnelkitError, match="superior"):
        position_strategy("superiour")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_said_in_both_languages(lang: str) -> None:
    plans = pd.DataFrame({"plan": ["a"], "bids": [5], "win_rate": [0.5], "cost": 1, "margin": 9})
    with speaking(lang):
        for result in (
            opening_questions(ALL), go_no_go(10, 1, won=3, deals=9), go_no_go(10, 1, win_rate=0.5),
            bid_portfolio(plans), position_strategy("weaker"),
        ):  # fmt: skip
            assert result.summary()
            assert result.title in repr(result)
            assert "_" not in repr(result)
        assert go_no_go(10, 1, won=3, deals=9).plot().alt
