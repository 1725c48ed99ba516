"""Where a funnel starts with leads, what is won of all entries is no win rate of deals."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

import funnelkit as fk
from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.measures import trend
from funnelkit.measures.limits import rate_limits
from funnelkit.measures.winning import deal_win_rate
from funnelkit.process import load_process
from funnelkit.words import speaking


@pytest.fixture(scope="module")
def ten() -> Pipeline:
    """Ten entries: three lost as leads, two at contact, four came to need and two of them won."""
    far = ["lead"] * 3 + ["contact"] * 2 + ["need"] * 2 + ["won"] * 2 + ["need"]
    end = ["lost"] * 5 + ["lost", "no_decision", "won", "won", "open"]
    began = pd.Timestamp("2026-01-05")
    deals = pd.DataFrame({
        "deal_id": [f"D{k}" for k in range(10)], "outcome": end, "stage": far,
        "created_at": began, "owner": ["A", "B"] * 5, "amount": 1e5, "currency": "CNY",
        "closed_at": [pd.NaT if o == "open" else began + pd.Timedelta(days=10 + k)
                      for k, o in enumerate(end)],
    })  # fmt: skip
    history = pd.DataFrame(
        [(f"D{k}", s, began, pd.NaT) for k, s in enumerate(far)],
        columns=["deal_id", "stage", "entered_at", "left_at"],
    )
    process = load_process("b2b-six-stages")
    return from_frames(deals, stage_history=history, process=process, as_of="2026-06-30")


def test_both_rates_with_their_denominators(ten: Pipeline) -> None:
    # 9 closed, 2 won: 22.2 %; 4 of the closed had come to need, 2 won: 50 %
    rate = fk.win_rate(ten).table.iloc[0]
    deals = deal_win_rate(ten)
    assert deals is not None
    assert (rate["won"], rate["of"]) == (2, 9)
    assert (deals["won"], deals["of"], deals["rate"], deals.name) == (2, 4, 0.5, "need")
    whole = fk.stage_win_rate(ten).table.set_index("stage").loc["need"]
    assert (whole["won"], whole["of"]) == (2, 4)
    late = deal_win_rate(ten, since="2026-01-22")  # D7 and D8 were closed on the 22nd and 23rd
    assert late is not None
    assert (late["won"], late["of"]) == (2, 2)


@pytest.mark.parametrize(
    ("lang", "leads", "deals"),
    [
        ("en", "a lead-to-win rate of 22.2%", "were won: a win rate of 50.0%"),
        ("zh", "线索成交率 22.2%", "已关闭 4 个，赢单 2 个，赢单率 50.0%"),
    ],
)
def test_the_words_say_which_is_which(ten: Pipeline, lang: str, leads: str, deals: str) -> None:
    with speaking(lang):
        found = fk.win_rate(ten)
        assert leads in found.summary()
        assert deals in found.summary()
        name = {"en": "ead-to-win rate", "zh": "线索成交率"}[lang]
        titles = [found.title, rate_limits(ten).title, fk.win_rate(ten, of="value").title]
        periods = ("2026-01-01", "2026-01-20"), ("2026-01-20", "2026-03-01")
        titles += [trend(ten).title, fk.compare(ten, *periods, "owner").title]
        assert [name in title for title in titles] == [True] * 5


def test_where_every_entry_is_a_deal_it_is_a_win_rate(ten: Pipeline) -> None:
    plain = replace(ten, process=ten.process.model_copy(update={"deals_from": None}))
    assert deal_win_rate(plain) is None
    with speaking("zh"):
        found = fk.win_rate(plain)
        assert "线索" not in found.title + found.summary() + found.definition + found.denominator
        assert "赢单率" in found.summary()
