"""Customers: tiers, recency, wallet and discounts, worked by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from funnelkit.data.pipeline import from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.planning.market.customers import abc, rfm, service_hours
from funnelkit.planning.market.discount import discount_effect
from funnelkit.planning.market.grids import wallet_grid
from funnelkit.words import speaking

AMOUNTS = [900, 520, 300, 150, 110, 80, 60, 40, 25, 15]


def sales() -> pd.DataFrame:
    return pd.DataFrame({"customer": list("abcdefghij"), "amount": AMOUNTS})


def test_the_cut_rule_decides_who_is_in_a() -> None:
    before, strict = abc(sales()), abc(sales(), rule="strict")
    assert "".join(before.table["tier"]) == "AAAABBBCCC"  # before the 7th: 2060/2200 = 93.6 %
    assert "".join(strict.table["tier"]) == "AAABBBCCCC"  # with the 7th: 96.4 %
    assert before.table["cumulative_share"].round(3).tolist()[:4] == [0.409, 0.645, 0.782, 0.85]
    assert "before" in before.definition
    assert "strict" in strict.definition


def test_a_customer_on_the_cut() -> None:
    even = pd.DataFrame({"customer": list("abcde"), "amount": [40, 40, 10, 5, 5]})
    # exactly 80 % after two: strict keeps them in A, and before it starts B with the third
    assert "".join(abc(even).table["tier"]) == "AABBC"
    assert "".join(abc(even, rule="strict").table["tier"]) == "AABBC"


def test_service_hours_by_tier() -> None:
    result = service_hours(abc(sales()), {"A": (24, 1.5), "B": (12, 1), "C": (4, 0.5)})
    assert result.table["hours"].tolist() == [4 * 36, 3 * 12, 3 * 2]
    with pytest.raises(FunnelkitError, match="tier C"):
        service_hours(abc(sales()), {"A": (24, 1.5), "B": (12, 1)})


def test_equal_customers_have_equal_scores() -> None:
    dates = pd.date_range("2026-01-01", periods=10, freq="10D")
    frame = pd.DataFrame({"customer": list("abcdefghij"), "date": dates, "amount": range(10)})
    more = pd.DataFrame({"customer": ["a", "j"], "date": [dates[0], dates[9]], "amount": [0, 0]})
    result = rfm(pd.concat([frame, more]), as_of="2026-04-01")
    table = result.table.set_index("customer")
    # ten different dates and amounts: fifths of two
    assert table["r"].tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert table["m"].tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    # eight bought once, two twice: 8 of 10 are worse than the two
    assert table["f"].tolist() == [5, 1, 1, 1, 1, 1, 1, 1, 1, 5]
    assert table["recency_days"].tolist() == [90, 80, 70, 60, 50, 40, 30, 20, 10, 0]
    assert table["kind"].tolist() == [
        "at_risk", "asleep", "asleep", "asleep", "middle", "middle", "new", "new", "new", "best",
    ]  # fmt: skip


def test_won_deals_of_a_pipeline() -> None:
    deals = pd.DataFrame(
        {
            "deal_id": list("abcde"), "account": ["X", "X", "Y", "Z", None],
            "amount": [60.0, 20, 20, 99, 5], "outcome": ["won", "won", "won", "lost", "won"],
            "closed_at": pd.to_datetime(["2026-01-05", "2026-03-05", *["2026-02-05"] * 3]),
            "created_at": pd.Timestamp("2025-12-01"),
        }
    )  # fmt: skip
    p = from_frames(deals, as_of="2026-03-31")
    result = abc(p)
    assert result.table[["customer", "amount"]].values.tolist() == [["X", 80], ["Y", 20]]
    assert dict(result.scope.left_out) == {"territory.no_customer": 1}
    assert rfm(p).table[["recency_days", "frequency"]].values.tolist() == [[26, 2], [54, 1]]


def test_the_wallet_grid_has_four_cells() -> None:
    frame = pd.DataFrame(
        {"customer": list("abcd"), "potential": [100, 100, 10, 10], "sales": [50, 49, 5, 4]}
    )
    result = wallet_grid(frame)
    assert result.table["cell"].tolist() == ["defend", "grow", "selective", "low_touch"]
    assert result.table["open_amount"].tolist() == [50, 51, 5, 6]
    assert "Grow 1 (51 unsold)" in result.summary()


def test_what_a_discount_has_to_bring() -> None:
    assert discount_effect(0.1, 0.7).table["volume_share"].round(3).tolist() == [0.167]
    needed = discount_effect([0.1, 0.2], 0.4).table["volume_share"].round(3)
    assert needed.tolist() == [0.333, 1.0]
    row = discount_effect(0.2, 0.4, win_rate=0.2, win_change=-0.1).table.iloc[0]
    assert row["revenue_win_rate"] == pytest.approx(0.25)
    assert row["margin_win_rate"] == pytest.approx(0.4)  # twice the volume at half the margin
    assert row["revenue_change_share"] == pytest.approx(-0.28)
    none = discount_effect(0.4, 0.4)
    assert none.table["volume_share"].isna().all()
    assert "no margin" in none.summary()
    with pytest.raises(FunnelkitError, match="discount"):
        discount_effect(20, 0.4)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_said_in_both_languages(lang: str) -> None:
    frame = sales().assign(date=pd.Timestamp("2026-01-01"), potential=2000, sales=1)
    with speaking(lang):
        for result in (
            abc(frame), rfm(frame), wallet_grid(frame),
            discount_effect(0.2, 0.4, win_rate=0.2, win_change=-0.1),
        ):  # fmt: skip
            assert result.summary()
            assert result.title in repr(result)
        for result in (abc(frame), rfm(frame), wallet_grid(frame)):
            assert any(c.isdigit() for c in result.plot().alt)


def test_purchases_without_a_date_or_too_late_are_counted_apart() -> None:
    dates = pd.to_datetime(["2026-01-01", "2026-03-01", None])
    frame = pd.DataFrame({"customer": list("abc"), "date": dates, "amount": [1, 2, 3]})
    result = rfm(frame, as_of="2026-02-01")
    assert result.table["customer"].tolist() == ["a"]
    assert result.scope.used == 1
    assert dict(result.scope.left_out) == {"territory.later": 1, "territory.undated": 1}
    assert "1 purchase after the date" in repr(result)


def test_the_wallet_of_a_pipelines_accounts() -> None:
    deals = pd.DataFrame(
        {
            "deal_id": list("abcd"), "account_id": ["X", "X", "Y", "?"], "outcome": "won",
            "amount": [30.0, 30, 5, 9], "closed_at": pd.Timestamp("2026-02-01"),
            "created_at": pd.Timestamp("2026-01-01"),
        }
    )  # fmt: skip
    accounts = pd.DataFrame(
        {"account_id": list("XYZW"), "name": ["Ex", "Why", "Zed", "Double"],
         "potential": [100.0, 100, 10, None]}
    )  # fmt: skip
    result = wallet_grid(from_frames(deals, tables={"accounts": accounts}))
    assert result.table[["customer", "sales_amount", "cell"]].values.tolist() == [
        ["Ex", 60, "defend"], ["Why", 5, "grow"], ["Zed", 0, "low_touch"]
    ]  # fmt: skip
    assert dict(result.scope.left_out) == {
        "territory.no_potential": 1, "territory.no_customer": 1
    }  # fmt: skip
