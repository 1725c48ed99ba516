"""Go or no-go: expected value by hand, the questions' veto, a way to win."""

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
    # 20 of 50 won, all worth 100,000: easy to follow on paper
    rows = [(f"d{k}", "won" if k < 20 else "lost", 100_000.0, "NS"[k % 2]) for k in range(50)]
    deals = pd.DataFrame(rows, columns=["deal_id", "outcome", "amount", "region"]).assign(
        created_at=pd.Timestamp("2026-01-02"), closed_at=pd.Timestamp("2026-02-02")
    )
    return open_app(find_app("bid"), from_frames(deals, as_of="2026-03-01"))


def _value(app: OpenApp, **state: object) -> pd.Series[str]:
    return app.answer(state).tables["Expected value"].frame().iloc[0]


def test_expected_value_is_chance_times_margin_less_cost(app: OpenApp) -> None:
    # .4 x (100,000 x .30) - 5,000 = 7,000; breaks even at 5,000 / 30,000 = 16.7 %
    found = " ".join(map(str, _value(app, like="all", amount=100_000.0, margin=0.3, cost=5_000.0)))
    assert "7.0k" in found
    assert "16.7%" in found


@pytest.mark.parametrize(
    ("state", "begins"),
    [
        ({}, "Go:"),
        ({"real": "0"}, "No go:"),
        ({"compete": "0"}, "Go:"),  # only the first question ends a pursuit by itself
        ({"win": "2"}, "First prove it:"),
        ({"win": "proven"}, "Go:"),
        ({"strength": "weaker"}, "Not as things stand:"),
        ({"strength": "weaker", "strong_in_part": True, "splittable": True}, "Go:"),
        ({"cost": 50_000.0}, "No go:"),
        # the 95 % Wilson interval of 20 of 50 is 27.6 to 53.8 %: 35 % lies inside
        ({"cost": 10_500.0}, "Not decided:"),
    ],
)
def test_the_first_sentence_joins_questions_value_and_position(
    app: OpenApp, state: dict[str, object], begins: str
) -> None:
    fixed = {"like": "all", "amount": 100_000.0, "margin": 0.3, "cost": 5_000.0}
    assert app.render(fixed | state).startswith(f'<p class="lead">{begins}')


def test_the_chance_of_a_group_is_counted(app: OpenApp) -> None:
    # deals 0, 2, 4 ... 18 of the north are won: 10 of 25
    assert "10 won of 25 closed" in app.render({"like": "region:N"})


def test_few_wins_are_refused() -> None:
    deals = pd.DataFrame(
        {"deal_id": ["1", "2"], "outcome": ["won", "lost"], "amount": [1.0, 2.0],
         "created_at": pd.to_datetime(["2026-01-02"] * 2),
         "closed_at": pd.to_datetime(["2026-02-02"] * 2)}
    )  # fmt: skip
    with pytest.raises(FunnelkitError, match="fewer than 5"):
        open_app(find_app("bid"), from_frames(deals, as_of="2026-03-01"))


def test_chinese() -> None:
    with speaking("zh"):
        page = open_app(find_app("bid"), fk.load("industrial-zh")).page()
    text = re.sub(r"<[^>]*>", " ", page)
    assert "跟：" in text
    assert not re.search(r"[a-z]{4,} [a-z]{3,} [a-z]{3,}", text)
