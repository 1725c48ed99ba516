"""The forecast report: its numbers are the planning room's, and what it refuses it says why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from funnelkit.data.library import load
from funnelkit.data.pipeline import from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.measures.scope import Scope
from funnelkit.planning import Backtest, backtest, forecast, plan_target
from funnelkit.planning.forecasting.swing import swing_deals
from funnelkit.process import load_process
from funnelkit.report.pages.forecast import OutlookReport, open_outlook
from funnelkit.report.pages.sections import forecast_sentences
from funnelkit.report.pages.study.forecast_goal import Goal, goal_of, months_of
from funnelkit.words import percent, speaking

QUARTER = (dt.date(2026, 7, 1), dt.date(2026, 9, 30))


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Opening a report sets the language; the next test begins in English again."""
    with speaking("en"):
        yield


@pytest.fixture(scope="module")
def north() -> OutlookReport:
    given = {"data": "industrial", "where": {"region": "North"}, "lang": "en", "draws": 2000,
             "methods": ["simulation", "pacing", "weighted"], "origins": 6}  # fmt: skip
    return open_outlook(given)


def test_the_numbers_are_those_of_the_api(north: OutlookReport) -> None:
    p = load("industrial").where(region="North")
    said = forecast(p, "2026-09-30", since="2026-07-01", draws=2000)
    assert said.distribution is not None
    assert north.forecast().table.equals(said.table)
    text = repr(north.ahead())
    for q in (0.1, 0.5, 0.9):
        amount = said.distribution.quantile(q)
        short = f"{amount / 1e6:.2f}m" if amount >= 1e6 else f"{amount / 1e3:.0f}k"
        assert f"EUR {short}" in text
    facts = {fact.key: fact for fact in north.facts()}
    assert facts["expected"].value == said.distribution.quantile(0.5)
    # three sellers at 38,000 a month, three months
    assert facts["target"].value == 3 * 38_000 * 3
    assert facts["chance"].value == said.chance(3 * 38_000 * 3)
    tested = backtest(
        p, ["simulation", "pacing", "weighted"], "month", "quarter", 6, draws=2000
    ).table.set_index("method")
    assert facts["error"].value == tested.loc["simulation", "wape"]
    assert percent(tested.loc["pacing", "wape"], 1) in repr(north.tested())


def test_plan_and_forecast_say_the_same_of_the_same_deals(north: OutlookReport) -> None:
    means = north.forecast().table.set_index("part")["mean_amount"]
    plan = plan_target(north.pipeline, 2e6, "2026-10-01", "2026-07-01", forecast=north.forecast())
    assert plan.outlook.booked == means["won_so_far"]
    assert plan.outlook.open_in_period == means["open_deals"]
    assert plan.outlook.expected == pytest.approx(means["total"])
    assert plan.gap is not None
    assert sum(plan.gap.branches.values()) == pytest.approx(means["total"] - 2e6)


def test_the_period_is_the_quarter_that_runs_or_begins() -> None:
    ended = open_outlook({"data": "tiny", "lang": "en"})
    assert ended.days == QUARTER
    running = open_outlook({"data": "tiny", "lang": "en", "as_of": "2026-05-15"})
    assert running.days == (dt.date(2026, 4, 1), dt.date(2026, 6, 30))


def targets(**more: Any) -> Any:
    deals = pd.DataFrame({"deal_id": ["a"], "outcome": "open", "region": "East",
                          "created_at": pd.Timestamp("2026-06-01")})  # fmt: skip
    rows = [
        (month, region, level, amount)
        for month in ("2026-07", "2026-08", "2026-09")
        for region, amount in (("East", 10.0), ("West", 20.0))
        for level in ("plan", "stretch")
    ]
    table = pd.DataFrame(rows, columns=["period", "region", "level", "amount"])
    return from_frames(deals, as_of="2026-06-30", tables={"targets": table}, **more)


def test_targets_are_added_up_over_the_months_of_the_part() -> None:
    p = targets()
    assert goal_of(p, 0, "plan", {}, *QUARTER) == Goal(90.0, "plan")
    assert goal_of(p, 0, "plan", {"region": "East"}, *QUARTER) == Goal(30.0, "plan")
    assert goal_of(p, 7.0, "plan", {"source": "fair"}, *QUARTER) == Goal(7.0)


@pytest.mark.parametrize(
    ("level", "where", "days", "key"),
    [
        ("base", {}, QUARTER, "outlook.no_target_rows"),
        ("plan", {"region": "South"}, QUARTER, "outlook.no_target_rows"),
        ("plan", {"product": "x"}, QUARTER, "outlook.target_column"),
        ("plan", {}, (QUARTER[0], dt.date(2026, 10, 31)), "outlook.no_target_rows"),
        ("plan", {}, (dt.date(2026, 7, 10), QUARTER[1]), "outlook.target_months"),
    ],
)
def test_a_target_that_is_not_there_is_refused(
    level: str, where: dict[str, str], days: tuple[dt.date, dt.date], key: str
) -> None:
    with pytest.raises(FunnelkitError) as caught:
        goal_of(targets(), 0, level, where, *days)
    assert caught.value.key == key
    for lang in ("en", "zh"):
        with speaking(lang):
            assert "“target”" in str(caught.value)


def test_months_of_a_year_end() -> None:
    assert months_of(dt.date(2026, 12, 1), dt.date(2027, 1, 31)) == ["2026-12", "2027-01"]


def test_a_deal_s_part_of_the_spread_by_hand() -> None:
    deals = pd.DataFrame(
        {
            "deal_id": ["a", "b", "c"], "outcome": "open", "amount": [100.0, 200.0, 300.0],
            "probability": [0.5, 0.1, 1.0], "created_at": pd.Timestamp("2026-06-01"),
            "expected_close": pd.Timestamp("2026-08-01"),
        }
    )  # fmt: skip
    p = from_frames(deals, as_of="2026-06-30")
    table = swing_deals(p, "2026-09-30", "weighted").table.set_index("deal_id")
    # 100² x 1/4 = 2,500; 200² x 9/100 = 3,600; what is certain adds nothing
    assert list(table.index) == ["b", "a", "c"]
    assert table["share"].tolist() == pytest.approx([3600 / 6100, 2500 / 6100, 0.0])
    assert table["expected_amount"].tolist() == pytest.approx([20.0, 50.0, 300.0])
    with pytest.raises(FunnelkitError) as caught:
        swing_deals(load("industrial"), "2026-09-30", "pacing")
    assert caught.value.key == "forecast.no_deal_chances"


@pytest.mark.parametrize(
    ("lang", "reasons"),
    [
        ("en", ["There is no target", "The past is too short to test a forecast", "Left out here"]),
        ("zh", ["没有目标", "历史太短，无法回测", "此处从略"]),
    ],
)
def test_what_the_data_do_not_carry_is_said(lang: str, reasons: list[str]) -> None:
    report = open_outlook({"data": "tiny", "lang": lang})
    text = "\n".join(
        repr(part()) for part in (report.opening, report.gap, report.create, report.tested,
                                  report.categories)
    )  # fmt: skip
    for reason in reasons:
        assert reason in text
    facts = {fact.key: fact for fact in report.facts()}
    assert facts["target"].value is None
    assert facts["expected"].value is not None


def scores(own: str = "simulation", **verdicts: str) -> Any:
    """Return as much of a report as `trust` asks for."""
    table = pd.DataFrame(
        [
            {"method": name, "origins": 8, "wape": 0.1 * k, "verdict": verdict, "coverage": 0.75,
             "low": 0.41, "high": 0.93, "difference_low": -0.05, "difference_high": 0.05}
            for k, (name, verdict) in enumerate(verdicts.items(), start=1)
        ]
    )  # fmt: skip
    scope = Scope(1, (), dt.datetime(2026, 6, 30))
    options = (("of", "amount"), ("every", "quarter"), ("horizon", "quarter"))
    tested = Backtest(table, scope, load_process(None), (), options)
    return SimpleNamespace(backtest=lambda: tested, method=own)


@pytest.mark.parametrize(
    ("verdicts", "told", "silent"),
    [
        ({"pacing": "best", "simulation": "within_noise"}, "cannot be told apart", "Clearly worse"),
        (
            {"pacing": "best", "simulation": "within_noise", "naive": "worse"},
            "Clearly worse: Same days last year",
            "not the one",
        ),
        ({"pacing": "best", "simulation": "worse"}, "“method”: pacing", "ranking of luck"),
        ({"simulation": "best", "naive": "worse"}, "trust: Simulation", "ranking of luck"),
        ({"simulation": "best", "naive": "too_few"}, "too few to call one better", "worse"),
    ],
)
def test_which_method_to_trust(verdicts: dict[str, str], told: str, silent: str) -> None:
    with speaking("en"):
        text = " ".join(forecast_sentences.trust(scores(**verdicts)))
    assert told in text
    assert silent not in text
    assert "no sign that it is too narrow or too wide" in text
    with speaking("zh"):
        assert "该信哪种方法" in " ".join(forecast_sentences.trust(scores(**verdicts)))


def test_methods_are_not_called_alike_where_twice_the_error_would_go_unseen() -> None:
    found = scores(pacing="best", simulation="within_noise")
    found.backtest().table["difference_high"] = 0.4  # half the width, 0.22, is above a WAPE of 0.1
    with speaking("en"):
        text = " ".join(forecast_sentences.trust(found))
    assert "too little to tell" in text
    assert "ranking of luck" not in text
