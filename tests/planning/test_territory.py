"""Territories: potential, grid, balance, allocation and workload, worked by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from funnelkit.data.pipeline import from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.planning.market.grids import growth_share
from funnelkit.planning.market.territory import allocate, balance, territories, workload
from funnelkit.words import speaking

REGIONS = ["North", "East", "South", "West"]


def shares() -> pd.DataFrame:
    # 12, 13, 3.6 and 6.4 of 35 are the .343, .371, .103 and .183 of the worked example
    history = [12, 13, 3.6, 6.4]
    return pd.DataFrame(
        {"region": REGIONS, "history": history, "potential": [0.40, 0.26, 0.18, 0.16]}
    )


def test_half_history_half_potential_adds_up_exactly() -> None:
    result = allocate(60, shares())
    table = result.table
    assert table["history_share"].round(3).tolist() == [0.343, 0.371, 0.103, 0.183]
    assert table["exact"].round(2).tolist() == [22.29, 18.94, 8.49, 10.29]
    # those four add to 60.01: one of three equal remainders has to give, the last one
    assert table["allotted"].tolist() == [22.29, 18.94, 8.49, 10.28]
    assert round(sum(table["allotted"]), 10) == 60
    assert allocate(60, shares(), weight=1).table["allotted"].tolist() == [24, 15.6, 10.8, 9.6]
    assert "22.29" in result.summary()


def test_hours_of_service_in_persons() -> None:
    result = workload({"A": (20, 24, 1.5), "B": (60, 12, 1), "C": (200, 4, 0.5)})
    assert result.table["hours"].tolist() == [720, 720, 400]
    assert (result.hours, result.persons) == (1840, 1.84)
    assert "2 in whole persons" in result.summary()
    assert workload({"A": (10, 10, 10)}, hours_a_person=500).persons == 2


def test_potential_and_penetration() -> None:
    frame = pd.DataFrame(
        {"region": ["N", "S", "none"], "prospects": [200, 50, 0], "spend": [4e4, 1e5, 5e4],
         "sales": [2e6, 1e6, 0]}
    )  # fmt: skip
    table = territories(frame).table
    assert table["potential_amount"].tolist() == [8e6, 5e6, 0]
    assert table["penetration_share"].tolist()[:2] == [0.25, 0.2]
    assert table["penetration_share"].isna().tolist() == [False, False, True]
    assert table["unsold_amount"].tolist() == [6e6, 4e6, 0]
    assert table["potential_share"].tolist() == pytest.approx([8 / 13, 5 / 13, 0])


def test_sales_and_accounts_of_a_pipeline() -> None:
    deals = pd.DataFrame(
        {
            "deal_id": list("abcd"), "region": ["N", "N", "S", "W"], "amount": [10.0, 5, 7, 9],
            "outcome": ["won", "lost", "won", "won"],
            "closed_at": pd.to_datetime(["2026-02-01", "2026-02-01", "2025-02-01", "2026-02-01"]),
            "created_at": pd.Timestamp("2025-01-01"),
        }
    )  # fmt: skip
    accounts = pd.DataFrame(
        {"account_id": list("xyz"), "region": ["N", "N", "S"], "potential": [30.0, 50, 20]}
    )
    p = from_frames(deals, tables={"accounts": accounts})
    result = territories(p=p, since="2026-01-01", until="2027-01-01")
    table = result.table
    assert table[["region", "prospects", "potential_amount", "sales_amount"]].values.tolist() == [
        ["N", 2, 80, 10], ["S", 1, 20, 0]
    ]  # fmt: skip
    left_out = dict(result.scope.left_out)
    assert left_out == {"outside_period": 1, "territory.elsewhere": 1}


def test_the_grid_follows_its_rule() -> None:
    frame = pd.DataFrame(
        {"region": REGIONS, "market_before": [100] * 4, "market_after": [120, 120, 105, 105],
         "own": [30, 10, 30, 10], "rival": [30, 20, 15, 20]}
    )  # fmt: skip
    result = growth_share(frame)
    assert result.table["cell"].tolist() == ["star", "question", "cash", "weak"]
    assert result.table["growth_rate"].round(3).tolist() == [0.2, 0.2, 0.05, 0.05]
    assert result.table["relative"].tolist() == [1.0, 0.5, 2.0, 0.5]
    assert dict(result.options)["growth_cut"] == pytest.approx(0.125)  # 450 / 400
    assert growth_share(frame, growth_cut=0.05).table["cell"].tolist()[2] == "star"


def test_balance_holds_to_fifteen_per_cent_the_limit_included() -> None:
    frame = pd.DataFrame({"region": REGIONS, "hours": [115, 85, 116, 84]})
    table = balance(frame, "hours").table
    assert table["index"].tolist() == [1.15, 0.85, 1.16, 0.84]
    assert table["within"].tolist() == [True, True, False, False]
    assert "2 of 4" in balance(frame, "hours").summary()


def test_refusals_say_what_was_found() -> None:
    with pytest.raises(FunnelkitError, match='"prospects"'):
        territories(pd.DataFrame({"region": ["N"], "prospect": [1], "spend": [1], "sales": [1]}))
    bad = shares().assign(history=[1, -2, 3, 4])
    with pytest.raises(FunnelkitError, match="row 2"):
        allocate(60, bad)
    with pytest.raises(FunnelkitError, match=r"0\.25"):
        allocate(60, shares(), weight=50)
    with pytest.raises(FunnelkitError, match="a frame"):
        territories()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_said_in_both_languages(lang: str) -> None:
    grid = pd.DataFrame(
        {"region": ["N"], "market_before": [1], "market_after": [2], "own": [3], "rival": [0]}
    )
    sold = pd.DataFrame({"region": ["N"], "prospects": [2], "spend": [5.0], "sales": [4.0]})
    with speaking(lang):
        for result in (
            allocate(60, shares()), workload({"A": (1, 2, 3)}), growth_share(grid),
            balance(shares(), "history"), territories(sold),
        ):  # fmt: skip
            assert result.summary()
            assert result.title in repr(result)
            assert "<table" in result._repr_html_()
        assert allocate(60, shares()).plot().alt
        assert territories(sold).plot().alt
        assert growth_share(grid).plot().alt
        assert balance(shares(), "history").plot().alt
