"""Act in month m: the app says what the calculation gives, and what data it replays."""

from __future__ import annotations

import re

import pandas as pd
import pytest

import funnelkit as fk
from funnelkit.apps import find_app
from funnelkit.apps.app import OpenApp, open_app
from funnelkit.data import from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.measures.drift import drift
from funnelkit.page.controls import start_of
from funnelkit.words import speaking


@pytest.fixture(scope="module")
def app() -> OpenApp:
    return open_app(find_app("act"), fk.load("industrial"))


def test_practice_data_open_with_the_case_at_the_month_it_could_be_seen(app: OpenApp) -> None:
    assert start_of(app.controls) == {"case": "case", "month": 5, "back": 0.8}
    assert "25 Oct 2025 on, month 5" in app.render()


def test_the_numbers_are_those_of_the_chart_and_the_deals(app: OpenApp) -> None:
    p = fk.load("failure")
    rows = drift(p, "need").table
    fall = rows[rows["mature"] & rows["changed_since"].notna()]
    missing = (fall["n"] * (fall["usual_rate"] - fall["rate"])).to_numpy()
    table = fk.funnel(p).table.set_index("stage")
    went = table["deals"].shift(-1) / (table["deals"] - table["still_open"])
    onward = went["proposal"] * went["negotiation"]
    deals = p.frame()
    value = deals.loc[deals["outcome"] == "won", "amount"].mean()
    acts = app.answer({"month": 5, "back": 0.5}).tables["Acting by month"].values()
    assert len(acts) == len(missing)
    assert acts["Turnover saved"][4] == pytest.approx(0.5 * missing[5:].sum() * onward * value)
    assert acts["Wins lost until then"][4] == pytest.approx(missing[:5].sum() * onward)
    assert (acts["Low (95%)"] <= acts["Turnover saved"]).all()


def test_the_lesson_says_the_same(app: OpenApp) -> None:
    lost = app.answer({"month": 1, "back": 0.8}).tables["Acting by month"].values()["Turnover lost"]
    # printed in lesson L11: acting in June and in October 2025
    assert lost[0] == pytest.approx(809_000, rel=1e-3)
    assert lost[4] == pytest.approx(1_480_000, rel=1e-3)


def test_later_and_weaker_saves_less(app: OpenApp) -> None:
    saved = app.answer().tables["Acting by month"].values()["Turnover saved"].tolist()
    assert saved == sorted(saved, reverse=True)
    weak = app.answer({"back": 0.2}).tables["Acting by month"].values()["Turnover saved"].tolist()
    assert weak[0] == pytest.approx(saved[0] / 4)


def test_a_month_beyond_the_last_is_the_last(app: OpenApp) -> None:
    state = {"case": "proposal", "back": 0.5}
    assert app.render({**state, "month": 11}) == app.render({**state, "month": 7})
    assert "nothing of these 7 months is left" in app.render({**state, "month": 7})
    # seven months since September 2025; the review on paper knows nothing of what came later
    assert app.answer({**state, "month": 7}).report == ("funnel-review", {"as_of": "2026-03-31"})
    assert app.answer().report is None


def test_without_a_fall_of_its_own_the_case_is_replayed_in_chinese() -> None:
    with speaking("zh"):
        opened = open_app(find_app("act"), fk.load("control"))
        assert len(opened.controls[0].options) == 1  # type: ignore[union-attr]
        text = re.sub(r"<[^>]+>", " ", opened.render())
        assert "因此重放失败案例" in text
        assert set(re.findall(r"[A-Za-z]{2,}", text)) <= {"CNY"}
        chart = opened.answer().chart
        assert chart is not None
        assert "挽回" in chart().alt


def test_data_without_a_history_are_refused_by_name() -> None:
    deals = pd.DataFrame(
        {"deal_id": ["1"], "stage": ["lead"], "outcome": ["open"], "amount": [1.0],
         "created_at": pd.to_datetime(["2026-01-02"])}
    )  # fmt: skip
    with pytest.raises(FunnelkitError, match="needs a stage history"):
        open_app(find_app("act"), from_frames(deals))
