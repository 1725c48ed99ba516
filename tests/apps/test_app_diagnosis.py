"""The diagnosis app: what it shows is the API's; small groups show no rate."""

from __future__ import annotations

import re

import pandas as pd
import pytest

import funnelkit as fk
from funnelkit.apps import find_app
from funnelkit.apps.app import OpenApp, open_app
from funnelkit.apps.lists import MOST
from funnelkit.data import from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.page.controls import start_of
from funnelkit.words import percent, speaking

GROUPS = "Lead-to-win rates of the"


@pytest.fixture(scope="module")
def app() -> OpenApp:
    return open_app(find_app("diagnosis"), fk.load("industrial"))


def _cells(page: str, heading: str) -> list[list[str]]:
    table = page.split(heading)[1].split("</table>")[0]
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", table)
    return [re.findall(r">([^<]*)</t[hd]>", row) for row in rows]


def test_the_start_is_the_diagnosis_and_the_funnel(app: OpenApp) -> None:
    page = app.render()
    segment = start_of(app.controls)["segment"]
    assert fk.diagnose(app.pipeline, segment).summary().split(". ")[0] in page
    assert fk.funnel(app.pipeline).summary() in page


def test_win_rates_are_counted_by_hand(app: OpenApp) -> None:
    frame = app.pipeline.frame()
    closed = frame[frame["outcome"] != "open"]
    rows = {r[0]: r[1:] for r in _cells(app.render({"segment": "region"}), GROUPS)}
    for region, part in closed.groupby("region"):
        won = int((part["outcome"] == "won").sum())
        assert rows[str(region)][:3] == [
            f"{won:,}", f"{len(part):,}", percent(won / len(part), 1),
        ]  # fmt: skip


def test_a_group_below_the_limit_shows_no_rate_but_its_interval(app: OpenApp) -> None:
    few = app.render({"segment": "owner", "least": 200.0})
    rates = [r[3] for r in _cells(few, GROUPS)[1:]]
    most = [r[3] for r in _cells(app.render({"segment": "owner", "least": 1.0}), GROUPS)]
    table = fk.win_rate(app.pipeline, by="owner").table
    assert rates.count("too few") == int((table["of"] < 200).sum())
    assert "too few" not in most


def test_the_split_is_that_of_compare_on_the_same_days(app: OpenApp) -> None:
    page = app.render({"segment": "source", "months": "6"})
    end = pd.Timestamp(app.pipeline.as_of).normalize() + pd.Timedelta(days=1)
    edges = [str((end - pd.DateOffset(months=m)).date()) for m in (12, 6, 0)]
    api = fk.compare(app.pipeline, (edges[0], edges[1]), (edges[1], edges[2]), "source")
    assert api.summary() in page
    assert api.rate_effect + api.mix_effect == pytest.approx(api.change)


@pytest.mark.parametrize("rule", ["touched", "strict", "direct", "backfilled"])
def test_the_funnel_is_counted_by_the_rule_chosen(app: OpenApp, rule: str) -> None:
    assert fk.funnel(app.pipeline, rule=rule).summary() in app.render({"rule": rule})


def test_data_without_groups_are_refused() -> None:
    deals = pd.DataFrame(
        {"deal_id": ["1", "2"], "outcome": ["won", "lost"],
         "created_at": pd.to_datetime(["2026-01-02"] * 2),
         "closed_at": pd.to_datetime(["2026-02-02"] * 2)}
    )  # fmt: skip
    with pytest.raises(FunnelkitError, match="2 to 40 groups"):
        open_app(find_app("diagnosis"), from_frames(deals, as_of="2026-03-01"))


def test_chinese() -> None:
    with speaking("zh"):
        page = open_app(find_app("diagnosis"), fk.load("industrial-zh")).render()
    text = re.sub(r"<[^>]*>", " ", page)
    assert "需处理与需关注" in text or "低于应有水平" in text
    assert not re.search(r"[a-z]{4,} [a-z]{3,} [a-z]{3,}", text)


def test_the_lists_hold_the_deals_the_numbers_count_and_no_names() -> None:
    p = fk.load("tiny")
    html = open_app(find_app("diagnosis"), p).render()
    won = fk.win_rate(p, by="owner").deals(column="won")
    listed = re.search(r"Which deals were won, by group\?.*?</details></details>", html, re.S)
    assert listed
    found = re.findall(r'<th scope="row">([^<]+)</th>', listed.group())
    assert sorted(found) == sorted(won["deal_id"])
    assert len(won) <= MOST
    open_ = fk.funnel(p).deals(column="still_open")["deal_id"]
    still = re.search(r"Which deals stand open in each stage\?.*?</details></details>", html, re.S)
    assert still
    assert sorted(re.findall(r'<th scope="row">([^<]+)</th>', still.group())) == sorted(open_)
    names = p.frame()["name"].dropna()
    assert not [n for n in names if n in listed.group() + still.group()]
