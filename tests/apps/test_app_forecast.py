"""The forecast app: its start is the API's forecast; a change shows what it changes."""

from __future__ import annotations

import re

import pandas as pd
import pytest

import funnelkit as fk
from funnelkit.apps import find_app
from funnelkit.apps.app import OpenApp, open_app
from funnelkit.data import from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.page.controls import Several, start_of
from funnelkit.planning import forecast
from funnelkit.words import percent, speaking


@pytest.fixture(scope="module")
def app() -> OpenApp:
    return open_app(find_app("forecast"), fk.load("industrial"))


def test_the_start_is_the_forecast(app: OpenApp) -> None:
    start = start_of(app.controls)
    api = forecast(app.pipeline, start["until"], start["method"], draws=10_000)
    page = app.render()
    assert api.summary() in page
    assert percent(api.chance(start["target"])) in page


def test_a_deal_that_is_signed_raises_the_median_and_says_by_how_much(app: OpenApp) -> None:
    sure = next(c for c in app.controls if c.name == "sure")
    assert isinstance(sure, Several)
    deal = sure.options[0][0]
    amount = float(app.pipeline.frame().set_index("deal_id").loc[deal, "amount"])
    found = app.answer({"method": "weighted", "sure": (deal,)})
    table = found.tables["Forecast"].values()
    assert table.loc[table["Part"] == "Won so far", "Mean"].iloc[0] == amount
    assert "Without these changes" in found.html


def test_a_deal_in_both_lists_is_taken_as_won(app: OpenApp) -> None:
    deal = next(c for c in app.controls if c.name == "sure").options[0][0]  # type: ignore[union-attr]
    both = app.render({"off": (deal,), "sure": (deal,)})
    assert both == app.render({"sure": (deal,)})


def test_a_method_of_sums_ignores_deals_and_says_so(app: OpenApp) -> None:
    page = app.render({"method": "pacing", "slip": 30.0})
    assert "no single deals" in page
    plain = re.sub(r"<p class=\"fk-callout\">.*?</p>", "", page)
    assert plain == app.render({"method": "pacing"})


def test_data_without_amounts_are_refused() -> None:
    deals = pd.DataFrame(
        {"deal_id": ["1"], "stage": ["lead"], "outcome": ["open"],
         "created_at": pd.to_datetime(["2026-01-02"])}
    )  # fmt: skip
    with pytest.raises(FunnelkitError, match="amount"):
        open_app(find_app("forecast"), from_frames(deals, as_of="2026-03-01"))


def test_a_deal_called_script_stays_text() -> None:
    p = fk.load("tiny")
    frame = p.frame().assign(name="<script>alert(1)</script>")
    named = from_frames(frame, p.stage_history.to_pandas(), as_of=p.as_of)  # type: ignore[union-attr]
    page = open_app(find_app("forecast"), named).page()
    assert "<script>" not in page


def test_chinese() -> None:
    with speaking("zh"):
        page = open_app(find_app("forecast"), fk.load("industrial-zh")).page()
    assert "达到" in page
    assert not re.search(r"[A-Za-z]{4,} [a-z]{3,} [a-z]{3,}", re.sub(r"<[^>]*>", " ", page))
