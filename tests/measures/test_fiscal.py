"""The fiscal year of the process sheet: who counts in which quarter, worked by hand."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from funnelkit.apps.forecast import _ends as forecast_ends
from funnelkit.apps.targets import _ends as target_ends
from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.measures.drift import drift
from funnelkit.measures.fiscal import last_quarter, next_quarter
from funnelkit.measures.signatures.late_discount import late_in_quarter
from funnelkit.measures.timing.cohorts import cohorts
from funnelkit.measures.trend import trend
from funnelkit.planning.forecasting.backtest import _origins
from funnelkit.planning.forecasting.book import Book
from funnelkit.planning.targets.coverage import coverage_by_period
from funnelkit.process import bundled_processes, load_process
from funnelkit.process.model import Calendar
from funnelkit.report.pages.funnel_review import Review
from funnelkit.report.pages.sections.plan_goal import _quarter
from funnelkit.words import speaking

STAGES = [{"id": "talk", "name": "Talk"}, {"id": "offer", "name": "Offer"}]


def _pipeline(
    start: int, closed: list[str], as_of: str = "2026-12-31", lost: tuple[str, ...] = ()
) -> Pipeline:
    """One deal a closing day, won but for some, created on the first of the month before."""
    ends = pd.to_datetime(pd.Series(closed))
    created = (ends.dt.to_period("M") - 1).dt.start_time
    deals = pd.DataFrame(
        {
            "deal_id": [f"d{k}" for k in range(len(closed))],
            "created_at": created, "closed_at": ends, "amount": 100.0,
            "outcome": ["lost" if day in lost else "won" for day in closed],
        }
    )  # fmt: skip
    visits = deals.assign(stage="talk", entered_at=created)[["deal_id", "stage", "entered_at"]]
    sheet = {"name": "Ours", "stages": STAGES, "calendar": {"fiscal_year_start": start}}
    return from_frames(deals, visits, process=sheet, as_of=as_of)


DAYS = ["2026-01-31", "2026-02-01", "2026-03-31", "2026-04-01", "2026-04-30", "2026-05-01"]


@pytest.mark.parametrize(
    ("start", "quarters", "years"),
    [
        (1, {"2026Q1": 3, "2026Q2": 3}, {"2026": 6}),
        # April: January to March end the year that began in April 2025
        (4, {"FY2026Q4": 3, "FY2027Q1": 3}, {"FY2026": 3, "FY2027": 3}),
        # February: the quarter ends with January, April ...
        (2, {"FY2026Q4": 1, "FY2027Q1": 4, "FY2027Q2": 1}, {"FY2026": 1, "FY2027": 5}),
        # October: January to March are the second quarter
        (10, {"FY2026Q2": 3, "FY2026Q3": 3}, {"FY2026": 6}),
    ],
)
def test_wins_by_quarter_and_year(
    start: int, quarters: dict[str, int], years: dict[str, int]
) -> None:
    p = _pipeline(start, DAYS)
    for every, wanted in (("quarter", quarters), ("year", years)):
        table = trend(p, every=every).table
        assert dict(zip(table["period"], table["won"], strict=True)) == wanted


def test_cohorts_by_fiscal_quarter() -> None:
    # created on 2025-12-01, 01-01, 02-01, 03-01, 03-01, 04-01
    table = cohorts(_pipeline(2, DAYS), "quarter").table
    sizes = table.drop_duplicates("cohort").set_index("cohort")["deals"].to_dict()
    assert sizes == {"FY2026Q4": 2, "FY2027Q1": 4}


def test_months_and_weeks_know_no_fiscal_year() -> None:
    for every in ("month", "week"):
        own, plain = (trend(_pipeline(s, DAYS), every=every).table for s in (4, 1))
        assert own.equals(plain)


def test_quarters_of_a_drift_begin_where_the_sheet_says() -> None:
    days = [f"{y}-{m:02}-15" for y in (2024, 2025) for m in range(1, 13)]
    p = _pipeline(2, [d for d in days for _ in range(12)], "2027-06-30")
    lost = p.deals.mutate(outcome=(p.deals.deal_id.right(1) == "3").ifelse("lost", p.deals.outcome))
    table = drift(p._with_deals(lost), every="quarter").table
    # the first deal came on 2023-12-01: November to January is its quarter
    assert str(table["period"].iloc[0].date()) == "2023-11-01"
    assert table["n"].tolist()[:2] == [24, 36]
    assert {d.month for d in table["period"]} == {2, 5, 8, 11}


@pytest.mark.parametrize(
    ("start", "day", "last", "running"),
    [
        (1, "2026-05-12", ("2026-01-01", "2026-03-31"), ("2026-04-01", "2026-06-30")),
        (2, "2026-04-30", ("2026-02-01", "2026-04-30"), ("2026-05-01", "2026-07-31")),
        (4, "2026-01-01", ("2025-10-01", "2025-12-31"), ("2026-01-01", "2026-03-31")),
        (12, "2026-03-01", ("2025-12-01", "2026-02-28"), ("2026-03-01", "2026-05-31")),
    ],
)
def test_the_last_quarter_and_the_one_that_runs(
    start: int, day: str, last: tuple[str, str], running: tuple[str, str]
) -> None:
    calendar, at = Calendar(fiscal_year_start=start), dt.date.fromisoformat(day)
    assert tuple(map(str, last_quarter(at, calendar))) == last
    assert tuple(map(str, next_quarter(at, calendar))) == running


def test_the_ends_an_app_offers() -> None:
    p = _pipeline(2, DAYS, "2026-05-31")
    assert forecast_ends(p) == ("2026-07-31", "2026-10-31", "2027-01-31")
    assert target_ends(p) == ("2026-08-01", "2026-11-01", "2027-05-01")


def test_a_backtest_looks_from_the_ends_of_fiscal_quarters() -> None:
    p = _pipeline(2, [f"2025-{m:02}-15" for m in range(2, 13)], "2026-12-31")
    book = Book.of(p, money=True)
    origins = _origins(p, book.known_at(book.as_of), "quarter", "quarter", 3)
    assert [(str(o.date()), str(e.date())) for o, e in origins] == [
        ("2026-01-31", "2026-04-30"), ("2026-04-30", "2026-07-31"), ("2026-07-31", "2026-10-31"),
    ]  # fmt: skip


def test_coverage_takes_the_fiscal_quarter() -> None:
    days = pd.to_datetime(["2026-02-10", "2026-11-10", None])
    deals = pd.DataFrame({
        "deal_id": ["a", "b", "c"], "outcome": ["open", "open", "won"],
        "amount": [70.0, 900.0, 10.0], "created_at": pd.Timestamp("2025-11-01"),
        "expected_close": days, "closed_at": pd.to_datetime([None, None, "2025-12-01"]),
    })  # fmt: skip
    sheet = {"name": "Ours", "stages": STAGES, "calendar": {"fiscal_year_start": 4}}
    p = from_frames(deals, process=sheet, as_of="2025-12-31")
    # the fourth quarter of the year that ends in March 2026 is January to March
    assert coverage_by_period(p, {"2026-Q4": 1000.0}).table["open_amount"].tolist() == [70.0, 70.0]


def test_a_month_of_a_plan_stands_in_its_fiscal_quarter() -> None:
    april = Calendar(fiscal_year_start=4)
    with speaking("en"):
        assert _quarter("2026-05", april) == "Q1 FY27"
        assert _quarter("2026-05", Calendar()) == "Q2 2026"
    with speaking("zh"):
        assert _quarter("2026-05", april) == "2027 财年 1 季度"


def test_the_last_days_of_a_quarter() -> None:
    days = np.array(["2026-01-25", "2026-03-25", "2026-04-25"], dtype="datetime64[us]")
    assert late_in_quarter(days, 10, Calendar()).tolist() == [False, True, False]
    assert late_in_quarter(days, 10, Calendar(fiscal_year_start=2)).tolist() == [True, False, True]


def test_said_in_both_languages() -> None:
    found = trend(_pipeline(4, DAYS), every="quarter")
    with speaking("en"):
        assert "Q4 FY26" in str(found)
        assert "Q4 FY26" in found.summary()
    with speaking("zh"):
        assert "2026 财年 4 季度" in str(found)
        assert "2026 财年 4 季度" in found.summary()


@pytest.mark.parametrize("wrong", [0, 13, "April", True, 4.5])
def test_a_month_there_is_not_is_refused(wrong: object) -> None:
    sheet = {"name": "Ours", "stages": STAGES, "calendar": {"fiscal_year_start": wrong}}
    with speaking("en"), pytest.raises(FunnelkitError, match="fiscal_year_start: 4"):
        load_process(sheet)


def test_the_bundled_sheets_start_in_january() -> None:
    for name in bundled_processes():
        assert load_process(name).calendar.fiscal_year_start == 1
        assert "iscal" not in str(load_process(name))
    sheet = {"name": "Ours", "stages": STAGES, "calendar": {"fiscal_year_start": 4}}
    with speaking("en"):
        assert "Fiscal year: starts in month 4" in str(load_process(sheet))


def test_the_deals_of_a_fiscal_quarter_and_year_are_listed() -> None:
    p = _pipeline(4, DAYS)
    quarters, years = trend(p, every="quarter"), trend(p, every="year")
    assert list(quarters.deals(period="FY2026Q4")["deal_id"]) == ["d0", "d1", "d2"]
    assert list(quarters.deals(period="FY2027Q1", column="won")["deal_id"]) == ["d3", "d4", "d5"]
    assert list(years.deals(period="FY2026")["deal_id"]) == ["d0", "d1", "d2"]
    late = trend(p, every="year", since="2026-04-01")
    out = late.deals(left_out=True)
    assert dict(zip(out["deal_id"], out["why"], strict=True)) == dict.fromkeys(
        ["d0", "d1", "d2"], "outside_period"
    )
    with pytest.raises(FunnelkitError) as refused:
        quarters.deals(period="FY2027Q3")
    assert refused.value.values["allowed"][0] == "FY2027Q1"


@pytest.mark.parametrize(
    ("start", "lang", "head", "labels"),
    [
        (1, "en", "Win rate by the quarter in which deals closed", ["2026Q1", "2026Q2"]),
        (4, "en", "Win rate by the fiscal quarter in which deals closed", ["Q4 FY26", "Q1 FY27"]),
        (4, "zh", "赢单率，按结单所在财季", ["2026 财年 4 季度", "2027 财年 1 季度"]),
    ],
)
def test_a_review_shows_the_rates_of_the_quarters_in_which_deals_closed(
    start: int, lang: str, head: str, labels: list[str]
) -> None:
    p = _pipeline(start, DAYS, lost=(DAYS[0],))
    values = {"lang": lang, "deals": "no", "where": {}, "since": "", "until": ""}
    with speaking(lang):
        (chart,) = Review(p, p, values)._closed_in("quarter")
        assert chart.table.caption == head
        assert [row[0] for row in chart.table.texts()] == labels
        assert [row[3:] for row in chart.table.texts()] == [["2", "3"], ["3", "3"]]
