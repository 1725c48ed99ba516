"""Life tables: against hand-worked numbers, other libraries and a real data set."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from funnelkit.errors import FunnelkitError
from funnelkit.stats import aalen_johansen, at_risk, kaplan_meier, quantile, to_life_table
from funnelkit.stats.competing_risks import incidence
from funnelkit.stats.life_table import quantile_of_counts

MAVEN = Path(__file__).parents[3] / "shared" / "data" / "maven_crm" / "sales_pipeline.csv"
CAUSES = ["won", "lost", "no_decision"]


def censored_data(seed, size=300, longest=40):
    """Few days and many units: ties of every kind; the last one seen is still there."""
    rng = np.random.default_rng(seed)
    day = rng.integers(0, longest, size)
    status = rng.choice(4, size, p=[0.35, 0.3, 0.25, 0.1])
    day, status = np.append(day, longest), np.append(status, 0)
    return day, status, np.array(["censored", *CAUSES])[status]


@pytest.mark.parametrize("seed", range(5))
def test_kaplan_meier_agrees_with_statsmodels(seed):
    day, status, exit_ = censored_data(seed)
    curve = kaplan_meier(to_life_table(day, exit_))
    other = SurvfuncRight(day, status > 0)
    at = curve.set_index("day").loc[other.surv_times]
    assert np.allclose(at["survival"], other.surv_prob, atol=1e-9)
    assert np.allclose(at["std_error"].iloc[:-1], other.surv_prob_se[:-1], atol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_kaplan_meier_agrees_with_scikit_survival(seed):
    other = pytest.importorskip("sksurv.nonparametric")
    day, status, exit_ = censored_data(seed)
    curve = kaplan_meier(to_life_table(day, exit_))
    days, survival, (low, high) = other.kaplan_meier_estimator(
        status > 0, day, conf_level=0.95, conf_type="log-log"
    )
    assert np.array_equal(days, curve["day"])
    assert np.allclose(survival, curve["survival"], atol=1e-9)
    inside = (curve["survival"] < 1) & (curve["survival"] > 0)
    assert np.allclose(np.c_[low, high][inside], curve.loc[inside, ["low", "high"]], atol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_aalen_johansen_agrees_with_statsmodels(seed):
    day, status, exit_ = censored_data(seed)
    curve = aalen_johansen(to_life_table(day, exit_), CAUSES).set_index("day")
    # statsmodels takes times above 0 only.
    other = CumIncidenceRight(day + 1, status)
    for i, cause in enumerate(CAUSES):
        found = curve.loc[other.times - 1]
        assert np.allclose(found[cause], other.cinc[i], atol=1e-9)
        assert np.allclose(found[f"{cause}_std_error"], other.cinc_se[i], atol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_aalen_johansen_and_its_bands_agree_with_scikit_survival(seed):
    other = pytest.importorskip("sksurv.nonparametric")
    day, status, exit_ = censored_data(seed)
    curve = aalen_johansen(to_life_table(day, exit_), CAUSES).set_index("day")
    days, shares, bands = other.cumulative_incidence_competing_risks(
        status, day, conf_level=0.95, conf_type="log-log", var_type="Dinse_Approx"
    )
    at = curve.loc[days]
    for i, cause in enumerate(CAUSES):
        assert np.allclose(at[cause], shares[i + 1], atol=1e-9)
        inside = (at[cause] > 0).to_numpy()
        band = at[[f"{cause}_low", f"{cause}_high"]]
        assert np.allclose(band[inside], bands[i + 1].T[inside], atol=1e-9)


def test_it_stacks_to_one_on_every_whole_day_of_every_group():
    day, _, exit_ = censored_data(7, 899)
    team = np.resize(["b", None, "a"], 900)
    curve = aalen_johansen(to_life_table(day, exit_, team=team), CAUSES)
    assert np.allclose(curve[[*CAUSES, "open"]].sum(axis=1), 1, atol=1e-12)
    for _, part in curve.groupby("team", dropna=False):
        assert part["day"].tolist() == list(range(part["day"].max() + 1))
    only = team == "a"
    alone = aalen_johansen(to_life_table(day[only], exit_[only]), CAUSES)
    part = curve[curve["team"] == "a"].drop(columns="team").reset_index(drop=True)
    pd.testing.assert_frame_equal(part, alone)


def test_without_censoring_the_errors_are_the_binomial_ones():
    curve = aalen_johansen(to_life_table([1, 2, 3, 4, 5] * 4, (["won"] * 2 + ["lost"] * 3) * 4))
    last = curve.iloc[-1]
    assert last["won"] == pytest.approx(0.4)
    assert last["won_std_error"] == pytest.approx(np.sqrt(0.4 * 0.6 / 20))
    assert last["lost_std_error"] == pytest.approx(np.sqrt(0.4 * 0.6 / 20))


def test_by_hand_with_a_tie_of_exit_and_censoring():
    # Day 2: 3 at risk, one lost, one censored; the censored one still counts as at risk.
    table = to_life_table([1, 2, 2, 4], ["won", "lost", "censored", "won"])
    assert at_risk(table)["at_risk"].tolist() == [4, 3, 1]
    curve = aalen_johansen(table, ["won", "lost"])
    assert curve["day"].tolist() == [0, 1, 2, 3, 4]
    assert curve["won"].to_numpy() == pytest.approx([0, 1 / 4, 1 / 4, 1 / 4, 3 / 4])
    assert curve["lost"].to_numpy() == pytest.approx([0, 0, 1 / 4, 1 / 4, 1 / 4])
    assert curve["open"].to_numpy() == pytest.approx([1, 3 / 4, 1 / 2, 1 / 2, 0])
    assert curve["at_risk"].tolist() == [4, 4, 3, 1, 1]


def test_nothing_seen_yet_does_not_mean_certainly_nothing():
    curve = aalen_johansen(to_life_table([30] * 8, ["censored"] * 8), ["won"])
    last = curve.iloc[-1]
    assert last["won"] == 0
    assert last["won_high"] == pytest.approx(0.324, abs=6e-4)
    assert last["open_low"] == pytest.approx(1 - 0.324, abs=6e-4)
    every = aalen_johansen(to_life_table([0, 0, 0], ["won"] * 3)).iloc[-1]
    assert every["won"] == 1
    assert every["won_low"] == pytest.approx(0.4385, abs=1e-4)  # Wilson 3 of 3


def test_intervals_cover_as_often_as_they_say():
    rng = np.random.default_rng(3)
    day, exit_, trial = [], [], []
    for i in range(1000):
        end = rng.exponential(50, 60)
        cause = np.where(rng.random(60) < 0.3, "won", "lost")
        seen = rng.uniform(0, 120, 60)
        day.append(np.floor(np.minimum(end, seen)).astype(int))
        exit_.append(np.where(end < seen, cause, "censored"))
        trial.append(np.full(60, i))
    table = to_life_table(*map(np.concatenate, (day, exit_)), trial=np.concatenate(trial))
    at = aalen_johansen(table, ["won", "lost"]).query("day == 39")
    truth = 0.3 * (1 - np.exp(-40 / 50))
    assert 0.93 < ((at["won_low"] <= truth) & (truth <= at["won_high"])).mean() < 0.97
    truth = np.exp(-40 / 50)
    assert 0.93 < ((at["open_low"] <= truth) & (truth <= at["open_high"])).mean() < 0.97


def test_median_and_its_interval_agree_with_statsmodels():
    day, status, exit_ = censored_data(11)
    table = to_life_table(day, exit_)
    found = quantile(kaplan_meier(table)).iloc[0]
    other = SurvfuncRight(day, status > 0)
    assert found["value"] == other.quantile(0.5)
    low, high = other.quantile_ci(0.5, method="cloglog")
    assert (found["low"], found["high"]) == (low, high)


def test_freireich_remission_times():
    # Freireich et al. (1963), 6-MP arm: median 23 weeks, interval 13 to not reached (R survfit).
    times = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    exit_ = ["relapse"] * 9 + ["censored"] * 12
    curve = kaplan_meier(to_life_table(times, exit_))
    assert curve.set_index("day").loc[23, "survival"] == pytest.approx(0.4482, abs=5e-5)
    median = quantile(curve).iloc[0]
    assert median["value"] == 23
    assert median["low"] == 13
    assert np.isnan(median["high"])
    ninetieth = quantile(curve, 0.9).iloc[0]
    assert np.isnan(ninetieth["value"])
    assert not ninetieth["reached"]


def test_events_can_be_chosen_and_groups_kept_apart():
    table = to_life_table(
        [1, 2, 3, 1, 2], ["won", "lost", "won", "lost", "lost"], team=list("aaabb")
    )
    curve = kaplan_meier(table, events=["won"])
    assert curve[curve["team"] == "b"]["survival"].tolist() == [1, 1]
    medians = quantile(curve).set_index("team")["value"]
    assert medians["a"] == 3
    assert np.isnan(medians["b"])


def test_problems_are_named():
    table = to_life_table([1, 2], ["won", "lots"])
    with pytest.raises(FunnelkitError, match=r"lots.*lost"):
        aalen_johansen(table, ["won", "lost"])
    with pytest.raises(FunnelkitError, match="Row 1"):
        at_risk(table.assign(day=[1, -2]))
    with pytest.raises(FunnelkitError, match="exit"):
        at_risk(table.drop(columns="exit"))
    with pytest.raises(FunnelkitError):
        kaplan_meier(table.head(0))


def test_a_hundred_thousand_rows_take_moments():
    rng = np.random.default_rng(5)
    size = 100_000
    table = pd.DataFrame(
        {
            "team": rng.integers(0, 200, size),
            "day": rng.integers(0, 700, size),
            "exit": rng.choice(["won", "lost", "censored"], size),
            "n": rng.integers(1, 9, size),
        }
    )
    start = time.perf_counter()
    aalen_johansen(table)
    quantile(kaplan_meier(table))
    assert time.perf_counter() - start < 10


@pytest.mark.skipif(not MAVEN.exists(), reason="the third-party data are not here")
def test_maven_cumulative_incidence():
    deals = pd.read_csv(MAVEN, parse_dates=["engage_date", "close_date"])
    deals = deals[deals["engage_date"].notna()]
    end = deals["close_date"].fillna(pd.Timestamp("2017-12-31"))
    exit_ = deals["deal_stage"].map({"Won": "won", "Lost": "lost"}).fillna("censored")
    table = to_life_table((end - deals["engage_date"]).dt.days, exit_)
    assert table["n"].sum() == 8300
    curve = aalen_johansen(table, ["won", "lost"]).set_index("day")
    for day, won, lost, open_ in [
        (30, 0.21899, 0.16221, 0.61880),
        (60, 0.26473, 0.18550, 0.54977),
        (90, 0.39701, 0.25212, 0.35086),
        (120, 0.50004, 0.29550, 0.20446),
        (138, 0.51944, 0.30174, 0.17882),
    ]:
        found = curve.loc[day, ["won", "lost", "open"]].to_numpy(float)
        assert found == pytest.approx([won, lost, open_], abs=5.1e-6)
    trap = kaplan_meier(table, events=["won"]).set_index("day")["survival"]
    assert 1 - trap.loc[[30, 60, 90, 120]].to_numpy() == pytest.approx(
        [0.24211, 0.29919, 0.47991, 0.64360], abs=5.1e-6
    )


def test_an_interval_of_next_to_nothing_is_the_whole_range() -> None:
    from funnelkit.stats.life_table import log_log

    low, high = log_log(np.array([0.5, 1.0]), np.array([1e4, 0.0]), 1.96)
    assert low.tolist() == [0.0, 1.0]
    assert high.tolist() == [1.0, 1.0]


def test_medians_of_counts_are_those_of_the_curves() -> None:
    rng = np.random.default_rng(5)
    left, still = rng.integers(0, 4, (30, 25)), rng.integers(0, 3, (30, 25))
    left[:10] //= 3  # so few leave that some medians are not reached
    found = quantile_of_counts(left, still)
    for row in range(30):
        day = np.repeat(np.arange(25), left[row] + still[row])
        gone = np.concatenate(
            [[1] * a + [0] * b for a, b in zip(left[row], still[row], strict=True)]
        )
        expected = SurvfuncRight(day, gone).quantile(0.5)
        assert found[row] == expected or (np.isnan(found[row]) and np.isnan(expected))
    assert np.isnan(found).any()
    assert (~np.isnan(found)).any()


def test_the_incidence_at_the_end_is_the_last_row_of_the_whole_curve() -> None:
    rng = np.random.default_rng(7)
    for size in (1, 5, 60, 900):
        days, exits = rng.integers(0, 1 + size // 3, size), rng.integers(0, 3, size)
        counts = np.zeros((days.max() + 1, 3))
        np.add.at(counts, (days, exits), 1.0)
        table = to_life_table(days, np.array(["censored", "won", "gone"])[exits])
        whole = aalen_johansen(table, ["won", "gone"])[["won", "gone"]].iloc[-1]
        assert incidence(counts)[-1] == pytest.approx(whole.to_numpy(), abs=1e-14)
