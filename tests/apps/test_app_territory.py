"""Territory and customers: shares, tiers and hours by hand; a part that is missing says why."""

from __future__ import annotations

import re

import pandas as pd
import pytest

import funnelkit as fk
from funnelkit.apps import find_app
from funnelkit.apps.app import OpenApp, open_app
from funnelkit.data import from_frames
from funnelkit.words import speaking

ALL_PAST = {"weight": 0.0, "growth": 0.0}


def _deals() -> pd.DataFrame:
    # a bought for 800, b for 150, c for 50; a year ago d bought for 999
    rows = [("1", "a", "N", 500.0, "2026-02-01"), ("2", "a", "N", 300.0, "2026-02-02"),
            ("3", "b", "S", 150.0, "2026-02-03"), ("4", "c", "S", 50.0, "2025-09-03"),
            ("5", "d", "S", 999.0, "2025-01-03")]  # fmt: skip
    deals = pd.DataFrame(rows, columns=["deal_id", "account", "region", "amount", "closed_at"])
    return deals.assign(
        closed_at=pd.to_datetime(deals["closed_at"]), created_at=pd.Timestamp("2024-12-01"),
        outcome="won", owner=["x", "y", "x", "y", "x"],
    )  # fmt: skip


@pytest.fixture(scope="module")
def small() -> OpenApp:
    accounts = pd.DataFrame(
        {"account_id": list("abcd"), "name": list("abcd"), "region": ["N", "S", "S", "S"],
         "potential": [1000.0, 2000.0, 500.0, 500.0]}
    )  # fmt: skip
    p = from_frames(_deals(), as_of="2026-03-01", tables={"accounts": accounts})
    return open_app(find_app("territory"), p)


def _sheet(app: OpenApp, title: str, **state: float) -> pd.DataFrame:
    table = app.answer(state).tables[title].frame()
    return table.set_index(table.columns[0])


def test_only_the_past_shares_as_the_sales_were(small: OpenApp) -> None:
    # N sold 800 of the year's 1,000, S 200
    shares = _sheet(small, "The target by region", **ALL_PAST)
    assert shares.loc["N"].tolist()[-1] == "800"
    assert shares.loc["S"].tolist()[-1] == "200"


def test_only_the_potential_shares_as_the_market_lies(small: OpenApp) -> None:
    # potential: N 1,000, S 3,000 of 4,000; the target is 1,000 and half as much again
    shares = _sheet(small, "The target by region", weight=1.0, growth=0.5)
    assert shares.loc["N"].tolist()[-1] == "375"
    assert shares.loc["S"].tolist()[-1] == "1,125"


def test_tiers_and_hours_by_hand(small: OpenApp) -> None:
    # a has 80 % of the sales: the next, b, begins at .8 and is B; c begins at .95 and is C
    state = {"visitsA": 24.0, "hoursA": 1.5, "visitsB": 12.0, "hoursB": 1.0, "visitsC": 4.0,
             "hoursC": 0.5, "year": 100.0}  # fmt: skip
    page = small.render(state)
    # 36 + 12 + 2 hours, a hundred a person
    assert "3 customers ask for 50 hours a year: 0.5 persons. There are 2: it fits." in page
    assert small.render(state | {"first": 0.85}).count(">2</td>") >= 1  # a and b are A now


def test_without_accounts_the_tiers_stay_and_the_rest_says_why() -> None:
    app = open_app(find_app("territory"), from_frames(_deals(), as_of="2026-03-01"))
    assert {c.name for c in app.controls}.isdisjoint({"weight", "growth"})
    page = app.render()
    assert "accounts" in page
    assert "3 customers" in page


def test_made_up_data_say_so_on_the_chart() -> None:
    found = open_app(find_app("territory"), fk.load("industrial")).answer()
    assert found.chart is not None
    texts = [t.get_text() for t in found.chart().figure.findobj() if hasattr(t, "get_text")]
    assert any("Synthetic" in t for t in texts)


def test_chinese() -> None:
    with speaking("zh"):
        page = open_app(find_app("territory"), fk.load("industrial-zh")).page()
    text = re.sub(r"<[^>]*>", " ", page)
    assert "容量" in text
    assert not re.search(r"[a-z]{4,} [a-z]{3,} [a-z]{3,}", text)
    assert "before" not in text
