"""Back-tests: nothing from later, the same as the slow way, scores worked by hand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import funnelkit as fk
from funnelkit.data.pipeline import Pipeline, end_of, from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.planning.forecasting.answers import Span
from funnelkit.planning.forecasting.backtest import backtest
from funnelkit.planning.forecasting.book import Book, moment_of
from funnelkit.planning.forecasting.forecast import forecast, parts_of
from funnelkit.planning.forecasting.methods import Setting, ask
from funnelkit.planning.forecasting.scores import against_best, score
from funnelkit.words import speaking

SHARED = Path(__file__).parents[3] / "shared" / "data"
third_party = pytest.mark.skipif(not SHARED.is_dir(), reason="third-party data is not here")

LEARNERS = ("simulation", "weighted", "stage", "cohort", "pacing")


@pytest.fixture(scope="module")
def industrial() -> Pipeline:
    return fk.load("industrial")


# --- nothing from later ------------------------------------------------------------------


@pytest.mark.parametrize("date", ["2024-11-05", "2026-03-15"])
def test_the_book_knows_what_the_pipeline_knew(industrial: Pipeline, date: str) -> None:
    moment = moment_of(end_of(date))
    fast = Book.of(industrial).known_at(moment)
    then = industrial.at(date)
    slow = Book.of(then).known_at(moment_of(then.as_of))
    assert fast.undated == 0
    for name in ("created", "closed", "outcome", "amount", "due", "place", "since"):
        mine, other = getattr(fast, name), getattr(slow, name)
        np.testing.assert_array_equal(mine, other, err_msg=name)
    for name in ("deal", "stage", "entered", "left", "after", "asked"):
        np.testing.assert_array_equal(getattr(fast, name), getattr(slow, name), err_msg=name)
    frame = then.frame()
    np.testing.assert_array_equal(fast.open, frame["outcome"] == "open")
    np.testing.assert_array_equal(fast.amount, frame["amount"])
    np.testing.assert_array_equal(fast.won, (frame["outcome"] == "won"))
    stages = [industrial.process.open_ids[k] for k in fast.place[fast.open]]
    assert stages == frame.loc[frame["outcome"] == "open", "stage"].tolist()


def test_one_pass_equals_the_forecast_of_each_past_pipeline(industrial: Pipeline) -> None:
    origin = dt.date(2025, 9, 30)
    fast = backtest(industrial, methods=LEARNERS, origins=[origin], draws=200, seed=7).details
    rows = fast.set_index("method")
    names = ["mean_amount", "p10_amount", "p50_amount", "p90_amount", "deals"]
    then = industrial.at(origin)
    result = forecast(then, dt.date(2025, 12, 31), draws=200, seed=7).table.set_index("part")
    assert rows.loc["simulation", names].tolist() == result.loc["total", names].tolist()
    book, now = Book.of(then), moment_of(then.as_of)
    span = Span(now, now, moment_of(end_of("2025-12-31")))
    for method in LEARNERS:
        slow = ask(method, book.known_at(now), span, Setting(then.process, True, 200, 7))
        total = parts_of(slow)[-1]
        assert rows.loc[method, names].tolist() == [total[n] for n in names], method


def test_changing_the_future_changes_nothing(industrial: Pipeline) -> None:
    origin, until = dt.date(2025, 6, 30), dt.date(2025, 9, 30)
    cut = pd.Timestamp(end_of(origin))
    deals, history = industrial.frame(), industrial.stage_history
    fields = industrial.field_history
    assert history is not None
    assert fields is not None
    rows, changes = history.to_pandas(), fields.to_pandas()
    later = deals["closed_at"] > cut
    # everything that is later: other outcomes and dates, other stages, other deals
    other = deals[deals["created_at"] <= cut].copy()
    flip = later.reindex(other.index)
    other.loc[flip, "outcome"] = other.loc[flip, "outcome"].map(
        {"won": "lost", "lost": "won", "no_decision": "won"}
    )
    other.loc[flip, "closed_at"] += pd.Timedelta(days=3)
    kept = rows[rows["entered_at"] <= cut]
    outcome_rows = pd.DataFrame(
        {
            "deal_id": other.loc[flip, "deal_id"], "stage": other.loc[flip, "outcome"],
            "entered_at": other.loc[flip, "closed_at"], "seq": 99,
        }
    )  # fmt: skip
    changed = from_frames(
        other, pd.concat([kept, outcome_rows]), changes, process=industrial.process,
        as_of=industrial.as_of,
    )  # fmt: skip
    mine = backtest(industrial, methods=LEARNERS, origins=[origin], draws=300)
    theirs = backtest(changed, methods=LEARNERS, origins=[origin], draws=300)
    columns = ["method", "mean_amount", "p10_amount", "p50_amount", "p90_amount", "deals"]
    pd.testing.assert_frame_equal(mine.details[columns], theirs.details[columns])
    assert (mine.details["actual_amount"] != theirs.details["actual_amount"]).all()
    assert (mine.details["until"] == until).all()


def test_actuals_are_what_was_won(industrial: Pipeline) -> None:
    frame = industrial.frame()
    for row in backtest(
        industrial, methods=["pacing"], every="quarter", origins=4
    ).details.itertuples():
        start = pd.Timestamp(row.origin) + pd.Timedelta(days=1)
        end = pd.Timestamp(row.until) + pd.Timedelta(days=1)
        came = (frame["outcome"] == "won") & frame["closed_at"].between(
            start, end, inclusive="left"
        )
        assert row.actual_amount == frame.loc[came, "amount"].sum()
        assert row.actual_deals == came.sum()


# --- scores ------------------------------------------------------------------------------


def test_scores_by_hand() -> None:
    part = pd.DataFrame({"mean_amount": [10.0, 12, 9, 15], "actual_amount": [8.0, 12, 10, 12]})
    part = part.assign(p10_amount=part["mean_amount"] - 2, p50_amount=part["mean_amount"])
    part["p90_amount"] = part["mean_amount"] + 2
    part["crps_amount"] = [2.0, 0.0, 1.0, 3.0]
    stated = np.array([0.9, 0.9, 0.75, 0.75, 0.5, 0.5, 0.25, 0.25, 0.1, 0.1])
    found = score(part, stated, np.array([1.0, 0, 1, 0, 1, 0, 0, 0, 0, 0]))
    assert round(found["mape"], 2) == 0.15
    assert round(found["wape"], 4) == 0.1429
    assert round(found["bias"], 4) == 0.0952
    assert round(found["rmse_amount"], 3) == 1.871
    assert round(found["brier"], 3) == 0.209
    parts = [round(found[k], 3) for k in ("reliability", "resolution", "uncertainty")]
    assert parts == [0.059, 0.060, 0.210]
    assert found["coverage"] == 0.75  # 12 lies below 13
    # P10 below by 0, 2, 3 of which 0.1; above by 1 of which 0.9 — and so on, by hand
    at10 = (0.1 * 0 + 0.1 * 2 + 0.1 * 3 + 0.9 * 1) / 4
    at50 = (0.5 * 2 + 0 + 0.5 * 1 + 0.5 * 3) / 4
    at90 = (0.1 * 4 + 0.1 * 2 + 0.1 * 1 + 0.1 * 5) / 4
    assert found["pinball_amount"] == pytest.approx((at10 + at50 + at90) / 3)
    assert found["crps_amount"] == 1.5
    none = score(part.assign(actual_amount=[0.0, 12, 10, 12]), np.zeros(0), np.zeros(0))
    assert np.isnan(none["mape"])
    assert np.isnan(none["brier"])


def test_a_small_difference_is_noise_and_a_steady_one_is_not() -> None:
    rng = np.random.default_rng(0)
    n = 24
    base = rng.uniform(5, 15, n)
    errors = pd.DataFrame(
        {"a": base, "b": base + rng.normal(0.05, 3, n).clip(-4, 4), "c": base + 2.0}
    )
    table = against_best(errors, np.full(n, 100.0), 1, 0).set_index("method")
    best = errors.sum().idxmin()
    assert table.loc[best, "verdict"] == "best"
    assert table.loc[best, "difference"] == 0
    assert table.loc["c", "verdict"] == "worse"
    near = "b" if best == "a" else "a"
    assert table.loc[near, "verdict"] == "within_noise"
    gap = errors["c"].sum() - errors[best].sum()
    assert table.loc["c", "difference"] == pytest.approx(gap / (100 * n))
    few = against_best(errors.head(3), np.full(3, 100.0), 1, 0)
    assert set(few["verdict"]) == {"best", "too_few"}


@pytest.mark.parametrize(("n", "block"), [(8, 1), (12, 3)])
def test_equal_methods_are_seldom_told_apart(n: int, block: int) -> None:
    # six methods that err alike, at quarters or at months whose quarters overlap
    told = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        common, own = rng.normal(0, 1, n + block - 1), rng.normal(0, 0.7, (n + block - 1, 6))
        gaps = common[:, None] + own
        gaps = sum(gaps[k : k + n] for k in range(block)) / np.sqrt(block)
        errors = pd.DataFrame(np.abs(gaps), columns=list("abcdef"))
        told += (
            against_best(errors, rng.normal(20, 2, n), block, seed)["verdict"] == "worse"
        ).any()
    assert told <= 10  # 5 in 100 are meant; more than 10 would come by chance in 1 of 100


def test_texts_charts_and_refusals(industrial: Pipeline) -> None:
    result = backtest(
        industrial, methods=("simulation", "weighted"), every="quarter", origins=6, draws=300
    )
    for language in ("en", "zh"):
        with speaking(language):
            assert result.summary() in result.plot().alt
            assert result.plot(method="weighted").png()
            assert result.plot_calibration("simulation").png()
            assert "nan" not in repr(result).lower().replace("finance", "")
    assert result.reliability("weighted")["n"].sum() == result.table["deal_forecasts"].max()


def test_refusals(industrial: Pipeline) -> None:
    young = industrial.at("2025-01-31")
    none_stated = backtest(industrial, methods=["pacing"], every="quarter", origins=2, draws=100)
    for key, call in {
        "forecast.origin_too_late": lambda: backtest(industrial, origins=["2026-06-01"]),
        "forecast.no_origin": lambda: backtest(young, horizon="year", origins=1),
        "forecast.no_deal_chances": none_stated.plot_calibration,
        "measures.unknown_option": lambda: backtest(industrial, methods=["weigted"]),
    }.items():
        with pytest.raises(FunnelkitError) as refusal:
            call()
        assert refusal.value.key == key
        for language in ("en", "zh"):
            with speaking(language):
                assert str(refusal.value)


# --- third-party data --------------------------------------------------------------------


@third_party
def test_maven_amounts_of_the_future_are_not_used() -> None:
    deals = pd.read_csv(SHARED / "maven_crm" / "sales_pipeline.csv")
    columns = {
        "deal_id": "opportunity_id", "owner": "sales_agent", "stage": "deal_stage",
        "created_at": "engage_date", "closed_at": "close_date", "amount": "close_value",
    }  # fmt: skip
    p = fk.read(deals, mapping={"columns": columns}, as_of="2017-12-31T00:00:00")
    result = backtest(p, every="month", horizon="quarter", origins=6, draws=500)
    # lost deals are written with 0 at their close: a forecast must not know that
    assert not Book.of(p).amount_while_open
    table = result.table.set_index("method")
    assert table.loc["weighted", "verdict"] == "not_available"  # no stages in the past
    # without a stage history the simulation has only the age to go by, as the cohort method
    assert table.loc["simulation", "brier"] == table.loc["cohort", "brier"]
    assert table.loc["simulation", "wape"] < 0.5 * table.loc["pacing", "wape"]
    won = deals[
        (deals["deal_stage"] == "Won") & deals["close_date"].between("2017-07-01", "2017-09-30")
    ]
    row = result.details[result.details["origin"] == dt.date(2017, 6, 30)].iloc[0]
    assert row["actual_amount"] == won["close_value"].sum()


@third_party
def test_loans_stages_tell_deals_apart_better_than_age_alone() -> None:
    stages = (
        "A_SUBMITTED", "A_PARTLYSUBMITTED", "A_PREACCEPTED", "A_ACCEPTED", "A_FINALIZED",
        "O_SENT", "O_SENT_BACK",
    )  # fmt: skip
    ends = {"A_APPROVED": "won", "A_DECLINED": "lost", "A_CANCELLED": "no_decision"}
    events = pd.read_csv(SHARED / "bpi2012" / "bpi2012_events.csv.gz")
    events = events[events["activity"].isin([*stages, *ends])]
    columns = {"deal_id": "case_id", "stage": "activity", "entered_at": "timestamp"}
    p = fk.read(
        events[["case_id", "activity", "timestamp"]],
        mapping={"columns": columns, "stages": {s: s.lower() for s in stages} | ends},
    )
    with pytest.raises(FunnelkitError) as refusal:
        backtest(p, horizon="month")
    assert refusal.value.key == "forecast.no_amounts"
    days = ["2011-12-04", "2012-01-01", "2012-01-29"]
    result = backtest(
        p, ("simulation", "cohort", "stage"), horizon="month", origins=days, of="deals", draws=500
    )
    table = result.table.set_index("method")
    assert table.loc["simulation", "brier"] < table.loc["cohort", "brier"]
    assert table.loc["simulation", "brier"] < table.loc["stage", "brier"]
    assert table.loc["simulation", "wape"] < 0.2


def test_crps_skill_is_against_the_best_simple_method_on_the_same_dates(
    industrial: Pipeline,
) -> None:
    found = backtest(
        industrial, ["simulation", "stage", "pacing"], every="quarter", origins=4, draws=200
    )
    table = found.table.set_index("method")
    # a point forecast has its absolute error; a distribution no more than three times its spread
    details = found.details
    assert (details["crps_amount"] >= 0).all()
    means = details.groupby("method")["crps_amount"].mean()
    assert table["crps_amount"].to_dict() == pytest.approx(means.to_dict())
    best = min(means["stage"], means["pacing"])
    assert table.loc["simulation", "crps_skill"] == pytest.approx(1 - means["simulation"] / best)
    assert table.loc[["stage", "pacing"], "crps_skill"].max() == pytest.approx(0)


def test_dates_after_which_nothing_came_break_no_comparison() -> None:
    errors = pd.DataFrame({"a": [5.0] * 6 + [1.0], "b": [9.0] * 6 + [8.0]})
    table = against_best(errors, np.array([0.0] * 6 + [10.0]), 3, 0)
    assert np.isfinite(table[["difference", "difference_low", "difference_high"]]).all(axis=None)
