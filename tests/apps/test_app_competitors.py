"""Competitors: cells counted by hand; grey below the limit; refusals by reason."""

from __future__ import annotations

import re

import pandas as pd
import pytest

import funnelkit as fk
from funnelkit.apps import find_app
from funnelkit.apps.app import OpenApp, open_app
from funnelkit.data import from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.words import speaking


@pytest.fixture(scope="module")
def app() -> OpenApp:
    return open_app(find_app("competitors"), fk.load("industrial"))


def _rows(page: str) -> list[list[str]]:
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", page)
    return [re.findall(r">([^<]*)</t[hd]>", row) for row in rows]


def test_wins_and_losses_of_the_last_twelve_months_by_hand(app: OpenApp) -> None:
    frame = app.pipeline.frame()
    end = pd.Timestamp(app.pipeline.as_of).normalize() + pd.Timedelta(days=1)
    now = frame[(frame["closed_at"] >= end - pd.DateOffset(months=12)) & (frame["closed_at"] < end)]
    rows = {r[0]: r for r in _rows(app.render({"months": "12"}))[1:]}
    for rival, part in now[now["competitor"].notna()].groupby("competitor"):
        counts = [str(int((part["outcome"] == o).sum())) for o in ("won", "lost", "no_decision")]
        assert rows[str(rival)][3:6] == counts


def test_a_higher_limit_greys_more_cells_and_hides_their_rates(app: OpenApp) -> None:
    few = app.render({"segment": "region", "least": 8.0})
    more = app.render({"segment": "region", "least": 14.0})
    grey = '<tr class="fk-muted">'
    assert few.count(grey) < more.count(grey)
    assert re.search(r"\d+ of \d+", more)


def test_data_without_competitors_are_refused() -> None:
    deals = pd.DataFrame(
        {"deal_id": ["1", "2"], "outcome": ["won", "lost"],
         "created_at": pd.to_datetime(["2026-01-02"] * 2),
         "closed_at": pd.to_datetime(["2026-02-02"] * 2)}
    )  # fmt: skip
    with pytest.raises(FunnelkitError, match="competitor"):
        open_app(find_app("competitors"), from_frames(deals, as_of="2026-03-01"))


def test_a_competitor_called_script_stays_text() -> None:
    rows = [(f"d{k}", "won" if k % 3 else "lost", "<script>x</script>") for k in range(30)]
    deals = pd.DataFrame(rows, columns=["deal_id", "outcome", "competitor"]).assign(
        created_at=pd.Timestamp("2026-01-02"), closed_at=pd.Timestamp("2026-02-02")
    )
    page = open_app(find_app("competitors"), from_frames(deals, as_of="2026-03-01")).page()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_chinese() -> None:
    with speaking("zh"):
        text = re.sub(
            r"<[^>]*>", " ", open_app(find_app("competitors"), fk.load("industrial-zh")).render()
        )
    assert "无效/搁置" in text
    assert not re.search(r"[a-z]{4,} [a-z]{3,} [a-z]{3,}", text)
