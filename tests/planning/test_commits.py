"""Commits: what counts, how far off and which way, and a method asked at the same moments."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

import funnelkit as fk
from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.planning import commits
from funnelkit.stats import crps
from funnelkit.words import speaking

day = pd.Timestamp


def pipeline(rows: list[tuple[object, ...]], columns: str) -> Pipeline:
    """Two sellers win in each of four months of 2026: Ada 100 each, Bo 50 each."""
    deals = pd.DataFrame(
        {
            "deal_id": [f"{who}{m}" for who in "AB" for m in range(1, 5)],
            "owner": ["Ada"] * 4 + ["Bo"] * 4,
            "amount": [100.0] * 4 + [50.0] * 4,
            "created_at": day("2025-12-01"),
            "closed_at": [day(2026, m, 20) for _ in "AB" for m in range(1, 5)],
            "outcome": "won",
        }
    )
    table = pd.DataFrame(rows, columns=columns.split())
    return from_frames(deals, as_of="2026-05-15", tables={"forecasts": table})


ROWS: list[tuple[object, ...]] = [
    *[(day(2026, m, 2), f"2026-{m:02d}", "Ada", "commit", 150.0) for m in range(1, 5)],
    *[(day(2026, m, 2), f"2026-{m:02d}", "Bo", "commit", c)
      for m, c in zip(range(1, 5), (40.0, 60.0, 40.0, 60.0), strict=True)],
    (day(2026, 1, 9), "2026-01", "Ada", "commit", 100.0),  # a second thought: the first counts
    (day(2026, 3, 1), "2026-02", "Ada", "commit", 1.0),  # after the month was over
    (day(2026, 5, 2), "2026-05", "Ada", "commit", 999.0),  # not over yet
    (day(2026, 1, 2), "2026-01", "Ada", "best_case", 500.0),
]  # fmt: skip
NAMES = "made_at period owner category amount"


def test_accuracy_and_bias_by_submitter() -> None:
    found = commits(pipeline(ROWS, NAMES))
    table = found.table.set_index("submitter")
    assert table.index.tolist() == ["Ada", "Bo", "total"]
    assert table.loc["Ada", ["periods", "committed_amount", "won_amount"]].tolist() == [4, 600, 400]
    assert (table.loc["Ada", "wape"], table.loc["Ada", "bias"]) == (0.5, 0.5)
    # Bo is 10 off each month, two times up and two times down
    assert (table.loc["Bo", "wape"], table.loc["Bo", "bias"]) == (0.2, 0.0)
    assert table.loc["Bo", "verdict"] == "within"
    # all: 190, 210, 190, 210 committed where 150 came
    assert table.loc["total", "bias"] == pytest.approx(800 / 600 - 1)
    assert table.loc["total", "wape"] == pytest.approx(200 / 600)
    assert table.loc["total", "verdict"] == "too_high"
    assert dict(found.scope.left_out)["forecast.commit_late"] == 1
    assert found.beside.empty  # four periods: too few to read the commit's own errors from
    with speaking("zh"):
        assert "Ada" in repr(found)
        assert "合计" in repr(found)


def test_without_names_and_categories_the_amounts_are_those_of_all() -> None:
    rows = [(day(2026, m, 2), f"2026-{m:02d}", 180.0) for m in range(1, 5)]
    table = commits(pipeline(rows, "made_at period amount")).table
    assert table["submitter"].tolist() == ["total"]
    assert table.loc[0, "bias"] == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("rows", "columns", "key"),
    [
        ([(day(2026, 1, 2), 1.0)], "made_at amount", "commit_columns"),
        ([(day(2026, 1, 2), "2026-01", "best", 1.0)], "made_at period category amount",
         "no_category"),
    ],
)  # fmt: skip
def test_what_is_lacking_is_named(rows: list[tuple[object, ...]], columns: str, key: str) -> None:
    with pytest.raises(FunnelkitError) as refused:
        commits(pipeline(rows, columns))
    assert refused.value.key == f"forecast.{key}"
    with pytest.raises(FunnelkitError) as refused:
        commits(fk.load("tiny"))
    assert refused.value.key == "forecast.no_commits"


def test_a_method_is_asked_at_the_moment_the_commits_were_in_and_knows_nothing_later() -> None:
    p = fk.load("industrial")
    beside = commits(p, draws=200).beside.set_index("method")
    assert set(beside.index) == {"commit", "simulation"}
    assert (beside["origins"] >= 6).all()
    # by hand: the commit's own WAPE over the months that have four earlier ones
    table = p.tables["forecasts"].to_pandas()
    table = table[(table["category"] == "commit") & (table["made_at"] < dt.datetime(2026, 6, 30))]
    said = table.groupby("period")["amount"].sum()
    frame = p.frame()
    won = frame[frame["outcome"] == "won"]
    came = won.groupby(won["closed_at"].dt.strftime("%Y-%m"))["amount"].sum().reindex(said.index)
    came = came.fillna(0)[4:]
    wape = (said[4:] - came).abs().sum() / came.sum()
    assert beside.loc["commit", "wape"] == pytest.approx(wape)
    # half of the months on, the scores of the first half are the same: nothing from later is used
    early = commits(p.at("2025-12-31"), draws=200)
    later = commits(p, draws=200)
    assert later.table.iloc[-1]["periods"] > early.table.iloc[-1]["periods"]


def test_crps_is_the_error_of_a_distribution() -> None:
    rng = np.random.default_rng(4)
    for n in (1, 2, 7, 40):
        x, w = np.sort(rng.normal(size=n)), rng.random(n)
        w /= w.sum()
        y = float(rng.normal())
        # the energy form: E|X - y| - E|X - X'| / 2 (Gneiting and Raftery 2007)
        energy = w @ np.abs(x - y) - w @ np.abs(x[:, None] - x) @ w / 2
        assert crps(x, w, y) == pytest.approx(energy)
    assert crps([3.0, 5.0], [0.5, 0.5], 3.0) == pytest.approx(0.5)


def test_crps_against_scoringrules() -> None:
    oracle = pytest.importorskip("scoringrules")
    rng = np.random.default_rng(8)
    draws = np.sort(rng.gamma(2.0, 3.0, (25, 60)), axis=1)
    came = rng.gamma(2.0, 3.0, 25)
    ours = [crps(x, np.ones(60), y) for x, y in zip(draws, came, strict=True)]
    assert ours == pytest.approx(oracle.crps_ensemble(came, draws).tolist())


def test_the_commit_is_a_method_of_the_forecast() -> None:
    # 190, 210, 190, 210 were committed where 150 came: 200 for May less 40, 60, 40, 60
    rows = [r for r in ROWS if r[1] != "2026-05"]
    rows += [(day(2026, 5, 2), "2026-05", "Ada", "commit", 900.0)]
    rows += [(day(2026, 5, 2), "2026-05", "Bo", "commit", 50.0)]
    rows += [(day(2026, 5, 9), "2026-05", "Ada", "commit", 150.0)]  # the last word counts
    rows += [(day(2026, 5, 20), "2026-05", "Ada", "commit", 0.0)]  # not said yet
    p = pipeline(rows, NAMES)
    found = fk.forecast(p, "2026-05-31", "commit", since="2026-05-01")
    assert found.distribution is not None
    assert found.distribution.mean == 200
    # in January Ada's second thought was in by mid-month: 140 committed, 150 came
    values = dict(zip(found.distribution.values, found.distribution.weights, strict=True))
    assert values == {140: 0.5, 160: 0.25, 210: 0.25}
    assert found.table.set_index("part").loc["total", "mean_amount"] == 200
    with speaking("zh"):
        assert "承诺" in found.definition
    assert "200 is committed" in found.summary()
    for key, call in {
        "no_commit_for": lambda: fk.forecast(p, "2026-06-30", "commit", since="2026-06-01"),
        "commit_whole": lambda: fk.forecast(p, "2026-05-31", "commit", by="owner"),
        "few_commits": lambda: fk.forecast(
            pipeline([r for r in rows if r[1] != "2026-02"], NAMES),
            "2026-05-31",
            "commit",
            since="2026-05-01",
        ),
    }.items():
        with pytest.raises(FunnelkitError) as refused:
            call()
        assert refused.value.key == f"forecast.{key}"


def test_the_commit_is_a_method_of_the_back_test() -> None:
    # five months, 150 won in each by the 20th; before May four months with commits are over:
    # 190, 210, 190, 210 on their second day, and 200 for May, asked for then
    rows = [r for r in ROWS if r[:2] in [(day(2026, m, 2), f"2026-{m:02d}") for m in range(1, 5)]]
    rows = [r for r in rows if r[3] == "commit"]
    rows += [(day(2026, 5, 2), "2026-05", "Ada", "commit", 150.0)]
    rows += [(day(2026, 5, 3), "2026-05", "Bo", "commit", 50.0)]
    columns = NAMES.split()
    p = pipeline(rows, NAMES)
    deals = p.frame()
    may = deals[deals["closed_at"].dt.month == 4].assign(closed_at=day("2026-05-20"))
    may["deal_id"] += "-may"
    table = pd.DataFrame(rows, columns=columns)
    p = from_frames(
        pd.concat([deals, may]).drop(columns=["stage"], errors="ignore"),
        as_of="2026-06-15", tables={"forecasts": table},
    )  # fmt: skip
    found = fk.backtest(p, ["commit", "pacing"], horizon="month", origins=["2026-04-30"], draws=100)
    told = found.details.set_index("method")
    assert told.loc["commit", "mean_amount"] == 200
    assert told.loc["commit", "actual_amount"] == 150
    # what came lay 40, 60, 40, 60 below what was committed: 160 or 140, twice as likely each
    assert told.loc["commit", "crps_amount"] == pytest.approx(
        (abs(160 - 150) + abs(140 - 150)) / 2 - abs(160 - 140) / 4
    )
    who = found.submitters.set_index("submitter")
    assert who.loc["Ada", ["periods", "committed_amount", "won_amount"]].tolist() == [1, 150, 100]
    assert who.loc["Bo", ["committed_amount", "won_amount", "bias"]].tolist() == [50, 50, 0]
    assert "commits" in found.summary()
    with speaking("zh"):
        assert "承诺" in found.summary()
    # of itself the commit is there where these very periods were committed for
    month = fk.backtest(p, horizon="month", origins=["2026-04-30"], draws=100)
    assert "commit" in set(month.details["method"])
    quarter = fk.backtest(p, horizon="quarter", origins=["2026-02-28"], draws=100)
    assert "commit" not in set(quarter.details["method"])
    assert quarter.submitters.empty
    with pytest.raises(FunnelkitError) as refused:
        fk.backtest(p, ["commit"], horizon="month", of="deals")
    assert refused.value.key == "forecast.commit_whole"
