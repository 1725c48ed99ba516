"""The levers app: its numbers are the API's, its ranges the data's, its texts in both languages."""

from __future__ import annotations

import re

import numpy as np
import pytest

import funnelkit as fk
from funnelkit.apps import find_app
from funnelkit.apps.app import open_app
from funnelkit.page.controls import address_of, start_of, state_of
from funnelkit.planning.targets.levers import lever_gains, lever_outcome
from funnelkit.words import money, speaking


@pytest.fixture(scope="module")
def opened():
    return open_app(find_app("levers"), fk.load("industrial"))


def test_it_opens_with_the_numbers_of_the_data(opened):
    base = opened.base.levers
    start = start_of(opened.controls)
    assert start["new"] == pytest.approx(base.months["deals"].mean())
    won = base.months["deals"].mean() * np.prod(list(base.rates.values())) * base.amount
    assert money(won, "EUR") in opened.answer().html
    per_day = fk.velocity(opened.pipeline).table["amount_per_day"].iloc[0]
    assert lever_outcome(base).per_day == pytest.approx(per_day)
    # a column of a table is written to one place throughout
    assert money(round(per_day, -2), "EUR") in opened.answer().html


def test_a_moved_lever_multiplies(opened):
    start = start_of(opened.controls)
    was = lever_outcome(opened.base.levers).amount
    said = opened.answer({"new": start["new"] * 1.2, "amount": start["amount"] / 2}).html
    assert money(was * 0.6, "EUR") in said
    assert "−40%" in said


def test_more_is_more(opened):
    base = opened.base.levers
    for control in opened.controls:
        if control.name.startswith("rate_"):
            stage = control.name.removeprefix("rate_")
            low = lever_outcome(base, rates={stage: control.low}).amount
            assert low < lever_outcome(base, rates={stage: control.high}).amount


def test_ranges_hold_the_start_and_come_from_the_data(opened):
    for control in opened.controls:
        assert control.low <= control.start <= control.high, control.name
        assert control.help
    new = opened.controls[0]
    months = opened.base.levers.months["deals"]
    assert new.low <= months.min()
    assert new.high >= months.max()
    assert new.low > months.min() - new.step
    assert new.high < months.max() + new.step


def test_the_ranking_is_the_api_s(opened):
    found = opened.answer({"effort": 0.2}).tables
    ranking = found["The levers at the same effort"].values()
    expected = lever_gains(opened.base.levers, 0.2)
    assert ranking.iloc[:, 3].tolist() == expected["year_one"].tolist()


def test_both_languages_say_everything(opened):
    with speaking("zh"):
        chinese = open_app(find_app("levers"), opened.pipeline)
        page = chinese.page({"rate_contact": 0.45})
        text = re.sub(r"<img[^>]*>|<[^>]+>", " ", page).replace("EUR", "")
    assert not re.findall(r"[A-Za-z]{3,}", text)
    assert "销售杠杆" in text
    assert "每月新增商机" in text


def test_the_address_brings_the_state_back(opened):
    state = start_of(opened.controls) | {"rate_contact": 0.45, "effort": 0.2}
    query = address_of(opened.controls, state)
    assert query == "rate_contact=0.45&effort=0.2"
    assert state_of(opened.controls, query) == (state, {})


def test_what_it_needs_is_said():
    with pytest.raises(fk.FunnelkitError):
        open_app(find_app("levers"), fk.load("tiny").at("2026-01-20"))
