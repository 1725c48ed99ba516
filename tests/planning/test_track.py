"""The chances' own record, forgetting and seasons, against numbers worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

from funnelkit.data.pipeline import Pipeline, end_of, from_frames
from funnelkit.planning.forecasting.book import DAY, NEVER, OPEN, WON, Book, moment_of
from funnelkit.planning.forecasting.closing import closing_weeks, week_of, weeks_before
from funnelkit.planning.forecasting.forecast import forecast
from funnelkit.planning.forecasting.forgetting import half_life_of
from funnelkit.planning.forecasting.hazards import Hazards, Stays, hazards_of, stays_of, win_chances
from funnelkit.planning.forecasting.newcomers import foreseen
from funnelkit.planning.forecasting.track import _level, _spans, track_of
from funnelkit.process import Process
from funnelkit.simulation import simulate

PLAN = {"months": 24, "start": "2024-01-01", "deals_per_month": 60}
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
    # 20 wins where 40 were expected, in equal halves: of its variance 1/20 and 0.2 squared
    # beforehand, the latter is 4/9 of both
    level, spread = _level(np.array([10.0, 10.0]), np.array([20.0, 20.0]), 1.0, np.ones(2))
    assert level == pytest.approx(0.5 ** (4 / 9))
    assert spread == pytest.approx(4 / 9 / 20)
    # 4 and 16 around their mean 10: (2 / 1) (36 + 36) - 20 = 124, over 100 + 100; half of it
    # (two spans) and 1/20 leave the level 0.36 open: a tenth is believed
    level, spread = _level(np.array([4.0, 16.0]), np.array([20.0, 20.0]), 1.0, np.ones(2))
    assert level == pytest.approx(0.5**0.1)
    assert spread == pytest.approx(124 / 200 + 0.1 * 0.36)
    # the second counts a quarter: 20 + 20 / 4 came, as certain as (25 squared) / (20 + 20 / 16)
    level, _ = _level(np.array([20.0, 20.0]), np.array([24.0, 24.0]), 1.0, np.array([1, 0.25]))
    assert level == pytest.approx((20 / 24) ** (0.04 / (0.04 + 21.25 / 625)))


def test_weeks_of_a_month_by_hand() -> None:
    # one deal at a time is in the only stage, all through 2023; each 28th one is won
    days = np.arange("2023-01-01", "2024-01-01", dtype="datetime64[D]").astype(np.int64)
    last = np.isin(pd.to_datetime(days, unit="D").day, [28])
    start = days[np.r_[True, last[:-1]]] * DAY
    end = np.r_[days[last] * DAY, NEVER][: start.size]
    stays = Stays(np.zeros(start.size, np.int64), start, end, np.where(end == NEVER, OPEN, WON), 1)
    found = closing_weeks(stays, int(days[-1]) * DAY)
    # twelve wins in the last weeks; of 365 days seven a month are last, seven next to last, ...
    assert found.shape == (2, 4)
    alike = 12 / 365 * np.array([84, 84, 84, 113])
    of_all = (np.array([12, 0, 0, 0]) + 25) / (alike + 25)
    assert found[0] == pytest.approx((np.array([12, 0, 0, 0]) + 25 * of_all) / (alike + 25))
    assert found[1] == pytest.approx(of_all)  # nothing was lost: what is known of all holds
    # the last day of a month and the day seven days earlier; the first of a long month
    weeks = week_of(
        np.array(["2023-01-31", "2023-01-24", "2023-01-01"], "datetime64[D]").astype(int)
    )
    assert weeks.tolist() == [0, 1, 3]
    assert weeks_before(moment_of(end_of("2023-02-02")), 3).tolist() == [3, 3, 0]


def test_a_close_waits_for_the_end_of_the_month() -> None:
    # one stage, a tenth is won and a tenth lost a day; in the last week twice, in the others half
    counts = np.array([[[0.0, 1, 1, 0]]])
    hazards = Hazards(counts, np.full((1, 1), 10.0), np.zeros((1, 1), int), np.zeros((1, 2)))
    twice = np.array([[2.0, 0.5], [1.0, 1.0]])
    found = win_chances(hazards.daily[None], hazards, 2, (2,), twice, np.array([0, 1]))
    # first the day before the last: 0.05 won, 0.1 lost; then 0.2 of those who are still there
    assert found.by_age[2][0, 0, 0] == pytest.approx(0.05 + 0.85 * 0.2)
    assert found.on_entry[1, 0, 0] == pytest.approx(0.2)
    # where more would close than there are, won and lost share as they are to one another
    counts = np.array([[[0.0, 2, 6, 0]]])
    sure = Hazards(counts, np.full((1, 1), 10.0), np.zeros((1, 1), int), np.zeros((1, 2)))
    found = win_chances(sure.daily[None], sure, 1, (1,), np.full((2, 1), 4.0), np.array([0]))
    assert found.by_age[1][0, 0, 0] == pytest.approx(0.25)


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
    assert table.loc["total", "deals"] == pytest.approx(24, abs=4)
    known = Book.of(p, money=False).known_at(moment_of(p.as_of))
    assert track_of(known, True).level < 1
    steady = forecast(decided_after_ten_days([5] * 24), "2025-03-31", of="deals", draws=400)
    assert steady.table.set_index("part").loc["total", "deals"] == pytest.approx(60, rel=0.1)


def test_a_season_is_seen() -> None:
    days = pd.date_range("2022-01-01", "2024-12-31", freq="D")
    created = np.repeat(days.as_unit("us").asi8 + DAY // 2, np.where(days.month == 12, 6, 2))
    now = moment_of(end_of("2024-12-31"))
    daily, spread = foreseen(created, now, 365, 0)
    month = pd.date_range("2025-01-01", periods=365, freq="D").month
    assert 4 < daily[month == 12].mean() < 6.5
    assert daily[(month > 1) & (month < 11)].mean() == pytest.approx(2, rel=0.1)
    assert 0 <= spread < 0.05


def test_growth_is_followed_for_a_quarter() -> None:
    # 4 % more deals each month for two years, evenly within it
    now = moment_of(end_of("2024-12-31"))
    rate = 100 * 1.04 ** np.arange(24)
    created = np.concatenate([
        now - (24 - k - np.arange(0.5, n) / n) * 30.4375 * DAY
        for k, n in enumerate(np.rint(rate).astype(int))
    ]).astype(np.int64)  # fmt: skip
    daily, _ = foreseen(created, now, 180, 0)
    assert daily[:90].sum() == pytest.approx(
        rate[-1] * (1.04 + 1.04**2 + 1.04**3) * 90 / 91.3125, rel=0.06
    )
    flat = daily[120:].mean() / daily[80:90].mean()
    assert flat < 1.04  # then no longer, but for what is left of a wave


def test_the_expected_number_is_the_mode_that_another_way_finds() -> None:
    rng = np.random.default_rng(7)
    now = moment_of(end_of("2024-12-31"))
    created = np.sort(now - (rng.random(900) ** 1.2 * 30 * 30.4375 * DAY).astype(np.int64))
    n = int((now - created[0]) / DAY // 30.4375)
    edges = now - np.arange(n, -1, -1) * 30.4375 * DAY
    counts = np.histogram(created, edges)[0]
    when = pd.to_datetime(((edges[1:] + edges[:-1]) / 2).astype(np.int64), unit="us")
    turn = 2 * np.pi * (when.day_of_year - 1) / 365.25
    months = np.arange(n) + 0.5 - n
    dummies = np.equal.outer(when.month, np.arange(1, 13))
    x = np.column_stack([np.ones(n), months, np.sin(turn), np.cos(turn), dummies])
    sd = np.r_[np.inf, 0.03, 0.3, 0.3, np.full(12, 0.15)]

    def off(beta: np.ndarray, dispersion: float) -> float:
        eta = x @ beta
        return float((np.exp(eta) - counts * eta).sum() / dispersion + ((beta / sd) ** 2).sum() / 2)

    start = np.r_[np.log(counts.mean()), np.zeros(15)]
    expected = []
    for dispersion in (1.0, 1.5):
        mode = optimize.minimize(off, start, args=(dispersion,), method="BFGS", tol=1e-9).x
        ahead = pd.date_range("2025-01-01 12:00", periods=30, freq="D")
        wave = 2 * np.pi * (ahead.day_of_year - 1) / 365.25
        later = (np.arange(30) + 0.5) / 30.4375
        dummies = np.equal.outer(ahead.month, np.arange(1, 13))
        y = np.column_stack([np.ones(30), later, np.sin(wave), np.cos(wave), dummies])
        expected.append(np.exp(y @ mode).sum() / 30.4375)
    # the dispersion found lies between: so does the number
    found = foreseen(created, now, 30, 0)[0].sum()
    assert min(expected) - 0.05 <= found <= max(expected) + 0.05
    assert abs(expected[0] - expected[1]) < 1


def test_forgetting_is_chosen_where_past_months_prefer_it_beyond_noise() -> None:
    def chosen(p: Pipeline) -> float | None:
        known = Book.of(p, money=False).known_at(moment_of(p.as_of))
        return half_life_of(stays_of(known, True), known.moment)

    steady = [chosen(simulate(plan=PLAN, seed=seed)) for seed in range(5)]
    assert steady.count(None) >= 4
    assert chosen(decided_after_ten_days([5] * 14 + [2] * 10)) is not None


def test_stays_at_a_moment_know_nothing_later() -> None:
    stays = Stays(
        np.array([0, 0]), np.array([1, 5]) * DAY, np.array([4, 9]) * DAY, np.array([WON, WON]), 1
    )
    then = stays.at(6 * DAY)
    assert then.after.tolist() == [WON, OPEN]
    assert stays.at(3 * DAY).start.tolist() == [DAY]
