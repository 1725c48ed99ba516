"""Forecasts against numbers worked by hand, exact enumeration and one another."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.planning.forecasting.amounts import Amounts, shifted_gamma, sums_of_past
from funnelkit.planning.forecasting.forecast import Forecast, forecast, weighted_distribution
from funnelkit.planning.forecasting.hazards import Hazards, win_chances
from funnelkit.planning.forecasting.simulation import _by_moments, drawn_total
from funnelkit.process import Process
from funnelkit.words import speaking

TWO = Process.from_stages(["Early", "Late"])

# amount in millions and probability of six deals
SIX = ([3, 2, 1.5, 4, 1, 6], [0.9, 0.75, 0.5, 0.25, 0.1, 0.15])


# --- the walk through stages and days ----------------------------------------------------


def by_paths(
    moves: dict[tuple[str, int], dict[str, float]], stage: str, age: int, days: int
) -> float:
    """Add up the probabilities of all paths to a win: one move or none a day."""
    if days == 0:
        return 0.0
    chances = moves.get((stage, age), {})
    total = chances.get("won", 0.0)
    for target, p in chances.items():
        if target in ("early", "late"):
            total += p * by_paths(moves, target, 0, days - 1)
    stay = 1 - sum(chances.values())
    return total + stay * by_paths(moves, stage, age + 1, days - 1)


def test_two_stages_three_days_by_hand() -> None:
    # early, first day: 0.5 go on, 0.1 lost; later days: 0.2 go on. late: 0.3 won a day
    counts = np.array([[[0, 5, 0, 1, 0], [0, 2, 0, 0, 0]], [[0, 0, 3, 0, 0], [0, 0, 3, 0, 0]]])
    hazards = Hazards(
        counts=counts.astype(float), exposed=np.full((2, 2), 10.0),
        band=np.array([[0, 1], [0, 1]]), part=np.ones((2, 2)),
    )  # fmt: skip
    chances = win_chances(hazards.daily[None], hazards, 3, (1, 2, 3))
    # a move takes the day: early reaches late on day 1 (0.5) and wins on days 2, 3,
    # or stays (0.4), goes on on day 2 (0.2) and wins on day 3
    by_hand = 0.5 * (0.3 + 0.7 * 0.3) + 0.4 * 0.2 * 0.3
    assert chances.by_age[3][0, 0, 0] == pytest.approx(by_hand, abs=1e-12)
    assert chances.by_age[2][0, 0, 0] == pytest.approx(0.5 * 0.3)
    assert chances.by_age[1][0, 0, 0] == 0
    assert chances.by_age[3][0, 1, 0] == pytest.approx(1 - 0.7**3)
    assert chances.by_age[3][0, 0, 1] == pytest.approx(0.2 * (1 - 0.7**2) + 0.8 * 0.2 * 0.3)
    moves = {
        ("early", 0): {"late": 0.5, "lost": 0.1},
        **{("early", a): {"late": 0.2} for a in range(1, 9)},
        **{("late", a): {"won": 0.3} for a in range(9)},
    }
    for days, stage, age in itertools.product((1, 2, 3), ("early", "late"), (0, 1)):
        found = chances.by_age[days][0, ("early", "late").index(stage), age]
        assert found == pytest.approx(by_paths(moves, stage, age, days), abs=1e-12)


def test_moves_on_one_day_are_possible_with_dates() -> None:
    # no part of the day is gone when a deal moves: early -> late -> won on one day
    counts = np.array([[[0, 5, 0, 0, 0]], [[0, 0, 4, 0, 0]]], dtype=float)
    hazards = Hazards(counts, np.full((2, 1), 10.0), np.zeros((2, 1), int), np.zeros((2, 2)))
    chances = win_chances(hazards.daily[None], hazards, 1, (1,))
    assert chances.by_age[1][0, 0, 0] == pytest.approx(0.5 * 0.4)


def test_returns_to_an_earlier_stage_are_walked() -> None:
    # late goes back to early with 0.5 on the same day, early to late with 0.5: the win of
    # the day is 0.25 (1 + 0.25 + 0.0625 + ...) = 1/3 from late
    counts = np.array([[[0, 5, 0, 0, 0]], [[5, 0, 2.5, 0, 0]]])
    hazards = Hazards(counts, np.full((2, 1), 10.0), np.zeros((2, 1), int), np.zeros((2, 2)))
    chances = win_chances(hazards.daily[None], hazards, 1, (1,))
    assert chances.by_age[1][0, 1, 0] == pytest.approx(1 / 3)


# --- totals ------------------------------------------------------------------------------


def test_six_deals_exactly() -> None:
    total = weighted_distribution(*SIX)
    assert total.exact
    assert round(total.mean, 2) == 6.95
    assert round(total.sd, 2) == 3.13
    assert [round(total.at_least(x), 3) for x in (6.95, 5, 8)] == [0.370, 0.798, 0.318]
    assert [total.quantile(q) for q in (0.1, 0.5, 0.9)] == [3.0, 6.5, 11.0]


def test_percentages_are_recognised_and_nonsense_is_refused() -> None:
    amounts, p = SIX
    in_percent = weighted_distribution(amounts, [100 * x for x in p])
    assert in_percent.mean == pytest.approx(6.95)
    with pytest.raises(FunnelkitError, match="140"):
        weighted_distribution(amounts, [140, *p[1:]])


def some_amounts(own: list[float], unknown: list[bool], past: list[float]) -> Amounts:
    return Amounts(np.array(own), np.zeros(len(own)), np.array(unknown), np.array(past))


def test_drawn_totals_against_enumeration() -> None:
    amounts, p = SIX
    draws = 40_000
    rng = np.random.default_rng(5)
    drawn = drawn_total(
        np.array([p]), some_amounts(amounts, [False] * 6, [1.0]), np.array([draws]), rng
    )
    for at, chance in ((6.95, 0.3700), (5, 0.7978), (8, 0.3180)):
        exact = weighted_distribution(*SIX).at_least(at)
        assert exact == pytest.approx(chance, abs=1e-3)
        error = np.sqrt(exact * (1 - exact) / draws)
        assert abs((drawn >= at - 1e-4).mean() - exact) < 3 * error
    assert abs(drawn.mean() - 6.95) < 3 * 3.13 / np.sqrt(draws)


def test_unknown_amounts_are_drawn_from_past_wins() -> None:
    # one deal of 10 for certain-ish, one unknown with past wins of 2 and 4
    draws = 40_000
    drawn = drawn_total(
        np.array([[0.5, 0.5]]), some_amounts([10, 0], [False, True], [2.0, 4.0]),
        np.array([draws]), np.random.default_rng(1),
    )  # fmt: skip
    values, times = np.unique(drawn.round(3), return_counts=True)
    expected = {0: 0.25, 2: 0.125, 4: 0.125, 10: 0.25, 12: 0.125, 14: 0.125}
    assert values.tolist() == list(expected)
    for share, chance in zip(times / draws, expected.values(), strict=True):
        assert abs(share - chance) < 3.5 * np.sqrt(chance * (1 - chance) / draws)


def test_many_deals_by_moments_equal_those_drawn_one_by_one() -> None:
    rng = np.random.default_rng(2)
    n, draws = 3000, 20_000
    p = rng.beta(1, 6, n)[None]
    amounts = some_amounts(list(rng.lognormal(10, 1, n)), [False] * n, [1.0])
    one = drawn_total(p, amounts, np.array([draws]), rng)
    other = _by_moments(p, amounts, np.array([draws]), rng)
    mean, sd = float(p[0] @ amounts.own), float(np.sqrt((p * (1 - p))[0] @ amounts.own**2))
    for sample in (one, other):
        assert abs(sample.mean() - mean) < 3 * sd / np.sqrt(draws)
        assert sample.std() == pytest.approx(sd, rel=0.02)
    ends = [0.05, 0.1, 0.5, 0.9, 0.95]
    assert np.abs(np.quantile(one, ends) - np.quantile(other, ends)).max() < 0.06 * sd


def test_pearson_third_kind_has_its_moments() -> None:
    drawn = shifted_gamma(
        np.full(200_000, 5.0), np.full(200_000, 4.0), np.full(200_000, 8.0),
        np.random.default_rng(0),
    )  # fmt: skip
    assert drawn.mean() == pytest.approx(5, abs=0.02)
    assert drawn.var() == pytest.approx(4, rel=0.02)
    assert ((drawn - 5) ** 3).mean() == pytest.approx(8, rel=0.08)


def test_sums_of_past_amounts() -> None:
    rng = np.random.default_rng(0)
    assert sums_of_past(np.array([3.0, 3.0]), np.array([0, 2, 5]), rng).tolist() == [0, 6, 15]
    sums = sums_of_past(np.array([1.0, 5.0]), np.full(10_000, 4), rng)
    assert set(sums) <= {4.0, 8.0, 12.0, 16.0, 20.0}
    assert sums.mean() == pytest.approx(12, abs=3 * 4 / 100)


# --- the forecast of a pipeline ----------------------------------------------------------


def day(n: float) -> pd.Timestamp:
    return (pd.Timestamp("2025-01-01") + pd.Timedelta(days=n)).floor("us")


def after(n: float) -> pd.Timestamp:
    """The first moment after a moment, since a period includes the one it begins with."""
    return day(n) + pd.Timedelta(microseconds=1)


def steady(deals: int = 600, seed: int = 3, **more: object) -> Pipeline:
    """Deals of two stages with constant chances: early 10 % a day on, late 5 % a day over."""
    rng = np.random.default_rng(seed)
    created = np.sort(rng.uniform(0, 540, deals))
    rows, facts = [], []
    for i, start in enumerate(created):
        late = start + rng.exponential(10)
        end = late + rng.exponential(20)
        won = rng.random() < 0.4
        rows += [(f"d{i:05}", "early", day(start)), (f"d{i:05}", "late", day(late))]
        rows.append((f"d{i:05}", "won" if won else "lost", day(end)))
        facts.append((f"d{i:05}", float(rng.integers(1, 20) * 100), "EW"[i % 2]))
    history = pd.DataFrame(rows, columns=["deal_id", "stage", "entered_at"])
    frame = pd.DataFrame(facts, columns=["deal_id", "amount", "region"]).assign(**more)
    whole = from_frames(frame, history, process=TWO, as_of="2027-12-31")
    return whole.at("2026-06-24")


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return steady()


def total(result: Forecast) -> pd.Series:
    return result.table[result.table["part"] == "total"].iloc[0]


def test_the_old_name_of_the_last_day_is_taken_with_a_note(pipeline: Pipeline) -> None:
    days = pipeline.as_of.date() + pd.Timedelta(days=60)
    now = forecast(pipeline, days, "naive")
    for lang, word in (("en", "until is called through now"), ("zh", "until 现在叫 through")):
        with speaking(lang), pytest.warns(FutureWarning, match=word):
            before = forecast(pipeline, until=days, method="naive")  # type: ignore[call-arg]
        pd.testing.assert_frame_equal(before.table, now.table)
    with pytest.raises(TypeError):
        forecast(pipeline, through=days, until=days)  # type: ignore[call-arg]


def test_parts_add_up_and_seeds_repeat(pipeline: Pipeline) -> None:
    result = forecast(pipeline, "2026-09-22", draws=2000)
    parts = result.table.set_index("part")
    assert parts.index.tolist() == ["won_so_far", "open_deals", "not_yet_created", "total"]
    assert parts.loc["total", "mean_amount"] == pytest.approx(
        parts["mean_amount"].drop("total").sum()
    )
    assert parts.loc["total", "deals"] == pytest.approx(parts["deals"].drop("total").sum())
    again = forecast(pipeline, "2026-09-22", draws=2000)
    pd.testing.assert_frame_equal(result.table, again.table)
    assert (result.draws == again.draws).all()
    assert (forecast(pipeline, "2026-09-22", draws=2000, seed=1).draws != result.draws).any()
    low, median, high = parts.loc["total", ["p10_amount", "p50_amount", "p90_amount"]]
    assert low < median < high
    assert result.chance(low) == pytest.approx(0.9, abs=0.01)
    assert result.chance(0) == pytest.approx(1)


def test_simulation_finds_the_true_mean() -> None:
    p = steady(6000, seed=8)
    result = forecast(p, "2026-09-22", of="deals", draws=1000).table.set_index("part")
    # worked out apart: competing clocks of mean 10 and 20 days, 90 days ahead, 40 % won
    horizon = 90.0

    def by_early(t: np.ndarray) -> np.ndarray:
        return 0.4 * (1 - (20 * np.exp(-t / 20) - 10 * np.exp(-t / 10)) / 10)

    open_deals = p.frame().query("outcome == 'open'")["stage"].value_counts()
    from_open = open_deals["early"] * by_early(np.array(horizon)) + open_deals["late"] * 0.4 * (
        1 - np.exp(-horizon / 20)
    )
    per_day = 6000 / 540
    days = np.linspace(0, horizon, 2001)
    from_new = per_day * np.trapezoid(by_early(days), days)
    assert result.loc["open_deals", "deals"] == pytest.approx(from_open, rel=0.06)
    assert result.loc["not_yet_created", "deals"] == pytest.approx(from_new, rel=0.06)


def test_a_period_under_way_counts_what_is_won(pipeline: Pipeline) -> None:
    frame = pipeline.frame()
    won = frame[(frame["outcome"] == "won") & (frame["closed_at"] >= "2026-04-01")]
    result = forecast(pipeline, "2026-06-30", since="2026-04-01", draws=500)
    row = result.table.set_index("part").loc["won_so_far"]
    assert row["deals"] == len(won) > 0
    assert row["mean_amount"] == won["amount"].sum()
    assert result.distribution is not None
    assert result.distribution.values.min() >= won["amount"].sum()


def test_later_periods_share_out_the_long_one(pipeline: Pipeline) -> None:
    kind = {"of": "deals", "draws": 200}
    near = total(forecast(pipeline, "2026-07-31", **kind))["deals"]
    far = total(forecast(pipeline, "2026-09-30", since="2026-08-01", **kind))["deals"]
    both = total(forecast(pipeline, "2026-09-30", **kind))["deals"]
    assert near + far == pytest.approx(both, rel=1e-6)


def test_weighted_takes_the_probability_of_the_deals_that_are_due() -> None:
    deals = pd.DataFrame(
        {
            "deal_id": list("abcdefg"),
            "amount": [*SIX[0], 100],
            "probability": [90, 75, 50, 25, 10, 15, 50],
            "expected_close": [*[pd.Timestamp("2026-08-01")] * 6, pd.Timestamp("2027-01-01")],
            "created_at": pd.Timestamp("2026-01-01"),
            "outcome": "open",
        }
    )
    p = from_frames(deals, as_of="2026-06-30")
    result = forecast(p, "2026-09-30", "weighted")
    row = total(result)
    assert [row[f"p{q}_amount"] for q in (10, 50, 90)] == [3.0, 6.5, 11.0]
    assert row["mean_amount"] == pytest.approx(6.95)
    assert round(result.chance(6.95), 3) == 0.370
    assert result.distribution is not None
    assert result.distribution.exact


def test_weighted_falls_back_on_the_sheet() -> None:
    deals = pd.DataFrame(
        {
            "deal_id": ["a", "b"], "amount": [100.0, 10.0], "stage": ["negotiation", "lead"],
            "created_at": pd.Timestamp("2026-01-01"), "outcome": "open",
        }
    )  # fmt: skip
    p = from_frames(deals, as_of="2026-06-30")
    rate = p.process.expected_win_rate
    expected = 100 * rate("negotiation") + 10 * rate("lead")  # type: ignore[operator]
    assert total(forecast(p, "2026-09-30", "weighted"))["mean_amount"] == pytest.approx(expected)
    bare = from_frames(deals.assign(stage="early"), process=TWO, as_of="2026-06-30")
    with pytest.raises(FunnelkitError) as refusal:
        forecast(bare, "2026-09-30", "weighted")
    assert refusal.value.key == "forecast.no_probability"


def test_pacing_and_last_year_by_hand() -> None:
    # one win of 100 k in the k-th of four past quarters of 91 days, on its 60th day
    ends = [day(91 * k + 60) for k in range(4)]
    deals = pd.DataFrame(
        {
            "deal_id": list("abcd"), "amount": [100.0, 200.0, 300.0, 400.0],
            "created_at": day(0), "closed_at": ends, "outcome": "won",
        }
    )  # fmt: skip
    p = from_frames(deals, as_of=day(4 * 91))
    until = day(5 * 91)
    row = total(forecast(p, until, "pacing"))
    assert row["mean_amount"] == 250
    assert row["deals"] == 1
    # the last quarter once more: 31 days into it nothing had come, 61 days in all had
    first = after(3 * 91)
    early = total(forecast(p.at(day(3 * 91 + 31)), day(4 * 91), "pacing", since=first))
    late = total(forecast(p.at(day(3 * 91 + 61)), day(4 * 91), "pacing", since=first))
    assert early["mean_amount"] == 200
    assert late["mean_amount"] == 400
    # 31 days around the win of 100, a year later
    naive = total(forecast(p, day(365 + 75), "naive", since=after(365 + 44)))
    assert naive["mean_amount"] == 100
    assert naive["deals"] == 1


def test_groups_have_their_own_forecast(pipeline: Pipeline) -> None:
    result = forecast(pipeline, "2026-09-22", by="region", draws=1000)
    assert result.table["region"].unique().tolist() == ["E", "W"]
    totals = result.table[result.table["part"] == "total"]
    whole = total(forecast(pipeline, "2026-09-22", draws=1000))
    assert totals["deals"].sum() == pytest.approx(whole["deals"])
    assert totals["mean_amount"].sum() == pytest.approx(whole["mean_amount"])


@pytest.mark.parametrize("method", ["simulation", "stage", "cohort", "pacing"])
def test_no_wins_no_forecast(method: str) -> None:
    deals = pd.DataFrame(
        {"deal_id": ["a"], "amount": [1.0], "created_at": [day(0)], "outcome": ["open"]}
    ).assign(closed_at=pd.NaT)
    with pytest.raises(FunnelkitError) as refusal:
        forecast(from_frames(deals, as_of=day(9)), day(99), method)
    assert refusal.value.key == "forecast.no_wins"


def test_refusals(pipeline: Pipeline) -> None:
    for key, ask in {
        "forecast.period_over": {"through": "2026-06-24"},
        "measures.period_order": {"through": "2026-09-30", "since": "2026-10-01"},
        "measures.unknown_option": {"through": "2026-09-30", "method": "simulaton"},
        "forecast.few_draws": {"through": "2026-09-30", "draws": 3},
    }.items():
        with pytest.raises(FunnelkitError) as refusal:
            forecast(pipeline, **ask)  # type: ignore[arg-type]
        assert refusal.value.key == key
        for language in ("en", "zh"):
            with speaking(language):
                assert str(refusal.value)
    undated = from_frames(pd.DataFrame({"deal_id": ["a"], "outcome": ["won"]}), as_of=day(3))
    with pytest.raises(FunnelkitError) as refusal:
        forecast(undated, day(9))
    assert refusal.value.key == "pipeline.missing"
    young = pipeline.at("2025-03-01")
    with pytest.raises(FunnelkitError) as refusal:
        forecast(young, "2025-06-30", "naive")
    assert refusal.value.key == "forecast.no_year"


def test_amounts_that_only_closed_deals_have_stand_in_for_the_others(pipeline: Pipeline) -> None:
    frame = pipeline.frame()
    frame["amount"] = frame["amount"].where(frame["outcome"] == "won")
    history = pipeline.stage_history
    assert history is not None
    p = from_frames(frame, history.to_pandas(), process=TWO, as_of="2026-06-24")
    result = forecast(p, "2026-09-22", draws=1000)
    said = dict(result.scope.left_out)
    assert said["forecast.no_amount"] == (frame["outcome"] == "open").sum()
    assert total(result)["mean_amount"] > 0


def test_texts_and_chart_in_both_languages(pipeline: Pipeline) -> None:
    result = forecast(pipeline, "2026-09-22", draws=500)
    for language, word in (("en", "Simulation"), ("zh", "模拟法")):
        with speaking(language):
            assert word in result.title
            assert result.summary()
            chart = result.plot()
            assert result.summary() in chart.alt
            assert chart.png()
            assert "NaN" not in repr(result)
