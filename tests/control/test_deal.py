"""One deal told whole: its course, stays against the usual, what rings, its chance."""

from __future__ import annotations

import pandas as pd
import pytest

import funnelkit as fk
from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.words.language import speaking


def team() -> Pipeline:
    """Ten deals in one stage from 1 Jan: a to e won and f to h lost after 20 days, i and j open."""
    ids, day = list("abcdefghij"), pd.Timestamp
    deals = pd.DataFrame({"deal_id": ids, "name": [f"Deal {i}" for i in ids], "amount": 100.0})
    deals["created_at"] = [day("2026-01-01")] * 9 + [day("2026-01-25")]
    deals["outcome"] = ["won"] * 5 + ["lost"] * 3 + ["open"] * 2
    deals["stage"] = "need"
    deals["closed_at"] = [day("2026-01-21")] * 8 + [None] * 2
    deals["expected_close"] = day("2026-03-31")
    history = pd.DataFrame({"deal_id": ids, "stage": "need", "entered_at": deals["created_at"]})
    moves = pd.DataFrame(
        {
            "deal_id": ["j"], "field": ["expected_close"], "old": ["2026-02-10"],
            "new": ["2026-03-31"], "changed_at": [day("2026-01-28")],
        }
    )  # fmt: skip
    return from_frames(deals, history, moves, as_of="2026-01-31")


def test_the_chance_is_that_of_deals_that_stayed_as_long() -> None:
    # j is in it for 6 days: eight were decided later than that, five of them won, i is still open
    told = fk.deal(team(), "j")
    assert told.chance["deals"] == 9
    # Aalen-Johansen by hand: on day 20 - 6 = 14 nine are at risk, 5 are won and 3 lost
    assert told.chance["rate"] == pytest.approx(5 / 9)
    assert told.chance["low"] < 5 / 9 < told.chance["high"]
    # i is in it for 30 days, and nobody else was
    assert fk.deal(team(), "i").chance == {}


def test_its_course_stays_and_pushes() -> None:
    told = fk.deal(team(), "j")
    assert told.timeline["what"].tolist() == ["created", "stage", "expected_close"]
    assert told.stages[["stage", "days", "median_days"]].to_numpy().tolist() == [["need", 6, 20]]
    assert told.pushes["slipped_days"].tolist() == [49]
    assert told.facts["name"] == "Deal j"
    closed = fk.deal(team(), "a")
    assert closed.timeline["what"].tolist() == ["created", "stage", "closed"]
    assert closed.chance == {}
    assert closed.rang.empty


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_it_can_be_said_and_shown_in_both_languages(lang: str) -> None:
    p = fk.load("industrial")
    rung = fk.checkpoints(p).table["deal_id"].iloc[0]
    with speaking(lang):
        told = fk.deal(p, rung)
        assert told.next_step.rstrip(".。") in told.summary()
        assert ".." not in told.summary()
        assert len(told.rang)
        assert "{" not in repr(told)
        assert "nan" not in repr(told)
        assert told._repr_html_().count("<table") >= 3


def test_an_unknown_id_is_answered_with_the_nearest() -> None:
    with pytest.raises(fk.FunnelkitError) as refused:
        fk.deal(fk.load("industrial"), "D-0230")
    assert refused.value.key == "deal.unknown"
    assert len(refused.value.values["allowed"]) == 5


def test_a_snapshot_has_no_course_and_says_what_is_known() -> None:
    deals = pd.DataFrame({"deal_id": ["a"], "stage": ["need"], "outcome": ["open"]})
    told = fk.deal(from_frames(deals, as_of="2026-01-31"), "a")
    assert told.stages.empty
    assert told.timeline.empty
    assert "nan" not in repr(told)
