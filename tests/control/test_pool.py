"""The rules of the public pool: claim limit, protection, return, two sellers at one customer."""

from __future__ import annotations

import pandas as pd
import pytest

import funnelkit as fk
from funnelkit.control import rule_quality
from funnelkit.control.facts import Facts
from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.words import speaking

DAY = pd.Timestamp
# Ann holds a (5 to 20 January), b (from the 10th), d (from the 25th); Bo holds c and e.
DEALS = pd.DataFrame(
    {
        "deal_id": list("abcde"),
        "account": ["Pumps", "Glass", "Pumps", "Pumps", "Glass"],
        "owner": ["Ann", "Ann", "Bo", "Ann", "Bo"],
        "outcome": ["lost", "open", "open", "open", "won"],
        "created_at": pd.to_datetime(
            ["2026-01-05", "2026-01-10", "2026-01-12", "2026-01-25", "2026-01-02"]
        ),
        "closed_at": pd.to_datetime(["2026-01-20", None, None, None, "2026-01-11"]),
        "stage": ["lead"] * 5,
    }
)


def pipeline() -> Pipeline:
    return from_frames(DEALS, as_of="2026-01-31")


def facts(*points: tuple[str, str]) -> Facts:
    frame = pd.DataFrame(points, columns=["deal_id", "moment"])
    return Facts(pipeline(), frame.assign(moment=pd.to_datetime(frame["moment"])))


def test_what_an_owner_holds_is_counted_at_the_moment() -> None:
    found = facts(("a", "2026-01-06"), ("b", "2026-01-15"), ("b", "2026-01-22"),
                  ("d", "2026-01-30"), ("c", "2026-01-30"), ("e", "2026-01-12"))  # fmt: skip
    # Ann: a; a and b; b alone after the 20th; b and d. Bo: c; on the 12th e is won and c has begun
    assert found["owner_open_deals"].tolist() == [1, 2, 1, 2, 1, 1]


def test_a_clash_is_two_sellers_at_one_customer_at_one_time() -> None:
    found = facts(("a", "2026-01-06"), ("a", "2026-01-15"), ("c", "2026-01-22"),
                  ("c", "2026-01-30"), ("b", "2026-01-10"), ("b", "2026-01-20"))  # fmt: skip
    # Pumps: Ann; Ann and Bo; Bo alone once a is lost; again both. Glass: both on the 10th, as e is
    # won on the 11th; then Ann alone
    assert found["account_sellers"].tolist() == [1, 2, 1, 2, 2, 1]


def test_the_tender_sheet_has_the_rules_and_they_ring_on_the_bundled_set() -> None:
    p = fk.load("equipment-zh")
    points = {c.id: c.rule for s in p.process.stages for c in s.checkpoints}
    assert points["clash"] == "account_sellers >= 2"
    assert points["claim-limit"] == "owner_open_deals > 30"
    assert points["back-to-pool"] == "days_since_activity > 30"
    assert points["protection-ends"] == "days_since_activity > 15"
    with speaking("zh"):
        table = fk.checkpoints(p).table
    assert {"clash", "protection-ends", "not-registered"} <= set(table["checkpoint"])
    clash = table.loc[table["checkpoint"] == "clash", "reason"]
    assert clash.str.match("撞单：[2-9] 位销售同时在跟这个客户").all()


def test_red_lines_name_the_rule_they_break() -> None:
    names = {c.id: c.name for s in fk.load("equipment-zh").process.stages for c in s.checkpoints}
    assert "第三十二条" in names["collusion"].zh
    assert "第五十三条" in names["collusion"].zh
    assert "实施条例" in names["tailored"].zh
    assert "articles 32 and 53" in names["collusion"].en


@pytest.mark.parametrize(
    "rule", ["account_sellers >= 2", "days_since_activity > 15", "owner_open_deals > 10"]
)
def test_their_record_on_past_deals_is_told_like_that_of_others(rule: str) -> None:
    found = rule_quality(fk.load("equipment-zh"), rule, thresholds=1)
    row = found.table.iloc[0]
    assert row["fired"] == row["caught"] + row["false_alarms"]
    assert row["precision"] == pytest.approx(row["caught"] / row["fired"])
    assert row["recall"] == pytest.approx(row["caught"] / (row["caught"] + row["missed"]))
