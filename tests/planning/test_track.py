"""The chances' own record, forgetting and seasons, against numbers worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from funnelkit.data.pipeline import Pipeline, end_of, from_frames
from funnelkit.planning.forecasting.book import DAY, OPEN, WON, Book, moment_of
from funnelkit.planning.forecasting.forecast import forecast
from funnelkit.planning.forecasting.hazards import Stays, hazards_of
from funnelkit.planning.forecasting.newcomers import Arrivals
from funnelkit.planning.forecasting.track import _level, _spans, track_of
from funnelkit.process import Process

ONE = Process.from_stages(["Talk"])


def decided_after_ten_days(won_of_ten: list[int]) -> Pipeline:
    """Forty deals on the second of each month, so many of ten won, ten days later."""
    rows, moves = [], []
    for month, wins in enumerate(won_of_ten):
        begun = pd.Timestamp("2023-01-02 09:00") + pd.DateOffset(months=month)
        for k in range(40):
            deal, won = f"D{month:02}-{k:02}", k % 10 < wins
            end = begun + pd.Timedelta(days=10)
            rows.append((deal, begun, "won" if won else "lost", end))
            moves += [(deal, "talk", begun), (deal, "won" if won else "lost", end)]
    deals = pd.DataFrame(rows, columns=["deal_id", "created_at", "outcome", "closed_at"])
    history = pd.DataFrame(moves, columns=["deal_id", "stage", "entered_at"])
    last = (
        pd.Timestamp("2023-01-01") + pd.DateOffset(months=len(won_of_ten)) - pd.DateOffset(days=1)
    )
    return from_frames(deals, history, process=ONE, as_of=end_of(last.date()))


def test_level_by_hand() -> None:
    # 20 wins where 40 were expected, 25 wins of prior weight: 45 / 65
    level, spread = _level(np.array([10.0, 10.0]), np.array([20.0, 20.0]), apart=1.0)
    assert level == pytest.approx(45 / 65)
    # two equal numbers vary less than chance makes: only the level itself is uncertain
    assert spread == pytest.approx(1 / 45)
    # 4 and 16 around their mean 10: (2 / 1) (36 + 36) - 20 = 124, over 100 + 100
    assert _level(np.array([4.0, 16.0]), np.array([10.0, 10.0]), 1.0)[1] == pytest.approx(
        124 / 200 + 1 / 45
    )


def test_a_weighted_chance_by_hand() -> None:
    # two stays of one day: one left 90 days ago, one stayed and left two days later, now
    day = 100
    start = np.array([day - 90, day - 2]) * DAY
    end = np.array([day - 90, day]) * DAY + DAY // 2
    stays = Stays(np.zeros(2, np.int64), start, end, np.array([WON, WON]), 1)
    plain = hazards_of(stays, day * DAY + DAY // 2, None, exits=1)
    assert plain.daily[0, 0].sum() == pytest.approx(1 / 2)  # one of two left on its first day
    old = hazards_of(stays, day * DAY + DAY // 2, 30.0, exits=1)
    # the old one's first day lies 90.5 days back, the young one's 2.5
    weights = 2.0 ** (-np.array([90.5, 2.5]) / 30)
    assert old.daily[0, 0].sum() == pytest.approx(weights[0] / weights.sum())


def test_past_spans_end_with_their_months_and_never_after_now() -> None:
    p = decided_after_ten_days([5] * 20)
    known = Book.of(p, money=False).known_at(moment_of(p.as_of))
    spans = [(pd.Timestamp(a, unit="us"), pd.Timestamp(b, unit="us")) for a, b in _spans(known)]
    assert [b.strftime("%Y-%m-%d") for _, b in spans[:3]] == [
        "2024-08-31", "2024-07-31", "2024-06-30",
    ]  # fmt: skip
    assert [a.strftime("%Y-%m-%d") for a, _ in spans[:2]] == ["2024-05-31", "2024-04-30"]
    assert max(b for _, b in spans) <= p.as_of


def test_falling_win_rates_are_followed() -> None:
    # half of the deals were won for a year, a fifth since then: 3 months of 40 deals bring 24
    p = decided_after_ten_days([5] * 12 + [2] * 12)
    table = forecast(p, "2025-03-31", of="deals", draws=400).table.set_index("part")
    assert 22 < table.loc["total", "deals"] < 33
    known = Book.of(p, money=False).known_at(moment_of(p.as_of))
    assert track_of(known, True).level < 1
    steady = forecast(decided_after_ten_days([5] * 24), "2025-03-31", of="deals", draws=400)
    assert steady.table.set_index("part").loc["total", "deals"] == pytest.approx(60, rel=0.1)


def test_a_season_is_seen_when_two_years_are_there() -> None:
    days = pd.date_range("2022-01-01", "2024-12-31", freq="D")
    times = np.repeat(days.as_unit("us").asi8 + DAY // 2, np.where(days.month == 12, 6, 2))
    order = np.sort(times)
    arrivals = Arrivals(order, np.zeros(order.size, np.int64), 1)
    found = arrivals.season(moment_of(end_of("2024-12-31")))
    # 186 of 854 deals a year in December: 2.57 times its share of the days, drawn towards 1
    assert 2.2 < found[11] < 2.58
    assert found[:11] == pytest.approx(np.full(11, found[0]), abs=0.08)
    assert found.mean() == pytest.approx(1)
    half = order[order < moment_of(end_of("2023-06-30"))]
    young = Arrivals(half, np.zeros(half.size, np.int64), 1)
    assert (young.season(moment_of(end_of("2023-06-30"))) == 1).all()


def test_stays_at_a_moment_know_nothing_later() -> None:
    stays = Stays(
        np.array([0, 0]), np.array([1, 5]) * DAY, np.array([4, 9]) * DAY, np.array([WON, WON]), 1
    )
    then = stays.at(6 * DAY)
    assert then.after.tolist() == [WON, OPEN]
    assert stays.at(3 * DAY).start.tolist() == [DAY]
