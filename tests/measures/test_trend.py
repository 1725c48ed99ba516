"""Rates by period: counts by hand, and which of them will still change."""

from __future__ import annotations

import pandas as pd
import pytest

from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.measures.changes.compare import compare
from funnelkit.measures.changes.movement import movement
from funnelkit.measures.trend import trend
from funnelkit.process import Process
from funnelkit.words import speaking


@pytest.fixture(scope="module")
def p() -> Pipeline:
    rows = []
    # month of creation: won in the next month, lost in the next month, open
    for month, won, lost, still_open in ((1, 3, 9, 0), (2, 2, 7, 1), (4, 1, 4, 5)):
        for k in range(won + lost + still_open):
            outcome = "won" if k < won else "lost" if k < won + lost else "open"
            closed = f"2026-{month + 1:02}-10" if outcome != "open" else None
            rows.append((f"{month}-{k}", f"2026-{month:02}-05", outcome, closed, 100.0 + k))
    deals = pd.DataFrame(rows, columns=["deal_id", "created_at", "outcome", "closed_at", "amount"])
    for c in ("created_at", "closed_at"):
        deals[c] = pd.to_datetime(deals[c])
    deals["source"] = ["web" if k % 2 else "fair" for k in range(len(deals))]
    visits = [(d, "talk", c) for d, c in zip(deals["deal_id"], deals["created_at"], strict=True)]
    visits += [(f"4-{k}", "offer", pd.Timestamp("2026-04-20")) for k in range(1, 3)]
    history = pd.DataFrame(visits, columns=["deal_id", "stage", "entered_at"])
    process = Process.from_stages(["talk", "offer"])
    return from_frames(deals, history, process=process, as_of="2026-05-31")


def test_the_share_of_created_deals_says_which_months_will_change(p: Pipeline) -> None:
    table = trend(p, "won_share").table
    assert table["period"].tolist() == ["2026-01", "2026-02", "2026-03", "2026-04"]
    assert table["won"].tolist() == [3, 2, 0, 1]
    assert table["of"].tolist() == [12, 10, 0, 10]
    assert table["resolved_share"].tolist()[:2] == [1.0, 0.9]
    # February: were the open deal won, 3 of 10 would stay inside 5.7-51.0 %
    assert table["mature"].tolist() == [True, True, False, False]
    assert table["rate"].isna().tolist() == [False, False, True, False]
    assert (round(table["low"][1], 3), round(table["high"][1], 3)) == (0.057, 0.51)


def test_the_win_rate_goes_by_the_closing_date(p: Pipeline) -> None:
    table = trend(p).table
    assert table[["period", "won", "of"]].values.tolist() == [
        ["2026-02", 3, 12], ["2026-03", 2, 9], ["2026-04", 0, 0], ["2026-05", 1, 5]
    ]  # fmt: skip
    assert table["mature"].tolist() == [True, True, False, True]
    assert trend(p, every="quarter").table["of"].tolist() == [21, 5]
    assert trend(p, every="quarter").table["mature"].tolist() == [True, False]  # not over yet
    value = trend(p, "value_rate").table
    # February: amounts 100 to 111, the first three won
    assert value.loc[0, ["won", "of"]].tolist() == [303.0, 1266.0]
    assert value.loc[0, "rate"] == pytest.approx(303 / 1266)


def test_the_step_rate_takes_a_stage(p: Pipeline) -> None:
    table = trend(p, "step_rate", stage="talk").table
    # April: 4-0 was won, 4-1 and 4-2 came to the offer (4-1 and 4-2 were lost later)
    assert table[["won", "of"]].values.tolist()[-1] == [3, 10]
    with pytest.raises(FunnelkitError, match="talk"):
        trend(p, "step_rate", stage="tolk")
    with pytest.raises(FunnelkitError, match="win_rate"):
        trend(p, "winrate")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_said_and_drawn_in_both_languages(lang: str, p: Pipeline) -> None:
    with speaking(lang):
        for result in (
            trend(p, "won_share"), trend(p, by="source"), trend(p, "value_rate", "quarter"),
            trend(p, "step_rate", "week"),
        ):  # fmt: skip
            assert result.summary()
            assert result.title in repr(result)
            assert result.plot().alt


def test_the_waterfall_is_drawn_from_start_to_end(p: Pipeline) -> None:
    chart = movement(p, "2026-01-31", "2026-02-28").plot()
    # twelve deals of 100 to 111 at the start, all closed; ten new ones of 100 to 109
    assert "Start 1.27k" in chart.alt
    assert "New +1.04k" in chart.alt
    assert "End 1.04k" in chart.alt
    grouped = movement(p, "2026-01-31", "2026-02-28", by="source").plot()
    assert "Start 1.27k" in grouped.alt


def test_a_comparison_is_drawn_as_steps(p: Pipeline) -> None:
    result = compare(p, ("2026-02-01", "2026-03-01"), ("2026-03-01", "2026-04-01"), "source")
    chart = result.plot()
    assert "25.0%" in chart.alt
    assert "22.2%" in chart.alt
