"""A review of a Chinese business: leads are no deals, and what was won has still to be paid."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pandas as pd
import pytest

import funnelkit as fk
from funnelkit.report.pages.funnel_review import open_review
from funnelkit.report.pages.sections import opening
from funnelkit.words import set_language


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    set_language("en")


@cache
def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    p = fk.load("equipment-zh")
    return p.frame(), p.stage_history.to_pandas()  # type: ignore[union-attr]


def review(lang: str, data: str = "equipment-zh") -> Any:
    return open_review({"lang": lang, "data": data})


def counted() -> dict[str, int]:
    """Leads and deals that are closed, and those of them that had come to the approval."""
    deals, moves = tables()
    later = fk.load("equipment-zh").process.open_ids[2:]
    came = set(moves.loc[moves["stage"].isin(later), "deal_id"])
    closed = deals[deals["outcome"] != "open"]
    won = closed["outcome"] == "won"
    of = closed["deal_id"].isin(came) | won
    return {"of": len(closed), "won": int(won.sum()), "deals_of": int(of.sum())}


def test_the_headline_gives_both_rates_with_their_denominators() -> None:
    n = counted()
    lead, deal = (f"{100 * n['won'] / n[k]:.1f}%" for k in ("of", "deals_of"))
    told = next(opening.won(review("zh")))
    assert f"已关闭的线索和商机共 {n['of']:,} 个，赢单 {n['won']} 个，线索成交率 {lead}" in told
    assert f"到过“客户立项”阶段的商机已关闭 {n['deals_of']} 个，赢单率 {deal}" in told
    told = next(opening.won(review("en")))
    assert f"a lead-to-win rate of {lead}, which is no win rate" in told
    assert f"{n['deals_of']} closed deals that had come to “Customer approves the project”" in told


def test_the_section_of_payments_stands_where_the_data_carry_it() -> None:
    found = review("zh").cash()
    texts = [part.text for part in found.parts if hasattr(part, "text")]
    assert found.title == "回款"
    assert "到期部分的回款率" in texts[0]
    assert texts[1].startswith("按签约计 ")
    assert "、按回款计 " in texts[1]
    assert review("en", "tiny").cash() is None
