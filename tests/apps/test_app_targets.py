"""Target decomposition: the plan is the API's, every sum is the target, hires raise capacity."""

from __future__ import annotations

import re

import pandas as pd
import pytest

import funnelkit as fk
from funnelkit.apps import find_app
from funnelkit.apps.app import OpenApp, open_app
from funnelkit.apps.targets import plan_of
from funnelkit.data import from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.page.controls import start_of
from funnelkit.planning import plan_target
from funnelkit.words import speaking


@pytest.fixture(scope="module")
def app() -> OpenApp:
    return open_app(find_app("targets"), fk.load("industrial"))


def test_the_start_is_the_plan_of_the_api(app: OpenApp) -> None:
    start = start_of(app.controls)
    plan = plan_target(app.pipeline, start["target"], start["until"], attainment=1.0)
    assert plan.summary() in app.render()


@pytest.mark.parametrize("cut", ["month", "region", "owner"])
def test_the_parts_add_up_to_the_target_to_the_unit(app: OpenApp, cut: str) -> None:
    page = app.render({"target": 4_000_001.0, "cut": cut})
    body = page.split("they add up to the target")[1].split("</table>")[0]
    cells = [int(c.replace(",", "")) for c in re.findall(r'fk-num">([\d,]+)<', body)]
    assert cells[-1] == 4_000_001
    assert sum(cells[:-1]) == 4_000_001


def test_entries_of_all_months_are_the_wins_divided_by_the_win_rate(app: OpenApp) -> None:
    start = start_of(app.controls)
    plan = plan_of(app.base, start["until"], 5e6, 0, 1, 4, 1.0, None)
    sums = plan.calendar.groupby("stage", sort=False)["needed_exact"].sum()
    table = plan.stages.table.set_index("stage")
    rates = table["step_rate"].dropna()
    value = float(dict(plan.stages.options)["deal_value"])
    wins = (5e6 - plan.outlook.booked) / value
    for k, stage in enumerate(rates.index):
        assert sums[stage] == pytest.approx(wins / rates.iloc[k:].prod(), rel=1e-6)


def test_two_sellers_ramped_at_once_carry_two_times_a_seller(app: OpenApp) -> None:
    start = start_of(app.controls)
    plans = [plan_of(app.base, start["until"], 5e6, n, 1, 0, 1.0, None) for n in (0, 2)]
    none, two = (p.capacity for p in plans)
    assert none is not None
    assert two is not None
    assert two.ramped_months - none.ramped_months == 24.0
    assert two.expected / none.expected == pytest.approx(two.ramped_months / none.ramped_months)


def test_a_snapshot_without_history_is_refused_by_name() -> None:
    deals = pd.DataFrame(
        {"deal_id": ["1", "2"], "stage": ["lead", None], "outcome": ["open", "won"],
         "created_at": pd.to_datetime(["2026-01-02"] * 2), "amount": [1.0, 2.0],
         "closed_at": pd.to_datetime([None, "2026-02-02"])}
    )  # fmt: skip
    with pytest.raises(FunnelkitError, match="history"):
        open_app(find_app("targets"), from_frames(deals, as_of="2026-03-01"))


def test_chinese_has_chinese_heads() -> None:
    with speaking("zh"):
        page = open_app(find_app("targets"), fk.load("industrial-zh")).page()
    text = re.sub(r"<[^>]*>", " ", page)
    assert "目标按月份分解" in text
    assert not re.search(r"\b(month|region|owner|stage|amount)\b", text)
